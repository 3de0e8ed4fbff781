package keymap

import (
	"fmt"
	"maps"
	"slices"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
)

// Map is the keys of all actions. It is immutable.
type Map struct {
	bindings map[Action]key.Binding
	actions  map[string]Action // by key
	order    []entry
}

// New makes the map out of the standard keys and those of the settings, which
// win. What is wrong with the settings is returned, a sentence each; the rest
// of them holds. The map can always be used: what nobody can do without keeps a
// key.
func New(settings map[string][]string) (*Map, []string) {
	d := draft{order: standard(), actions: map[string]Action{}, keys: map[Action][]string{}}
	d.unknown(settings)
	for _, e := range d.order {
		d.rebind(e.action, settings[string(e.action)])
	}
	for _, e := range d.order {
		if _, set := settings[string(e.action)]; !set {
			d.bind(e)
		}
	}
	for _, e := range d.order {
		if e.keeps && len(d.keys[e.action]) == 0 {
			d.restore(e)
		}
	}
	m := &Map{bindings: map[Action]key.Binding{}, actions: d.actions, order: d.order}
	for _, e := range d.order {
		keys := d.keys[e.action]
		if given, set := settings[string(e.action)]; len(keys) == 0 && !(set && len(given) == 0) {
			d.report("keys.%s: no key is left for it; the palette still has it", e.action)
		}
		m.bindings[e.action] = key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown(keys), e.help))
	}
	return m, d.wrong
}

// draft is a map in the making.
type draft struct {
	order   []entry
	actions map[string]Action
	keys    map[Action][]string
	wrong   []string
}

func (d *draft) report(format string, args ...any) {
	d.wrong = append(d.wrong, fmt.Sprintf(format, args...))
}

// unknown reports the names in the settings that no action has.
func (d *draft) unknown(settings map[string][]string) {
	names := make([]string, len(d.order))
	for i, e := range d.order {
		names[i] = string(e.action)
	}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if !slices.Contains(names, name) {
			d.report("keys.%s: there is no action of that name%s", name, didYouMean(name, names))
		}
	}
}

// rebind gives an action the keys of the settings.
func (d *draft) rebind(a Action, keys []string) {
	for _, written := range keys {
		k := normal(written)
		other, taken := d.actions[k]
		switch {
		case !sent(k):
			d.report("keys.%s: no terminal sends %q%s", a, written, didYouMean(k, named()))
		case taken && other != a:
			d.report("keys.%s: %s is a key of %s too, which keeps it", a, Name(k), other)
		case !taken:
			d.give(a, k)
		}
	}
}

// bind gives an action those of its standard keys that are free.
func (d *draft) bind(e entry) {
	for _, k := range e.keys {
		if _, taken := d.actions[normal(k)]; !taken {
			d.give(e.action, normal(k))
		}
	}
}

// restore gives an action that needs a key its standard ones back.
func (d *draft) restore(e entry) {
	d.bind(e)
	if len(d.keys[e.action]) == 0 {
		k := normal(e.keys[0])
		other := d.actions[k]
		d.keys[other] = slices.DeleteFunc(d.keys[other], func(have string) bool { return have == k })
		d.give(e.action, k)
	}
	d.report("keys.%s: it cannot do without a key and keeps %s", e.action, shown(d.keys[e.action]))
}

func (d *draft) give(a Action, k string) {
	d.actions[k] = a
	d.keys[a] = append(d.keys[a], k)
}

// Action is what a key starts; empty when it starts nothing.
func (m *Map) Action(msg tea.KeyMsg) Action {
	if msg.Paste {
		return ""
	}
	return m.actions[msg.String()]
}

// Binding is the keys of an action with their help.
func (m *Map) Binding(a Action) key.Binding { return m.bindings[a] }

// Key is the first key of an action as a person knows it; empty when it has none.
func (m *Map) Key(a Action) string {
	keys := m.bindings[a].Keys()
	if len(keys) == 0 {
		return ""
	}
	return Name(keys[0])
}

// Help says what an action does anywhere.
func (m *Map) Help(a Action) string { return m.bindings[a].Help().Desc }

// Section is a part of the help page.
type Section struct {
	Name    string
	Actions []Action
}

// Sections lists all actions as the help page shows them.
func (m *Map) Sections() []Section {
	var groups []Section
	for _, e := range m.order {
		if len(groups) == 0 || groups[len(groups)-1].Name != e.group {
			groups = append(groups, Section{Name: e.group})
		}
		last := &groups[len(groups)-1]
		last.Actions = append(last.Actions, e.action)
	}
	return groups
}
