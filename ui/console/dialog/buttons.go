package dialog

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// button is something to press.
type button struct {
	label string
	role  themes.Role
	off   string // why it can't be pressed now; empty when it can
	press func() tea.Cmd
}

// buttons is a row of them. The first one changes nothing.
type buttons struct {
	list []button
	at   int // the one that enter presses

	spots []spot // where they were drawn last
}

// spot is where a button is: a line, and columns from, up to but not with to.
type spot struct{ line, from, to int }

// set replaces the buttons. Another set of them begins at the first one.
func (b *buttons) set(list ...button) {
	same := len(list) == len(b.list)
	for i := 0; same && i < len(list); i++ {
		same = list[i].label == b.list[i].label
	}
	if !same {
		b.at = 0
	}
	b.list = list
}

// move goes to the next button, or to the one before.
func (b *buttons) move(by int) { b.at = max(0, min(b.at+by, len(b.list)-1)) }

// view draws the buttons in the middle: beside each other where they fit, and
// else below each other, for a button says all that it does. Only where it has
// the focus is one of them marked.
func (b *buttons) view(c widget.Canvas, focused bool) []string {
	const gap = 3
	width := -gap
	for _, one := range b.list {
		width += b.width(one) + gap
	}
	b.spots = b.spots[:0]
	if width <= c.Width {
		at := (c.Width - width) / 2
		line := widget.Blank(at)
		for i, one := range b.list {
			b.spots = append(b.spots, spot{0, at, at + b.width(one)})
			line += b.paint(c, i, focused) + widget.Blank(gap)
			at += b.width(one) + gap
		}
		return []string{c.Pad(themes.Screen, line)}
	}
	var out []string
	for i, one := range b.list {
		at := max(0, (c.Width-b.width(one))/2)
		b.spots = append(b.spots, spot{i, at, at + b.width(one)})
		out = append(out, c.Pad(themes.Screen, widget.Blank(at)+b.paint(c, i, focused)))
	}
	return out
}

func (b *buttons) width(one button) int { return widget.Width(one.label) + 4 }

func (b *buttons) paint(c widget.Canvas, i int, focused bool) string {
	one := b.list[i]
	role := one.role
	if one.off != "" {
		role = themes.Off
	}
	if i == b.at && focused {
		return c.Paint(themes.Cursor, role, "[ "+one.label+" ]")
	}
	return widget.Blank(2) + c.Paint(themes.Screen, role, one.label) + widget.Blank(2)
}

// hit is the button at a cell of what was drawn, or -1.
func (b *buttons) hit(x, y int) int {
	for i, s := range b.spots {
		if y == s.line && x >= s.from && x < s.to {
			return i
		}
	}
	return -1
}
