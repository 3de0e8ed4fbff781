// Package dialog holds what opens above the panels: plans and their execution,
// help, the palette, the theme picker, the activity log and small questions.
//
// A dialog is a plain struct that the root keeps in a stack; the one on top gets
// the keys. It tells the root what it wants by messages.
package dialog

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// Dialog is something that lies above the panels.
type Dialog interface {
	// SetSnapshot tells how things stand now.
	SetSnapshot(s *engine.Snapshot)
	// Update takes in an answer to a command of the dialog's. It returns false
	// for any other message.
	Update(msg tea.Msg) (tea.Cmd, bool)
	// Key takes a key, and the action that the keymap has for it.
	Key(msg tea.KeyMsg, a keymap.Action) tea.Cmd
	// Editing tells whether text is being typed now, so that no letter may be
	// taken for anything else.
	Editing() bool
	// Offers lists what can be done in the dialog now.
	Offers() []keymap.Offer
	// Click takes a click on a cell inside the size last drawn.
	Click(x, y int, twice bool) tea.Cmd
	// Wheel scrolls; negative is up.
	Wheel(lines int) tea.Cmd
	// Size is how large the dialog wants to be on a screen of that size.
	Size(width, height int) (w, h int)
	// View draws the whole dialog, its box too.
	View(c widget.Canvas) []string
}

// Engine is what makes and executes plans, and compares.
type Engine interface {
	Compare(ctx context.Context, from, to engine.At) (*engine.Comparison, error)
	Deployments(ctx context.Context, environment string) ([]engine.Deployment, error)
	Plan(ctx context.Context, r engine.Request) (*engine.Plan, error)
	Attribute(ctx context.Context, p *engine.Plan) error
	Execute(ctx context.Context, p *engine.Plan, report func(engine.Step)) (engine.Outcome, error)
}

// The messages to the root.
type (
	// Closed asks to take the dialog away.
	Closed struct{ Dialog Dialog }
	// Opened asks to put a dialog above the others, and then to run a command.
	Opened struct {
		Dialog Dialog
		Then   tea.Cmd
	}
	// Chosen asks to take the dialog away and then to do what was chosen in it: the
	// action, of the chosen environment or of another one, or Run when there is one.
	Chosen struct {
		Dialog      Dialog
		Environment string // empty: the chosen one
		Action      keymap.Action
		Run         func() tea.Cmd
	}
	// Executed tells how an execution ended that was begun in a dialog.
	Executed struct{ Outcome engine.Outcome }
	// Notice is a line for the operator.
	Notice struct {
		Text    string
		Trouble bool
	}
	// ThemeShown asks to draw with the theme that the dialog shows by now, for
	// messages that were sent one after the other may come in any order.
	ThemeShown struct{ Dialog *Themes }
	// ThemePicked asks to keep to the theme that is shown.
	ThemePicked struct{ Name string }
	// Copied asks to put a text into the clipboard.
	Copied struct{ Text string }
)

// send is a command that has a message at once.
func send(msg tea.Msg) tea.Cmd { return func() tea.Msg { return msg } }

// closed asks to take a dialog away.
func closed(d Dialog) tea.Cmd { return send(Closed{Dialog: d}) }

// quiet is what a dialog does that waits for nothing and knows nothing of how
// things stand.
type quiet struct{}

// SetSnapshot implements Dialog.
func (quiet) SetSnapshot(*engine.Snapshot) {}

// Update implements Dialog.
func (quiet) Update(tea.Msg) (tea.Cmd, bool) { return nil, false }

// Editing implements Dialog.
func (quiet) Editing() bool { return false }
