package command

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel/engine"
)

// believeAfter is how long an environment must have been Degraded to be taken
// for it: what was broken before a sync is so for a moment after it.
const believeAfter = 5 * time.Second

// awaitHealth waits until an environment is Healthy. It is an error when it is
// Degraded instead, or when that takes too long.
func (a *app) awaitHealth(s *session, environment string, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(s.ctx, timeout)
	defer cancel()
	if a.format == formatText {
		p := a.printer(a.Out)
		p.line(span{"waiting for " + environment + " to be Healthy", dim})
	}
	var last *engine.Environment
	var degradedFor <-chan time.Time
	snapshots := s.Subscribe(ctx)
	for {
		select {
		case snapshot, open := <-snapshots:
			if !open {
				return waitError(ctx, environment, timeout, last)
			}
			last = snapshot.Environment(environment)
			if !last.Settled || last.Running != nil {
				continue
			}
			switch last.Health {
			case engine.Healthy:
				if a.format == formatText {
					a.printer(a.Out).line(span{environment + " is Healthy", green})
				}
				return nil
			case engine.Degraded:
				if degradedFor == nil {
					degradedFor = time.After(believeAfter)
				}
			default:
				degradedFor = nil
			}
		case <-degradedFor:
			return fmt.Errorf("%s is Degraded%s", environment, unwell(last))
		}
	}
}

// waitError says why waiting ended.
func waitError(ctx context.Context, environment string, timeout time.Duration, last *engine.Environment) error {
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return context.Cause(ctx)
	}
	health := engine.Unknown
	if last != nil {
		health = healthWord(last.Health)
	}
	return fmt.Errorf("%s is %s, not Healthy, after %s%s", environment, health, timeout, unwell(last))
}

// unwell lists the objects that keep an environment from being Healthy.
func unwell(e *engine.Environment) string {
	if e == nil {
		return ""
	}
	var b strings.Builder
	for _, o := range e.Objects {
		if o.Ignored || o.Health == engine.Healthy || o.Health == engine.Suspended {
			continue
		}
		fmt.Fprintf(&b, "\n%s is %s", o.ID, healthWord(o.Health))
		if o.Message != "" {
			fmt.Fprintf(&b, ": %s", o.Message)
		}
	}
	return b.String()
}

// awaitEnd waits until what a plan has synced is rolled out, and verified.
// outcome is nil when there was nothing to do.
func (a *app) awaitEnd(s *session, plan *engine.Plan, outcome *engine.Outcome, timeout time.Duration) error {
	if err := a.awaitHealth(s, plan.Environment, timeout); err != nil {
		return err
	}
	return a.awaitVerification(s, plan, outcome, timeout)
}

// awaitVerification waits until the Job has ended that verifies what a sync has
// brought, if the environment names one. That it failed is an error. Who has
// synced nothing waits only for a Job that is there.
func (a *app) awaitVerification(s *session, plan *engine.Plan, outcome *engine.Outcome, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(s.ctx, timeout)
	defer cancel()
	told, revision := false, plan.BaseRevision
	if outcome != nil {
		revision = outcome.Revision
	}
	var last *engine.Verification
	for snapshot := range s.Subscribe(ctx) {
		e := snapshot.Environment(plan.Environment)
		if last = e.Verification; last == nil || outcome == nil && last.Job == (engine.ID{}) {
			return nil
		}
		if !e.Settled || e.Running != nil {
			continue
		}
		if e.AppliedRevision != revision {
			return nil // the cluster has not taken all of it
		}
		switch last.State {
		case engine.VerificationSucceeded:
			if a.format == formatText {
				a.printer(a.Out).line(span{e.Name + " is verified", green})
			}
			return nil
		case engine.VerificationFailed, engine.VerificationUnknown:
			return fmt.Errorf("%s is not verified%s", e.Name, verificationText(last))
		}
		if a.format == formatText && !told {
			told = true
			a.printer(a.Out).line(span{"waiting for " + e.Name + " to be verified", dim})
		}
	}
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return context.Cause(ctx)
	}
	return fmt.Errorf("%s is not verified after %s%s", plan.Environment, timeout, verificationText(last))
}

// verificationText says what a Job that verifies has to say.
func verificationText(v *engine.Verification) string {
	if v == nil {
		return ""
	}
	text := ""
	if v.Job != (engine.ID{}) {
		text = ": " + v.Job.String() + " is " + string(v.State)
	}
	if v.Message != "" {
		text += ": " + v.Message
	}
	return text
}
