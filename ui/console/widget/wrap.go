package widget

import "strings"

// Wrap breaks prose into lines of at most so many cells, between words where it
// can.
func Wrap(s string, width int) []string {
	if width <= 0 {
		return nil
	}
	var out []string
	for _, p := range pieces(s, width, width) {
		out = append(out, strings.Trim(s[p.start:p.end], " "))
	}
	return out
}

// piece is a part of a line that is drawn as a row of its own: where it is in
// bytes, and the cells it takes.
type piece struct{ start, end, width int }

// pieces breaks a line into rows: the first of at most so many cells, and the
// rest. A row ends at a space unless that would leave most of it empty.
func pieces(s string, first, rest int) []piece {
	room := max(1, first)
	var out []piece
	p := piece{}
	space, spaceWidth := 0, 0 // behind the last space of the row
	for i := 0; i < len(s); {
		n, w := cluster(s[i:])
		if p.width+w > room && p.width > 0 {
			next := piece{start: i}
			p.end = i
			switch {
			case s[i] == ' ': // the break stands for it
				i++
				next.start = i
			case space > p.start && spaceWidth > room/3:
				next.start, next.width = space, p.width-spaceWidth
				p.end, p.width = space, spaceWidth
			}
			out = append(out, p)
			p = next
			if p.start == len(s) {
				return out
			}
			room = max(1, rest)
			continue // the rest of the word may not fit either
		}
		i += n
		p.width += w
		if s[i-1] == ' ' {
			space, spaceWidth = i, p.width
		}
	}
	p.end = len(s)
	return append(out, p)
}
