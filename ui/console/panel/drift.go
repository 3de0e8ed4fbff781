package panel

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
)

// Drift is the panel of the objects of one environment: those that differ first.
type Drift struct {
	choice[*entry]
	inventories map[string]*inventory // by environment, so that coming back finds all as it was
	shown       *inventory            // nil: no environment is chosen
	grouping    grouping
	only        bool // what differs, and nothing else

	sieve
	rows  rows
	drawn lines[rowKey]
}

// rows is what is known of the rows that are shown.
type rows struct {
	headers                   map[int]*header
	objects                   int // rows that are objects
	differ                    int // and those of them that differ
	name, kind, word, healthy int // the widest of each
	unwell                    int // the widest health word of what is as Git says and not well
	noted                     bool
}

// header is the first row of a group.
type header struct {
	group   *group
	section section
	count   int
	same    int // how many of them are in the section themselves
}

func (h *header) add(x *entry) {
	h.count++
	if x.section == h.section {
		h.same++
	}
}

// SetEnvironment shows the objects of an environment; nil is none.
func (p *Drift) SetEnvironment(e *engine.Environment) {
	if e == nil {
		p.leave()
		p.shown = nil
		p.rebuild()
		return
	}
	switch {
	case p.shown != nil && p.shown.environment == e:
		return
	case p.shown == nil || p.shown.environment.Name != e.Name:
		p.leave()
		p.enter(e)
		return
	}
	p.shown.follow(e)
	p.rebuild()
}

// leave remembers what was chosen in the environment that was shown.
func (p *Drift) leave() {
	if p.shown != nil {
		p.shown.chosen = nil
		if p.moved {
			p.shown.chosen, _ = p.key()
		}
	}
	p.choice = choice[*entry]{height: p.height}
}

// enter shows another environment, where it was left.
func (p *Drift) enter(e *engine.Environment) {
	p.shown = p.inventories[e.Name]
	if p.shown == nil {
		p.shown = newInventory(p.grouping)
		if p.inventories == nil {
			p.inventories = map[string]*inventory{}
		}
		p.inventories[e.Name] = p.shown
	}
	p.shown.regroup(p.grouping)
	if p.shown.environment != e {
		p.shown.follow(e)
	}
	p.rebuild()
	if p.shown.chosen != nil {
		p.choose(p.shown.chosen)
	}
}

// rebuild makes the rows anew out of what is there, the filter and the grouping.
func (p *Drift) rebuild() {
	p.rows = rows{headers: map[int]*header{}}
	if p.shown == nil {
		p.set(nil)
		return
	}
	keys := make([]*entry, 0, len(p.shown.ordered)+2*len(p.shown.groups))
	var h *header
	for _, x := range p.shown.ordered {
		if !p.shows(x) {
			continue
		}
		if at := p.shown.place(x); p.grouping != ungrouped {
			if h == nil || h.group != x.group || h.section != at {
				h = &header{group: x.group, section: at}
				p.rows.headers[len(keys)] = h
				keys = append(keys, nil)
			}
			h.add(x)
		}
		keys = append(keys, x)
		p.rows.add(x)
	}
	p.set(keys)
}

// shows tells whether an entry is among the rows.
func (p *Drift) shows(x *entry) bool {
	if p.only && x.section > pending {
		return false
	}
	if p.filter.Empty() {
		return true
	}
	if x.generation != p.generation {
		x.generation, x.hit = p.generation, p.filter.Match(x.field)
	}
	return x.hit
}

// add takes the widths of an entry into account.
func (r *rows) add(x *entry) {
	r.objects++
	if x.section == differs {
		r.differ++
	}
	r.name = max(r.name, x.label)
	r.kind = max(r.kind, int(x.kindWidth))
	r.word = max(r.word, int(x.stands))
	r.healthy = max(r.healthy, int(x.healthy))
	r.noted = r.noted || x.noted
	if x.section == unwell {
		r.unwell = max(r.unwell, int(x.healthy)-2)
	}
}

// Selected is the object that is chosen.
func (p *Drift) Selected() (engine.ID, bool) {
	x, ok := p.key()
	if !ok {
		return engine.ID{}, false
	}
	return x.ID, true
}

// Select chooses an object, if it is shown.
func (p *Drift) Select(id engine.ID) {
	for _, x := range p.keys {
		if x != nil && x.ID == id {
			p.choose(x)
			return
		}
	}
}

// Marked are the objects that are marked in the environment, as they are ordered.
func (p *Drift) Marked() []engine.ID {
	if p.shown == nil || len(p.shown.marked) == 0 {
		return nil
	}
	var ids []engine.ID
	for _, x := range p.shown.ordered {
		if p.shown.marked[x.ID] {
			ids = append(ids, x.ID)
		}
	}
	return ids
}

