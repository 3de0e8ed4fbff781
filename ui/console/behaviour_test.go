package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui/console/dialog"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
)

// keyFor is a key of an action as press knows it.
func (c *console) keyFor(a keymap.Action) string {
	key := c.keys.Binding(a).Keys()[0]
	if key == " " {
		return "space"
	}
	return key
}

// TestOffers: whatever is offered, in every panel, does something when its key
// is pressed; and what cannot be done says why.
func TestOffers(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir()) // of the text that the editor gets
	t.Setenv("EDITOR", "true")
	t.Setenv("DISPLAY", "")
	for _, test := range []struct {
		name     string
		snapshot *engine.Snapshot
		keys     []string
	}{
		{"drift", shop(), nil},
		{"read-only", shop(), []string{"ctrl+r"}},
		{"waiting", waiting(), []string{"+"}},
		{"unreachable", unreachable(), nil},
		{"loading", loading(), nil},
	} {
		for _, focus := range panels() {
			see := func() *console {
				c := opened(t, newScripted(test.snapshot), 120, 40, nil)
				if focus == areaDetail {
					c.press("2") // so that it has an object to show
				}
				c.press(c.keyFor(actionOf(focus)))
				c.press(test.keys...)
				c.passes(noticeFor)
				return c
			}
			for _, o := range see().offers() {
				t.Run(fmt.Sprintf("%s/%d/%s", test.name, focus, o.Action), func(t *testing.T) { offered(t, see(), o) })
			}
		}
	}
}

// offered presses the key of an offer.
func offered(t *testing.T, c *console, o keymap.Offer) {
	c.t = t
	if c.keys.Key(o.Action) == "" {
		t.Fatal("it has no key")
	}
	lines, asked := strings.Join(c.frame(), "\n"), len(c.messages)
	c.send(keyOf(c.keyFor(o.Action)))
	commands := c.asked
	c.calm()
	c.whole()
	if o.Disabled != "" {
		// The line may be too short for the whole reason.
		if want := first(o.Disabled, 60); !strings.Contains(bottomOf(c), want) {
			t.Errorf("it does not say %q: %s", want, bottomOf(c))
		}
		return
	}
	if c.left || commands > 0 || len(c.messages) > asked || strings.Join(c.frame(), "\n") != lines {
		return
	}
	switch o.Action {
	case keymap.Up, keymap.Down, keymap.Back, keymap.Detail, keymap.Environments, keymap.Drift, keymap.Images, keymap.History,
		keymap.NextChange, keymap.PrevChange, keymap.Fold:
		// There may be nothing further that way, or the focus is there already.
	default:
		t.Errorf("%q does nothing:\n%s", c.label(o), c.text())
	}
}

