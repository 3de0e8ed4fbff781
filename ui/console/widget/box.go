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
	Tabs   []Tab  // drawn as the first line inside, when there are any and there is room
	// From, Shown and Of say which part of a longer list is inside, for a mark
	// at the border; Of is 0 when there is none.
	From, Shown, Of int
}

// Inside is the canvas that is left inside the box.
func (b Box) Inside(c Canvas) Canvas {
	if !drawable(c) {
		return c.Size(0, 0)
	}
	height := c.Height - 2
	if b.tabbed(c) {
		height--
	}
	return c.Size(c.Width-2, height)
}

// drawable tells whether there is room for a frame at all.
func drawable(c Canvas) bool { return c.Width >= 4 && c.Height >= 2 }

// tabbed tells whether there is a line of tabs.
func (b Box) tabbed(c Canvas) bool { return len(b.Tabs) > 0 && c.Height > 2 }

// Draw puts the box around lines that were drawn on its inside.
func (b Box) Draw(c Canvas, inside []string) []string {
	if !drawable(c) {
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
	if b.tabbed(c) {
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
	return append(out, b.bottom(c, border))
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

// tabs is the line of tabs. Marks at its ends say that there are more.
func (b Box) tabs(c Canvas) string {
	places := b.tabPlaces(c.Width)
	r := c.Row(themes.Screen)
	if len(places) > 0 && places[0].tab > 0 {
		r.Add(themes.Dim, c.Glyphs().Left)
	}
	for _, p := range places {
		t := b.Tabs[p.tab]
		role := themes.Tab
		if t.Open {
			role = themes.TabOpen
		}
		r.Gap(p.from-r.width).Fit(role, " "+t.Name+" ", p.to-p.from)
	}
	if len(places) > 0 && places[len(places)-1].tab < len(b.Tabs)-1 {
		r.Gap(r.Room()-1).Add(themes.Dim, c.Glyphs().Right)
	}
	return r.String()
}

// tabPlace is where a tab is on the line of tabs.
type tabPlace struct{ tab, from, to int }

// tabPlaces lays the tabs out. The outermost cells are for the marks. When there
// is no room for all, those before the open one go until that is seen.
func (b Box) tabPlaces(width int) []tabPlace {
	open := 0
	for i, t := range b.Tabs {
		if t.Open {
			open = i
		}
	}
	from, room := 0, width-2
	for from < open && tabsWidth(b.Tabs[from:open+1]) > room {
		from++
	}
	var out []tabPlace
	at := 1
	for i := from; i < len(b.Tabs); i++ {
		to := at + tabsWidth(b.Tabs[i:i+1])
		if to > width-1 {
			if len(out) > 0 {
				break // a tab is whole or not there, but for a single one
			}
			to = max(at, width-1)
		}
		out = append(out, tabPlace{i, at, to})
		at = to + 1
	}
	return out
}

func tabsWidth(tabs []Tab) int {
	w := -1
	for _, t := range tabs {
		w += Width(t.Name) + 3
	}
	return w
}

// TabAt is the tab that is drawn at a column inside the box, or -1. The marks
// lead to the tabs that are next behind them.
func (b Box) TabAt(c Canvas, x int) int {
	if !drawable(c) || !b.tabbed(c) {
		return -1
	}
	width := b.Inside(c).Width
	places := b.tabPlaces(width)
	for _, p := range places {
		if x >= p.from && x < p.to {
			return p.tab
		}
	}
	if first := places[0].tab; x == 0 && first > 0 {
		return first - 1
	}
	if last := places[len(places)-1].tab; x == width-1 && last < len(b.Tabs)-1 {
		return last + 1
	}
	return -1
}

// thumb is the part of the right border that shows where in a longer list one
// is. It touches an end only when that is seen.
func (b Box) thumb(height int) (from, to int) {
	if b.Of <= b.Shown || b.Shown <= 0 || height <= 0 {
		return 0, 0
	}
	size := max(1, height*b.Shown/b.Of)
	room, rest := height-size, b.Of-b.Shown
	at := max(0, min(b.From, rest))
	from = room * at / rest
	if room > 1 && at > 0 && at < rest {
		from = max(1, min(from, room-1))
	}
	return from, from + size
}
