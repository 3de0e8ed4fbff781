package dialog_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui/console/dialog"
)

// refuse does nothing, and says why.
func refuse(err error) func(context.Context, *engine.Plan, func(engine.Step)) (engine.Outcome, error) {
	return func(context.Context, *engine.Plan, func(engine.Step)) (engine.Outcome, error) {
		return engine.Outcome{}, err
	}
}

// Whoever presses enter without looking changes nothing.
func TestEnterChangesNothing(t *testing.T) {
	for i, state := range planStates {
		if slices.Contains(state.keys, "down") {
			continue // somebody has looked
		}
		t.Run(state.name, func(t *testing.T) {
			d := newDesk(t)
			p := planAt(d, i)
			d.press(p, "enter", "enter", "y", "n")
			if len(d.engine.executed) > 0 {
				t.Fatalf("it was executed:\n%s", d.view(p, 80, 24))
			}
			if typed := state.name == "plan-protected"; d.closed(p) == typed {
				t.Errorf("closed: %v", d.closed(p))
			}
		})
	}
}

func TestLettersPressNothing(t *testing.T) {
	d := newDesk(t)
	p := d.open(sync())
	d.press(p, "right", "y", "n", "s", "q", "Y")
	if len(d.engine.executed) > 0 || d.closed(p) {
		t.Error("a letter pressed a button")
	}
	d.press(p, "enter")
	if len(d.engine.executed) != 1 {
		t.Error("and then enter did not")
	}
}

func TestButtonOfPlan(t *testing.T) {
	for name, c := range map[string]struct {
		changes []engine.Change
		want    string
	}{
		"sync":   {changes(), "Sync 2 objects"},
		"one":    {changes()[:1], "Sync 1 object"},
		"delete": {[]engine.Change{deletion(), waiting()}, "Delete 2 objects"},
		"both":   {append(changes(), deletion()), "Sync 2, delete 1"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.engine.plan = func(_ context.Context, r engine.Request) (*engine.Plan, error) {
				p := planFor(r)
				p.Changes = c.changes
				return p, nil
			}
			p := d.open(sync())
			d.shows(p, c.want)
			d.press(p, "tab", "enter")
			if len(d.engine.executed) != 1 {
				t.Error("the button does not execute the plan")
			}
		})
	}
}

func TestNameHasToMatch(t *testing.T) {
	protected := func(_ context.Context, r engine.Request) (*engine.Plan, error) {
		p := planFor(r)
		p.Protected = true
		return p, nil
	}
	for _, typed := range []string{"", "p", "productio", "Production", "productions", "staging", "PRODUCTION"} {
		d := newDesk(t)
		d.engine.plan = protected
		p := d.open(sync())
		d.press(p, typed, "enter", "tab", "enter", "tab", "enter", "right", "enter")
		if len(d.engine.executed) > 0 {
			t.Errorf("typing %q executed the plan", typed)
		}
	}
	d := newDesk(t)
	d.engine.plan = protected
	p := d.open(sync())
	if !p.Editing() {
		t.Error("letters would not go to the name")
	}
	d.press(p, "p", "r", "o", "d", "u", "c", "t", "i", "o", "n")
	d.shows(p, "production is protected")
	d.press(p, "enter")
	if len(d.engine.executed) > 0 {
		t.Error("the name alone executed the plan")
	}
	d.press(p, "enter")
	if len(d.engine.executed) != 1 {
		t.Error("the button did not execute the plan")
	}
}

// The deletions that wait for a person are asked for by name everywhere.
func TestPruneAsksForTheName(t *testing.T) {
	d := newDesk(t)
	d.engine.plan = func(_ context.Context, r engine.Request) (*engine.Plan, error) {
		p := planFor(r)
		if r.Prune {
			p.Changes = append(p.Changes, waiting())
		} else {
			p.Waiting = []engine.Change{waiting()}
		}
		return p, nil
	}
	p := d.open(sync())
	d.shows(p, "D plans with the deletion that wait", "volume claims are deleted by a person only")
	d.press(p, "D")
	if !d.engine.requests[1].Prune {
		t.Fatal("the deletions were not asked for")
	}
	d.shows(p, "These deletions wait for a person", "1 to DELETE")
	d.press(p, "tab", "enter")
	if len(d.engine.executed) > 0 {
		t.Error("the name was not needed")
	}
	d.press(p, "production", "enter", "enter")
	if len(d.engine.executed) != 1 {
		t.Error("the name did not do")
	}
}

func TestGateHoldsTheButton(t *testing.T) {
	d := newDesk(t)
	d.engine.plan = func(_ context.Context, r engine.Request) (*engine.Plan, error) {
		p := planFor(r)
		p.Gates = []engine.Gate{{Name: "own record", Met: r.TakeOver, Reason: "it is kept for somebody else"}}
		return p, nil
	}
	p := d.open(sync())
	d.shows(p, "Not met: own record, it is kept for somebody else")
	d.press(p, "right", "enter")
	if len(d.engine.executed) > 0 {
		t.Fatal("the gate did not hold")
	}
	d.press(p, "right", "enter")
	if last := d.engine.requests[len(d.engine.requests)-1]; !last.TakeOver {
		t.Fatal("taking over was not asked for")
	}
	d.press(p, "right", "enter")
	if len(d.engine.executed) != 1 {
		t.Error("a gate that is met holds the button")
	}
}

