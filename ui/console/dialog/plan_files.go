package dialog

import (
	"fmt"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// filePicks are the files that a promotion could copy whole, and which of them
// go.
type filePicks struct {
	rows []fileRow
	list widget.List
}

// fileRow is one file.
type fileRow struct {
	*engine.PromotableFile
	marked bool
}

// set takes the files of a plan.
func (k *filePicks) set(p *engine.Plan) {
	k.rows = k.rows[:0]
	for i := range p.Files {
		k.rows = append(k.rows, fileRow{&p.Files[i], p.Files[i].Picked})
	}
	k.list.SetCount(len(k.rows))
}

// chosen is the row of the cursor; nil when there is none.
func (k *filePicks) chosen() *fileRow {
	if i := k.list.Cursor(); i >= 0 {
		return &k.rows[i]
	}
	return nil
}

// asked are the files that go.
func (k *filePicks) asked() []string {
	var out []string
	for _, r := range k.rows {
		if r.marked {
			out = append(out, r.Name)
		}
	}
	return out
}

// copyable counts the files that could go.
func (k *filePicks) copyable() int {
	n := 0
	for _, r := range k.rows {
		if r.Reason == "" {
			n++
		}
	}
	return n
}

// offer says what the key of a mark does to the chosen file, and why nothing;
// only is set when nothing goes but one.
func (k *filePicks) offer(only bool) keymap.Offer {
	o := keymap.Offer{Action: keymap.Mark, Label: "copy it along"}
	switch r := k.chosen(); {
	case r == nil:
		o.Disabled = "there is no file"
	case r.Reason != "":
		o.Disabled = "not to be copied: " + ui.Clean(r.Reason)
	case r.marked:
		o.Label = "leave it out"
		if only {
			o.Disabled = onlyOne
		}
	}
	return o
}

// filing tells whether the list of files that could be copied is open.
func (p *Plan) filing() bool {
	return p.plan != nil && p.plan.Action == engine.ActionPromote && p.tab == tabFiles
}

// copies lists the files that could go, and tells of the chosen one.
func (p *Plan) copies(c widget.Canvas) []string {
	k := &p.files
	widths := c.Size(c.Width-2, c.Height).Columns(
		widget.Column{Want: len("[x]")},
		widget.Column{Want: 8, Drop: 1},
		widget.Column{Want: widget.Widest(len(k.rows), func(i int) string { return ui.Clean(k.rows[i].Name) }), Min: 16},
		widget.Column{Want: 20, Min: 10, Drop: 2, Flex: true},
	)
	header := c.Row(themes.Screen).Gap(1)
	for i, name := range []string{"", "", "file of " + ui.Clean(p.plan.Source), ""} {
		header.Column(themes.Label, name, widths[i])
	}
	return p.split(c, &k.list, header.String(), p.fileAside(c), func(i int) string { return p.fileLine(c, i, widths) })
}

// fileLine draws the row of a file. One that cannot be copied has no place for a
// mark.
func (p *Plan) fileLine(c widget.Canvas, i int, widths []int) string {
	r := &p.files.rows[i]
	mark, name := "[ ]", themes.Text
	switch {
	case r.Reason != "":
		mark, name = "", themes.Dim
	case r.marked:
		mark, name = "[x]", themes.Strong
	}
	op := operation(c, r.Operation)
	row := c.Row(p.surface(&p.files.list, i)).Gap(1).Column(themes.Key, mark, widths[0]).
		Column(op.Role, op.String(), widths[1]).Column(name, ui.Clean(r.Name), widths[2])
	return row.Column(themes.Warning, ui.Clean(r.Reason), widths[3]).String()
}

// fileAside tells of the chosen file what its row has no room for.
func (p *Plan) fileAside(c widget.Canvas) []string {
	r := p.files.chosen()
	if r == nil {
		return nil
	}
	out := paragraph(c, themes.Title, ui.Clean(fmt.Sprintf("%s %s %s", r.From, c.Glyphs().Arrow, r.Path)))
	switch {
	case r.Reason != "":
		out = append(out, paragraph(c, themes.Warning, "Not to be copied: "+ui.Clean(r.Reason))...)
	case r.marked:
		out = append(out, paragraph(c, themes.Text, "Copied whole, as "+ui.Clean(p.plan.Source)+" took it.")...)
	default:
		out = append(out, paragraph(c, themes.Dim, "Left as it is, unless it is marked.")...)
	}
	if r.Hidden != "" && r.Hidden != r.Reason {
		out = append(out, paragraph(c, themes.Warning, "Not shown: "+ui.Clean(r.Hidden))...)
	}
	return out[:min(len(out), asideLines)]
}

// onlyThere tells the workloads that only the source of a promotion has.
func (p *Plan) onlyThere(c widget.Canvas) []string {
	n := len(p.plan.OnlyInSource)
	if n == 0 {
		return nil
	}
	const named = 3
	text := ""
	for i, id := range p.plan.OnlyInSource[:min(n, named)] {
		if i > 0 {
			text += ", "
		}
		text += ui.Clean(id.Kind + " " + id.Name)
	}
	if n > named {
		text += fmt.Sprintf(" and %d more", n-named)
	}
	return short(c, themes.Dim, fmt.Sprintf("Only in %s, and not promoted: %s.", ui.Clean(p.plan.Source), text))
}
