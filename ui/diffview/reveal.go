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
		for i := b.from[before]; i < b.to[before]; i++ {
			if mate := d.mates[before][i]; mate >= 0 {
				revealPair(&d.sides[before].lines[i], &d.sides[after].lines[mate])
			} else {
				d.sides[before].lines[i].reveal(visible)
			}
		}
		for j := b.from[after]; j < b.to[after]; j++ {
			if d.mates[after][j] < 0 {
				d.sides[after].lines[j].reveal(visible)
			}
		}
	}
}

// revealPair reveals as much as it takes to tell a line and what it became apart.
func revealPair(was, is *line) {
	how := visible
	if looks(was.raw) == looks(is.raw) {
		how = everything
	}
	was.reveal(how)
	is.reveal(how)
	if was.text == is.text && was.raw != is.raw {
		// One of them has, as text, what the other is spelled with.
		was.text, is.text = spell(was.raw, exactly), spell(is.raw, exactly)
	}
}

func (l *line) reveal(how spelling) {
	if how > visible || hides(l.raw) {
		l.text = spell(l.raw, how)
	}
}

// spelling says what of a line is spelled out.
type spelling uint8

const (
	visible    spelling = iota // what cleaning takes away, and spaces at the end
	everything                 // all that has no look of its own
	exactly                    // and backslashes, too
)

// looks is a line without what cannot be seen of it, nor told apart: spaces and
// tabs.
func looks(raw string) string {
	if plain(raw) {
		return strings.ReplaceAll(raw, " ", "")
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == utf8.RuneError || unseen(r) {
			return -1
		}
		return r
	}, shown(raw))
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

// spell writes a line with escapes.
func spell(raw string, how spelling) string {
	end := len(strings.TrimRightFunc(raw, unicode.IsSpace))
	var b strings.Builder
	for at := 0; at < len(raw); {
		r, n := utf8.DecodeRuneInString(raw[at:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, raw[at])
		case at >= end && unicode.IsSpace(r), r != '\t' && ui.Clean(string(r)) != string(r),
			how >= everything && r != ' ' && (unicode.IsSpace(r) || unseen(r)):
			b.WriteString(escape(r))
		case how == exactly && r == '\\':
			b.WriteString(`\\`)
		case r == '\t':
			b.WriteString(tab)
		default:
			b.WriteRune(r)
		}
		at += n
	}
	return apart(b.String())
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
