package panel

import (
	"cmp"
	"fmt"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// View draws the panel.
func (p *Images) View(c widget.Canvas) []string {
	box := widget.Box{Number: "3", Title: "Images"}
	in := box.Inside(c)
	box.Note, box.Foot = p.note(c, noteRoom(c, box)), p.aside(c)
	body, foot := in, p.foot(in)
	if foot != "" {
		body = in.Size(in.Width, in.Height-1)
	}
	if len(p.keys) == 0 {
		return box.Draw(c, underline(in, p.nothing(body), foot))
	}
	from, to := p.visible(body.Height)
	box.From, box.Shown, box.Of = from, to-from, len(p.keys)
	w := p.columns(in)
	out := make([]string, 0, in.Height)
	for i := from; i < to; i++ {
		x := p.keys[i]
		marked := p.marked[x.key]
		out = append(out, p.draw(in, surface(in, i == p.list.Cursor(), marked), w, x, marked))
	}
	return box.Draw(c, underline(in, body.Fill(out), foot))
}

// note says how many updates are pending, here and elsewhere, and what is
// filtered.
func (p *Images) note(c widget.Canvas, room int) string {
	pending, elsewhere := "", ""
	if p.pending > 0 {
		pending = fmt.Sprintf("%d pending", p.pending)
	}
	if p.elsewhere > 0 {
		elsewhere = fmt.Sprintf("%d elsewhere", p.elsewhere)
	}
	switch all := p.pending + p.elsewhere; {
	case p.filter.String() != "":
		match := fmt.Sprintf("%d match", len(p.keys))
		return longest(room, fmt.Sprintf("%d of %d match %s", len(p.keys), p.all, p.filter), match)
	case p.everywhere:
		return longest(room, fmt.Sprintf("%d pending everywhere", all), fmt.Sprintf("%d pending", all), fmt.Sprint(all))
	case all > 0:
		return longest(room, joined(c, pending, elsewhere), cmp.Or(pending, elsewhere), fmt.Sprint(p.pending))
	case p.all > 0:
		return longest(room, widget.Count(p.all, "image"), fmt.Sprint(p.all))
	}
	return ""
}

// aside is what else there is to know about the rows: how old they are, which
// registry does not answer, and how many are marked.
func (p *Images) aside(c widget.Canvas) string {
	old, marked := "", ""
	if p.environment != nil {
		old = age(c, p.environment)
	}
	if n := len(p.marked); n > 0 {
		marked = fmt.Sprintf("%d marked", n)
	}
	troubles := p.troubles(c)
	room := c.Width - 8
	return longest(room, append(each(troubles, func(t string) string { return joined(c, marked, t, old) }), joined(c, marked, old))...)
}

func each(texts []string, f func(string) string) []string {
	var out []string
	for _, s := range texts {
		out = append(out, f(s))
	}
	return out
}

// troubles tells of the registries that are in trouble, in more words and fewer.
func (p *Images) troubles(c widget.Canvas) []string {
	var first *engine.Registry
	n := 0
	for i := range p.registries {
		if r := &p.registries[i]; !r.DownSince.IsZero() || !r.LimitedSince.IsZero() || r.Err != "" {
			if n++; first == nil || first.DownSince.IsZero() && !r.DownSince.IsZero() {
				first = r
			}
		}
	}
	if first == nil {
		return nil
	}
	host, how, since := ui.Clean(first.Host), "in trouble", ""
	switch {
	case !first.DownSince.IsZero():
		how, since = "down", " for "+c.Age(first.DownSince)
	case !first.LimitedSince.IsZero():
		how, since = "slowed down", " for "+c.Age(first.LimitedSince)
	}
	if n > 1 {
		more := fmt.Sprintf(" and %d more", n-1)
		return []string{host + " " + how + since + more, fmt.Sprintf("%d registries in trouble", n), "registries " + how}
	}
	return []string{host + " " + how + since, host + " " + how, "registry " + how + since, "registry " + how}
}

// nothing says why there are no rows.
func (p *Images) nothing(in widget.Canvas) []string {
	switch e := p.environment; {
	case p.all > 0:
		return say(in, themes.Text, fmt.Sprintf("None of %s matches %s", widget.Count(p.all, "image"), p.filter), "esc clears the filter")
	case p.everywhere:
		return say(in, themes.Synced, "Nothing is pending in any environment.")
	case e == nil:
		return say(in, themes.Text, "No environment is chosen.", "The images that run there are shown here once one is.")
	case len(e.Objects) == 0 && e.State == engine.StateUnknown:
		return say(in, themes.Text, ui.Clean(e.Name)+": "+cmp.Or(ui.Clean(e.Message), "being read"), "Its images are shown as soon as they are known.")
	case len(e.Objects) == 0 && e.State == engine.StateBlocked:
		return say(in, themes.Warning, ui.Clean(e.Name)+": "+ui.Clean(e.Message))
	}
	return say(in, themes.Text, "No images: nothing that Git names here runs one.")
}

// What the columns of images are cut to as long as another one could go.
const (
	versionKept = 16
	labelKept   = 8
	noteKept    = 20
)

// columns makes room for what matters most: the version, the workload, the state,
// the environment where there are several, the age, and the policy.
func (p *Images) columns(c widget.Canvas) imageColumns {
	where := 0
	if p.everywhere {
		where = p.widest.where
	}
	// The version comes last: when nothing else helps, it is what is cut.
	fit := c.Size(c.Width-lead-1, 1).Columns(
		widget.Column{Want: where, Min: 6},
		widget.Column{Want: p.widest.word, Drop: 1},
		widget.Column{Want: p.widest.age, Drop: 2},
		widget.Column{Want: p.widest.note, Min: noteKept, Drop: 3, Flex: p.widest.note > 0},
		widget.Column{Want: p.widest.label, Min: labelKept},
		widget.Column{Want: p.widest.version, Min: versionKept},
	)
	return imageColumns{where: fit[0], word: fit[1], age: fit[2], note: fit[3], label: fit[4], version: fit[5]}
}

// draw draws the row of an image.
func (p *Images) draw(c widget.Canvas, on themes.Surface, w imageColumns, x *image, marked bool) string {
	s := x.status(c)
	mark, role := " ", themes.Text
	if marked {
		mark = c.Glyphs().Mark
	}
	if x.to != "" {
		role = s.Role
	}
	note := themes.Dim
	if x.Trouble {
		note = themes.Warning
	}
	return c.Row(on).Add(themes.Match, mark).Add(s.Role, s.Glyph).Gap(1).
		Column(themes.Namespace, x.where, w.where).
		Column(themes.Strong, x.label, w.label).
		Column(role, x.version(c), w.version).
		ColumnRight(themes.Age, x.age(c), w.age).
		Column(s.Role, s.Word, w.word).
		Column(note, x.note, w.note).
		String()
}
