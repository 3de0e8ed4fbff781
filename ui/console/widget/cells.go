package widget

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Width is how many cells a text takes.
func Width(s string) int {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return ansi.StringWidth(s)
		}
	}
	return len(s)
}

// cluster is the length in bytes of the first character of an unstyled text, as
// a person sees characters, and the cells it takes. It agrees with Width.
func cluster(s string) (size, width int) {
	if s[0] < 0x80 && (len(s) == 1 || s[1] < 0x80) {
		if s[0] < 0x20 || s[0] == 0x7f {
			return 1, 0
		}
		return 1, 1
	}
	c, w := ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
	return len(c), w
}

// head is as much of an unstyled text as fits in so many cells, in bytes, and
// the cells that it takes.
func head(s string, cells int) (size, width int) {
	for size < len(s) {
		n, w := cluster(s[size:])
		if width+w > cells {
			break
		}
		size += n
		width += w
	}
	return size, width
}

// stretch is the part of an unstyled text that lies whole between two cells: its
// bytes, the cells before it that half of a wide character takes, and its own.
func stretch(s string, from, to int) (start, end, before, width int) {
	cell, i := 0, 0
	for i < len(s) && cell < from {
		n, w := cluster(s[i:])
		i += n
		cell += w
	}
	for i < len(s) { // what takes no cell belongs to the character before
		n, w := cluster(s[i:])
		if w > 0 {
			break
		}
		i += n
	}
	if cell >= to {
		return i, i, min(cell, to) - from, 0
	}
	size, width := head(s[i:], to-cell)
	return i, i + size, max(0, cell-from), width
}

// whole widens a range of bytes to whole characters. Looking begins at the
// beginning of one.
func whole(s string, at, start, end int) (int, int) {
	for at < len(s) {
		n, _ := cluster(s[at:])
		if at+n > start {
			break
		}
		at += n
	}
	start = at
	for at < end {
		n, _ := cluster(s[at:])
		at += n
	}
	return start, at
}

// clip cuts a styled line after so many cells. It tells how wide it is then.
// Styles are ended as they were.
func clip(line string, cells int) (string, int) {
	width := 0
	for i := 0; i < len(line); {
		if n := style(line[i:]); n > 0 {
			i += n
			continue
		}
		n, w := cluster(line[i:])
		if width+w > cells {
			return line[:i] + styles(line[i:]), width
		}
		i += n
		width += w
	}
	return line, width
}

// style is the length of the styling sequence that a text begins with, or 0.
func style(s string) int {
	if !strings.HasPrefix(s, "\x1b[") {
		return 0
	}
	return strings.IndexByte(s, 'm') + 1
}

// styles is what a styled text consists of besides the text.
func styles(s string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, 0x1b)
		if i < 0 {
			return b.String()
		}
		s = s[i:]
		n := max(1, style(s))
		b.WriteString(s[:n])
		s = s[n:]
	}
}

// strand is a styled line that is taken apart from its beginning, by bytes of
// its text. Each part has the styles that it had in the line.
type strand struct {
	rest   string
	end    string // how the theme ends every style
	active string // the style in force; empty when there is none
}

// strand begins to take a styled line apart.
func (c Canvas) strand(line string) strand {
	end := c.Ground()
	if end == "" {
		end = "\x1b[m"
	}
	return strand{rest: line, end: end}
}

// take removes so many bytes of text and returns them with their styles.
func (s *strand) take(n int) string {
	n = min(n, len(s.rest))
	if s.active == "" && strings.IndexByte(s.rest[:n], 0x1b) < 0 {
		part := s.rest[:n]
		s.rest = s.rest[n:]
		return part
	}
	var b strings.Builder
	b.WriteString(s.active)
	s.walk(n, &b)
	if s.active != "" {
		b.WriteString(s.end)
	}
	return b.String()
}

// skip removes so many bytes of text.
func (s *strand) skip(n int) { s.walk(n, &strings.Builder{}) }

func (s *strand) walk(n int, b *strings.Builder) {
	for s.rest != "" {
		part := 0
		if strings.HasPrefix(s.rest, s.end) {
			part, s.active = len(s.end), ""
		} else if part = style(s.rest); part > 0 && n > 0 {
			s.active = s.rest[:part]
		} else if n == 0 {
			return
		} else {
			part = min(n, len(s.rest))
			if esc := strings.IndexByte(s.rest[1:part], 0x1b); esc >= 0 {
				part = esc + 1
			}
			n -= part
		}
		b.WriteString(s.rest[:part])
		s.rest = s.rest[part:]
	}
}
