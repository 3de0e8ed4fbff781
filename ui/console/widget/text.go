package widget

import (
	"fmt"
	"strings"

	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
)

// Text is a long text that is looked at through a window: YAML, a log, events.
// Only the lines in the window are ever measured or drawn, however many there
// are.
type Text struct {
	// Paint styles one line that is seen. It may add styles but no cells. Lines
	// are Text where it is nil.
	Paint func(c Canvas, line string) string

	// Lines are numbered from the first one that was ever appended: lines[0] has
	// the number base, which is also how many were dropped before it.
	lines []string
	base  int
	limit int

	top, row int // the first line seen, and which of its rows when it is wrapped
	left     int // the first column seen
	wrap     bool
	follow   bool // stay at the end while at the end
	end      bool // at the end

	width, height int // of the last view
	widest        int // of the lines in it
	shown         int // how many there were

	found found
}

// longLine is how many bytes of a line are drawn in one piece; the rest follows
// as lines of their own, so that no line can make a frame late.
const longLine = 4096

// SetLines replaces the text. What is seen stays where it is. The slice is kept
// and must not be changed any more.
func (t *Text) SetLines(lines []string) {
	t.lines = broken(lines)
	t.base = 0
	t.drop()
	t.found.again(t)
}

// Append adds lines at the end.
func (t *Text) Append(lines ...string) {
	if len(lines) == 0 {
		return
	}
	from := t.base + len(t.lines)
	t.lines = append(t.lines, broken(lines)...)
	t.drop()
	t.found.add(t, from)
}

// SetLimit says how many lines are kept; the oldest are dropped. 0 keeps all.
func (t *Text) SetLimit(n int) {
	t.limit = n
	t.drop()
}

// Count is how many lines there are.
func (t *Text) Count() int { return len(t.lines) }

func (t *Text) drop() {
	if n := len(t.lines) - t.limit; t.limit > 0 && n > 0 {
		t.lines = t.lines[n:]
		t.base += n
		t.found.drop(t.base)
	}
}

// broken breaks lines that are too long to be drawn in one piece.
func broken(lines []string) []string {
	for i, line := range lines {
		if len(line) <= longLine {
			continue
		}
		out := append(make([]string, 0, len(lines)+len(line)/longLine), lines[:i]...)
		for _, line := range lines[i:] {
			for len(line) > longLine {
				at := longLine
				for at > longLine-4 && line[at]&0xc0 == 0x80 { // not inside a rune
					at--
				}
				out = append(out, line[:at])
				line = line[at:]
			}
			out = append(out, line)
		}
		return out
	}
	return lines[:len(lines):len(lines)]
}

// SetWrap says whether lines that are too long are wrapped, or cut and scrolled
// sideways.
func (t *Text) SetWrap(on bool) {
	t.wrap, t.row, t.left = on, 0, 0
}

// Wrapped tells whether long lines are wrapped.
func (t *Text) Wrapped() bool { return t.wrap }

// Follow says whether what is seen stays at the end when lines are appended. It
// goes there at once; scrolling up pauses it until one is back at the end.
func (t *Text) Follow(on bool) {
	t.follow = on
	if on {
		t.Bottom()
	}
}

// Following tells whether appended lines will be seen.
func (t *Text) Following() bool { return t.follow && t.end }

// first is the number of the first line, which is a note when lines were dropped.
func (t *Text) first() int { return max(0, t.base-1) }

// last is the number of the last line.
func (t *Text) last() int { return t.base + len(t.lines) - 1 }

// line returns a line by its number.
func (t *Text) line(i int) string {
	if i < t.base {
		if t.base == 1 {
			return "1 earlier line was dropped"
		}
		return fmt.Sprintf("%d earlier lines were dropped", t.base)
	}
	return t.lines[i-t.base]
}

// rows is how many rows a line takes.
func (t *Text) rows(i int) int {
	if !t.wrap || t.width <= 0 || len(t.line(i)) <= t.width {
		return 1
	}
	return len(pieces(t.line(i), t.width, t.width-wrapMargin))
}

// wrapMargin is the room for the mark before the rest of a line.
const wrapMargin = 2

// Scroll moves what is seen so many rows down.
func (t *Text) Scroll(n int) {
	t.settle()
	for ; n < 0 && (t.row > 0 || t.top > t.first()); n++ {
		t.end = false
		if t.row--; t.row < 0 {
			t.top--
			t.row = t.rows(t.top) - 1
		}
	}
	for ; n > 0 && t.top <= t.last(); n-- {
		if t.row++; t.row >= t.rows(t.top) {
			t.top++
			t.row = 0
		}
	}
	t.settle()
}

// Page moves what is seen so many pages down.
func (t *Text) Page(n int) { t.Scroll(n * max(1, t.height-1)) }

// Top goes to the first line.
func (t *Text) Top() {
	t.top, t.row, t.end = t.first(), 0, false
	t.settle()
}

// Bottom goes to the last line.
func (t *Text) Bottom() {
	t.top, t.row, t.end = t.last()+1, 0, true
	t.settle()
}

// sideways is how many columns one goes to the side.
const sideways = 8

// Left shows what is further left.
func (t *Text) Left() { t.left = max(0, t.left-sideways) }

// Right shows what is further right, if there is anything.
func (t *Text) Right() {
	if !t.wrap && t.widest > t.left+t.width {
		t.left += sideways
	}
}

