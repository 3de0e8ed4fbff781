package command

import (
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"github.com/evenkeel/evenkeel/engine"
)

// watch prints what happens as it happens: what the engine tells, each change of
// an environment's state, and what others have to tell.
func (a *app) watch(s *session, happenings <-chan string) error {
	l := live{p: a.printer(a.Out), told: map[string]standing{}}
	latest := s.Snapshot()
	snapshots := s.Subscribe(s.ctx)
	for l.p.err == nil {
		var news []string
		select {
		case snapshot, open := <-snapshots:
			if !open {
				return ended(s.ctx)
			}
			latest = snapshot
		case line, open := <-happenings:
			if !open {
				happenings = nil
				continue
			}
			news = []string{line}
		}
		l.show(latest, news...)
	}
	return l.p.err
}

// live is a log of events and of what becomes of the environments.
type live struct {
	p    *printer
	last engine.Event
	told map[string]standing // by environment
}

// standing is what of an environment is worth a line in a log.
type standing struct {
	state    engine.SyncState
	health   engine.Health
	revision string
}

// show brings what is shown up to a snapshot, with what else there is to tell.
func (l *live) show(s *engine.Snapshot, news ...string) {
	for _, event := range after(s.Activity, l.last) {
		printEvent(l.p, event)
		l.last = event
	}
	for _, line := range news {
		printHappening(l.p, time.Now(), line)
	}
	// A log is told of each change of state once, and not of every step.
	t := liveTable(s)
	widths := t.widths()
	for i, e := range s.Environments {
		if state := (standing{e.State, e.Health, e.Revision}); l.told[e.Name] != state {
			l.told[e.Name] = state
			t.printRow(l.p, i, widths)
		}
	}
}

// logIndent is as wide as the time before each entry of the log.
const logIndent = len("15:04:05  ")

// after returns the events that followed the last one seen.
func after(events []engine.Event, last engine.Event) []engine.Event {
	for i := len(events) - 1; i >= 0; i-- {
		if events[i] == last {
			return events[i+1:]
		}
	}
	return events
}

func printEvent(p *printer, event engine.Event) {
	st := plain
	if event.Trouble {
		st = red
	}
	where := event.Environment
	if where == "" {
		where = "repository"
	}
	p.paragraph(logIndent, span{event.At.Local().Format(time.TimeOnly) + "  ", dim}, span{where, bold}, span{"  " + event.Text, st})
}

// printHappening writes what somebody other than the engine has done.
func printHappening(p *printer, now time.Time, line string) {
	p.paragraph(logIndent, span{now.Local().Format(time.TimeOnly) + "  ", dim}, span{line, cyan})
}

// liveTable is a row for each environment.
func liveTable(s *engine.Snapshot) *table {
	t := &table{}
	for _, e := range s.Environments {
		last := styled(e.Message, dim)
		if e.Running != nil {
			last = styled(string(e.Running.Action)+" "+progressText(e.Running), cyan)
		}
		t.add(styled(e.Name, bold), stateMark(e.State), healthMark(e.Health), text(short(e.Revision)),
			text(countsText(e)), last)
	}
	return t
}

// columns is how wide the terminal is now.
func columns(w io.Writer) int {
	const usual = 80
	f, ok := w.(*os.File)
	if !ok {
		return usual
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width <= 0 {
		return usual
	}
	return width
}
