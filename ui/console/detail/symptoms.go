package detail

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// symptoms are what tells why an object does not do well: its pods, what the
// cluster reported about it, and the end of the log of the pod that does worst.
type symptoms struct {
	pods   []engine.Pod
	events []engine.ClusterEvent
	of     *logOf // nil: there is no log
	log    []string

	podsErr, eventsErr, logErr error
}

// tells tells whether a pod says what it suffers from.
func (x *symptoms) tells() bool {
	for _, pod := range x.pods {
		for _, k := range pod.Containers {
			if k.Message != "" {
				return true
			}
		}
	}
	return false
}

// How much is shown of each, so that all of it is seen at once.
const (
	shownPods   = 3
	shownEvents = 3
	shownLog    = 10
	mostLog     = 64 << 10 // bytes
)

// examine asks the cluster for the symptoms of an object; the zero ID has none.
func examine(ctx context.Context, src Source, environment string, id engine.ID) (symptoms, error) {
	var x symptoms
	if id == (engine.ID{}) {
		return x, nil
	}
	if hasPods(id) {
		x.pods, x.podsErr = src.Pods(ctx, environment, id)
	}
	x.events, x.eventsErr = src.Events(ctx, environment, id)
	if x.of = mostTroubled(x.pods); x.of != nil {
		x.log, x.logErr = endOfLog(ctx, src, engine.LogQuery{
			Environment: environment, Namespace: x.of.namespace, Pod: x.of.pod, Container: x.of.container, Tail: shownLog,
		})
	}
	return x, ctx.Err()
}

// endOfLog reads the last lines of a log.
func endOfLog(ctx context.Context, src Source, q engine.LogQuery) ([]string, error) {
	from, err := src.Logs(ctx, q)
	if err != nil {
		return nil, err
	}
	defer func() { _ = from.Close() }()
	data, err := io.ReadAll(io.LimitReader(from, mostLog))
	lines := ui.CleanLines(string(data))
	return lines[max(0, len(lines)-shownLog):], err
}

// examination is a tab that tells of one object of an environment why it does
// not do well.
type examination struct {
	*environment
	pageTab
	of   func() engine.ID
	told func(*prose)
	seen load[symptoms]
	last engine.ID // that was asked about
	// further opens more of it, and leads says to what.
	further func() tea.Cmd
	leads   string
}

func newExamination(s *environment, called string, of func() engine.ID, told func(*prose)) *examination {
	t := &examination{environment: s, of: of, told: told}
	t.pageTab = *newPageTab(called, s.fileName, t.lay)
	return t
}

func (t *examination) load() tea.Cmd {
	t.page.stale()
	switch of := t.of(); {
	case of != t.last:
		t.last, t.seen.known = of, false
		return t.ask(0)
	case t.seen.wanted(1):
		return t.ask(0)
	case t.seen.open():
		return nil
	}
	return t.ask(watching)
}

func (t *examination) reload() tea.Cmd { return t.ask(0) }
func (t *examination) rest()           { t.seen.stop() }

func (t *examination) ask(pause time.Duration) tea.Cmd {
	src, environment, id := t.src, t.env.Name, t.of()
	return t.seen.start(1, pause, func(ctx context.Context) (symptoms, error) { return examine(ctx, src, environment, id) })
}

func (t *examination) offers() []keymap.Offer {
	if t.of() == (engine.ID{}) {
		return t.pageTab.offers()
	}
	return append([]keymap.Offer{{Action: keymap.Open, Label: t.leads}}, t.pageTab.offers()...)
}

func (t *examination) do(a keymap.Action) (tea.Cmd, bool) {
	if a == keymap.Open && t.of() != (engine.ID{}) {
		return t.further(), true
	}
	return t.pageTab.do(a)
}

func (t *examination) lay(p *prose) {
	t.told(p)
	x := &t.seen.value
	if !t.seen.known {
		if t.of() == (engine.ID{}) {
			return
		}
		p.blank()
		p.loading("pods, events and log")
		return
	}
	layPods(p, t.desk, x)
	layLog(p, t.desk, x)
	layEvents(p, t.desk, x, t.of())
}

// layPods tells of the pods that do not do well, and counts the others.
func layPods(p *prose, d *desk, x *symptoms) {
	if x.podsErr == nil && len(x.pods) == 0 {
		return
	}
	p.heading("Pods")
	if x.podsErr != nil {
		p.failure(d, "They cannot be read", x.podsErr)
	}
	unwell, ready := []engine.Pod{}, 0
	for _, pod := range x.pods {
		if pod.Ready {
			ready++
		} else {
			unwell = append(unwell, pod)
		}
	}
	slices.SortStableFunc(unwell, func(a, b engine.Pod) int { return b.Created.Compare(a.Created) })
	for _, pod := range unwell[:min(len(unwell), shownPods)] {
		p.line(0, shown(podStatus(p.c, pod)), told(themes.Strong, "  "+pod.ID.Name), said(themes.Age, "  "+p.c.Age(pod.Created)))
		for _, k := range pod.Containers {
			if k.Message != "" {
				p.wrap(2, told(themes.Text, k.Name+": "), told(themes.Warning, k.Message))
			}
		}
	}
	var more []string
	if n := len(unwell) - shownPods; n > 0 {
		more = append(more, fmt.Sprintf("%d more that are not ready", n))
	}
	if ready > 0 {
		more = append(more, widget.Count(ready, "pod")+" ready")
	}
	if len(more) > 0 {
		p.line(0, said(themes.Dim, p.c.Glyphs().Gap+" "+strings.Join(more, ", ")))
	}
}

// layEvents tells what the cluster reported last: warnings before all else, but
// for those about pods that do well.
func layEvents(p *prose, d *desk, x *symptoms, of engine.ID) {
	events := slices.Clone(x.events)
	slices.Reverse(events)
	well := map[engine.ID]bool{}
	for _, pod := range x.pods {
		well[pod.ID] = pod.Ready
	}
	warnings := slices.DeleteFunc(slices.Clone(events), func(e engine.ClusterEvent) bool { return e.Type != "Warning" || well[e.Object] })
	if len(warnings) > 0 {
		events = warnings
	}
	if x.eventsErr == nil && len(events) == 0 {
		return
	}
	p.heading("Events")
	if x.eventsErr != nil {
		p.failure(d, "They cannot be read", x.eventsErr)
	}
	events = events[:min(len(events), shownEvents)]
	for _, e := range events {
		layEvent(p, e, widestOf(events), of)
	}
}

// layLog shows the end of the log.
func layLog(p *prose, d *desk, x *symptoms) {
	if x.of == nil {
		return
	}
	p.heading("Log of " + ui.Clean(x.of.container) + " in " + ui.Clean(x.of.pod))
	switch {
	case x.logErr != nil:
		p.failure(d, "It cannot be read", x.logErr)
	case len(x.log) == 0:
		p.wrap(0, said(themes.Dim, "The log is empty."))
	}
	for _, line := range x.log {
		p.wrap(0, said(themes.Text, line))
	}
}
