package widget

import (
	"strings"

	"github.com/evenkeel/evenkeel/themes"
)

// Row builds one styled line on one surface.
type Row struct {
	c     Canvas
	on    themes.Surface
	b     strings.Builder
	width int
}

// Row begins a line on a surface.
func (c Canvas) Row(on themes.Surface) *Row {
	r := &Row{c: c, on: on}
	r.b.Grow(2 * c.Width) // styles take about as much again as the text
	return r
}

// Add appends a clean text, as wide as it is.
func (r *Row) Add(role themes.Role, s string) *Row { return r.AddOn(r.on, role, s) }

// Fit appends a clean text in a column of exactly so many cells.
func (r *Row) Fit(role themes.Role, s string, width int) *Row {
	return r.Add(role, r.c.Fit(s, width))
}

// FitRight is Fit for what is aligned to the right.
func (r *Row) FitRight(role themes.Role, s string, width int) *Row {
	return r.Add(role, r.c.FitRight(s, width))
}

// Gap appends spaces.
func (r *Row) Gap(n int) *Row {
	if n > 0 {
		r.Add(themes.Text, spaces(n))
	}
	return r
}

// Room is how many cells are left on the canvas.
func (r *Row) Room() int { return r.c.Width - r.width }

// Right appends a clean text at the right end, if there is room for it.
func (r *Row) Right(role themes.Role, s string) *Row {
	if room := r.Room() - Width(s); room >= 0 {
		r.Gap(room).Add(role, s)
	}
	return r
}

// String is the line, exactly as wide as the canvas.
func (r *Row) String() string {
	if r.width <= r.c.Width {
		r.Gap(r.c.Width - r.width)
		return r.b.String()
	}
	return r.c.Pad(r.on, r.b.String())
}

// AddOn appends a clean text on a surface of its own.
func (r *Row) AddOn(on themes.Surface, role themes.Role, s string) *Row {
	r.write(on, role, s)
	r.width += Width(s)
	return r
}

// Highlight appends a clean text in a column of exactly so many cells, with the
// characters at some places, which are bytes of it in their order, shown as
// matches.
func (r *Row) Highlight(role themes.Role, s string, at []int, width int) *Row {
	if len(at) == 0 {
		return r.Fit(role, s, width)
	}
	fitted := r.c.Fit(s, width)
	same := 0 // what was not cut
	for same < min(len(s), len(fitted)) && s[same] == fitted[same] {
		same++
	}
	from := 0
	for i := 0; i < same && len(at) > 0; {
		n, _ := cluster(fitted[i:])
		if at[0] < i+n {
			r.write(r.on, role, fitted[from:i])
			r.write(r.on, themes.Match, fitted[i:i+n])
			from = i + n
			for len(at) > 0 && at[0] < from {
				at = at[1:]
			}
		}
		i += n
	}
	r.write(r.on, role, fitted[from:])
	r.width += max(0, width)
	return r
}

// write appends a text whose width is counted elsewhere.
func (r *Row) write(on themes.Surface, role themes.Role, s string) {
	if s == "" {
		return
	}
	start, end := r.c.Codes(on, role)
	r.b.WriteString(start)
	r.b.WriteString(s)
	r.b.WriteString(end)
}
