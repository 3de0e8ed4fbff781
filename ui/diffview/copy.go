package diffview

import (
	"fmt"
	"slices"
	"strings"
)

// Unified is all that differs, with its context, as text in the form of a diff.
// It is clean, as what is shown is, and so not meant to be applied.
func (d *Diff) Unified() string {
	if d.changes == 0 {
		return ""
	}
	return d.text(d.rows(false, true, nil))
}

// hunk is one change and its context.
func (d *Diff) hunk(at int32) string {
	return d.text(slices.DeleteFunc(d.rows(false, true, nil), func(r row) bool {
		b, change := d.blocks[r.block], d.blocks[at]
		switch {
		case r.block == at:
			return false
		case r.kind != sameRow || change.note != "":
			return true
		}
		context := int32(d.options.Context)
		return b.change >= 0 || r.lines[before] < change.from[before]-context || r.lines[before] >= change.to[before]+context
	}))
}

func (d *Diff) text(rows []row) string {
	var b strings.Builder
	for _, r := range rows {
		switch r.kind {
		case noteRow:
			b.WriteString(`\ ` + d.blocks[r.block].note)
		case foldRow:
			fmt.Fprintf(&b, "@@ %d lines unchanged @@", r.count)
		case removedRow:
			b.WriteString("-" + d.sides[before].lines[r.lines[before]].text)
		case addedRow:
			b.WriteString("+" + d.sides[after].lines[r.lines[after]].text)
		default:
			b.WriteString(" " + d.sides[after].lines[r.lines[after]].text)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
