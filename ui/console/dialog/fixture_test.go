package dialog_test

import (
	"context"
	"flag"
	"fmt"
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

var update = flag.Bool("update", false, "write the golden files")

func TestMain(m *testing.M) {
	time.Local = time.UTC
	os.Exit(m.Run())
}

// noon is when everything here happens.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// scripted is an engine whose answers a test writes.
type scripted struct {
	plan      func(ctx context.Context, r engine.Request) (*engine.Plan, error)
	attribute func(p *engine.Plan)
	execute   func(ctx context.Context, p *engine.Plan, report func(engine.Step)) (engine.Outcome, error)

	compare     func(ctx context.Context, from, to engine.At) (*engine.Comparison, error)
	deployments []engine.Deployment
	unread      error // why there are none

	requests []engine.Request
	executed []*engine.Plan
}

func (s *scripted) Plan(ctx context.Context, r engine.Request) (*engine.Plan, error) {
	s.requests = append(s.requests, r)
	return s.plan(ctx, r)
}

func (s *scripted) Compare(ctx context.Context, from, to engine.At) (*engine.Comparison, error) {
	return s.compare(ctx, from, to)
}

func (s *scripted) Deployments(context.Context, string) ([]engine.Deployment, error) {
	return s.deployments, s.unread
}

func (s *scripted) Attribute(_ context.Context, p *engine.Plan) error {
	if s.attribute != nil {
		s.attribute(p)
	}
	return nil
}

func (s *scripted) Execute(ctx context.Context, p *engine.Plan, report func(engine.Step)) (engine.Outcome, error) {
	s.executed = append(s.executed, p)
	return s.execute(ctx, p, report)
}

// desk is a place to work at: what a root would have around a dialog.
type desk struct {
	t      testing.TB
	engine *scripted
	work   dialog.Work
	keys   *keymap.Map
	theme  *themes.Theme
	now    time.Time
	told   []tea.Msg // what the dialogs told the root
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	keys, wrong := keymap.New(nil)
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	ctx, cancel := context.WithCancel(context.Background())
	d := &desk{t: t, engine: &scripted{}, keys: keys, theme: themes.Default(themes.Options{Colors: themes.ANSI}), now: noon}
	x := &dialog.Executions{}
	d.work = dialog.Work{Context: ctx, Engine: d.engine, Keys: keys, Executions: x, Now: func() time.Time { return d.now }}
	t.Cleanup(func() {
		cancel()
		x.Wait()
	})
	d.engine.plan = func(_ context.Context, r engine.Request) (*engine.Plan, error) { return planFor(r), nil }
	d.engine.execute = func(_ context.Context, p *engine.Plan, report func(engine.Step)) (engine.Outcome, error) {
		return perform(p, report), nil
	}
	return d
}

// messages runs a command and those that it is made of.
func messages(cmd tea.Cmd) []tea.Msg {
	if cmd == nil {
		return nil
	}
	switch msg := cmd().(type) {
	case nil:
		return nil
	case tea.BatchMsg:
		var all []tea.Msg
		for _, one := range msg {
			all = append(all, messages(one)...)
		}
		return all
	default:
		return []tea.Msg{msg}
	}
}

// run runs a command and hands what comes of it to the dialog, or to the
// executions, until nothing more comes.
func (d *desk) run(of dialog.Dialog, cmd tea.Cmd) {
	d.t.Helper()
	for _, msg := range messages(cmd) {
		if next, mine := of.Update(msg); mine {
			d.run(of, next)
		} else if next, mine := d.work.Executions.Update(msg); mine {
			d.run(of, next)
		} else {
			d.told = append(d.told, msg)
		}
	}
}

// press presses keys, named as Bubble Tea names them; other words are typed.
func (d *desk) press(of dialog.Dialog, keys ...string) {
	d.t.Helper()
	for _, k := range keys {
		d.run(of, d.key(of, k))
	}
}

func (d *desk) key(of dialog.Dialog, k string) tea.Cmd {
	d.t.Helper()
	msg := tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(k)}
	for _, known := range []tea.KeyType{
		tea.KeyEnter, tea.KeyEsc, tea.KeyTab, tea.KeyShiftTab, tea.KeyUp, tea.KeyDown, tea.KeyLeft, tea.KeyRight,
		tea.KeyBackspace, tea.KeySpace, tea.KeyHome, tea.KeyEnd, tea.KeyPgUp, tea.KeyPgDown,
	} {
		if known.String() == k {
			msg = tea.KeyMsg{Type: known}
		}
	}
	if k == "space" {
		msg = tea.KeyMsg{Type: tea.KeySpace, Runes: []rune{' '}}
	}
	return of.Key(msg, d.keys.Action(msg))
}

