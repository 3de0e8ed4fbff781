// Package ui holds everything that a person or a pipe reads: the console, the
// commands and what they share.
//
// Commit messages, object names, events, logs and the words of servers are
// untrusted. Clean is the one place where terminal control sequences are taken
// out of them; whatever draws text passes it through Clean first.
package ui

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean makes untrusted text safe to draw on one line of a terminal. Escape
// sequences go, with what they carry; so do control characters, overrides of
// the writing direction and invisible characters. Line ends and tabs become
// spaces, and bytes that are not UTF-8 become U+FFFD.
func Clean(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		r, size := decode(s[i:])
		if n := sequence(s[i:]); n > 0 {
			i += n
			continue
		}
		i += size
		switch {
		case r == '\n' || r == '\t' || r == '\u2028' || r == '\u2029' || r == '\u0085':
			b.WriteByte(' ')
		case r == '\r' && strings.HasPrefix(s[i:], "\n"):
			// The line end that follows is written instead.
		case r == '\r':
			b.WriteByte(' ')
		case hidden(r):
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// CleanLines is Clean for text of several lines: it returns them one by one.
// A line end at the end of the text does not begin another line.
func CleanLines(s string) []string {
	s = strings.TrimSuffix(s, "\n")
	if s == "" {
		return nil
	}
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = Clean(strings.TrimSuffix(line, "\r"))
	}
	return lines
}

// plain tells whether nothing in s needs cleaning: printable ASCII only.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// decode reads a rune. A lone byte in the range of the C1 controls is one to
// terminals that do not speak UTF-8, and is taken as such.
func decode(s string) (rune, int) {
	r, size := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && size == 1 && s[0] >= 0x80 && s[0] <= 0x9f {
		return rune(s[0]), 1
	}
	return r, size
}

// sequence returns the length of the escape sequence that s begins with, or 0.
// One that is never ended is only its introducer, so that a stray escape
// cannot swallow the text after it.
func sequence(s string) int {
	kind, start := decode(s)
	if kind == 0x1b {
		if len(s) < 2 {
			return 1
		}
		// ESC [ is the seven-bit spelling of U+009B, and so on for the rest.
		if s[1] < 0x40 || s[1] > 0x5f {
			return escape(s)
		}
		kind, start = rune(s[1])+0x40, 2
	}
	switch kind {
	case 0x9b: // CSI: parameters, then one final byte
		for i := start; i < len(s); i++ {
			if s[i] >= 0x40 && s[i] <= 0x7e {
				return i + 1
			}
			if s[i] < 0x20 || s[i] > 0x7e {
				break
			}
		}
		return start
	case 0x90, 0x98, 0x9d, 0x9e, 0x9f: // DCS, SOS, OSC, PM, APC: up to ST or BEL
		for i := start; i < len(s); {
			r, size := decode(s[i:])
			switch {
			case r == 0x9c || r == 0x07:
				return i + size
			case r == 0x1b && strings.HasPrefix(s[i+1:], `\`):
				return i + 2
			}
			i += size
		}
		return start
	}
	if s[0] == 0x1b {
		return start
	}
	return 0
}

// escape returns the length of ESC, intermediate bytes and a final byte, such
// as ESC ( B and ESC c.
func escape(s string) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] >= 0x20 && s[i] <= 0x2f:
		case s[i] >= 0x30 && s[i] <= 0x7e:
			return i + 1
		default:
			return 1
		}
	}
	return 1
}

// hidden tells whether a rune is a control character, or one that is not seen
// but changes how what is around it reads. The joiner of emoji is let through.
func hidden(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != '\u200d'
}
