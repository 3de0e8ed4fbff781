package detail

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// verificationTabs are what is told of the Job that verifies what an environment
// took last: how it went, and its log.
type verificationTabs struct {
	*environment
	told *examination
	job  engine.ID // whose log it is
	log  *logsTab
}

const (
	verificationName = "Verification"
	verificationLog  = "Verification log"
)

func newVerificationTabs(s *environment) *verificationTabs {
	v := &verificationTabs{environment: s}
	of := func() engine.ID {
		if s.env.Verification == nil {
			return engine.ID{}
		}
		return s.env.Verification.Job
	}
	v.told = newExamination(s, verificationName, of, s.layVerification)
	v.told.leads = "all of the log"
	v.told.further = func() tea.Cmd {
		s.next = verificationLog
		return nil
	}
	v.update()
	return v
}

// update turns to the log of another Job; the tab of the one before rests when
// it is gone.
func (v *verificationTabs) update() {
	x := v.env.Verification
	if x == nil || x.Job == v.job {
		return
	}
	v.job = x.Job
	v.log = newLogsTab(&object{desk: v.desk, env: v.env, object: &engine.Object{ID: x.Job}, state: 1})
	v.log.called = verificationLog
}

func (v *verificationTabs) tabs() []tab {
	if v.job == (engine.ID{}) {
		return []tab{v.told}
	}
	return []tab{v.told, v.log}
}

// layVerification says how the verification went, of what and when.
func (s *environment) layVerification(p *prose) {
	x := s.env.Verification
	if x == nil {
		return
	}
	p.wrap(0, s.verified(p.c)...)
	if x.Job.Name != "" {
		p.fact("job", told(themes.Text, nameOf(x.Job, "")))
	}
	if !x.Started.IsZero() {
		spans := []span{said(themes.Age, p.c.Age(x.Started)+" ago")}
		switch {
		case x.Ended.IsZero():
		case x.Ended.Sub(x.Started) > 0:
			spans = append(spans, said(themes.Dim, ", took "+widget.Span(x.Ended.Sub(x.Started))))
		}
		p.fact("begun", spans...)
	}
}

// verified says how the verification of an environment went; nothing when it has
// none.
func (s *environment) verified(c widget.Canvas) []span {
	x := s.env.Verification
	if x == nil {
		return nil
	}
	spans := []span{shown(c.VerificationStatus(x.State)), said(themes.Text, "  "), told(themes.Hash, widget.ShortHash(x.Revision))}
	if !x.Ended.IsZero() {
		spans = append(spans, said(themes.Age, "  "+c.Age(x.Ended)+" ago"))
	}
	if x.Message != "" {
		spans = append(spans, told(c.VerificationStatus(x.State).Role, "  "+x.Message))
	}
	return spans
}
