package console

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/dialog"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// dialog is the one on top, which gets the keys; nil when there is none.
func (m *model) dialog() dialog.Dialog {
	if len(m.dialogs) == 0 {
		return nil
	}
	return m.dialogs[len(m.dialogs)-1]
}

// raise puts a dialog on top. A notice about what was before it gives its line
// to the dialog's keys.
func (m *model) raise(d dialog.Dialog) {
	m.notice = notice{}
	m.dialogs = append(m.dialogs, d)
}

// lower takes a dialog away.
func (m *model) lower(d dialog.Dialog) {
	for i := range m.dialogs {
		if m.dialogs[i] == d {
			m.dialogs = append(m.dialogs[:i:i], m.dialogs[i+1:]...)
			return
		}
	}
}

// fromDialog does what a dialog asks for.
func (m *model) fromDialog(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case dialog.Closed:
		m.lower(msg.Dialog)
	case dialog.Opened:
		m.raise(msg.Dialog)
		return msg.Then, true
	case dialog.Chosen:
		m.lower(msg.Dialog)
		if msg.Run != nil {
			return msg.Run(), true
		}
		if msg.Environment != "" {
			m.environments.Select(msg.Environment)
		}
		return m.do(msg.Action), true
	case dialog.Executed:
		if msg.Outcome.Commit != "" {
			m.committed = msg.Outcome.Commit
		}
		switch msg.Outcome.Action {
		case engine.ActionSync:
			m.drift.Unmark(msg.Outcome.Environment)
		case engine.ActionApprove, engine.ActionHold, engine.ActionRelease, engine.ActionPromote:
			if msg.Outcome.Succeeded() {
				m.images.Unmark(msg.Outcome.Environment)
			}
		}
	case dialog.Notice:
		if msg.Trouble {
			m.complain(msg.Text)
		} else {
			m.say(msg.Text)
		}
	case dialog.ThemeShown:
		m.theme = msg.Dialog.Shown()
	case dialog.ThemePicked:
		m.pickTheme(msg.Name)
	case dialog.Copied:
		return m.copyText(msg.Text), true
	default:
		return nil, false
	}
	return nil, true
}

// placed is where a dialog lies.
func (m *model) placed(d dialog.Dialog) rect {
	room := m.height
	if m.at.footer >= 0 {
		room-- // the keys of the dialog stay in sight
	}
	w, h := d.Size(m.width, room)
	w, h = min(w, m.width), min(h, room)
	return rect{(m.width - w) / 2, (room - h) / 2, w, h}
}

// lay draws a dialog over lines.
func (m *model) lay(c widget.Canvas, d dialog.Dialog, lines []string) []string {
	r := m.placed(d)
	c = c.Size(r.width, r.height)
	c.Focused = d == m.dialog()
	for i, line := range d.View(c) {
		lines[r.y+i] = widget.Over(lines[r.y+i], line, r.x, r.width)
	}
	return lines
}

func (m *model) pointDialog(d dialog.Dialog, e tea.MouseEvent) tea.Cmd {
	r := m.placed(d)
	if lines := wheel(e); lines != 0 {
		return d.Wheel(lines)
	}
	if e.Button != tea.MouseButtonLeft || !r.contains(e.X, e.Y) {
		return nil
	}
	return d.Click(e.X-r.x, e.Y-r.y, m.mouse.twice(e.X, e.Y, m.now()))
}

// work is what plans are made and executed with.
func (m *model) work() dialog.Work {
	return dialog.Work{Context: m.ctx, Engine: m.engine, Keys: m.keys, Executions: &m.executions, Now: m.now}
}

// command opens the dialog of an action that has one.
func (m *model) command(a keymap.Action) (tea.Cmd, bool) {
	env := m.environment()
	switch a {
	case keymap.Sync:
		return m.plan(engine.Request{Action: engine.ActionSync, Environment: env.Name, Objects: m.marked()}), true
	case keymap.SyncPick:
		objects := m.marked()
		if id, ok := m.chosen(); ok && len(objects) == 0 {
			objects = []engine.ID{id}
		}
		return m.plan(engine.Request{Action: engine.ActionSync, Environment: env.Name, Objects: objects}), true
	case keymap.Prune:
		return m.plan(engine.Request{Action: engine.ActionSync, Environment: env.Name, Prune: true}), true
	case keymap.Suspend:
		if env.Suspension != nil {
			return m.plan(engine.Request{Action: engine.ActionResume, Environment: env.Name}), true
		}
		m.raise(dialog.NewReason("Suspend "+env.Name, "why it is left alone, for whoever finds it so", func(reason string) tea.Cmd {
			return m.plan(engine.Request{Action: engine.ActionSuspend, Environment: env.Name, Reason: reason})
		}))
	case keymap.Palette:
		m.raise(dialog.NewPalette(m.keys, m.offers(), m.entries()))
	case keymap.Help:
		m.raise(dialog.NewHelp(m.keys, m.offers()))
	case keymap.Log:
		m.raise(dialog.NewActivity(m.work(), m.activity))
	case keymap.Trouble:
		if len(m.trouble) > 0 {
			m.raise(dialog.NewText("What went wrong", m.trouble.whole()))
		}
	case keymap.Theme:
		m.raise(dialog.NewThemes(m.themeDir(), m.theme, m.themeOptions()))
	default:
		if cmd, done := m.onImages(a); done {
			return cmd, true
		}
		return m.onRelease(a)
	}
	return nil, true
}

// entries are what the palette has besides the actions: the environments.
func (m *model) entries() []dialog.Entry {
	entries := make([]dialog.Entry, 0, len(m.snapshot.Environments))
	for _, e := range m.snapshot.Environments {
		entries = append(entries, dialog.Entry{Label: "environment: " + ui.Clean(e.Name), Run: func() tea.Cmd {
			m.environments.Select(e.Name)
			m.focusOn(areaDrift)
			return m.settle()
		}})
	}
	return entries
}

// plan shows what a request would do.
func (m *model) plan(r engine.Request) tea.Cmd {
	d, cmd := dialog.NewPlan(m.work(), r, m.snapshot)
	m.raise(d)
	return cmd
}

// quit ends the console. It asks first while something is being executed.
func (m *model) quit() tea.Cmd {
	name := m.busy()
	if name == "" {
		return tea.Quit
	}
	if _, asked := m.dialog().(*dialog.Confirm); asked {
		return nil
	}
	m.raise(dialog.NewConfirm("Leave", "An action is being executed in "+name+
		". It ends with the objects that are under way; the others stay as they are.", "Leave", tea.Quit))
	return nil
}
