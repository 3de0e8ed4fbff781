package detail

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// Sought asks the root to show an object, in a tab of it.
type Sought struct {
	Environment string
	Object      engine.ID
	Tab         string
}

const failureName = "Failure"

// newFailureTab tells of the object that makes an environment Degraded.
func newFailureTab(s *environment) *examination {
	of := func() engine.ID {
		if o := s.env.Suffering(); o != nil {
			return o.ID
		}
		return engine.ID{}
	}
	t := newExamination(s, failureName, of, nil)
	t.told = func(p *prose) { s.layFailing(p, &t.seen.value) }
	t.leads = "open the object"
	t.further = func() tea.Cmd {
		sought := Sought{Environment: s.env.Name, Object: of(), Tab: logsName}
		return func() tea.Msg { return sought }
	}
	return t
}

// explained tells whether what a person should know first is why the environment
// is Degraded.
func (s *environment) explained() bool {
	return s.env.Health == engine.Degraded && s.env.State == engine.StateSynced && s.env.Message != "" && s.env.Suffering() != nil
}

// layFailure says what makes an environment Degraded, and which keys lead on.
func (s *environment) layFailure(p *prose) {
	o := s.env.Suffering()
	if s.env.Health != engine.Degraded || o == nil {
		return
	}
	what := o.Kind + " " + o.Name
	switch {
	case s.explained():
		what = s.env.Message
	case o.Message != "":
		what += ": " + o.Message
	}
	p.wrap(0, said(themes.Degraded, p.c.Glyphs().Degraded+" "+ui.Clean(what)))
	if f := s.env.Failure(); f != nil {
		p.wrap(0, said(themes.Text, "It came with "), told(themes.Hash, widget.ShortHash(f.Revision)), said(themes.Age, ", "+p.c.Age(f.Deployed)+" ago"), said(themes.Text, "."))
	}
	p.wrap(0, s.press(keymap.Failure, "shows its pods, events and log")...)
	s.layWayBack(p)
}

// layFailing says the same where the pods tell more of it than the object does.
func (s *environment) layFailing(p *prose, x *symptoms) {
	o := s.env.Suffering()
	if o == nil {
		return
	}
	spans := []span{said(themes.Degraded, p.c.Glyphs().Degraded+" "+ui.Clean(o.Kind+" "+o.Name)+" is "+string(o.Health))}
	if f := s.env.Failure(); f != nil {
		spans = append(spans, said(themes.Text, " with "), told(themes.Hash, widget.ShortHash(f.Revision)), said(themes.Age, ", "+p.c.Age(f.Deployed)+" ago"))
	}
	p.wrap(0, spans...)
	if !x.tells() && o.Message != "" {
		p.wrap(0, told(themes.Degraded, o.Message))
	}
	s.layWayBack(p)
}

// layWayBack tells the key that leads back to where the environment was well.
func (s *environment) layWayBack(p *prose) {
	if at := widget.LastHealthy(s.env); at != "" {
		p.wrap(0, s.press(keymap.Rollback, "rolls back to "+widget.ShortHash(at)+", the last healthy one")...)
	}
}
