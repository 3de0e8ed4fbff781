package detail

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// choice is a list of which one row is chosen.
type choice struct{ widget.List }

// draw draws the rows that are seen, the chosen one on a surface of its own.
func (l *choice) draw(c widget.Canvas, row func(r *widget.Row, i int)) []string {
	from, to := l.Visible(c.Height)
	out := make([]string, 0, c.Height)
	for i := from; i < to; i++ {
		on, mark := themes.Screen, " "
		if i == l.Cursor() {
			on = themes.Chosen
			if c.Focused {
				on = themes.Cursor
			}
			mark = c.Glyphs().Cursor
		}
		r := c.Row(on).Add(themes.Active, mark)
		row(r, i)
		out = append(out, r.String())
	}
	return c.Fill(out)
}

// position says which rows are seen.
func (l *choice) position(height int) (from, shown, of int) {
	from, to := l.Visible(height)
	return from, to - from, l.Count()
}

// rule is a line that names what lies below it.
func rule(c widget.Canvas, name string) string {
	g := c.Glyphs()
	if name != "" {
		name = " " + ending(c, name, c.Width-6) + " "
	}
	r := c.Row(themes.Screen).Add(themes.Border, g.Horizontal).Add(themes.Title, name)
	return r.Add(themes.Border, strings.Repeat(g.Horizontal, max(0, r.Room()))).String()
}

// ending is as much of the end of a text as there is room for: of a path, that
// is the part that tells it from others.
func ending(c widget.Canvas, s string, width int) string {
	w := widget.Width(s)
	switch {
	case width < 1:
		return ""
	case w <= width:
		return s
	}
	return c.Glyphs().Ellipsis + ansi.TruncateLeft(s, w-width+1, "")
}
