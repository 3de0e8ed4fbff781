package console

import (
	"errors"
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/outside"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// copiedMsg tells how a copy ended.
type copiedMsg struct {
	what string
	err  error
}

// copier is a panel that has something to copy.
type copier interface{ Copy() string }

// copy puts what the panel with the focus is about on the clipboard.
func (m *model) copy() tea.Cmd {
	if c, ok := m.pane(m.focus).(copier); ok {
		return m.copyText(c.Copy())
	}
	return nil
}

func (m *model) copyText(text string) tea.Cmd {
	if text == "" {
		m.say("there is nothing to copy here")
		return nil
	}
	return func() tea.Msg {
		return copiedMsg{what: text, err: outside.Copy(m.ctx, text, m.out.Send)}
	}
}

// edit shows the text of the detail in the person's editor or pager.
func (m *model) edit() tea.Cmd {
	name, text := m.detail.Document()
	if text == "" {
		m.say("there is no text to open here")
		return nil
	}
	v, err := outside.View(name, text)
	if err != nil {
		m.complain(err.Error())
		return nil
	}
	v.Cmd.Stderr = m.opts.Out // what the program itself has for it may be nowhere
	return m.out.Exec(v.Cmd, func(err error) tea.Msg {
		if err != nil {
			err = fmt.Errorf("the editor or pager: %w", err)
		}
		// Here, for the console may have ended meanwhile and take no message.
		return editedMsg{errors.Join(err, v.Close())}
	})
}

// editedMsg tells that the editor or pager has ended, and what went wrong.
type editedMsg struct{ err error }

func (m *model) edited(msg editedMsg) {
	if msg.err != nil {
		m.complain(msg.err.Error())
	}
}

// copied tells what was copied, or why it was not.
func (m *model) copied(msg copiedMsg) {
	if msg.err != nil {
		m.complain(msg.err.Error())
		return
	}
	lines := ui.CleanLines(msg.what)
	switch {
	case len(lines) == 1 && len(lines[0]) <= 60:
		m.say("copied: " + lines[0])
	default:
		m.say("copied " + widget.Count(len(lines), "line"))
	}
}
