package console

import (
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
)

// promoting offers to bring what runs in the environment before this one.
func (m *model) promoting(env *engine.Environment) keymap.Offer {
	o := keymap.Offer{Action: keymap.Promote, Disabled: m.mayNot(env)}
	switch {
	case o.Disabled != "":
	case env.PromotesFrom == "":
		o.Disabled = ui.Clean(env.Name) + " promotes from no other environment" + m.promotedTo(env.Name)
	default:
		if marked := m.markedImages(); len(marked) > 0 {
			o.Label = fmt.Sprintf("promote %d marked", len(marked))
		}
	}
	return o
}

// promotedTo says which environment promotes from one: that is where the key is
// of use.
func (m *model) promotedTo(name string) string {
	for _, e := range m.snapshot.Environments {
		if e.PromotesFrom == name {
			return ui.Clean(fmt.Sprintf("; choose %s, which promotes from it", e.Name))
		}
	}
	return ""
}

// markedImages are those that an action is narrowed to; none elsewhere than in
// their panel.
func (m *model) markedImages() []*engine.Image {
	if m.image() == nil {
		return nil
	}
	return m.images.Marked()
}

// onRelease opens the dialog of an action that takes an environment from one
// state to another; it tells whether it is one.
func (m *model) onRelease(a keymap.Action) (tea.Cmd, bool) {
	env := m.environment()
	if a != keymap.Promote {
		return nil, false
	}
	r := engine.Request{Action: engine.ActionPromote, Environment: env.Name}
	if marked := m.markedImages(); len(marked) > 0 {
		r.Images = picks(marked)
	}
	return m.plan(r), true
}
