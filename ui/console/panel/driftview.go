package panel

import (
	"cmp"
	"fmt"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// rowKey is what a drawn row depends on, apart from rowShared.
type rowKey struct {
	entry  *entry
	object *engine.Object
	waits  string
	age    string
	on     themes.Surface
	marked bool
}

// rowShared is what all drawn rows depend on.
type rowShared struct {
	theme      *themes.Theme
	width      int
	columns    driftColumns
	usual      string
	generation int
}

// View draws the panel.
func (p *Drift) View(c widget.Canvas) []string {
	box := widget.Box{Number: "2", Title: "Drift"}
	in := box.Inside(c)
	box.Note = p.note(c, noteRoom(c, box))
	body := in
	foot := p.foot(in)
	if foot != "" {
		body = in.Size(in.Width, in.Height-1)
	}
	if len(p.keys) == 0 {
		return box.Draw(c, underline(in, p.nothing(body), foot))
	}
	from, to := p.visible(body.Height)
	box.From, box.Shown, box.Of = from, to-from, len(p.keys)
	box.Foot = p.aside(c)
	columns := p.columns(body)
	p.drawn.use(rowShared{c.Theme, body.Width, columns, p.shown.usual, p.generation})
	out := make([]string, 0, in.Height)
	for i := from; i < to; i++ {
		x := p.keys[i]
		if x == nil {
			out = append(out, p.rows.headers[i].draw(body))
			continue
		}
		marked := p.shown.marked[x.ID]
		k := rowKey{x, x.Object, x.waits, "", surface(body, i == p.list.Cursor(), marked), marked}
		if x.changedBy != "" {
			k.age = c.Age(x.ChangedAt)
		}
		out = append(out, p.drawn.get(k, func() string { return p.draw(body, columns, k) }))
	}
	return box.Draw(c, underline(in, body.Fill(out), foot))
}

// aside is what else there is to know about the rows: how old they are, how many
// are marked, and how many are not shown.
func (p *Drift) aside(c widget.Canvas) string {
	marked, hidden := "", ""
	if n := len(p.shown.marked); n > 0 {
		marked = fmt.Sprintf("%d marked", n)
	}
	if n := len(p.shown.made) - p.rows.objects; n > 0 {
		hidden = fmt.Sprintf("%d hidden", n)
	}
	return joined(c, age(c, p.shown.environment), marked, hidden)
}

// note says which environment it is, how many objects differ, and what is
// filtered, in as many words as there is room for.
func (p *Drift) note(c widget.Canvas, room int) string {
	if p.shown == nil {
		return ""
	}
	e := p.shown.environment
	name := ui.Clean(e.Name)
	if f := p.filter.String(); f != "" {
		return longest(room,
			joined(c, name, fmt.Sprintf("%d of %d match %s", p.rows.objects, len(e.Objects), f)),
			fmt.Sprintf("%d of %d match %s", p.rows.objects, len(e.Objects), f),
			fmt.Sprintf("%d match %s", p.rows.objects, f),
			fmt.Sprintf("%d match", p.rows.objects))
	}
	n, all := e.Differing(), len(e.Objects)
	switch {
	case all == 0:
		return name
	case e.Counts[engine.DriftPending] == all:
		return longest(room, joined(c, name, fmt.Sprintf("comparing %d", all)), name)
	case n == 0:
		return longest(room, joined(c, name, fmt.Sprintf("none of %d differs", all)), joined(c, name, "none differs"), name, "none")
	}
	return longest(room,
		joined(c, name, fmt.Sprintf("%d of %d differ", n, all)),
		joined(c, name, fmt.Sprintf("%d of %d", n, all)),
		fmt.Sprintf("%d of %d differ", n, all),
		fmt.Sprintf("%d of %d", n, all),
		fmt.Sprint(n))
}

// nothing says why there are no rows.
func (p *Drift) nothing(in widget.Canvas) []string {
	if p.shown == nil {
		return say(in, themes.Text, "No environment is chosen.", "Its objects are shown here once one is.")
	}
	e := p.shown.environment
	name, message := ui.Clean(e.Name), ui.Clean(e.Message)
	switch {
	case len(e.Objects) > 0 && p.filter.String() != "":
		return say(in, themes.Text, fmt.Sprintf("None of %s matches %s", widget.Count(len(e.Objects), "object"), p.filter.String()), "esc clears the filter")
	case len(e.Objects) > 0:
		return say(in, themes.Synced, "Nothing differs: "+widget.Count(len(e.Objects), "object")+" as Git says.", "Only differences are shown.")
	case len(e.Problems) > 0:
		sentences := []string{name + " cannot be rendered. What is wrong:"}
		for _, problem := range e.Problems {
			sentences = append(sentences, ui.Clean(problem))
		}
		return say(in, themes.Error, append(sentences, "The next commit that puts it right is taken by itself.")...)
	case e.State == engine.StateUnknown && e.AsOf.IsZero() && !e.Settled:
		return say(in, themes.Text, name+": "+cmp.Or(message, "being read"), "Its objects are shown as soon as they are known.")
	case e.State == engine.StateUnknown || e.State == engine.StateBlocked:
		return say(in, themes.Warning, name+": "+cmp.Or(message, "cannot be read"), "It is tried again all the time.")
	}
	return say(in, themes.Text, "No objects: Git names none below "+cmp.Or(ui.Clean(e.Path), "its path")+", and none were applied.")
}

// driftColumns are the widths of the columns; 0 leaves one out.
type driftColumns struct{ kind, name, word, health, note int }

// columns makes room for what matters most: the name, how the object stands, its
// kind where no header tells it, its health, and who changed it.
func (p *Drift) columns(c widget.Canvas) driftColumns {
	kind, note := 0, 0
	if p.grouping != byKind {
		kind = min(p.rows.kind, 24)
	}
	if p.rows.noted {
		note = 20
	}
	fit := func(word, health int) []int {
		return c.Size(c.Width-lead-1, 1).Columns(
			widget.Column{Want: word},
			widget.Column{Want: health, Drop: 2},
			widget.Column{Want: kind, Min: 8, Drop: 1},
			widget.Column{Want: note, Min: 12, Drop: 3, Flex: note > 0},
			widget.Column{Want: p.rows.name, Min: readable},
		)
	}
	w := fit(p.rows.word, p.rows.healthy)
	if w[1] == 0 { // health takes the place of a drift that tells nothing
		w = fit(max(p.rows.word, p.rows.unwell), 0)
	}
	return driftColumns{word: w[0], health: w[1], kind: w[2], note: w[3], name: w[4]}
}

// draw draws the row of an object.
func (p *Drift) draw(c widget.Canvas, w driftColumns, k rowKey) string {
	x := k.entry
	status, health := x.status(c), healthOf(c, x.Health)
	if w.health == 0 && x.section == unwell {
		status = health
	}
	mark, found := " ", themes.Text
	if k.marked {
		mark, found = c.Glyphs().Mark, themes.Match
	}
	r := c.Row(k.on).Add(found, mark).Add(status.Role, status.Glyph).Gap(1).
		Column(themes.Kind, x.kind, w.kind)
	p.label(r, x, w.name)
	return r.Column(status.Role, status.Word, w.word).
		Column(health.Role, tell(health), w.health).
		Column(themes.Dim, x.note(c, k.age, w.note), w.note).String()
}

// label draws the name, with the namespace where it is not the usual one, and
// what the filter has found in it.
func (p *Drift) label(r *widget.Row, x *entry, width int) {
	role := themes.Text
	if x.section == differs {
		role = themes.Strong
	}
	if outer := x.outer(p.shown.usual); outer > 0 {
		outer = min(outer, max(width-x.label+outer, width/3))
		r.Fit(themes.Namespace, x.namespace, outer-1).Add(themes.Namespace, "/")
		width -= outer
	}
	r.Highlight(role, x.name, p.filter.Highlight(x.name), width).Gap(1)
}

// draw draws the header of a group.
func (h *header) draw(c widget.Canvas) string {
	dot := " " + c.Glyphs().Dot + " "
	tail := dot + h.tell()
	r := c.Row(themes.Screen).Gap(lead)
	room := c.Width - lead - 1
	switch need := widget.Width(h.group.title); {
	case need+widget.Width(h.group.api+tail) <= room:
		r.Add(themes.Kind, h.group.title).Add(themes.Dim, h.group.api+tail)
	case need+widget.Width(tail) <= room:
		r.Add(themes.Kind, h.group.title).Add(themes.Dim, tail)
	default:
		r.Fit(themes.Kind, h.group.title, room)
	}
	return r.String()
}

// tell says what is to be said of a group in its section.
func (h *header) tell() string {
	n := fmt.Sprint(h.same)
	if h.same < h.count {
		n += fmt.Sprintf(" of %d", h.count)
	}
	switch h.section {
	case differs:
		if h.same == 1 {
			return n + " differs"
		}
		return n + " differ"
	case pending:
		return n + " being compared"
	case unwell:
		return n + " not well"
	}
	return n + " synced"
}
