package widget

import "github.com/charmbracelet/x/ansi"

// Over lays a line of a width over another one, from a column on.
func Over(below, line string, x, width int) string {
	left := ansi.Truncate(below, x, "")
	if w := ansi.StringWidth(left); w < x {
		left += spaces(x - w) // half of a wide character had to go
	}
	total := ansi.StringWidth(below)
	right := ""
	for from := x + width; from < total; from++ {
		right = ansi.Cut(below, from, total)
		if w := ansi.StringWidth(right); w <= total-x-width {
			right = spaces(total-x-width-w) + right
			break
		} // what begins in the cells before is drawn whole; it has to go
	}
	return left + line + right
}

// Middle puts lines of a width in the middle of the canvas.
func (c Canvas) Middle(lines []string, width int) []string {
	left := max(0, c.Width-width) / 2
	out := make([]string, 0, c.Height)
	for range max(0, c.Height-len(lines)) / 2 {
		out = append(out, spaces(c.Width))
	}
	for _, line := range lines {
		out = append(out, spaces(left)+line+spaces(max(0, c.Width-width-left)))
	}
	return c.Fill(out)
}
