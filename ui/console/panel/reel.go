package panel

import (
	"context"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// HistorySource reads a page of the commits that touch an environment.
type HistorySource = func(context.Context, engine.HistoryQuery) (engine.History, error)

// reel is the history of one environment, or what was found in it, as far as it
// has been read.
type reel struct {
	query   engine.HistoryQuery // whose, and what is looked for
	commits []*commit
	byHash  map[string]*commit
	next    string // where the next page begins
	begun   bool   // the first page has been asked for, and not in vain
	whole   bool   // there are no more
	trouble string // why the last page could not be read
	// looked counts the commits that were looked at, and lookedTo is how far back
	// they go.
	looked   int
	lookedTo time.Time

	number  int // of the page that is under way, or was last
	reading bool
	cancel  context.CancelFunc
}

// commit is a commit with its texts made clean.
type commit struct {
	engine.HistoryCommit
	hash, author, subject, action, here string
}

// pageMsg is a page of history, or why there is none.
type pageMsg struct {
	reel   *reel
	number int
	first  bool
	page   engine.History
	err    error
}

// historyPage is how many commits a page has.
const historyPage = 50

// turn makes it the reel of another question. Nothing of the old one is left.
func (r *reel) turn(q engine.HistoryQuery) {
	r.stop()
	*r = reel{query: q, number: r.number}
}

// restart has all of it read again. What was read is shown until then.
func (r *reel) restart() {
	r.stop()
	r.begun, r.trouble = false, ""
}

// stop ends what is being read.
func (r *reel) stop() {
	if r.cancel != nil {
		r.cancel()
	}
	r.cancel, r.reading = nil, false
	r.number++
}

// load returns the command that reads the first page, or when more is wanted
// the next one. It begins after a pause.
func (r *reel) load(source HistorySource, more bool, pause time.Duration) tea.Cmd {
	if r.reading || r.trouble != "" {
		return nil
	}
	q := r.query
	q.Limit = historyPage
	first := !r.begun
	switch {
	case first: // as much as there was before, so that one stays where one is
		q.Limit = max(historyPage, len(r.commits))
	case r.whole || !more:
		return nil
	default:
		q.After = r.next
	}
	r.begun, r.reading = true, true
	r.number++
	number := r.number
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	return func() tea.Msg {
		defer cancel()
		if pause > 0 {
			select {
			case <-ctx.Done():
			case <-time.After(pause):
			}
		}
		page, err := source(ctx, q)
		return pageMsg{r, number, first, page, err}
	}
}

// take takes a page in; false when it is the answer to an old question.
func (r *reel) take(m pageMsg) bool {
	if m.number != r.number {
		return false
	}
	r.cancel, r.reading = nil, false
	if m.err != nil {
		r.trouble = ui.Clean(m.err.Error())
		r.begun = !m.first
		return true
	}
	if m.first {
		r.commits, r.byHash, r.looked = nil, map[string]*commit{}, 0
	}
	for _, c := range m.page.Commits {
		if r.byHash[c.Hash] == nil {
			x := newCommit(c)
			r.commits = append(r.commits, x)
			r.byHash[c.Hash] = x
		}
	}
	if r.looked += m.page.Looked; m.page.Looked > 0 {
		r.lookedTo = m.page.LookedTo
	}
	r.next, r.whole = m.page.Next, m.page.Next == ""
	return true
}

func newCommit(c engine.HistoryCommit) *commit {
	subject, _, _ := strings.Cut(c.Subject, "\n")
	return &commit{c, widget.ShortHash(c.Hash), ui.Clean(c.Author), ui.Clean(subject), ui.Clean(c.Action), ui.Clean(strings.Join(c.Environments, ", "))}
}

func (r *reel) hashes() []string {
	keys := make([]string, len(r.commits))
	for i, c := range r.commits {
		keys[i] = c.Hash
	}
	return keys
}
