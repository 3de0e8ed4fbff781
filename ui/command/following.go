package command

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"github.com/evenkeel/evenkeel/engine"
)

// patience is what the flags say of waiting for an environment to be Healthy.
type patience struct {
	wait    bool
	timeout time.Duration
}

func (w *patience) addTo(flags *pflag.FlagSet) {
	flags.BoolVar(&w.wait, "wait", false, "wait until the environment is Healthy, and verified if it names a Job for that")
	flags.DurationVar(&w.timeout, "timeout", 5*time.Minute, "how long to wait")
}

// following is what the flags say of the sync after a commit.
type following struct {
	sync bool
	patience
}

func (f *following) addTo(flags *pflag.FlagSet) {
	flags.BoolVar(&f.sync, "sync", false, "and sync at once what is committed")
	f.patience.addTo(flags)
}

func (f following) check() error {
	if f.wait && !f.sync {
		return errors.New("--wait goes with --sync: a commit alone changes nothing in the cluster")
	}
	return nil
}

// heeds tells whether a plan does what was asked for.
func (f following) heeds(plan *engine.Plan) error {
	if f.sync && plan.Commit != nil && !plan.Sync {
		return fmt.Errorf("--sync is of no use: what is changed in %s waits for a pull request, and is synced once that is merged", plan.Environment)
	}
	return nil
}

// finish ends a command whose commit was synced with it.
func (a *app) finish(s *session, f following, plan *engine.Plan, o *engine.Outcome) (int, error) {
	if f.wait {
		if err := a.awaitEnd(s, plan, o, f.timeout); err != nil {
			return exitTrouble, err
		}
	}
	if len(plan.Waiting)+len(plan.Contested) > 0 {
		return exitDiffers, nil
	}
	return exitClean, nil
}

// printFollowed writes what became of the cluster by the sync after a commit.
func printFollowed(p *printer, plan *engine.Plan, o *engine.Outcome, steps bool) {
	if len(o.Steps) == 0 {
		p.line(span{plan.Environment + " is as the commit says: there was nothing to sync", plain})
		return
	}
	printOutcome(p, o, steps)
}
