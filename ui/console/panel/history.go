package panel

import (
	"context"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// HistorySource reads a page of the commits that touch an environment.
type HistorySource = func(context.Context, engine.HistoryQuery) (engine.History, error)

// History is the panel of the commits that touch one environment. Pages are read
// as one comes near the end of what is there.
type History struct {
	choice[string] // by hash
	source         HistorySource
	asked          question // what commits is the answer to, or will be
	commits        []*commit
	byHash         map[string]*commit
	next           string // where the next page begins
	begun          bool   // the first page has been asked for, and not in vain
	whole          bool   // there are no more
	trouble        string // why the last page could not be read

	number  int // of the query that is under way, or was last
	reading bool
	cancel  context.CancelFunc
}

// question is what history depends on.
type question struct{ environment, revision, applied string }

// commit is a commit with its texts made clean.
type commit struct {
	engine.HistoryCommit
	hash, author, subject, action, here string
}

// pageMsg is a page of history, or why there is none.
type pageMsg struct {
	panel  *History
	number int
	first  bool
	page   engine.History
	err    error
}

const (
	historyPage  = 50 // commits in a page
	historyAhead = 20 // rows below what is seen that are read before one comes there
)

// SetSource tells where history is read from.
func (p *History) SetSource(s HistorySource) { p.source = s }

// SetEnvironment shows the commits that touch an environment; an empty name is
// none. The revision and the applied revision say when to read again. It is
// called after every update, and returns the command that reads what is missing.
func (p *History) SetEnvironment(name, revision, applied string) tea.Cmd {
	q := question{name, revision, applied}
	if q != p.asked {
		p.Close()
		if name != p.asked.environment {
			p.choice = choice[string]{height: p.height}
			p.commits, p.byHash, p.next, p.whole = nil, nil, "", false
		}
		p.asked, p.begun, p.trouble = q, false, ""
		p.set(p.hashes())
	}
	return p.load()
}

// Close ends what is being read.
func (p *History) Close() {
	if p.cancel != nil {
		p.cancel()
	}
	p.cancel, p.reading = nil, false
	p.number++
}

// load returns the command that reads the next page, if it is wanted.
func (p *History) load() tea.Cmd {
	if p.source == nil || p.asked.environment == "" || p.asked.revision == "" || p.reading || p.trouble != "" {
		return nil
	}
	q := engine.HistoryQuery{Environment: p.asked.environment, Limit: historyPage}
	first := !p.begun
	switch {
	case first: // as much as there was before, so that one stays where one is
		q.Limit = max(historyPage, len(p.commits))
	case p.whole || !p.nearEnd():
		return nil
	default:
		q.After = p.next
	}
	p.begun, p.reading = true, true
	p.number++
	number, source := p.number, p.source
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel = cancel
	return func() tea.Msg {
		defer cancel()
		page, err := source(ctx, q)
		return pageMsg{p, number, first, page, err}
	}
}

// nearEnd tells whether one is near the end of what has been read.
func (p *History) nearEnd() bool {
	_, to := p.visible(p.height)
	return max(to, p.list.Cursor()+1)+historyAhead > len(p.commits)
}

// Update takes a page in. It tells whether the message was the panel's.
func (p *History) Update(msg tea.Msg) (tea.Cmd, bool) {
	m, ok := msg.(pageMsg)
	if !ok || m.panel != p {
		return nil, false
	}
	if m.number != p.number {
		return nil, true // the answer to an old question
	}
	p.cancel, p.reading = nil, false
	if m.err != nil {
		p.trouble = ui.Clean(m.err.Error())
		p.begun = !m.first
		return nil, true
	}
	if m.first {
		p.commits, p.byHash = nil, map[string]*commit{}
	}
	for _, c := range m.page.Commits {
		if p.byHash[c.Hash] == nil {
			x := newCommit(c)
			p.commits = append(p.commits, x)
			p.byHash[c.Hash] = x
		}
	}
	p.next, p.whole = m.page.Next, m.page.Next == ""
	p.set(p.hashes())
	return p.load(), true
}

func newCommit(c engine.HistoryCommit) *commit {
	subject, _, _ := strings.Cut(c.Subject, "\n")
	return &commit{c, widget.ShortHash(c.Hash), ui.Clean(c.Author), ui.Clean(subject), ui.Clean(c.Action), ui.Clean(strings.Join(c.Environments, ", "))}
}

func (p *History) hashes() []string {
	keys := make([]string, len(p.commits))
	for i, c := range p.commits {
		keys[i] = c.Hash
	}
	return keys
}

// Selected is the commit that is chosen.
func (p *History) Selected() (engine.HistoryCommit, bool) {
	hash, ok := p.key()
	if !ok {
		return engine.HistoryCommit{}, false
	}
	return p.byHash[hash].HistoryCommit, true
}

// Newest is the newest commit of an environment of which something holds, among
// those that have been read.
func (p *History) Newest(environment string, holds func(engine.HistoryCommit) bool) (engine.HistoryCommit, bool) {
	if p.asked.environment == environment {
		for _, c := range p.commits {
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
	none := ""
	if _, ok := p.key(); !ok {
		none = "there is no commit here"
	}
	return []keymap.Offer{
		{Action: keymap.Open, Disabled: none},
		{Action: keymap.Copy, Label: "copy the hash", Disabled: none},
	}
}

// Do does an action that is the panel's. Moving tries again to read what could
// not be read.
func (p *History) Do(a keymap.Action) (tea.Cmd, bool) {
	if !p.do(a) {
		return nil, false
	}
	return p.again(), true
}

// again returns the command that reads what is missing, also after trouble.
func (p *History) again() tea.Cmd {
	if !p.begun || p.nearEnd() {
		p.trouble = ""
	}
	return p.load()
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
