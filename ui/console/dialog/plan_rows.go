package dialog

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// planRow is a line of what a plan does: an object, one of its fields, or words.
type planRow struct {
	change *engine.Change
	field  *engine.FieldChange // set in the lines below an object
	brief  bool                // the fields are told on the object's own line
	aside  bool                // the plan leaves the object alone
	text   string              // words, of the object or of what follows
	role   themes.Role
}

// manyChanges is from how many objects on each takes one line only.
const manyChanges = 16

// planRows lists what a plan does, what is deleted first, and then what it
// leaves alone. Words are wrapped to fit a width.
func planRows(p *engine.Plan, width int) []planRow {
	var rows []planRow
	say := func(role themes.Role, text string) {
		for _, line := range widget.Wrap(text, width-2) {
			rows = append(rows, planRow{text: line, role: role})
		}
	}
	if p.BrokenRevision != "" {
		say(themes.Error, widget.ShortHash(p.BrokenRevision)+" can't be rendered, so this is for the last good revision:")
		for _, problem := range p.Problems {
			for _, line := range ui.CleanLines(problem) {
				say(themes.Error, line)
			}
		}
	}
	section := func(order []*engine.Change, aside bool) {
		slices.SortStableFunc(order, func(a, b *engine.Change) int { return cmp.Compare(rank(a), rank(b)) })
		for _, c := range order {
			brief := len(order) >= manyChanges
			rows = append(rows, planRow{change: c, brief: brief, aside: aside})
			if c.Reason != "" {
				role, text := themes.Dim, c.Reason
				if c.Refused {
					role, text = themes.Error, "the server refuses it: "+text
				}
				for _, line := range wrapLines(text, width-4) {
					rows = append(rows, planRow{change: c, text: line, role: role, aside: aside})
				}
			}
			if brief {
				continue
			}
			for i := range c.Fields {
				rows = append(rows, planRow{change: c, field: &c.Fields[i]})
			}
		}
	}
	if p.Commit == nil {
		section(pointers(p.Changes), false)
	}
	for _, name := range changedIn(p) {
		changes := slices.DeleteFunc(pointers(p.Changes), func(c *engine.Change) bool { return c.Environment != name })
		text, role := fmt.Sprintf("%s: %s", cmp.Or(ui.Clean(name), "?"), widget.Count(len(changes), "object")), themes.Title
		if name != p.Environment {
			text, role = text+", which this changes too", themes.Warning
		}
		say(role, text)
		section(changes, false)
	}
	if names := changedIn(p); guided(p.Action) && len(names) == 1 && names[0] == p.Environment {
		say(themes.Dim, "No other environment changes.")
	}
	if n := len(p.Waiting); n > 0 {
		say(themes.Warning, fmt.Sprintf("Left out, because a person has to approve %s:", widget.Count(n, "deletion")))
		section(pointers(p.Waiting), true)
	}
	if n := len(p.Contested); n > 0 {
		say(themes.Warning, fmt.Sprintf("Left out, because somebody else has %s:", widget.Count(n, "object")))
		section(pointers(p.Contested), true)
	}
	return rows
}

// pointers are the changes themselves, to be put in another order.
func pointers(changes []engine.Change) []*engine.Change {
	out := make([]*engine.Change, len(changes))
	for i := range changes {
		out[i] = &changes[i]
	}
	return out
}

// changedIn are the environments in which a commit changes something, its own
// first; none for a plan that commits nothing.
func changedIn(p *engine.Plan) []string {
	var names []string
	if p.Commit == nil {
		return nil
	}
	for _, c := range p.Changes {
		if !slices.Contains(names, c.Environment) {
			names = append(names, c.Environment)
		}
	}
	slices.SortStableFunc(names, func(a, b string) int {
		switch p.Environment {
		case a:
			return -1
		case b:
			return 1
		}
		return 0
	})
	return names
}

// wrapLines cleans and wraps a text of several lines.
func wrapLines(text string, width int) []string {
	var out []string
	for _, line := range ui.CleanLines(text) {
		out = append(out, widget.Wrap(line, width)...)
	}
	return out
}

// rank orders changes: what can't be undone first, what will fail next.
func rank(c *engine.Change) int {
	switch {
	case c.Operation == engine.Delete:
		return 0
	case c.Refused:
		return 1
	}
	return 2
}

// planColumns are what the lines of objects need. Where there is no room for
// all, the file goes first.
func planColumns(rows []planRow) []widget.Column {
	kind, name := 0, 0
	last := widget.Column{Want: 24, Min: 24, Drop: 3, Flex: true}
	for _, r := range rows {
		if r.change == nil || r.field != nil || r.text != "" {
			continue
		}
		kind = max(kind, widget.Width(ui.Clean(r.change.Kind)))
		name = max(name, widget.Width(nameOf(r.change.ID)))
		if r.brief {
			last.Min, last.Drop = 8, 1
		}
	}
	return []widget.Column{
		{Want: 8},
		{Want: min(kind, 28), Min: 6, Drop: 2},
		{Want: name, Min: 12},
		last,
	}
}