// open makes a plan and waits for it.
func (d *desk) open(r engine.Request) *dialog.Plan {
	d.t.Helper()
	p, cmd := dialog.NewPlan(d.work, r, situation())
	d.run(p, cmd)
	return p
}

// view draws a dialog on a screen of a size, without its colours.
func (d *desk) view(of dialog.Dialog, width, height int) string {
	d.t.Helper()
	return ansi.Strip(strings.Join(d.lines(of, width, height), "\n"))
}

// lines draws a dialog on a screen of a size, and looks at the size of the lines.
func (d *desk) lines(of dialog.Dialog, width, height int) []string {
	d.t.Helper()
	w, h := of.Size(width, height)
	if w < 1 || h < 1 || w > width || h > height {
		d.t.Fatalf("on %d×%d it wants %d×%d", width, height, w, h)
	}
	lines := of.View(widget.Canvas{Theme: d.theme, Now: d.now, Width: w, Height: h, Focused: true})
	if len(lines) != h {
		d.t.Fatalf("on %d×%d it has %d lines, not %d", width, height, len(lines), h)
	}
	for i, line := range lines {
		if got := ansi.StringWidth(line); got != w {
			d.t.Fatalf("on %d×%d line %d is %d wide, not %d: %q", width, height, i, got, w, line)
		}
	}
	return lines
}

// golden compares a dialog with what it looked like.
func (d *desk) golden(of dialog.Dialog, name string) {
	d.t.Helper()
	for _, size := range [][2]int{{40, 10}, {80, 24}, {120, 40}} {
		got := d.view(of, size[0], size[1]) + "\n"
		file := filepath.Join("testdata", fmt.Sprintf("%s-%dx%d.txt", name, size[0], size[1]))
		if *update {
			if err := os.MkdirAll("testdata", 0o755); err != nil {
				d.t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				d.t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			d.t.Fatal(err)
		}
		if got != string(want) {
			d.t.Errorf("%s is not as it was (-update writes it):\n%s", file, got)
		}
	}
}

// shows fails unless the dialog has all of the words, whatever the line ends.
func (d *desk) shows(of dialog.Dialog, words ...string) {
	d.t.Helper()
	text := squeezed(d.view(of, 160, 50))
	for _, w := range words {
		if !strings.Contains(text, w) {
			d.t.Errorf("%q is not said:\n%s", w, d.view(of, 160, 50))
		}
	}
}

// hides fails when the dialog has one of the words.
func (d *desk) hides(of dialog.Dialog, words ...string) {
	d.t.Helper()
	text := squeezed(d.view(of, 160, 50))
	for _, w := range words {
		if strings.Contains(text, w) {
			d.t.Errorf("%q is said:\n%s", w, d.view(of, 160, 50))
		}
	}
}

func squeezed(s string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "┃", " ").Replace(s)), " ")
}

// closedBy tells whether the dialog has asked to be taken away.
func (d *desk) closed(of dialog.Dialog) bool {
	for _, msg := range d.told {
		if c, is := msg.(dialog.Closed); is && c.Dialog == of {
			return true
		}
	}
	return false
}

// The objects of the world here.
var (
	api      = engine.ID{Group: "apps", Kind: "Deployment", Namespace: "shop", Name: "api"}
	checkout = engine.ID{Group: "apps", Kind: "Deployment", Namespace: "shop", Name: "checkout"}
	search   = engine.ID{Kind: "Service", Namespace: "shop", Name: "search"}
	cart     = engine.ID{Kind: "ConfigMap", Namespace: "shop", Name: "cart"}
	claim    = engine.ID{Kind: "PersistentVolumeClaim", Namespace: "shop", Name: "cart-data"}
)

const (
	head   = "3f2a91c5d6e7f8091a2b3c4d5e6f708192a3b4c5"
	broken = "b0b0b0b5d6e7f8091a2b3c4d5e6f708192a3b4c5"
)

