package dialog

import (
	"cmp"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
	"github.com/evenkeel/evenkeel/ui/diffview"
)

// diffPage shows what a plan changes in one object or file, or how one differs,
// inside of the dialog.
type diffPage struct {
	operation     engine.Operation
	word          string // for the operation; empty is what a plan says
	back          string // where the page leads back to
	name          string
	fields        []engine.FieldChange
	before, after string
	options       diffview.Options
	view          diffview.View
	drawn         bool
	top           int // the first line of the diff, as drawn last
}

// sideWidth is from where a diff is side by side unless somebody wants otherwise.
const sideWidth = 100

// newDiffPage shows an object; commit is set for what a commit makes of the
// desired state.
func newDiffPage(c *engine.Change, commit bool) *diffPage {
	o := diffview.Options{Language: diffview.YAML, Before: "live", After: "Git", Same: "No field changes that Git names."}
	if commit {
		o.Before, o.After = "Git now", "with the commit"
	}
	d := &diffPage{operation: c.Operation, back: backToPlan, name: nameOf(c.ID), fields: c.Fields, before: c.Live, after: c.Desired, options: o}
	return d.begin()
}

const backToPlan = "back to the plan"

// newFilePage shows a file.
func newFilePage(f *engine.FileChange) *diffPage {
	d := &diffPage{operation: f.Operation, back: backToPlan, name: ui.Clean(f.Path), before: f.Before, after: f.After, options: fileOptions(f.Path)}
	return d.begin()
}

func (d *diffPage) begin() *diffPage {
	d.view.SetFold(true)
	d.view.Set(d.compare())
	return d
}

func (d *diffPage) compare() *diffview.Diff { return diffview.New(d.options, d.before, d.after) }

func (d *diffPage) offers() []keymap.Offer {
	return []keymap.Offer{
		{Action: keymap.Back, Label: d.back},
		{Action: keymap.NextChange}, {Action: keymap.PrevChange},
		{Action: keymap.Side}, {Action: keymap.Fold}, {Action: keymap.Whitespace},
		{Action: keymap.Down}, {Action: keymap.Up},
	}
}

// key takes a key; it returns true when the page is done with.
func (d *diffPage) key(_ tea.KeyMsg, a keymap.Action) bool {
	const sideways = 8
	switch a {
	case keymap.Back:
		return true
	case keymap.Open:
		d.view.Toggle()
	case keymap.Up:
		d.view.Move(-1)
	case keymap.Down:
		d.view.Move(1)
	case keymap.PageUp:
		d.view.Page(-1)
	case keymap.PageDown:
		d.view.Page(1)
	case keymap.Top:
		d.view.Top()
	case keymap.Bottom:
		d.view.Bottom()
	case keymap.Left:
		d.view.Sideways(-sideways)
	case keymap.Right:
		d.view.Sideways(sideways)
	case keymap.NextChange:
		d.view.Next()
	case keymap.PrevChange:
		d.view.Previous()
	case keymap.Side:
		d.view.SetSide(!d.view.Side())
	case keymap.Fold:
		d.view.SetFold(!d.view.Folded())
	case keymap.Whitespace:
		d.options.IgnoreWhitespace = !d.options.IgnoreWhitespace
		d.view.Update(d.compare())
	}
	return false
}

func (d *diffPage) click(y int) {
	if y >= d.top {
		d.view.Click(y - d.top)
	}
}

func (d *diffPage) wheel(lines int) { d.view.Scroll(lines) }

// draw draws the page in a box of its own.
func (d *diffPage) draw(c widget.Canvas, title string) []string {
	op := operation(c, d.operation)
	op.Word = cmp.Or(d.word, op.Word)
	box := widget.Box{
		Title: title,
		Note:  op.String() + " " + d.name,
		Foot:  d.view.Position(),
	}
	box.From, box.Shown, box.Of = d.view.Extent()
	in := box.Inside(c)
	if !d.drawn {
		d.drawn = true
		d.view.SetSide(in.Width >= sideWidth)
	}
	var head []string
	most := max(0, min(in.Height/3, len(d.fields)))
	for i := range d.fields[:most] {
		head = append(head, drawField(in, in.Row(themes.Screen).Gap(1), &d.fields[i]))
	}
	if most > 0 {
		head = append(head, blank(in))
	}
	d.top = 1 + len(head)
	return box.Draw(c, append(head, d.view.Draw(c.Theme, in.Width, in.Height-len(head), true)...))
}
