package dialog_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui/console/dialog"
)

// planStates are the states of a plan: what the engine answers, and what was
// pressed until then.
var planStates = []struct {
	name    string
	request engine.Request
	answer  func(p *engine.Plan) error
	keys    []string
}{
	{name: "plan"},
	{name: "plan-list", keys: []string{"down", "down"}},
	{name: "plan-diff", keys: []string{"down", "enter"}},
	{name: "plan-git", keys: []string{"]"}},
	{name: "plan-no-gates", keys: []string{"["}},
	{name: "plan-chosen", request: sync(api), answer: func(p *engine.Plan) error {
		p.Changes, p.Unchanged = p.Changes[:1], 0
		return nil
	}},
	{name: "plan-deletions", answer: func(p *engine.Plan) error {
		p.Changes = append(p.Changes, deletion())
		p.Waiting = []engine.Change{waiting()}
		p.Contested = []engine.Change{{ID: checkout, Operation: engine.Update, Reason: "environment staging has it"}}
		return nil
	}},
	{name: "plan-protected", keys: []string{"produc"}, answer: func(p *engine.Plan) error {
		p.Protected, p.Changes = true, append(p.Changes, deletion())
		return nil
	}},
	{name: "plan-prune", request: engine.Request{Action: engine.ActionSync, Environment: "production", Prune: true}, answer: func(p *engine.Plan) error {
		gone := waiting()
		gone.Reason = ""
		p.Changes = []engine.Change{gone}
		return nil
	}},
	{name: "plan-refused", answer: func(p *engine.Plan) error {
		p.Changes[0].Refused, p.Changes[0].Fields = true, nil
		p.Changes[0].Reason = "Deployment.apps \"api\" is invalid: spec.selector: Invalid value: field is immutable"
		return nil
	}},
	{name: "plan-gates", keys: []string{"["}, answer: func(p *engine.Plan) error {
		p.Gates = []engine.Gate{
			{Name: "not suspended", Reason: "suspended by ada: a freeze; resume it first"},
			{Name: "window open", Reason: "it opens on Monday", MetAt: noon.Add(20 * time.Hour)},
			{Name: "soaked", Met: true, Reason: "2h of 30m"},
		}
		return nil
	}},
	{name: "plan-gate-unmet", answer: func(p *engine.Plan) error {
		p.Gates = []engine.Gate{{Name: "not suspended", Reason: "suspended by ada: a freeze; resume it first"}}
		return nil
	}},
	{name: "plan-own-record", answer: func(p *engine.Plan) error {
		p.Gates = []engine.Gate{{Name: "own record", Met: p.TakeOver, Reason: "the record is kept for environments/live of ssh://git.example.com/other"}}
		return nil
	}},
	{name: "plan-empty", answer: func(p *engine.Plan) error {
		p.Changes, p.Unchanged = nil, 41
		return nil
	}},
	{name: "plan-broken", answer: func(p *engine.Plan) error {
		p.BrokenRevision = broken
		p.Problems = []string{"environments/production/api.yaml:12: did not find expected key"}
		return nil
	}},
	{name: "plan-failed", answer: func(*engine.Plan) error {
		return fmt.Errorf("plan to sync production: %w: connection refused", engine.ErrNotReady)
	}},
	{name: "plan-suspend", request: engine.Request{Action: engine.ActionSuspend, Environment: "production", Reason: "looking into the queue"}},
	{name: "plan-resume", request: engine.Request{Action: engine.ActionResume, Environment: "production"}},
	{name: "plan-many", answer: func(p *engine.Plan) error {
		first := p.Changes[0]
		p.Changes = nil
		for i := range 40 {
			c := first
			c.Name = fmt.Sprintf("worker-%02d", i)
			p.Changes = append(p.Changes, c)
		}
		return nil
	}},
}

// planAt brings a plan to one of the states.
func planAt(d *desk, i int) *dialog.Plan {
	d.t.Helper()
	state := planStates[i]
	if state.request.Action == "" {
		state.request = sync()
	}
	d.engine.plan = func(_ context.Context, r engine.Request) (*engine.Plan, error) {
		p := planFor(r)
		if state.answer != nil {
			if err := state.answer(p); err != nil {
				return nil, err
			}
		}
		return p, nil
	}
	p := d.open(state.request)
	d.view(p, 80, 24)
	d.press(p, state.keys...)
	return p
}

func TestPlanGolden(t *testing.T) {
	for i, state := range planStates {
		t.Run(state.name, func(t *testing.T) {
			d := newDesk(t)
			d.golden(planAt(d, i), state.name)
		})
	}
	t.Run("plan-computing", func(t *testing.T) {
		d := newDesk(t)
		s := situation()
		production := s.Environments[1]
		production.Settled, production.Counts = false, map[engine.Drift]int{engine.DriftPending: 3}
		p, _ := dialog.NewPlan(d.work, sync(), s)
		d.now = d.now.Add(3 * time.Second)
		d.golden(p, "plan-computing")
	})
	t.Run("plan-old", func(t *testing.T) {
		d := newDesk(t)
		p := d.open(sync())
		p.SetSnapshot(later(func(e *engine.Environment) { e.Revision = broken }))
		d.golden(p, "plan-old")
	})
	t.Run("plan-stale", func(t *testing.T) {
		d := newDesk(t)
		d.engine.execute = refuse(fmt.Errorf("%w: Deployment.apps shop/api has changed in the cluster", engine.ErrStale))
		p := d.open(sync())
		d.press(p, "right", "enter")
		d.golden(p, "plan-stale")
	})
}

func TestButtonsAreNeverCut(t *testing.T) {
	for i, state := range planStates {
		d := newDesk(t)
		p := planAt(d, i)
		if strings.HasPrefix(state.name, "plan-diff") {
			continue
		}
		wide := d.view(p, 120, 40)
		for _, label := range []string{"Cancel", "Close", "Sync 2 objects", "Sync 2, delete 1", "Delete 1 object", "Sync 40 objects", "Plan to take it over", "Plan again", "Suspend", "Resume"} {
			if strings.Contains(last(wide, 4), label) && !strings.Contains(d.view(p, 40, 10), label) {
				t.Errorf("%s: %q is not whole:\n%s", state.name, label, d.view(p, 40, 10))
			}
		}
	}
}

// last is the end of a text.
func last(s string, lines int) string {
	all := strings.Split(s, "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
