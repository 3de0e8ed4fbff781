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
	choice[containerKey]
	environment *engine.Environment
	workloads   []*workload
	containers  map[containerKey]*container
	shared      string // the registry that all images come from
	widest      imageColumns
}

// containerKey is what a container is known by.
type containerKey struct {
	engine.ID
	Container string
}

// workload is an object that has containers.
type workload struct {
	*engine.Object
	containers []*container
}

// container is a container that is shown. Its texts are clean.
type container struct {
	workload, name string
	desired, live  reference
	order          int // those that differ come first
}

// SetEnvironment shows the images of an environment; nil is none.
func (p *Images) SetEnvironment(e *engine.Environment) {
	if p.environment == e {
		return
	}
	if e == nil || p.environment == nil || e.Name != p.environment.Name {
		p.choice = choice[containerKey]{height: p.height}
		p.workloads = nil
	}
	p.environment = e
	var objects []*engine.Object
	if e != nil {
		for _, o := range e.Objects {
			if len(o.Containers) > 0 {
				objects = append(objects, o)
			}
		}
	}
	p.workloads, _ = track(p.workloads, objects, (*workload).version, func(_ *workload, o *engine.Object) *workload {
		return newWorkload(o)
	})
	p.rebuild()
}

func (w *workload) version() *engine.Object { return w.Object }

func newWorkload(o *engine.Object) *workload {
	w := &workload{Object: o}
	for _, have := range o.Containers {
		c := &container{
			workload: ui.Clean(o.Name), name: ui.Clean(have.Name),
			desired: parseReference(ui.Clean(have.Desired)), live: parseReference(ui.Clean(have.Live)),
		}
		if have.Init {
			c.name += " (init)"
		}
		if len(o.Containers) == 1 && c.name == c.workload {
			c.name = ""
		}
		if have.Desired == have.Live {
			c.order = 1
		}
		w.containers = append(w.containers, c)
	}
	return w
}

// rebuild makes the rows anew.
func (p *Images) rebuild() {
	p.containers, p.shared, p.widest = map[containerKey]*container{}, "", imageColumns{}
	var keys []containerKey
	registries := map[string]bool{}
	for _, w := range p.workloads {
		for i, c := range w.containers {
			k := containerKey{w.ID, w.Containers[i].Name}
			if w.Containers[i].Init {
				k.Container += "\x00init"
			}
			p.containers[k] = c
			keys = append(keys, k)
			for _, r := range []reference{c.desired, c.live} {
				if r.repository != "" {
					registries[r.registry] = true
					p.shared = r.registry
				}
			}
		}
	}
	if len(registries) > 1 {
		p.shared = ""
	}
	slices.SortStableFunc(keys, func(a, b containerKey) int {
		x, y := p.containers[a], p.containers[b]
		return cmp.Or(cmp.Compare(x.order, y.order), cmp.Compare(x.workload, y.workload))
	})
	for _, c := range p.containers {
		p.widest.workload = max(p.widest.workload, widget.Width(c.workload))
		p.widest.container = max(p.widest.container, widget.Width(c.name))
		p.widest.repository = max(p.widest.repository, widget.Width(p.repository(c)))
	}
	p.set(keys)
}

// repository is where the image of a container comes from, as far as it does not
// go without saying.
func (p *Images) repository(c *container) string {
	r := c.desired
	if r.repository == "" {
		r = c.live
	}
	if r.registry == p.shared {
		return r.repository
	}
	return r.registry + "/" + r.repository
}

// Selected is the workload that is chosen.
func (p *Images) Selected() (engine.ID, bool) {
	k, ok := p.key()
	return k.ID, ok
}

// Copy is what the panel gives to the clipboard: the image that Git names, or
// the live one where Git names none.
func (p *Images) Copy() string {
	k, ok := p.key()
	if !ok {
		return ""
	}
	c := p.containers[k]
	return cmp.Or(c.desired.text, c.live.text)
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
	box.Note = fmt.Sprintf("%d run", p.running())
	from, to := p.visible(in.Height)
	box.From, box.Shown, box.Of = from, to-from, len(p.keys)
	w := p.columns(in)
	out := make([]string, 0, in.Height)
	for i := from; i < to; i++ {
		on := surface(in, i == p.list.Cursor(), false)
		out = append(out, p.draw(in, on, w, p.containers[p.keys[i]]))
	}
	return box.Draw(c, in.Fill(out))
}

// running counts the containers that are live.
func (p *Images) running() int {
	n := 0
	for _, c := range p.containers {
		if c.live.text != "" {
			n++
		}
	}
	return n
}

func (p *Images) nothing(in widget.Canvas) []string {
	switch e := p.environment; {
	case e == nil:
		return say(in, themes.Text, "No environment is chosen.")
	case len(e.Objects) == 0 && e.State == engine.StateUnknown:
		return say(in, themes.Text, ui.Clean(e.Name)+": "+cmp.Or(ui.Clean(e.Message), "being read"), "Its images are shown as soon as they are known.")
	case len(e.Objects) == 0 && e.State == engine.StateBlocked:
		return say(in, themes.Warning, ui.Clean(e.Name)+": "+ui.Clean(e.Message))
	}
	return say(in, themes.Text, "No workloads: nothing here runs an image.")
}

// imageColumns are the widths of the columns; 0 leaves one out.
type imageColumns struct{ workload, container, repository, version int }

func (p *Images) columns(c widget.Canvas) imageColumns {
	version := 0
	for _, x := range p.containers {
		version = max(version, widget.Width(x.version(c)))
	}
	fit := c.Size(c.Width-lead-1, 1).Columns(
		widget.Column{Want: min(version, 40), Min: 16},
		widget.Column{Want: p.widest.container, Min: 8, Drop: 1},
		widget.Column{Want: p.widest.repository, Min: 12, Drop: 2},
		widget.Column{Want: p.widest.workload, Min: readable},
	)
	return imageColumns{version: fit[0], container: fit[1], repository: fit[2], workload: fit[3]}
}

// draw draws the row of a container.
func (p *Images) draw(c widget.Canvas, on themes.Surface, w imageColumns, x *container) string {
	status := x.status(c)
	return c.Row(on).Gap(1).Add(status.Role, status.Glyph).Gap(1).
		Column(themes.Strong, x.workload, w.workload).
		Column(themes.Text, x.name, w.container).
		Column(themes.Dim, middle(c, p.repository(x), w.repository), w.repository).
		Column(status.Role, x.version(c), w.version).
		String()
}

// status shows how the live image stands to the one in Git.
func (x *container) status(c widget.Canvas) widget.Status {
	s := widget.Status{Glyph: " ", Role: themes.Text}
	switch {
	case x.order > 0:
	case x.live.text == "":
		s = c.DriftStatus(engine.DriftMissing)
	case x.desired.text == "":
		s = c.DriftStatus(engine.DriftExtra)
	default:
		s = c.DriftStatus(engine.DriftModified)
	}
	return s
}

// version is the tag in Git, and in words what is live where that is another.
func (x *container) version(c widget.Canvas) string {
	desired, live := x.desired.short(c), x.live.short(c)
	if x.desired.repository != x.live.repository || x.desired.registry != x.live.registry {
		desired, live = x.desired.named(c), x.live.named(c)
	}
	switch {
	case x.order > 0:
		return x.desired.short(c)
	case x.live.text == "":
		return joined(c, x.desired.short(c), "not live")
	case x.desired.text == "":
		return joined(c, x.live.short(c), "not in Git")
	}
	return joined(c, desired, "live "+live)
}
