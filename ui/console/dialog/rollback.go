package dialog

import (
	"context"
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// Rollback helps to find what an environment goes back to: it lists what its
// cluster took, and how that went. Going back is a plan.
type Rollback struct {
	work        Work
	environment string
	snapshot    *engine.Snapshot
	wanted      engine.Commit // that somebody came with; zero when none

	asked  int // which question is waited for; the answers to others are dropped
	cancel context.CancelFunc
	known  bool
	err    error // why the deployments are not known

	rows  []engine.Deployment
	mode  int // one of rollbackModes
	list  widget.List
	moved bool // somebody has chosen a row: it stays chosen

	box    widget.Box    // as drawn last
	canvas widget.Canvas // as drawn last
	top    int           // the first line of the list, as drawn last
	end    int           // and the line behind its last one
}

// rollbackModes are the modes in the order of their tabs.
var rollbackModes = [...]struct {
	mode engine.RollbackMode
	name string
}{
	{engine.RollbackWhole, "Whole environment"},
	{engine.RollbackImages, "Images only"},
	{engine.RollbackRevert, "Revert one commit"},
}

type deployedMsg struct {
	of    *Rollback
	asked int
	all   []engine.Deployment
	err   error
}

// NewRollback begins to read what an environment can go back to. It opens at a
// commit, or without one at the last healthy deployment.
func NewRollback(w Work, environment string, at engine.Commit, s *engine.Snapshot) (*Rollback, tea.Cmd) {
	r := &Rollback{work: w, environment: environment, wanted: at, snapshot: s}
	r.take(nil)
	return r, r.ask()
}

// ask begins to read the deployments.
func (r *Rollback) ask() tea.Cmd {
	r.stop()
	ctx, cancel := context.WithCancel(r.work.Context)
	r.asked++
	r.cancel, r.known, r.err = cancel, false, nil
	asked := r.asked
	return func() tea.Msg {
		all, err := r.work.Engine.Deployments(ctx, r.environment)
		return deployedMsg{of: r, asked: asked, all: all, err: err}
	}
}

func (r *Rollback) stop() {
	if r.cancel != nil {
		r.cancel()
	}
	r.asked++
}

func (r *Rollback) close() tea.Cmd {
	r.stop()
	return closed(r)
}

// Update implements Dialog.
func (r *Rollback) Update(msg tea.Msg) (tea.Cmd, bool) {
	m, ok := msg.(deployedMsg)
	if !ok || m.of != r {
		return nil, false
	}
	if m.asked == r.asked {
		r.cancel()
		r.known, r.err = m.err == nil, m.err
		if m.err == nil {
			r.take(m.all)
		}
	}
	return nil, true
}

// take lists deployments, and the commit that somebody came with where it is in
// the order of time.
func (r *Rollback) take(all []engine.Deployment) {
	r.rows = slices.Clone(all)
	if r.wanted.Hash != "" && r.find(r.wanted.Hash) < 0 {
		at := slices.IndexFunc(r.rows, func(d engine.Deployment) bool { return d.Commit.Time.Before(r.wanted.Time) })
		if at < 0 {
			at = len(r.rows)
		}
		r.rows = slices.Insert(r.rows, at, engine.Deployment{Commit: r.wanted, Revision: r.wanted.Hash})
	}
	r.list.SetCount(len(r.rows))
	r.settle()
}

// find is the row of a commit, or -1.
func (r *Rollback) find(hash string) int {
	return slices.IndexFunc(r.rows, func(d engine.Deployment) bool { return d.Hash == hash })
}

// settle chooses the row that is meant as long as nobody has chosen another: the
// commit that somebody came with, what is to be taken back, or the last healthy
// deployment of another commit than the current one.
func (r *Rollback) settle() {
	if r.moved || len(r.rows) == 0 {
		return
	}
	current := slices.IndexFunc(r.rows, func(d engine.Deployment) bool { return d.Current })
	at := 0
	switch {
	case r.wanted.Hash != "" && (current < 0 || r.rows[current].Hash != r.wanted.Hash):
		at = r.find(r.wanted.Hash)
	case rollbackModes[r.mode].mode == engine.RollbackRevert:
		at = max(0, current)
	default:
		at = r.lastHealthy()
		if at < 0 {
			at = min(current+1, len(r.rows)-1)
		}
	}
	r.list.Select(at)
}

// lastHealthy is the row of the last healthy deployment, or -1. One of the
// commit that the cluster has is none to go back to.
func (r *Rollback) lastHealthy() int {
	now := ""
	for i, d := range r.rows {
		switch {
		case d.Current:
			now = d.Hash
		case d.Health == engine.Healthy && d.Hash != now && d.Problem == "":
			return i
		}
	}
	return -1
}

// chosen is the deployment of the cursor; nil when there is none.
func (r *Rollback) chosen() *engine.Deployment {
	if i := r.list.Cursor(); i >= 0 {
		return &r.rows[i]
	}
	return nil
}

// SetSnapshot implements Dialog.
func (r *Rollback) SetSnapshot(s *engine.Snapshot) { r.snapshot = s }

// Moving tells whether the dialog shows time passing.
func (r *Rollback) Moving() bool { return !r.known && r.err == nil }

// Editing implements Dialog.
func (r *Rollback) Editing() bool { return false }

// Offers implements Dialog.
func (r *Rollback) Offers() []keymap.Offer {
	return []keymap.Offer{
		{Action: keymap.Open, Label: "show the plan", Disabled: r.refuses()},
		{Action: keymap.Back, Label: "cancel"},
		{Action: keymap.NextTab, Label: "next mode"}, {Action: keymap.PrevTab, Label: "previous mode"},
		{Action: keymap.Copy, Label: "copy the hash"},
		{Action: keymap.Refresh, Label: "read again"},
		{Action: keymap.Down}, {Action: keymap.Up},
	}
}

// refuses says why the chosen row is none to go back to, or "".
func (r *Rollback) refuses() string {
	d := r.chosen()
	switch {
	case d == nil:
		return "no revision is chosen"
	case d.Problem != "" && rollbackModes[r.mode].mode != engine.RollbackRevert:
		return ui.Clean(d.Problem)
	}
	return ""
}

// Key implements Dialog.
func (r *Rollback) Key(_ tea.KeyMsg, a keymap.Action) tea.Cmd {
	switch a {
	case keymap.Back:
		return r.close()
	case keymap.Open:
		return r.open()
	case keymap.NextTab, keymap.Right, keymap.NextPanel:
		r.turn(r.mode + 1)
	case keymap.PrevTab, keymap.Left, keymap.PrevPanel:
		r.turn(r.mode - 1)
	case keymap.Refresh:
		return r.ask()
	case keymap.Copy:
		if d := r.chosen(); d != nil {
			return send(Copied{Text: d.Hash})
		}
	default:
		r.moved = r.list.Do(a) || r.moved
	}
	return nil
}

// turn goes to another mode; behind the last one is the first.
func (r *Rollback) turn(mode int) {
	r.mode = (mode + len(rollbackModes)) % len(rollbackModes)
	r.settle()
}

// open shows the plan of going back to what is chosen.
func (r *Rollback) open() tea.Cmd {
	if r.refuses() != "" {
		return nil
	}
	p, cmd := r.Plan(r.chosen().Hash)
	return send(Opened{Dialog: p, Then: cmd})
}

// Plan begins to compute the plan of going back to a revision. The dialog stays
// below it until that is executed, for whoever wants to look at another one.
func (r *Rollback) Plan(revision string) (*Plan, tea.Cmd) {
	p, cmd := NewPlan(r.work, engine.Request{
		Action: engine.ActionRollback, Environment: r.environment, Revision: revision, Mode: rollbackModes[r.mode].mode,
	}, r.snapshot)
	p.from = r
	return p, cmd
}

// Click implements Dialog.
func (r *Rollback) Click(x, y int, twice bool) tea.Cmd {
	if y == 1 {
		if tab := r.box.TabAt(r.canvas, x-1); tab >= 0 {
			r.turn(tab)
		}
		return nil
	}
	if i := r.list.At(y - r.top); y >= r.top && y < r.end && i >= 0 {
		r.list.Select(i)
		r.moved = true
		if twice {
			return r.open()
		}
	}
	return nil
}

// Wheel implements Dialog.
func (r *Rollback) Wheel(lines int) tea.Cmd {
	r.list.Scroll(lines)
	r.moved = true
	return nil
}
