package command

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/evenkeel/evenkeel/engine"
)

func (a *app) suspend() *cobra.Command {
	var reason string
	c := &cobra.Command{
		Use:               "suspend ENVIRONMENT --reason TEXT",
		Short:             "Leave an environment alone until it is resumed",
		Args:              environmentFirst(0),
		ValidArgsFunction: a.completeEnvironment,
	}
	c.Flags().StringVar(&reason, "reason", "", "why, for whoever finds it suspended")
	c.RunE = a.run(func(ctx context.Context, args []string) (int, error) {
		if strings.TrimSpace(reason) == "" {
			return exitTrouble, errors.New("a suspension needs --reason TEXT, for whoever finds it suspended")
		}
		request := engine.Request{Action: engine.ActionSuspend, Environment: args[0], Reason: reason}
		return a.act(ctx, request, args[0]+" is suspended: "+reason)
	})
	return c
}

func (a *app) resume() *cobra.Command {
	return &cobra.Command{
		Use:               "resume ENVIRONMENT",
		Short:             "End the suspension of an environment",
		Args:              environmentFirst(0),
		ValidArgsFunction: a.completeEnvironment,
		RunE: a.run(func(ctx context.Context, args []string) (int, error) {
			request := engine.Request{Action: engine.ActionResume, Environment: args[0]}
			return a.act(ctx, request, args[0]+" is resumed")
		}),
	}
}

// act plans and executes a request that changes no object.
func (a *app) act(ctx context.Context, request engine.Request, done string) (int, error) {
	s, err := a.open(ctx, false, request.Environment)
	if err != nil {
		return exitTrouble, err
	}
	defer s.close()
	if _, err := s.environment(request.Environment); err != nil {
		return exitTrouble, err
	}
	request.By = operator()
	plan, err := s.Plan(s.ctx, request)
	if err != nil {
		return exitTrouble, err
	}
	if err := s.mayChange(); err != nil {
		return exitTrouble, err
	}
	outcome, err := s.Execute(s.ctx, plan, func(engine.Step) {})
	if err != nil {
		return exitTrouble, planAgain(err, plan)
	}
	if !outcome.Succeeded() {
		return exitTrouble, failure(&outcome)
	}
	if a.format == formatJSON {
		return exitClean, writeJSON(a.Out, executedJSON{Plan: planDocument(plan), Outcome: outcomeDocument(&outcome)})
	}
	p := a.printer(a.Out)
	p.line(span{done, plain})
	return exitClean, p.err
}