func first(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

func bottomOf(c *console) string {
	lines := strings.Split(strings.TrimSuffix(c.text(), "\n"), "\n")
	return lines[len(lines)-1]
}

// TestMoving: the keys that move do so in every list, the other names of keys too.
func TestMoving(t *testing.T) {
	chosen := map[area]func(*console) string{
		areaEnvironments: func(c *console) string { return c.environments.Selected() },
		areaDrift:        func(c *console) string { id, _ := c.drift.Selected(); return id.String() },
		areaImages: func(c *console) string {
			if _, i := c.images.Chosen(); i != nil {
				return i.Object.String()
			}
			return ""
		},
		areaHistory: func(c *console) string { x, _ := c.history.Selected(); return x.Hash },
	}
	for focus, at := range chosen {
		c := opened(t, newScripted(shop()), 120, 40, nil)
		c.press(c.keyFor(actionOf(focus)), "home")
		top := at(c)
		if top == "" {
			t.Fatalf("%d: nothing is chosen", focus)
		}
		c.press("end")
		end := at(c)
		for _, way := range [][]string{{"down", "up"}, {"j", "k"}, {"pgdown", "pgup"}, {"ctrl+d", "ctrl+u"}, {"G", "g"}, {"end", "home"}} {
			c.press("home", way[0])
			if at(c) == top {
				t.Errorf("%d: %s goes nowhere from %s", focus, way[0], top)
			}
			if way[0] == "G" && at(c) != end {
				t.Errorf("%d: %s does not go to the end", focus, way[0])
			}
			c.press(way[1])
			if at(c) != top {
				t.Errorf("%d: %s does not go back to %s but to %s", focus, way[1], top, at(c))
			}
		}
		c.press("home", "up")
		if at(c) != top {
			t.Errorf("%d: up from the top goes to %s", focus, at(c))
		}
	}
}

// TestFocus: the keys of the panels, tab, enter and esc.
func TestFocus(t *testing.T) {
	c := opened(t, newScripted(shop()), 120, 40, nil)
	for _, step := range []struct {
		key  string
		want area
	}{
		{"2", areaDrift}, {"3", areaImages}, {"4", areaHistory}, {"0", areaDetail}, {"1", areaEnvironments},
		{"tab", areaDrift}, {"tab", areaImages}, {"tab", areaHistory}, {"tab", areaDetail}, {"tab", areaEnvironments},
		{"shift+tab", areaDetail}, {"shift+tab", areaHistory}, {"1", areaEnvironments},
		{"enter", areaDrift}, {"enter", areaDetail}, {"esc", areaDrift}, {"esc", areaEnvironments}, {"esc", areaEnvironments},
		{"3", areaImages}, {"enter", areaDetail}, {"esc", areaImages}, {"4", areaHistory}, {"enter", areaDetail}, {"esc", areaHistory},
	} {
		c.press(step.key)
		if c.focus != step.want {
			t.Fatalf("after %s the focus is on %d, want %d", step.key, c.focus, step.want)
		}
		c.whole()
	}
}

// TestDetailFollows: the detail shows what is chosen in the list that had the
// focus last, and can be worked from there.
func TestDetailFollows(t *testing.T) {
	c := opened(t, newScripted(shop()), 120, 40, nil)
	c.shows("Environment production")
	c.press("2")
	c.shows("Deployment checkout")
	c.press("n")
	c.shows("Deployment api")
	c.press("]")
	c.shows("spec.replicas")
	c.press("4")
	c.shows("Commit 3f2a91c")
	c.press("down", "3")
	c.shows("0 Image api/main")
	c.press("1", "up")
	c.shows("Environment staging", "2 Drift · staging")
}

// TestZoom: normal, half, full and normal again; esc takes it back.
func TestZoom(t *testing.T) {
	c := opened(t, newScripted(shop()), 120, 40, nil)
	c.press("2")
	widths := []int{c.at.rects[areaDrift].width}
	for range zoomCount {
		c.press("+")
		c.whole()
		widths = append(widths, c.at.rects[areaDrift].width)
	}
	if !(widths[0] < widths[1] && widths[1] < widths[2] && widths[2] == 120 && widths[3] == widths[0]) {
		t.Errorf("the panel is %v wide", widths)
	}
	c.press("+", "esc")
	if c.zoom != zoomNormal || c.focus != areaDrift {
		t.Error("esc does not make the panel small again")
	}
}

// remembered is what the next console begins with.
func remembered(t *testing.T, dir string) map[string]any {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "console.json"))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	return got
}

// TestRemembered: layout, theme and mouse are as they were left.
func TestRemembered(t *testing.T) {
	dir := t.TempDir()
	in := func(o *Options) { o.Dir = dir }
	c := opened(t, newScripted(shop()), 120, 40, in)
	c.press("L", "L", "L") // single
	c.hides("4 History · production")
	c.press("M", "T")
	c.press("down", "down", "enter")
	picked := c.theme.Name()
	if got := remembered(t, dir); got["layout"] != "single" || got["theme"] != picked || picked == "default" || got["mouse"] != false {
		t.Errorf("remembered is %v", got)
	}

	c = opened(t, newScripted(shop()), 120, 40, in)
	c.hides("4 History · production")
	if c.theme.Name() != picked || c.mouse.on {
		t.Errorf("the theme is %s, the mouse on: %v", c.theme.Name(), c.mouse.on)
	}
	// Settings that name another theme since have the last word.
	c = opened(t, newScripted(shop()), 120, 40, func(o *Options) { o.Dir, o.Settings.Theme = dir, "nord" })
	if c.theme.Name() != "nord" {
		t.Errorf("the theme is %s", c.theme.Name())
	}

	if err := os.WriteFile(filepath.Join(dir, "console.json"), []byte(`{"layout": "round", "theme`), 0o600); err != nil {
		t.Fatal(err)
	}
	c = opened(t, newScripted(shop()), 120, 40, in)
	c.shows("4 History · production")
	c.whole()
}

