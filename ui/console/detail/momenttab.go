package detail

import (
	"cmp"
	"context"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// momentTab shows what the environment was at a commit: its objects with the
// images they ran, and below the list the chosen one in full.
type momentTab struct {
	*commit
	moment load[*engine.Moment]
	of     *engine.Moment // what the rows are made of
	rows   []momentRow
	list   choice
	inside bool // the keys go to the object
	text   *textPane

	top, height int // of the list, as drawn last
}

// momentRow is an object of the moment.
type momentRow struct {
	name   string // clean
	images string // clean
	place  string // clean
	yaml   string
}

func newMomentTab(s *commit) *momentTab { return &momentTab{commit: s, text: newTextPane(s.desk)} }

func (t *momentTab) name() string { return "Then" }

func (t *momentTab) load() tea.Cmd {
	if t.moment.known && t.of != t.moment.value {
		t.of = t.moment.value
		t.rows = momentRows(t.of)
		t.list.SetCount(len(t.rows))
		t.choose()
	}
	if !t.moment.wanted(1) {
		return nil
	}
	return t.ask()
}

func (t *momentTab) ask() tea.Cmd {
	pause := t.pace
	t.pace = 0
	src, at := t.src, engine.At{Environment: t.environment, Revision: t.commit.commit.Hash}
	return t.moment.start(1, pause, func(ctx context.Context) (*engine.Moment, error) { return src.Moment(ctx, at) })
}

// momentRows are the objects of a moment, those with images first.
func momentRows(m *engine.Moment) []momentRow {
	images := map[engine.ID][]string{}
	for _, i := range m.Images {
		images[i.Object] = append(images[i.Object], imageInShort(i))
	}
	rows := make([]momentRow, len(m.Objects))
	for i, o := range m.Objects {
		rows[i] = momentRow{nameOf(o.ID, ""), ui.Clean(strings.Join(images[o.ID], ", ")), place(o.File, o.Line), o.YAML}
	}
	slices.SortStableFunc(rows, func(a, b momentRow) int { return cmp.Compare(min(1, len(b.images)), min(1, len(a.images))) })
	return rows
}

// imageInShort is an image without what its repository lies in.
func imageInShort(i engine.MomentImage) string {
	name := i.Repository[strings.LastIndex(i.Repository, "/")+1:]
	if i.Tag == "" {
		return name
	}
	return name + ":" + i.Tag
}

// choose shows the chosen object below the list.
func (t *momentTab) choose() {
	if i := t.list.Cursor(); i >= 0 {
		t.text.set(t.rows[i].yaml)
	}
}

func (t *momentTab) reload() tea.Cmd { return t.ask() }
func (t *momentTab) rest()           { t.moment.stop() }

func (t *momentTab) view(c widget.Canvas) []string {
	p := prose{c: c}
	m := &t.moment
	if m.err != nil {
		p.failure(t.desk, "What it was cannot be told", m.err)
	}
	switch {
	case !m.known && m.err == nil:
		p.loading("what " + ui.Clean(t.environment) + " was")
	case m.known && len(m.value.Problems) > 0:
		p.wrap(0, told(themes.Strong, t.environment), said(themes.Warning, " did not render then:"))
		for _, problem := range m.value.Problems {
			p.flow(said(themes.Error, c.Glyphs().Warning), 2, []span{told(themes.Error, problem)})
		}
	case m.known && len(t.rows) == 0:
		p.wrap(0, told(themes.Strong, t.environment), said(themes.Text, " had no objects."))
	case m.known:
		p.sides([]span{
			told(themes.Strong, t.environment),
			said(themes.Text, " was "+widget.Count(len(t.rows), "object")+", "+widget.Count(len(m.value.Images), "image")),
		}, []span{said(themes.Dim, "as Git says")})
	}
	if t.height = 0; len(t.rows) == 0 {
		return c.Fill(p.lines)
	}
	t.top = len(p.lines)
	t.height = max(1, min(len(t.rows), c.Height/2-t.top-1))
	list := c.Size(c.Width, t.height)
	list.Focused = c.Focused && !t.inside
	names := min(c.Width/2, widget.Widest(len(t.rows), func(i int) string { return t.rows[i].name }))
	lines := append(p.lines, t.list.draw(list, func(r *widget.Row, i int) { t.rows[i].draw(r, names) })...)
	lines = append(lines, rule(c, t.rows[t.list.Cursor()].place))
	if len(lines) >= c.Height {
		return lines[:c.Height]
	}
	rest := c.Size(c.Width, c.Height-len(lines))
	rest.Focused = c.Focused && t.inside
	return append(lines, t.text.draw(rest)...)
}

func (x momentRow) draw(r *widget.Row, names int) {
	if x.images == "" {
		names = max(0, r.Room()-1)
	}
	r.Column(themes.Text, x.name, names)
	if room := r.Room() - 2; room > 0 {
		r.Gap(1).Fit(themes.Strong, x.images, room)
	}
}

func (t *momentTab) position() (from, shown, of int) {
	if t.inside {
		return t.text.position()
	}
	return t.list.position(t.height)
}

func (t *momentTab) offers() []keymap.Offer {
	switch {
	case len(t.rows) == 0:
		return nil
	case t.inside:
		return append([]keymap.Offer{{Action: keymap.Back, Label: "to the list"}}, t.text.offers()...)
	}
	return append([]keymap.Offer{{Action: keymap.Open, Label: "read the object"}}, t.text.offers()...)
}

func (t *momentTab) do(a keymap.Action) (tea.Cmd, bool) {
	switch a {
	case keymap.Open:
		if !t.inside && len(t.rows) > 0 {
			t.inside = true
			return nil, true
		}
	case keymap.Back:
		if cmd, done := t.text.do(a); done {
			return cmd, true
		}
		was := t.inside
		t.inside = false
		return nil, was
	case keymap.Up, keymap.Down, keymap.Top, keymap.Bottom:
		if !t.inside {
			t.list.Do(a)
			t.choose()
			return nil, true
		}
	}
	return t.text.do(a)
}

func (t *momentTab) click(_, y int, twice bool) tea.Cmd {
	if i := t.list.At(y - t.top); i >= 0 && y-t.top < t.height {
		t.list.Select(i)
		t.inside = twice
		t.choose()
	} else if y > t.top+t.height && len(t.rows) > 0 {
		t.inside = true
	}
	return nil
}

func (t *momentTab) wheel(n int)      { t.text.wheel(n) }
func (t *momentTab) copy() string     { return t.text.copy() }
func (t *momentTab) editing() bool    { return t.text.editing() }
func (t *momentTab) key(k tea.KeyMsg) { t.text.key(k) }

// document is the whole environment, as one YAML stream.
func (t *momentTab) document() (name, text string) {
	manifests := make([]string, len(t.rows))
	for i, x := range t.rows {
		manifests[i] = joined(ui.CleanLines(x.yaml))
	}
	return t.fileName(".yaml"), strings.Join(manifests, "---\n")
}
