package detail

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// logOf names a container.
type logOf struct{ pod, namespace, container string }

// choosePod turns to the log of a pod: of the container that is in trouble, or
// the first one.
func (t *logsTab) choosePod(p engine.Pod) {
	if of := mostTroubled([]engine.Pod{p}); of != nil && (t.chosen == nil || t.chosen.pod != of.pod) {
		t.choose(*of)
	}
}

// choose turns to another log.
func (t *logsTab) choose(of logOf) {
	t.close()
	t.chosen, t.prior, t.picking = &of, false, false
	t.clear()
}

// mostTroubled is the container whose log one most likely wants: one in trouble
// or, of the newest pod, the first that is no init container.
func mostTroubled(pods []engine.Pod) *logOf {
	var found *logOf
	for _, p := range pods {
		var main *logOf
		for _, k := range p.Containers {
			of := &logOf{pod: p.ID.Name, namespace: p.ID.Namespace, container: k.Name}
			if k.State != "Running" && k.State != "Completed" && k.Restarts > 0 {
				return of
			}
			if main == nil && !k.Init {
				main = of
			}
		}
		if main != nil {
			found = main
		}
	}
	return found
}

// containers are all that have a log.
func (t *logsTab) containers() []logOf {
	var all []logOf
	for _, p := range t.pods.value {
		for _, k := range p.Containers {
			all = append(all, logOf{pod: p.ID.Name, namespace: p.ID.Namespace, container: k.Name})
		}
	}
	return all
}

// at is the place of the chosen log among all, or -1.
func (t *logsTab) at(all []logOf) int {
	for i, of := range all {
		if t.chosen != nil && of == *t.chosen {
			return i
		}
	}
	return -1
}

// step turns to the log of the next container.
func (t *logsTab) step(by int) tea.Cmd {
	all := t.containers()
	if len(all) < 2 {
		return nil
	}
	t.choose(all[(t.at(all)+by+len(all))%len(all)])
	return t.open(t.patience)
}

// drawPicker draws the containers to choose from.
func (t *logsTab) drawPicker(c widget.Canvas) []string {
	type row struct {
		pod engine.Pod
		k   engine.PodContainer
	}
	var rows []row
	for _, p := range t.pods.value {
		for _, k := range p.Containers {
			rows = append(rows, row{p, k})
		}
	}
	t.list.SetCount(len(rows))
	widths := c.Size(c.Width-2, 1).Columns(
		widget.Column{Want: widget.Widest(len(rows), func(i int) string { return ui.Clean(rows[i].k.Name) }), Min: 6},
		widget.Column{Want: widget.Widest(len(rows), func(i int) string { return containerStatus(c, rows[i].k).String() }), Min: 8},
		widget.Column{Want: 1, Flex: true},
	)
	return t.list.draw(c, func(r *widget.Row, i int) {
		s := containerStatus(c, rows[i].k)
		r.Column(themes.Text, ui.Clean(rows[i].k.Name), widths[0]).Column(s.Role, s.String(), widths[1]).
			Column(themes.Dim, ending(c, ui.Clean(rows[i].pod.ID.Name), widths[2]), widths[2])
	})
}

// pick does what can be done while a container is chosen.
func (t *logsTab) pick(a keymap.Action) (tea.Cmd, bool) {
	switch a {
	case keymap.Back:
		t.picking = false
		return nil, true
	case keymap.Open:
		if all, i := t.containers(), t.list.Cursor(); i >= 0 && i < len(all) {
			t.choose(all[i])
			return t.open(0), true
		}
		t.picking = false
		return nil, true
	}
	return nil, t.list.Do(a)
}
