package dialog

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// Confirm asks whether something is to be done. The button that has the focus
// first changes nothing.
type Confirm struct {
	quiet
	title, text, label string
	run                tea.Cmd
	buttons            buttons
	bottom             int // the line of the buttons, as drawn last
}

// NewConfirm asks a question; the button with the label runs a command.
func NewConfirm(title, text, label string, run tea.Cmd) *Confirm {
	c := &Confirm{title: ui.Clean(title), text: ui.Clean(text), label: ui.Clean(label), run: run}
	c.buttons.set(
		button{label: "Cancel", role: themes.Safe, press: func() tea.Cmd { return closed(c) }},
		button{label: c.label, role: themes.Danger, press: func() tea.Cmd { return tea.Batch(closed(c), c.run) }},
	)
	return c
}

// Offers implements Dialog.
func (d *Confirm) Offers() []keymap.Offer {
	return []keymap.Offer{
		{Action: keymap.Open, Label: "press"}, {Action: keymap.NextPanel, Label: "next button"},
		{Action: keymap.Back, Label: "cancel"},
	}
}

// Key implements Dialog.
func (d *Confirm) Key(_ tea.KeyMsg, a keymap.Action) tea.Cmd {
	switch a {
	case keymap.Back:
		return closed(d)
	case keymap.Open:
		return d.buttons.list[d.buttons.at].press()
	case keymap.NextPanel:
		d.buttons.at = (d.buttons.at + 1) % len(d.buttons.list)
	case keymap.PrevPanel:
		d.buttons.at = (d.buttons.at + len(d.buttons.list) - 1) % len(d.buttons.list)
	case keymap.Right, keymap.Down:
		d.buttons.move(1)
	case keymap.Left, keymap.Up:
		d.buttons.move(-1)
	}
	return nil
}

// Click implements Dialog.
func (d *Confirm) Click(x, y int, _ bool) tea.Cmd {
	if i := d.buttons.hit(x-1, y-d.bottom); i >= 0 {
		return d.buttons.list[i].press()
	}
	return nil
}

// Wheel implements Dialog.
func (d *Confirm) Wheel(int) tea.Cmd { return nil }

// Size implements Dialog.
func (d *Confirm) Size(width, height int) (w, h int) {
	w = min(width, 64)
	return w, min(height, len(widget.Wrap(d.text, w-4))+6)
}

// View implements Dialog.
func (d *Confirm) View(c widget.Canvas) []string {
	box := widget.Box{Title: d.title}
	in := box.Inside(c)
	foot := d.buttons.view(in, true)
	if in.Height > len(foot)+2 {
		foot = append(foot, blank(in))
	}
	d.bottom = 1 + in.Height - len(foot)
	var head []string
	if in.Height > len(foot)+3 {
		head = []string{blank(in)}
	}
	return box.Draw(c, stack(in, head, foot, 1, func(b widget.Canvas) []string {
		return paragraph(b, themes.Text, d.text)
	}))
}
