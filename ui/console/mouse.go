package console

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// twiceWithin is how soon a second click has to follow to make a double click.
const twiceWithin = 400 * time.Millisecond

// wheelLines is how far one notch of the wheel goes.
const wheelLines = 3

// mouse is what is known of it: whether it is followed, and the last click.
type mouse struct {
	on   bool
	x, y int
	at   time.Time
}

// twice tells whether a click is the second one at its place.
func (p *mouse) twice(x, y int, now time.Time) bool {
	again := p.x == x && p.y == y && now.Sub(p.at) < twiceWithin
	p.x, p.y, p.at = x, y, now
	if again {
		p.at = time.Time{} // a third click begins anew
	}
	return again
}

func (m *model) setMouse(on bool) {
	m.mouse.on = on
	m.out.SetMouse(on)
	m.known.Mouse = nil
	if on != m.opts.Settings.Mouse {
		m.known.Mouse = &on
	}
	m.remember()
	if on {
		m.say("the mouse is followed")
	} else {
		m.say("the mouse is left to the terminal, to select and copy text")
	}
}

// point does what the mouse asks for: a click focuses and chooses, a second one
// opens, the wheel scrolls what it is over.
func (m *model) point(e tea.MouseEvent) tea.Cmd {
	if !m.mouse.on || m.start != nil || e.Action != tea.MouseActionPress {
		return nil
	}
	if d := m.dialog(); d != nil {
		return m.pointDialog(d, e)
	}
	if e.Y == m.at.tabs && e.Button == tea.MouseButtonLeft {
		m.clickTab(e.X)
		return nil
	}
	for a := range areaCount {
		r := m.at.rects[a]
		if !r.contains(e.X, e.Y) {
			continue
		}
		if a == areaActivity {
			if e.Button == tea.MouseButtonLeft {
				return m.do(keymap.Log)
			}
			return nil
		}
		if lines := wheel(e); lines != 0 {
			return m.pane(a).Wheel(lines)
		}
		if e.Button != tea.MouseButtonLeft {
			return nil
		}
		m.focusOn(a)
		twice := m.mouse.twice(e.X, e.Y, m.now())
		cmd := m.pane(a).Click(e.X-r.x, e.Y-r.y, twice)
		if twice && a != areaDetail {
			opened, _ := m.open()
			return tea.Batch(cmd, opened)
		}
		return cmd
	}
	return nil
}

func wheel(e tea.MouseEvent) int {
	switch e.Button {
	case tea.MouseButtonWheelUp:
		return -wheelLines
	case tea.MouseButtonWheelDown:
		return wheelLines
	}
	return 0
}

func (m *model) clickTab(x int) {
	at := 0
	for i, t := range m.tabNames() {
		end := at + widget.Width(t.Name) + 2
		if x >= at && x < end {
			m.focusOn(panels()[i])
			return
		}
		at = end
	}
}
