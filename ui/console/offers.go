package console

import (
	"fmt"
	"slices"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// ownOffers is how many offers of a panel come before the actions.
const ownOffers = 3

// offers is everything that can be done now, most useful first: what the panel
// with the focus offers, what the detail does with it, and what always can be.
// The footer, the help and the palette show it.
func (m *model) offers() []keymap.Offer {
	own := m.pane(m.focus).Offers()
	first := min(len(own), ownOffers)
	all := slices.Clone(own[:first])
	if m.focus == areaDetail {
		all = append(all, keymap.Offer{Action: keymap.Back})
	}
	all = append(all, m.actions()...)
	all = append(all, own[first:]...)
	if m.focus != areaDetail {
		for _, o := range m.detail.Offers() {
			if m.forDetail(o.Action) {
				all = append(all, o)
			}
		}
	}
	all = append(append(all, m.always()...), m.imageActions()...)
	seen := map[keymap.Action]bool{}
	unique := all[:0]
	for _, o := range all {
		if !seen[o.Action] {
			seen[o.Action] = true
			unique = append(unique, o)
		}
	}
	return unique
}

// actions are those that become plans.
func (m *model) actions() []keymap.Offer {
	env := m.environment()
	why := m.unable(env)
	sync := keymap.Offer{Action: keymap.Sync, Disabled: why}
	one := keymap.Offer{Action: keymap.SyncPick, Disabled: why}
	if n := len(m.marked()); n > 0 {
		sync.Label = fmt.Sprintf("sync %d marked", n)
		one.Label = sync.Label
	}
	if _, ok := m.chosen(); !ok && why == "" {
		one.Disabled = "choose an object in 2 Drift first"
	}
	prune := keymap.Offer{Action: keymap.Prune, Disabled: why}
	suspend := keymap.Offer{Action: keymap.Suspend, Disabled: why}
	if env != nil {
		if why == "" && len(env.Waiting) == 0 {
			prune.Disabled = "no deletion waits for approval in " + ui.Clean(env.Name)
		}
		if env.Suspension != nil {
			suspend.Label = "resume"
		}
	}
	again := keymap.Offer{Action: keymap.Refresh}
	if m.image() != nil {
		again.Label = "ask the registry"
	}
	promote, back, undo := m.promoting(env), m.rollingBack(env), m.undoing(env)
	offers := []keymap.Offer{sync, promote, back, suspend, again, undo, one, prune}
	switch {
	case env != nil && len(env.Waiting) > 0:
		offers = []keymap.Offer{prune, sync, promote, back, suspend, again, undo, one}
	case m.list == areaHistory || env != nil && widget.LastHealthy(env) != "":
		offers = []keymap.Offer{back, undo, sync, promote, suspend, again, one, prune}
	}
	compare := m.comparing(env)
	if m.list == areaHistory {
		offers = slices.Insert(offers, 1, compare)
	} else {
		offers = append(offers, compare)
	}
	if m.list == areaImages {
		const first = 2 // to approve and to hold, which are of images alone
		return append(slices.Insert(m.imageActions(), first, promote), offers...)
	}
	return offers
}

// unable says why nothing can be done in an environment now, or "".
func (m *model) unable(env *engine.Environment) string {
	switch {
	case m.opts.ReadOnly:
		return "evenkeel was started read-only"
	case m.readOnly:
		return "this console is read-only; " + m.keys.Key(keymap.ReadOnly) + " allows actions again"
	case env == nil:
		return "there is no environment"
	case env.Running != nil:
		return fmt.Sprintf("a %s is running in %s", env.Running.Action, ui.Clean(env.Name))
	case env.State == engine.StateUnknown && !env.Settled:
		return ui.Clean(env.Name) + " is still being read"
	case env.State == engine.StateUnknown:
		return ui.Clean(env.Name + " cannot be read: " + env.Message)
	}
	return ""
}

// always are the actions that do not depend on what is shown.
func (m *model) always() []keymap.Offer {
	offers := []keymap.Offer{
		{Action: keymap.Palette}, {Action: keymap.Help}, m.explaining(), {Action: keymap.Log}, {Action: keymap.Screen},
		{Action: keymap.NextPanel}, {Action: keymap.PrevPanel}, {Action: keymap.Environments}, {Action: keymap.Drift},
		{Action: keymap.Images}, {Action: keymap.History}, {Action: keymap.Detail},
		{Action: keymap.Copy}, {Action: keymap.Edit}, {Action: keymap.Theme}, {Action: keymap.Layout},
		{Action: keymap.Mouse, Label: "mouse on"}, {Action: keymap.ReadOnly}, {Action: keymap.Pause}, {Action: keymap.Quit},
	}
	for i := range offers {
		o := &offers[i]
		switch o.Action {
		case keymap.Mouse:
			if m.mouse.on {
				o.Label = "mouse off"
			}
		case keymap.ReadOnly:
			switch {
			case m.opts.ReadOnly:
				o.Disabled = "evenkeel was started read-only"
			case m.readOnly:
				o.Label = "allow actions"
			}
		}
	}
	if len(m.trouble) > 0 {
		offers = append([]keymap.Offer{{Action: keymap.Trouble}, {Action: keymap.Back, Label: "dismiss the error"}}, offers...)
	}
	return append(offers, keymap.Offer{Action: keymap.Back})
}
