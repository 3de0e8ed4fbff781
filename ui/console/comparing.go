package console

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/dialog"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// comparing offers to compare the chosen commit, or else the chosen environment,
// with another one.
func (m *model) comparing(env *engine.Environment) keymap.Offer {
	o := keymap.Offer{Action: keymap.Compare}
	switch {
	case env == nil:
		o.Disabled = "there is no environment"
	case m.list == areaHistory:
		_, to, why := m.revisions(env)
		switch {
		case why != "":
			o.Disabled = why
		case to.Revision == "":
			o.Label = "compare with now"
		default:
			marked, _ := m.history.Marked()
			o.Label = "compare with " + ui.Clean(widget.ShortHash(marked.Hash))
		}
	default:
		others := m.others(env)
		if len(others) == 0 {
			o.Disabled = "there is no other environment to compare " + ui.Clean(env.Name) + " with"
			break
		}
		o.Label = "compare with " + ui.Clean(others[0])
	}
	return o
}

// revisions are what is compared in the history: the chosen commit and the marked
// one, the older one first, or without a mark the chosen one and what the
// environment is now. Why is not empty when that is nothing.
func (m *model) revisions(env *engine.Environment) (from, to engine.At, why string) {
	chosen, ok := m.history.Selected()
	if !ok {
		return from, to, "there is no commit here"
	}
	from, to = engine.At{Environment: env.Name, Revision: chosen.Hash}, engine.At{Environment: env.Name}
	marked, ok := m.history.Marked()
	switch {
	case ok && marked.Hash != chosen.Hash:
		to.Revision = marked.Hash
		if chosen.Time.After(marked.Time) {
			from, to = to, from
		}
	case m.goal(env).Hash == "":
		why = "it is what " + ui.Clean(env.Name) + " is now: " + m.keys.Key(keymap.Mark) + " marks a commit to compare others with"
	}
	return from, to, why
}

// others are the environments that one can be compared with, the likeliest first:
// where it promotes from, and what promotes from it.
func (m *model) others(env *engine.Environment) []string {
	var near, far []string
	for _, e := range m.snapshot.Environments {
		switch {
		case e.Name == env.Name:
		case e.Name == env.PromotesFrom:
			near = append([]string{e.Name}, near...)
		case e.PromotesFrom == env.Name:
			near = append(near, e.Name)
		default:
			far = append(far, e.Name)
		}
	}
	return append(near, far...)
}

// compare opens the comparison that comparing offers.
func (m *model) compare() tea.Cmd {
	env := m.environment()
	from, to := engine.At{}, engine.At{Environment: env.Name}
	var others []string
	if m.list == areaHistory {
		from, to, _ = m.revisions(env)
	} else {
		others = m.others(env)
		from.Environment = others[0]
	}
	d, cmd := dialog.NewComparison(m.work(), from, to, others, m.snapshot)
	m.raise(d)
	return cmd
}
