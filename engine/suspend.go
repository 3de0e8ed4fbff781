package engine

import (
	"context"
	"time"

	"github.com/evenkeel/evenkeel/kube"
)

// suspend suspends or resumes an environment, in its record in the cluster.
func (e *Engine) suspend(ctx context.Context, p *Plan) (Outcome, error) {
	env := p.fabric.env
	var s *kube.Suspension
	now := time.Now()
	if p.Action == ActionSuspend {
		s = &kube.Suspension{By: p.By, Reason: p.Reason, At: now}
	}
	outcome := Outcome{Action: p.Action, Environment: env.spec.Name, Revision: p.BaseRevision, By: p.By, Started: now}
	record, err := p.fabric.link.set.Suspend(ctx, s)
	if err != nil {
		outcome.Err = err.Error()
	}
	outcome.Ended = time.Now()
	err = e.ask(ctx, func() {
		if outcome.Err == "" {
			e.recorded(env, record)
			e.note(env.spec.Name, false, "%s by %s%s", past(p.Action), p.By, because(p.Reason))
		}
		e.changed(env)
	})
	e.listeners.send(outcome)
	return outcome, err
}

func past(a Action) string {
	if a == ActionSuspend {
		return "suspended"
	}
	return "resumed"
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}
