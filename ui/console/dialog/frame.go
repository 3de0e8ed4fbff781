package dialog

import (
	"strings"

	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// Below these sizes of the screen a dialog takes all of it.
const (
	roomyWidth  = 88
	roomyHeight = 26
)

// fitted is a size within the screen: what is wanted where there is room, and
// everything on a small screen.
func fitted(width, height, wantedWidth, wantedHeight int) (w, h int) {
	w, h = width, height
	if width > roomyWidth {
		w = max(min(wantedWidth, width-4), min(width, 60))
	}
	if height > roomyHeight || width > roomyWidth && wantedHeight < height-2 {
		h = min(wantedHeight, height-2)
	}
	return max(1, w), max(1, h)
}

// paragraph wraps a clean text, and paints it with a margin of one cell.
func paragraph(c widget.Canvas, role themes.Role, text string) []string {
	return lines(c, role, widget.Wrap(text, c.Width-2))
}

// short is paragraph for what must leave room for the rest on a small screen,
// where its end is cut.
func short(c widget.Canvas, role themes.Role, text string) []string {
	const most = 2
	wrapped := widget.Wrap(text, c.Width-2)
	if c.Height < 12 && len(wrapped) > most {
		wrapped[most-1] = strings.Join(wrapped[most-1:], " ")
		wrapped = wrapped[:most]
	}
	return lines(c, role, wrapped)
}

// lines paints clean lines with a margin of one cell.
func lines(c widget.Canvas, role themes.Role, texts []string) []string {
	out := make([]string, 0, len(texts))
	for _, text := range texts {
		out = append(out, c.Row(themes.Screen).Gap(1).Fit(role, text, max(0, c.Width-2)).String())
	}
	return out
}

// stack puts parts below each other: the body takes what the others leave, and
// when they leave too little of it, the head goes, from its end.
func stack(c widget.Canvas, head, foot []string, least int, body func(widget.Canvas) []string) []string {
	if n := len(foot) - c.Height; n > 0 {
		foot = foot[n:]
	}
	if room := c.Height - len(foot) - least; len(head) > room {
		head = head[:max(0, room)]
	}
	in := c.Size(c.Width, c.Height-len(head)-len(foot))
	out := make([]string, 0, c.Height)
	out = append(out, head...)
	out = append(out, in.Fill(body(in))...)
	return c.Fill(append(out, foot...))
}

// window is the part of a page that is seen.
type window struct{ offset, height, count int }

// scroll moves what is seen.
func (w *window) scroll(lines int) {
	w.offset = max(0, min(w.offset+lines, w.count-w.height))
}

// visible says which of so many lines are seen at a height: from, up to but not
// with to.
func (w *window) visible(count, height int) (from, to int) {
	w.count, w.height = count, height
	w.scroll(0)
	return w.offset, min(count, w.offset+height)
}

// do moves with the actions that move about.
func (w *window) do(a keymap.Action) {
	page := max(1, w.height-1)
	switch a {
	case keymap.Up:
		w.scroll(-1)
	case keymap.Down:
		w.scroll(1)
	case keymap.PageUp:
		w.scroll(-page)
	case keymap.PageDown:
		w.scroll(page)
	case keymap.Top:
		w.scroll(-w.count)
	case keymap.Bottom:
		w.scroll(w.count)
	}
}

// blank is an empty line.
func blank(c widget.Canvas) string { return widget.Blank(c.Width) }

// words is an error as one clean line.
func words(err error) string { return ui.Clean(err.Error()) }
