package widget

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// match is a place where the words searched for are: a line by its number, and
// bytes of it.
type match struct{ line, start, end int }

// found is what a search in a Text has found.
type found struct {
	words   string
	matches []match // in the order of the text
	at      int     // the one that one stands at
}

// Search looks for words and goes to the first match at or below the top of
// what is seen. Capitals matter when the words have some. It tells how many
// matches there are. Empty words end the search.
func (t *Text) Search(words string) int {
	t.found = found{words: words}
	t.found.add(t, t.base)
	for i, m := range t.found.matches {
		if m.line >= t.top {
			t.found.at = i
			break
		}
	}
	t.reveal()
	return len(t.found.matches)
}

// Searched is what was searched for, which match one stands at (from 1; 0 when
// there is none), and how many there are.
func (t *Text) Searched() (words string, at, of int) {
	if of = len(t.found.matches); of > 0 {
		at = t.found.at + 1
	}
	return t.found.words, at, of
}

// NextMatch goes to the next match, or from the last to the first. It tells
// whether there is one.
func (t *Text) NextMatch() bool { return t.step(1) }

// PreviousMatch goes to the match before, or from the first to the last.
func (t *Text) PreviousMatch() bool { return t.step(-1) }

func (t *Text) step(n int) bool {
	of := len(t.found.matches)
	if of == 0 {
		return false
	}
	t.found.at = (t.found.at + n + of) % of
	t.reveal()
	return true
}

// reveal moves as little as it takes to see the match that one stands at.
func (t *Text) reveal() {
	if len(t.found.matches) == 0 {
		return
	}
	m := t.found.matches[t.found.at]
	line, row := t.line(m.line), 0
	if t.wrap && t.width > 0 {
		rows := pieces(line, t.width, t.width-wrapMargin)
		row = len(rows) - 1
		for row > 0 && rows[row].start > m.start {
			row--
		}
	}
	if !t.sees(m.line, row) {
		t.top, t.row, t.end = m.line, row, false
		t.Scroll(-t.height / 3)
	}
	if t.wrap || t.width <= 0 {
		return
	}
	from := Width(line[:m.start])
	to := from + Width(line[m.start:m.end])
	if from <= t.left || to >= t.left+t.width {
		t.left = max(0, from-t.width/2)
		if to < t.width {
			t.left = 0
		}
	}
}

// sees tells whether a row of a line is in the window.
func (t *Text) sees(line, row int) bool {
	if line < t.top || line == t.top && row < t.row {
		return false
	}
	below := row - t.row
	for i := t.top; i < line && below < t.height; i++ {
		below += t.rows(i)
	}
	return below < t.height
}

// again searches anew in a text that was replaced.
func (f *found) again(t *Text) {
	at := f.at
	f.matches = nil
	f.add(t, t.base)
	f.at = max(0, min(at, len(f.matches)-1))
}

// add searches the lines from one on.
func (f *found) add(t *Text, from int) {
	if f.words == "" {
		return
	}
	sensitive := strings.ContainsFunc(f.words, unicode.IsUpper)
	words := f.words
	for i := max(from, t.base); i <= t.last(); i++ {
		line := t.line(i)
		if !sensitive {
			line = lower(line)
		}
		for start := 0; ; {
			n := strings.Index(line[start:], words)
			if n < 0 {
				break
			}
			start += n
			f.matches = append(f.matches, match{i, start, start + len(words)})
			start += len(words)
		}
	}
}

// drop forgets the matches above a line.
func (f *found) drop(base int) {
	n, _ := slices.BinarySearchFunc(f.matches, base, func(m match, line int) int { return m.line - line })
	f.matches = f.matches[n:]
	f.at = max(0, f.at-n)
}

// on is the matches on a line.
func (f *found) on(line int) []match {
	find := func(line int) int {
		n, _ := slices.BinarySearchFunc(f.matches, line, func(m match, line int) int { return m.line - line })
		return n
	}
	return f.matches[find(line):find(line+1)]
}

// current is the match that one stands at.
func (f *found) current() match {
	if len(f.matches) == 0 {
		return match{line: -1}
	}
	return f.matches[f.at]
}

// lower is a text in lower case, every character as long as it was, so that
// places in it are places in the text.
func lower(s string) string {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return strings.Map(func(r rune) rune {
				if l := unicode.ToLower(r); utf8.RuneLen(l) == utf8.RuneLen(r) {
					return l
				}
				return r
			}, s)
		}
	}
	return strings.ToLower(s)
}
