package diffview

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// finds are the places where the text searched for was found.
type finds struct {
	query string
	all   []find
	first [2]map[int32]int // of each line, the first in all
	at    int              // the one that one stands at, or -1
}

// find is one of them. Lines that are the same on both sides are those after.
type find struct {
	side int
	line int32
	span
}

func (f *finds) clear() { *f = finds{at: -1} }

// list finds a text everywhere. Letters in lower case stand for those in upper
// case, too.
func (f *finds) list(d *Diff, query string) {
	at := f.at
	f.clear()
	f.query, f.first = query, [2]map[int32]int{{}, {}}
	exact := query != lower(query)
	for _, b := range d.blocks {
		for s := range d.sides {
			if b.change < 0 && s == before {
				continue
			}
			for i := b.from[s]; i < b.to[s]; i++ {
				f.line(s, i, d.sides[s].lines[i].text, exact)
			}
		}
	}
	if at < len(f.all) {
		f.at = at
	}
}

func (f *finds) line(s int, i int32, text string, exact bool) {
	if !exact {
		text = lower(text)
	}
	for at := 0; ; {
		n := strings.Index(text[at:], f.query)
		if n < 0 {
			return
		}
		if _, ok := f.first[s][i]; !ok {
			f.first[s][i] = len(f.all)
		}
		at += n
		f.all = append(f.all, find{s, i, span{int32(at), int32(at + len(f.query))}})
		at += len(f.query)
	}
}

// of are the finds in a line; now is the index among them of the one that one
// stands at, or -1.
func (f *finds) of(s int, line int32) (in []find, now int) {
	from, ok := f.first[s][line]
	if !ok {
		return nil, -1
	}
	to := from
	for to < len(f.all) && f.all[to].side == s && f.all[to].line == line {
		to++
	}
	now = -1
	if f.at >= from && f.at < to {
		now = f.at - from
	}
	return f.all[from:to], now
}

// lower is a text in lower case, with every byte where it was.
func lower(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		if l := unicode.ToLower(r); utf8.RuneLen(l) == utf8.RuneLen(r) {
			r = l
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Search finds a text, goes to where it is first found from the cursor on, and
// returns how often it is found. A query without upper case finds both cases;
// an empty one ends the search.
func (v *View) Search(query string) int {
	v.finds.clear()
	if v.diff == nil || query == "" || v.diff.changes == 0 {
		return 0
	}
	v.finds.list(v.diff, query)
	if len(v.finds.all) == 0 {
		return 0
	}
	at := sort.Search(len(v.finds.all), func(i int) bool {
		return v.rowOfLine(v.finds.all[i].side, v.finds.all[i].line) >= v.cursor
	})
	v.goTo(at % len(v.finds.all))
	return len(v.finds.all)
}

// Matches says at which of how many matches of the search one is, from 1.
func (v *View) Matches() (at, of int) {
	if len(v.finds.all) == 0 {
		return 0, 0
	}
	return v.finds.at + 1, len(v.finds.all)
}

// NextMatch goes to the next match, after the last to the first.
func (v *View) NextMatch() bool { return v.step(1) }

// PreviousMatch goes to the previous match, before the first to the last.
func (v *View) PreviousMatch() bool { return v.step(-1) }

func (v *View) step(by int) bool {
	n := len(v.finds.all)
	if n == 0 {
		return false
	}
	if v.finds.at < 0 && by < 0 {
		v.finds.at = 0
	}
	v.goTo((v.finds.at + by + n) % n)
	return true
}

// goTo goes to a match, and opens the fold that it is in.
func (v *View) goTo(i int) {
	v.finds.at = i
	f := v.finds.all[i]
	row := v.rowOfLine(f.side, f.line)
	if r := v.rows[row]; r.kind == foldRow {
		v.cursor = row
		v.Toggle()
		row = v.rowOfLine(f.side, f.line)
	}
	v.cursor, v.come, v.look = row, true, &target{f.side, f.line, f.span}
}
