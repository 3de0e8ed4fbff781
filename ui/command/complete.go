package command

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui"
)

// completeWithin is how long a shell is kept waiting for completions.
const completeWithin = 2 * time.Second

// completeFlags offers the values of the global flags.
func (a *app) completeFlags(root *cobra.Command) {
	must := func(err error) {
		if err != nil {
			panic(err) // the flags are defined by the caller
		}
	}
	must(root.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(
		[]cobra.Completion{string(formatText), string(formatJSON)}, cobra.ShellCompDirectiveNoFileComp)))
	must(root.MarkPersistentFlagFilename("config", "yaml", "yml"))
	must(root.MarkPersistentFlagFilename("kubeconfig"))
}

// completeFlag offers the values that a flag may have.
func completeFlag(c *cobra.Command, flag string, values []string) {
	completeFlagBy(c, flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}

func completeFlagBy(c *cobra.Command, flag string, offer cobra.CompletionFunc) {
	if err := c.RegisterFlagCompletionFunc(flag, offer); err != nil {
		panic(err) // the flag is defined by the caller
	}
}

// completeEnvironment offers environments for the first argument.
func (a *app) completeEnvironment(c *cobra.Command, args []string, start string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.completeEnvironments(c, args, start)
}

// completeEnvironments offers the environments not named yet.
func (a *app) completeEnvironments(c *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	ctx, cancel := context.WithTimeout(c.Context(), completeWithin)
	defer cancel()
	a.sourceFromEnvironment()
	conf, err := engine.LoadConfig(ctx, a.source)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []cobra.Completion
	for _, e := range conf.Environments {
		if !slices.Contains(args, e.Name) {
			names = append(names, e.Name)
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeImages offers environments first, and then the workloads and the
// images of the one chosen, by their shortest names.
func (a *app) completeImages(c *cobra.Command, args []string, start string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return a.completeOf(c, args, start, func(e *engine.Environment) []string { return newCatalogue(e).offers() })
}

// completeObjects offers environments first, and then objects of the one
// chosen, as soon as the engine knows what Git names.
func (a *app) completeObjects(c *cobra.Command, args []string, start string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return a.completeOf(c, args, start, func(e *engine.Environment) []string { return spellings(idsOf(e)) })
}

// completeOf offers environments first, and then what there is in the one chosen.
func (a *app) completeOf(c *cobra.Command, args []string, start string, what func(*engine.Environment) []string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return a.completeEnvironments(c, args, start)
	}
	return a.completeFrom(c, args[0], func(_ *session, snapshot *engine.Snapshot) []string {
		return what(snapshot.Environment(args[0]))
	})
}

// completeRevisions offers environments first, and then the newest commits that
// touch the one chosen.
func (a *app) completeRevisions(c *cobra.Command, args []string, start string) ([]cobra.Completion, cobra.ShellCompDirective) {
	switch len(args) {
	case 0:
		return a.completeEnvironments(c, args, start)
	case 1:
		return a.completeFrom(c, args[0], func(s *session, _ *engine.Snapshot) []string {
			commits, err := s.commits(engine.HistoryQuery{Environment: args[0]}, 20, unreported)
			if err != nil {
				return nil // nothing has been fetched yet
			}
			return each(commits, func(c engine.HistoryCommit) string {
				return cobra.CompletionWithDesc(short(c.Hash), ui.Clean(c.Subject))
			})
		})
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}

// completeFrom offers what there is as soon as the engine knows of any.
func (a *app) completeFrom(c *cobra.Command, environment string, what func(*session, *engine.Snapshot) []string) ([]cobra.Completion, cobra.ShellCompDirective) {
	ctx, cancel := context.WithTimeout(c.Context(), completeWithin)
	defer cancel()
	a.sourceFromEnvironment()
	s, err := a.open(ctx, false, environment)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer s.close()
	for snapshot := range s.Subscribe(s.ctx) {
		if offers := what(s, snapshot); len(offers) > 0 {
			return offers, cobra.ShellCompDirectiveNoFileComp
		}
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}

// completeFiles offers the files that a promotion to the environment could copy.
func (a *app) completeFiles(c *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.completeFrom(c, args[0], func(s *session, _ *engine.Snapshot) []string {
		plan, err := s.Plan(s.ctx, engine.Request{Action: engine.ActionPromote, Environment: args[0]})
		if err != nil {
			return nil // it is not known yet, or there is nothing to promote
		}
		var names []string
		for _, f := range plan.Files {
			if f.Reason == "" {
				names = append(names, f.Name)
			}
		}
		return names
	})
}
