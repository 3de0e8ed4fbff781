package detail

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/widget"
	"github.com/evenkeel/evenkeel/ui/diffview"
)

// object shows an object of an environment.
type object struct {
	*desk
	env    *engine.Environment
	object *engine.Object
	pace   time.Duration // to wait before the first question to the server

	state int // counts the states of the object that were shown

	inspection  load[*inspected]
	explanation load[*engine.Inspection] // of the inspection whose ticket it has
	pods        load[[]engine.Pod]

	all  []tab
	logs *logsTab
}

// inspected is an inspection with what is made of it.
type inspected struct {
	*engine.Inspection
	*comparison // nil when a sync would change nothing
}

func newObject(d *desk, env *engine.Environment, o *engine.Object, pace time.Duration) *object {
	s := &object{desk: d, env: env, object: o, pace: pace, state: 1}
	s.all = []tab{newDiffTab(s), newFieldsTab(s), newDesiredTab(s), newLiveTab(s), newEventsTab(s)}
	if hasPods(o.ID) {
		s.logs = newLogsTab(s)
		s.all = append(s.all, newPodsTab(s), s.logs)
	}
	return s
}

// update takes a newer state of the object. That the cluster was lost or found
// again is one too, for an inspection tells of it.
func (s *object) update(env *engine.Environment, o *engine.Object) {
	if o != s.object || env.Revision != s.env.Revision || env.Current != s.env.Current {
		s.state++
	}
	s.env, s.object = env, o
}

func (s *object) sort() sort  { return anObject }
func (s *object) tabs() []tab { return s.all }

func (s *object) title() (title, note string) {
	return ui.Clean(s.object.Kind + " " + s.object.Name), ui.Clean(s.object.Namespace)
}

// foot is how the object stands, in words.
func (s *object) foot(c widget.Canvas) string {
	foot := c.DriftStatus(s.object.Drift).String()
	if s.object.Ignored {
		foot = "Ignored"
	}
	if s.object.Health != "" {
		foot += "  " + c.HealthStatus(s.object.Health).String()
	}
	return foot
}

// inspect looks at the object, if nobody has.
func (s *object) inspect() tea.Cmd {
	if !s.inspection.wanted(s.state) {
		return nil
	}
	return s.inspectAgain()
}

// inspectAgain looks at the object. Only for one that is Modified a server is
// asked, so only that waits until one stays with it.
func (s *object) inspectAgain() tea.Cmd {
	pause := time.Duration(0)
	if s.object.Drift == engine.DriftModified {
		pause, s.pace = s.pace, 0
	}
	src, name, id := s.src, s.env.Name, s.object.ID
	space := s.taste.whitespace
	return s.inspection.start(s.state, pause, func(ctx context.Context) (*inspected, error) {
		in, err := src.Inspect(ctx, name, id)
		if err != nil {
			return nil, err
		}
		out := &inspected{Inspection: in}
		if c := in.Change; c != nil && (c.Live != "" || c.Desired != "") {
			o := diffview.Options{Language: diffview.YAML, IgnoreWhitespace: space, Before: "live", After: "Git", Same: "Nothing that Git names differs."}
			out.comparison = compare(o, c.Live, c.Desired)
		}
		return out, nil
	})
}

// explain finds out who wrote in Git what differs, once it is known what does.
func (s *object) explain() tea.Cmd {
	if !s.inspection.known || s.inspection.open() {
		return nil
	}
	in := s.inspection.value.Inspection
	if in.Change == nil || len(in.Change.Fields) == 0 || !s.explanation.wanted(s.inspection.ticket) {
		return nil
	}
	src := s.src
	return s.explanation.start(s.inspection.ticket, s.patience, func(ctx context.Context) (*engine.Inspection, error) { return src.Explain(ctx, in) })
}

// explaining tells whether it is still being found out.
func (s *object) explaining() bool { return s.explanation.open() }

func (s *object) rest() {
	s.inspection.stop()
	s.explanation.stop()
}

// fields are those that differ, with who made them so as far as that is known.
func (s *object) fields() []engine.FieldChange {
	switch in := &s.inspection; {
	case !in.known || in.value.Change == nil:
		return nil
	case s.explanation.known && !s.explanation.wanted(in.ticket) && !s.explanation.open() && s.explanation.value.Change != nil:
		return s.explanation.value.Change.Fields
	default:
		return in.value.Change.Fields
	}
}
