package detail

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// diffTab shows how the cluster differs from Git and who made it so: in a head
// what a sync would do, and below it the two texts. Where nothing differs it
// shows the one there is.
type diffTab struct {
	*object
	reader
	head  page // what a sync would do
	whose page // who made it necessary
	diff  *diffPane
	text  *textPane
}

func newDiffTab(o *object) *diffTab {
	t := &diffTab{object: o, diff: newDiffPane(o.desk), text: newTextPane(o.desk)}
	t.head.lay, t.whose.lay = t.layHead, t.layFields
	t.pane = t.text
	return t
}

func (t *diffTab) name() string { return "Diff" }

func (t *diffTab) load() tea.Cmd {
	inspect := t.inspect()
	if in := &t.inspection; in.known {
		t.diff.set(in.value.comparison, true)
		t.pane = t.diff
		if in.value.comparison == nil {
			t.text.set(in.value.Desired)
			t.pane = t.text
		}
	}
	t.stale()
	return tea.Batch(inspect, t.explain(), t.diff.load())
}

func (t *diffTab) reload() tea.Cmd {
	t.stale()
	return t.inspectAgain()
}

func (t *diffTab) stale() {
	t.head.stale()
	t.whose.stale()
}

func (t *diffTab) rest() {
	t.object.rest()
	t.diff.other.stop()
}

// layHead says what a sync would do to the object.
func (t *diffTab) layHead(p *prose) {
	if err := t.inspection.err; err != nil {
		p.wrap(0, said(themes.Error, "It cannot be compared: "), told(themes.Error, err.Error()))
		p.wrap(0, t.press(keymap.Refresh, "tries again")...)
	}
	if !t.inspection.known {
		t.layKnown(p)
		return
	}
	in := t.inspection.value
	switch c := in.Change; {
	case c == nil:
		t.laySame(p)
	case c.Operation == engine.Delete:
		t.layDeletion(p, c)
	default:
		t.layChange(p, c)
	}
	if in.Note != "" {
		p.wrap(0, told(themes.Dim, in.Note))
	}
}

// layKnown says what is known before the object has been looked at closely.
func (t *diffTab) layKnown(p *prose) {
	o := t.object.object
	spans := []span{shown(p.c.DriftStatus(o.Drift))}
	if o.ChangedBy != "" {
		spans = append(spans, said(themes.Text, ", changed by "), told(themes.Author, o.ChangedBy), ago(p.c, o.ChangedAt))
	}
	p.wrap(0, spans...)
	if o.Message != "" {
		p.wrap(0, told(themes.Warning, o.Message))
	}
	if t.inspection.open() {
		p.blank()
		p.wrap(0, said(themes.Dim, "loading how it differs"+p.c.Glyphs().Ellipsis))
	}
}

// laySame says why a sync would leave the object alone.
func (t *diffTab) laySame(p *prose) {
	o := t.object.object
	file := told(themes.Dim, place(o.File, o.Line))
	switch {
	case o.Ignored:
		p.wrap(0, said(themes.Text, "Ignored: an annotation in Git says that it is neither applied, compared nor deleted."))
	case o.Drift == engine.DriftSynced && !t.env.Current:
		p.sides([]span{said(themes.Warning, "The cluster was as Git says when it was last read.")}, []span{file})
	case o.Drift == engine.DriftSynced:
		p.sides([]span{said(themes.Synced, "The cluster is as Git says."), said(themes.Dim, " A sync would change nothing.")}, []span{file})
	case o.Drift == engine.DriftExtra:
		p.wrap(0, said(themes.Extra, "No longer in Git, but it stays: "), said(themes.Text, "a sync would not delete it."))
	case o.Drift == engine.DriftPending:
		p.wrap(0, said(themes.Dim, "It has not been compared yet."))
	default:
		p.wrap(0, shown(p.c.DriftStatus(o.Drift)), said(themes.Text, ", but a sync would leave it alone."))
	}
	if o.Message != "" {
		p.wrap(0, told(themes.Warning, o.Message))
	}
}

func (t *diffTab) layDeletion(p *prose, c *engine.Change) {
	t.layRefusal(p, c)
	if c.Reason == "" || c.Refused {
		p.wrap(0, said(themes.Danger, "A sync would DELETE it:"), said(themes.Text, " it is no longer in Git."))
		return
	}
	p.wrap(0, said(themes.Danger, "To be DELETED once a person approves:"), said(themes.Text, " it is no longer in Git. "), told(themes.Warning, c.Reason))
	p.wrap(0, t.press(keymap.Prune, "opens what would be deleted")...)
}

