package widget

import "strings"

// Over lays a line of a width over another one, from a column on.
func Over(below, line string, x, width int) string {
	left, w := clip(below, x)
	left += spaces(x - w) // half of a wide character may have had to go
	right, at := after(below, x+width)
	return left + line + spaces(at-x-width) + right
}

// after is what a styled line has from a cell on, in the style that is in force
// there, and the cell where it begins: half of a wide character goes.
func after(line string, cells int) (string, int) {
	at, i := 0, 0
	for i < len(line) && at < cells {
		if n := style(line[i:]); n > 0 {
			i += n
			continue
		}
		n, w := cluster(line[i:])
		i += n
		at += w
	}
	const plain = "\x1b[m"
	before := line[:i]
	if end := strings.LastIndex(before, plain); end >= 0 {
		before = before[end+len(plain):]
	}
	return styles(before) + line[i:], max(at, cells)
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
