package console

import (
	"strings"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/screen"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// View hands the frame to the screen, which paints it when it can. Bubble Tea
// calls it after every message, and its own renderer is not used.
func (m *model) View() string {
	m.out.Show(screen.Frame{Lines: m.frame()})
	return ""
}

// frame draws everything that is seen: as many lines as the screen has rows,
// each as wide as the screen.
func (m *model) frame() []string {
	c := widget.Canvas{Theme: m.theme, Now: m.now(), Width: m.width, Height: m.height, Focused: true}
	if m.width <= 0 || m.height <= 0 {
		return nil
	}
	if m.start != nil {
		return grounded(c, c.Fill(m.start.View(c)))
	}
	lines := m.ground(c)
	for _, d := range m.dialogs {
		lines = m.lay(c, d, lines)
	}
	return grounded(c, lines)
}

// grounded puts lines on the background of the theme.
func grounded(c widget.Canvas, lines []string) []string {
	if ground := c.Ground(); ground != "" {
		for i := range lines {
			lines[i] = ground + lines[i]
		}
	}
	return lines
}

// ground draws what lies below the dialogs.
func (m *model) ground(c widget.Canvas) []string {
	lines := make([]string, m.height)
	a := m.at
	if a.header >= 0 {
		lines[a.header] = m.header(c.Size(m.width, 1))
	}
	if a.banner >= 0 {
		copy(lines[a.banner:], c.Size(m.width, a.bannered).Fill(m.banner(c))[:a.bannered])
	}
	if a.tabs >= 0 {
		lines[a.tabs] = m.tabs(c.Size(m.width, 1))
	}
	for _, place := range m.columns() {
		r := a.rects[place]
		for i, line := range m.draw(c, place, r) {
			lines[r.y+i] += line
		}
	}
	if a.line >= 0 {
		lines[a.line] = m.activityLine(c.Size(m.width, 1))
	}
	if a.footer >= 0 {
		lines[a.footer] = m.bottom(c.Size(m.width, 1))
	}
	return lines
}

// columns lists the areas that are seen, those further left first.
func (m *model) columns() []area {
	seen := make([]area, 0, areaCount)
	for x := 0; x < m.width; {
		next := m.width
		for a := range areaCount {
			r := m.at.rects[a]
			switch {
			case !r.seen():
			case r.x == x:
				seen = append(seen, a)
			case r.x > x:
				next = min(next, r.x)
			}
		}
		x = next
	}
	return seen
}

func (m *model) draw(c widget.Canvas, a area, r rect) []string {
	c = c.Size(r.width, r.height)
	c.Focused = a == m.focus && len(m.dialogs) == 0
	if a == areaActivity {
		return m.activityBox(c)
	}
	return m.pane(a).View(c)
}

// tabs is the line of panels where only one is seen at a time. The open one is
// in capitals, so that it can be told without colours too.
func (m *model) tabs(c widget.Canvas) string {
	row := c.Row(themes.Screen)
	for _, t := range m.tabNames() {
		role := themes.Tab
		if t.Open {
			role = themes.TabOpen
		}
		row.Add(role, " "+t.Name+" ")
	}
	return row.String()
}

// tabNames are the panels as their tabs call them, in words as long as there is
// room for.
func (m *model) tabNames() []widget.Tab {
	for _, names := range [][]string{
		{"Environments", "Drift", "Images", "History", "Detail"},
		{"Env", "Drift", "Img", "Hist", "Detail"},
		{"E", "D", "I", "H", "T"},
	} {
		tabs := make([]widget.Tab, len(names))
		width := 0
		for i, a := range panels() {
			name := m.keys.Key(actionOf(a)) + " " + names[i]
			if a == m.focus {
				name = strings.ToUpper(name)
			}
			tabs[i] = widget.Tab{Name: name, Open: a == m.focus}
			width += widget.Width(name) + 2
		}
		if width <= m.width || len(names[0]) == 1 {
			return tabs
		}
	}
	return nil
}

// bottom is the last line: an error until it is dismissed, a notice for a
// while, and otherwise the keys.
func (m *model) bottom(c widget.Canvas) string {
	switch {
	case len(m.trouble) > 0 && len(m.dialogs) == 0: // its keys do something else in a dialog
		keys := "  " + m.keys.Key("trouble") + " read  " + m.keys.Key("back") + " dismiss "
		row := c.Row(themes.Alarm).Add(themes.Error, " "+c.Glyphs().Warning+" ")
		return row.Fit(themes.Error, m.trouble.line(), max(0, row.Room()-widget.Width(keys))).Add(themes.Error, keys).String()
	case m.notice.until.After(c.Now):
		return c.Row(themes.Bar).Gap(1).Add(themes.Info, c.Fit(m.notice.text, c.Width-2)).String()
	case len(m.dialogs) > 0:
		return m.footer(c, m.dialog().Offers())
	case m.editing() != nil: // where all other keys are text
		return m.footer(c, m.pane(m.focus).Offers())
	}
	return m.footer(c, m.offers(), keymap.Offer{Action: keymap.Palette}, keymap.Offer{Action: keymap.Help})
}

// activity is what happened, in the order of time: in the engine, in the demo's
// world, and in the console.
func (m *model) activity() []engine.Event {
	a, b := m.snapshot.Activity, m.happenings
	all := make([]engine.Event, 0, len(a)+len(b))
	for len(a) > 0 || len(b) > 0 {
		if len(b) == 0 || len(a) > 0 && !b[0].At.Before(a[0].At) {
			all, a = append(all, a[0]), a[1:]
		} else {
			all, b = append(all, b[0]), b[1:]
		}
	}
	return all
}

func (m *model) activityBox(c widget.Canvas) []string {
	box := widget.Box{Title: "Activity", Foot: m.keys.Key("activity") + " all"}
	in := box.Inside(c)
	events := m.activity()
	events = events[max(0, len(events)-in.Height):]
	var lines []string
	for i := range events {
		lines = append(lines, m.eventLine(in, events[len(events)-1-i]))
	}
	if len(lines) == 0 {
		lines = append(lines, in.Row(themes.Screen).Add(themes.Dim, "nothing has happened yet").String())
	}
	return box.Draw(c, in.Fill(lines))
}

func (m *model) activityLine(c widget.Canvas) string {
	events := m.activity()
	if len(events) == 0 {
		return widget.Blank(c.Width)
	}
	return m.eventLine(c, events[len(events)-1])
}

func (m *model) eventLine(c widget.Canvas, e engine.Event) string {
	role := themes.Text
	mark := " "
	if e.Trouble {
		role, mark = themes.Error, c.Glyphs().Warning
	}
	row := c.Row(themes.Screen).Add(themes.Age, e.At.Local().Format("15:04:05")).Gap(1).Add(themes.Error, mark).Gap(1)
	if e.Environment != "" {
		name := ui.Clean(e.Environment)
		row.Fit(themes.Strong, name, min(widget.Width(name), c.Width/3)).Gap(2)
	}
	return row.Add(role, c.Fit(ui.Clean(e.Text), max(0, row.Room()))).String()
}
