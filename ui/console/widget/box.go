package widget

import (
	"strings"

	"github.com/evenkeel/evenkeel/themes"
)

// Tab is one of several views of the same thing.
type Tab struct {
	Name string
	Open bool
}

// Box is a frame with a title, around a view.
type Box struct {
	Number string // the key that leads there; may be empty
	Title  string // clean
	Note   string // after the title, dim: counts, what is filtered
	Foot   string // at the right of the lower border
	Tabs   []Tab  // drawn as the first line inside, when there are any
	// From, Shown and Of say which part of a longer list is inside, for a mark
	// at the border; Of is 0 when there is none.
	From, Shown, Of int
}

// Inside is the canvas that is left inside the box.
func (b Box) Inside(c Canvas) Canvas {
	height := c.Height - 2
	if len(b.Tabs) > 0 {
		height--
	}
	return c.Size(c.Width-2, height)
}

// Draw puts the box around lines that were drawn on its inside.
func (b Box) Draw(c Canvas, inside []string) []string {
	if c.Width < 4 || c.Height < 2 {
		return c.Fill(nil)
	}
	border, title := themes.Border, themes.Title
	if c.Focused {
		border, title = themes.Active, themes.Active
	}
	g := c.Glyphs()
	out := make([]string, 0, c.Height)
	out = append(out, b.top(c, border, title))
	left := c.Paint(themes.Screen, border, g.Vertical)
	in := b.Inside(c)
	if len(b.Tabs) > 0 {
		out = append(out, left+b.tabs(in)+left)
	}
	from, to := b.thumb(in.Height)
	for i := range in.Height {
		line := spaces(in.Width)
		if i < len(inside) {
			line = inside[i]
		}
		right := left
		if i >= from && i < to {
			right = c.Paint(themes.Screen, border, g.ScrollThumb)
		}
		out = append(out, left+line+right)
	}
	return append(out, b.bottom(c, border))[:c.Height]
}

// top is the upper border, with the title in it.
func (b Box) top(c Canvas, border, title themes.Role) string {
	g := c.Glyphs()
	head := " " + b.Title + " "
	if b.Number != "" {
		head = " " + b.Number + head
	}
	head = c.Fit(head, min(Width(head), c.Width-4))
	note := ""
	if room := c.Width - 4 - Width(head); b.Note != "" && room > 3 {
		note = g.Dot + " " + b.Note + " "
		note = c.Fit(note, min(Width(note), room))
	}
	rest := c.Width - 3 - Width(head) - Width(note)
	return c.Paint(themes.Screen, border, g.TopLeft+g.Horizontal) +
		c.Paint(themes.Screen, title, head) +
		c.Paint(themes.Screen, themes.Dim, note) +
		c.Paint(themes.Screen, border, strings.Repeat(g.Horizontal, max(0, rest))+g.TopRight)
}

func (b Box) bottom(c Canvas, border themes.Role) string {
	g := c.Glyphs()
	foot := ""
	if b.Foot != "" && c.Width > 8 {
		foot = " " + b.Foot + " "
		foot = c.Fit(foot, min(Width(foot), c.Width-6))
	}
	rest := c.Width - 3 - Width(foot)
	return c.Paint(themes.Screen, border, g.BottomLeft+strings.Repeat(g.Horizontal, max(0, rest))) +
		c.Paint(themes.Screen, themes.Dim, foot) +
		c.Paint(themes.Screen, border, g.Horizontal+g.BottomRight)
}

// tabs is the line of tabs. When they do not fit, those before the open one go.
func (b Box) tabs(c Canvas) string {
	from := 0
	for from < len(b.Tabs)-1 && !b.Tabs[from].Open && b.tabsWidth(from) > c.Width {
		from++
	}
	r := c.Row(themes.Screen).Gap(1)
	for _, t := range b.Tabs[from:] {
		role := themes.Tab
		if t.Open {
			role = themes.TabOpen
		}
		r.Add(role, " "+t.Name+" ").Gap(1)
	}
	return r.String()
}

func (b Box) tabsWidth(from int) int {
	w := 1
	for _, t := range b.Tabs[from:] {
		w += Width(t.Name) + 3
	}
	return w
}

// TabAt is the tab that is drawn at a column inside the box, or -1.
func (b Box) TabAt(c Canvas, x int) int {
	in := b.Inside(c)
	from := 0
	for from < len(b.Tabs)-1 && !b.Tabs[from].Open && b.tabsWidth(from) > in.Width {
		from++
	}
	at := 1
	for i, t := range b.Tabs[from:] {
		end := at + Width(t.Name) + 2
		if x >= at && x < end {
			return from + i
		}
		at = end + 1
	}
	return -1
}

// thumb is the part of the right border that shows where in a longer list one is.
func (b Box) thumb(height int) (from, to int) {
	if b.Of <= b.Shown || b.Shown <= 0 || height <= 0 {
		return 0, 0
	}
	size := max(1, height*b.Shown/b.Of)
	room := height - size
	from = room * b.From / max(1, b.Of-b.Shown)
	return min(from, room), min(from, room) + size
}
