package panel

import (
	"cmp"
	"fmt"
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// Images is the panel of the images that run in one environment: in each
// container of each workload, the one Git names and the one that is live.
type Images struct {
	choice[*container]
	environment *engine.Environment
	tracked[workload]
	sorted  []*workload // by name
	shared  string      // the registry that all images come from; empty when they do not
	running int         // containers that are live
	widest  imageColumns
}

// SetEnvironment shows the images of an environment; nil is none.
func (p *Images) SetEnvironment(e *engine.Environment) {
	if p.environment == e {
		return
	}
	if e == nil || p.environment == nil || e.Name != p.environment.Name {
		p.choice = choice[*container]{height: p.height}
		p.tracked, p.sorted = tracked[workload]{}, nil
	}
	p.environment = e
	var objects []*engine.Object
	if e != nil {
		objects = e.Objects
	}
	changed, came := false, false
	gone := p.follow(objects, func(was *workload, o *engine.Object) *workload {
		now := was.next(o)
		changed = changed || was != nil || now != nil
		came = came || (was == nil) != (now == nil)
		return now
	})
	if came || len(gone) > 0 {
		p.sort()
	}
	if changed || len(gone) > 0 || e == nil {
		p.rebuild()
	}
}

// sort puts the workloads in order.
func (p *Images) sort() {
	p.sorted = p.sorted[:0]
	for _, w := range p.made {
		if w != nil {
			p.sorted = append(p.sorted, w)
		}
	}
	slices.SortStableFunc(p.sorted, func(a, b *workload) int { return cmp.Compare(a.Name, b.Name) })
}

// rebuild makes the rows anew: those that differ come first.
func (p *Images) rebuild() {
	p.shared, p.running, p.widest = p.registry(), 0, imageColumns{}
	var keys []*container
	for _, same := range []bool{false, true} {
		for _, w := range p.sorted {
			for _, x := range w.containers {
				if x.same != same {
					continue
				}
				keys = append(keys, x)
				if x.live.text != "" {
					p.running++
				}
				p.widest.label = max(p.widest.label, x.labelWidth)
				p.widest.repository = max(p.widest.repository, x.either().width(p.shared))
				p.widest.version = max(p.widest.version, x.versionWidth)
			}
		}
	}
	p.set(keys)
}

// registry is the one that all images come from; empty when there are several.
func (p *Images) registry() string {
	shared := ""
	for _, w := range p.sorted {
		for _, x := range w.containers {
			for _, r := range [...]*reference{&x.desired, &x.live} {
				switch {
				case r.text == "" || r.registry == shared:
				case shared == "":
					shared = r.registry
				default:
					return ""
				}
			}
		}
	}
	return shared
}

// Selected is the workload that is chosen.
func (p *Images) Selected() (engine.ID, bool) {
	x, ok := p.key()
	if !ok {
		return engine.ID{}, false
	}
	return x.workload, true
}

// Copy is what the panel gives to the clipboard: the image that Git names, or
// the live one where Git names none.
func (p *Images) Copy() string {
	x, ok := p.key()
	if !ok {
		return ""
	}
	return x.either().text
}

// Offers says what can be done here.
func (p *Images) Offers() []keymap.Offer {
	none := ""
	if _, ok := p.key(); !ok {
		none = "there is no image here"
	}
	return []keymap.Offer{
		{Action: keymap.Open, Disabled: none},
		{Action: keymap.Copy, Label: "copy the image", Disabled: none},
	}
}

// Do does an action that is the panel's.
func (p *Images) Do(a keymap.Action) (tea.Cmd, bool) { return nil, p.do(a) }

// Click chooses the row on a line.
func (p *Images) Click(_, y int, _ bool) tea.Cmd {
	p.click(y - 1)
	return nil
}

// Wheel scrolls.
func (p *Images) Wheel(n int) tea.Cmd {
	p.wheel(n)
	return nil
}

// View draws the panel.
func (p *Images) View(c widget.Canvas) []string {
	box := widget.Box{Number: "3", Title: "Images"}
	in := box.Inside(c)
	if len(p.keys) == 0 {
		return box.Draw(c, p.nothing(in))
	}
	box.Note = longest(noteRoom(c, box), fmt.Sprintf("%d run", p.running), fmt.Sprint(p.running))
	box.Foot = age(c, p.environment)
	from, to := p.visible(in.Height)
	box.From, box.Shown, box.Of = from, to-from, len(p.keys)
	w := p.columns(in)
	out := make([]string, 0, in.Height)
	for i := from; i < to; i++ {
		out = append(out, p.draw(in, surface(in, i == p.list.Cursor(), false), w, p.keys[i]))
	}
	return box.Draw(c, in.Fill(out))
}

// nothing says why there are no rows.
func (p *Images) nothing(in widget.Canvas) []string {
	switch e := p.environment; {
	case e == nil:
		return say(in, themes.Text, "No environment is chosen.", "The images that run there are shown here once one is.")
	case len(e.Objects) == 0 && e.State == engine.StateUnknown:
		return say(in, themes.Text, ui.Clean(e.Name)+": "+cmp.Or(ui.Clean(e.Message), "being read"), "Its images are shown as soon as they are known.")
	case len(e.Objects) == 0 && e.State == engine.StateBlocked:
		return say(in, themes.Warning, ui.Clean(e.Name)+": "+ui.Clean(e.Message))
	}
	return say(in, themes.Text, "No workloads: nothing here runs an image.")
}

// imageColumns are the widths of the columns; 0 leaves one out.
type imageColumns struct{ label, repository, version int }

func (p *Images) columns(c widget.Canvas) imageColumns {
	// The version comes last: when nothing else helps, it is what is cut.
	fit := c.Size(c.Width-lead-1, 1).Columns(
		widget.Column{Want: p.widest.label, Min: min(p.widest.label, 18)},
		widget.Column{Want: p.widest.repository, Min: readable, Drop: 1},
		widget.Column{Want: p.widest.version, Min: 24},
	)
	return imageColumns{label: fit[0], repository: fit[1], version: fit[2]}
}

// draw draws the row of a container.
func (p *Images) draw(c widget.Canvas, on themes.Surface, w imageColumns, x *container) string {
	glyph, role := x.mark(c)
	return c.Row(on).Gap(1).Add(role, glyph).Gap(1).
		Column(themes.Strong, x.label, w.label).
		Column(themes.Dim, shorten(c, x.either().where(p.shared), w.repository), w.repository).
		Column(role, joined(c, x.version, x.other), w.version).
		String()
}
