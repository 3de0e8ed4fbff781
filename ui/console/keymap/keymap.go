package keymap

import (
	"fmt"
	"maps"
	"slices"
	"strings"

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
// of them holds.
func New(settings map[string][]string) (*Map, []string) {
	m := &Map{bindings: map[Action]key.Binding{}, actions: map[string]Action{}, order: standard()}
	var wrong []string
	keys := map[Action][]string{}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		action := Action(name)
		if !m.known(action) {
			wrong = append(wrong, fmt.Sprintf("keys.%s: there is no action of that name", name))
			continue
		}
		for _, k := range settings[name] {
			k = normal(k)
			if other, taken := m.actions[k]; taken && other != action {
				wrong = append(wrong, fmt.Sprintf("keys.%s: %s is also a key of %s, which keeps it", name, k, other))
				continue
			}
			m.actions[k] = action
			keys[action] = append(keys[action], k)
		}
	}
	for _, e := range m.order {
		if _, set := settings[string(e.action)]; !set {
			for _, k := range e.keys {
				if _, taken := m.actions[k]; !taken {
					m.actions[k] = e.action
					keys[e.action] = append(keys[e.action], k)
				}
			}
		}
		if len(keys[e.action]) == 0 {
			wrong = append(wrong, fmt.Sprintf("keys: %s has no key left; it is still in the palette", e.action))
		}
		m.bindings[e.action] = key.NewBinding(key.WithKeys(keys[e.action]...), key.WithHelp(shown(keys[e.action]), e.help))
	}
	return m, wrong
}

func (m *Map) known(a Action) bool {
	return slices.ContainsFunc(m.order, func(e entry) bool { return e.action == a })
}

// normal spells a key as Bubble Tea does.
func normal(k string) string {
	if k == "space" {
		return " "
	}
	return k
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
func (m *Map) Key(a Action) string { return first(m.bindings[a].Keys()) }

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

func first(keys []string) string {
	if len(keys) == 0 {
		return ""
	}
	return Name(keys[0])
}

func shown(keys []string) string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = Name(k)
	}
	return strings.Join(names, " ")
}

// Name spells a key as a person knows it.
func Name(k string) string {
	if k == " " {
		return "space"
	}
	return k
}
