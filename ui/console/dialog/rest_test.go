package dialog_test

import (
	"context"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/drift"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui/console/dialog"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// offers are what can be done somewhere.
func offers() []keymap.Offer {
	return []keymap.Offer{
		{Action: keymap.Sync, Label: "sync production"},
		{Action: keymap.Suspend},
		{Action: keymap.SyncPick, Disabled: "no object is chosen"},
		{Action: keymap.Quit},
	}
}

func TestHelp(t *testing.T) {
	d := newDesk(t)
	h := dialog.NewHelp(d.keys, offers())
	d.golden(h, "help")
	text := d.view(h, 120, 60)
	for _, section := range d.keys.Sections() {
		if !strings.Contains(text, section.Name) {
			t.Errorf("%s is not there:\n%s", section.Name, text)
		}
	}
	d.shows(h, "sync this object: no object is chosen")
	d.press(h, "/")
	if !h.Editing() {
		t.Fatal("nothing can be typed")
	}
	d.press(h, "s", "i", "d", "e", "b", "y")
	d.golden(h, "help-filter")
	d.shows(h, "side by side")
	d.hides(h, "quit")
	d.press(h, "enter", "esc")
	d.shows(h, "quit")
	if d.closed(h) {
		t.Fatal("it was closed with the filter")
	}
	before := d.view(h, 40, 10)
	d.press(h, "down", "pgdown")
	if d.view(h, 40, 10) == before {
		t.Error("it does not scroll")
	}
	d.press(h, "home")
	if d.view(h, 40, 10) != before {
		t.Error("it does not scroll back")
	}
	d.press(h, "esc")
	if !d.closed(h) {
		t.Error("it is still open")
	}
}

func TestPalette(t *testing.T) {
	d := newDesk(t)
	ran := false
	entries := []dialog.Entry{
		{Label: "environment: production", Run: func() tea.Cmd { ran = true; return nil }},
		{Label: "theme: nord", Disabled: "it is the theme now"},
	}
	open := func() *dialog.Palette {
		d.told = nil
		return dialog.NewPalette(d.keys, offers(), entries)
	}
	p := open()
	d.golden(p, "palette")
	if !p.Editing() {
		t.Error("letters would be taken for something else")
	}
	d.press(p, "enter")
	if c, is := d.told[0].(dialog.Chosen); !is || c.Action != keymap.Sync || c.Dialog != p {
		t.Errorf("chosen: %+v", d.told)
	}

	p = open()
	d.press(p, "q", "u", "i", "t", "enter")
	if c, is := d.told[0].(dialog.Chosen); !is || c.Action != keymap.Quit {
		t.Errorf("chosen: %+v", d.told)
	}

	p = open()
	d.press(p, "p", "r", "o", "d")
	d.golden(p, "palette-search")
	d.press(p, "backspace", "backspace", "backspace", "backspace", "environment", "enter")
	if c, is := d.told[0].(dialog.Chosen); !is || c.Run == nil {
		t.Fatalf("chosen: %+v", d.told)
	} else if c.Run(); !ran {
		t.Error("the entry did not run")
	}

	for _, off := range []string{"nord", "sync this", "fold unch"} {
		p = open()
		d.press(p, off, "enter")
		if len(d.told) > 0 {
			t.Errorf("%q was done though it can't be: %+v", off, d.told)
		}
	}
	p = open()
	d.shows(p, "no object is chosen", "it is the theme now", "does nothing here")
	d.press(p, "zzzz")
	d.shows(p, "No command has these letters.")
	d.press(p, "enter", "esc")
	if !d.closed(p) {
		t.Error("it is still open")
	}
}

// Every action is in the palette, once.
func TestPaletteHasEveryAction(t *testing.T) {
	d := newDesk(t)
	for _, section := range d.keys.Sections() {
		for _, a := range section.Actions {
			p := dialog.NewPalette(d.keys, []keymap.Offer{{Action: a, Label: "the one"}}, nil)
			d.told = nil
			d.press(p, "enter")
			if c, is := d.told[0].(dialog.Chosen); !is || c.Action != a {
				t.Errorf("%s: %+v", a, d.told)
			}
		}
	}
}

func TestThemes(t *testing.T) {
	d := newDesk(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "aaa-broken.yaml"), []byte("roles: 3\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	o := themes.Options{Colors: themes.ANSI}
	p := dialog.NewThemes("", d.theme, o)
	d.press(p, "down")
	shown, is := d.told[0].(dialog.ThemeShown)
	if !is || shown.Theme.Name() == d.theme.Name() {
		t.Fatalf("shown: %+v", d.told)
	}
	d.told = nil
	d.press(p, "enter")
	if picked, is := d.told[0].(dialog.ThemePicked); !is || picked.Name != shown.Theme.Name() || !d.closed(p) {
		t.Errorf("picked: %+v", d.told)
	}
	p = dialog.NewThemes("", d.theme, o)
	d.press(p, "down", "down")
	d.told = nil
	d.press(p, "esc")
	if back, is := d.told[0].(dialog.ThemeShown); !is || back.Theme != d.theme || !d.closed(p) {
		t.Errorf("put back: %+v", d.told)
	}

	p = dialog.NewThemes(dir, d.theme, o)
	d.told = nil
	d.press(p, "home", "enter")
	if len(d.told) > 0 {
		t.Errorf("a broken theme was shown or picked: %+v", d.told)
	}
	d.shows(p, "aaa-broken", "✗")
	if text := d.view(dialog.NewThemes("", d.theme, o), 80, 24); !strings.Contains(text, "Synced") {
		t.Errorf("there is no sample:\n%s", text)
	}
}

func TestActivity(t *testing.T) {
	d := newDesk(t)
	events := situation().Activity
	d.work.Executions.SetSnapshot(situation())
	a := dialog.NewActivity(d.work, func() []engine.Event { return events })
	d.golden(a, "activity")
	for i := range 50 {
		events = append(events, engine.Event{At: noon.Add(time.Duration(i) * time.Second), Environment: "production", Text: fmt.Sprintf("event %d.", i)})
	}
	if text := d.view(a, 80, 24); !strings.Contains(text, "event 49.") {
		t.Errorf("it does not follow:\n%s", text)
	}
	d.press(a, "home")
	events = append(events, engine.Event{At: noon.Add(time.Hour), Text: "the newest"})
	if text := d.view(a, 80, 24); strings.Contains(text, "the newest") {
		t.Errorf("it follows though somebody reads:\n%s", text)
	}
	d.press(a, "]")
	d.hides(a, "event 49.", "the newest")
	d.shows(a, "synced 3f2a91c in 1.2s")
	d.press(a, "]", "]", "o")
	d.shows(a, "only trouble", "fetch failed")
	d.hides(a, "event 49.")
	d.press(a, "enter")
	if _, is := d.told[0].(dialog.Opened); !is {
		t.Errorf("told: %+v", d.told)
	}
	d.press(a, "o", "/", "e", "v", "e", "n", "t", "space", "3", ".")
	d.shows(a, "event 3.")
	d.hides(a, "fetch failed")
	d.press(a, "esc")
	d.shows(a, "the newest")
	d.press(a, "esc")
	if !d.closed(a) {
		t.Error("it is still open")
	}

	empty := dialog.NewActivity(newDesk(t).work, func() []engine.Event { return nil })
	d.shows(empty, "Nothing has happened yet.")
}

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
