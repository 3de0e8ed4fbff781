package detail

import (
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// page is prose that scrolls. It is laid out again only when what it tells, the
// canvas or an age in it has changed.
type page struct {
	lay func(p *prose)

	theme  *themes.Theme
	width  int
	at     time.Time
	lines  []string // nil: to be laid out
	offset int
	height int
}

// stale says that what the page tells has changed.
func (g *page) stale() { g.lines = nil }

// laid returns all lines of the page.
func (g *page) laid(c widget.Canvas) []string {
	at := c.Now.Truncate(time.Second)
	if g.lines == nil || g.theme != c.Theme || g.width != c.Width || !g.at.Equal(at) {
		g.theme, g.width, g.at = c.Theme, c.Width, at
		p := prose{c: c, lines: make([]string, 0, max(16, len(g.lines)))}
		g.lay(&p)
		g.lines = p.lines
	}
	return g.lines
}

func (g *page) view(c widget.Canvas) []string {
	lines := g.laid(c)
	g.height = c.Height
	g.scroll(0)
	out := make([]string, 0, c.Height)
	return c.Fill(append(out, lines[g.offset:min(len(lines), g.offset+c.Height)]...))
}

func (g *page) scroll(n int) {
	g.offset = max(0, min(g.offset+n, len(g.lines)-g.height))
}

// move does the actions that move about.
func (g *page) move(a keymap.Action) bool {
	switch a {
	case keymap.Up:
		g.scroll(-1)
	case keymap.Down:
		g.scroll(1)
	case keymap.PageUp:
		g.scroll(-max(1, g.height-1))
	case keymap.PageDown:
		g.scroll(max(1, g.height-1))
	case keymap.Top:
		g.scroll(-len(g.lines))
	case keymap.Bottom:
		g.scroll(len(g.lines))
	default:
		return false
	}
	return true
}

func (g *page) position() (from, shown, of int) {
	return g.offset, min(g.height, len(g.lines)-g.offset), len(g.lines)
}

// text is the page as it was drawn last, without its styles.
func (g *page) text() string {
	var b strings.Builder
	for _, line := range g.lines {
		b.WriteString(strings.TrimRight(ansi.Strip(line), " ") + "\n")
	}
	return b.String()
}