func TestEmptyPlanOffersOnlyToClose(t *testing.T) {
	d := newDesk(t)
	d.engine.plan = func(_ context.Context, r engine.Request) (*engine.Plan, error) {
		return &engine.Plan{Request: r, BaseRevision: head, Unchanged: 41, Protected: true}, nil
	}
	p := d.open(sync())
	d.shows(p, "Nothing would change", "[ Close ]")
	d.hides(p, "Sync 0")
	d.press(p, "right", "tab", "enter")
	if len(d.engine.executed) > 0 || !d.closed(p) {
		t.Error("there is more than to close it")
	}
}

func TestStalePlanIsShownAgain(t *testing.T) {
	d := newDesk(t)
	d.engine.execute = refuse(fmt.Errorf("%w: Deployment.apps shop/api has changed in the cluster", engine.ErrStale))
	p := d.open(sync())
	d.press(p, "right", "enter")
	if len(d.engine.requests) != 2 || len(d.engine.executed) != 1 {
		t.Fatalf("planned %d times, executed %d times", len(d.engine.requests), len(d.engine.executed))
	}
	d.shows(p, "The ground has moved: Deployment.apps shop/api has changed in the cluster.", "[ Cancel ]", "Sync 2 objects")
	d.press(p, "enter")
	if len(d.engine.executed) != 1 || !d.closed(p) {
		t.Error("the safe button has not got the focus")
	}
}

func TestRefusedInWords(t *testing.T) {
	for _, c := range []struct {
		err   error
		plans int
		want  string
	}{
		{fmt.Errorf("%w in production since 15:04:05", engine.ErrBusy), 1, "Nothing was done: another action is running in production since 15:04:05"},
		{fmt.Errorf("%w: connection refused", engine.ErrNotReady), 1, "Nothing was done: the environment cannot be read: connection refused"},
		{fmt.Errorf("%w: not suspended: by ada", engine.ErrGate), 2, "Nothing was done: a gate is not met: not suspended: by ada"},
		{errors.New("the engine has ended"), 1, "Nothing was done: the engine has ended"},
	} {
		d := newDesk(t)
		d.engine.execute = refuse(c.err)
		p := d.open(sync())
		d.press(p, "right", "enter")
		d.shows(p, c.want, "[ Cancel ]")
		if len(d.engine.requests) != c.plans {
			t.Errorf("%v: planned %d times, not %d", c.err, len(d.engine.requests), c.plans)
		}
	}
}

func TestLateAnswersAreDropped(t *testing.T) {
	d := newDesk(t)
	p, first := dialog.NewPlan(d.work, sync(), situation())
	d.engine.plan = func(_ context.Context, r engine.Request) (*engine.Plan, error) { return nil, errors.New("late") }
	late := messages(first)
	d.engine.plan = func(_ context.Context, r engine.Request) (*engine.Plan, error) { return planFor(r), nil }
	p2, other := dialog.NewPlan(d.work, sync(), situation())
	for _, msg := range messages(other) {
		if _, mine := p.Update(msg); mine {
			t.Error("it took another plan's answer")
		}
		if _, mine := p2.Update(msg); !mine {
			t.Error("it did not take its own")
		}
	}
	d.press(p2, "R")
	for _, msg := range late {
		if _, mine := p2.Update(msg); mine {
			t.Error("it took another plan's answer")
		}
	}
	// The same dialog: the first question's answer comes after the second's.
	p.Update(late[0])
	d.shows(p, "There is no plan: late")
	again := d.key(p, "R")
	p.Update(late[0])
	d.hides(p, "There is no plan")
	d.run(p, again)
	p.Update(late[0])
	d.hides(p, "There is no plan")
	d.shows(p, "Sync 2 objects")
}

