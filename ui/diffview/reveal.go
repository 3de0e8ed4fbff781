package diffview

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/evenkeel/evenkeel/ui"
)

// reveal spells out, in lines that differ, what could not be seen of them: what
// cleaning takes away, spaces at the end, and, where two lines would look the
// same, all that has no look of its own.
func (d *Diff) reveal() {
	for _, b := range d.blocks {
		if b.change < 0 {
			continue
		}
		for s := range d.sides {
			for i := b.from[s]; i < b.to[s]; i++ {
				l := &d.sides[s].lines[i]
				mate := d.mates[s][i]
				alike := mate >= 0 && looks(l.raw) == looks(d.sides[1-s].lines[mate].raw)
				if alike || hides(l.raw) {
					l.text = spell(l.raw, alike)
				}
			}
		}
	}
}

// looks is a line without what cannot be seen of it.
func looks(raw string) string {
	if plain(raw) {
		return strings.TrimRight(raw, " ")
	}
	text := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == utf8.RuneError || unseen(r):
			return -1
		}
		return r
	}, shown(raw))
	return strings.TrimRight(text, " ")
}

// unseen tells whether a character has no look of its own.
func unseen(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Cc, unicode.Mn, unicode.Me, unicode.Variation_Selector)
}

// hides tells whether showing a line as it is would hide some of it.
func hides(raw string) bool {
	if plain(raw) {
		return strings.HasSuffix(raw, " ")
	}
	text := strings.ReplaceAll(raw, "\t", tab)
	return ui.Clean(text) != text || strings.TrimRightFunc(text, unicode.IsSpace) != text || !utf8.ValidString(text)
}

func plain(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// spell writes a line with escapes for what cannot be seen: what cleaning takes
// away, spaces at the end, or all of it.
func spell(raw string, all bool) string {
	end := len(strings.TrimRightFunc(raw, unicode.IsSpace))
	var b strings.Builder
	for at := 0; at < len(raw); {
		r, n := utf8.DecodeRuneInString(raw[at:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, raw[at])
		case at >= end && unicode.IsSpace(r), r != '\t' && ui.Clean(string(r)) != string(r),
			all && r != ' ' && (unicode.IsSpace(r) || unseen(r)):
			b.WriteString(escape(r))
		case r == '\t':
			b.WriteString(tab)
		default:
			b.WriteRune(r)
		}
		at += n
	}
	return b.String()
}

func escape(r rune) string {
	switch {
	case r == '\t':
		return `\t`
	case r == '\r':
		return `\r`
	case r < 0x80:
		return fmt.Sprintf(`\x%02x`, r)
	case r <= 0xffff:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}
