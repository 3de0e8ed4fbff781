package dialog

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// Reason asks for a line of text.
type Reason struct {
	quiet
	title, text string
	input       widget.Input
	done        func(text string) tea.Cmd
	empty       bool // enter was pressed before anything was typed
}

// NewReason asks for a line of text, and hands it to done when it was given.
func NewReason(title, text string, done func(text string) tea.Cmd) *Reason {
	return &Reason{title: ui.Clean(title), text: ui.Clean(text), done: done}
}

// Editing implements Dialog.
func (d *Reason) Editing() bool { return true }

// Offers implements Dialog.
func (d *Reason) Offers() []keymap.Offer {
	offer := keymap.Offer{Action: keymap.Open, Label: "go on"}
	if d.value() == "" {
		offer.Disabled = "nothing was typed yet"
	}
	return []keymap.Offer{offer, {Action: keymap.Back, Label: "cancel"}}
}

func (d *Reason) value() string { return strings.TrimSpace(d.input.Value()) }

// Key implements Dialog.
func (d *Reason) Key(msg tea.KeyMsg, a keymap.Action) tea.Cmd {
	switch {
	case msg.Type == tea.KeyRunes || msg.Type == tea.KeySpace:
		d.input.Key(msg)
	case a == keymap.Back:
		return closed(d)
	case a == keymap.Open && d.value() == "":
		d.empty = true
	case a == keymap.Open:
		return tea.Batch(closed(d), d.done(d.value()))
	default:
		d.input.Key(msg)
	}
	return nil
}

// Click implements Dialog.
func (d *Reason) Click(int, int, bool) tea.Cmd { return nil }

// Wheel implements Dialog.
func (d *Reason) Wheel(int) tea.Cmd { return nil }

// Size implements Dialog.
func (d *Reason) Size(width, height int) (w, h int) {
	w = min(width, 76)
	return w, min(height, len(widget.Wrap(d.text, w-4))+7)
}

// View implements Dialog.
func (d *Reason) View(c widget.Canvas) []string {
	box := widget.Box{Title: d.title, Foot: "enter goes on " + c.Glyphs().Dot + " esc cancels"}
	in := box.Inside(c)
	entry := in.Size(max(0, in.Width-4), 1)
	entry.Focused = true
	line := widget.Blank(1) + c.Paint(themes.Screen, themes.Dim, c.Glyphs().Cursor+" ") + d.input.View(entry)
	head := []string{blank(in)}
	foot := []string{in.Pad(themes.Screen, line), blank(in)}
	if d.empty && d.value() == "" {
		foot[1] = in.Row(themes.Screen).Gap(1).Add(themes.Warning, "A reason has to be given.").String()
	}
	return box.Draw(c, stack(in, head, foot, 1, func(b widget.Canvas) []string {
		return paragraph(b, themes.Text, d.text)
	}))
}
