package detail

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// desiredTab shows the object as Git says it.
type desiredTab struct {
	*object
	text textPane
}

func newDesiredTab(o *object) *desiredTab {
	return &desiredTab{object: o, text: textPane{desk: o.desk}}
}

func (t *desiredTab) name() string { return "Desired" }

func (t *desiredTab) load() tea.Cmd {
	cmd := t.inspect()
	if t.inspection.known {
		t.text.set(t.inspection.value.Desired)
	}
	return cmd
}

func (t *desiredTab) reload() tea.Cmd { return t.inspectAgain() }

func (t *desiredTab) view(c widget.Canvas) []string {
	p := prose{c: c}
	in := t.inspection
	if in.err != nil {
		p.failure(t.desk, "What Git says cannot be told", in.err)
	}
	switch {
	case !in.known && in.open():
		p.loading("what Git says")
	case in.known && in.value.Desired == "":
		p.wrap(0, said(themes.Text, "Git does not name this object."))
	case in.known:
		p.sides([]span{told(themes.Dim, place(t.object.object.File, t.object.object.Line))}, []span{told(themes.Hash, widget.ShortHash(in.value.Revision))})
	}
	return below(c, p.lines, t.text.draw)
}

func (t *desiredTab) position() (from, shown, of int)    { return t.text.text.Position() }
func (t *desiredTab) offers() []keymap.Offer             { return t.text.offers() }
func (t *desiredTab) do(a keymap.Action) (tea.Cmd, bool) { return nil, t.text.do(a) }
func (t *desiredTab) click(int, int, bool) tea.Cmd       { return nil }
func (t *desiredTab) wheel(n int)                        { t.text.text.Scroll(n) }
func (t *desiredTab) copy() string                       { return t.text.content() }
func (t *desiredTab) document() (name, text string)      { return t.fileName(".yaml"), t.text.content() }
