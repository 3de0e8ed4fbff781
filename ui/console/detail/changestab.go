package detail

import (
	"context"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
	"github.com/evenkeel/evenkeel/ui/diffview"
)

// changesTab lists what a commit changed, and below the list how the chosen
// one differs.
type changesTab struct {
	*commit
	called string
	rowsOf func(*engine.Revision) []changed
	// layEmpty says what it means that there is nothing to list.
	layEmpty func(*prose, *engine.Revision)

	of     *engine.Revision // what the rows are made of
	rows   []changed
	list   choice
	inside bool // the keys go to the diff
	diff   *diffPane

	compared load[*comparison]
	at       int // the row that is being compared

	top, height int // of the list, as drawn last
}

// changed is something that a commit changed.
type changed struct {
	operation     engine.Operation
	word          string // for the operation
	name          string // clean
	note          string // clean
	hidden        string // why it is not shown
	language      diffview.Language
	before, after string
	comparison    *comparison // nil: not made yet
}

func newFilesTab(s *commit) *changesTab {
	return &changesTab{commit: s, called: "Files", rowsOf: s.files, layEmpty: s.layNoFiles, diff: newDiffPane(s.desk)}
}

func newObjectsTab(s *commit) *changesTab {
	return &changesTab{commit: s, called: "Objects", rowsOf: s.objects, layEmpty: s.layNoObjects, diff: newDiffPane(s.desk)}
}

// files are those that the commit changed; those that the environment reads
// come first.
func (s *commit) files(r *engine.Revision) []changed {
	words := map[engine.Operation]string{engine.Create: "Added", engine.Update: "Changed", engine.Delete: "Deleted"}
	rows := make([]changed, len(r.Files))
	for i, f := range r.Files {
		rows[i] = changed{operation: f.Operation, word: words[f.Operation], name: ui.Clean(f.Path), hidden: ui.Clean(f.Hidden), before: f.Before, after: f.After}
		if !f.Concerns {
			rows[i].note = ui.Clean("not read by " + s.environment)
		}
		if name := strings.ToLower(f.Path); strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml") || strings.HasSuffix(name, ".json") {
			rows[i].language = diffview.YAML
		}
	}
	return rows
}

func (s *commit) layNoFiles(p *prose, _ *engine.Revision) {
	p.wrap(0, said(themes.Text, "It changed no file."))
}

// objects are those that the commit changed in what the environment renders to.
func (s *commit) objects(r *engine.Revision) []changed {
	rows := make([]changed, len(r.Changes))
	for i, c := range r.Changes {
		rows[i] = changed{operation: c.Operation, word: string(c.Operation), name: nameOf(c.ID, ""), language: diffview.YAML, before: c.Live, after: c.Desired}
	}
	return rows
}

func (s *commit) layNoObjects(p *prose, r *engine.Revision) {
	if len(r.Problems) == 0 {
		p.wrap(0, said(themes.Text, "It changed nothing of what "), told(themes.Strong, s.environment), said(themes.Text, " runs."))
		return
	}
	p.wrap(0, said(themes.Warning, "What it changed in the objects cannot be told:"))
	for _, problem := range r.Problems {
		p.flow(said(themes.Error, p.c.Glyphs().Warning), 2, []span{told(themes.Error, problem)})
	}
}

func (t *changesTab) name() string { return t.called }

func (t *changesTab) load() tea.Cmd {
	look := t.look()
	if t.revision.known && t.of != t.revision.value {
		t.of = t.revision.value
		t.rows = t.rowsOf(t.of)
		t.list.SetCount(len(t.rows))
		t.compared.stop()
		t.compared.known = false
	}
	if t.compared.known && !t.compared.open() {
		t.rows[t.at].comparison = t.compared.value
		t.compared.known = false
	}
	return tea.Batch(look, t.compare(), t.diff.load())
}

// compare turns to the chosen row, and finds out how it differs.
func (t *changesTab) compare() tea.Cmd {
	i := t.list.Cursor()
	if i < 0 || t.rows[i].hidden != "" {
		t.diff.set(nil, false)
		return nil
	}
	row := t.rows[i]
	if row.comparison != nil {
		t.diff.set(row.comparison, false)
		return nil
	}
	if t.compared.open() && t.at == i {
		return nil
	}
	t.at = i
	o := diffview.Options{Language: row.language, IgnoreWhitespace: t.taste.whitespace, Before: "before", After: "after"}
	return t.compared.start(i+1, 0, func(context.Context) (*comparison, error) { return compare(o, row.before, row.after), nil })
}

func (t *changesTab) reload() tea.Cmd { return t.lookAgain() }

func (t *changesTab) rest() {
	t.commit.rest()
	t.compared.stop()
	t.diff.other.stop()
}

