package dialog

import (
	"unicode"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// planPlaces is where the parts of a plan were drawn last: lines of the dialog.
type planPlaces struct{ list, listEnd, name, buttons int }

// Editing implements Dialog: wherever a name is asked for, letters are the name,
// but in the list.
func (p *Plan) Editing() bool {
	return p.execution == nil && p.diff == nil && p.asksName() != "" && p.focus != onList
}

// Offers implements Dialog.
func (p *Plan) Offers() []keymap.Offer {
	switch {
	case p.execution != nil:
		return p.execution.Offers()
	case p.diff != nil:
		return p.diff.offers()
	case p.plan == nil:
		return []keymap.Offer{{Action: keymap.Open, Label: "press"}, {Action: keymap.Back, Label: "cancel"}}
	}
	offers := []keymap.Offer{{Action: keymap.Open, Label: "press"}, {Action: keymap.NextPanel, Label: "next button"}}
	if p.focus == onName {
		offers[0].Label = "go on"
		if !p.named() {
			offers[0].Disabled = "type " + ui.Clean(p.guarded()) + " first"
		}
	}
	if p.picking() || p.filing() {
		offers = append(offers, p.marking())
	}
	if o := p.overriding(); o.Action != "" {
		offers = append(offers, o)
	}
	for _, o := range []keymap.Offer{p.overlaying(), p.agreeing(), p.syncing()} {
		if o.Action != "" {
			offers = append(offers, o)
		}
	}
	if name := p.failing(); name != "" {
		offers = append(offers, keymap.Offer{Action: keymap.Failure, Label: "the verification of " + ui.Clean(name)})
	}
	if p.focus == onList {
		offers[0].Label = "show the diff"
		offers[0].Disabled = p.undiffed()
	}
	if len(p.plan.Waiting) > 0 && !p.request.Prune {
		offers = append(offers, keymap.Offer{Action: keymap.Prune, Label: "plan with the deletions that wait"})
	}
	down := "changes"
	if p.listed() == 0 {
		down = "scroll"
	}
	return append(offers,
		keymap.Offer{Action: keymap.Down, Label: down}, keymap.Offer{Action: keymap.Up},
		keymap.Offer{Action: keymap.NextTab}, keymap.Offer{Action: keymap.PrevTab},
		keymap.Offer{Action: keymap.Refresh, Label: "plan again"},
		keymap.Offer{Action: keymap.Back, Label: "cancel"},
	)
}

// Key implements Dialog.
func (p *Plan) Key(msg tea.KeyMsg, a keymap.Action) tea.Cmd {
	switch {
	case p.execution != nil:
		p.execution.shell = p
		return p.execution.Key(msg, a)
	case p.diff != nil:
		if p.diff.key(msg, a) {
			p.diff = nil
		}
		return nil
	}
	p.buttons.set(p.choices()...)
	if p.Editing() && p.typed(msg) {
		return nil
	}
	switch a {
	case keymap.Back:
		return p.close()
	case keymap.NextPanel:
		if p.focus == onName && p.named() {
			p.focus = onButtons // where the name leads to
			p.buttons.at = len(p.buttons.list) - 1
			return nil
		}
		p.turn(1)
	case keymap.PrevPanel:
		p.turn(-1)
	case keymap.Left, keymap.Right:
		by := 1
		if a == keymap.Left {
			by = -1
		}
		if p.focus == onButtons {
			p.buttons.move(by)
		}
		p.focus = onButtons
	case keymap.Open:
		return p.open()
	case keymap.NextTab:
		p.turnTab(1)
	case keymap.PrevTab:
		p.turnTab(-1)
	case keymap.Prune:
		if p.plan != nil && len(p.plan.Waiting) > 0 && !p.request.Prune {
			return p.prune()
		}
	case keymap.Mark:
		if p.picking() || p.filing() {
			return p.toggle()
		}
	case keymap.Override:
		return p.override()
	case keymap.Approve:
		return p.agree()
	case keymap.Overlay:
		if p.overlaying().Action != "" {
			return p.turnOverlay()
		}
	case keymap.Failure:
		if name := p.failing(); name != "" {
			p.stop()
			return send(Chosen{Dialog: p, Environment: name, Action: keymap.Failure})
		}
	case keymap.Sync:
		if p.syncing().Action != "" {
			return p.turnSync()
		}
	case keymap.Refresh:
		if p.plan != nil || p.err != nil {
			p.note = ""
			return p.ask()
		}
	default:
		p.move(a)
	}
	return nil
}

// typed takes a key that belongs to the name. Letters go there from the buttons
// too, where they would mean nothing else.
func (p *Plan) typed(msg tea.KeyMsg) bool {
	switch msg.Type {
	case tea.KeyRunes:
		if p.focus == onButtons && (len(msg.Runes) == 0 || !inName(msg.Runes[0])) {
			return false
		}
	case tea.KeyBackspace, tea.KeyDelete, tea.KeyCtrlU, tea.KeyCtrlW:
	case tea.KeySpace:
		if p.focus == onButtons {
			return false
		}
	default:
		return false
	}
	p.focus = onName
	p.name.Key(msg)
	return true
}

// inName tells whether a name can have the character.
func inName(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '.' || r == '_'
}

// turn goes through the list, the name and the buttons.
func (p *Plan) turn(by int) {
	type stop struct {
		focus  focus
		button int
	}
	var stops []stop
	if p.listed() > 0 {
		stops = append(stops, stop{onList, 0})
	}
	if p.asksName() != "" {
		stops = append(stops, stop{onName, 0})
	}
	for i := range p.buttons.list {
		stops = append(stops, stop{onButtons, i})
	}
	at := 0
	for i, s := range stops {
		if s.focus == p.focus && (s.focus != onButtons || s.button == p.buttons.at) {
			at = i
		}
	}
	next := stops[(at+by+len(stops))%len(stops)]
	p.focus, p.buttons.at = next.focus, next.button
}

// listed is how many rows can be moved through.
func (p *Plan) listed() int {
	switch {
	case p.picking():
		return len(p.picks.rows)
	case p.filing():
		return len(p.files.rows)
	case p.plan == nil || p.tab != tabCluster:
		return 0
	}
	return len(p.rows)
}

// lister is the list of the open tab.
func (p *Plan) lister() *widget.List {
	switch {
	case p.picking():
		return &p.picks.list
	case p.filing():
		return &p.files.list
	}
	return &p.list
}

// move moves in the list, and comes to it from elsewhere.
func (p *Plan) move(a keymap.Action) {
	if p.listed() == 0 {
		p.page.do(a)
		return
	}
	list := p.lister()
	at := list.Cursor()
	if p.focus != onList {
		switch a {
		case keymap.Up, keymap.Down, keymap.PageUp, keymap.PageDown, keymap.Top, keymap.Bottom:
			p.focus = onList
		}
		if a == keymap.Up || a == keymap.Down {
			return
		}
	}
	list.Do(a)
	if a == keymap.Down && list.Cursor() == at {
		p.focus, p.buttons.at = onButtons, 0
	}
}

// change is the change that is chosen in the list; nil when there is none.
func (p *Plan) change() *engine.Change {
	i := p.lister().Cursor()
	switch {
	case p.listed() == 0 || i < 0 || p.filing():
		return nil
	case p.picking():
		return p.picks.rows[i].change(p.plan)
	}
	return p.rows[i].change
}

// undiffed says why what is chosen in the list has no diff to be shown, or "".
func (p *Plan) undiffed() string {
	if p.filing() {
		switch f := p.files.chosen(); {
		case f == nil:
			return "no file is chosen"
		case f.Hidden != "":
			return "not shown: " + ui.Clean(f.Hidden)
		}
		return ""
	}
	if p.change() == nil {
		return "no object is chosen"
	}
	return ""
}

// open does what has the focus.
func (p *Plan) open() tea.Cmd {
	switch p.focus {
	case onList:
		if p.filing() && p.undiffed() == "" {
			p.diff = newFilePage(&p.files.chosen().FileChange)
		}
		if c := p.change(); c != nil {
			p.diff = newDiffPage(c, p.plan.Commit != nil && (!p.plan.Sync || c.Environment != p.plan.Environment))
		}
	case onName:
		if p.refuses() == "" {
			p.focus, p.buttons.at = onButtons, 1 // and stops there: enter is pressed again to go on
		}
	case onButtons:
		if one := p.buttons.list[p.buttons.at]; one.off == "" {
			return one.press()
		}
	}
	return nil
}

// Click implements Dialog.
func (p *Plan) Click(x, y int, twice bool) tea.Cmd {
	switch {
	case p.execution != nil:
		p.execution.shell = p
		return p.execution.Click(x, y, twice)
	case p.diff != nil:
		p.diff.click(y)
		return nil
	}
	p.buttons.set(p.choices()...)
	if tab := p.tabAt(x, y); tab >= 0 {
		p.openTab(p.tabs()[tab])
		return nil
	}
	if i := p.buttons.hit(x-1, y-p.at.buttons); i >= 0 {
		p.focus, p.buttons.at = onButtons, i
		return p.open()
	}
	if y == p.at.name && p.asksName() != "" {
		p.focus = onName
		return nil
	}
	if y >= p.at.list && y < p.at.listEnd && p.listed() > 0 {
		if i := p.lister().At(y - p.at.list); i >= 0 {
			p.focus = onList
			p.lister().Select(i)
			if (p.picking() || p.filing()) && x <= markEnd {
				return p.toggle()
			}
			if twice {
				return p.open()
			}
		}
	}
	return nil
}

// Wheel implements Dialog.
func (p *Plan) Wheel(lines int) tea.Cmd {
	switch {
	case p.execution != nil:
		return p.execution.Wheel(lines)
	case p.diff != nil:
		p.diff.wheel(lines)
	case p.listed() > 0:
		p.lister().Scroll(lines)
	default:
		p.page.scroll(lines)
	}
	return nil
}
