package panel

import (
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// Environments is the panel of all environments: how each stands to Git, how it
// is doing, and what a person should know first.
type Environments struct {
	choice[string]
	environments []*environment
	keys         *keymap.Map
	problem      string // why the repository cannot be read
	lines        []int  // by line inside the box: the row it belongs to
}

// environment is an environment with its texts made clean.
type environment struct {
	*engine.Environment
	name, message, revision string
	updates                 string // that are pending, and whether they are held
	back                    string // the revision that it was well at, when it is not
	verified                string // that its verification failed, and of what
}

// SetKeymap says which keys the panel tells people to press.
func (p *Environments) SetKeymap(m *keymap.Map) { p.keys = m }

// SetSnapshot shows the environments of a snapshot.
func (p *Environments) SetSnapshot(s *engine.Snapshot) {
	old := p.environments
	p.environments = make([]*environment, len(s.Environments))
	keys := make([]string, len(s.Environments))
	for i, e := range s.Environments {
		keys[i] = e.Name
		if i < len(old) && old[i].Environment == e {
			p.environments[i] = old[i]
			continue
		}
		p.environments[i] = &environment{
			e, called(e.Name), ui.Clean(e.Message), widget.ShortHash(e.AppliedRevision), updates(e), widget.ShortHash(widget.LastHealthy(e)), unverified(e),
		}
	}
	p.problem = ui.Clean(s.Repository.Err)
	p.set(keys)
}

// Lines is how many lines the panel needs: one for each environment, and another
// for each that a person should know something of.
func (p *Environments) Lines() int {
	n := len(p.environments)
	for _, e := range p.environments {
		if troubled(e) || e.back != "" || e.verified != "" {
			n++
		}
	}
	return n
}

// Selected is the name of the chosen environment; empty when there is none.
func (p *Environments) Selected() string {
	name, _ := p.key()
	return name
}

// Select chooses an environment.
func (p *Environments) Select(name string) { p.choose(name) }

// Copy is what the panel gives to the clipboard.
func (p *Environments) Copy() string { return ui.Clean(p.Selected()) }

// Offers says what can be done here.
func (p *Environments) Offers() []keymap.Offer {
	none := ""
	if p.Selected() == "" {
		none = "there is no environment"
	}
	return []keymap.Offer{
		{Action: keymap.Open, Disabled: none},
		{Action: keymap.Copy, Label: "copy the name", Disabled: none},
	}
}

// Do does an action that is the panel's.
func (p *Environments) Do(a keymap.Action) (tea.Cmd, bool) { return nil, p.do(a) }

// Click chooses the environment on a line.
func (p *Environments) Click(_, y int, _ bool) tea.Cmd {
	if y--; y >= 0 && y < len(p.lines) {
		p.list.Select(p.lines[y])
		p.moved = true
	}
	return nil
}

// Wheel scrolls.
func (p *Environments) Wheel(n int) tea.Cmd {
	p.wheel(n)
	return nil
}

// View draws the panel.
func (p *Environments) View(c widget.Canvas) []string {
	box := widget.Box{Number: "1", Title: "Environments"}
	in := box.Inside(c)
	if len(p.environments) == 0 {
		p.lines = nil
		return box.Draw(c, p.nothing(in))
	}
	columns := p.columns(in)
	second := p.seconds(in, columns)
	if len(second) > 0 {
		columns.told = true
	}
	from, to := p.visible(in.Height)
	box.From, box.Shown, box.Of = from, to-from, len(p.environments)
	at, _ := p.key()
	p.lines = p.lines[:0]
	var out []string
	for i := from; i < to; i++ {
		e := p.environments[i]
		on := surface(in, e.Name == at, false)
		out = append(out, columns.draw(in, on, e))
		p.lines = append(p.lines, i)
		if line := second[i]; line != "" {
			role := themes.Dim
			if troubled(e) || e.back != "" || e.verified != "" {
				role = themes.Warning
			}
			out = append(out, in.Row(on).Gap(lead).Fit(role, line, in.Width-lead-1).String())
			p.lines = append(p.lines, i)
		}
	}
	return box.Draw(c, in.Fill(out))
}

// nothing says why there are no environments.
func (p *Environments) nothing(in widget.Canvas) []string {
	if p.problem != "" {
		return say(in, themes.Error, "The repository cannot be read: "+p.problem, "It is tried again all the time.")
	}
	return say(in, themes.Text, "Environments are being read.")
}

// seconds are the second lines of the rows that have one: what a person should
// know first, and what the columns had no room for. There are none when they
// would not all fit: the detail tells it too.
func (p *Environments) seconds(c widget.Canvas, w environmentColumns) map[int]string {
	second := map[int]string{}
	for i, e := range p.environments {
		message, old := e.message, ""
		if e.State == engine.StateOutOfSync {
			message = "" // it only counts
			if w.counts == 0 {
				message = countsInWords(c, e.Environment)
			}
		}
		if w.age == 0 {
			old = age(c, e.Environment)
		}
		if e.back != "" {
			message = p.wayBack(e, c.Width-lead-1)
		}
		if line := joined(c, old, e.verified, message); line != "" {
			second[i] = line
		}
	}
	for i, e := range p.environments {
		more := joined(c, waitsFor(c, e.Environment))
		if w.updates == 0 {
			more = joined(c, e.updates, more)
		}
		if more != "" && (second[i] != "" || len(p.environments)+len(second) < c.Height) { // but not at the cost of another line
			second[i] = joined(c, second[i], more)
		}
	}
	if len(p.environments)+len(second) > c.Height {
		return nil
	}
	return second
}

// wayBack says where an environment was well, and in the chosen row which key
// brings it back there.
func (p *Environments) wayBack(e *environment, room int) string {
	if at, _ := p.key(); p.keys != nil && at == e.Name {
		if key := p.keys.Key(keymap.Rollback); key != "" {
			brief := key + " rolls back to " + e.back
			return longest(room, brief+", the last healthy one", brief)
		}
	}
	return "the last healthy one was " + e.back
}

// updates says how many images have an update pending, or of an environment that
// is held as a whole, that; and how many pull requests wait.
func updates(e *engine.Environment) string {
	var facts []string
	pending, held := 0, slices.ContainsFunc(e.Holds, func(h engine.Hold) bool { return h.Image == "" })
	for _, i := range e.Images {
		if i.Pending() {
			pending++
		}
	}
	switch {
	case held:
		facts = append(facts, "images held")
	case pending > 0:
		facts = append(facts, widget.Count(pending, "update"))
	}
	open := 0
	for i := range e.PullRequests {
		if widget.Waits(&e.PullRequests[i]) {
			open++
		}
	}
	if open > 0 {
		facts = append(facts, widget.Count(open, "open PR"))
	}
	return strings.Join(facts, ", ")
}

// unverified says that the verification of an environment failed; "" when it did
// not.
func unverified(e *engine.Environment) string {
	if v := e.Verification; v != nil && v.State == engine.VerificationFailed {
		return "verification of " + widget.ShortHash(v.Revision) + " failed"
	}
	return ""
}

// waitsFor says what an environment waits for that promotes by itself; "" when
// there is nothing to promote.
func waitsFor(c widget.Canvas, e *engine.Environment) string {
	x := e.Pipeline
	switch {
	case x == nil:
		return ""
	case x.Trouble != "":
		return "cannot promote: " + ui.Clean(x.Trouble)
	case len(x.Updates) == 0:
		return ""
	}
	for i := range x.Gates {
		if g := &x.Gates[i]; !g.Met {
			text := "promotes when " + ui.Clean(g.Name)
			if in := g.MetAt.Sub(c.Now); in > 0 {
				text += ", in " + widget.Span(in)
			}
			return text
		}
	}
	return "promotes " + widget.Count(len(x.Updates), "image") + " now"
}

// troubled tells whether a person is needed.
func troubled(e *environment) bool {
	return e.State == engine.StateBlocked || e.State == engine.StateUnknown && !e.AsOf.IsZero()
}

// age says how old the live side is that an environment shows; empty when it is
// what is there now, or has never been read.
func age(c widget.Canvas, e *engine.Environment) string {
	if e.Current || e.AsOf.IsZero() {
		return ""
	}
	return "as of " + c.Age(e.AsOf)
}

// counts is how many objects differ, and how: 3 ~1 +1 -1.
func counts(c widget.Canvas, e *engine.Environment) string {
	n := e.Differing()
	if n == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprint(&b, n)
	for _, d := range differing {
		if e.Counts[d] > 0 {
			fmt.Fprintf(&b, " %s%d", c.DriftStatus(d).Glyph, e.Counts[d])
		}
	}
	return b.String()
}

// countsInWords is counts where there is room.
func countsInWords(c widget.Canvas, e *engine.Environment) string {
	var facts []string
	for _, d := range differing {
		if n := e.Counts[d]; n > 0 {
			facts = append(facts, fmt.Sprintf("%d %s", n, strings.ToLower(string(d))))
		}
	}
	return joined(c, facts...)
}

// differing are the drifts of objects that are not as Git says, first things first.
var differing = [...]engine.Drift{engine.DriftModified, engine.DriftMissing, engine.DriftExtra}

// environmentColumns are the widths of the columns; 0 leaves one out.
type environmentColumns struct {
	name, state, health, age, counts, updates, revision int

	words bool // what differs is counted in words
	told  bool // second lines tell what the columns have no room for
}

// columns makes room for what matters most: the sync state, the name, health,
// how old what is shown is, what differs, and the applied revision.
func (p *Environments) columns(c widget.Canvas) environmentColumns {
	var w environmentColumns
	words := 0
	for _, e := range p.environments {
		w.name = max(w.name, widget.Width(e.name)+lockWidth(e))
		w.state = max(w.state, widget.Width(c.StateStatus(e.State).Word))
		w.health = max(w.health, widget.Width(tell(healthOf(c, e.Health))), widget.Width(age(c, e.Environment)))
		w.age = max(w.age, widget.Width(age(c, e.Environment)))
		w.counts = max(w.counts, widget.Width(counts(c, e.Environment)))
		words = max(words, widget.Width(countsInWords(c, e.Environment)))
		w.updates = max(w.updates, widget.Width(e.updates))
		w.revision = max(w.revision, widget.Width(e.revision))
	}
	fit := func(counts int) []int {
		// The name comes last: when nothing else helps, it is what is cut.
		return c.Size(c.Width-lead-1, 1).Columns(
			widget.Column{Want: w.state},
			widget.Column{Want: w.health, Drop: 1},
			widget.Column{Want: w.age, Drop: 2},
			widget.Column{Want: counts, Drop: 3},
			widget.Column{Want: w.updates, Drop: 4},
			widget.Column{Want: w.revision, Drop: 5},
			widget.Column{Want: w.name, Min: readable},
		)
	}
	got := fit(words)
	inWords := got[5] > 0 || w.revision == 0 && got[3] > 0
	if !inWords {
		got = fit(w.counts)
	}
	return environmentColumns{
		state: got[0], health: got[1], age: got[2], counts: got[3], updates: got[4], revision: got[5], name: got[6], words: inWords,
	}
}

// lockWidth is the room for the mark of a protected environment.
func lockWidth(e *environment) int {
	if e.Protected {
		return 2
	}
	return 0
}

// draw draws the first line of an environment.
func (w environmentColumns) draw(c widget.Canvas, on themes.Surface, e *environment) string {
	state, health, old := c.StateStatus(e.State), healthOf(c, e.Health), age(c, e.Environment)
	if w.age == 0 && old != "" && !w.told { // no health without its age
		health = widget.Status{Word: old, Role: themes.Warning}
	}
	differ := counts(c, e.Environment)
	if w.words {
		differ = countsInWords(c, e.Environment)
	}
	r := c.Row(on).Gap(1).Add(state.Role, state.Glyph).Gap(1)
	name := c.Fit(e.name, min(widget.Width(e.name), max(0, w.name-lockWidth(e))))
	r.Add(themes.Strong, name)
	if e.Protected {
		r.Add(themes.Dim, " "+c.Glyphs().Lock)
	}
	return r.Gap(w.name-widget.Width(name)-lockWidth(e)+1).
		Column(state.Role, state.Word, w.state).
		Column(health.Role, tell(health), w.health).
		Column(themes.Warning, old, w.age).
		Column(themes.Modified, differ, w.counts).
		Column(themes.Modified, e.updates, w.updates).
		Column(themes.Hash, e.revision, w.revision).
		String()
}