// Unmark takes the marks of an environment away, shown or not.
func (p *Drift) Unmark(environment string) {
	if v := p.inventories[environment]; v != nil {
		clear(v.marked)
	}
}

// Copy is what the panel gives to the clipboard.
func (p *Drift) Copy() string {
	x, ok := p.key()
	if !ok {
		return ""
	}
	return x.kind + "/" + x.name
}

// Offers says what can be done here.
func (p *Drift) Offers() []keymap.Offer {
	if p.editing {
		return p.sieve.offers()
	}
	none, same := "", ""
	if _, ok := p.key(); !ok {
		none = "there is no object here"
	}
	if p.rows.differ == 0 {
		same = "no object here differs"
	}
	nothing := ""
	if p.shown == nil {
		nothing = "no environment is chosen"
	}
	mark := ""
	if x, ok := p.key(); ok && p.shown.marked[x.ID] {
		mark = "unmark"
	}
	offers := []keymap.Offer{
		{Action: keymap.Open, Disabled: none},
		{Action: keymap.NextChange, Disabled: same},
		{Action: keymap.Filter, Disabled: nothing},
		{Action: keymap.Mark, Label: mark, Disabled: none},
		{Action: keymap.Only, Label: p.onlyLabel(), Disabled: nothing},
		{Action: keymap.Group, Label: p.next().label(), Disabled: nothing},
		{Action: keymap.PrevChange, Disabled: same},
		{Action: keymap.Copy, Label: "copy kind and name", Disabled: none},
	}
	if p.filter.String() != "" {
		offers = append(offers, keymap.Offer{Action: keymap.Back, Label: "clear the filter"})
	}
	return offers
}

func (p *Drift) onlyLabel() string {
	if p.only {
		return "all objects"
	}
	return ""
}

// next is the grouping that comes after the present one.
func (p *Drift) next() grouping { return (p.grouping + 1) % groupings }

func (g grouping) label() string {
	switch g {
	case byApplication:
		return "group by application"
	case ungrouped:
		return "no groups"
	}
	return "group by kind"
}

// Do does an action that is the panel's.
func (p *Drift) Do(a keymap.Action) (tea.Cmd, bool) {
	switch a {
	case keymap.NextChange:
		p.jump(1)
	case keymap.PrevChange:
		p.jump(-1)
	case keymap.Filter:
		if p.shown != nil {
			p.begin()
		}
	case keymap.Back:
		if p.filter.String() == "" {
			return nil, false
		}
		p.SetFilter("")
	case keymap.Group:
		p.grouping = p.next()
		if p.shown != nil {
			p.shown.regroup(p.grouping)
		}
		p.rebuild()
	case keymap.Only:
		p.only = !p.only
		p.rebuild()
	case keymap.Mark:
		p.mark()
	default:
		return nil, p.do(a)
	}
	return nil, true
}

// jump goes to the next object that differs.
func (p *Drift) jump(step int) {
	if i := p.nextDiffering(step); i >= 0 {
		p.list.Select(i)
		p.moved = true
	}
}

// nextDiffering is the row of the next object that differs, going round at the
// end; -1 when none does.
func (p *Drift) nextDiffering(step int) int {
	n := len(p.keys)
	for k := range n {
		i := ((p.list.Cursor()+step*(k+1))%n + n) % n
		if x := p.keys[i]; x != nil && x.section == differs {
			return i
		}
	}
	return -1
}

// mark marks what is chosen, or no longer, and goes on to the next row.
func (p *Drift) mark() {
	x, ok := p.key()
	if !ok {
		return
	}
	if p.shown.marked[x.ID] {
		delete(p.shown.marked, x.ID)
	} else {
		p.shown.marked[x.ID] = true
	}
	p.do(keymap.Down)
}

// Key is a key while the filter is being typed.
func (p *Drift) Key(msg tea.KeyMsg) tea.Cmd {
	p.typed(msg, p.SetFilter, p.do)
	return nil
}

// SetFilter shows only what a filter matches; the empty one matches everything.
func (p *Drift) SetFilter(s string) {
	if p.use(s, "status", "health", "kind", "ns", "name", "app") {
		p.rebuild()
	}
}

// Click chooses the row on a line.
func (p *Drift) Click(_, y int, _ bool) tea.Cmd {
	p.click(y - 1)
	return nil
}

// Wheel scrolls.
func (p *Drift) Wheel(n int) tea.Cmd {
	p.wheel(n)
	return nil
}
