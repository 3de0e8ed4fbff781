package detail

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// fieldsTab lists the fields that differ with both values, and below the list
// all that is known of the chosen one.
type fieldsTab struct {
	*object
	list   choice
	rows   []fieldRow
	height int // of the list, as drawn last
	top    int // the line on which it begins
}

// fieldRow is a field as it is listed, clean.
type fieldRow struct {
	engine.FieldChange
	path, live, git, by, since string
}

func newFieldsTab(o *object) *fieldsTab { return &fieldsTab{object: o} }

func (t *fieldsTab) name() string { return "Fields" }

func (t *fieldsTab) load() tea.Cmd {
	cmds := tea.Batch(t.inspect(), t.explain())
	fields := t.fields()
	t.rows = make([]fieldRow, len(fields))
	for i, f := range fields {
		t.rows[i] = fieldRow{FieldChange: f, path: ui.Clean(f.Path), live: liveValue(f), git: gitValue(f), by: ui.Clean(f.Manager)}
		if k := f.Commit; k != nil {
			t.rows[i].since = ui.Clean(widget.ShortHash(k.Hash) + " " + k.Author)
		}
	}
	t.list.SetCount(len(t.rows))
	return cmds
}

func (t *fieldsTab) reload() tea.Cmd { return t.inspectAgain() }

func (t *fieldsTab) view(c widget.Canvas) []string {
	if len(t.rows) == 0 {
		p := prose{c: c}
		t.layEmpty(&p)
		return c.Fill(p.lines)
	}
	p := prose{c: c}
	t.layField(&p, t.rows[max(0, t.list.Cursor())])
	below := min(len(p.lines), max(3, c.Height/2))
	t.top, t.height = 1, max(1, c.Height-2-below)
	t.height = min(t.height, max(len(t.rows), c.Height/4))
	widths := t.widths(c)
	head := c.Row(themes.Screen).Gap(1).Column(themes.Label, "field", widths[0]).Column(themes.Label, "live", widths[1]).
		Column(themes.Label, "in Git", widths[2]).Column(themes.Label, "changed by", widths[3]).Column(themes.Label, "age", widths[4]).
		Column(themes.Label, "since", widths[5])
	lines := append(make([]string, 0, c.Height+below), head.String())
	lines = append(lines, t.list.draw(c.Size(c.Width, t.height), func(r *widget.Row, i int) { t.row(c, r, widths, t.rows[i]) })...)
	lines = append(lines, rule(c, ""))
	return c.Fill(append(lines, p.lines...))
}

// widths are those of the columns. Who changed a field goes first where there
// is no room, for it stands below the list as well.
func (t *fieldsTab) widths(c widget.Canvas) []int {
	widest := func(text func(fieldRow) string, most int) int {
		return min(most, widget.Widest(len(t.rows), func(i int) string { return text(t.rows[i]) }))
	}
	return c.Size(c.Width-2, 1).Columns(
		widget.Column{Want: widest(func(f fieldRow) string { return f.path }, 80), Min: 12, Flex: true},
		widget.Column{Want: max(4, widest(func(f fieldRow) string { return f.live }, 32)), Min: 7},
		widget.Column{Want: max(6, widest(func(f fieldRow) string { return f.git }, 32)), Min: 7},
		widget.Column{Want: widest(func(f fieldRow) string { return f.by }, 24), Min: 10, Drop: 1},
		widget.Column{Want: 4, Drop: 2},
		widget.Column{Want: widest(func(f fieldRow) string { return f.since }, 24), Drop: 3},
	)
}

func (t *fieldsTab) row(c widget.Canvas, r *widget.Row, widths []int, f fieldRow) {
	r.Column(themes.Text, ending(c, f.path, widths[0]), widths[0]).
		Column(themes.SignRemoved, f.live, widths[1]).Column(themes.SignAdded, f.git, widths[2]).
		Column(themes.Author, f.by, widths[3]).Column(themes.Age, c.Age(f.ChangedAt), widths[4]).
		Column(themes.Hash, f.since, widths[5])
}

// layField tells all of a field.
func (t *fieldsTab) layField(p *prose, f fieldRow) {
	p.wrap(0, said(themes.Strong, f.path))
	p.fact("live", said(themes.SignRemoved, f.live))
	p.fact("", changedBy(p.c, f.FieldChange)...)
	p.fact("in Git", said(themes.SignAdded, f.git))
	who := since(p.c, f.FieldChange)
	if len(who) == 0 && t.explaining() {
		who = []span{said(themes.Dim, "looking for who wrote it"+p.c.Glyphs().Ellipsis)}
	}
	p.fact("", who...)
}

// layEmpty says why there is no field.
func (t *fieldsTab) layEmpty(p *prose) {
	switch in := &t.inspection; {
	case in.err != nil:
		p.failure(t.desk, "It cannot be compared", in.err)
	case !in.known:
		p.loading("the fields that differ")
	case in.value.Change == nil || in.value.Change.Operation == engine.Update:
		p.wrap(0, said(themes.Text, "No field differs."))
	case in.value.Change.Operation == engine.Create:
		p.wrap(0, said(themes.Text, "The cluster does not have this object, so all of it differs."))
	default:
		p.wrap(0, said(themes.Text, "Git does not name this object, so all of it differs."))
	}
}

func (t *fieldsTab) position() (from, shown, of int) { return t.list.position(t.height) }

func (t *fieldsTab) offers() []keymap.Offer {
	if len(t.rows) == 0 {
		return nil
	}
	return []keymap.Offer{{Action: keymap.Copy, Label: "copy the field"}, {Action: keymap.Edit}}
}

func (t *fieldsTab) do(a keymap.Action) (tea.Cmd, bool) {
	switch a {
	case keymap.NextChange:
		t.list.Move(1)
	case keymap.PrevChange:
		t.list.Move(-1)
	default:
		return nil, t.list.Do(a)
	}
	return nil, true
}

func (t *fieldsTab) click(_, y int, _ bool) tea.Cmd {
	if i := t.list.At(y - t.top); i >= 0 {
		t.list.Select(i)
	}
	return nil
}

func (t *fieldsTab) wheel(n int) { t.list.Scroll(n) }

func (t *fieldsTab) copy() string {
	i := t.list.Cursor()
	if i < 0 {
		return ""
	}
	return fieldText(t.rows[i])
}

func (t *fieldsTab) document() (name, text string) {
	var b strings.Builder
	for _, f := range t.rows {
		b.WriteString(fieldText(f))
	}
	return t.fileName(".txt"), b.String()
}

func fieldText(f fieldRow) string {
	return f.path + "\n  live:   " + f.live + "\n  in Git: " + f.git + "\n"
}
