package dialog_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui/console/dialog"
)

// stage is an execution that goes on only when the test says so.
type stage struct {
	report chan engine.Step
	end    chan error
	ctx    chan context.Context
}

// stage lets a desk's engine execute step by step.
func (d *desk) stage() *stage {
	s := &stage{report: make(chan engine.Step), end: make(chan error), ctx: make(chan context.Context, 1)}
	d.engine.execute = func(ctx context.Context, p *engine.Plan, report func(engine.Step)) (engine.Outcome, error) {
		s.ctx <- ctx
		o := engine.Outcome{Action: p.Action, Environment: p.Environment, Revision: p.BaseRevision, Started: noon, Ended: noon.Add(1200 * time.Millisecond)}
		for {
			select {
			case step := <-s.report:
				report(step)
				o.Steps = append(o.Steps, step)
			case err := <-s.end:
				if err != nil {
					o.Err = err.Error()
				}
				return o, nil
			case <-ctx.Done():
				o.Err = "stopped: " + ctx.Err().Error()
				return o, nil
			}
		}
	}
	return s
}

// pressed opens a plan and presses its button. It returns the command that
// waits for what happens.
func (d *desk) pressed() (*dialog.Plan, tea.Cmd) {
	d.t.Helper()
	p := d.open(sync())
	d.press(p, "right")
	return p, d.key(p, "enter")
}

// hear hands what has happened to a dialog, and returns the command that waits
// for more.
func (d *desk) hear(of interface {
	Update(tea.Msg) (tea.Cmd, bool)
}, cmd tea.Cmd) tea.Cmd {
	d.t.Helper()
	next, mine := of.Update(cmd())
	if !mine {
		d.t.Fatal("it did not take what has happened")
	}
	return next
}

func step(c engine.Change) engine.Step {
	return engine.Step{ID: c.ID, Operation: c.Operation, Took: 300 * time.Millisecond}
}

func TestExecutionGolden(t *testing.T) {
	d := newDesk(t)
	s := d.stage()
	p, cmd := d.pressed()
	d.now = d.now.Add(2 * time.Second)
	d.golden(p, "execution-begun")
	s.report <- step(changes()[0])
	cmd = d.hear(p, cmd)
	d.golden(p, "execution-half")
	failed := step(changes()[1])
	failed.Err = "services \"search\" is forbidden: exceeded quota: services, requested: services=1, used: services=5, limited: services=5"
	s.report <- failed
	cmd = d.hear(p, cmd)
	s.end <- nil
	d.told = append(d.told, messages(d.hear(p, cmd))...)
	d.golden(p, "execution-failed")

	d = newDesk(t)
	p = d.open(sync())
	d.press(p, "right", "enter")
	d.golden(p, "execution-done")
	p.SetSnapshot(later(func(e *engine.Environment) {
		e.Objects[1].Health, e.Objects[3].Health = engine.Progressing, engine.Healthy
	}))
	d.golden(p, "execution-rollout")
	p.SetSnapshot(later(func(e *engine.Environment) { e.Objects[1].Health, e.Objects[3].Health = engine.Healthy, engine.Healthy }))
	d.golden(p, "execution-rolled-out")
	p.SetSnapshot(later(func(e *engine.Environment) {
		e.Objects[1].Health, e.Objects[3].Health = engine.Degraded, engine.Healthy
	}))
	d.golden(p, "execution-degraded")

	d = newDesk(t)
	d.engine.execute = func(_ context.Context, p *engine.Plan, report func(engine.Step)) (engine.Outcome, error) {
		o := perform(p, report)
		o.Steps, o.Err = nil, "the inventory could not be written, so nothing was applied: connection refused"
		return o, nil
	}
	p = d.open(sync())
	d.press(p, "right", "enter")
	d.golden(p, "execution-ended-early")

	d = newDesk(t)
	p = d.open(engine.Request{Action: engine.ActionSuspend, Environment: "production", Reason: "a freeze"})
	d.press(p, "right", "enter")
	d.golden(p, "execution-suspended")
}