// TestThemes: a theme is shown while one looks at it, and gone without enter.
func TestThemePreview(t *testing.T) {
	c := opened(t, newScripted(shop()), 120, 40, nil)
	before := c.theme.Name()
	c.press("T", "down")
	if c.theme.Name() == before {
		t.Errorf("the theme that is looked at is not shown but %s", before)
	}
	c.press("esc")
	if len(c.dialogs) > 0 {
		t.Error("esc does not close the picker")
	}
	if c.theme.Name() != before {
		t.Errorf("the theme is %s, want %s", c.theme.Name(), before)
	}
}

// TestUnknownTheme: one that is not there is told, and does not stop anything.
func TestUnknownTheme(t *testing.T) {
	c := opened(t, newScripted(shop()), 120, 40, func(o *Options) { o.Settings.Theme = "no-such" })
	c.shows("no-such", "esc dismiss")
}

// TestReadOnly: no action, by key or by palette, and it is seen.
func TestReadOnly(t *testing.T) {
	acts := []string{"s", "ctrl+s", "S", "D"}
	c := opened(t, newScripted(waiting()), 120, 40, nil)
	c.press("2", "ctrl+r")
	c.shows("read-only")
	for _, key := range acts {
		c.press(key)
		if len(c.dialogs) > 0 {
			t.Fatalf("%s opens something:\n%s", key, c.text())
		}
		if !strings.Contains(bottomOf(c), "this console is read-only; ctrl+r allows actions again") {
			t.Errorf("%s does not say why not: %s", key, bottomOf(c))
		}
	}
	c.press(":")
	c.enter("approve")
	c.shows("this console is read-only")
	c.press("enter")
	if len(c.dialogs) != 1 {
		t.Errorf("the palette does what is disabled:\n%s", c.text())
	}
	c.press("esc", "esc", "ctrl+r", "D")
	c.shows("DELETE Namespace")

	// By the flag, it cannot be undone.
	c = opened(t, newScripted(waiting()), 120, 40, func(o *Options) { o.ReadOnly = true })
	c.shows("read-only")
	for _, key := range append(acts, "ctrl+r") {
		c.press("2", key)
		if len(c.dialogs) > 0 || !strings.Contains(bottomOf(c), "evenkeel was started read-only") {
			t.Errorf("%s: %s", key, bottomOf(c))
		}
	}
	if strings.Contains(bottomOf(c), "sync") {
		t.Errorf("the footer offers actions: %s", bottomOf(c))
	}
}

// TestPlans: each action asks for its plan, about what is chosen or marked.
func TestPlans(t *testing.T) {
	for _, test := range []struct {
		name string
		keys []string
		sees []string
		not  string
	}{
		{"sync", []string{"s"}, []string{"Plan · sync production", "shop-production/checkout", "shop-production/api"}, ""},
		{"one object", []string{"2", "ctrl+s"}, []string{"Plan · sync production", "shop-production/checkout"}, "Deployment shop-production/api "},
		{"marked", []string{"2", "x", "down", "x", "s"}, []string{"Plan · sync production", "shop-production/checkout", "shop-production/search"}, "Deployment shop-production/api "},
		{"marked, with the other key", []string{"2", "x", "down", "x", "down", "ctrl+s"}, []string{"2 chosen objects", "shop-production/checkout", "shop-production/search"}, "Deployment shop-production/api "},
		{"deletions", []string{"D"}, []string{"DELETE Namespace", "DELETE PersistentVolumeClaim"}, ""},
		{"staging", []string{"1", "up", "s"}, []string{"Plan · sync staging"}, "shop-production/api"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := opened(t, newScripted(waiting()), 120, 40, nil)
			c.press(test.keys...)
			c.shows(test.sees...)
			if test.not != "" {
				plan := strings.Join(c.dialog().View(c.canvas(100, 30)), "\n")
				if strings.Contains(plan, test.not) {
					t.Errorf("the plan has %s:\n%s", test.not, plan)
				}
			}
			c.press("esc")
			if len(c.dialogs) > 0 {
				t.Error("esc does not cancel")
			}
		})
	}
}

