package dialog

import (
	"fmt"
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// Activity is the log of what happened, with the executions of this session in
// it. The newest is at the end, and followed.
type Activity struct {
	quiet
	executions *Executions
	events     func() []engine.Event

	environments []string // one tab each, behind the one for all of them
	tab          int
	trouble      bool // only what went wrong
	input        widget.Input
	editing      bool

	rows   []activityRow
	list   widget.List
	box    widget.Box    // as drawn last
	canvas widget.Canvas // as drawn last
	top    int           // the first line of the list, as drawn last
}

// activityRow is an event or an execution.
type activityRow struct {
	engine.Event
	execution *Execution
}

// NewActivity shows the log: what events returns, oldest first, and what was
// executed.
func NewActivity(w Work, events func() []engine.Event) *Activity {
	a := &Activity{executions: w.Executions, events: events}
	if s := w.Executions.snapshot; s != nil {
		for _, env := range s.Environments {
			a.environments = append(a.environments, env.Name)
		}
	}
	a.arrange()
	a.list.Select(len(a.rows) - 1)
	return a
}

// arrange lists what the tab and the filter let through, and stays at the end
// when it was there.
func (a *Activity) arrange() {
	var all []activityRow
	for _, e := range a.events() {
		all = append(all, activityRow{Event: e})
	}
	for _, one := range a.executions.All() {
		all = append(all, activityRow{Event: one.event(), execution: one})
	}
	slices.SortStableFunc(all, func(x, y activityRow) int { return x.At.Compare(y.At) })
	filter := widget.ParseFilter(a.input.Value(), "env")
	atEnd := a.list.Cursor() == a.list.Count()-1
	a.rows = a.rows[:0]
	for _, r := range all {
		if a.tab > 0 && r.Environment != a.environments[a.tab-1] || a.trouble && !r.Trouble {
			continue
		}
		if !filter.Empty() && !filter.Match(func(term string) string {
			if term == "env" {
				return r.Environment
			}
			return r.Environment + " " + r.Text
		}) {
			continue
		}
		a.rows = append(a.rows, r)
	}
	a.list.SetCount(len(a.rows))
	if atEnd {
		a.list.Select(len(a.rows) - 1)
	}
}

// event is the line of an execution in the log.
func (e *Execution) event() engine.Event {
	event := engine.Event{At: e.started, Environment: e.environment}
	switch {
	case e.refused != nil:
		event.Text, event.Trouble = string(e.action)+": nothing was done: "+e.refused.Error(), true
	case e.ended:
		event.Text, event.Trouble = ended(&e.outcome, e.unchanged), !e.outcome.Succeeded()
	default:
		event.Text = fmt.Sprintf("%s is under way: %d of %d done", e.action, len(e.steps), max(len(e.steps), e.planned))
	}
	return event
}

// Editing implements Dialog.
func (a *Activity) Editing() bool { return a.editing }

// Offers implements Dialog.
func (a *Activity) Offers() []keymap.Offer {
	open := keymap.Offer{Action: keymap.Open, Label: "read it whole"}
	if i := a.list.Cursor(); i < 0 {
		open.Disabled = "nothing is chosen"
	} else if a.rows[i].execution != nil {
		open.Label = "open the execution"
	}
	only := keymap.Offer{Action: keymap.Only, Label: "only trouble"}
	if a.trouble {
		only.Label = "everything"
	}
	return []keymap.Offer{
		open, only, {Action: keymap.Filter},
		{Action: keymap.NextTab, Label: "next environment"}, {Action: keymap.PrevTab, Label: "previous environment"},
		{Action: keymap.Back, Label: "close"}, {Action: keymap.Down}, {Action: keymap.Up},
	}
}

// Key implements Dialog.
func (a *Activity) Key(msg tea.KeyMsg, do keymap.Action) tea.Cmd {
	text := msg.Type == tea.KeyRunes || msg.Type == tea.KeySpace || msg.Type == tea.KeyBackspace
	switch {
	case a.editing && text:
		if a.input.Key(msg) {
			a.arrange()
		}
	case do == keymap.Back && a.input.Value() != "":
		a.input.SetValue("")
		a.editing = false
		a.arrange()
	case a.editing && (do == keymap.Back || do == keymap.Open):
		a.editing = false
	case do == keymap.Back, do == keymap.Log:
		return closed(a)
	case do == keymap.Open:
		return a.open()
	case do == keymap.Filter:
		a.editing = true
	case do == keymap.Only:
		a.trouble = !a.trouble
		a.arrange()
	case do == keymap.NextTab, do == keymap.Right, do == keymap.NextPanel:
		a.show(a.tab + 1)
	case do == keymap.PrevTab, do == keymap.Left, do == keymap.PrevPanel:
		a.show(a.tab - 1)
	default:
		a.list.Do(do)
	}
	return nil
}

// show opens a tab; behind the last one is the first.
func (a *Activity) show(tab int) {
	n := len(a.environments) + 1
	a.tab = (tab + n) % n
	a.arrange()
	a.list.Select(len(a.rows) - 1)
}

// open opens an execution, or shows an event whole.
func (a *Activity) open() tea.Cmd {
	i := a.list.Cursor()
	if i < 0 {
		return nil
	}
	r := a.rows[i]
	if r.execution != nil {
		r.execution.shell = nil
		return send(Opened{Dialog: r.execution})
	}
	title := r.At.Local().Format(time.DateTime)
	if r.Environment != "" {
		title = r.Environment + ", " + title
	}
	return send(Opened{Dialog: NewText(title, r.Text)})
}

// Click implements Dialog.
func (a *Activity) Click(x, y int, twice bool) tea.Cmd {
	if y == 1 {
		if tab := a.box.TabAt(a.canvas, x-1); tab >= 0 {
			a.show(tab)
		}
		return nil
	}
	if i := a.list.At(y - a.top); y >= a.top && i >= 0 {
		a.list.Select(i)
		if twice {
			return a.open()
		}
	}
	return nil
}

// Wheel implements Dialog.
func (a *Activity) Wheel(lines int) tea.Cmd {
	a.list.Scroll(lines)
	return nil
}

// Size implements Dialog.
func (a *Activity) Size(width, height int) (w, h int) {
	return fitted(width, height, 140, height-4)
}

// View implements Dialog.
func (a *Activity) View(c widget.Canvas) []string {
	a.arrange() // the executions go on
	box := widget.Box{Title: "Activity"}
	box.Tabs = append(box.Tabs, widget.Tab{Name: "All", Open: a.tab == 0})
	for i, name := range a.environments {
		box.Tabs = append(box.Tabs, widget.Tab{Name: ui.Clean(name), Open: a.tab == i+1})
	}
	if a.trouble {
		box.Note = "only trouble"
	}
	in := box.Inside(c)
	var foot []string
	if a.editing || a.input.Value() != "" {
		entry := in.Size(max(0, in.Width-4), 1)
		entry.Focused = a.editing
		foot = []string{in.Pad(themes.Screen, " "+c.Paint(themes.Screen, themes.Key, "/")+" "+a.input.View(entry))}
	}
	a.top = c.Height - 1 - in.Height
	lines := stack(in, nil, foot, 1, func(b widget.Canvas) []string {
		if len(a.rows) == 0 {
			text := "Nothing has happened yet."
			if a.tab > 0 || a.trouble || a.input.Value() != "" {
				text = "Nothing that was asked for has happened."
			}
			return paragraph(b, themes.Dim, text)
		}
		env := min(16, widget.Widest(len(a.environments), func(i int) string { return ui.Clean(a.environments[i]) }))
		from, to := a.list.Visible(b.Height)
		box.From, box.Shown, box.Of = from, to-from, len(a.rows)
		var out []string
		for i := from; i < to; i++ {
			out = append(out, a.draw(b, i, env))
		}
		return out
	})
	a.box, a.canvas = box, c
	return box.Draw(c, lines)
}

func (a *Activity) draw(c widget.Canvas, i, env int) string {
	r := a.rows[i]
	on, role := themes.Screen, themes.Text
	if i == a.list.Cursor() {
		on = themes.Cursor
	}
	mark := " "
	switch {
	case r.execution != nil && !r.execution.ended:
		mark, role = c.Glyphs().Progressing, themes.Progressing
	case r.execution != nil:
		mark, role = c.Glyphs().Closed, themes.Strong
	}
	if r.Trouble {
		mark, role = c.Glyphs().Warning, themes.Error
	}
	at := r.At.Local().Format(time.TimeOnly)
	if !sameDay(c.Now.Local(), r.At.Local()) {
		at = r.At.Local().Format("Jan 02 15:04")
	}
	row := c.Row(on).Gap(1).Add(role, mark).Gap(1)
	if c.Width > 50 {
		row.FitRight(themes.Age, at, len("Jan 02 15:04")).Gap(2)
	}
	if a.tab == 0 && env > 0 {
		row.Fit(themes.Label, ui.Clean(r.Environment), env).Gap(2)
	}
	return row.Fit(role, ui.Clean(r.Text), max(0, row.Room()-1)).String()
}

func sameDay(a, b time.Time) bool {
	return a.YearDay() == b.YearDay() && a.Year() == b.Year()
}
