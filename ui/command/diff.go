package command

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/drift"
	"github.com/evenkeel/evenkeel/ui"
)

func (a *app) diff() *cobra.Command {
	var revision string
	c := &cobra.Command{
		Use:   "diff ENVIRONMENT [OBJECT...]",
		Short: "Show how live objects differ from Git, and who changed them",
		Long: `Show how live objects differ from Git, and who changed them.

An object is kind/name, kind.group/name, namespace/kind/name, or kind and name
as two words.`,
		Example: `  evenkeel diff staging
  evenkeel diff staging deployment/api
  evenkeel diff staging --revision feature/quieter-logs`,
		Args:              environmentFirst(-1),
		ValidArgsFunction: a.completeObjects,
	}
	c.Flags().StringVar(&revision, "revision", "", "compare with this branch, tag or commit instead")
	c.RunE = a.run(func(ctx context.Context, args []string) (int, error) {
		s, err := a.open(ctx, false, args[0])
		if err != nil {
			return exitTrouble, err
		}
		defer s.close()
		plan, err := s.compare(args[0], args[1:], revision)
		if err != nil {
			return exitTrouble, err
		}
		a.warnUnfetched(s)
		code := exitClean
		if len(differences(plan)) > 0 {
			code = exitDiffers
		}
		if a.format == formatJSON {
			return code, writeJSON(a.Out, diffDocument(plan))
		}
		p := a.printer(a.Out)
		printDiff(p, time.Now(), plan)
		return code, p.err
	})
	return c
}

// compare plans a sync to see what differs, and who made it so.
func (s *session) compare(environment string, objects []string, revision string) (*engine.Plan, error) {
	selectors, err := parseSelectors(objects)
	if err != nil {
		return nil, err
	}
	e, err := s.environment(environment)
	if err != nil {
		return nil, err
	}
	request := engine.Request{Action: engine.ActionSync, Environment: environment, Revision: revision}
	known := idsOf(e)
	if revision == "" {
		if request.Objects, err = findAll(selectors, environment, known); err != nil {
			return nil, err
		}
	}
	plan, err := s.Plan(s.ctx, request)
	if err != nil {
		return nil, err
	}
	if revision != "" && len(selectors) > 0 {
		// Another revision may have objects that this one has not.
		for _, c := range differences(plan) {
			if !slices.Contains(known, c.ID) {
				known = append(known, c.ID)
			}
		}
		ids, err := findAll(selectors, environment, known)
		if err != nil {
			return nil, err
		}
		other := func(c engine.Change) bool { return !slices.Contains(ids, c.ID) }
		plan.Changes = slices.DeleteFunc(plan.Changes, other)
		plan.Waiting = slices.DeleteFunc(plan.Waiting, other)
	}
	if err := s.Attribute(s.ctx, plan); err != nil {
		return nil, fmt.Errorf("looking for the commits: %w", err)
	}
	return plan, nil
}

func idsOf(e *engine.Environment) []engine.ID {
	ids := make([]engine.ID, len(e.Objects))
	for i, o := range e.Objects {
		ids[i] = o.ID
	}
	return ids
}

// differences are all changes of a plan, those that wait for a person too, in
// the order of their objects. An object that is only taken over, because evenkeel
// has not applied it before, does not differ.
func differences(plan *engine.Plan) []engine.Change {
	all := slices.Concat(plan.Changes, plan.Waiting)
	all = slices.DeleteFunc(all, func(c engine.Change) bool {
		return c.Operation == engine.Update && len(c.Fields) == 0 && !c.Refused
	})
	slices.SortStableFunc(all, func(x, y engine.Change) int { return x.ID.Compare(y.ID) })
	return all
}

// printDiff writes each differing object: what it is, who changed it, and how.
func printDiff(p *printer, now time.Time, plan *engine.Plan) {
	changes := differences(plan)
	for i, c := range changes {
		if i > 0 {
			p.blank()
		}
		printDifference(p, now, c)
	}
	if len(changes) == 0 {
		p.line(span{plan.Environment + " ", bold}, span{"is as " + short(plan.BaseRevision) + " says", plain})
	}
}

func printDifference(p *printer, now time.Time, c engine.Change) {
	head := append(driftMark(driftOf(c.Operation)), span{"  " + c.ID.String(), bold})
	if c.File != "" {
		head = append(head, span{"  " + place(c.File, c.Line), dim})
	}
	p.line(head...)
	if c.Reason != "" {
		p.line(span{"  " + c.Reason, reasonStyle(c)})
	}
	for _, f := range c.Fields {
		if who := attribution(now, f); who != "" {
			p.line(span{"  " + f.Path, cyan}, span{" " + who, plain})
		}
	}
	printUnified(p, c.Diff)
}

func reasonStyle(c engine.Change) style {
	if c.Refused {
		return red
	}
	return yellow
}

// attribution says who set a field on both sides; it is empty when neither is
// known.
func attribution(now time.Time, f engine.FieldChange) string {
	var parts []string
	switch {
	case f.Manager != "" && f.ChangedAt.IsZero():
		parts = append(parts, "changed by "+f.Manager)
	case f.Manager != "":
		parts = append(parts, fmt.Sprintf("changed by %s, %s", f.Manager, ago(now, f.ChangedAt)))
	}
	if k := f.Commit; k != nil {
		since := "in Git since"
		if f.Op == drift.Remove {
			since = "gone from Git since"
		}
		parts = append(parts, fmt.Sprintf("%s %s (%s, %s) \"%s\"",
			since, short(k.Hash), k.Author, age(now, k.Time), k.Subject))
	}
	return strings.Join(parts, "; ")
}

// printUnified writes a unified diff, coloured by line. Its first two lines name
// the sides.
func printUnified(p *printer, diff string) {
	for i, line := range ui.CleanLines(diff) {
		st := lineStyle(line)
		if i < 2 && (strings.HasPrefix(line, "---") || strings.HasPrefix(line, "+++")) {
			st = bold
		}
		p.line(span{"  " + line, st})
	}
}

func lineStyle(line string) style {
	switch {
	case strings.HasPrefix(line, "@@"):
		return cyan
	case strings.HasPrefix(line, "+"):
		return green
	case strings.HasPrefix(line, "-"):
		return red
	}
	return plain
}
