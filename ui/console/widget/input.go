package widget

import (
	"github.com/charmbracelet/bubbles/cursor"
	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
)

// Input is a line of text that is typed.
type Input struct {
	// Hint is shown dim while nothing was typed.
	Hint string

	model textinput.Model
	ready bool
}

// text is the editor, made when it is first needed.
func (in *Input) text() *textinput.Model {
	if !in.ready {
		in.model = textinput.New()
		in.model.Cursor.SetMode(cursor.CursorStatic) // it never blinks: blinking wakes the program up
		in.model.KeyMap.Paste = key.NewBinding()     // terminals paste; a clipboard of its own is another way in
		in.model.Focus()
		in.ready = true
	}
	return &in.model
}

// Key edits the text. It tells whether the text changed.
func (in *Input) Key(msg tea.KeyMsg) bool {
	m := in.text()
	before := m.Value()
	if msg.Type == tea.KeyRunes {
		msg.Runes = []rune(ui.Clean(string(msg.Runes)))
	}
	*m, _ = m.Update(msg)
	return m.Value() != before
}

// Value is what was typed.
func (in *Input) Value() string { return in.text().Value() }

// SetValue replaces what was typed and goes to its end.
func (in *Input) SetValue(s string) {
	in.text().SetValue(ui.Clean(s))
	in.text().CursorEnd()
}

// View draws the text on one line, scrolled so that the place where one types
// is seen, with a cursor there when the canvas has the focus.
func (in *Input) View(c Canvas) string {
	m := in.text()
	runes := []rune(m.Value())
	before, behind, role := string(runes[:m.Position()]), string(runes[m.Position():]), themes.Text
	if len(runes) == 0 {
		behind, role = in.Hint, themes.Dim
	}
	at := " "
	if behind != "" {
		n, _ := cluster(behind)
		at, behind = behind[:n], behind[n:]
	}
	if w, room := Width(before), c.Width-Width(at); w > room {
		start, _, half, _ := stretch(before, w-room, w)
		before = spaces(half) + before[start:]
	}
	r := c.Row(themes.Screen).Add(themes.Text, before)
	if c.Focused {
		r.AddOn(themes.Cursor, themes.Text, at)
	} else {
		r.Add(role, at)
	}
	return r.Add(role, behind).String()
}