func TestOutcomeInWords(t *testing.T) {
	d := newDesk(t)
	d.engine.plan = func(_ context.Context, r engine.Request) (*engine.Plan, error) {
		p := planFor(r)
		p.Changes = append(p.Changes, deletion())
		return p, nil
	}
	d.engine.execute = func(_ context.Context, p *engine.Plan, report func(engine.Step)) (engine.Outcome, error) {
		o := perform(p, report)
		o.Steps[0].Unchanged = true
		return o, nil
	}
	p := d.open(sync())
	d.press(p, "right", "enter")
	d.shows(p, "synced 3f2a91c in 1.2s: 1 created, 1 deleted, 39 unchanged")
	var told *engine.Outcome
	for _, msg := range d.told {
		if e, is := msg.(dialog.Executed); is {
			told = &e.Outcome
		}
	}
	if told == nil || len(told.Steps) != 3 {
		t.Errorf("the root was told %+v", d.told)
	}
}

func TestRefusedStepsComeFirst(t *testing.T) {
	d := newDesk(t)
	d.engine.execute = func(_ context.Context, p *engine.Plan, report func(engine.Step)) (engine.Outcome, error) {
		o := perform(p, report)
		o.Steps[1].Err = "exceeded quota"
		return o, nil
	}
	p := d.open(sync())
	d.press(p, "right", "enter")
	text := d.view(p, 100, 30)
	if at := strings.Index(text, "exceeded quota"); at < 0 || at > strings.Index(text, "shop/api") {
		t.Errorf("what was refused is not first:\n%s", text)
	}
	d.shows(p, "1 refused, 1 changed, 38 unchanged")
}

// Who leaves an execution finds it again, and does not end it.
func TestLeavingAnExecution(t *testing.T) {
	d := newDesk(t)
	s := d.stage()
	p, cmd := d.pressed()
	d.shows(p, "[ Leave it running ]")
	d.press(p, "esc")
	if !d.closed(p) {
		t.Fatal("it can't be left")
	}
	ctx := <-s.ctx
	if ctx.Err() != nil {
		t.Fatal("leaving it ended it")
	}
	x := d.work.Executions
	if !x.Moving() || len(x.Running()) != 1 {
		t.Fatal("it is not known that it runs")
	}
	s.report <- step(changes()[0])
	cmd = d.hear(x, cmd) // the dialog is gone: the root asks the executions

	log := dialog.NewActivity(d.work, func() []engine.Event { return situation().Activity })
	d.shows(log, "sync is under way: 1 of 2 done")
	d.told = nil
	d.press(log, "enter")
	opened, is := d.told[0].(dialog.Opened)
	if !is {
		t.Fatalf("the log told %+v", d.told)
	}
	found := opened.Dialog
	d.shows(found, "1 of 2 done", "shop/api")
	s.report <- step(changes()[1])
	s.end <- nil
	for x.Moving() {
		next := d.hear(found, cmd)
		if x.Moving() {
			cmd = next
		} else if told := messages(next); len(told) != 1 {
			t.Errorf("the root was told %+v", told)
		}
	}
	d.shows(found, "synced 3f2a91c in 1.2s: 1 created, 1 changed, 38 unchanged", "[ Close ]")
	d.told = nil
	d.press(found, "enter")
	if !d.closed(found) {
		t.Error("it can't be closed")
	}
	d.shows(log, "synced 3f2a91c in 1.2s")
}

// An execution that was left and never began is told.
func TestRefusedAfterLeaving(t *testing.T) {
	d := newDesk(t)
	d.engine.execute = refuse(fmt.Errorf("%w: it moved", engine.ErrStale))
	p, cmd := d.pressed()
	d.press(p, "esc")
	d.told = nil
	next, mine := d.work.Executions.Update(cmd())
	if !mine {
		t.Fatal("nobody takes what has happened")
	}
	told := messages(next)
	if n, is := told[0].(dialog.Notice); !is || !n.Trouble || !strings.Contains(n.Text, "it moved") {
		t.Errorf("the root was told %+v", told)
	}
	if d.work.Executions.Moving() {
		t.Error("it is still taken to run")
	}
}