// TestSuspend asks why, and a suspended environment can be resumed.
func TestSuspend(t *testing.T) {
	e := newScripted(shop())
	c := opened(t, e, 120, 40, nil)
	c.press("S")
	c.enter("moving house")
	c.press("enter")
	c.shows("Plan · suspend production", "moving house")
	c.press("esc")
	e.publish(with(e.snapshot, func(s *engine.Snapshot) {
		p := *s.Environments[1]
		p.State, p.Suspension = engine.StateSuspended, &engine.Suspension{By: "mira", Reason: "moving house", At: noon}
		s.Environments[1] = &p
	}))
	c.sees("Suspended")
	if !strings.Contains(bottomOf(c), "S resume") {
		t.Errorf("the footer does not offer to resume: %s", bottomOf(c))
	}
	c.press("S")
	c.shows("Plan · resume production")
}

// TestRefresh asks the engine to fetch.
func TestRefresh(t *testing.T) {
	e := newScripted(shop())
	c := opened(t, e, 120, 40, nil)
	for n, focus := range []area{areaEnvironments, areaDrift, areaHistory, areaDetail} {
		c.press(c.keyFor(actionOf(focus)), "R")
		if e.refreshed != n+1 {
			t.Errorf("refreshed %d times from %d", e.refreshed, focus)
		}
	}
}

// TestQuit asks only while something is being executed.
func TestQuit(t *testing.T) {
	for _, key := range []string{"q", "ctrl+c"} {
		c := opened(t, newScripted(shop()), 120, 40, nil)
		c.press(key)
		if !c.left {
			t.Errorf("%s does not leave", key)
		}

		e := newScripted(shop())
		c = opened(t, e, 120, 40, nil)
		e.publish(shopWith(func(e *engine.Environment) {
			e.Running = &engine.Progress{Action: engine.ActionSync, Started: noon, Total: 3}
		}))
		c.sees("0 of 3")
		c.press(key)
		c.shows("Leave")
		if c.left {
			t.Errorf("%s does not ask", key)
		}
		c.press("ctrl+c")
		if c.left || len(c.dialogs) != 1 {
			t.Errorf("asked already, ctrl+c leaves or asks again: %d dialogs", len(c.dialogs))
		}
		c.press("esc")
		if c.left || len(c.dialogs) > 0 {
			t.Error("esc does not stay")
		}
		c.press(key, "right", "enter")
		if !c.left {
			t.Errorf("confirmed, %s does not leave:\n%s", key, c.text())
		}
	}
	// Letters are text where text is typed; ctrl+c leaves even there.
	c := opened(t, newScripted(shop()), 120, 40, nil)
	c.press(":", "q")
	if c.left {
		t.Error("a letter in the palette leaves")
	}
	c.press("ctrl+c")
	if !c.left {
		t.Error("ctrl+c in the palette does not leave")
	}
	// While opening too.
	c = start(t, options(t, nil, func(o *Options) {
		o.Open = func(ctx context.Context, _ func(Step)) (Session, error) {
			<-ctx.Done()
			return Session{}, ctx.Err()
		}
	}), 80, 24)
	c.press("q")
	if !c.left {
		t.Error("q does not leave while opening")
	}
}

// TestTrouble: an error stays until it is dismissed and can be read whole, a
// notice goes by itself.
func TestTrouble(t *testing.T) {
	e := newScripted(shop())
	c := opened(t, e, 80, 24, nil)
	long := strings.Repeat("the server said no, ", 20) + "really"
	c.send(dialog.Notice{Text: long, Trouble: true})
	c.passes(time.Hour)
	c.press("down", "2")
	if b := bottomOf(c); !strings.Contains(b, "the server said no") || !strings.Contains(b, "E read") || !strings.Contains(b, "esc dismiss") {
		t.Errorf("the error is not shown any more: %s", b)
	}
	c.press("E")
	c.shows("really")
	c.press("esc")
	if !strings.Contains(bottomOf(c), "the server said no") {
		t.Error("reading the error dismisses it")
	}
	c.press("esc")
	if strings.Contains(bottomOf(c), "the server said no") || c.focus != areaDrift {
		t.Errorf("esc does not dismiss it, or more than that: %s", bottomOf(c))
	}
	c.press("@")
	c.shows("the server said no")
	c.press("esc")

	c.send(dialog.Notice{Text: "all is well"})
	if !strings.Contains(bottomOf(c), "all is well") {
		t.Errorf("the notice is not shown: %s", bottomOf(c))
	}
	c.passes(noticeFor + time.Second)
	if strings.Contains(bottomOf(c), "all is well") {
		t.Error("the notice stays")
	}

	// With a dialog on top, its keys are what is told: the others don't work.
	c.send(dialog.Notice{Text: long, Trouble: true})
	c.press("?")
	if strings.Contains(bottomOf(c), "E read") {
		t.Errorf("keys are told that do something else: %s", bottomOf(c))
	}
}

