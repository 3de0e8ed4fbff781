package panel

import (
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
)

// History is the panel of the commits that touch one environment. Pages are read
// as one comes near the end of what is there. A filter is searched for in all of
// the history, page by page.
type History struct {
	// Pace is how long typing rests before what was typed is searched for.
	Pace time.Duration

	choice[string] // by hash
	source         HistorySource
	asked          question
	all, found     reel // found is what the filter is about
	sieve
	wrong  string // what of the filter cannot be searched for
	rest   time.Duration
	marked string // the commit that others are compared with; empty when none is
}

// question is what history depends on.
type question struct{ environment, revision, applied string }

// historyAhead is how many rows below what is seen are read before one comes
// there.
const historyAhead = 20

// SetSource tells where history is read from.
func (p *History) SetSource(s HistorySource) { p.source = s }

// SetEnvironment shows the commits that touch an environment; an empty name is
// none. The revision and the applied revision say when to read again. It is
// called after every update, and returns the command that reads what is missing.
func (p *History) SetEnvironment(name, revision, applied string) tea.Cmd {
	q := question{name, revision, applied}
	if q != p.asked {
		if name != p.asked.environment {
			p.choice = choice[string]{height: p.height}
			p.all.turn(engine.HistoryQuery{Environment: name})
			p.found.turn(p.search(name))
			p.marked = ""
		}
		p.asked = q
		p.all.restart()
		p.found.restart()
		p.set(p.shown().hashes())
	}
	return p.load()
}

// Close ends what is being read.
func (p *History) Close() {
	p.all.stop()
	p.found.stop()
}

// searching tells whether the panel shows what was found.
func (p *History) searching() bool { return !p.filter.Empty() }

// shown is what the panel shows.
func (p *History) shown() *reel {
	if p.searching() {
		return &p.found
	}
	return &p.all
}

// load returns the command that reads the next page of what is shown, if it is
// wanted. What is not shown is kept up to date.
func (p *History) load() tea.Cmd {
	if p.source == nil || p.asked.environment == "" || p.asked.revision == "" {
		return nil
	}
	if !p.searching() {
		return p.all.load(p.source, p.nearEnd(), 0)
	}
	rest := p.rest
	p.rest = 0
	return tea.Batch(p.all.load(p.source, false, 0), p.found.load(p.source, p.nearEnd(), rest))
}

// nearEnd tells whether one is near the end of what has been read.
func (p *History) nearEnd() bool {
	_, to := p.visible(p.height)
	return max(to, p.list.Cursor()+1)+historyAhead > len(p.shown().commits)
}

// Update takes a page in. It tells whether the message was the panel's.
func (p *History) Update(msg tea.Msg) (tea.Cmd, bool) {
	m, ok := msg.(pageMsg)
	if !ok || m.reel != &p.all && m.reel != &p.found {
		return nil, false
	}
	if !m.reel.take(m) || m.err != nil {
		return nil, true
	}
	if m.reel == p.shown() {
		p.set(m.reel.hashes())
	}
	return p.load(), true
}

// The terms of a filter of commits, besides the words of their messages.
const (
	termAuthor   = "author"
	termWorkload = "workload"
	termImage    = "image"
)

// search is the question that the filter asks about an environment.
func (p *History) search(environment string) engine.HistoryQuery {
	q := engine.HistoryQuery{Environment: environment, Text: strings.Join(p.filter.Wants(""), " ")}
	p.wrong = ""
	if p.filter.Excludes() {
		p.wrong = "! is of no use here: a search finds what commits have"
	}
	for term, into := range map[string]*string{termAuthor: &q.Author, termWorkload: &q.Workload, termImage: &q.Image} {
		switch wanted := p.filter.Wants(term); {
		case len(wanted) > 1:
			p.wrong = "one " + term + ": at a time"
			fallthrough
		case len(wanted) == 1:
			*into = wanted[0]
		}
	}
	return q
}

