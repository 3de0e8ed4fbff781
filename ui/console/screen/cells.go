package screen

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// cell is what one column of a row shows.
type cell struct {
	text  string // one grapheme cluster
	style string // the SGR sequences in force; empty is the terminal's own look
	width int    // columns it takes; 0 continues the cell before it
	moot  bool   // terminals disagree on its width
}

// blank is an empty column in the terminal's own look.
var blank = cell{text: " ", width: 1}

// unknown is a column of which nobody knows what it shows. It equals no cell
// of a line.
var unknown = cell{width: -1}

// parse cuts a line into exactly width cells and appends them to dst. Of
// control sequences only SGR counts; all others are left out, as are control
// characters, so that nothing but what is painted here reaches the terminal.
func parse(dst []cell, line string, width int) []cell {
	style := ""
	for i := 0; i < len(line) && len(dst) < width; {
		c := line[i]
		switch {
		case c == ansi.ESC:
			n, params, sgr := sequence(line[i:])
			if sgr {
				style = restyle(style, line[i:i+n], params)
			}
			i += n
			continue
		case c < ' ' || c == ansi.DEL:
			i++
			continue
		case c < utf8.RuneSelf && (i+1 == len(line) || line[i+1] < utf8.RuneSelf):
			dst = append(dst, cell{text: line[i : i+1], style: style, width: 1})
			i++
			continue
		}
		if n := lone(line[i:]); n > 0 {
			dst = append(dst, cell{text: line[i : i+n], style: style, width: 1})
			i += n
			continue
		}
		cluster, w := ansi.FirstGraphemeCluster(line[i:], ansi.GraphemeWidth)
		i += len(cluster)
		r, _ := utf8.DecodeRuneInString(cluster)
		switch {
		case w == 0 || r >= 0x80 && r < 0xa0:
			continue
		case !utf8.ValidString(cluster):
			cluster, w = string(utf8.RuneError), 1
		}
		if len(dst)+w > width {
			break // half a character can't be shown
		}
		dst = append(dst, cell{text: cluster, style: style, width: w, moot: moot(cluster, r, w)})
		for range w - 1 {
			dst = append(dst, cell{style: style})
		}
	}
	for len(dst) < width {
		dst = append(dst, blank)
	}
	return dst
}

// lone returns the length of the character that s begins with when it is
// certain, without segmenting, that it takes one column and that nothing
// which follows joins it; 0 otherwise. Borders and Latin letters are nearly
// all that a screen holds beyond ASCII.
func lone(s string) int {
	r, n := utf8.DecodeRuneInString(s)
	if !single(r) {
		return 0
	}
	if len(s) > n && s[n] >= utf8.RuneSelf {
		if next, _ := utf8.DecodeRuneInString(s[n:]); !single(next) {
			return 0
		}
	}
	return n
}

// single reports whether r takes one column and joins no other character.
func single(r rune) bool {
	return r >= ' ' && r < 0x7f ||
		r > 0xa0 && r < 0x300 && r != 0xad ||
		r >= 0x2500 && r < 0x25a0
}

// moot reports whether terminals are known to disagree on the width of a
// cluster: those that measure it as a whole and those that add up its
// characters, or those that know the newest emoji and those that don't.
func moot(cluster string, first rune, width int) bool {
	return first >= 0x1f000 && first < 0x20000 || ansi.WcWidth.StringWidth(cluster) != width
}

// sequence returns the length of the escape sequence that s begins with, and
// its parameters when it is SGR.
func sequence(s string) (n int, params string, sgr bool) {
	if len(s) > 1 && s[1] == '[' {
		for i := 2; i < len(s); i++ {
			switch c := s[i]; {
			case c >= '0' && c <= ';':
			case c == 'm':
				return i + 1, s[2:i], true
			default:
				i = len(s)
			}
		}
	}
	_, _, n, _ = ansi.DecodeSequence(s, ansi.NormalState, nil)
	return max(n, 1), "", false
}

// restyle returns the style that is in force after one more SGR sequence.
func restyle(style, seq, params string) string {
	switch {
	case strings.Trim(params, "0") == "":
		return ""
	case style == "" || strings.HasPrefix(params, "0;"):
		return seq
	default:
		return style + seq
	}
}
