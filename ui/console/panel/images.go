package panel

import (
	"cmp"
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// Images is the panel of the images that Git names in one environment, or of the
// updates that are pending in all of them: what waits for a person first.
type Images struct {
	choice[*image]
	sieve
	environments []*engine.Environment
	environment  *engine.Environment // the chosen one
	registries   []engine.Registry
	everywhere   bool // what is pending in all environments
	known        map[imageKey]*image
	marked       map[imageKey]bool

	all       int // images that could be shown
	pending   int // of the environment
	elsewhere int // pending in other environments
	widest    imageColumns
}

// SetSnapshot shows the images of an environment of a snapshot; of a name that it
// does not have, none.
func (p *Images) SetSnapshot(s *engine.Snapshot, environment string) {
	e := s.Environment(environment)
	p.registries = s.Registries
	same := name(e) == name(p.environment) && slices.EqualFunc(p.environments, s.Environments, sameImages)
	if name(e) != name(p.environment) && !p.everywhere {
		p.choice = choice[*image]{height: p.height}
	}
	p.environments, p.environment = s.Environments, e
	if !same {
		p.rebuild()
	}
}

// name is the name of an environment; empty for none.
func name(e *engine.Environment) string {
	if e == nil {
		return ""
	}
	return e.Name
}

// sameImages tells whether an environment still has the same images.
func sameImages(a, b *engine.Environment) bool {
	return a == b || a.Name == b.Name && slices.Equal(a.Images, b.Images)
}

// rebuild makes the rows anew.
func (p *Images) rebuild() {
	before := p.known
	p.known = make(map[imageKey]*image, len(before))
	p.pending, p.elsewhere = 0, 0
	var all []*image
	for _, e := range p.environments {
		here := name(e) == name(p.environment)
		for n, i := range e.Images {
			if i.Pending() {
				if here {
					p.pending++
				} else {
					p.elsewhere++
				}
			}
			if p.everywhere && !i.Pending() || !p.everywhere && !here {
				continue
			}
			k := keyOf(e.Name, i)
			x := before[k]
			if x == nil {
				x = &image{key: k}
			}
			x.update(i, several(e.Images, n))
			p.known[k] = x
			all = append(all, x)
		}
	}
	p.forget()
	p.all = len(all)
	slices.SortStableFunc(all, func(a, b *image) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.label, b.label))
	})
	p.widest = imageColumns{}
	keys := all[:0]
	for _, x := range all {
		if !p.filter.Empty() && !p.filter.Match(x.field) {
			continue
		}
		keys = append(keys, x)
		p.widest.add(x)
	}
	p.set(keys)
}

// several tells whether the workload of an image has other images beside it.
func several(images []*engine.Image, n int) bool {
	return n > 0 && images[n-1].Object == images[n].Object || n+1 < len(images) && images[n+1].Object == images[n].Object
}

// forget takes the marks of images away that are there no more.
func (p *Images) forget() {
	if len(p.marked) == 0 {
		return
	}
	there := map[imageKey]bool{}
	for _, e := range p.environments {
		for _, i := range e.Images {
			there[keyOf(e.Name, i)] = true
		}
	}
	for k := range p.marked {
		if !there[k] {
			delete(p.marked, k)
		}
	}
}

// Chosen is the image that is chosen, and its environment; nil when none is.
func (p *Images) Chosen() (environment string, i *engine.Image) {
	x, ok := p.key()
	if !ok {
		return "", nil
	}
	return x.key.environment, x.Image
}

// Count is how many images there are to be shown.
func (p *Images) Count() int { return p.all }

// Everywhere tells whether the images of all environments are shown.
func (p *Images) Everywhere() bool { return p.everywhere }

// Marked are the images that are marked in the environment, as it has them.
func (p *Images) Marked() []*engine.Image {
	if p.environment == nil || len(p.marked) == 0 {
		return nil
	}
	var marked []*engine.Image
	for _, i := range p.environment.Images {
		if p.marked[keyOf(p.environment.Name, i)] {
			marked = append(marked, i)
		}
	}
	return marked
}

// Unmark takes the marks of an environment away.
func (p *Images) Unmark(environment string) {
	for k := range p.marked {
		if k.environment == environment {
			delete(p.marked, k)
		}
	}
}

// Copy is what the panel gives to the clipboard: the image that Git names, or
// the live one where Git names none.
func (p *Images) Copy() string {
	x, ok := p.key()
	if !ok {
		return ""
	}
	return reference(x.Repository, cmp.Or(x.Desired, x.Live))
}

// Offers says what can be done here.
func (p *Images) Offers() []keymap.Offer {
	if p.editing {
		return p.sieve.offers()
	}
	none := ""
	x, ok := p.key()
	if !ok {
		none = "there is no image here"
	}
	mark := keymap.Offer{Action: keymap.Mark, Disabled: none}
	if ok && p.marked[x.key] {
		mark.Label = "unmark"
	}
	where := keymap.Offer{Action: keymap.Everywhere}
	if p.everywhere {
		where.Label = "images of one environment"
	}
	offers := []keymap.Offer{
		{Action: keymap.Open, Disabled: none}, mark, {Action: keymap.Filter}, where,
		{Action: keymap.Copy, Label: "copy the image", Disabled: none},
	}
	if p.filter.String() != "" {
		offers = append(offers, keymap.Offer{Action: keymap.Back, Label: "clear the filter"})
	}
	return offers
}

// Do does an action that is the panel's.
func (p *Images) Do(a keymap.Action) (tea.Cmd, bool) {
	switch a {
	case keymap.Filter:
		p.begin()
	case keymap.Back:
		if p.filter.String() == "" {
			return nil, false
		}
		p.SetFilter("")
	case keymap.Everywhere:
		p.everywhere = !p.everywhere
		p.moved = true // what is chosen stays so
		p.rebuild()
	case keymap.Mark:
		p.mark()
	default:
		return nil, p.do(a)
	}
	return nil, true
}

// mark marks what is chosen, or no longer, and goes on to the next row.
func (p *Images) mark() {
	x, ok := p.key()
	if !ok {
		return
	}
	if p.marked == nil {
		p.marked = map[imageKey]bool{}
	}
	if p.marked[x.key] {
		delete(p.marked, x.key)
	} else {
		p.marked[x.key] = true
	}
	p.do(keymap.Down)
}

// Key is a key while the filter is being typed.
func (p *Images) Key(msg tea.KeyMsg) tea.Cmd {
	p.typed(msg, p.SetFilter, p.do)
	return nil
}

// SetFilter shows only what a filter matches; the empty one matches everything.
func (p *Images) SetFilter(s string) {
	if p.use(s, "status", "env", "policy", "kind", "ns", "name") {
		p.rebuild()
	}
}

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

// imageColumns are the widths of the columns; 0 leaves one out.
type imageColumns struct{ where, label, version, age, note, word int }

// add takes the widths of an image into account.
func (w *imageColumns) add(x *image) {
	w.where = max(w.where, widget.Width(x.where))
	w.label = max(w.label, widget.Width(x.label))
	w.version = max(w.version, x.versionWidth())
	w.note = max(w.note, widget.Width(x.note))
	w.word = max(w.word, len(x.State))
	if newer(x.Image) && !x.AllowedBuilt.IsZero() || !x.DesiredBuilt.IsZero() {
		w.age = len("365d")
	}
}