// Do moves about in the text.
func (t *Text) Do(a keymap.Action) bool {
	switch a {
	case keymap.Up:
		t.Scroll(-1)
	case keymap.Down:
		t.Scroll(1)
	case keymap.PageUp:
		t.Page(-1)
	case keymap.PageDown:
		t.Page(1)
	case keymap.Top:
		t.Top()
	case keymap.Bottom:
		t.Bottom()
	case keymap.Left, keymap.Right:
		if t.wrap {
			return false
		}
		if a == keymap.Left {
			t.Left()
		} else {
			t.Right()
		}
	default:
		return false
	}
	return true
}

// Position says which lines are seen, for a Box: the first one, how many, and
// out of how many.
func (t *Text) Position() (from, shown, of int) {
	return t.top - t.first(), t.shown, t.last() + 1 - t.first()
}

// settle keeps what is seen within the text: the last page is a full one, and
// at the end it is the last one.
func (t *Text) settle() {
	if t.follow && t.end {
		t.top, t.row = t.last()+1, 0
	}
	if t.top < t.first() {
		t.top, t.row = t.first(), 0
	}
	if t.top <= t.last() {
		t.row = min(t.row, t.rows(t.top)-1)
	}
	line, row := t.lastPage()
	t.end = t.top > line || t.top == line && t.row >= row
	if t.end {
		t.top, t.row = line, row
	}
}

// lastPage is where the last page begins: a line and one of its rows.
func (t *Text) lastPage() (line, row int) {
	line = t.last() + 1
	if t.top+t.height < line {
		return line - t.height, 0 // or below, and that is all one wants to know
	}
	for need := t.height; need > 0 && line > t.first(); {
		line--
		rows := t.rows(line)
		row = max(0, rows-need)
		need -= rows
	}
	return line, row
}

// View draws the part of the text that is seen.
func (t *Text) View(c Canvas) []string {
	t.width, t.height = c.Width, c.Height
	t.settle()
	out := make([]string, 0, c.Height)
	t.widest, t.shown = 0, 0
	row := t.row
	for i := t.top; i <= t.last() && len(out) < c.Height; i++ {
		t.shown++
		out = t.draw(c, out, i, row)
		row = 0
	}
	return c.Fill(out)
}

// draw appends the rows of a line, beginning with one of them.
func (t *Text) draw(c Canvas, out []string, i, row int) []string {
	line := t.line(i)
	w := Width(line)
	t.widest = max(t.widest, w)
	switch {
	case w <= c.Width && t.left == 0:
		return append(out, t.styled(c, i, 0, len(line))+spaces(c.Width-w))
	case !t.wrap:
		return append(out, t.window(c, i, w))
	}
	mark := c.Paint(themes.Screen, themes.Dim, c.Glyphs().Wrap+" ")
	strand := c.strand(t.styled(c, i, 0, len(line)))
	at := 0
	for n, p := range pieces(line, c.Width, c.Width-wrapMargin) {
		strand.skip(p.start - at)
		part := strand.take(p.end - p.start)
		at = p.end
		if n < row || len(out) == c.Height {
			continue
		}
		if n > 0 && c.Width > wrapMargin {
			part, p.width = mark+part, p.width+wrapMargin
		}
		if p.width > c.Width { // one character that is wider than all there is
			part, p.width = "", 0
		}
		out = append(out, part+spaces(c.Width-p.width))
	}
	return out
}

// window is the part of a line of that width that is seen when it is not
// wrapped. Marks at its ends say that there is more.
func (t *Text) window(c Canvas, i, w int) string {
	from, to := t.left, t.left+c.Width
	before, behind := "", ""
	if from > 0 && from < to && w > 0 {
		before = c.Paint(themes.Screen, themes.Dim, c.Glyphs().Left)
		from++
	}
	if w > to && to > from {
		behind = c.Paint(themes.Screen, themes.Dim, c.Glyphs().Right)
		to--
	}
	start, end, half, width := stretch(t.line(i), from, max(from, to))
	strand := c.strand(t.styled(c, i, start, end))
	strand.skip(start)
	return before + spaces(half) + strand.take(end-start) + spaces(to-from-half-width) + behind
}

// styled is a line with its styles, and with those matches highlighted that
// are between two of its bytes.
func (t *Text) styled(c Canvas, i, from, to int) string {
	line := t.line(i)
	if i < t.base {
		return c.Paint(themes.Screen, themes.Dim, line)
	}
	styled := ""
	if t.Paint != nil {
		styled = t.Paint(c, line)
	} else {
		styled = c.Paint(themes.Screen, themes.Text, line)
	}
	matches := t.found.on(i)
	if len(matches) == 0 {
		return styled
	}
	var b strings.Builder
	strand := c.strand(styled)
	at := 0
	for _, m := range matches {
		if m.end <= from || m.start >= to {
			continue
		}
		on := themes.Screen
		if m == t.found.current() {
			on = themes.Found
		}
		start, end := whole(line, at, m.start, m.end)
		b.WriteString(strand.take(start - at))
		b.WriteString(c.Paint(on, themes.Match, line[start:end]))
		strand.skip(end - start)
		at = end
	}
	b.WriteString(strand.take(len(line) - at))
	return b.String()
}