// TestOutcome: an action that ended badly is told, whoever started it.
func TestOutcome(t *testing.T) {
	e := newScripted(shop())
	c := opened(t, e, 120, 40, nil)
	e.outcomes <- engine.Outcome{Action: engine.ActionSync, Environment: "staging", Steps: []engine.Step{
		{ID: engine.ID{Kind: "Service", Namespace: "shop-staging", Name: "web"}, Operation: engine.Update},
		{ID: engine.ID{Kind: "Service", Namespace: "shop-staging", Name: "api"}, Operation: engine.Update, Err: "spec.clusterIP: field is immutable"},
	}}
	c.sees("1 of 2 refused")
	c.shows("field is immutable")
	e.outcomes <- engine.Outcome{Action: engine.ActionSync, Environment: "production", Err: "the connection was lost"}
	c.sees("sync of production ended early: the connection was lost")
}

// TestEnded: an engine that stops working is told, and what it knew stays.
func TestEnded(t *testing.T) {
	ended := make(chan error, 1)
	c := opened(t, nil, 120, 40, func(o *Options) {
		o.Open = func(context.Context, func(Step)) (Session, error) {
			return Session{Engine: newScripted(shop()), Ended: ended}, nil
		}
	})
	ended <- errors.New("the cluster of the demo has ended by itself")
	c.sees("evenkeel has stopped working: the cluster of the demo has ended by itself")
	c.shows("2 Drift · production")
	c.press("esc", "2", "enter")
	c.whole()
}

// TestOpenFails: when there is nothing to show the console ends, and why is known.
func TestOpenFails(t *testing.T) {
	c := start(t, options(t, nil, func(o *Options) {
		o.Open = func(context.Context, func(Step)) (Session, error) {
			return Session{}, errors.New("evenkeel.yaml: no such file")
		}
	}), 80, 24)
	c.until("it ends", func() bool { return c.left })
	if c.failed == nil || c.failed.Error() != "evenkeel.yaml: no such file" {
		t.Errorf("failed is %v", c.failed)
	}
}

// TestHappenings: what somebody does in the demo's world is in the activity, in
// the order of time.
func TestHappenings(t *testing.T) {
	happenings := make(chan string, 2)
	c := opened(t, nil, 120, 40, func(o *Options) {
		o.Open = func(context.Context, func(Step)) (Session, error) {
			return Session{Engine: newScripted(shop()), Happenings: happenings}, nil
		}
	})
	c.passes(time.Minute)
	happenings <- "somebody \x1b[31mscaled\x1b[m web to 7"
	c.sees("12:01:00   somebody scaled web to 7")
	close(happenings)
	c.press("@")
	c.shows("somebody scaled web to 7", "fetched 3f2a91c by api-ci")
}

// TestSnapshots: what is older than what is shown is not shown, and what is
// chosen stays chosen when others come and go.
func TestSnapshots(t *testing.T) {
	e := newScripted(with(shop(), func(s *engine.Snapshot) { s.Number = 7 }))
	c := opened(t, e, 120, 40, nil)
	c.press("2", "n")
	id, _ := c.drift.Selected()
	late := synced()
	late.Number = 6
	c.send(snapshotMsg{late})
	c.shows("3 of 6 differ")

	e.publish(with(e.snapshot, func(s *engine.Snapshot) {
		p := *s.Environments[1]
		objects := []*engine.Object{object("Deployment", "shop-production", "aaa", engine.DriftModified, engine.Degraded)}
		s.Environments[1] = environment(p, append(objects, p.Objects...)...)
	}))
	c.sees("4 of 7 differ")
	if got, _ := c.drift.Selected(); got != id {
		t.Errorf("%s is chosen, want %s", got, id)
	}
	// The environment may go, and be the last one.
	e.publish(with(e.snapshot, func(s *engine.Snapshot) { s.Environments = s.Environments[:1] }))
	c.until("staging is shown", func() bool { return c.environment() != nil && c.environment().Name == "staging" })
	c.calm()
	c.whole()
	e.publish(with(e.snapshot, func(s *engine.Snapshot) { s.Environments = nil }))
	c.until("nothing is left", func() bool { return len(c.snapshot.Environments) == 0 })
	c.calm()
	for _, focus := range panels() {
		c.press(c.keyFor(actionOf(focus)), "enter", "down", "s", "S", "?", "esc", "@", "esc")
		c.whole()
	}
}

