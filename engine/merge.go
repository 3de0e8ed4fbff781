package engine

import (
	"strings"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// merge brings the change from base to one side into the other, line by line.
// It is false, with a line of the base, where both sides have changed the same
// lines or such that touch.
func merge(base, ours, theirs string) (merged string, line int, ok bool) {
	lines := strings.SplitAfter(base, "\n")
	a, b := lineEdits(base, ours), lineEdits(base, theirs)
	var out strings.Builder
	at := 0
	for len(a)+len(b) > 0 {
		var next lineEdit
		switch {
		case len(b) == 0 || len(a) > 0 && a[0].from < b[0].from:
			next, a = a[0], a[1:]
			if len(b) > 0 && next.touches(b[0]) {
				return "", b[0].from + 1, false
			}
		case len(a) > 0 && a[0] == b[0]:
			next, a, b = a[0], a[1:], b[1:] // both say the same
		default:
			next, b = b[0], b[1:]
			if len(a) > 0 && next.touches(a[0]) {
				return "", next.from + 1, false
			}
		}
		out.WriteString(strings.Join(lines[at:next.from], ""))
		out.WriteString(next.text)
		at = next.to
	}
	out.WriteString(strings.Join(lines[at:], ""))
	return out.String(), 0, true
}

// lineEdit replaces the lines from one up to another of a text.
type lineEdit struct {
	from, to int
	text     string
}

// touches tells whether another edit, which begins no earlier, is of the same
// lines or of the next ones.
func (e lineEdit) touches(later lineEdit) bool { return later.from <= e.to }

// lineEdits lists how one text becomes another, from top to bottom.
func lineEdits(before, after string) []lineEdit {
	dmp := diffmatchpatch.New()
	dmp.DiffTimeout = 0 // the same answer on a busy machine
	a, b, table := dmp.DiffLinesToRunes(before, after)
	var all []lineEdit
	at := 0
	open := false
	for _, d := range dmp.DiffCharsToLines(dmp.DiffMainRunes(a, b, false), table) {
		n := strings.Count(d.Text, "\n")
		if !strings.HasSuffix(d.Text, "\n") {
			n++
		}
		if d.Type == diffmatchpatch.DiffEqual {
			at, open = at+n, false
			continue
		}
		if !open {
			all, open = append(all, lineEdit{from: at, to: at}), true
		}
		last := &all[len(all)-1]
		if d.Type == diffmatchpatch.DiffDelete {
			at += n
			last.to = at
		} else {
			last.text += d.Text
		}
	}
	return all
}
