package diffview

import "fmt"

// View shows a Diff, and knows where in it one is. The zero View shows nothing
// yet; it is used from one goroutine.
type View struct {
	diff   *Diff
	rows   []row
	opened map[int32]bool // blocks that are not folded though others are
	folded bool
	side   bool // side by side is wanted
	beside bool // side by side is shown

	cursor int // a row
	offset int // the first row shown
	left   int // the first cell of the text shown
	width  int // as drawn last; 0 before
	height int // of the rows, as drawn last
	top    int // lines above the rows, as drawn last
	room   int // of the text of a line, as drawn last

	come bool // the cursor came from elsewhere: show what is around it
	look *target

	finds finds
}

// target is a piece of text to scroll to sideways.
type target struct {
	side int
	line int32
	span
}

// margin is how many rows stay in sight above and below the cursor, where there
// is room.
const margin = 2

// Set shows another difference, from its first change on.
func (v *View) Set(d *Diff) {
	v.diff, v.opened, v.left, v.cursor, v.offset = d, nil, 0, 0, 0
	v.come, v.look = false, nil
	v.finds.clear()
	v.list()
	for i, r := range v.rows {
		if d.blocks[r.block].change >= 0 {
			v.jump(i)
			break
		}
	}
}

// Update shows a newer state of the same difference, and stays where one is.
func (v *View) Update(d *Diff) {
	if v.diff == nil || d == nil || len(v.rows) == 0 {
		v.Set(d)
		return
	}
	if len(d.blocks) != len(v.diff.blocks) {
		v.opened = nil
	}
	v.look = nil
	v.holding(func() { v.diff = d })
	if v.finds.query != "" {
		v.finds.list(d, v.finds.query)
	}
}

// Diff is what is shown; nil when nothing was set.
func (v *View) Diff() *Diff { return v.diff }

// list makes the rows anew.
func (v *View) list() {
	v.rows = nil
	if v.diff != nil && v.diff.changes > 0 {
		v.rows = v.diff.rows(v.beside, v.folded, v.opened)
	}
}

// holding makes a change to what is listed, with the cursor staying on its line
// and the line on its place on the screen.
func (v *View) holding(change func()) {
	var at row
	if v.cursor < len(v.rows) {
		at = v.rows[v.cursor]
	}
	height := v.cursor - v.offset
	change()
	v.list()
	v.cursor = v.rowOf(at)
	v.offset = v.cursor - height
}

// rowOf is the row that shows what another list's row shows, or is near it.
func (v *View) rowOf(other row) int {
	if other.kind == noteRow {
		for i, r := range v.rows {
			if r.kind == noteRow && r.block >= other.block {
				return i
			}
		}
		return max(0, min(v.cursor, len(v.rows)-1))
	}
	s := before
	if other.lines[before] < 0 {
		s = after
	}
	return v.rowOfLine(s, other.lines[s])
}

// rowOfLine is the row that shows a line of a side or, when it is folded or no
// longer there, the last one above it.
func (v *View) rowOfLine(s int, line int32) int {
	found := 0
	for i, r := range v.rows {
		if r.lines[s] > line {
			break
		}
		if r.lines[s] >= 0 {
			found = i
		}
	}
	return found
}

// jump goes to a row, and shows what is around it.
func (v *View) jump(i int) {
	v.cursor, v.come, v.look = i, true, nil
	r := v.rows[i]
	for s, line := range r.lines {
		if line < 0 || v.diff.blocks[r.block].change < 0 {
			continue
		}
		v.look = &target{side: s, line: line}
		if parts := v.diff.parts[s][line]; len(parts) > 0 {
			v.look.span = parts[0]
			return
		}
	}
}

// Move moves the cursor so many lines down, and what is shown along with it.
func (v *View) Move(lines int) {
	v.cursor = v.bound(v.cursor + lines)
	v.follow()
}

// Scroll moves what is shown so many lines down, and the cursor only when it
// would come too close to the first or last of them.
func (v *View) Scroll(lines int) {
	v.come = false
	v.offset = v.boundOffset(v.offset + lines)
	first, last := v.offset, v.offset+max(1, v.height)-1
	if v.offset > 0 {
		first += v.keep()
	}
	if last < len(v.rows)-1 {
		last -= v.keep()
	}
	v.cursor = v.bound(max(first, min(v.cursor, last)))
}

// Page goes so many pages down.
func (v *View) Page(n int) {
	step := n * max(1, v.height-2)
	v.offset = v.boundOffset(v.offset + step)
	v.Move(step)
}

// Top goes to the first line.
func (v *View) Top() { v.Move(-len(v.rows)) }

// Bottom goes to the last line.
func (v *View) Bottom() { v.Move(len(v.rows)) }

// Sideways scrolls so many cells to the right.
func (v *View) Sideways(cells int) {
	v.look = nil
	v.left = v.boundLeft(v.left + cells)
}

// Next goes to the next change, and tells whether there is one.
func (v *View) Next() bool {
	for i := v.cursor + 1; i < len(v.rows); i++ {
		if v.starts(i) {
			v.jump(i)
			return true
		}
	}
	return false
}