// TestFirstChoice: the environment that wants somebody is chosen at first, but
// not once a key was pressed.
func TestFirstChoice(t *testing.T) {
	e := newScripted(loading())
	c := opened(t, e, 120, 40, nil)
	e.publish(with(shop(), func(s *engine.Snapshot) { s.Number = 5 }))
	c.until("production is chosen", func() bool { return c.environments.Selected() == "production" })

	// What is about to be synced by itself does not want anybody.
	e = newScripted(loading())
	c = opened(t, e, 120, 40, nil)
	e.publish(with(shop(), func(s *engine.Snapshot) {
		s.Number, s.Automation = 5, true
		staging := *s.Environments[0]
		staging.State, staging.Auto = engine.StateOutOfSync, true
		s.Environments[0] = &staging
	}))
	c.until("production is chosen", func() bool { return c.environments.Selected() == "production" })

	e = newScripted(loading())
	c = opened(t, e, 120, 40, nil)
	c.press("2")
	e.publish(with(shop(), func(s *engine.Snapshot) { s.Number = 5 }))
	c.until("the snapshot is shown", func() bool { return c.snapshot.Settled() })
	if got := c.environments.Selected(); got != "staging" {
		t.Errorf("%s is chosen", got)
	}
}

// TestMouse: click, wheel, double click, tabs; and off.
func TestMouse(t *testing.T) {
	c := opened(t, newScripted(shop()), 120, 40, nil)
	place := func(text string) (x, y int) {
		t.Helper()
		for y, line := range strings.Split(c.text(), "\n") {
			if i := strings.Index(line, text); i >= 0 {
				return len([]rune(line[:i])), y
			}
		}
		t.Fatalf("%q is not shown:\n%s", text, c.text())
		return 0, 0
	}
	do := func(x, y int, b tea.MouseButton) {
		c.send(tea.MouseMsg{X: x, Y: y, Button: b, Action: tea.MouseActionPress})
		c.send(tea.MouseMsg{X: x, Y: y, Button: b, Action: tea.MouseActionRelease})
		c.calm()
	}
	click := func(text string) { t.Helper(); x, y := place(text); do(x, y, tea.MouseButtonLeft) }

	click("+ search")
	if id, _ := c.drift.Selected(); c.focus != areaDrift || id.Name != "search" {
		t.Fatalf("the focus is on %d, chosen is %v", c.focus, id)
	}
	c.shows("0 Service search")
	click("77b0e12")
	if x, _ := c.history.Selected(); c.focus != areaHistory || !strings.HasPrefix(x.Hash, "77b0e12") {
		t.Errorf("the focus is on %d, chosen is %v", c.focus, x.Hash)
	}
	click("~ api")
	if c.focus != areaDrift {
		t.Errorf("the focus is on %d", c.focus)
	}
	click("~ api")
	if c.focus != areaDetail {
		t.Errorf("a double click does not open; the focus is on %d", c.focus)
	}
	c.now = func() time.Time { return noon.Add(time.Minute) }
	c.press("2")
	click("~ checkout")
	c.now = func() time.Time { return noon.Add(2 * time.Minute) }
	click("~ checkout")
	if c.focus != areaDrift {
		t.Error("two slow clicks are a double click")
	}
	click("Fields")
	if c.focus != areaDetail {
		t.Error("a click on a tab does not focus the detail")
	}

	// The wheel scrolls what it is over, and leaves the focus where it is.
	c.press("2", "[")
	c.send(tea.WindowSizeMsg{Width: 120, Height: 24})
	before := c.text()
	x, y := place("0 Deployment")
	do(x, y+4, tea.MouseButtonWheelDown)
	if c.text() == before || c.focus != areaDrift {
		t.Errorf("the wheel does nothing over the detail, or moves the focus:\n%s", c.text())
	}
	do(x, y+4, tea.MouseButtonWheelUp)
	if c.text() != before {
		t.Error("the wheel does not come back")
	}
	c.send(tea.WindowSizeMsg{Width: 120, Height: 40})

	// The activity opens, and a click beside a dialog does nothing.
	click("synced 3f2a91c in")
	if len(c.dialogs) != 1 {
		t.Fatalf("a click on the activity does not open it:\n%s", c.text())
	}
	do(0, 0, tea.MouseButtonLeft)
	if len(c.dialogs) != 1 {
		t.Error("a click beside a dialog closes it")
	}
	c.press("esc")

	// One panel at a time: tabs.
	c.send(tea.WindowSizeMsg{Width: 80, Height: 24})
	click("4 History")
	if c.focus != areaHistory {
		t.Errorf("a click on a tab focuses %d", c.focus)
	}

	c.press("M")
	click("2 Drift")
	if c.focus != areaHistory {
		t.Error("the mouse is off, and does something")
	}
}