func (t *diffTab) layChange(p *prose, c *engine.Change) {
	t.layRefusal(p, c)
	if c.Reason != "" && !c.Refused {
		p.wrap(0, told(themes.Warning, c.Reason))
	}
	arrow := p.c.Glyphs().Arrow
	switch {
	case c.Operation == engine.Create:
		p.sides([]span{said(themes.Missing, "In Git, not in the cluster: a sync would create it.")}, []span{told(themes.Dim, place(c.File, c.Line))})
	case len(c.Fields) == 0 && c.Reason != "":
	case len(c.Fields) == 0:
		p.wrap(0, said(themes.Text, "The cluster is as Git says, but it was not applied by evenkeel: "), said(themes.Modified, "a sync would take it over."))
	default:
		left := []span{said(themes.Modified, widget.Count(t.diff.view.Changes(), "difference")), said(themes.Text, " in "+widget.Count(len(c.Fields), "field"))}
		p.sides(left, []span{said(themes.Dim, "live "+arrow+" Git (what sync would do)")})
	}
}

// layRefusal gives the server's words first.
func (t *diffTab) layRefusal(p *prose, c *engine.Change) {
	o := t.object.object
	switch {
	case c.Refused:
		p.wrap(0, said(themes.Error, "The server refuses it: "), told(themes.Error, c.Reason))
	case o.Failed && o.Message != "":
		p.wrap(0, said(themes.Error, "It was refused: "), told(themes.Error, o.Message))
	case o.Message != "":
		p.wrap(0, told(themes.Warning, o.Message))
	}
}

// layFields tells who made each field differ. Those that follow each other and
// tell the same are told together.
func (t *diffTab) layFields(p *prose) {
	if c := t.inspection.value; !t.inspection.known || c.Change == nil || c.Change.Operation != engine.Update {
		return
	}
	fields := t.fields()
	for i, f := range fields {
		path := told(themes.Strong, f.Path)
		who := whoOf(p.c, f)
		if i+1 < len(fields) && slices.Equal(who, whoOf(p.c, fields[i+1])) {
			p.line(0, path)
			continue
		}
		if room := p.c.Width - 6 - widget.Width(path.text); len(who) > 0 && spansWidth(who) <= room {
			p.line(0, append([]span{path, said(themes.Text, "    ")}, who...)...)
			continue
		}
		p.line(0, path)
		if len(who) > 0 {
			p.wrap(2, who...)
		}
	}
	switch {
	case t.explaining():
		p.line(0, said(themes.Dim, "looking in Git for who wrote it"+p.c.Glyphs().Ellipsis))
	case t.explanation.err != nil:
		p.line(0, said(themes.Dim, "who wrote it in Git cannot be told: "), told(themes.Dim, t.explanation.err.Error()))
	}
}

// whoOf tells who made a field differ, on both sides.
func whoOf(c widget.Canvas, f engine.FieldChange) []span {
	live, git := changedBy(c, f), since(c, f)
	if len(live) > 0 && len(git) > 0 {
		live = append(live, said(themes.Dim, " "+c.Glyphs().Dot+" "))
	}
	return append(live, git...)
}

func (t *diffTab) view(c widget.Canvas) []string {
	return t.draw(c, t.above(c))
}

// above is what stands above the diff. It leaves room for that: what is told of
// the fields goes first, for the tab Fields tells it as well.
func (t *diffTab) above(c widget.Canvas) []string {
	head, whose := t.head.laid(c), t.whose.laid(c)
	if !t.inspection.known {
		return head
	}
	lines := append(make([]string, 0, c.Height), head[:min(len(head), max(2, c.Height*3/5))]...)
	room := c.Height/2 - len(lines)
	if len(whose) > 0 && room > 0 {
		if len(whose)+2 <= room {
			lines = append(lines, widget.Blank(c.Width))
		}
		if len(whose) <= room {
			lines = append(lines, whose...)
		} else {
			p := prose{c: c}
			p.line(0, said(themes.Dim, c.Glyphs().Gap+" more in the tab Fields"))
			lines = append(append(lines, whose[:room-1]...), p.lines...)
		}
	}
	if len(lines) < c.Height/2 {
		lines = append(lines, widget.Blank(c.Width))
	}
	return lines
}

func (t *diffTab) document() (name, text string) { return t.file(t.pane) }

// file is the contents of a pane, and what a file of it would be called.
func (s *object) file(p pane) (name, text string) {
	text, extension := p.whole()
	return s.fileName(extension), text
}

// fileName is what a file about the object would be called.
func (s *object) fileName(extension string) string {
	return strings.ToLower(ui.Clean(s.object.Kind)) + "-" + strings.ReplaceAll(ui.Clean(s.object.Name), "/", "-") + extension
}
