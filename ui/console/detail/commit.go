package detail

import (
	"context"
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui"
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
	s.all = []tab{newFilesTab(s), newObjectsTab(s), newMomentTab(s), newMessageTab(s)}
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

// update takes what became of the commit since, and tells whether anything did.
func (s *commit) update(c engine.HistoryCommit) bool {
	old := s.commit
	s.commit = c
	return old.Result != c.Result || !old.DeployedAt.Equal(c.DeployedAt) || !slices.Equal(old.Environments, c.Environments)
}

// look looks at the commit, if nobody has.
func (s *commit) look() tea.Cmd {
	if !s.revision.wanted(1) {
		return nil
	}
	return s.lookAgain()
}

func (s *commit) lookAgain() tea.Cmd {
	pause := s.pace
	s.pace = 0
	src, environment, hash := s.src, s.environment, s.commit.Hash
	return s.revision.start(1, pause, func(ctx context.Context) (*engine.Revision, error) { return src.Revision(ctx, environment, hash) })
}

func (s *commit) rest() { s.revision.stop() }

// fileName is what a file about the commit would be called.
func (s *commit) fileName(extension string) string {
	return ui.Clean(widget.ShortHash(s.commit.Hash)) + extension
}
