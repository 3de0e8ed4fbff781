package detail

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// span is a piece of a line in one role. Its text is clean.
type span struct {
	role themes.Role
	text string
}

// said is a span of the panel's own words.
func said(role themes.Role, text string) span { return span{role, text} }

// told is a span of words from outside.
func told(role themes.Role, text string) span { return span{role, ui.Clean(text)} }

// shown is a span for a status.
func shown(s widget.Status) span { return span{s.Role, s.String()} }

// prose is lines of text laid out for the width of a canvas.
type prose struct {
	c     widget.Canvas
	lines []string
}

// blank adds an empty line, but never two, and none at the beginning.
func (p *prose) blank() {
	if n := len(p.lines); n > 0 && p.lines[n-1] != widget.Blank(p.c.Width) {
		p.lines = append(p.lines, widget.Blank(p.c.Width))
	}
}

// heading adds a line that names what follows.
func (p *prose) heading(text string) {
	p.blank()
	p.line(0, said(themes.Title, text))
}

// line adds spans on one line; what has no room is cut.
func (p *prose) line(indent int, spans ...span) {
	r := p.c.Row(themes.Screen).Gap(indent + 1)
	for _, s := range spans {
		if room := r.Room() - 1; widget.Width(s.text) > room {
			r.Fit(s.role, s.text, room)
			break
		}
		r.Add(s.role, s.text)
	}
	p.lines = append(p.lines, r.String())
}

// sides adds a line with something at its right end, if there is room for both.
func (p *prose) sides(left, right []span) {
	room := p.c.Width - 2 - spansWidth(left) - spansWidth(right)
	if room < 2 {
		p.wrap(0, left...)
		return
	}
	p.line(0, append(append(left, said(themes.Text, widget.Blank(room))), right...)...)
}

// fact adds a named value, wrapped beside its name.
func (p *prose) fact(label string, spans ...span) {
	p.flow(said(themes.Label, label), min(labelWidth, p.c.Width/3), spans)
}

// labelWidth is the column in which the values of facts begin.
const labelWidth = 13

// wrap adds spans on as many lines as they take, all of them indented.
func (p *prose) wrap(indent int, spans ...span) { p.flow(span{}, indent, spans) }

// flow adds spans on as many lines as they take, broken between words. A head
// stands in the indentation of the first; one column is left free at both ends.
func (p *prose) flow(head span, indent int, spans []span) {
	room := p.c.Width - indent - 2
	if room < 1 || spansWidth(spans) == 0 {
		return
	}
	r := p.c.Row(themes.Screen).Gap(1).Fit(head.role, p.c.Fit(head.text, indent-1), indent)
	used := 0
	flush := func() {
		p.lines = append(p.lines, r.String())
		r, used = p.c.Row(themes.Screen).Gap(indent+1), 0
	}
	for _, s := range spans {
		for _, word := range words(s.text) {
			bare := strings.TrimRight(word, " ")
			if used > 0 && used+widget.Width(bare) > room {
				flush()
			}
			for widget.Width(bare) > room { // no line is long enough for it
				part := ansi.Truncate(bare, room, "")
				if part == "" {
					break
				}
				r.Add(s.role, strings.ReplaceAll(part, tied, " "))
				bare, word = bare[len(part):], word[len(part):]
				flush()
			}
			word = word[:min(len(word), len(bare)+max(0, room-used-widget.Width(bare)))]
			r.Add(s.role, strings.ReplaceAll(word, tied, " "))
			used += widget.Width(word)
		}
	}
	if used > 0 {
		flush()
	}
}

// tied is a space at which no line is broken.
const tied = "\u00a0"

// words cuts a text behind its spaces.
func words(s string) []string {
	var out []string
	for s != "" {
		end := strings.IndexByte(s, ' ')
		if end < 0 {
			return append(out, s)
		}
		for end < len(s) && s[end] == ' ' {
			end++
		}
		out, s = append(out, s[:end]), s[end:]
	}
	return out
}

func spansWidth(spans []span) int {
	w := 0
	for _, s := range spans {
		w += widget.Width(s.text)
	}
	return w
}

// loading says that something is on its way.
func (p *prose) loading(what string) {
	p.wrap(0, said(themes.Dim, "loading "+what+p.c.Glyphs().Ellipsis))
}

// failure says what went wrong, and which key tries again.
func (p *prose) failure(d *desk, what string, err error) {
	p.wrap(0, said(themes.Error, what+": "), told(themes.Error, err.Error()))
	p.wrap(0, d.press(keymap.Refresh, "tries again")...)
}