// changes are what differs in the world here.
func changes() []engine.Change {
	return []engine.Change{
		{
			ID: api, Operation: engine.Update, File: "environments/production/api.yaml", Line: 1,
			Live:    "spec:\n  replicas: 9\n  template:\n    env:\n      LOG_LEVEL: debug\n",
			Desired: "spec:\n  replicas: 3\n  template:\n    env:\n      LOG_LEVEL: info\n",
			Fields: []engine.FieldChange{
				{Field: drift.Field{Path: "spec.replicas", Op: drift.Change, Live: int64(9), Desired: int64(3), Manager: "kubectl (scale)", ChangedAt: noon.Add(-3 * time.Minute)}},
				{Field: drift.Field{Path: "spec.template.spec.containers[main].env[LOG_LEVEL].value", Op: drift.Change, Live: "debug", Desired: "info", Manager: "kubectl-edit", ChangedAt: noon.Add(-12 * time.Minute)}},
			},
		},
		{
			ID: search, Operation: engine.Create, File: "environments/production/search.yaml", Line: 3,
			Desired: "kind: Service\nspec:\n  ports:\n    - port: 80\n",
		},
	}
}

func deletion() engine.Change {
	return engine.Change{ID: cart, Operation: engine.Delete, Live: "kind: ConfigMap\ndata:\n  size: \"3\"\n"}
}

func waiting() engine.Change {
	return engine.Change{ID: claim, Operation: engine.Delete, Live: "kind: PersistentVolumeClaim\n", Reason: "volume claims are deleted by a person only"}
}

// planFor is the plan of a request in the world here.
func planFor(r engine.Request) *engine.Plan {
	p := &engine.Plan{Request: r, BaseRevision: head}
	if r.Action == engine.ActionSync {
		p.Changes, p.Unchanged = changes(), 38
	}
	return p
}

// perform does all that a plan says.
func perform(p *engine.Plan, report func(engine.Step)) engine.Outcome {
	o := engine.Outcome{Action: p.Action, Environment: p.Environment, Revision: p.BaseRevision, By: "ada", Started: noon, Ended: noon.Add(1200 * time.Millisecond)}
	for _, c := range p.Changes {
		s := engine.Step{ID: c.ID, Operation: c.Operation, Took: 300 * time.Millisecond}
		report(s)
		o.Steps = append(o.Steps, s)
	}
	return o
}

// situation is how things stand before anything is done.
func situation() *engine.Snapshot {
	return &engine.Snapshot{
		Number: 1, At: noon,
		Environments: []*engine.Environment{
			{Name: "staging", Revision: head, Settled: true, State: engine.StateSynced},
			{
				Name: "production", Revision: head, AppliedRevision: head, Settled: true, State: engine.StateOutOfSync,
				Counts: map[engine.Drift]int{engine.DriftModified: 1, engine.DriftMissing: 1, engine.DriftExtra: 1},
				Objects: []*engine.Object{
					{ID: cart, Drift: engine.DriftExtra, Managed: true},
					{ID: api, Drift: engine.DriftModified, Managed: true, Health: engine.Healthy, ChangedBy: "kubectl (scale)", ChangedAt: noon.Add(-3 * time.Minute)},
					{ID: checkout, Drift: engine.DriftSynced, Managed: true, Health: engine.Healthy},
					{ID: search, Drift: engine.DriftMissing},
				},
			},
		},
		Activity: []engine.Event{
			{At: noon.Add(-26 * time.Hour), Environment: "production", Text: "suspended by ada: a freeze"},
			{At: noon.Add(-3 * time.Minute), Environment: "staging", Text: "synced 3f2a91c in 1.2s: 1 changed, 40 unchanged"},
			{At: noon.Add(-2 * time.Minute), Environment: "production", Text: "3 objects differ: api, cart, search"},
			{At: noon.Add(-time.Minute), Text: "fetch failed: connection refused", Trouble: true},
		},
	}
}

// later is how things stand some time after, with one environment changed.
func later(change func(production *engine.Environment)) *engine.Snapshot {
	s := situation()
	s.Number, s.At = 2, noon.Add(time.Minute)
	change(s.Environments[1])
	return s
}

func sync(objects ...engine.ID) engine.Request {
	return engine.Request{Action: engine.ActionSync, Environment: "production", Objects: objects}
}
