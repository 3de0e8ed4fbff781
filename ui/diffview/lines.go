package diffview

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"github.com/evenkeel/evenkeel/ui"
)

// side is one of the two texts.
type side struct {
	lines  []line
	states []yamlState // in which each line begins; nil when it is not YAML
	// stops are cells of long lines with characters that are not one byte and
	// one cell, so that drawing can begin in their middle.
	stops  map[int32][]stop
	widest int32
	ends   lineEnds
	ended  bool // the last line has a line end, too
}

// line is a line of a text.
type line struct {
	raw   string // without its line feed
	text  string // what is shown of it: clean
	width int32  // of text, in cells
	ascii bool   // text has one byte for each cell
}

// stop says which cell a byte of a line is drawn at.
type stop struct{ at, cell int32 }

// lineEnds are how the lines of a text end.
type lineEnds uint8

const (
	noEnds lineEnds = iota
	lfEnds
	crlfEnds
	mixedEnds
)

// tab is what is shown for one.
const tab = "    "

// split makes lines of a text.
func split(text string) side {
	s := side{ended: strings.HasSuffix(text, "\n")}
	if text == "" {
		return s
	}
	raws := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	s.lines = make([]line, len(raws))
	lf, crlf := 0, 0
	for i, raw := range raws {
		s.lines[i] = line{raw: raw, text: shown(strings.TrimSuffix(raw, "\r"))}
		switch {
		case i == len(raws)-1 && !s.ended:
		case strings.HasSuffix(raw, "\r"):
			crlf++
		default:
			lf++
		}
	}
	switch {
	case lf > 0 && crlf > 0:
		s.ends = mixedEnds
	case crlf > 0:
		s.ends = crlfEnds
	case lf > 0:
		s.ends = lfEnds
	}
	return s
}

// shown is what is shown of a line that does not differ.
func shown(raw string) string {
	if strings.Contains(raw, "\t") {
		raw = strings.ReplaceAll(raw, "\t", tab)
	}
	return apart(ui.Clean(raw))
}

// nothing is what a mark is drawn on that has no character to be drawn on.
const nothing = "◌"

// apart keeps a clean text from melting into what is drawn beside it, as it
// would when it begins with a mark that belongs to the character before it.
func apart(text string) string {
	if isASCII(text) {
		return text
	}
	first, _ := utf8.DecodeRuneInString(text)
	if n, _ := cluster(" " + string(first)); n > 1 {
		text = nothing + text
	}
	last, size := utf8.DecodeLastRuneInString(text)
	if n, _ := cluster(string(last) + " "); n > size {
		text += nothing
	}
	return text
}

// withoutSpace is a line by which those that differ in white space are equal.
func withoutSpace(raw string) string {
	if !strings.ContainsFunc(raw, unicode.IsSpace) {
		return raw
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, raw)
}

// indent is how far a line is indented: one that is blank as far as can be, one
// that begins a document less than any.
func (s *side) indent(i int) int {
	text := s.lines[i].text
	if strings.HasPrefix(text, "---") {
		return -1
	}
	n := len(text) - len(strings.TrimLeft(text, " "))
	if n == len(text) {
		return 1 << 30
	}
	return n
}

// longLine is where a line is long enough to have stops, so many bytes apart.
const longLine, stopEvery = 1024, 256

// measure finds out how wide the lines are.
func (s *side) measure() {
	for i := range s.lines {
		l := &s.lines[i]
		l.ascii = isASCII(l.text)
		switch {
		case l.ascii:
			l.width = int32(len(l.text))
		case len(l.text) > longLine:
			if s.stops == nil {
				s.stops = map[int32][]stop{}
			}
			l.width, s.stops[int32(i)] = stops(l.text)
		default:
			l.width = int32(ansi.StringWidth(l.text))
		}
		s.widest = max(s.widest, l.width)
	}
}

func stops(text string) (width int32, found []stop) {
	for at, next := 0, stopEvery; at < len(text); {
		if at >= next {
			found = append(found, stop{int32(at), width})
			next = at + stopEvery
		}
		n, cells := cluster(text[at:])
		at += n
		width += int32(cells)
	}
	return width, found
}

// stopBefore is the last known stop that is not after a cell of a line.
func (s *side) stopBefore(i, cell int32) stop {
	if s.lines[i].ascii {
		at := min(cell, s.lines[i].width)
		return stop{at, at}
	}
	last := stop{}
	for _, next := range s.stops[i] {
		if next.cell > cell {
			break
		}
		last = next
	}
	return last
}

// cellOf is the cell that a byte of a line is drawn at.
func (s *side) cellOf(i, at int32) int32 {
	l := s.lines[i]
	if l.ascii {
		return at
	}
	return int32(ansi.StringWidth(l.text[:at]))
}

// cluster measures the first character as people see them: its bytes and cells.
func cluster(s string) (size, cells int) {
	if s[0] < 0x80 && (len(s) == 1 || s[1] < 0x80) {
		return 1, 1
	}
	first, cells := ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
	return len(first), cells
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
