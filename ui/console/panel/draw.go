package panel

import (
	"cmp"
	"strings"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// lead is the room for marks and glyph before the first column of a row.
const lead = 3

// readable is how much of a name is kept as long as another column could go.
const readable = 12

// surface is what a row lies on.
func surface(c widget.Canvas, chosen, marked bool) themes.Surface {
	switch {
	case chosen && c.Focused:
		return themes.Cursor
	case chosen:
		return themes.Chosen
	case marked:
		return themes.Marked
	}
	return themes.Screen
}

// healthOf shows a health; of what is not live there is none to show.
func healthOf(c widget.Canvas, h engine.Health) widget.Status {
	if h == "" {
		return widget.Status{}
	}
	return c.HealthStatus(h)
}

// tell is the glyph and the word of a status, those that it has.
func tell(s widget.Status) string {
	if s.Glyph == "" {
		return s.Word
	}
	return s.String()
}

// longest is the first of the texts, from the longest to the shortest, that
// fits; the last one when none does.
func longest(room int, texts ...string) string {
	for _, s := range texts {
		if widget.Width(s) <= room {
			return s
		}
	}
	return texts[len(texts)-1]
}

// noteRoom is how many cells a box leaves for the note behind its title.
func noteRoom(c widget.Canvas, b widget.Box) int {
	return c.Width - 10 - widget.Width(b.Number) - widget.Width(b.Title)
}

// say writes sentences in place of rows: the first one tells what is going on,
// the others what to do about it.
func say(c widget.Canvas, role themes.Role, sentences ...string) []string {
	var lines []string
	in := c.Size(c.Width-2, c.Height)
	for _, s := range sentences {
		if s == "" {
			continue
		}
		for _, part := range widget.Wrap(s, in.Width) {
			lines = append(lines, c.Row(themes.Screen).Gap(1).Fit(role, part, in.Width).String())
		}
		role = themes.Dim
	}
	return c.Fill(lines)
}

// joined puts facts on one line, those that there are.
func joined(c widget.Canvas, facts ...string) string {
	var b strings.Builder
	for _, f := range facts {
		if f == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(" " + c.Glyphs().Dot + " ")
		}
		b.WriteString(f)
	}
	return b.String()
}

// called is a name made clean; one of which nothing is left has a mark for it.
func called(name string) string { return cmp.Or(ui.Clean(name), "?") }

// lines keeps drawn rows: a row that has not changed is not drawn again. K is
// all that a row depends on, apart from what all rows of the list do.
type lines[K comparable] struct {
	shared any // what all rows depend on
	drawn  map[K]string
}

// linesKept bounds the cache. It is more than any screen shows.
const linesKept = 512

// use forgets the rows when something has changed on which all depend.
func (l *lines[K]) use(shared any) {
	if l.shared != shared || len(l.drawn) > linesKept {
		l.shared, l.drawn = shared, map[K]string{}
	}
}

// get is the drawn row, drawn now when it was not before.
func (l *lines[K]) get(k K, draw func() string) string {
	s, ok := l.drawn[k]
	if !ok {
		s = draw()
		l.drawn[k] = s
	}
	return s
}
