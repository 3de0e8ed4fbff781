package detail

import (
	"context"
	"fmt"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// askPods asks for the pods of the object.
func (s *object) askPods(pause time.Duration) tea.Cmd {
	src, environment, id := s.src, s.env.Name, s.object.ID
	return s.pods.start(s.state, pause, func(ctx context.Context) ([]engine.Pod, error) { return src.Pods(ctx, environment, id) })
}

// podsTab lists the pods of a workload, and below them the containers of the
// chosen one.
type podsTab struct {
	*object
	list   choice
	chosen engine.ID
	height int // of the list, as drawn last
	top    int // the line on which it begins
}

func newPodsTab(o *object) *podsTab { return &podsTab{object: o} }

func (t *podsTab) name() string { return "Pods" }

func (t *podsTab) load() tea.Cmd {
	t.list.SetCount(len(t.pods.value))
	for i, p := range t.pods.value {
		if p.ID == t.chosen {
			t.list.Select(i)
		}
	}
	switch {
	case t.pods.wanted(t.state):
		return t.askPods(t.patience)
	case t.pods.open():
		return nil
	}
	return t.askPods(watching)
}

func (t *podsTab) reload() tea.Cmd { return t.askPods(0) }
func (t *podsTab) rest()           { t.pods.stop() }

func (t *podsTab) view(c widget.Canvas) []string {
	p := prose{c: c}
	if t.pods.err != nil {
		p.failure(t.desk, "The pods cannot be read", t.pods.err)
	}
	pods := t.pods.value
	if len(pods) == 0 {
		t.height = 0
		switch {
		case t.pods.known:
			p.wrap(0, said(themes.Text, "It has no pods."))
		case t.pods.err == nil:
			p.loading("pods")
		}
		return c.Fill(p.lines)
	}
	below := prose{c: c}
	chosen := pods[max(0, t.list.Cursor())]
	for _, container := range chosen.Containers {
		layContainer(&below, container)
	}
	widths := t.widths(c)
	p.lines = append(p.lines, c.Row(themes.Screen).Gap(1).Column(themes.Label, "pod", widths[0]).Column(themes.Label, "state", widths[1]).
		Column(themes.Label, "ready", widths[2]).Column(themes.Label, "restarts", widths[3]).Column(themes.Label, "age", widths[4]).
		Column(themes.Label, "node", widths[5]).String())
	t.top = len(p.lines)
	room := max(1, c.Height-t.top-1)
	t.height = max(1, min(len(pods), max(room-len(below.lines), room/2)))
	p.lines = append(p.lines, t.list.draw(c.Size(c.Width, t.height), func(r *widget.Row, i int) { t.row(c, r, widths, pods[i]) })...)
	p.lines = append(p.lines, rule(c, ui.Clean(chosen.ID.Name)))
	return c.Fill(append(p.lines, below.lines...))
}

func (t *podsTab) widths(c widget.Canvas) []int {
	pods := t.pods.value
	widest := func(text func(engine.Pod) string) int {
		return widget.Widest(len(pods), func(i int) string { return text(pods[i]) })
	}
	return c.Size(c.Width-2, 1).Columns(
		widget.Column{Want: widest(func(p engine.Pod) string { return ui.Clean(p.ID.Name) }), Min: 10, Flex: true},
		widget.Column{Want: widest(func(p engine.Pod) string { return podStatus(c, p).String() }), Min: 9},
		widget.Column{Want: 5},
		widget.Column{Want: 8, Drop: 2},
		widget.Column{Want: 4, Drop: 1},
		widget.Column{Want: widest(func(p engine.Pod) string { return ui.Clean(p.Node) }), Drop: 3},
	)
}

func (t *podsTab) row(c widget.Canvas, r *widget.Row, widths []int, p engine.Pod) {
	status := podStatus(c, p)
	ready, of, restarts := 0, 0, 0
	for _, container := range p.Containers {
		restarts += container.Restarts
		if container.Init {
			continue
		}
		of++
		if container.Ready {
			ready++
		}
	}
	role := themes.Text
	if restarts > 0 {
		role = themes.Warning
	}
	r.Column(themes.Text, ending(c, ui.Clean(p.ID.Name), widths[0]), widths[0]).Column(status.Role, status.String(), widths[1]).
		Column(themes.Text, fmt.Sprintf("%d/%d", ready, of), widths[2]).Column(role, fmt.Sprint(restarts), widths[3]).
		Column(themes.Age, c.Age(p.Created), widths[4]).Column(themes.Dim, ui.Clean(p.Node), widths[5])
}

// layContainer tells how a container is doing.
func layContainer(p *prose, k engine.PodContainer) {
	name := ui.Clean(k.Name)
	if k.Init {
		name += " (init)"
	}
	spans := []span{said(themes.Strong, name), said(themes.Text, "  "), shown(containerStatus(p.c, k))}
	if k.Restarts > 0 {
		spans = append(spans, said(themes.Warning, "  "+widget.Count(k.Restarts, "restart")))
	}
	p.line(0, append(spans, told(themes.Dim, "  "+k.Image))...)
	if k.Message != "" {
		p.wrap(2, told(themes.Warning, k.Message))
	}
}

// podStatus is how a pod is doing, by the container that does worst.
func podStatus(c widget.Canvas, p engine.Pod) widget.Status {
	g := c.Glyphs()
	if p.Deleting {
		return widget.Status{Glyph: g.Progressing, Word: "Terminating", Role: themes.Progressing}
	}
	word := ui.Clean(p.Phase)
	for _, container := range p.Containers {
		switch s := containerStatus(c, container); {
		case s.Role == themes.Degraded:
			return s
		case s.Role == themes.Progressing && !container.Init && container.State != "Running":
			word = s.Word
		}
	}
	switch {
	case p.Phase == "Failed":
		return widget.Status{Glyph: g.Degraded, Word: "Failed", Role: themes.Degraded}
	case p.Phase == "Succeeded", p.Ready:
		return widget.Status{Glyph: g.Healthy, Word: word, Role: themes.Healthy}
	case p.Phase == "Running" && word == p.Phase:
		word = "Not ready"
	}
	return widget.Status{Glyph: g.Progressing, Word: word, Role: themes.Progressing}
}

// containerStatus is how a container is doing.
func containerStatus(c widget.Canvas, k engine.PodContainer) widget.Status {
	g := c.Glyphs()
	s := widget.Status{Glyph: g.Healthy, Word: ui.Clean(k.State), Role: themes.Healthy}
	switch k.State {
	case "Running":
		if !k.Ready && !k.Init {
			s.Glyph, s.Word, s.Role = g.Progressing, "Running, not ready", themes.Progressing
		}
	case "Completed":
	case "Waiting", "ContainerCreating", "PodInitializing":
		s.Glyph, s.Role = g.Progressing, themes.Progressing
	default:
		s.Glyph, s.Role = g.Degraded, themes.Degraded
	}
	return s
}

func (t *podsTab) position() (from, shown, of int) { return t.list.position(t.height) }

func (t *podsTab) offers() []keymap.Offer {
	if len(t.pods.value) == 0 {
		return nil
	}
	return []keymap.Offer{{Action: keymap.Open, Label: "logs"}, {Action: keymap.Copy, Label: "copy the pod's name"}, {Action: keymap.Edit}}
}

func (t *podsTab) do(a keymap.Action) (tea.Cmd, bool) {
	if a == keymap.Open {
		t.openLogs()
		return nil, true
	}
	done := t.list.Do(a)
	t.keep()
	return nil, done
}

// keep remembers which pod is chosen, whatever its place will be.
func (t *podsTab) keep() {
	if i := t.list.Cursor(); i >= 0 {
		t.chosen = t.pods.value[i].ID
	}
}

// openLogs goes on to the log of the chosen pod.
func (t *podsTab) openLogs() {
	if i := t.list.Cursor(); i >= 0 {
		t.logs.choosePod(t.pods.value[i])
		t.next = t.logs.name()
	}
}

func (t *podsTab) click(_, y int, twice bool) tea.Cmd {
	if i := t.list.At(y - t.top); i >= 0 && t.height > 0 {
		t.list.Select(i)
		t.keep()
		if twice {
			t.openLogs()
		}
	}
	return nil
}

func (t *podsTab) wheel(n int) {
	t.list.Scroll(n)
	t.keep()
}

func (t *podsTab) copy() string {
	if i := t.list.Cursor(); i >= 0 {
		return ui.Clean(t.pods.value[i].ID.Name)
	}
	return ""
}

func (t *podsTab) document() (name, text string) {
	var b strings.Builder
	for _, p := range t.pods.value {
		fmt.Fprintf(&b, "%s  %s  node %s\n", ui.Clean(p.ID.Name), ui.Clean(p.Phase), ui.Clean(p.Node))
		for _, k := range p.Containers {
			fmt.Fprintf(&b, "  %s  %s  %s  %s\n", ui.Clean(k.Name), ui.Clean(k.State), widget.Count(k.Restarts, "restart"), ui.Clean(k.Image))
			if k.Message != "" {
				fmt.Fprintf(&b, "    %s\n", ui.Clean(k.Message))
			}
		}
	}
	return t.fileName("-pods.txt"), b.String()
}