// drawPlanRow draws one line.
func drawPlanRow(c widget.Canvas, r planRow, on themes.Surface, widths []int) string {
	row := c.Row(on).Gap(1)
	switch {
	case r.change == nil:
		return row.Fit(r.role, r.text, max(0, c.Width-2)).String()
	case r.text != "":
		return row.Gap(2).Fit(r.role, r.text, max(0, c.Width-4)).String()
	case r.field != nil:
		return drawField(c, row.Gap(2), r.field)
	}
	op := operation(c, r.change.Operation)
	nameRole := themes.Strong
	if r.aside {
		op.Role, nameRole = themes.Dim, themes.Text
	} else if r.change.Operation == engine.Delete {
		nameRole = themes.Danger
	}
	row.Column(op.Role, op.String(), widths[0]).
		Column(themes.Kind, ui.Clean(r.change.Kind), widths[1]).
		Column(nameRole, nameOf(r.change.ID), widths[2])
	switch {
	case r.brief && len(r.change.Fields) > 0:
		text := ui.Clean(r.change.Fields[0].Name()) + " " + valuesOf(c, &r.change.Fields[0])
		if more := len(r.change.Fields) - 1; more > 0 {
			text = fmt.Sprintf("%s, %d more", text, more)
		}
		row.Column(themes.Text, text, widths[3])
	case r.change.File != "":
		row.Column(themes.Dim, place(r.change), widths[3])
	}
	return row.String()
}

// drawField draws a field: how it changes, and who set it on both sides.
func drawField(c widget.Canvas, row *widget.Row, f *engine.FieldChange) string {
	values := valuesOf(c, f)
	path := ui.Clean(f.Path)
	who := whoOf(c, f)
	room := max(0, row.Room()-1)
	if widget.Width(path)+2+widget.Width(values) > room {
		who = ""
		if short := ui.Clean(f.Name()); short != path {
			path = c.Glyphs().Ellipsis + short
		}
		if widget.Width(path)+2+widget.Width(values) > room {
			values = tagsOf(c, f, values)
		}
	}
	row.Fit(themes.YAMLKey, path, min(widget.Width(path), room))
	room = max(0, row.Room()-3)
	row.Gap(2).Fit(themes.Text, values, min(widget.Width(values), room))
	if room = row.Room() - 4; who != "" && room > 10 {
		row.Gap(3).Fit(themes.Dim, who, min(widget.Width(who), room))
	}
	return row.String()
}

// valuesOf is what a field is changed from and to.
func valuesOf(c widget.Canvas, f *engine.FieldChange) string {
	if f.Masked {
		return "changes (the value is secret)"
	}
	return value(c, f.Live) + " " + c.Glyphs().Arrow + " " + value(c, f.Desired)
}

// tagsOf is how an image changes, without the name of its repository, when only
// the tag does; of other fields it is what was told already.
func tagsOf(c widget.Canvas, f *engine.FieldChange, told string) string {
	live, ok := f.Live.(string)
	desired, both := f.Desired.(string)
	at := strings.LastIndex(live, ":") + 1
	if !ok || !both || f.Masked || f.Name() != "image" || at == 0 || !strings.HasPrefix(desired, live[:at]) {
		return told
	}
	return value(c, live[at:]) + " " + c.Glyphs().Arrow + " " + value(c, desired[at:])
}

// whoOf says who set the live value, and who the value in Git.
func whoOf(c widget.Canvas, f *engine.FieldChange) string {
	var parts []string
	if f.Manager != "" {
		text := "set by " + ui.Clean(f.Manager)
		if age := c.Age(f.ChangedAt); age != "" {
			text += " " + age + " ago"
		}
		parts = append(parts, text)
	}
	if g := f.Commit; g != nil {
		parts = append(parts, fmt.Sprintf("in Git %s %s %s", widget.ShortHash(g.Hash), ui.Clean(g.Author), ui.Clean(g.Subject)))
	}
	return strings.Join(parts, " "+c.Glyphs().Dot+" ")
}

// value is a value of a field on one line.
func value(c widget.Canvas, v any) string {
	const most = 60
	text := ""
	switch v := v.(type) {
	case nil:
		return "(none)"
	case string:
		text = v
		if v == "" || strings.TrimSpace(v) != v {
			text = fmt.Sprintf("%q", v)
		}
	default:
		encoded, err := json.Marshal(v)
		if err != nil {
			encoded = []byte(fmt.Sprint(v))
		}
		text = string(encoded)
	}
	if runes := []rune(ui.Clean(text)); len(runes) > most {
		return string(runes[:most-1]) + c.Glyphs().Ellipsis
	}
	return ui.Clean(text)
}

// place is where Git says the object.
func place(c *engine.Change) string {
	if c.Line > 0 {
		return fmt.Sprintf("%s:%d", ui.Clean(c.File), c.Line)
	}
	return ui.Clean(c.File)
}
