package detail

import (
	"context"
	"fmt"
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// watching is how often a tab that is open asks again about what no watch tells.
const watching = 10 * time.Second

// eventsTab lists what the cluster reported about the object, the newest first.
type eventsTab struct {
	*object
	pageTab
	events load[[]engine.ClusterEvent]
}

func newEventsTab(o *object) *eventsTab {
	t := &eventsTab{object: o}
	t.pageTab = *newPageTab("Events", func() string { return o.fileName("-events.txt") }, t.lay)
	return t
}

func (t *eventsTab) load() tea.Cmd {
	t.page.stale()
	switch {
	case t.events.wanted(t.state):
		return t.ask(t.patience)
	case t.events.open():
		return nil
	}
	return t.ask(watching)
}

func (t *eventsTab) reload() tea.Cmd { return t.ask(0) }
func (t *eventsTab) rest()           { t.events.stop() }

func (t *eventsTab) ask(pause time.Duration) tea.Cmd {
	src, environment, id := t.src, t.env.Name, t.object.object.ID
	return t.events.start(t.state, pause, func(ctx context.Context) ([]engine.ClusterEvent, error) { return src.Events(ctx, environment, id) })
}

// widestReason is what the reasons of events are cut to.
const widestReason = 24

// widestOf is how wide the reasons of events are.
func widestOf(events []engine.ClusterEvent) int {
	return min(widestReason, widget.Widest(len(events), func(i int) string { return ui.Clean(events[i].Reason) }))
}

func (t *eventsTab) lay(p *prose) {
	if t.events.err != nil {
		p.failure(t.desk, "The events cannot be read", t.events.err)
		p.blank()
	}
	switch {
	case t.events.known && len(t.events.value) == 0:
		p.wrap(0, said(themes.Text, "The cluster has no events about it. It keeps them for an hour, as a rule."))
	case !t.events.known && t.events.err == nil:
		p.loading("events")
	}
	reason := widestOf(t.events.value)
	for _, e := range slices.Backward(t.events.value) {
		layEvent(p, e, reason, t.object.object.ID)
	}
}

// layEvent tells of an event, and which object it is about, unless that is known.
func layEvent(p *prose, e engine.ClusterEvent, reason int, of engine.ID) {
	role, mark := themes.Dim, " "
	if e.Type == "Warning" {
		role, mark = themes.Warning, p.c.Glyphs().Warning
	}
	head := []span{
		said(role, mark+" "+p.c.Fit(ui.Clean(e.Type), 8)),
		said(themes.Strong, p.c.Fit(ui.Clean(e.Reason), reason)), said(themes.Age, " "+p.c.FitRight(p.c.Age(e.Last), 4)),
	}
	if e.Count > 1 {
		head = append(head, said(themes.Number, fmt.Sprintf("  %d times", e.Count)))
	}
	if e.Object != of {
		head = append(head, said(themes.Kind, "  "+nameOf(e.Object, of.Namespace)))
	}
	p.line(0, head...)
	p.wrap(2, told(themes.Text, e.Message))
}
