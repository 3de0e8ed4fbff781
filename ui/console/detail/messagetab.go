package detail

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// messageTab shows what the author of a commit wrote, and what became of it.
type messageTab struct {
	*commit
	pageTab
}

func newMessageTab(s *commit) *messageTab {
	t := &messageTab{commit: s}
	t.pageTab = *newPageTab("Message", func() string { return s.fileName(".txt") }, t.lay)
	return t
}

func (t *messageTab) load() tea.Cmd {
	t.page.stale()
	return t.look()
}

func (t *messageTab) reload() tea.Cmd        { return t.lookAgain() }
func (t *messageTab) rest()                  { t.commit.rest() }
func (t *messageTab) offers() []keymap.Offer { return t.pageTab.offers() }

func (t *messageTab) lay(p *prose) {
	c := t.commit.commit
	p.fact("commit", told(themes.Hash, c.Hash))
	p.fact("author", told(themes.Author, c.Author), told(themes.Dim, " <"+c.Email+">"))
	p.fact("date", said(themes.Text, c.Time.Format("2006-01-02 15:04 -0700")), said(themes.Age, "  "+p.c.Age(c.Time)+" ago"))
	if c.Action != "" {
		p.fact("action", told(themes.Text, c.Action), said(themes.Dim, ", by evenkeel"))
	}
	p.fact("cluster", append([]span{told(themes.Strong, t.environment), said(themes.Text, ": ")}, t.fate(p.c)...)...)
	if len(c.Environments) > 0 {
		p.fact("stands here", told(themes.Strong, strings.Join(c.Environments, ", ")))
	}
	p.blank()
	t.layMessage(p)
	if t.revision.err != nil {
		p.blank()
		p.failure(t.desk, "The commit cannot be read", t.revision.err)
	}
}

// fate is what evenkeel did with the commit.
func (t *messageTab) fate(c widget.Canvas) []span {
	k := t.commit.commit
	when := said(themes.Text, "")
	if !k.DeployedAt.IsZero() {
		when = said(themes.Age, " "+c.Age(k.DeployedAt)+" ago")
	}
	switch k.Result {
	case engine.ResultApplied:
		return []span{said(themes.Success, "applied"), when}
	case engine.ResultPartly:
		return []span{said(themes.Warning, "applied in part"), when}
	case engine.ResultFailed:
		return []span{said(themes.Error, "applying it failed"), when}
	case engine.ResultUnchanged:
		return []span{said(themes.Text, "the cluster was as it says already"), when}
	}
	return []span{said(themes.Dim, "not in the cluster's record")}
}

// layMessage lays the message out, its trailers as the facts that they are.
func (t *messageTab) layMessage(p *prose) {
	if !t.revision.known {
		p.wrap(0, told(themes.Strong, t.commit.commit.Subject))
		if t.revision.open() {
			p.loading("the rest")
		}
		return
	}
	r := t.revision.value
	for i, line := range ui.CleanLines(r.Message) {
		role := themes.Text
		if i == 0 {
			role = themes.Strong
		}
		if key, value, ok := strings.Cut(line, ":"); ok && len(r.Trailers[key]) > 0 {
			p.wrap(0, said(themes.Label, key+":"), said(themes.Text, value))
			continue
		}
		if strings.TrimSpace(line) == "" {
			p.blank()
			continue
		}
		p.wrap(0, said(role, line))
	}
}
