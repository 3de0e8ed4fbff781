package dialog

import (
	"context"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// Comparison shows how two revisions of an environment differ, or two
// environments, as Git says it.
type Comparison struct {
	work     Work
	from, to engine.At
	others   []string // the environments that can be compared with, from's among them; none for two revisions

	asked  int // which question is waited for; the answers to others are dropped
	cancel context.CancelFunc
	result *engine.Comparison // nil until there is one
	err    error              // why there is none
	now    string             // the head of the repository, as far as it is known
	then   string             // and when it was asked

	// rows are what differs: first what differs in more than what is common. What
	// is ambiguous follows them in the list.
	rows []comparedRow
	wide comparedWidths // the widest of each column
	list widget.List
	page *diffPage // the object that is read; nil while there is the list

	box    widget.Box    // as drawn last
	canvas widget.Canvas // as drawn last
	top    int           // the first line of the list, as drawn last
	end    int           // and the line behind its last one
}

// comparedRow is an object that differs, in words that are clean.
type comparedRow struct {
	change   *engine.Change
	word     string // on which side it is
	name     string
	images   [][2]string // tags before and after
	fields   string      // what else differs, besides what is common
	ordinary bool        // nothing else does
}

type comparedWidths struct{ word, name, note int }

type comparedMsg struct {
	of     *Comparison
	asked  int
	result *engine.Comparison
	err    error
}

// NewComparison begins to compare. With others, from is one of these environments,
// and one can go on to the next.
func NewComparison(w Work, from, to engine.At, others []string, s *engine.Snapshot) (*Comparison, tea.Cmd) {
	d := &Comparison{work: w, from: from, to: to, others: others}
	d.SetSnapshot(s)
	return d, d.ask()
}

// ask begins to compare.
func (d *Comparison) ask() tea.Cmd {
	d.stop()
	ctx, cancel := context.WithCancel(d.work.Context)
	d.asked++
	d.cancel, d.result, d.err, d.then = cancel, nil, nil, d.now
	d.rows = nil
	d.list.SetCount(0)
	asked, from, to := d.asked, d.from, d.to
	return func() tea.Msg {
		result, err := d.work.Engine.Compare(ctx, from, to)
		return comparedMsg{of: d, asked: asked, result: result, err: err}
	}
}

func (d *Comparison) stop() {
	if d.cancel != nil {
		d.cancel()
	}
	d.asked++
}

func (d *Comparison) close() tea.Cmd {
	d.stop()
	return closed(d)
}

// Update implements Dialog.
func (d *Comparison) Update(msg tea.Msg) (tea.Cmd, bool) {
	m, ok := msg.(comparedMsg)
	if !ok || m.of != d {
		return nil, false
	}
	if m.asked == d.asked {
		d.cancel()
		d.result, d.err = m.result, m.err
		if m.err == nil {
			d.take()
		}
	}
	return nil, true
}

// take puts what differs into words.
func (d *Comparison) take() {
	r := d.result
	images := map[engine.ID][][2]string{}
	for _, u := range r.Images {
		images[u.Object] = append(images[u.Object], [2]string{ui.Clean(u.From), ui.Clean(u.To)})
	}
	d.rows, d.wide = make([]comparedRow, len(r.Changes)), comparedWidths{}
	for i := range r.Changes {
		c := &r.Changes[i]
		x := comparedRow{
			change: c, word: d.word(c.Operation), name: ui.Clean(c.Kind) + " " + nameOf(c.ID),
			images: images[c.ID], ordinary: r.Ordinary(c),
		}
		var fields []string
		for _, f := range r.Own(c) {
			if name := ui.Clean(f.Name()); name != "image" && !slices.Contains(fields, name) {
				fields = append(fields, name)
			}
		}
		x.fields = strings.Join(fields, ", ")
		d.rows[i] = x
		d.wide.word, d.wide.name = max(d.wide.word, widget.Width(x.word)), max(d.wide.name, widget.Width(x.name))
		d.wide.note = max(d.wide.note, widget.Width(x.note(arrowWidth)))
	}
	slices.SortStableFunc(d.rows, func(a, b comparedRow) int {
		switch {
		case a.ordinary == b.ordinary:
			return 0
		case b.ordinary:
			return -1
		}
		return 1
	})
	d.list.SetCount(len(d.rows) + len(r.Ambiguous))
	d.list.Select(0)
}

// arrowWidth stands for an arrow of any theme.
const arrowWidth = "->"

// note says in what an object differs: its images first.
func (x *comparedRow) note(arrow string) string {
	var parts []string
	for _, tags := range x.images {
		parts = append(parts, tags[0]+" "+arrow+" "+tags[1])
	}
	if x.fields != "" {
		parts = append(parts, x.fields)
	}
	return strings.Join(parts, ", ")
}

// SetSnapshot implements Dialog.
func (d *Comparison) SetSnapshot(s *engine.Snapshot) {
	if s != nil {
		d.now = s.Repository.Head
	}
}

// outdated tells whether a side that follows the branch is of an older head.
func (d *Comparison) outdated() bool {
	return d.result != nil && d.then != d.now && (d.from.Revision == "" || d.to.Revision == "")
}

// Moving tells whether the dialog shows time passing.
func (d *Comparison) Moving() bool { return d.result == nil && d.err == nil }

// Editing implements Dialog.
func (d *Comparison) Editing() bool { return false }

// chosen is the object that is chosen; nil when there is none to be read.
func (d *Comparison) chosen() *engine.Change {
	if i := d.list.Cursor(); i >= 0 && i < len(d.rows) {
		return d.rows[i].change
	}
	return nil
}

// Offers implements Dialog.
func (d *Comparison) Offers() []keymap.Offer {
	if d.page != nil {
		return d.page.offers()
	}
	none := ""
	if d.chosen() == nil {
		none = "no object that differs is chosen"
	}
	offers := []keymap.Offer{
		{Action: keymap.Open, Label: "how it differs", Disabled: none},
		{Action: keymap.Back, Label: "close"},
	}
	if len(d.others) > 1 {
		offers = append(offers, keymap.Offer{Action: keymap.NextTab, Label: "with the next environment"}, keymap.Offer{Action: keymap.PrevTab, Label: "with the previous one"})
	}
	return append(offers, keymap.Offer{Action: keymap.Copy, Label: "copy the diff", Disabled: none},
		keymap.Offer{Action: keymap.Refresh, Label: "compare again"}, keymap.Offer{Action: keymap.Down}, keymap.Offer{Action: keymap.Up})
}

// Key implements Dialog.
func (d *Comparison) Key(msg tea.KeyMsg, a keymap.Action) tea.Cmd {
	if d.page != nil {
		if d.page.key(msg, a) {
			d.page = nil
		}
		return nil
	}
	switch a {
	case keymap.Back:
		return d.close()
	case keymap.Open:
		d.open()
	case keymap.NextTab, keymap.Right, keymap.NextPanel:
		return d.turn(1)
	case keymap.PrevTab, keymap.Left, keymap.PrevPanel:
		return d.turn(-1)
	case keymap.Refresh:
		return d.ask()
	case keymap.Copy:
		if c := d.chosen(); c != nil {
			return send(Copied{Text: c.Diff})
		}
	default:
		d.list.Do(a)
	}
	return nil
}

// turn compares with another environment; behind the last one is the first.
func (d *Comparison) turn(step int) tea.Cmd {
	n := len(d.others)
	if n < 2 {
		return nil
	}
	at := slices.Index(d.others, d.from.Environment)
	d.from = engine.At{Environment: d.others[(at+step+n)%n]}
	return d.ask()
}

// open shows how the chosen object differs.
func (d *Comparison) open() {
	if c := d.chosen(); c != nil {
		d.page = newComparedPage(c, d.side(d.from), d.side(d.to), d.word(c.Operation))
	}
}

// Click implements Dialog.
func (d *Comparison) Click(x, y int, twice bool) tea.Cmd {
	if d.page != nil {
		d.page.click(y)
		return nil
	}
	if y == 1 && len(d.box.Tabs) > 0 {
		if tab := d.box.TabAt(d.canvas, x-1); tab >= 0 {
			return d.turn(tab - slices.Index(d.others, d.from.Environment))
		}
		return nil
	}
	if i := d.list.At(y - d.top); y >= d.top && y < d.end && i >= 0 {
		d.list.Select(i)
		if twice {
			d.open()
		}
	}
	return nil
}

// Wheel implements Dialog.
func (d *Comparison) Wheel(lines int) tea.Cmd {
	if d.page != nil {
		d.page.wheel(lines)
		return nil
	}
	d.list.Scroll(lines)
	return nil
}
