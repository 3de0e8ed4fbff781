package detail

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// pane is a part of a tab that one reads in.
type pane interface {
	draw(c widget.Canvas) []string
	offers() []keymap.Offer
	do(a keymap.Action) (tea.Cmd, bool)
	click(line int)
	wheel(n int)
	position() (from, shown, of int)
	copy() string
	// whole is all of it, and the extension of a file of that sort.
	whole() (text, extension string)
	editing() bool
	key(k tea.KeyMsg)
}

// reader is what tabs have in common that show one pane, below a head.
type reader struct {
	pane pane
	top  int // the line on which the pane begins, as drawn last
}

// draw draws the head and the pane below it.
func (r *reader) draw(c widget.Canvas, head []string) []string {
	head = head[:min(len(head), c.Height)]
	r.top = len(head)
	lines := append(make([]string, 0, c.Height), head...)
	if r.top == c.Height {
		return lines
	}
	return append(lines, r.pane.draw(c.Size(c.Width, c.Height-r.top))...)
}

func (r *reader) offers() []keymap.Offer             { return r.pane.offers() }
func (r *reader) do(a keymap.Action) (tea.Cmd, bool) { return r.pane.do(a) }
func (r *reader) wheel(n int)                        { r.pane.wheel(n) }
func (r *reader) position() (from, shown, of int)    { return r.pane.position() }
func (r *reader) copy() string                       { return r.pane.copy() }
func (r *reader) editing() bool                      { return r.pane.editing() }
func (r *reader) key(k tea.KeyMsg)                   { r.pane.key(k) }

func (r *reader) click(_, y int, _ bool) tea.Cmd {
	if y >= r.top {
		r.pane.click(y - r.top)
	}
	return nil
}
