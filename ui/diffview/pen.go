package diffview

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/evenkeel/evenkeel/themes"
)

// pen draws lines, one after the other.
type pen struct {
	*themes.Theme
	diff    *Diff
	finds   *finds
	focused bool

	beside  bool
	half    int   // how wide a side is
	digits  int   // of a line number
	numbers int   // how many columns of them there are
	room    int   // how wide the text is
	left    int32 // the first cell of the text that is shown

	b      strings.Builder
	rest   int // the cells of the line that are still free
	tokens []token
}

// line begins a line of so many cells.
func (p *pen) line(width int) {
	p.b.Reset()
	p.b.Grow(width * 3)
	p.rest = width
}

// end fills the line on a surface.
func (p *pen) end(on themes.Surface) string {
	if p.rest > 0 {
		p.put(on, themes.Text, strings.Repeat(" ", p.rest))
	}
	return p.b.String()
}

// put adds a text that is clean, or as much of it as there is room for.
func (p *pen) put(on themes.Surface, role themes.Role, s string) {
	w := len(s)
	if !isASCII(s) {
		w = ansi.StringWidth(s)
	}
	if w > p.rest {
		s = p.cut(s, p.rest)
		w = ansi.StringWidth(s)
	}
	p.rest -= w
	p.b.WriteString(p.Paint(on, role, s))
}

// look is what a character of a line looks like.
type look struct {
	on   themes.Surface
	role themes.Role
}

// text adds the part of a line that is in sight; found is the line under which
// the finds in it are listed, or -1.
func (p *pen) text(on themes.Surface, s int, i, found int32) {
	if p.rest <= 0 {
		return
	}
	side := &p.diff.sides[s]
	l := &side.lines[i]
	from, to := p.left, p.left+int32(p.rest)
	cutLeft, cutRight := from > 0 && l.width > 0, l.width > to
	if cutLeft {
		p.put(on, themes.Dim, p.Glyphs().Left)
		from++
	}
	if cutRight {
		to--
	}
	if from < to {
		in := p.inks(on, s, i, found)
		p.cells(side, i, from, to, &in)
	}
	if cutRight {
		p.put(on, themes.Text, strings.Repeat(" ", max(0, p.rest-1)))
		p.put(on, themes.Dim, p.Glyphs().Right)
	}
}

// cells adds the characters of a line between two of its cells. Half of a wide
// character is a space.
func (p *pen) cells(side *side, i, from, to int32, in *inks) {
	text := side.lines[i].text
	start := side.stopBefore(i, from)
	at, cell := int(start.at), start.cell
	begun, now, end := at, look{}, ""
	open := false
	flush := func(upTo int) {
		if open {
			p.b.WriteString(text[begun:upTo])
			p.b.WriteString(end)
		}
		begun, open = upTo, false
	}
	for at < len(text) && cell < to {
		n, w := cluster(text[at:])
		if next := cell + int32(w); cell < from || next > to {
			flush(at)
			if shown := min(next, to) - max(cell, from); shown > 0 {
				p.put(in.on, themes.Text, strings.Repeat(" ", int(shown)))
			}
		} else {
			if l := in.at(int32(at)); !open || l != now {
				flush(at)
				var code string
				code, end = p.Codes(l.on, l.role)
				p.b.WriteString(code)
				now, open = l, true
			}
			p.rest -= w
		}
		at, cell = at+n, cell+int32(w)
	}
	flush(at)
}

// inks say how each byte of a line is drawn. They are asked in order.
type inks struct {
	on, part themes.Surface
	tokens   []token
	parts    []span
	finds    []find
	now      int // which of finds one stands at, or negative
}

func (p *pen) inks(on themes.Surface, s int, i, found int32) inks {
	in := inks{on: on, part: on, now: -1}
	side := &p.diff.sides[s]
	if side.states != nil {
		p.tokens = side.states[i].tokens(side.lines[i].text, p.tokens)
		in.tokens = p.tokens
	}
	switch on {
	case themes.Added:
		in.part, in.parts = themes.AddedPart, p.diff.parts[s][i]
	case themes.Removed:
		in.part, in.parts = themes.RemovedPart, p.diff.parts[s][i]
	}
	if found >= 0 {
		if on == themes.Screen {
			s = after
		}
		in.finds, in.now = p.finds.of(s, found)
	}
	return in
}

func (in *inks) at(at int32) look {
	l := look{in.on, themes.Text}
	for len(in.tokens) > 0 && in.tokens[0].to <= at {
		in.tokens = in.tokens[1:]
	}
	if len(in.tokens) > 0 && in.tokens[0].from <= at {
		l.role = in.tokens[0].role
	}
	for len(in.parts) > 0 && in.parts[0].to <= at {
		in.parts = in.parts[1:]
	}
	if len(in.parts) > 0 && in.parts[0].from <= at {
		l.on = in.part
	}
	for len(in.finds) > 0 && in.finds[0].to <= at {
		in.finds = in.finds[1:]
		in.now--
	}
	if len(in.finds) > 0 && in.finds[0].from <= at {
		l.role = themes.Match
		if in.now == 0 {
			l.on = themes.Found
		}
	}
	return l
}