// The program's end ends an execution, and Wait waits for that.
func TestExecutionEndsWithTheProgram(t *testing.T) {
	d := newDesk(t)
	s := d.stage()
	ctx, quit := context.WithCancel(d.work.Context)
	d.work.Context = ctx
	p, cmd := d.pressed()
	<-s.ctx
	quit()
	d.work.Executions.Wait()
	d.run(p, cmd)
	d.shows(p, "ended early: stopped: context canceled")
}

// The engine is not held up by a screen that does not keep up.
func TestStepsAreNeverWaitedFor(t *testing.T) {
	const many = 5000
	d := newDesk(t)
	d.engine.plan = func(_ context.Context, r engine.Request) (*engine.Plan, error) {
		p := planFor(r)
		p.Changes = make([]engine.Change, many)
		for i := range p.Changes {
			p.Changes[i] = deletion()
			p.Changes[i].Name = fmt.Sprintf("cart-%04d", i)
		}
		return p, nil
	}
	p, cmd := d.pressed()
	d.work.Executions.Wait() // and nobody has heard of a step yet
	batches := 0
	for d.work.Executions.Moving() {
		cmd = d.hear(p, cmd)
		batches++
	}
	if batches > 2 {
		t.Errorf("%d steps came in %d batches", many, batches)
	}
	d.shows(p, "5000 deleted")
}

func TestRollout(t *testing.T) {
	d := newDesk(t)
	d.engine.plan = func(_ context.Context, r engine.Request) (*engine.Plan, error) {
		p := planFor(r)
		p.Changes = append(p.Changes, deletion())
		return p, nil
	}
	p := d.open(sync())
	d.press(p, "right", "enter")
	p.SetSnapshot(later(func(e *engine.Environment) { e.Objects[1].Health = engine.Progressing }))
	d.shows(p, "Rollout ↻ 1 Progressing - 1 still going")
	p.SetSnapshot(later(func(e *engine.Environment) {
		e.Objects[1].Health, e.Objects[3].Health = engine.Healthy, engine.Healthy
		e.Objects = e.Objects[1:]
	}))
	d.shows(p, "Rollout ✓ 2 Healthy", "gone")
	d.hides(p, "still going")
}

func TestConfirmIsSafe(t *testing.T) {
	d := newDesk(t)
	did := false
	c := dialog.NewConfirm("Leave", "An action is being executed in production.", "Leave", func() tea.Msg { did = true; return nil })
	d.golden(c, "confirm")
	d.press(c, "y", "n", "enter")
	if did || !d.closed(c) {
		t.Fatal("enter is not safe")
	}
	d.press(c, "tab", "enter")
	if !did {
		t.Error("the other button does nothing")
	}
}

func TestReason(t *testing.T) {
	d := newDesk(t)
	var given []string
	r := dialog.NewReason("Suspend production", "Why it is left alone, for whoever finds it so:", func(s string) tea.Cmd {
		given = append(given, s)
		return nil
	})
	if !r.Editing() {
		t.Error("letters would be taken for something else")
	}
	d.press(r, "enter")
	d.shows(r, "A reason has to be given.")
	d.press(r, "space", "enter")
	if len(given) > 0 || d.closed(r) {
		t.Fatal("no reason was taken for one")
	}
	d.press(r, "q", "u", "e", "u", "e", "space", "j", "x", "backspace")
	d.golden(r, "reason")
	d.press(r, "enter")
	if len(given) != 1 || given[0] != "queue j" || !d.closed(r) {
		t.Errorf("given: %q", given)
	}
}

func TestText(t *testing.T) {
	d := newDesk(t)
	words := "sync of production: " + strings.Repeat("the server said no, and then some more, ", 12) + "the end\nand a second line\x1b[31m"
	text := dialog.NewText("What went wrong", words)
	d.golden(text, "text")
	d.shows(text, "the end")
	d.press(text, "y")
	if c, is := d.told[0].(dialog.Copied); !is || c.Text != words {
		t.Errorf("copied: %+v", d.told)
	}
	d.press(text, "esc")
	if !d.closed(text) {
		t.Error("it can't be closed")
	}
}
