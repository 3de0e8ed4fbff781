package console

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
)

// The clock ticks only as often as something on the screen moves with it: ages
// are told in steps, and a spinner turns only while something is under way.
const (
	ageStep  = 5 * time.Second
	turnStep = 120 * time.Millisecond
)

// clock is the one timer of the console. A tick that was asked for for later is
// let go when an earlier one is needed: the number says which one counts.
type clock struct {
	number int
	due    time.Time
}

type tickMsg struct{ number int }

func (c *clock) ticked(t tickMsg) {
	if t.number == c.number {
		c.due = time.Time{}
	}
}

// wind asks for the next tick, if it is not on its way.
func (m *model) wind() tea.Cmd {
	now := m.now()
	step := ageStep
	if m.moving() {
		step = turnStep
	} else if left := m.notice.until.Sub(now); left > 0 {
		step = min(step, left)
	}
	due := now.Add(step)
	if !m.clock.due.IsZero() && !due.Before(m.clock.due) {
		return nil
	}
	m.clock.due = due
	m.clock.number++
	number := m.clock.number
	return tea.Tick(step, func(time.Time) tea.Msg { return tickMsg{number} })
}

// moving tells whether something on the screen turns or fills up by itself.
func (m *model) moving() bool {
	if m.start != nil || m.executions.Moving() {
		return true
	}
	if d, ok := m.dialog().(interface{ Moving() bool }); ok && d.Moving() {
		return true
	}
	if m.snapshot == nil {
		return false
	}
	for _, e := range m.snapshot.Environments {
		if e.Running != nil || e.State == engine.StateUnknown && !e.Settled {
			return true
		}
	}
	return false
}
