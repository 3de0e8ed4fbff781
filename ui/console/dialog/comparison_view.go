package dialog

import (
	"fmt"
	"strings"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/widget"
	"github.com/evenkeel/evenkeel/ui/diffview"
)

// newComparedPage shows how an object differs between two sides.
func newComparedPage(c *engine.Change, before, after, word string) *diffPage {
	d := &diffPage{
		operation: c.Operation, word: word, back: "back to the list", name: ui.Clean(c.Kind) + " " + nameOf(c.ID), fields: c.Fields,
		before: c.Live, after: c.Desired, options: diffview.Options{Language: diffview.YAML, Before: before, After: after},
	}
	return d.begin()
}

// Size implements Dialog.
func (d *Comparison) Size(width, height int) (w, h int) {
	if d.page != nil {
		return fitted(width, height, width, height)
	}
	return fitted(width, height, 120, d.list.Count()+12)
}

// View implements Dialog.
func (d *Comparison) View(c widget.Canvas) []string {
	if d.page != nil {
		return d.page.draw(c, d.title(c))
	}
	box := widget.Box{Title: d.title(c)}
	if len(d.others) > 1 {
		for _, name := range d.others {
			box.Tabs = append(box.Tabs, widget.Tab{Name: "with " + ui.Clean(name), Open: name == d.from.Environment})
		}
	}
	in := box.Inside(c)
	head := d.head(in)
	foot := d.foot(in)
	first := c.Height - 1 - in.Height
	lines := stack(in, head, foot, 3, func(b widget.Canvas) []string {
		d.end = first + in.Height - min(len(foot), in.Height)
		d.top = d.end - b.Height
		return d.body(b)
	})
	if n := d.list.Count(); n > 0 {
		from, to := d.list.Visible(max(0, d.end-d.top))
		box.From, box.Shown, box.Of = from, to-from, n
	}
	d.box, d.canvas = box, c
	return box.Draw(c, lines)
}

func (d *Comparison) title(c widget.Canvas) string {
	return "Compare " + d.side(d.from) + " " + c.Glyphs().Arrow + " " + d.side(d.to)
}

// side is what tells one side from the other.
func (d *Comparison) side(at engine.At) string {
	switch name := ui.Clean(at.Environment); {
	case d.from.Environment != d.to.Environment:
		return name
	case at.Revision == "":
		return name + " now"
	}
	return ui.Clean(widget.ShortHash(at.Revision))
}

// word says what an operation means in a comparison.
func (d *Comparison) word(op engine.Operation) string {
	switch op {
	case engine.Create:
		return "only in " + d.side(d.to)
	case engine.Delete:
		return "only in " + d.side(d.from)
	}
	return "differs"
}

// head says what is compared.
func (d *Comparison) head(c widget.Canvas) []string {
	r := d.result
	if r == nil {
		return nil
	}
	names := widget.Widest(2, func(i int) string { return []string{r.From.Environment, r.To.Environment}[i] })
	end := func(word string, at engine.At, commit engine.Commit) string {
		row := c.Row(themes.Screen).Gap(1).Fit(themes.Label, word, 6).Fit(themes.Strong, ui.Clean(at.Environment), min(names, 24)).Gap(1).
			Add(themes.Hash, ui.Clean(widget.ShortHash(at.Revision))).Gap(1)
		if commit.Hash == "" {
			return row.String()
		}
		if commit.Hash != at.Revision {
			row.Add(themes.Dim, "since ").Add(themes.Hash, ui.Clean(widget.ShortHash(commit.Hash))).Gap(1)
		}
		about := ui.Clean(commit.Author + " " + commit.Subject)
		row.Add(themes.Age, c.Age(commit.Time)).Gap(1)
		return row.Fit(themes.Text, about, max(0, row.Room()-1)).String()
	}
	lines := []string{end("from", r.From, r.FromCommit), end("to", r.To, r.ToCommit)}
	if len(r.Namespaces) > 0 {
		pairs := make([]string, len(r.Namespaces))
		for i, n := range r.Namespaces {
			pairs[i] = ui.Clean(n.From + " is " + n.To)
		}
		lines = append(lines, c.Row(themes.Screen).Gap(1).Fit(themes.Dim, "Namespace "+strings.Join(pairs, ", ")+".", max(0, c.Width-2)).String())
	}
	for _, k := range r.Common {
		text := ui.Clean(fmt.Sprintf("In %d objects: %s %s %s %s", k.Objects, k.Name, value(c, k.From), c.Glyphs().Arrow, value(c, k.To)))
		lines = append(lines, c.Row(themes.Screen).Gap(1).Fit(themes.Dim, text, max(0, c.Width-2)).String())
	}
	return append(lines, blank(c))
}

