package screen

import (
	"strconv"

	"github.com/charmbracelet/x/ansi"
)

// painter knows what the terminal shows and works out the bytes that turn it
// into another frame. It writes nothing itself.
//
// A row whose line is the same string as before is not looked at. Others are
// compared cell by cell. Scroll regions are left alone: they are as wide as
// the terminal, while the lists of the console stand side by side.
type painter struct {
	width, height int
	rows          []row
	spare         []cell // for the next line that is parsed
	out           []byte

	x, y   int    // where the terminal's cursor is; -1 is unknown
	pen    string // the style in force
	cursor *Point // the text cursor as the terminal shows it
}

// row is what one row of the terminal shows.
type row struct {
	line  string
	cells []cell
	moot  bool // has a cell on whose width terminals disagree
	known bool
}

// The shortest runs for which erasing is shorter than spaces, and the widest
// gap that is repeated rather than jumped.
const (
	eraseLine = 4
	eraseRun  = 13
	jump      = 4
)

// resize sets the size; everything is painted anew.
func (p *painter) resize(width, height int) {
	p.width, p.height = max(width, 0), max(height, 0)
	p.rows = make([]row, p.height)
	p.forget()
}

// forget makes the next frame be painted whole, whatever the terminal shows.
func (p *painter) forget() {
	for i := range p.rows {
		r := &p.rows[i]
		r.known, r.moot = false, false
		r.cells = r.cells[:0]
		for range p.width {
			r.cells = append(r.cells, unknown)
		}
	}
	p.x, p.y = -1, -1
}

// paint returns what to write so that the terminal shows the lines and the
// cursor: nothing when it does already. The bytes are good until the next
// call.
func (p *painter) paint(lines []string, cursor *Point) []byte {
	p.out = p.out[:0]
	for y := range p.rows {
		line := ""
		if y < len(lines) {
			line = lines[y]
		}
		r := &p.rows[y]
		if r.known && r.line == line {
			continue
		}
		next := parse(p.spare[:0], line, p.width)
		moot := hasMoot(next)
		p.row(y, r.cells, next, moot || r.moot)
		p.spare = r.cells
		*r = row{line: line, cells: next, moot: moot, known: true}
	}
	p.style("")
	p.place(cursor)
	if len(p.out) > 0 {
		p.out = append(p.out, ansi.ResetModeSynchronizedOutput...)
	}
	return p.out
}

// row paints what differs between two rows; whole is to paint all that comes
// after the first difference.
func (p *painter) row(y int, old, next []cell, whole bool) {
	tail := len(next) // from here on it is blank
	for tail > 0 && next[tail-1] == blank {
		tail--
	}
	differs := false
	for x := 0; x < len(next); {
		differs = whole && differs || old[x] != next[x]
		switch {
		case !differs || next[x].width == 0:
			x++
		case x >= tail && len(next)-x >= eraseLine:
			p.move(x, y, next)
			p.style("")
			p.out = append(p.out, ansi.EraseLineRight...)
			return
		default:
			p.move(x, y, next)
			if n := blanks(old[x:], next[x:]); n >= eraseRun {
				p.style("")
				p.out = append(p.out, "\x1b["...)
				p.out = strconv.AppendInt(p.out, int64(n), 10)
				p.out = append(p.out, 'X')
				x += n
			} else {
				p.put(next[x])
				x += next[x].width
			}
		}
	}
}

// blanks returns how many columns from the first on are to be blank, up to the
// last that is not so yet.
func blanks(old, next []cell) int {
	n := 0
	for i := range next {
		if next[i] != blank {
			break
		}
		if old[i] != blank {
			n = i + 1
		}
	}
	return n
}

// put writes one cell where the cursor is.
func (p *painter) put(c cell) {
	p.style(c.style)
	if c.moot {
		// A terminal that takes it for narrower would leave a column as it was,
		// and the cursor may be anywhere afterwards.
		x := p.x
		for range c.width {
			p.out = append(p.out, ' ')
		}
		p.column(x)
		p.out = append(p.out, c.text...)
		p.x = -1
		return
	}
	p.out = append(p.out, c.text...)
	p.x += c.width
	if p.x >= p.width {
		p.x = -1 // terminals differ in where the cursor rests at the edge
	}
}

// move brings the cursor to a cell. A few cells of the same look between here
// and there are written again, for that is shorter.
func (p *painter) move(x, y int, cells []cell) {
	p.begin()
	switch {
	case p.y != y:
		p.out = append(p.out, "\x1b["...)
		p.out = strconv.AppendInt(p.out, int64(y+1), 10)
		if x > 0 {
			p.out = append(p.out, ';')
			p.out = strconv.AppendInt(p.out, int64(x+1), 10)
		}
		p.out = append(p.out, 'H')
	case p.x == x:
	case p.x >= 0 && p.x < x && x-p.x <= jump && p.cheap(cells[p.x:x]):
		for _, c := range cells[p.x:x] {
			p.out = append(p.out, c.text...)
		}
	default:
		p.column(x)
	}
	p.x, p.y = x, y
}

// column brings the cursor to a column of its row.
func (p *painter) column(x int) {
	p.out = append(p.out, "\x1b["...)
	p.out = strconv.AppendInt(p.out, int64(x+1), 10)
	p.out = append(p.out, 'G')
	p.x = x
}

// cheap reports whether cells are one byte each in the style in force.
func (p *painter) cheap(cells []cell) bool {
	for _, c := range cells {
		if len(c.text) != 1 || c.style != p.pen {
			return false
		}
	}
	return true
}

// style changes the pen. A style is always put on from the plain one, so that
// two styles never mix.
func (p *painter) style(style string) {
	if style == p.pen {
		return
	}
	switch {
	case style == "":
		p.out = append(p.out, ansi.ResetStyle...)
	case p.pen != "":
		p.out = append(p.out, "\x1b[0;"...)
		p.out = append(p.out, style[2:]...)
	default:
		p.out = append(p.out, style...)
	}
	p.pen = style
}

// place shows the text cursor or hides it.
func (p *painter) place(cursor *Point) {
	if cursor != nil && (cursor.X < 0 || cursor.Y < 0 || cursor.X >= p.width || cursor.Y >= p.height) {
		cursor = nil
	}
	switch {
	case cursor == nil && p.cursor == nil, cursor != nil && p.cursor != nil && *cursor == *p.cursor:
		return
	case cursor == nil:
		p.begin()
	default:
		p.begin()
		p.move(cursor.X, cursor.Y, p.rows[cursor.Y].cells)
		p.out = append(p.out, ansi.SetModeTextCursorEnable...)
		at := *cursor
		p.cursor = &at
	}
}

// begin opens a frame, once. The text cursor is not to be seen wandering.
func (p *painter) begin() {
	if len(p.out) > 0 {
		return
	}
	p.out = append(p.out, ansi.SetModeSynchronizedOutput...)
	if p.cursor != nil {
		p.out = append(p.out, ansi.ResetModeTextCursorEnable...)
		p.cursor = nil
	}
}

func hasMoot(cells []cell) bool {
	for i := range cells {
		if cells[i].moot {
			return true
		}
	}
	return false
}
