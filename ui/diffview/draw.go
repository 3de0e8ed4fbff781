package diffview

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/evenkeel/evenkeel/themes"
)

// What there must be room for.
const (
	leastSide    = 90 // cells for side by side
	leastNumbers = 24 // cells for line numbers
	leastBoth    = 60 // cells for the line numbers of both sides
)

// Draw draws the view: exactly height lines of exactly width cells.
func (v *View) Draw(t *themes.Theme, width, height int, focused bool) []string {
	if width <= 0 || height <= 0 {
		return make([]string, max(0, height))
	}
	p := pen{Theme: t, diff: v.diff, finds: &v.finds, focused: focused}
	out := make([]string, 0, height)
	switch {
	case v.diff == nil:
	case v.diff.changes == 0:
		if height > 2 {
			out = append(out, strings.Repeat(" ", width))
		}
		out = append(out, p.statement(width))
	default:
		out = v.draw(&p, out, width, height)
	}
	for len(out) < height {
		out = append(out, strings.Repeat(" ", width))
	}
	return out
}

// statement says that the texts do not differ.
func (p *pen) statement(width int) string {
	d, o := p.diff, p.diff.options
	words := o.Same
	if words == "" {
		words = fmt.Sprintf("%s and %s are the same", o.Before, o.After)
	}
	if o.IgnoreWhitespace && d.differsInSpace() {
		words = fmt.Sprintf("%s and %s differ in white space only", o.Before, o.After)
	}
	p.line(width)
	p.put(themes.Screen, themes.Text, "  ")
	p.put(themes.Screen, themes.Synced, p.Glyphs().Synced)
	p.put(themes.Screen, themes.Text, " "+words)
	return p.end(themes.Screen)
}

// draw draws the rows in sight, below a head when there is one.
func (v *View) draw(p *pen, out []string, width, height int) []string {
	if beside := v.side && width >= leastSide && !v.diff.oneSided(); beside != v.beside {
		v.holding(func() { v.beside = beside })
	}
	head := ""
	switch {
	case v.beside:
		head = p.names(width)
	case v.side && !v.diff.oneSided():
		p.line(width)
		p.put(themes.Screen, themes.Dim, fmt.Sprintf(" side by side needs %d columns; unified here", leastSide))
		head = p.end(themes.Screen)
	}
	v.top = 0
	if head != "" && height > 1 {
		out = append(out, head)
		v.top = 1
	}
	height -= v.top
	p.layout(v.diff, v.beside, width)
	v.settle(width, height, p.room)
	p.left = int32(v.left)
	for i := v.offset; i < len(v.rows) && i < v.offset+height; i++ {
		out = append(out, p.row(v.rows[i], p.focused && i == v.cursor, width))
	}
	return out
}

// settle makes what is shown fit the size.
func (v *View) settle(width, height, room int) {
	resized := v.height != height || v.width != width
	v.width, v.height, v.room = width, height, room
	v.cursor = v.bound(v.cursor)
	v.offset = v.boundOffset(v.offset)
	v.left = v.boundLeft(v.left)
	switch {
	case v.come:
		v.arrive()
	case resized, v.cursor < v.offset, v.cursor >= v.offset+height:
		v.follow()
	}
	if v.look != nil {
		v.lookAt(*v.look)
		v.look = nil
	}
}

// layout decides how wide the parts of a row are.
func (p *pen) layout(d *Diff, beside bool, width int) {
	p.beside = beside
	p.digits = len(strconv.Itoa(max(len(d.sides[before].lines), len(d.sides[after].lines), 10)))
	p.half = width
	if beside {
		p.half = (width - 1) / 2
	}
	p.numbers = 1
	switch {
	case width < leastNumbers:
		p.numbers = 0
	case !beside && width >= leastBoth && !d.oneSided():
		p.numbers = 2
	}
	p.room = max(1, p.half-p.gutter())
}

// gutter is how wide what is before the text is: a mark, numbers and a sign.
func (p *pen) gutter() int { return 1 + p.numbers*(p.digits+1) + 2 }

// names is the head of both sides.
func (p *pen) names(width int) string {
	half := (width - 1) / 2
	p.line(half)
	p.put(themes.Screen, themes.SignRemoved, " - ")
	p.put(themes.Screen, themes.Title, p.diff.options.Before)
	left := p.end(themes.Screen)
	p.line(width - half - 1)
	p.put(themes.Screen, themes.SignAdded, " + ")
	p.put(themes.Screen, themes.Title, p.diff.options.After)
	return left + p.divider() + p.end(themes.Screen)
}

