package console

import (
	"fmt"
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/detail"
	"github.com/evenkeel/evenkeel/ui/console/dialog"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// promoting offers to bring what runs in the environment before this one.
func (m *model) promoting(env *engine.Environment) keymap.Offer {
	o := keymap.Offer{Action: keymap.Promote, Disabled: m.mayNot(env)}
	switch {
	case o.Disabled != "":
	case env.PromotesFrom == "":
		o.Disabled = ui.Clean(env.Name) + " promotes from no other environment" + m.promotedTo(env.Name)
	default:
		if marked := m.markedImages(); len(marked) > 0 {
			o.Label = fmt.Sprintf("promote %d marked", len(marked))
		}
	}
	return o
}

// promotedTo says which environment promotes from one: that is where the key is
// of use.
func (m *model) promotedTo(name string) string {
	for _, e := range m.snapshot.Environments {
		if e.PromotesFrom == name {
			return ui.Clean(fmt.Sprintf("; choose %s, which promotes from it", e.Name))
		}
	}
	return ""
}

// markedImages are those that an action is narrowed to; none elsewhere than in
// their panel.
func (m *model) markedImages() []*engine.Image {
	if m.image() == nil {
		return nil
	}
	return m.images.Marked()
}

// rollingBack offers to bring an environment back to what it was.
func (m *model) rollingBack(env *engine.Environment) keymap.Offer {
	o := keymap.Offer{Action: keymap.Rollback, Disabled: m.mayNotCommit(env)}
	if at := m.goal(env); o.Disabled == "" && at.Hash != "" {
		o.Label = "roll back to " + widget.ShortHash(at.Hash)
	}
	return o
}

// goal is the commit that a rollback is to go to: the chosen one in the history,
// unless it is the newest. The zero Commit leaves it to the record of the cluster.
func (m *model) goal(env *engine.Environment) engine.Commit {
	c, ok := m.history.Selected()
	if !ok || env == nil || m.list != areaHistory {
		return engine.Commit{}
	}
	newest, _ := m.history.Newest(env.Name, func(engine.HistoryCommit) bool { return true })
	if newest.Hash == c.Hash {
		return engine.Commit{}
	}
	return c.Commit
}

// undoing offers to take back the last commit that this operator made through
// evenkeel.
func (m *model) undoing(env *engine.Environment) keymap.Offer {
	o := keymap.Offer{Action: keymap.Undo, Disabled: m.mayNotCommit(env)}
	if o.Disabled != "" {
		return o
	}
	c, ok := m.undoable(env)
	if !ok {
		o.Disabled = "no commit of yours to " + ui.Clean(env.Name) + " was made by evenkeel lately"
		return o
	}
	o.Label = fmt.Sprintf("undo %s (%s)", widget.ShortHash(c.Hash), ui.Clean(c.Action))
	return o
}

// undoable is the newest commit to an environment that an operator made through
// evenkeel. Once this one has made a commit, it is known by whom.
func (m *model) undoable(env *engine.Environment) (engine.HistoryCommit, bool) {
	mine, known := m.history.Newest(env.Name, func(c engine.HistoryCommit) bool { return m.committed != "" && c.Hash == m.committed })
	return m.history.Newest(env.Name, func(c engine.HistoryCommit) bool {
		if c.Action == "" || c.Action == string(engine.ActionUpdate) { // which nobody asked for
			return false
		}
		return !known || c.Author == mine.Author && c.Email == mine.Email
	})
}

// mayNotCommit says why nothing can be committed for an environment from here, or "".
func (m *model) mayNotCommit(env *engine.Environment) string {
	switch {
	case m.readOnly:
		return m.unable(env)
	case env == nil:
		return "there is no environment"
	}
	return ""
}

// onRelease opens the dialog of an action that takes an environment from one
// state to another; it tells whether it is one.
func (m *model) onRelease(a keymap.Action) (tea.Cmd, bool) {
	env := m.environment()
	switch a {
	case keymap.Promote:
		r := engine.Request{Action: engine.ActionPromote, Environment: env.Name}
		if marked := m.markedImages(); len(marked) > 0 {
			r.Images = picks(marked)
		}
		return m.plan(r), true
	case keymap.Rollback:
		return m.rollBack(env), true
	case keymap.Undo:
		c, _ := m.undoable(env)
		return m.plan(engine.Request{Action: engine.ActionRollback, Environment: env.Name, Revision: c.Hash, Mode: engine.RollbackRevert}), true
	case keymap.Compare:
		return m.compare(), true
	}
	return nil, false
}

// rollBack opens what an environment can go back to and, when its rollout has
// failed and nobody has chosen a commit, the plan of going back to where it was
// well.
func (m *model) rollBack(env *engine.Environment) tea.Cmd {
	goal := m.goal(env)
	d, cmd := dialog.NewRollback(m.work(), env.Name, goal, m.snapshot)
	m.raise(d)
	back := widget.LastHealthy(env)
	if back == "" || goal.Hash != "" {
		return cmd
	}
	p, more := d.Plan(back)
	m.raise(p)
	return tea.Batch(cmd, more)
}

// ailing is the environment of which the key tells that shows what fails: the
// chosen one before one whose rollout has failed, and that before others. One that
// is well has its verification to tell of.
func (m *model) ailing() *engine.Environment {
	if m.snapshot == nil {
		return nil
	}
	chosen := m.environment()
	if chosen != nil && ails(chosen) {
		return chosen
	}
	if env, _ := m.failing(); env != nil {
		return env
	}
	if i := slices.IndexFunc(m.snapshot.Environments, ails); i >= 0 {
		return m.snapshot.Environments[i]
	}
	if chosen != nil && chosen.Verification != nil {
		return chosen
	}
	return nil
}

// ails tells whether something fails in an environment.
func ails(e *engine.Environment) bool {
	return e.Health == engine.Degraded || e.Verification != nil && e.Verification.State == engine.VerificationFailed
}

// explaining offers to show what fails, and why.
func (m *model) explaining() keymap.Offer {
	o := keymap.Offer{Action: keymap.Failure}
	switch env := m.ailing(); {
	case env == nil:
		o.Disabled = "nothing fails: no environment is Degraded, and " + ui.Clean(m.environments.Selected()) + " is not verified by a Job"
	case env.Health == engine.Degraded:
		o.Label = "why " + ui.Clean(env.Name) + " fails"
	default:
		o.Label = "the verification of " + ui.Clean(env.Name)
	}
	return o
}

// explain shows what fails in an environment, with its pods, events and log, or
// how it was verified.
func (m *model) explain() tea.Cmd {
	env := m.ailing()
	if env == nil {
		return nil
	}
	m.environments.Select(env.Name)
	m.focusOn(areaEnvironments)
	m.focusOn(areaDetail)
	if env.Health == engine.Degraded {
		return tea.Batch(m.settle(), m.detail.OpenFailure())
	}
	return tea.Batch(m.settle(), m.detail.OpenVerification())
}

// seek shows an object, in a tab of it.
func (m *model) seek(s detail.Sought) tea.Cmd {
	m.environments.Select(s.Environment)
	m.focusOn(areaDrift)
	m.drift.SetEnvironment(m.environment())
	m.drift.Select(s.Object)
	if id, ok := m.drift.Selected(); !ok || id != s.Object {
		m.say(s.Object.Kind + " " + s.Object.Name + " is not in the list: a filter hides it")
		return m.settle()
	}
	m.focusOn(areaDetail)
	return tea.Batch(m.settle(), m.detail.OpenSought(s))
}
