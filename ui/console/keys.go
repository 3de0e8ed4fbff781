package console

import (
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
)

// typed takes in keys that were read at once, one by one.
func (m *model) typed(msg tea.KeyMsg) tea.Cmd {
	keys := keymap.Split(msg)
	if len(keys) == 1 {
		return m.key(msg)
	}
	cmds := make([]tea.Cmd, 0, 2*len(keys))
	for _, k := range keys {
		cmds = append(cmds, m.key(k), m.settle())
	}
	return tea.Batch(cmds...)
}

// key turns a key into an action, or into text where text is being entered.
func (m *model) key(msg tea.KeyMsg) tea.Cmd {
	action := m.keys.Action(msg)
	if d := m.dialog(); d != nil {
		if msg.Type == tea.KeyCtrlC {
			return m.quit()
		}
		return d.Key(msg, action)
	}
	if e := m.editing(); e != nil {
		return e.Key(msg)
	}
	return m.do(action)
}

// editor is a panel in which text can be entered.
type editor interface {
	Editing() bool
	Key(tea.KeyMsg) tea.Cmd
}

// editing is the panel in which text is being entered; nil when none is.
func (m *model) editing() editor {
	if e, ok := m.pane(m.focus).(editor); ok && e.Editing() {
		return e
	}
	return nil
}

// pane is the panel of an area.
func (m *model) pane(a area) pane {
	switch a {
	case areaEnvironments:
		return &m.environments
	case areaDrift:
		return &m.drift
	case areaImages:
		return &m.images
	case areaHistory:
		return &m.history
	}
	return m.detail
}

// do does an action: the console's own, or that of the panel with the focus, or
// that of the detail, which shows what the panel has chosen.
func (m *model) do(a keymap.Action) tea.Cmd {
	if m.start != nil {
		if a == keymap.Quit || a == keymap.Back {
			return tea.Quit
		}
		return nil
	}
	if a == "" {
		return nil
	}
	for _, o := range m.offers() {
		if o.Action == a && o.Disabled != "" {
			m.say(o.Disabled)
			return nil
		}
	}
	if cmd, done := m.own(a); done {
		return cmd
	}
	if cmd, done := m.pane(m.focus).Do(a); done {
		return cmd
	}
	if m.forDetail(a) {
		if cmd, done := m.detail.Do(a); done {
			return cmd
		}
	}
	if !understood(a) {
		m.say(fmt.Sprintf("%s: %s is of no use here", m.keys.Key(a), m.keys.Help(a)))
	}
	return nil
}

// forDetail tells whether an action that the panel with the focus does not know
// may go to the detail: what moves about stays in the panel.
func (m *model) forDetail(a keymap.Action) bool {
	if m.focus == areaDetail || !m.at.rects[areaDetail].seen() {
		return false
	}
	switch a {
	case keymap.NextTab, keymap.PrevTab, keymap.NextChange, keymap.PrevChange, keymap.Side, keymap.Fold,
		keymap.Whitespace, keymap.Wrap, keymap.Follow, keymap.Previous:
		return true
	}
	return false
}

// own does what is the console's own; it tells whether the action was.
func (m *model) own(a keymap.Action) (tea.Cmd, bool) {
	if to, ok := panelOf(a); ok {
		m.focusOn(to)
		return nil, true
	}
	switch a {
	case keymap.NextPanel:
		m.focusOn(m.neighbour(1))
	case keymap.PrevPanel:
		m.focusOn(m.neighbour(-1))
	case keymap.Open:
		return m.open()
	case keymap.Back:
		return m.back()
	case keymap.Screen:
		m.zoom = (m.zoom + 1) % zoomCount
	case keymap.Layout:
		m.known.Layout = m.known.Layout.next()
		m.remember()
		m.say("layout: " + string(m.known.Layout))
	case keymap.Mouse:
		m.setMouse(!m.mouse.on)
	case keymap.ReadOnly:
		m.toggleReadOnly()
	case keymap.Failure:
		return m.explain(), true
	case keymap.Refresh:
		m.refresh()
		cmd, _ := m.detail.Do(a) // which reads again what it shows
		return cmd, true
	case keymap.Copy:
		return m.copy(), true
	case keymap.Edit:
		return m.edit(), true
	case keymap.Pause:
		return m.out.Suspend(), true
	case keymap.Quit:
		return m.quit(), true
	default:
		return m.command(a)
	}
	return nil, true
}

