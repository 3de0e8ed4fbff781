package console

import (
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/detail"
)

// What the engine and the demo's world have to tell arrives as messages. Each
// listens for one and is asked again when it has been taken in, so that nothing
// piles up.
type (
	snapshotMsg  struct{ snapshot *engine.Snapshot }
	outcomeMsg   engine.Outcome
	happeningMsg string
	endedMsg     string
)

func listenSnapshot(from <-chan *engine.Snapshot) tea.Cmd {
	return func() tea.Msg {
		if s, open := <-from; open {
			return snapshotMsg{s}
		}
		return nil
	}
}

func listenOutcome(from <-chan engine.Outcome) tea.Cmd {
	return func() tea.Msg {
		if o, open := <-from; open {
			return outcomeMsg(o)
		}
		return nil
	}
}

func listenHappening(from <-chan string) tea.Cmd {
	return func() tea.Msg {
		if line, open := <-from; open {
			return happeningMsg(line)
		}
		return nil
	}
}

func listenEnd(from <-chan error) tea.Cmd {
	return func() tea.Msg {
		if err, open := <-from; open && err != nil {
			return endedMsg("evenkeel has stopped working: " + err.Error())
		}
		return nil
	}
}

// searchPace is how long typing rests before a search begins.
const searchPace = 150 * time.Millisecond

// watch begins to listen to an engine.
func (m *model) watch(s Session) tea.Cmd {
	m.session, m.engine = s, s.Engine
	m.snapshots, m.outcomes = s.Engine.Subscribe(m.ctx), s.Engine.Outcomes(m.ctx)
	m.detail = detail.New(s.Engine)
	m.detail.SetKeymap(m.keys)
	m.environments.SetKeymap(m.keys)
	m.history.SetSource(s.Engine.History)
	m.history.Pace = searchPace
	cmds := []tea.Cmd{listenSnapshot(m.snapshots), listenOutcome(m.outcomes)}
	if s.Happenings != nil {
		cmds = append(cmds, listenHappening(s.Happenings))
	}
	if s.Ended != nil {
		cmds = append(cmds, listenEnd(s.Ended))
	}
	return tea.Batch(append(cmds, m.take(s.Engine.Snapshot()))...)
}

// close gives up what the panels have asked for.
func (m *model) close() {
	m.history.Close()
	if m.detail != nil {
		m.detail.Close()
	}
}

// take shows a snapshot, unless a newer one is shown already.
func (m *model) take(s *engine.Snapshot) tea.Cmd {
	if m.snapshot != nil && s.Number < m.snapshot.Number {
		return nil
	}
	m.snapshot = s
	m.environments.SetSnapshot(s)
	if !m.touched && len(s.Environments) > 0 && s.Settled() {
		m.environments.Select(mostWanting(s))
		m.touched = true // once: what is chosen does not move by itself again
	}
	m.executions.SetSnapshot(s)
	for _, d := range m.dialogs {
		d.SetSnapshot(s)
	}
	return nil
}

// mostWanting is the first environment that is not as it should be and will not
// become so by itself, or else the first that is not, or the first.
func mostWanting(s *engine.Snapshot) string {
	for _, e := range s.Environments {
		if byItself := e.State == engine.StateSyncing || e.State == engine.StateOutOfSync && e.Auto && s.Automation; !byItself && e.State != engine.StateSynced {
			return e.Name
		}
	}
	for _, e := range s.Environments {
		if e.State != engine.StateSynced || e.Health == engine.Degraded {
			return e.Name
		}
	}
	return s.Environments[0].Name
}

// ended tells of an action that did not end well, whoever started it.
func (m *model) ended(o engine.Outcome) {
	switch {
	case o.Err != "":
		m.trouble.add(fmt.Sprintf("%s of %s ended early: %s", o.Action, o.Environment, o.Err))
	case o.Failed() > 0:
		m.trouble.add(fmt.Sprintf("%s of %s: %d of %d refused: %s", o.Action, o.Environment, o.Failed(), len(o.Steps), firstRefusal(o)))
	}
}

func firstRefusal(o engine.Outcome) string {
	for _, s := range o.Steps {
		if s.Err != "" {
			return s.ID.String() + ": " + s.Err
		}
	}
	return ""
}

// happened logs what somebody has done in the demo's world.
func (m *model) happened(line string) { m.log(ui.Clean(line), false) }
