package detail

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// desiredTab shows the object as Git says it.
type desiredTab struct {
	*object
	reader
	text *textPane
}

func newDesiredTab(o *object) *desiredTab {
	t := &desiredTab{object: o, text: newTextPane(o.desk)}
	t.pane = t.text
	return t
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
	in := &t.inspection
	if in.err != nil {
		p.failure(t.desk, "What Git says cannot be told", in.err)
	}
	switch {
	case in.known && in.value.Desired == "":
		p.wrap(0, said(themes.Text, "Git does not name this object."))
	case in.known:
		where := []span{told(themes.Dim, place(t.object.object.File, t.object.object.Line))}
		p.sides(where, []span{said(themes.Dim, "at "), told(themes.Hash, widget.ShortHash(in.value.Revision))})
	case in.err == nil:
		p.loading("what Git says")
	}
	return t.draw(c, p.lines)
}

func (t *desiredTab) document() (name, text string) { return t.file(t.pane) }
