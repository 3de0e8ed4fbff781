package dialog_test

import (
	"context"
	"fmt"
	"math/rand"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/drift"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui/console/dialog"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// everything is one dialog of each kind and state.
func everything(d *desk) map[string]dialog.Dialog {
	d.t.Helper()
	all := map[string]dialog.Dialog{}
	for i, state := range planStates {
		all[state.name] = planAt(d, i)
	}
	d.engine.plan = nil
	computing, _ := dialog.NewPlan(d.work, sync(), situation())
	all["computing"] = computing
	execution := planAt(d, 0)
	d.press(execution, "right", "enter")
	execution.SetSnapshot(later(func(e *engine.Environment) { e.Objects[1].Health = engine.Progressing }))
	all["execution"] = execution
	failed := newDesk(d.t)
	failed.theme = d.theme
	failed.engine.execute = refuse(fmt.Errorf("%w: it has moved", engine.ErrStale))
	stale := failed.open(sync())
	failed.press(stale, "right", "enter")
	all["stale"] = stale
	d.engine.deployments = deployments()
	rollback, cmd := dialog.NewRollback(d.work, "production", engine.Commit{}, crashed())
	d.run(rollback, cmd)
	all["rollback"] = rollback
	all["comparison"] = d.compare(staging, production, "staging", "canary")
	object := d.compare(staging, production)
	d.press(object, "enter")
	all["compared object"] = object
	all["help"] = dialog.NewHelp(d.keys, offers())
	all["palette"] = dialog.NewPalette(d.keys, offers(), nil)
	all["themes"] = dialog.NewThemes("", d.theme, themes.Options{})
	all["activity"] = dialog.NewActivity(d.work, func() []engine.Event { return situation().Activity })
	all["text"] = dialog.NewText("A text", strings.Repeat("日本語の文字 and a flag 🇩🇪, ", 40))
	all["confirm"] = dialog.NewConfirm("Leave", "Something runs.", "Leave it all behind", nil)
	all["reason"] = dialog.NewReason("Suspend", "Why?", func(string) tea.Cmd { return nil })
	return all
}

// Whatever the size, each line is as wide as the dialog, and each button is
// whole from the smallest screen on.
func TestSizes(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	for _, o := range []themes.Options{{}, {Colors: themes.ANSI, ASCII: true}} {
		d := newDesk(t)
		d.theme = themes.Default(o)
		for name, one := range everything(d) {
			t.Run(name, func(t *testing.T) {
				d.t = t
				for range 20 {
					width, height := 1+random.Intn(200), 1+random.Intn(70)
					d.lines(one, width, height)
					one.Click(random.Intn(width), random.Intn(height), random.Intn(2) == 0)
					one.Wheel(random.Intn(7) - 3)
				}
				for _, key := range []string{"down", "tab", "right", "up", "]", "end", "home"} {
					d.key(one, key)
					d.lines(one, 40, 10)
				}
			})
		}
	}
}

// Nothing from outside reaches the terminal as it came.
func TestHostileText(t *testing.T) {
	const evil = "\x1b]0;owned\x07\x1b[2J\x1b[31mred\r\n\u202e"
	d := newDesk(t)
	d.engine.plan = func(_ context.Context, r engine.Request) (*engine.Plan, error) {
		p := planFor(r)
		id := engine.ID{Kind: "Kind" + evil, Namespace: "ns" + evil, Name: "name" + evil}
		p.Changes[0] = engine.Change{
			ID: id, Operation: engine.Update, File: "f" + evil, Live: evil, Desired: "a\n" + evil,
			Reason: "no" + evil, Refused: true,
			Fields: []engine.FieldChange{{
				Field:  drift.Field{Path: "p" + evil, Live: evil, Desired: map[string]any{"k": evil}, Manager: "m" + evil},
				Commit: &engine.Commit{Hash: "1234567", Author: evil, Subject: evil},
			}},
		}
		p.Waiting = []engine.Change{{ID: id, Operation: engine.Delete, Reason: evil}}
		p.Gates = []engine.Gate{{Name: "g" + evil, Met: true, Reason: evil}}
		p.BrokenRevision, p.Problems = broken, []string{evil}
		return p, nil
	}
	d.engine.execute = func(_ context.Context, p *engine.Plan, report func(engine.Step)) (engine.Outcome, error) {
		o := perform(p, report)
		o.Steps[0].Err, o.Err = "no"+evil, "end"+evil
		return o, nil
	}
	check := func(what string, of dialog.Dialog) {
		t.Helper()
		for _, line := range d.lines(of, 120, 40) {
			if strings.ContainsAny(ansi.Strip(line), "\x1b\r\x07\u202e") || strings.Contains(line, "\x1b]") || strings.Contains(line, "\x1b[2J") {
				t.Fatalf("%s: %q", what, line)
			}
		}
	}
	p := d.open(engine.Request{Action: engine.ActionSync, Environment: "production"})
	check("plan", p)
	d.press(p, "[")
	check("gates", p)
	d.press(p, "]")
	for range 4 {
		d.press(p, "down")
	}
	d.press(p, "enter")
	check("diff", p)
	d.press(p, "esc", "tab", "tab", "enter")
	if len(d.engine.executed) == 0 {
		d.press(p, "enter")
	}
	check("execution", p)
	check("activity", dialog.NewActivity(d.work, func() []engine.Event {
		return []engine.Event{{At: noon, Environment: "e" + evil, Text: "t" + evil}}
	}))
	check("text", dialog.NewText("t"+evil, evil+"\n"+evil))
	check("confirm", dialog.NewConfirm(evil, evil, evil, nil))
	check("reason", dialog.NewReason(evil, evil, nil))
	check("palette", dialog.NewPalette(d.keys, nil, []dialog.Entry{{Label: "l" + evil}}))
	d.engine.plan = func(context.Context, engine.Request) (*engine.Plan, error) { return nil, fmt.Errorf("no%s", evil) }
	check("no plan", d.open(engine.Request{Action: "a" + evil, Environment: "e" + evil}))
}

// A frame of a plan that changes very much is as cheap as any.
func BenchmarkLargePlan(b *testing.B) {
	d := newDesk(b)
	d.engine.plan = func(_ context.Context, r engine.Request) (*engine.Plan, error) {
		p := planFor(r)
		for i := range 10_000 {
			c := changes()[0]
			c.Name = fmt.Sprintf("worker-%05d", i)
			p.Changes = append(p.Changes, c)
		}
		return p, nil
	}
	p := d.open(sync())
	canvas := widget.Canvas{Theme: d.theme, Now: noon, Width: 120, Height: 48, Focused: true}
	b.ResetTimer()
	for b.Loop() {
		d.key(p, "down")
		p.View(canvas)
	}
}