// foot counts what differs, or says why the objects cannot be told any more.
func (d *Comparison) foot(c widget.Canvas) []string {
	r := d.result
	switch {
	case r == nil || len(r.Problems) > 0:
		return nil
	case d.outdated():
		return append([]string{blank(c)}, short(c, themes.Warning, "Git has moved on. "+d.work.Keys.Key("refresh")+" compares again.")...)
	}
	counts := map[engine.Operation]int{}
	for i := range r.Changes {
		counts[r.Changes[i].Operation]++
	}
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{
		{counts[engine.Update], differ(counts[engine.Update])}, {counts[engine.Delete], d.word(engine.Delete)}, {counts[engine.Create], d.word(engine.Create)},
		{len(r.Ambiguous), "not compared"}, {r.Unchanged, "the same"},
	} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	return append([]string{blank(c)}, short(c, themes.Dim, strings.Join(parts, ", "))...)
}

func differ(n int) string {
	if n == 1 {
		return "differs"
	}
	return "differ"
}

// body lists what differs.
func (d *Comparison) body(c widget.Canvas) []string {
	r := d.result
	switch {
	case d.err != nil:
		return short(c, themes.Error, ui.Clean(d.err.Error()))
	case r == nil:
		return paragraph(c, themes.Dim, "They are being compared.")
	case len(r.Problems) > 0:
		out := paragraph(c, themes.Warning, "They cannot be compared: one does not render.")
		for _, problem := range r.Problems {
			for _, line := range ui.CleanLines(problem) {
				out = append(out, paragraph(c, themes.Error, line)...)
			}
		}
		return out
	case d.list.Count() == 0:
		return paragraph(c, themes.Synced, fmt.Sprintf("Nothing differs: %s.", widget.Count(r.Unchanged, "object")))
	}
	words := min(d.wide.word+2, c.Width/3)
	from, to := d.list.Visible(c.Height)
	out := make([]string, 0, c.Height)
	for i := from; i < to; i++ {
		on := themes.Screen
		if i == d.list.Cursor() {
			on = themes.Cursor
		}
		row := c.Row(on).Gap(1)
		if i >= len(d.rows) {
			out = append(out, row.Fit(themes.Warning, ambiguity(&r.Ambiguous[i-len(d.rows)]), max(0, c.Width-2)).String())
			continue
		}
		x, role := &d.rows[i], themes.Text
		s := c.OperationStatus(x.change.Operation)
		s.Word = x.word
		if x.ordinary {
			s.Role, role = themes.Dim, themes.Dim
		}
		row.Fit(s.Role, s.String(), words).Gap(1)
		room := max(0, row.Room()-2)
		row.Fit(role, x.name, min(d.wide.name, max(room*2/3, room-d.wide.note))).Gap(1)
		out = append(out, row.Fit(themes.Dim, x.note(c.Glyphs().Arrow), max(0, row.Room()-1)).String())
	}
	return out
}

// ambiguity says which objects are not compared.
func ambiguity(a *engine.Ambiguity) string {
	names := func(ids []engine.ID) string {
		out := make([]string, len(ids))
		for i, id := range ids {
			out[i] = nameOf(id)
		}
		return strings.Join(out, ", ")
	}
	return ui.Clean(a.From[0].Kind) + " not compared, as any could belong together: " + names(a.From) + " with " + names(a.To)
}
