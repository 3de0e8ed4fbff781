package dialog

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
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
	width := c.Width - 2
	if width < 1 {
		return nil
	}
	var out []string
	for line := range strings.SplitSeq(ansi.Wrap(text, width, ""), "\n") {
		out = append(out, c.Row(themes.Screen).Gap(1).Fit(role, strings.TrimRight(line, " "), width).String())
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

// blank is an empty line.
func blank(c widget.Canvas) string { return widget.Blank(c.Width) }

// count writes a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// words is an error as one clean line.
func words(err error) string { return ui.Clean(err.Error()) }
