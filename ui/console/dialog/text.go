package dialog

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// Text shows a text whole: an error, wrapped, to be read and copied.
type Text struct {
	quiet
	title string
	whole string
	text  widget.Text
}

// NewText shows a text.
func NewText(title, text string) *Text {
	t := &Text{title: ui.Clean(title), whole: text}
	t.text.SetLines(ui.CleanLines(text))
	t.text.SetWrap(true)
	return t
}

// Offers implements Dialog.
func (d *Text) Offers() []keymap.Offer {
	return []keymap.Offer{
		{Action: keymap.Copy}, {Action: keymap.Back, Label: "close"}, {Action: keymap.Wrap},
		{Action: keymap.Down}, {Action: keymap.Up},
	}
}

// Key implements Dialog.
func (d *Text) Key(_ tea.KeyMsg, a keymap.Action) tea.Cmd {
	switch a {
	case keymap.Back, keymap.Open:
		return closed(d)
	case keymap.Copy:
		return send(Copied{Text: d.whole})
	case keymap.Wrap:
		d.text.SetWrap(!d.text.Wrapped())
	default:
		d.text.Do(a)
	}
	return nil
}

// Click implements Dialog.
func (d *Text) Click(int, int, bool) tea.Cmd { return nil }

// Wheel implements Dialog.
func (d *Text) Wheel(lines int) tea.Cmd {
	d.text.Scroll(lines)
	return nil
}

// Size implements Dialog.
func (d *Text) Size(width, height int) (w, h int) {
	return fitted(width, height, 100, max(10, d.text.Count()*2+4))
}

// View implements Dialog.
func (d *Text) View(c widget.Canvas) []string {
	box := widget.Box{Title: d.title}
	in := box.Inside(c)
	body := in.Size(in.Width-2, in.Height)
	lines := d.text.View(body)
	for i, line := range lines {
		if body.Width > 0 {
			lines[i] = " " + line + " "
		} else {
			lines[i] = blank(in)
		}
	}
	box.From, box.Shown, box.Of = d.text.Position()
	return box.Draw(c, lines)
}
