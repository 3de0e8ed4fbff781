package detail

import (
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// usualPatience is how long one has to stay with an object before a server is
// asked about it, so that moving through a list asks nothing.
const usualPatience = 150 * time.Millisecond

// Detail is the main panel.
type Detail struct {
	desk
	subject subject         // nil: nothing has the focus
	open    map[sort]string // the tab that is open, by the sort of thing
	asleep  bool            // closed, until something is shown again
	moved   time.Time       // when another thing was shown
	drawn   widget.Canvas   // of the last view
}

// desk is what all tabs share.
type desk struct {
	src   Source
	keys  *keymap.Map
	taste taste
	// patience is how long one has to stay before a server is asked.
	patience time.Duration
	next     string // the tab to go on to, when one leads to another
}

// taste is how one likes to read, kept from one thing to the next.
type taste struct {
	side, unfolded, whitespace bool // of diffs
	wrap                       bool // of texts
	still, cutLogs             bool // logs do not follow, and are not wrapped
}

// sort is a sort of thing that is shown.
type sort uint8

const (
	anObject sort = iota
	anImage
	aCommit
	anEnvironment
)

// subject is what is shown.
type subject interface {
	sort() sort
	title() (title, note string)
	foot(c widget.Canvas) string
	tabs() []tab
}

// New makes an empty panel.
func New(src Source) *Detail {
	keys, _ := keymap.New(nil)
	return &Detail{desk: desk{src: src, keys: keys, patience: usualPatience}, open: map[sort]string{}}
}

// SetKeymap says which keys the panel tells people to press.
func (d *Detail) SetKeymap(m *keymap.Map) { d.keys = m }

// SetPatience says how long one has to stay with an object before a server is
// asked about it.
func (d *Detail) SetPatience(patience time.Duration) { d.patience = patience }

// ShowObject shows an object of an environment; with nil, nothing. As with all
// that is shown, it costs nothing to show again what has not changed.
func (d *Detail) ShowObject(env *engine.Environment, o *engine.Object) tea.Cmd {
	if env == nil || o == nil {
		return d.show(nil)
	}
	if s, ok := d.subject.(*object); ok && s.env.Name == env.Name && s.object.ID == o.ID {
		if s.env == env && s.object == o && !d.asleep {
			return nil
		}
		s.update(env, o)
		return d.again()
	}
	return d.show(newObject(&d.desk, env, o, d.pace()))
}

// ShowCommit shows a commit as it concerns an environment.
func (d *Detail) ShowCommit(env string, c engine.HistoryCommit) tea.Cmd {
	if s, ok := d.subject.(*commit); ok && s.environment == env && s.commit.Hash == c.Hash {
		if !s.update(c) && !d.asleep {
			return nil
		}
		return d.again()
	}
	return d.show(newCommit(&d.desk, env, c, d.pace()))
}

// ShowEnvironment shows how an environment stands.
func (d *Detail) ShowEnvironment(env *engine.Environment) tea.Cmd {
	if env == nil {
		return d.show(nil)
	}
	if s, ok := d.subject.(*environment); ok && s.env.Name == env.Name {
		if s.env == env && !d.asleep {
			return nil
		}
		s.update(env)
		return d.again()
	}
	return d.show(newEnvironment(&d.desk, env))
}

// pace is how long to wait before a cheap question: not at all, unless one is
// moving fast.
func (d *Detail) pace() time.Duration {
	now := time.Now()
	fast := now.Sub(d.moved) < d.patience
	d.moved = now
	if fast {
		return d.patience
	}
	return 0
}

// show turns to another thing.
func (d *Detail) show(s subject) tea.Cmd {
	d.Close()
	d.subject, d.asleep = s, false
	return d.load()
}

// again goes on showing the same thing, which may have changed.
func (d *Detail) again() tea.Cmd {
	d.asleep = false
	return d.load()
}

// Close gives up whatever is under way: nothing of the panel is seen any more.
// It goes on when something is shown again.
func (d *Detail) Close() {
	d.asleep = true
	if d.subject != nil {
		for _, t := range d.subject.tabs() {
			t.rest()
		}
	}
}

// tab is the one that is open, or nil.
func (d *Detail) tab() tab {
	if d.subject == nil {
		return nil
	}
	return d.subject.tabs()[d.tabIndex()]
}

func (d *Detail) tabIndex() int {
	want := d.open[d.subject.sort()]
	for i, t := range d.subject.tabs() {
		if t.name() == want {
			return i
		}
	}
	return 0
}

// OpenTags opens the tags of the image that is shown, or of the next one.
func (d *Detail) OpenTags() tea.Cmd { return d.openNamed(anImage, tagsName) }

// OpenFailure opens what makes the environment Degraded that is shown, or the
// next one.
func (d *Detail) OpenFailure() tea.Cmd { return d.openNamed(anEnvironment, failureName) }

// OpenVerification opens the verification of the environment that is shown, or
// of the next one.
func (d *Detail) OpenVerification() tea.Cmd { return d.openNamed(anEnvironment, verificationName) }

// OpenSought opens the tab that is sought of the object that is shown, or of the
// next one.
func (d *Detail) OpenSought(s Sought) tea.Cmd { return d.openNamed(anObject, s.Tab) }

// openNamed opens a tab of a sort of thing: of the one that is shown, or of the
// next one of that sort.
func (d *Detail) openNamed(of sort, name string) tea.Cmd {
	if d.subject != nil && d.subject.sort() == of {
		if i := slices.IndexFunc(d.subject.tabs(), func(t tab) bool { return t.name() == name }); i >= 0 {
			return d.openTab(i)
		}
	}
	d.open[of] = name
	return nil
}

// openTab opens a tab by its place.
func (d *Detail) openTab(i int) tea.Cmd {
	tabs := d.subject.tabs()
	i = (i + len(tabs)) % len(tabs)
	if i == d.tabIndex() {
		return nil
	}
	d.tab().rest()
	d.open[d.subject.sort()] = tabs[i].name()
	return d.load()
}

func (d *Detail) load() tea.Cmd {
	if t := d.tab(); t != nil && !d.asleep {
		return t.load()
	}
	return nil
}

// Update takes what was asked for.
func (d *Detail) Update(msg tea.Msg) (tea.Cmd, bool) {
	a, ok := msg.(delivery)
	if !ok {
		return nil, false
	}
	if !a.deliver() {
		return nil, true
	}
	return d.load(), true
}

// Offers lists what can be done here.
func (d *Detail) Offers() []keymap.Offer {
	t := d.tab()
	if t == nil {
		return nil
	}
	offers := t.offers()
	if len(d.subject.tabs()) > 1 {
		offers = slices.Insert(offers, min(2, len(offers)), keymap.Offer{Action: keymap.NextTab})
		offers = append(offers, keymap.Offer{Action: keymap.PrevTab})
	}
	return offers
}

// Editing tells whether keys are text now.
func (d *Detail) Editing() bool {
	t, ok := d.tab().(typist)
	return ok && t.editing()
}

// Key takes a key while text is entered.
func (d *Detail) Key(k tea.KeyMsg) tea.Cmd {
	if t, ok := d.tab().(typist); ok {
		t.key(k)
	}
	return nil
}

// Do does an action; false: it is not one of the panel's.
func (d *Detail) Do(a keymap.Action) (tea.Cmd, bool) {
	t := d.tab()
	if t == nil {
		return nil, false
	}
	switch a {
	case keymap.NextTab:
		return d.openTab(d.tabIndex() + 1), true
	case keymap.PrevTab:
		return d.openTab(d.tabIndex() - 1), true
	case keymap.Refresh:
		return t.reload(), true
	}
	cmd, done := t.do(a)
	return tea.Batch(cmd, d.goOn()), done
}

// goOn opens the tab that another one leads to.
func (d *Detail) goOn() tea.Cmd {
	next := d.next
	d.next = ""
	for i, t := range d.subject.tabs() {
		if t.name() == next {
			return d.openTab(i)
		}
	}
	return nil
}

// Click takes a click on a cell of the panel.
func (d *Detail) Click(x, y int, twice bool) tea.Cmd {
	t := d.tab()
	if t == nil {
		return nil
	}
	b := d.box(d.drawn)
	x--
	switch {
	case y == 1:
		if i := b.TabAt(d.drawn, x); i >= 0 {
			return d.openTab(i)
		}
	case y > 1 && y < d.drawn.Height-1 && x >= 0 && x < d.drawn.Width-2:
		cmd := t.click(x, y-2, twice)
		return tea.Batch(cmd, d.goOn())
	}
	return nil
}

// Wheel scrolls.
func (d *Detail) Wheel(lines int) tea.Cmd {
	if t := d.tab(); t != nil {
		t.wheel(lines)
	}
	return nil
}

// box is the frame of the panel, without what depends on what is inside.
func (d *Detail) box(c widget.Canvas) widget.Box {
	b := widget.Box{Number: d.keys.Key(keymap.Detail)}
	b.Title, b.Note = d.subject.title()
	b.Foot = d.subject.foot(c)
	open := d.tabIndex()
	for i, t := range d.subject.tabs() {
		b.Tabs = append(b.Tabs, widget.Tab{Name: t.name(), Open: i == open})
	}
	return b
}

// View draws the panel.
func (d *Detail) View(c widget.Canvas) []string {
	d.drawn = c
	if d.subject == nil {
		b := widget.Box{Number: d.keys.Key(keymap.Detail), Title: "Detail"}
		in := b.Inside(c)
		p := prose{c: in}
		p.wrap(0, said(themes.Dim, "Nothing is chosen. What one chooses in a list is shown here."))
		return b.Draw(c, in.Fill(p.lines))
	}
	b, t := d.box(c), d.tab()
	lines := t.view(b.Inside(c))
	b.From, b.Shown, b.Of = t.position()
	return b.Draw(c, lines)
}

// Copy is what is at hand, as text; empty when there is nothing.
func (d *Detail) Copy() string {
	if t := d.tab(); t != nil {
		return t.copy()
	}
	return ""
}

// Document is all that the open tab shows, for an editor: what a file of it
// would be called, and its text.
func (d *Detail) Document() (name, text string) {
	if t := d.tab(); t != nil {
		return t.document()
	}
	return "", ""
}
