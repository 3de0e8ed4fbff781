package detail

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// commit shows a commit as it concerns an environment.
type commit struct {
	*desk
	environment string
	commit      engine.HistoryCommit
	pace        time.Duration
	revision    load[*engine.Revision]
	all         []tab
}

func newCommit(d *desk, environment string, c engine.HistoryCommit, pace time.Duration) *commit {
	s := &commit{desk: d, environment: environment, commit: c, pace: pace}
	s.all = []tab{newMessageTab(s)}
	return s
}

func (s *commit) sort() sort  { return aCommit }
func (s *commit) tabs() []tab { return s.all }

func (s *commit) title() (title, note string) {
	return "Commit " + ui.Clean(widget.ShortHash(s.commit.Hash)), ui.Clean(s.commit.Subject)
}

func (s *commit) foot(c widget.Canvas) string {
	return ui.Clean(s.commit.Author) + " " + c.Age(s.commit.Time) + " ago"
}

// update takes what became of the commit since.
func (s *commit) update(c engine.HistoryCommit) { s.commit = c }

func (s *commit) look() tea.Cmd {
	if !s.revision.fresh() {
		return nil
	}
	return s.lookAgain()
}

func (s *commit) lookAgain() tea.Cmd {
	pause := s.pace
	s.pace = 0
	src, environment, hash := s.src, s.environment, s.commit.Hash
	return s.revision.start(pause, func(ctx context.Context) (*engine.Revision, error) { return src.Revision(ctx, environment, hash) })
}

func (s *commit) rest() { s.revision.stop() }

// messageTab shows what the author wrote.
type messageTab struct {
	*commit
	pageTab
}

func newMessageTab(s *commit) *messageTab {
	t := &messageTab{commit: s}
	t.pageTab = *newPageTab("Message", func() string { return ui.Clean(widget.ShortHash(s.commit.Hash)) + ".txt" }, t.lay)
	return t
}

func (t *messageTab) load() tea.Cmd {
	t.page.stale()
	return t.look()
}

func (t *messageTab) reload() tea.Cmd { return t.lookAgain() }
func (t *messageTab) rest()           { t.commit.rest() }

func (t *messageTab) lay(p *prose) {
	c := t.commit.commit
	p.fact("commit", told(themes.Hash, c.Hash))
	p.fact("author", told(themes.Author, c.Author), told(themes.Dim, " <"+c.Email+">"))
	p.fact("date", said(themes.Text, c.Time.Format("2006-01-02 15:04 -0700")), said(themes.Age, "  "+p.c.Age(c.Time)+" ago"))
	p.blank()
	message := c.Subject
	if t.revision.known {
		message = t.revision.value.Message
	}
	for _, line := range ui.CleanLines(message) {
		p.wrap(0, said(themes.Text, line))
	}
	if t.revision.err != nil {
		p.failure(t.desk, "The commit cannot be read", t.revision.err)
	}
}

func (t *messageTab) offers() []keymap.Offer { return t.pageTab.offers() }
