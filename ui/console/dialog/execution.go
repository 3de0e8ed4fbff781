package dialog

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// Execution shows a plan being executed: the steps as they come, and then how
// the objects are doing. Leaving it ends nothing.
type Execution struct {
	action      engine.Action
	environment string
	planned     int // how many objects the plan changes
	unchanged   int // and how many it leaves as they are
	keys        *keymap.Map
	updates     []engine.ImageUpdate // that are committed, and not applied
	holds       bool                 // the commit puts images on hold
	signOff     bool                 // the commit agrees to a change

	feed     *feed
	started  time.Time
	snapshot *engine.Snapshot

	steps   []engine.Step // in the order in which they ended
	ended   bool
	outcome engine.Outcome
	refused error // nothing was done, and why

	list    widget.List
	moved   bool // somebody has moved in the list: it does not follow any more
	rows    []executionRow
	columns []widget.Column // what the rows need
	dirty   bool            // the rows are not up to date
	buttons buttons
	shell   Dialog // the dialog that it is shown in; nil: its own
	width   int    // of the rows, as drawn last
	height  int    // of the list, as drawn last
	bottom  int    // the line of the buttons, as drawn last
}

// name says what is executed.
func (e *Execution) name() string {
	if e.signOff {
		return "agree to a change of " + e.environment
	}
	return deed(e.action) + " " + e.environment
}

// deed is an action as a person says that it is done.
func deed(a engine.Action) string {
	if a == engine.ActionRollback {
		return "roll back"
	}
	return string(a)
}

// Update implements Dialog.
func (e *Execution) Update(msg tea.Msg) (tea.Cmd, bool) {
	if news, ok := msg.(newsMsg); ok && news.of == e.feed {
		return e.take(news), true
	}
	return nil, false
}

// take takes in what has happened.
func (e *Execution) take(news newsMsg) tea.Cmd {
	e.steps, e.dirty = append(e.steps, news.steps...), true
	if !news.ended {
		return e.feed.next(pace)
	}
	e.ended, e.outcome, e.refused = true, news.outcome, news.err
	if news.err != nil {
		return nil
	}
	e.steps = news.outcome.Steps
	return send(Executed{Outcome: news.outcome})
}

// SetSnapshot implements Dialog.
func (e *Execution) SetSnapshot(s *engine.Snapshot) {
	e.snapshot, e.dirty = s, true
}

// now is how the environment stands now; nil when that is not known.
func (e *Execution) now() *engine.Environment {
	if e.snapshot == nil {
		return nil
	}
	return e.snapshot.Environment(e.environment)
}

// Editing implements Dialog.
func (e *Execution) Editing() bool { return false }

// Offers implements Dialog.
func (e *Execution) Offers() []keymap.Offer {
	leave := keymap.Offer{Action: keymap.Back, Label: "close"}
	if !e.ended {
		leave.Label = "leave it running"
	}
	offers := append([]keymap.Offer{leave}, e.rescues()...)
	if r := e.proposed(); r != nil {
		offers = append(offers, keymap.Offer{Action: keymap.Copy, Label: "copy " + addressed(r)})
	}
	return append(offers, keymap.Offer{Action: keymap.Down}, keymap.Offer{Action: keymap.Up})
}

// rescues are what can be done about an environment that fares badly with what
// was executed.
func (e *Execution) rescues() []keymap.Offer {
	env := e.now()
	if !e.ended || env == nil {
		return nil
	}
	f := env.Failure()
	if f == nil {
		return nil
	}
	offers := []keymap.Offer{{Action: keymap.Failure, Label: "why it fails"}}
	if f.Back != "" {
		offers = append([]keymap.Offer{{Action: keymap.Rollback, Label: "roll back to " + widget.ShortHash(f.Back)}}, offers...)
	}
	return offers
}

// Key implements Dialog.
func (e *Execution) Key(_ tea.KeyMsg, a keymap.Action) tea.Cmd {
	switch a {
	case keymap.Back, keymap.Open:
		return e.leave()
	case keymap.Copy:
		if r := e.proposed(); r != nil {
			return send(Copied{Text: address(r)})
		}
	}
	for _, o := range e.rescues() {
		if o.Action == a {
			return send(Chosen{Dialog: e.shown(), Environment: e.environment, Action: a})
		}
	}
	if e.list.Do(a) {
		e.moved = a != keymap.Bottom
	}
	return nil
}

// shown is the dialog that shows the execution, which leaves it with that.
func (e *Execution) shown() Dialog {
	if d := e.shell; d != nil {
		e.shell = nil
		return d
	}
	return e
}

// leave takes the dialog away that shows the execution, which goes on.
func (e *Execution) leave() tea.Cmd {
	d := e.shown()
	if e.ended {
		return closed(d)
	}
	return tea.Batch(closed(d), send(Notice{Text: e.name() + " goes on; it is found again in the activity log"}))
}

// Click implements Dialog.
func (e *Execution) Click(x, y int, _ bool) tea.Cmd {
	if e.buttons.hit(x-1, y-e.bottom) >= 0 {
		return e.leave()
	}
	return nil
}

// Wheel implements Dialog.
func (e *Execution) Wheel(lines int) tea.Cmd {
	e.list.Scroll(lines)
	e.moved = true
	return nil
}
