package console

import (
	"cmp"
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/dialog"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
)

// imageActions are those on images that become plans.
func (m *model) imageActions() []keymap.Offer {
	env := m.environment()
	why := m.mayNot(env)
	approve := keymap.Offer{Action: keymap.Approve, Disabled: why}
	hold := keymap.Offer{Action: keymap.Hold, Disabled: why}
	pin := keymap.Offer{Action: keymap.Pin, Disabled: why}
	all := keymap.Offer{Action: keymap.HoldAll, Label: "hold all images", Disabled: why}
	images := m.picked()
	switch {
	case why != "":
	case len(images) == 0:
		none := "choose an image in 3 Images first"
		approve.Disabled, hold.Disabled, pin.Disabled = none, none, none
	default:
		approve.Label, approve.Disabled = m.approving(env, images)
		hold.Label, hold.Disabled = m.holding(images)
		pin.Disabled = m.unpinnable(env)
		if tag := m.pinTag(); tag != "" {
			pin.Label = "pin to " + tag
		}
	}
	if held := wholeHold(env); why == "" && held != nil {
		all.Label = "release all images"
		all.Disabled = annotated(held)
	}
	return []keymap.Offer{approve, hold, pin, all}
}

// mayNot says why no image of an environment can be given another tag from here,
// or "".
func (m *model) mayNot(env *engine.Environment) string {
	if why := m.mayNotCommit(env); why != "" {
		return why
	}
	if env.HoldsErr != "" {
		return ui.Clean("the holds cannot be read: " + env.HoldsErr)
	}
	return ""
}

// picked are the images that an action is about: those that are marked, or the
// chosen one.
func (m *model) picked() []*engine.Image {
	i := m.image()
	if i == nil {
		return nil
	}
	if marked := m.images.Marked(); len(marked) > 0 {
		return marked
	}
	return []*engine.Image{i}
}

// approving says which updates an approval is of, and why there is none.
func (m *model) approving(env *engine.Environment, images []*engine.Image) (label, why string) {
	pending := pendingOf(images)
	switch {
	case len(pending) == 1 && len(images) == 1:
		return "approve " + ui.Clean(pending[0].Allowed), ""
	case len(pending) > 0:
		return fmt.Sprintf("approve %d marked", len(pending)), ""
	case len(images) > 1:
		return "", "nothing is pending for those that are marked"
	}
	return "", m.notPending(env, images[0])
}

// notPending says why there is nothing to be approved for an image.
func (m *model) notPending(env *engine.Environment, i *engine.Image) string {
	name := ui.Clean(i.Object.Name)
	switch {
	case i.State == engine.ImageCommitting:
		return name + " is being committed now"
	case i.Hold != nil && i.Hold.Annotation != "":
		return annotated(i.Hold)
	case i.Hold != nil && i.Hold.Image == "":
		return fmt.Sprintf("all images of %s are held: %s releases them", ui.Clean(env.Name), m.keys.Key(keymap.HoldAll))
	case i.Hold != nil:
		return ui.Clean(fmt.Sprintf("%s is held by %s: %s releases it", name, cmp.Or(i.Hold.By, "somebody"), m.keys.Key(keymap.Hold)))
	case i.Policy == "":
		return fmt.Sprintf("no policy says which tags %s may have; %s pins it to one", name, m.keys.Key(keymap.Pin))
	case i.Trouble && i.Reason != "":
		return ui.Clean(i.Reason)
	}
	return "nothing is pending for " + name
}

// holding says what the key of a hold does to images, and why nothing.
func (m *model) holding(images []*engine.Image) (label, why string) {
	free := free(images)
	switch {
	case len(images) == 1 && len(free) == 1:
		return "hold", ""
	case len(free) > 0:
		return fmt.Sprintf("hold %d marked", len(free)), ""
	}
	for _, i := range images {
		switch {
		case i.Hold.Annotation != "":
			return "release", annotated(i.Hold)
		case i.Hold.Image == "":
			return "release", "all images of the environment are held: " + m.keys.Key(keymap.HoldAll) + " releases them"
		}
	}
	if len(images) > 1 {
		return fmt.Sprintf("release %d marked", len(images)), ""
	}
	return "release", ""
}

