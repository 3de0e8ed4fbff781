package widget

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

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
// bytes and in cells.
type piece struct {
	start, end int
	from, to   int
}

// pieces breaks a line into rows: the first of at most so many cells, and the
// rest. A row ends behind a space where there is one in its second half.
func pieces(s string, first, rest int) []piece {
	first, rest = max(1, first), max(1, rest)
	room := first
	p := piece{}
	space, spaceCell := 0, 0 // behind the last space of the row
	var out []piece
	cell := 0
	for i := 0; i < len(s); {
		size, w := cluster(s[i:])
		if cell+w-p.from > room && cell > p.from {
			p.end, p.to = i, cell
			if spaceCell-p.from > room/2 && s[i] != ' ' {
				p.end, p.to = space, spaceCell
			}
			out = append(out, p)
			p = piece{start: p.end, from: p.to}
			room = rest
			continue // the rest of the word may not fit either
		}
		i += size
		cell += w
		if s[i-1] == ' ' {
			space, spaceCell = i, cell
		}
	}
	p.end, p.to = len(s), cell
	return append(out, p)
}

// cluster is the length of the first character of a text and the cells it
// takes, as package ansi counts them.
func cluster(s string) (size, width int) {
	if s[0] < 0x80 {
		return 1, 1
	}
	c, w := ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
	return len(c), w
}

// cut takes the cells of a styled line from one up to another. Half of a wide
// character is a space.
func cut(styled string, from, to int) string {
	if from <= 0 {
		return ansi.Truncate(styled, to, "")
	}
	if half := from - ansi.StringWidth(ansi.Truncate(styled, from, "")); half > 0 && ansi.StringWidth(styled) > from {
		return spaces(half) + ansi.Cut(styled, from+half, to)
	}
	return ansi.Cut(styled, from, to)
}
