package command

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui"
)

func (a *app) showAt() *cobra.Command {
	c := &cobra.Command{
		Use:   "show ENVIRONMENT[@REVISION] [OBJECT...]",
		Short: "Show what an environment is in Git, or was at a revision",
		Long: `Show what an environment is in Git, or was at a revision: its images and
objects, or with objects named those in full, the values of Secrets hidden. No
cluster is asked.

` + atHelp,
		Example: `  evenkeel show production@abc1234
  evenkeel show production@HEAD~3 deployment/api`,
		Args:              environmentFirst(-1),
		ValidArgsFunction: a.completeAt(1, a.completeObjectsAt),
	}
	c.RunE = a.run(func(ctx context.Context, args []string) (int, error) {
		at, err := parseAt(args[0])
		if err != nil {
			return exitTrouble, err
		}
		selectors, err := parseSelectors(args[1:])
		if err != nil {
			return exitTrouble, err
		}
		s, err := a.openGit(ctx, at.Environment)
		if err != nil {
			return exitTrouble, err
		}
		defer s.close()
		m, err := s.Moment(s.ctx, at)
		if err != nil {
			return exitTrouble, err
		}
		code := exitClean
		if len(m.Problems) > 0 {
			code = exitTrouble
		} else if err := narrow(m, selectors, args[0]); err != nil {
			return exitTrouble, err
		}
		if a.format == formatJSON {
			return code, writeJSON(a.Out, momentDocument(m))
		}
		p := a.printer(a.Out)
		if len(selectors) > 0 && len(m.Problems) == 0 {
			printManifests(p, m)
		} else {
			printMoment(p, time.Now(), m)
		}
		return code, p.err
	})
	return c
}

// completeObjectsAt offers the objects of the environment that is named with or
// without a revision.
func (a *app) completeObjectsAt(c *cobra.Command, args []string, start string) ([]cobra.Completion, cobra.ShellCompDirective) {
	at, err := parseAt(args[0])
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.completeObjects(c, []string{at.Environment}, start)
}

// narrow leaves only the objects of a moment that are named; without names all.
func narrow(m *engine.Moment, selectors []selector, where string) error {
	if len(selectors) == 0 {
		return nil
	}
	ids, err := findAll(selectors, where, each(m.Objects, func(o engine.MomentObject) engine.ID { return o.ID }))
	if err != nil {
		return err
	}
	m.Objects = slices.DeleteFunc(m.Objects, func(o engine.MomentObject) bool { return !slices.Contains(ids, o.ID) })
	m.Images = slices.DeleteFunc(m.Images, func(i engine.MomentImage) bool { return !slices.Contains(ids, i.Object) })
	return nil
}

// printMoment writes which commit made the environment what it was, its images
// and its objects.
func printMoment(p *printer, now time.Time, m *engine.Moment) {
	p.line(append([]span{{m.Environment, bold}, {" at ", plain}, {short(m.Revision), yellow}}, madeBy(now, m.Commit, m.Revision)...)...)
	if len(m.Problems) > 0 {
		p.blank()
		printProblems(p, m.Problems)
		return
	}
	if len(m.Images) > 0 {
		p.blank()
		images := table{indent: 2}
		for _, i := range m.Images {
			images.add(text(kindOf(i.Object)), text(nameOf(i.Object)), styled(i.Container, dim), text(imageName(i.Repository, i.Tag)))
		}
		images.print(p)
	}
	p.blank()
	objects := table{indent: 2}
	for _, o := range m.Objects {
		objects.add(text(kindOf(o.ID)), text(nameOf(o.ID)), styled(place(o.File, o.Line), dim))
	}
	objects.print(p)
	p.blank()
	p.line(span{count(len(m.Objects), "object") + ", " + count(len(m.Images), "image") + ".", bold})
}

// printProblems writes why something does not render.
func printProblems(p *printer, problems []string) {
	p.line(span{glyphStop + " it does not render:", red})
	for _, problem := range problems {
		p.line(span{"    " + problem, plain})
	}
}

// printManifests writes objects in full, as one YAML stream.
func printManifests(p *printer, m *engine.Moment) {
	for i, o := range m.Objects {
		if i > 0 {
			p.line(span{"---", dim})
		}
		for _, line := range ui.CleanLines(o.YAML) {
			p.line(span{line, plain})
		}
	}
}