func (t *changesTab) view(c widget.Canvas) []string {
	p := prose{c: c}
	if t.revision.err != nil {
		p.failure(t.desk, "The commit cannot be read", t.revision.err)
	}
	if len(t.rows) == 0 {
		switch {
		case t.revision.known:
			t.layEmpty(&p, t.revision.value)
		case t.revision.err == nil:
			p.wrap(0, told(themes.Strong, t.commit.commit.Subject))
			p.loading("what it changed")
		}
		t.height = 0
		return c.Fill(p.lines)
	}
	t.top = len(p.lines)
	t.height = max(1, min(len(t.rows), max(c.Height/4, min(3, c.Height/3))))
	list := c.Size(c.Width, t.height)
	list.Focused = c.Focused && !t.inside
	words := widget.Widest(len(t.rows), func(i int) string { return t.rows[i].status(c).String() })
	lines := append(p.lines, t.list.draw(list, func(r *widget.Row, i int) { t.rows[i].draw(c, r, words) })...)
	row := t.rows[max(0, t.list.Cursor())]
	lines = append(lines, rule(c, row.name))
	if len(lines) >= c.Height {
		return lines[:c.Height]
	}
	rest := c.Size(c.Width, c.Height-len(lines))
	rest.Focused = c.Focused && t.inside
	return append(lines, t.body(rest, row)...)
}

// body draws how a row differs.
func (t *changesTab) body(c widget.Canvas, row changed) []string {
	p := prose{c: c}
	switch {
	case row.hidden != "":
		p.wrap(0, said(themes.Warning, "Not shown: "), said(themes.Text, row.hidden))
	case t.diff.shown == nil || row.comparison == nil:
		p.loading("how it differs")
	default:
		return t.diff.draw(c)
	}
	return c.Fill(p.lines)
}

func (r changed) status(c widget.Canvas) widget.Status {
	s := c.OperationStatus(r.operation)
	s.Word = r.word
	return s
}

func (r changed) draw(c widget.Canvas, row *widget.Row, words int) {
	s := r.status(c)
	row.Fit(s.Role, s.String(), words).Gap(2)
	note := 0
	if r.note != "" && row.Room() > widget.Width(r.note)+24 {
		note = widget.Width(r.note) + 2
	}
	row.Add(themes.Text, ending(c, r.name, row.Room()-note))
	if note > 0 {
		row.Right(themes.Dim, r.note+" ")
	}
}

func (t *changesTab) position() (from, shown, of int) {
	if t.inside && t.diff.shown != nil {
		return t.diff.position()
	}
	return t.list.position(t.height)
}

func (t *changesTab) offers() []keymap.Offer {
	if len(t.rows) == 0 {
		return nil
	}
	offers := t.diff.offers()
	if t.inside {
		return append([]keymap.Offer{{Action: keymap.Back, Label: "to the list"}}, offers...)
	}
	return append([]keymap.Offer{{Action: keymap.Open, Label: "read the change"}}, offers...)
}

func (t *changesTab) do(a keymap.Action) (tea.Cmd, bool) {
	switch a {
	case keymap.Open:
		if !t.inside && t.diff.shown != nil {
			t.inside = true
			return nil, true
		}
	case keymap.Back:
		if cmd, done := t.diff.do(a); done {
			return cmd, true
		}
		was := t.inside
		t.inside = false
		return nil, was
	case keymap.Up, keymap.Down, keymap.Top, keymap.Bottom:
		if !t.inside {
			t.list.Do(a)
			return t.compare(), true
		}
	}
	return t.diff.do(a)
}

func (t *changesTab) click(_, y int, twice bool) tea.Cmd {
	if i := t.list.At(y - t.top); i >= 0 && y-t.top < t.height {
		t.list.Select(i)
		t.inside = twice
		return t.compare()
	}
	if below := y - t.top - t.height - 1; below >= 0 && t.diff.shown != nil {
		t.inside = true
		t.diff.click(below)
	}
	return nil
}

func (t *changesTab) wheel(n int) { t.diff.wheel(n) }

func (t *changesTab) copy() string     { return t.diff.copy() }
func (t *changesTab) editing() bool    { return t.diff.editing() }
func (t *changesTab) key(k tea.KeyMsg) { t.diff.key(k) }

// document is all that the commit changed of this sort, as a diff.
func (t *changesTab) document() (name, text string) {
	var b strings.Builder
	for _, r := range t.rows {
		b.WriteString(r.word + " " + r.name + "\n")
		switch {
		case r.hidden != "":
			b.WriteString("not shown: " + r.hidden + "\n")
		case r.comparison != nil:
			b.WriteString(r.comparison.diff.Unified())
		default:
			b.WriteString(compare(diffview.Options{}, r.before, r.after).diff.Unified())
		}
		b.WriteByte('\n')
	}
	return t.fileName(".diff"), b.String()
}