func TestLeavingStopsPlanning(t *testing.T) {
	d := newDesk(t)
	d.engine.plan = func(ctx context.Context, _ engine.Request) (*engine.Plan, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	p, cmd := dialog.NewPlan(d.work, sync(), situation())
	d.press(p, "esc")
	if !d.closed(p) {
		t.Error("it is still open")
	}
	messages(cmd) // comes back, because nobody waits for it any more
}

func TestOldPlan(t *testing.T) {
	for name, c := range map[string]struct {
		change func(e *engine.Environment)
		want   string
	}{
		"same":   {func(*engine.Environment) {}, ""},
		"health": {func(e *engine.Environment) { e.Objects[1].Health = engine.Degraded }, ""},
		"kept": {func(e *engine.Environment) {
			e.Objects = append(e.Objects, &engine.Object{ID: claim, Drift: engine.DriftExtra})
		}, ""},
		"revision":  {func(e *engine.Environment) { e.Revision = broken }, "Git is at b0b0b0b now"},
		"put right": {func(e *engine.Environment) { e.Objects[1].Drift = engine.DriftSynced }, "shop/api is Synced now"},
		"another":   {func(e *engine.Environment) { e.Objects[2].Drift = engine.DriftModified }, "shop/checkout differs too"},
		"gone":      {func(e *engine.Environment) { e.Objects = e.Objects[2:] }, "shop/api is not there any more"},
		"created":   {func(e *engine.Environment) { e.Objects[3].Drift = engine.DriftModified }, "shop/search is Modified now"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			p := d.open(sync())
			early := later(c.change)
			early.At = noon.Add(-time.Second)
			p.SetSnapshot(early)
			d.hides(p, "This plan is old")
			p.SetSnapshot(later(c.change))
			if c.want == "" {
				d.hides(p, "This plan is old")
				return
			}
			d.shows(p, "This plan is old: "+c.want+". R plans again.")
			d.press(p, "R")
			d.hides(p, "This plan is old")
			if len(d.engine.requests) != 2 {
				t.Error("R did not plan again")
			}
		})
	}
	t.Run("changed again", func(t *testing.T) {
		d := newDesk(t)
		p := d.open(sync())
		p.SetSnapshot(later(func(*engine.Environment) {}))
		d.hides(p, "This plan is old")
		p.SetSnapshot(later(func(e *engine.Environment) { e.Objects[1].ChangedAt = noon }))
		d.shows(p, "shop/api was changed again")
	})
}

func TestWhoWroteItInGit(t *testing.T) {
	d := newDesk(t)
	var given *engine.Plan
	d.engine.plan = func(_ context.Context, r engine.Request) (*engine.Plan, error) {
		given = planFor(r)
		return given, nil
	}
	d.engine.attribute = func(p *engine.Plan) {
		p.Changes[0].Fields[0].Commit = &engine.Commit{Hash: "19ce4aa0", Author: "ops", Subject: "quieter logs"}
	}
	p := d.open(sync())
	d.shows(p, "set by kubectl (scale) 3m ago", "in Git 19ce4aa ops quieter logs")
	if given.Changes[0].Fields[0].Commit != nil {
		t.Error("it was written into the plan that is drawn meanwhile")
	}
	d.press(p, "down", "enter")
	d.shows(p, "in Git 19ce4aa ops quieter logs", "replicas: 3")
	d.press(p, "esc")
	d.shows(p, "Sync 2 objects")
}

// The name of an annotation is shown whole or not at all, dots and all.
func TestDottedKeyIsNotCut(t *testing.T) {
	const key = "nginx.example.com/limit-rps"
	d := newDesk(t)
	d.engine.plan = func(_ context.Context, r engine.Request) (*engine.Plan, error) {
		p := planFor(r)
		p.Changes[0].Fields[0].Path = `metadata.annotations["` + key + `"]`
		return p, nil
	}
	p := d.open(sync())
	for _, width := range []int{120, 44} {
		text := d.view(p, width, 24)
		if strings.Contains(text, `rps"]`) != strings.Contains(text, `["nginx`) || !strings.Contains(text, key) {
			t.Errorf("in %d columns:\n%s", width, text)
		}
	}
}

func TestDeletionsComeFirstAndStandOut(t *testing.T) {
	d := newDesk(t)
	d.engine.plan = func(_ context.Context, r engine.Request) (*engine.Plan, error) {
		p := planFor(r)
		p.Changes = append(p.Changes, deletion())
		return p, nil
	}
	p := d.open(sync())
	text := d.view(p, 120, 40)
	if strings.Index(text, "shop/cart") > strings.Index(text, "shop/api") {
		t.Errorf("the deletion is not first:\n%s", text)
	}
	styled := strings.Join(d.lines(p, 120, 40), "\n")
	for _, s := range []string{"1 to DELETE", "- DELETE"} {
		if !strings.Contains(styled, d.theme.Paint(themes.Screen, themes.Danger, s)) {
			t.Errorf("%q is not painted as a danger", s)
		}
	}
}

func TestPlanMouse(t *testing.T) {
	d := newDesk(t)
	p := d.open(sync())
	find := func(word string) (x, y int) {
		for y, line := range strings.Split(d.view(p, 80, 24), "\n") {
			if before, _, found := strings.Cut(line, word); found {
				return len([]rune(before)), y
			}
		}
		t.Fatalf("%q is not there:\n%s", word, d.view(p, 80, 24))
		return 0, 0
	}
	x, y := find(" Gates")
	d.run(p, p.Click(x+1, y, false))
	d.shows(p, "no gates")
	x, y = find(" Cluster")
	d.run(p, p.Click(x+1, y, false))
	x, y = find("shop/search")
	d.run(p, p.Click(x, y, true))
	d.shows(p, "kind: Service")
	d.press(p, "esc")
	x, y = find("Sync 2 objects")
	d.run(p, p.Click(x, y, false))
	if len(d.engine.executed) != 1 {
		t.Error("the button was not pressed")
	}
}
