package console

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// showHistory tells the history which environment it is of, and where that stands.
func (m *model) showHistory(env *engine.Environment) tea.Cmd {
	if env == nil {
		return m.history.SetEnvironment("", "", "")
	}
	// Where all environments stand is marked in it.
	var stand strings.Builder
	for _, e := range m.snapshot.Environments {
		stand.WriteString(e.AppliedRevision + " ")
	}
	return m.history.SetEnvironment(env.Name, m.snapshot.Repository.Head, stand.String())
}

// showDetail tells the detail what is chosen in the list that had the focus
// last. Whatever is shown already costs nothing.
func (m *model) showDetail(env *engine.Environment) tea.Cmd {
	if env == nil || !m.at.rects[areaDetail].seen() {
		m.detail.Close() // what nobody looks at is not asked for
		return nil
	}
	if m.list == areaHistory {
		if c, ok := m.history.Selected(); ok {
			return m.detail.ShowCommit(env.Name, c)
		}
	}
	if i := m.image(); i != nil {
		return m.detail.ShowImage(env, i, m.snapshot.Registries)
	}
	if id, ok := m.chosen(); ok {
		if o := env.Object(id); o != nil {
			return m.detail.ShowObject(env, o)
		}
	}
	return m.detail.ShowEnvironment(env)
}

// arrange lays the screen out for what there is to show.
func (m *model) arrange() {
	r := request{
		width: m.width, height: m.height, shape: m.known.Layout, zoom: m.zoom, focus: m.focus, list: m.list,
	}
	r.environments = m.environments.Lines()
	r.images = m.images.Count()
	r.banner = len(m.banner(widget.Canvas{Theme: m.theme, Now: m.now(), Width: m.width, Height: m.height}))
	m.at = arrange(r)
}
