package command

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/evenkeel/evenkeel/engine"
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
	ctx, cancel := context.WithTimeout(c.Context(), completeWithin)
	defer cancel()
	a.sourceFromEnvironment()
	s, err := a.open(ctx, false, args[0])
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer s.close()
	for snapshot := range s.Subscribe(s.ctx) {
		if offers := what(snapshot.Environment(args[0])); len(offers) > 0 {
			return offers, cobra.ShellCompDirectiveNoFileComp
		}
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}