func panelOf(a keymap.Action) (area, bool) {
	switch a {
	case keymap.Environments:
		return areaEnvironments, true
	case keymap.Drift:
		return areaDrift, true
	case keymap.Images:
		return areaImages, true
	case keymap.History:
		return areaHistory, true
	case keymap.Detail:
		return areaDetail, true
	}
	return 0, false
}

// actionOf is the action that leads to a panel.
func actionOf(a area) keymap.Action {
	return []keymap.Action{keymap.Environments, keymap.Drift, keymap.Images, keymap.History, keymap.Detail}[a]
}

// focusOn moves the focus to a panel.
func (m *model) focusOn(a area) {
	m.focus = a
	if a != areaDetail {
		m.list = a
	}
	m.arrange()
}

// neighbour is the panel after or before the one with the focus.
func (m *model) neighbour(step int) area {
	all := panels()
	return all[(int(m.focus)+step+len(all))%len(all)]
}

// open goes into what is chosen: from an environment to its objects, from an
// object or a commit to its detail, and in the detail further in.
func (m *model) open() (tea.Cmd, bool) {
	switch m.focus {
	case areaDetail:
		return m.detail.Do(keymap.Open)
	case areaEnvironments:
		m.focusOn(areaDrift)
	default:
		m.focusOn(areaDetail)
	}
	return nil, true
}

// back takes away what lies on top: an error, a filter, the focus of the detail.
func (m *model) back() (tea.Cmd, bool) {
	if len(m.trouble) > 0 {
		m.trouble = nil
		return nil, true
	}
	if cmd, done := m.pane(m.focus).Do(keymap.Back); done {
		return cmd, true
	}
	switch {
	case m.zoom != zoomNormal:
		m.zoom = zoomNormal
	case m.focus == areaDetail:
		m.focusOn(m.list)
	case m.focus != areaEnvironments:
		m.focusOn(areaEnvironments)
	}
	return nil, true
}

// refresh asks again where what is shown comes from: the registry of an image, or
// else Git.
func (m *model) refresh() {
	if i := m.image(); i != nil {
		m.engine.Rescan(i.Repository)
		m.say("asking the registry for the tags of " + i.Repository)
		return
	}
	m.engine.Refresh()
	m.say("fetching the config repository")
}

func (m *model) toggleReadOnly() {
	m.readOnly = !m.readOnly
	if m.readOnly {
		m.say("read-only: nothing is changed from here")
	} else {
		m.say("actions are allowed again")
	}
}

// busy is the environment in which something is being executed; empty when
// there is none.
func (m *model) busy() string {
	if m.snapshot == nil {
		return ""
	}
	for _, e := range m.snapshot.Environments {
		if e.Running != nil {
			return e.Name
		}
	}
	return ""
}

// marked are the objects that an action is narrowed to; none in the panels that
// know no marks.
func (m *model) marked() []engine.ID {
	if m.list != areaDrift {
		return nil
	}
	return m.drift.Marked()
}

// chosen is the object that an action on one object is about.
func (m *model) chosen() (engine.ID, bool) {
	switch m.list {
	case areaDrift:
		return m.drift.Selected()
	case areaImages:
		if i := m.image(); i != nil {
			return i.Object, true
		}
	}
	return engine.ID{}, false
}

// image is the image that an action on one is about; nil where there is none.
func (m *model) image() *engine.Image {
	env := m.environment()
	if m.list != areaImages || env == nil {
		return nil
	}
	if name, i := m.images.Chosen(); name == env.Name {
		return i
	}
	return nil
}