// unpinnable says why the chosen image cannot be given a tag, or "".
func (m *model) unpinnable(env *engine.Environment) string {
	if i := m.image(); i.Hold != nil {
		return m.notPending(env, i)
	}
	return ""
}

// pinTag is the tag that the chosen image would be pinned to; empty while none is
// chosen.
func (m *model) pinTag() string {
	if m.focus != areaDetail || m.image() == nil {
		return ""
	}
	return m.detail.Tag()
}

// annotated says how a hold is released that is no entry in a file; "" of others.
func annotated(h *engine.Hold) string {
	if h.Annotation == "" {
		return ""
	}
	return ui.Clean(fmt.Sprintf("held by the annotation %s in %s: change it there", h.Annotation, h.File))
}

// pendingOf are those of the images for which a newer tag is allowed.
func pendingOf(images []*engine.Image) []*engine.Image {
	var pending []*engine.Image
	for _, i := range images {
		if i.Pending() {
			pending = append(pending, i)
		}
	}
	return pending
}

// free are those of the images that nobody holds.
func free(images []*engine.Image) []*engine.Image {
	var free []*engine.Image
	for _, i := range images {
		if i.Hold == nil {
			free = append(free, i)
		}
	}
	return free
}

// wholeHold is what holds all images of an environment; nil when nothing does.
func wholeHold(env *engine.Environment) *engine.Hold {
	if env == nil {
		return nil
	}
	for i := range env.Holds {
		if env.Holds[i].Image == "" {
			return &env.Holds[i]
		}
	}
	return nil
}

// picks are images as a request names them.
func picks(images []*engine.Image) []engine.ImagePick {
	out := make([]engine.ImagePick, len(images))
	for n, i := range images {
		out[n] = engine.ImagePick{Object: i.Object, Container: i.Container}
	}
	return out
}

// onImages opens the dialog of an action on images; it tells whether it is one.
func (m *model) onImages(a keymap.Action) (tea.Cmd, bool) {
	env, images := m.environment(), m.picked()
	switch a {
	case keymap.Approve:
		return m.plan(engine.Request{Action: engine.ActionApprove, Environment: env.Name, Images: picks(pendingOf(images))}), true
	case keymap.Pin:
		return m.pin(env.Name, m.image()), true
	case keymap.Hold:
		if loose := free(images); len(loose) > 0 {
			m.hold(env.Name, holdTitle(loose), picks(loose))
			return nil, true
		}
		return m.plan(engine.Request{Action: engine.ActionRelease, Environment: env.Name, Images: picks(images)}), true
	case keymap.HoldAll:
		if wholeHold(env) != nil {
			return m.plan(engine.Request{Action: engine.ActionRelease, Environment: env.Name}), true
		}
		m.hold(env.Name, "Hold all images of "+env.Name, nil)
		return nil, true
	}
	return nil, false
}

func holdTitle(images []*engine.Image) string {
	if len(images) > 1 {
		return fmt.Sprintf("Hold %d images", len(images))
	}
	return "Hold " + images[0].Object.Name + " at " + images[0].Desired
}

// hold asks why images are held, and then plans it.
func (m *model) hold(environment, title string, images []engine.ImagePick) {
	m.raise(dialog.NewReason(title, "why they are not updated, for whoever finds it so", func(reason string) tea.Cmd {
		return m.plan(engine.Request{Action: engine.ActionHold, Environment: environment, Images: images, Reason: reason})
	}))
}

// pin gives the chosen image the tag that is chosen in the list of its tags, and
// opens that list first.
func (m *model) pin(environment string, i *engine.Image) tea.Cmd {
	tag := m.pinTag()
	if tag == "" {
		m.focusOn(areaDetail)
		m.say("choose a tag; " + m.keys.Key(keymap.Pin) + " pins " + i.Object.Name + " to it")
		return m.detail.OpenTags()
	}
	pick := engine.ImagePick{Object: i.Object, Container: i.Container, Tag: tag}
	m.raise(dialog.NewReason("Pin "+i.Object.Name+" to "+tag, "why it has to be this one, for whoever finds it so", func(reason string) tea.Cmd {
		return m.plan(engine.Request{Action: engine.ActionApprove, Environment: environment, Images: []engine.ImagePick{pick}, Hold: true, Reason: reason})
	}))
	return nil
}