// SetFilter shows only the commits that a filter finds; the empty one finds all.
func (p *History) SetFilter(s string) {
	if !p.use(s, termAuthor, termWorkload, termImage) {
		return
	}
	chosen, _ := p.key()
	p.found.turn(p.search(p.asked.environment))
	p.rest = p.Pace
	p.choice = choice[string]{height: p.height}
	p.set(p.shown().hashes())
	if !p.searching() {
		p.choose(chosen)
	}
}

// Selected is the commit that is chosen.
func (p *History) Selected() (engine.HistoryCommit, bool) {
	hash, ok := p.key()
	if !ok {
		return engine.HistoryCommit{}, false
	}
	return p.shown().byHash[hash].HistoryCommit, true
}

// Marked is the commit that others are compared with.
func (p *History) Marked() (engine.HistoryCommit, bool) {
	for _, r := range []*reel{&p.all, &p.found} {
		if c := r.byHash[p.marked]; c != nil {
			return c.HistoryCommit, true
		}
	}
	return engine.HistoryCommit{}, false
}

// Newest is the newest commit of an environment of which something holds, among
// those that have been read.
func (p *History) Newest(environment string, holds func(engine.HistoryCommit) bool) (engine.HistoryCommit, bool) {
	if p.asked.environment == environment {
		for _, c := range p.all.commits {
			if holds(c.HistoryCommit) {
				return c.HistoryCommit, true
			}
		}
	}
	return engine.HistoryCommit{}, false
}

// Copy is what the panel gives to the clipboard.
func (p *History) Copy() string {
	hash, _ := p.key()
	return ui.Clean(hash)
}

// Offers says what can be done here.
func (p *History) Offers() []keymap.Offer {
	if p.editing {
		return p.sieve.offers()
	}
	none := ""
	hash, ok := p.key()
	if !ok {
		none = "there is no commit here"
	}
	nothing := ""
	if p.asked.environment == "" {
		nothing = "no environment is chosen"
	}
	mark := keymap.Offer{Action: keymap.Mark, Label: "mark", Disabled: none}
	if ok && p.marked == hash {
		mark.Label = "unmark"
	}
	offers := []keymap.Offer{
		{Action: keymap.Open, Disabled: none},
		{Action: keymap.Filter, Label: "search", Disabled: nothing},
		mark,
		{Action: keymap.Copy, Label: "copy the hash", Disabled: none},
	}
	if p.filter.String() != "" {
		offers = append(offers, keymap.Offer{Action: keymap.Back, Label: "end the search"})
	}
	return offers
}

// Do does an action that is the panel's. Moving tries again to read what could
// not be read.
func (p *History) Do(a keymap.Action) (tea.Cmd, bool) {
	switch a {
	case keymap.Filter:
		if p.asked.environment != "" {
			p.begin()
		}
	case keymap.Back:
		if p.filter.String() == "" {
			return nil, false
		}
		p.SetFilter("")
	case keymap.Mark:
		hash, _ := p.key()
		if p.marked == hash {
			hash = ""
		}
		p.marked = hash
	default:
		if !p.do(a) {
			return nil, false
		}
	}
	return p.again(), true
}

// again returns the command that reads what is missing, also after trouble.
func (p *History) again() tea.Cmd {
	if r := p.shown(); !r.begun || p.nearEnd() {
		r.trouble = ""
	}
	return p.load()
}

// Key is a key while the filter is being typed.
func (p *History) Key(msg tea.KeyMsg) tea.Cmd {
	p.typed(msg, p.SetFilter, p.do)
	return p.again()
}

// Click chooses the row on a line.
func (p *History) Click(_, y int, _ bool) tea.Cmd {
	p.click(y - 1)
	return p.again()
}

// Wheel scrolls.
func (p *History) Wheel(n int) tea.Cmd {
	p.wheel(n)
	return p.again()
}