func (p *pen) divider() string {
	return p.Paint(themes.Screen, themes.Border, p.Glyphs().Vertical)
}

// row draws one.
func (p *pen) row(r row, cursor bool, width int) string {
	switch r.kind {
	case foldRow:
		return p.fold(r, cursor, width)
	case noteRow:
		return p.words(themes.Screen, themes.Warning, cursor, width, p.Glyphs().Warning+" "+p.diff.blocks[r.block].note)
	}
	if !p.beside {
		p.line(width)
		p.unified(r, cursor)
		return p.end(surfaceOf(r.kind))
	}
	p.line(p.half)
	left := p.sideOf(r, before, cursor)
	p.line(width - p.half - 1)
	return left + p.divider() + p.sideOf(r, after, false)
}

// fold draws a line that stands for lines left out, and where in the text the
// lines below it are.
func (p *pen) fold(r row, cursor bool, width int) string {
	g := p.Glyphs()
	words := fmt.Sprintf("%s %d lines unchanged", g.Gap, r.count)
	if path := p.diff.path(r.lines[after] + r.count); path != "" {
		words += " " + g.Dot + " " + apart(path)
	}
	return p.words(themes.Fold, themes.Dim, cursor, width, words)
}

// words draws a line that is not one of the texts.
func (p *pen) words(on themes.Surface, role themes.Role, cursor bool, width int, words string) string {
	p.line(width)
	p.mark(on, cursor)
	p.put(on, role, strings.Repeat(" ", p.numbers*(p.digits+1))+words)
	return p.end(on)
}

func surfaceOf(k rowKind) themes.Surface {
	switch k {
	case removedRow:
		return themes.Removed
	case addedRow:
		return themes.Added
	}
	return themes.Screen
}

// unified draws a row with the line of one side.
func (p *pen) unified(r row, cursor bool) {
	on := surfaceOf(r.kind)
	p.mark(on, cursor)
	s := after
	if r.kind == removedRow {
		s = before
	}
	switch p.numbers {
	case 2:
		p.number(on, r.lines[before], cursor)
		p.number(on, r.lines[after], cursor)
	case 1:
		p.number(on, r.lines[s], cursor)
	}
	p.sign(on)
	p.text(on, s, r.lines[s], r.lines[s])
}

// sideOf draws the half of a row.
func (p *pen) sideOf(r row, s int, cursor bool) string {
	on := themes.Screen
	if r.kind == besideRow && r.lines[s] >= 0 {
		on = [2]themes.Surface{themes.Removed, themes.Added}[s]
	}
	p.mark(on, cursor)
	if p.numbers > 0 {
		p.number(on, r.lines[s], cursor)
	}
	p.sign(on)
	if line := r.lines[s]; line >= 0 {
		found := line
		if r.kind == sameRow && s == before {
			found = -1 // searched on the other side
			if p.diff.sides[before].lines[line].text == p.diff.sides[after].lines[r.lines[after]].text {
				found = r.lines[after]
			}
		}
		p.text(on, s, line, found)
	}
	return p.end(on)
}

// mark draws the first cell of a row.
func (p *pen) mark(on themes.Surface, cursor bool) {
	if cursor {
		p.put(on, themes.Active, p.Glyphs().Cursor)
		return
	}
	p.put(on, themes.Text, " ")
}

// number draws the number of a line, counted from 1.
func (p *pen) number(on themes.Surface, line int32, cursor bool) {
	if cursor {
		on = themes.Cursor
	}
	text := ""
	if line >= 0 {
		text = strconv.Itoa(int(line) + 1)
	}
	p.put(on, themes.LineNumber, strings.Repeat(" ", max(0, p.digits-len(text)))+text+" ")
}

func (p *pen) sign(on themes.Surface) {
	switch on {
	case themes.Added:
		p.put(on, themes.SignAdded, "+ ")
	case themes.Removed:
		p.put(on, themes.SignRemoved, "- ")
	default:
		p.put(on, themes.Text, "  ")
	}
}

// cut shortens a text to a width, and says so.
func (p *pen) cut(s string, width int) string {
	return ansi.Truncate(s, width, p.Glyphs().Ellipsis)
}