// TestRebinding: keys of the settings, and what is wrong with them.
func TestRebinding(t *testing.T) {
	c := opened(t, newScripted(shop()), 120, 40, func(o *Options) {
		o.Settings = settingsFor(t, "keys:\n  sync: [Y]\n  quit: [s]\n  prune: [Y]\n")
	})
	c.shows("Y is a key of", "esc dismiss")
	c.press("esc")
	if !strings.Contains(bottomOf(c), "sync") {
		t.Errorf("the footer does not have sync: %s", bottomOf(c))
	}
	c.press(c.keyFor(keymap.Sync))
	c.shows("Plan · sync production")
	c.press("esc", "s")
	if !c.left {
		t.Error("s does not quit")
	}
}

// TestFilter: it is typed in the panel, and letters are no actions meanwhile.
func TestFilter(t *testing.T) {
	c := opened(t, newScripted(shop()), 120, 40, nil)
	c.press("2", "/")
	c.enter("kind:service")
	if len(c.dialogs) > 0 || c.left {
		t.Fatalf("letters of the filter are actions:\n%s", c.text())
	}
	c.shows("+ search")
	c.hides("= web")
	c.press("enter", "esc")
	c.shows("= web")
	if c.focus != areaDrift {
		t.Error("taking the filter away leaves the panel")
	}
}

// TestPalette: environments are found by name.
func TestPalette(t *testing.T) {
	for _, key := range []string{":", "ctrl+k"} {
		c := opened(t, newScripted(shop()), 120, 40, nil)
		c.press(key)
		c.enter("environment: stag")
		c.press("enter")
		if c.environments.Selected() != "staging" || c.focus != areaDrift || len(c.dialogs) > 0 {
			t.Errorf("%s is chosen, the focus is on %d", c.environments.Selected(), c.focus)
		}
	}
}

// TestHelp lists every action with its key.
func TestHelp(t *testing.T) {
	c := opened(t, newScripted(shop()), 200, 200, nil)
	c.press("?")
	for _, section := range c.keys.Sections() {
		c.shows(section.Name)
		for _, a := range section.Actions {
			c.shows(c.keys.Help(a))
		}
	}
}

// TestPasted: what is pasted is text, and no keys.
func TestPasted(t *testing.T) {
	c := opened(t, newScripted(shop()), 120, 40, nil)
	c.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("qsSD:"), Paste: true})
	if c.left || len(c.dialogs) > 0 {
		t.Error("pasted text is taken for keys")
	}
	c.press("2", "/")
	c.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("name:\x1b[31msear\nch"), Paste: true})
	c.calm()
	c.whole()
}

// TestQuickKeys: keys that are read at once are keys one by one.
func TestQuickKeys(t *testing.T) {
	c := opened(t, newScripted(shop()), 120, 40, nil)
	c.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("2jj+")})
	c.calm()
	if id, _ := c.drift.Selected(); c.focus != areaDrift || c.zoom != zoomHalf || id.Name != "search" {
		t.Errorf("the focus is on %d, zoom %d, chosen %s", c.focus, c.zoom, id)
	}
}

// TestSizes: every state at every size is exactly as large as the screen.
func TestSizes(t *testing.T) {
	for _, s := range states() {
		if slices.Contains([]string{"opening", "executing", "failed"}, s.name) {
			continue // as large as the others, and slow to come to
		}
		c := s.see(t, 120, 40)
		for width := 1; width <= 210; width += 7 {
			for _, height := range []int{1, 2, 3, 4, 5, 7, 10, 14, 20, 24, 30, 36, 60} {
				c.send(tea.WindowSizeMsg{Width: width, Height: height})
				c.whole()
			}
		}
	}
}
