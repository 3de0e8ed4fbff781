package command

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/evenkeel/evenkeel/engine"
)

func (a *app) compare() *cobra.Command {
	c := &cobra.Command{
		Use:   "compare FROM [TO]",
		Short: "Compare two environments, or two revisions of one",
		Long: `Compare two environments, or two revisions of one, by what Git says of them. No
cluster is asked. The namespaces of two environments are mapped, so they make no
difference.

` + atHelp + `
FROM alone is compared with what it is now; production@abc1234..def5678 names
both ends at once.`,
		Example: `  evenkeel compare staging production
  evenkeel compare production@abc1234
  evenkeel compare production@v1..v2`,
		Args: func(c *cobra.Command, args []string) error {
			_, _, err := parseEnds(args)
			return err
		},
		ValidArgsFunction: a.completeAt(2, nil),
	}
	c.RunE = a.run(func(ctx context.Context, args []string) (int, error) {
		from, to, err := parseEnds(args)
		if err != nil {
			return exitTrouble, err
		}
		s, err := a.openGit(ctx, from.Environment, to.Environment)
		if err != nil {
			return exitTrouble, err
		}
		defer s.close()
		r, err := s.Compare(s.ctx, from, to)
		if err != nil {
			return exitTrouble, err
		}
		if a.format == formatJSON {
			return comparisonCode(r), writeJSON(a.Out, comparisonDocument(r))
		}
		p := a.printer(a.Out)
		printComparison(p, time.Now(), r)
		return comparisonCode(r), p.err
	})
	return c
}

// parseEnds reads what is to be compared with what.
func parseEnds(args []string) (from, to engine.At, err error) {
	switch len(args) {
	case 0:
		return from, to, fmt.Errorf("compare what? evenkeel compare FROM [TO]")
	case 1, 2:
	default:
		return from, to, fmt.Errorf("%q is one word too many: evenkeel compare FROM [TO]", args[2])
	}
	first, last, isRange := strings.Cut(args[0], "..")
	if from, err = parseAt(first); err != nil {
		return from, to, err
	}
	switch {
	case isRange && len(args) == 2:
		return from, to, fmt.Errorf("%s has both ends already, so %s is one too many", args[0], args[1])
	case isRange && from.Revision == "":
		return from, to, fmt.Errorf("%s: a range is of revisions, as in %s@v1..v2", args[0], from.Environment)
	case len(args) == 2:
		to, err = parseAt(args[1])
		return from, to, err
	case from.Revision == "":
		return from, to, fmt.Errorf("compare %s with what? Name another environment, or a revision as in %[1]s@HEAD~1", from.Environment)
	}
	return from, engine.At{Environment: from.Environment, Revision: last}, nil
}

func comparisonCode(r *engine.Comparison) int {
	switch {
	case len(r.Problems) > 0:
		return exitTrouble
	case len(r.Changes)+len(r.Ambiguous) > 0:
		return exitDiffers
	}
	return exitClean
}

// printComparison writes what is compared, and each object that differs.
func printComparison(p *printer, now time.Time, r *engine.Comparison) {
	var ends table
	for _, end := range []struct {
		word   string
		at     engine.At
		commit engine.Commit
	}{{"from", r.From, r.FromCommit}, {"to", r.To, r.ToCommit}} {
		ends.add(styled(end.word, dim), styled(end.at.Environment, bold), append(styled(short(end.at.Revision), yellow), madeBy(now, end.commit, end.at.Revision)...))
	}
	for _, n := range r.Namespaces {
		ends.add(styled("namespace", dim), text(n.From), text("is "+n.To))
	}
	ends.print(p)
	p.blank()
	if len(r.Problems) > 0 {
		printProblems(p, r.Problems)
		return
	}
	if len(r.Images) > 0 {
		images := table{indent: 2}
		for _, u := range r.Images {
			images.add(text(kindOf(u.Object)), text(nameOf(u.Object)), styled(u.Container, dim), text(comparedImage(u)))
		}
		images.print(p)
		p.blank()
	}
	var ordinary table
	for i := range r.Changes {
		c := &r.Changes[i]
		if r.Ordinary(c) {
			ordinary.add(styled(glyphChange+" differs only so", dim), text(c.ID.String()), styled(place(c.File, c.Line), dim))
			continue
		}
		printComparedObject(p, r, c)
		p.blank()
	}
	if len(r.Common) > 0 {
		common := table{}
		for _, k := range r.Common {
			common.add(text(fmt.Sprintf("In %d objects:", k.Objects)), styled(k.Name, cyan), text(valueText(k.From)+" → "+valueText(k.To)))
		}
		common.print(p)
		ordinary.print(p)
		p.blank()
	}
	for _, a := range r.Ambiguous {
		p.line(span{glyphNone + " not compared, as several could belong together: ", yellow},
			span{strings.Join(names(a.From), ", ") + " with " + strings.Join(names(a.To), ", "), plain})
	}
	if len(r.Ambiguous) > 0 {
		p.blank()
	}
	p.line(span{comparisonSummary(r), bold})
}

// comparedImage is how an image differs.
func comparedImage(u engine.ImageUpdate) string {
	if strings.Contains(u.From, "/") { // it is of another repository
		return u.From + " → " + u.Repository + ":" + u.To
	}
	return imageName(u.Repository, u.From) + " → " + shortTag(u.To)
}

func names(ids []engine.ID) []string { return each(ids, engine.ID.String) }

// printComparedObject writes an object that differs: on which side it is, and
// how both differ.
func printComparedObject(p *printer, r *engine.Comparison, c *engine.Change) {
	mark := styled(glyphChange+" differs", yellow)
	switch c.Operation {
	case engine.Create:
		mark = styled(glyphCreate+" only in "+sideName(r, r.To), green)
	case engine.Delete:
		mark = styled(glyphDelete+" only in "+sideName(r, r.From), red)
	}
	head := append(mark, span{"  " + c.ID.String(), bold})
	if c.File != "" {
		head = append(head, span{"  " + place(c.File, c.Line), dim})
	}
	p.line(head...)
	printUnified(p, c.Diff)
}

// sideName is what tells one side of a comparison from the other.
func sideName(r *engine.Comparison, at engine.At) string {
	if r.From.Environment == r.To.Environment {
		return short(at.Revision)
	}
	return at.Environment
}

// comparisonSummary counts what a comparison found.
func comparisonSummary(r *engine.Comparison) string {
	counts := map[engine.Operation]int{}
	for _, c := range r.Changes {
		counts[c.Operation]++
	}
	if len(r.Changes)+len(r.Ambiguous) == 0 {
		return fmt.Sprintf("%s and %s are the same: %s.", sideName(r, r.From), sideName(r, r.To), count(r.Unchanged, "object"))
	}
	differ := "differ"
	if counts[engine.Update] == 1 {
		differ = "differs"
	}
	return fmt.Sprintf("%d %s, %d only in %s, %d only in %s, %d the same.", counts[engine.Update], differ,
		counts[engine.Delete], sideName(r, r.From), counts[engine.Create], sideName(r, r.To), r.Unchanged)
}
