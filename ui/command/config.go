package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/config"
)

func (a *app) config() *cobra.Command {
	c := &cobra.Command{
		Use:   "config",
		Short: "Check evenkeel.yaml, or print its schema",
	}
	c.AddCommand(a.configCheck(), &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of evenkeel.yaml",
		Args:  cobra.NoArgs,
		RunE: a.run(func(context.Context, []string) (int, error) {
			_, err := a.Out.Write(config.Schema())
			return exitClean, err
		}),
	})
	return c
}

func (a *app) configCheck() *cobra.Command {
	return &cobra.Command{
		Use:   "check [FILE]",
		Short: "Report everything that is wrong with an environment file",
		Args:  cobra.MaximumNArgs(1),
		RunE: a.run(func(ctx context.Context, args []string) (int, error) {
			source := a.source
			if len(args) == 1 {
				source.ConfigFile = args[0]
			}
			c, err := engine.LoadConfig(ctx, source)
			var problems config.Problems
			if err != nil && !errors.As(err, &problems) {
				return exitTrouble, err
			}
			code := exitClean
			if len(problems) > 0 {
				code = exitTrouble
			}
			if a.format == formatJSON {
				return code, writeJSON(a.Out, checkDocument(c, problems))
			}
			p := a.printer(a.Out)
			printCheck(p, c, problems)
			return code, p.err
		}),
	}
}

// printCheck writes a line for each problem, in the form that editors jump to.
func printCheck(p *printer, c *config.Config, problems config.Problems) {
	for _, problem := range problems {
		p.line(span{problem.Error(), plain})
	}
	if len(problems) == 0 {
		p.line(span{fmt.Sprintf("ok: %s", count(len(c.Environments), "environment")), green})
	}
}

func checkDocument(c *config.Config, problems config.Problems) checkJSON {
	document := checkJSON{
		Environments: []string{},
		Problems:     each(problems, func(p config.Problem) problemJSON { return problemJSON(p) }),
	}
	if c != nil {
		document.Environments = each(c.Environments, func(e config.Environment) string { return e.Name })
	}
	return document
}
