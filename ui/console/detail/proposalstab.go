package detail

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// proposalsTab lists the pull requests of an environment, and tells below them of
// the chosen one.
type proposalsTab struct {
	*environment
	list   choice
	height int // of the list, as drawn last
}

func newProposalsTab(s *environment) *proposalsTab { return &proposalsTab{environment: s} }

func (t *proposalsTab) name() string    { return "Pull requests" }
func (t *proposalsTab) load() tea.Cmd   { return nil }
func (t *proposalsTab) reload() tea.Cmd { return nil }
func (t *proposalsTab) rest()           {}

// openRequests counts the changes of an environment that wait for being merged.
func openRequests(e *engine.Environment) int {
	n := 0
	for i := range e.PullRequests {
		if widget.Waits(&e.PullRequests[i]) {
			n++
		}
	}
	return n
}

// chosen is the pull request of the cursor; nil when there is none.
func (t *proposalsTab) chosen() *engine.PullRequest {
	t.list.SetCount(len(t.env.PullRequests))
	if i := t.list.Cursor(); i >= 0 {
		return &t.env.PullRequests[i]
	}
	return nil
}

// number is what a forge calls it; a branch has none.
func number(r *engine.PullRequest) string {
	if r.Number == 0 {
		return ""
	}
	return fmt.Sprintf("#%d", r.Number)
}

func (t *proposalsTab) view(c widget.Canvas) []string {
	chosen, all := t.chosen(), t.env.PullRequests
	if chosen == nil {
		t.height = 0
		return c.Fill(nil)
	}
	below := prose{c: c}
	layProposal(&below, chosen)
	widths := c.Size(c.Width-2, 1).Columns(
		widget.Column{Want: widget.Widest(len(all), func(i int) string { return c.PullRequestStatus(all[i].State).String() })},
		widget.Column{Want: widget.Widest(len(all), func(i int) string { return number(&all[i]) })},
		widget.Column{Want: widget.Widest(len(all), func(i int) string { return ui.Clean(all[i].Title) }), Min: 12, Flex: true},
		widget.Column{Want: 4, Drop: 1},
	)
	t.height = max(1, min(len(all), max(c.Height-len(below.lines)-1, c.Height/2)))
	lines := t.list.draw(c.Size(c.Width, t.height), func(r *widget.Row, i int) {
		status := c.PullRequestStatus(all[i].State)
		r.Column(status.Role, status.String(), widths[0]).ColumnRight(themes.Number, number(&all[i]), widths[1]).
			Column(themes.Text, ui.Clean(all[i].Title), widths[2]).ColumnRight(themes.Age, c.Age(all[i].Created), widths[3])
	})
	return c.Fill(append(append(lines, rule(c, ui.Clean(chosen.Branch))), below.lines...))
}

// layProposal tells of a pull request.
func layProposal(p *prose, r *engine.PullRequest) {
	status := p.c.PullRequestStatus(r.State)
	p.wrap(0, shown(status), told(themes.Strong, "  "+cmp.Or(number(r), r.Branch)), told(themes.Text, "  "+r.Title))
	if r.Reason != "" {
		p.wrap(0, told(themes.Warning, r.Reason))
	}
	if r.State == engine.PullRequestBranch {
		p.wrap(0, said(themes.Text, "No forge is known: open a pull request for the branch, or merge it, where the repository is."))
	}
	p.fact("address", told(themes.Text, r.URL))
	p.fact("author", told(themes.Author, r.Author))
	p.fact("action", told(themes.Text, string(r.Action)))
	p.fact("commit", told(themes.Hash, widget.ShortHash(r.Commit)))
	spans := []span{said(themes.Age, p.c.Age(r.Created)+" ago")}
	if r.Updated.Sub(r.Created) >= time.Minute {
		spans = append(spans, said(themes.Dim, ", changed "+p.c.Age(r.Updated)+" ago"))
	}
	p.fact("opened", spans...)
}

func (t *proposalsTab) position() (from, shown, of int) { return t.list.position(t.height) }

func (t *proposalsTab) offers() []keymap.Offer {
	label := "copy the address"
	if r := t.chosen(); r != nil && r.URL == "" {
		label = "copy the branch"
	}
	return []keymap.Offer{{Action: keymap.Copy, Label: label}, {Action: keymap.Edit}}
}

func (t *proposalsTab) do(a keymap.Action) (tea.Cmd, bool) {
	t.chosen()
	return nil, t.list.Do(a)
}

func (t *proposalsTab) click(_, y int, _ bool) tea.Cmd {
	if i := t.list.At(y); i >= 0 && y < t.height {
		t.list.Select(i)
	}
	return nil
}

func (t *proposalsTab) wheel(n int) { t.list.Scroll(n) }

// copy is the address of the chosen one, or its branch.
func (t *proposalsTab) copy() string {
	r := t.chosen()
	if r == nil {
		return ""
	}
	return ui.Clean(cmp.Or(r.URL, r.Branch))
}

func (t *proposalsTab) document() (name, text string) {
	var b strings.Builder
	for i := range t.env.PullRequests {
		r := &t.env.PullRequests[i]
		fmt.Fprintf(&b, "%s  %s  %s\n  %s\n  %s\n", ui.Clean(string(r.State)), cmp.Or(number(r), ui.Clean(r.Branch)), ui.Clean(r.Title), ui.Clean(r.Author), ui.Clean(r.URL))
		if r.Reason != "" {
			fmt.Fprintf(&b, "  %s\n", ui.Clean(r.Reason))
		}
	}
	return ui.Clean(t.env.Name) + "-pull-requests.txt", b.String()
}
