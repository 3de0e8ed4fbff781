package detail

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
	"github.com/evenkeel/evenkeel/ui/diffview"
)

// comparison is two texts and how they differ. Comparing takes time, so it is
// done where the texts are asked for.
type comparison struct {
	options       diffview.Options
	before, after string
	diff          *diffview.Diff
}

// compare finds out how two texts differ.
func compare(o diffview.Options, before, after string) *comparison {
	return &comparison{options: o, before: before, after: after, diff: diffview.New(o, before, after)}
}

// diffPane shows a comparison.
type diffPane struct {
	*desk
	view  diffview.View
	given *comparison       // by the tab
	shown *comparison       // the same, perhaps with the other idea of white space
	other load[*comparison] // of that idea

	finder finder
}

func newDiffPane(d *desk) *diffPane {
	p := &diffPane{desk: d}
	p.finder.in = searchedDiff{&p.view}
	return p
}

// searchedDiff searches a difference.
type searchedDiff struct{ *diffview.View }

func (v searchedDiff) matches() (at, of int) { return v.Matches() }

// set shows a comparison. Another state of the one that is shown keeps its
// place; any other begins at its first change.
func (p *diffPane) set(c *comparison, same bool) {
	if p.given == c {
		return
	}
	p.given = c
	p.other.stop()
	p.other.known = false
	p.turn(c, same)
}

// turn turns to a comparison.
func (p *diffPane) turn(c *comparison, same bool) {
	fresh := p.shown == nil || !same
	p.shown = c
	switch {
	case c == nil:
		p.view.Set(nil)
	case fresh:
		p.view.Set(c.diff)
	default:
		p.view.Update(c.diff)
	}
	if p.view.Folded() == p.taste.unfolded {
		p.view.SetFold(!p.taste.unfolded)
	}
	if fresh {
		p.finder.again()
	}
}

// load takes up another idea of white space.
func (p *diffPane) load() tea.Cmd {
	c := p.shown
	if c == nil || c.options.IgnoreWhitespace == p.taste.whitespace {
		return nil
	}
	if p.other.open() {
		return nil
	}
	if p.other.known {
		found := p.other.value
		p.other.known = false
		p.turn(found, true)
		return p.load()
	}
	o := c.options
	o.IgnoreWhitespace = p.taste.whitespace
	return p.other.start(1, 0, func(context.Context) (*comparison, error) { return compare(o, c.before, c.after), nil })
}

func (p *diffPane) draw(c widget.Canvas) []string {
	p.view.SetSide(p.taste.side)
	return p.finder.draw(c, func(c widget.Canvas) []string { return p.view.Draw(c.Theme, c.Width, c.Height, c.Focused) })
}

func (p *diffPane) offers() []keymap.Offer {
	if p.shown == nil {
		return nil
	}
	side, fold, space := "side by side", "fold unchanged", "ignore whitespace"
	if p.taste.side {
		side = "unified"
	}
	if !p.taste.unfolded {
		fold = "show unchanged"
	}
	if p.taste.whitespace {
		space = "heed whitespace"
	}
	var offers []keymap.Offer
	if !p.finder.on() {
		offers = append(offers, keymap.Offer{Action: keymap.NextChange}, keymap.Offer{Action: keymap.PrevChange})
	}
	offers = append(offers, keymap.Offer{Action: keymap.Side, Label: side}, keymap.Offer{Action: keymap.Fold, Label: fold},
		keymap.Offer{Action: keymap.Whitespace, Label: space})
	return append(append(offers, p.finder.offers()...), keymap.Offer{Action: keymap.Copy, Label: "copy the change"}, keymap.Offer{Action: keymap.Edit})
}

// sideways is how many cells one goes to the side.
const sideways = 8

func (p *diffPane) do(a keymap.Action) (tea.Cmd, bool) {
	if p.finder.do(a) {
		return nil, true
	}
	v := &p.view
	switch a {
	case keymap.Up:
		v.Move(-1)
	case keymap.Down:
		v.Move(1)
	case keymap.PageUp:
		v.Page(-1)
	case keymap.PageDown:
		v.Page(1)
	case keymap.Top:
		v.Top()
	case keymap.Bottom:
		v.Bottom()
	case keymap.Left:
		v.Sideways(-sideways)
	case keymap.Right:
		v.Sideways(sideways)
	case keymap.NextChange:
		v.Next()
	case keymap.PrevChange:
		v.Previous()
	case keymap.Open:
		return nil, v.Toggle()
	case keymap.Side:
		p.taste.side = !p.taste.side
	case keymap.Fold:
		p.taste.unfolded = !p.taste.unfolded
		v.SetFold(!p.taste.unfolded)
	case keymap.Whitespace:
		p.taste.whitespace = !p.taste.whitespace
		return p.load(), true
	default:
		return nil, false
	}
	return nil, true
}

func (p *diffPane) click(line int)                  { p.view.Click(line) }
func (p *diffPane) wheel(n int)                     { p.view.Scroll(n) }
func (p *diffPane) position() (from, shown, of int) { return p.view.Extent() }
func (p *diffPane) copy() string                    { return p.view.Copy() }
func (p *diffPane) editing() bool                   { return p.finder.typing }
func (p *diffPane) key(k tea.KeyMsg)                { p.finder.key(k) }

func (p *diffPane) whole() (text, extension string) {
	if p.shown == nil {
		return "", ".diff"
	}
	return p.shown.diff.Unified(), ".diff"
}