// Previous goes to where the change that one is in begins or, from there, to
// the one before it. It tells whether there is one.
func (v *View) Previous() bool {
	for i := min(v.cursor, len(v.rows)) - 1; i >= 0; i-- {
		if v.starts(i) {
			v.jump(i)
			return true
		}
	}
	return false
}

// starts tells whether a change begins at a row.
func (v *View) starts(i int) bool {
	r := v.rows[i]
	return v.diff.blocks[r.block].change >= 0 && (i == 0 || v.rows[i-1].block != r.block)
}

// SetSide asks for side by side, or for unified. What is too narrow for side by
// side is shown unified, and says so.
func (v *View) SetSide(on bool) { v.side = on }

// Side tells whether side by side is asked for.
func (v *View) Side() bool { return v.side }

// SetFold folds all that is unchanged and not close to a change, or opens it.
func (v *View) SetFold(on bool) {
	v.holding(func() { v.folded, v.opened = on, nil })
}

// Folded tells whether what is unchanged is folded.
func (v *View) Folded() bool { return v.folded }

// Toggle opens the fold at the cursor, or closes the one that the cursor is in.
// It tells whether there was one.
func (v *View) Toggle() bool {
	if !v.folded || v.cursor >= len(v.rows) {
		return false
	}
	r := v.rows[v.cursor]
	if r.kind != foldRow && !v.opened[r.block] {
		return false
	}
	if v.opened == nil {
		v.opened = map[int32]bool{}
	}
	v.holding(func() { v.opened[r.block] = !v.opened[r.block] })
	return true
}

// Click moves the cursor to the line that is drawn so many lines below the
// first, counted from 0, and opens it when it is a fold.
func (v *View) Click(line int) {
	line -= v.top
	i := v.offset + line
	if line < 0 || line >= v.height || i >= len(v.rows) {
		return
	}
	v.cursor, v.come = i, false
	if v.rows[i].kind == foldRow {
		v.Toggle()
	}
}

// Changes is how many places differ.
func (v *View) Changes() int {
	if v.diff == nil {
		return 0
	}
	return v.diff.changes
}

// Position says in words where one is: "change 2 of 5", or between them "5 changes".
func (v *View) Position() string {
	if v.diff == nil {
		return ""
	}
	n := v.diff.changes
	if v.cursor < len(v.rows) {
		if at := v.diff.blocks[v.rows[v.cursor].block].change; at >= 0 {
			return fmt.Sprintf("change %d of %d", at+1, n)
		}
	}
	switch n {
	case 0:
		return "no changes"
	case 1:
		return "1 change"
	}
	return fmt.Sprintf("%d changes", n)
}

// Extent says which of how many lines are shown.
func (v *View) Extent() (from, shown, of int) {
	return v.offset, min(v.height, len(v.rows)-v.offset), len(v.rows)
}

// Copy is the change one is at with what is around it, or all that differs when
// one is at none, as unified text.
func (v *View) Copy() string {
	if v.diff == nil {
		return ""
	}
	if v.cursor < len(v.rows) {
		if at := v.rows[v.cursor].block; v.diff.blocks[at].change >= 0 {
			return v.diff.hunk(at)
		}
	}
	return v.diff.Unified()
}

func (v *View) bound(i int) int { return max(0, min(i, len(v.rows)-1)) }

func (v *View) boundOffset(i int) int { return max(0, min(i, len(v.rows)-max(1, v.height))) }

func (v *View) boundLeft(cells int) int {
	if v.diff == nil {
		return 0
	}
	widest := max(v.diff.sides[before].widest, v.diff.sides[after].widest)
	return max(0, min(cells, int(widest)-v.room))
}

// keep is how many rows stay in sight above and below the cursor.
func (v *View) keep() int { return min(margin, max(0, (v.height-1)/2)) }

// follow scrolls as little as it takes to see the cursor.
func (v *View) follow() {
	v.come = false
	v.offset = min(v.offset, v.cursor-v.keep())
	v.offset = max(v.offset, v.cursor+v.keep()-max(1, v.height)+1)
	v.offset = v.boundOffset(v.offset)
}

// arrive scrolls, when the change that the cursor came to can't be seen as it
// is, so that there is more below the cursor than above.
func (v *View) arrive() {
	last := v.cursor
	for last+1 < len(v.rows) && v.rows[last+1].block == v.rows[v.cursor].block && last < v.cursor+v.height/2 {
		last++
	}
	if v.cursor < v.offset+min(margin, v.height/4) || last >= v.offset+v.height-min(margin, v.height/4) {
		v.offset = v.cursor - v.height/4
	}
	v.follow()
}

// lookAt scrolls sideways as much as it takes to see what one came for.
func (v *View) lookAt(t target) {
	side := &v.diff.sides[t.side]
	from, to := int(side.cellOf(t.line, t.from)), int(side.cellOf(t.line, t.to))
	if from < v.left || to > v.left+v.room {
		v.left = 0
		if to > v.room {
			v.left = v.boundLeft(max(0, min(from-v.room/4, from)))
		}
	}
}
