package dialog

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// Work is what plans are made and executed with.
type Work struct {
	Context    context.Context // of the program
	Engine     Engine
	Keys       *keymap.Map
	Executions *Executions
	Now        func() time.Time // time.Now when it is nil
}

func (w Work) now() time.Time {
	if w.Now == nil {
		return time.Now()
	}
	return w.Now()
}

// Plan shows what a request would do, and then does it when its button is
// pressed. The button that has the focus first changes nothing.
type Plan struct {
	work     Work
	request  engine.Request
	snapshot *engine.Snapshot

	asked  int // which question the plan is waited for; the answers to others are dropped
	cancel context.CancelFunc
	since  time.Time

	plan *engine.Plan // nil while it is computed
	// pending is set while another plan is computed of which this one is shown
	// still, and before is what that was asked for.
	pending bool
	before  engine.Request
	made    time.Time
	err     error  // why there is none
	note    string // what happened to the plan before this one
	old     string // what has changed since it was made

	seen map[engine.ID]time.Time // when its objects had been changed last

	tab     planTab
	page    window // of the tabs that are read
	drawn   drawnDiffs
	focus   focus
	picks   picks     // of a promotion
	files   filePicks // of a promotion
	name    widget.Input
	rows    []planRow
	columns []widget.Column // what the rows need
	width   int             // for which the rows are; 0 when they are not up to date
	list    widget.List
	buttons buttons
	at      planPlaces
	box     widget.Box    // as drawn last
	canvas  widget.Canvas // as drawn last

	from      Dialog // that led here, and goes when the plan is executed; nil: none
	diff      *diffPage
	execution *Execution
}

// focus is the part of the dialog that the keys go to.
type focus int

const (
	onButtons focus = iota
	onList
	onName
)

type (
	plannedMsg struct {
		of    *Plan
		asked int
		plan  *engine.Plan
		err   error
		made  time.Time
	}
	attributedMsg struct {
		of    *Plan
		asked int
		plan  *engine.Plan
	}
)

// NewPlan begins to compute what a request would do. The command has to be run
// after the dialog was put on the screen.
func NewPlan(w Work, r engine.Request, s *engine.Snapshot) (*Plan, tea.Cmd) {
	p := &Plan{work: w, request: r, snapshot: s}
	p.request.Sync = p.maySync()
	p.tab = p.tabs()[0]
	return p, p.ask()
}

// ask begins to compute the plan, again if there is one.
func (p *Plan) ask() tea.Cmd {
	p.plan, p.err, p.old, p.diff, p.seen = nil, nil, "", nil, nil
	p.pending = false
	p.focus = onButtons
	p.name.SetValue("")
	return p.begin()
}

// askFor begins to compute another plan while this one is shown.
func (p *Plan) askFor(r engine.Request) tea.Cmd {
	if !p.pending {
		p.before = p.request
	}
	p.request, p.pending, p.note = r, true, ""
	return p.begin()
}

// begin begins to compute the plan of the request.
func (p *Plan) begin() tea.Cmd {
	p.stop()
	ctx, cancel := context.WithCancel(p.work.Context)
	p.asked++
	p.cancel, p.since = cancel, p.work.now()
	asked, request := p.asked, p.request
	return func() tea.Msg {
		plan, err := p.work.Engine.Plan(ctx, request)
		return plannedMsg{of: p, asked: asked, plan: plan, err: err, made: p.work.now()}
	}
}

// stop gives up what is waited for.
func (p *Plan) stop() {
	if p.cancel != nil {
		p.cancel()
	}
	p.asked++
}

// Moving tells whether the dialog shows time passing.
func (p *Plan) Moving() bool { return p.pending || p.plan == nil && p.err == nil }

// close takes the dialog away.
func (p *Plan) close() tea.Cmd {
	p.stop()
	return closed(p)
}

// Update implements Dialog.
func (p *Plan) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case plannedMsg:
		if msg.of != p {
			return nil, false
		}
		if msg.asked == p.asked {
			return p.take(msg), true
		}
		return nil, true
	case attributedMsg:
		if msg.of != p {
			return nil, false
		}
		if msg.asked == p.asked && p.plan != nil {
			p.plan = msg.plan
			p.width = 0
		}
		return nil, true
	case newsMsg:
		if p.execution == nil {
			return nil, false
		}
		cmd, mine := p.execution.Update(msg)
		if mine && p.execution.refused != nil {
			return p.again(p.execution.refused), true
		}
		return cmd, mine
	}
	return nil, false
}

// take takes in a plan, or that there is none.
func (p *Plan) take(msg plannedMsg) tea.Cmd {
	if p.pending && msg.err != nil {
		p.keep(msg.err)
		return nil
	}
	first := !p.pending
	p.plan, p.err, p.made, p.pending, p.old, p.seen = msg.plan, msg.err, msg.made, false, "", nil
	if p.err != nil {
		p.cancel()
		return nil
	}
	p.list = widget.List{}
	p.width = 0
	p.mark()
	p.arrange(roomyWidth)
	if first && p.picking() && p.listed() == 0 && len(p.files.rows) > 0 {
		p.openTab(tabFiles)
	}
	if first {
		p.picks.begin()
	}
	if first && (p.picking() || p.filing()) && p.listed() > 0 {
		p.focus = onList // there is something to be marked first
	}
	if !slices.ContainsFunc(p.plan.Changes, func(c engine.Change) bool { return len(c.Fields) > 0 }) {
		p.cancel()
		return nil
	}
	// Who wrote the fields in Git is found out into a copy: this one is drawn
	// meanwhile.
	attributed := *p.plan
	attributed.Changes = slices.Clone(p.plan.Changes)
	for i := range attributed.Changes {
		attributed.Changes[i].Fields = slices.Clone(attributed.Changes[i].Fields)
	}
	ctx, cancel := context.WithCancel(p.work.Context)
	p.cancel()
	p.cancel = cancel
	asked := p.asked
	return func() tea.Msg {
		// What could be found out is shown; that the rest could not is no reason
		// not to act.
		_ = p.work.Engine.Attribute(ctx, &attributed)
		return attributedMsg{of: p, asked: asked, plan: &attributed}
	}
}

// mark shows what goes by the plan.
func (p *Plan) mark() {
	p.picks.set(p.plan)
	p.files.set(p.plan)
	if !slices.Contains(p.tabs(), p.tab) {
		p.openTab(p.tabs()[0])
	}
}

// keep stays with the plan that is shown, for the other one cannot be had.
func (p *Plan) keep(err error) {
	p.cancel()
	p.request, p.pending = p.before, false
	p.mark()
	p.note = "That cannot be planned: " + words(err) + "."
}

// arrange makes the rows for a width.
func (p *Plan) arrange(width int) {
	if width != p.width {
		p.width = width
		p.rows = planRows(p.plan, width)
		p.columns = planColumns(p.rows)
		p.list.SetCount(len(p.rows))
	}
}

// again goes back from an execution that the engine refused to begin. What it
// refused because the ground has moved is computed again, and shown.
func (p *Plan) again(err error) tea.Cmd {
	p.execution = nil
	p.focus = onButtons
	p.buttons.at = 0
	p.note = "Nothing was done: " + words(err) + "."
	switch {
	case errors.Is(err, engine.ErrStale):
		what := strings.TrimPrefix(words(err), engine.ErrStale.Error()+": ")
		p.note = "The ground has moved: " + what + ". Nothing was done; this is what would be done now."
		return p.ask()
	case errors.Is(err, engine.ErrGate):
		return p.ask()
	}
	return nil
}

// SetSnapshot implements Dialog.
func (p *Plan) SetSnapshot(s *engine.Snapshot) {
	p.snapshot = s
	if p.execution != nil {
		p.execution.SetSnapshot(s)
	} else if p.plan != nil && p.old == "" && s.At.After(p.made) {
		p.old = p.changed(s)
	}
}

// changed says what is no longer as it was when the plan was made, or "". The
// engine knows better, and is asked when the plan is executed.
func (p *Plan) changed(s *engine.Snapshot) string {
	env := s.Environment(p.request.Environment)
	switch {
	case env == nil:
		return ""
	case p.plan.Commit != nil:
		return p.outdated(env)
	case p.request.Action != engine.ActionSync || p.request.Revision != "":
		return ""
	}
	if env.Revision != "" && env.Revision != p.plan.BaseRevision {
		return "Git is at " + widget.ShortHash(env.Revision) + " now"
	}
	planned := map[engine.ID]engine.Operation{}
	for _, c := range slices.Concat(p.plan.Waiting, p.plan.Contested) {
		planned[c.ID] = ""
	}
	for _, c := range p.plan.Changes {
		planned[c.ID] = c.Operation
	}
	first := p.seen == nil
	if first {
		p.seen = map[engine.ID]time.Time{}
	}
	for _, o := range env.Objects {
		op, is := planned[o.ID]
		switch {
		case o.Drift == engine.DriftPending || o.Ignored:
		case !is && len(p.request.Objects) == 0 && (o.Drift == engine.DriftModified || o.Drift == engine.DriftMissing):
			return nameOf(o.ID) + " differs too"
		case is && op != "" && !fits(op, o):
			return nameOf(o.ID) + " is " + string(o.Drift) + " now"
		case is && first:
			p.seen[o.ID] = o.ChangedAt
		case is && !o.ChangedAt.Equal(p.seen[o.ID]):
			return nameOf(o.ID) + " was changed again"
		}
		delete(planned, o.ID)
	}
	for id, op := range planned {
		if op != "" && op != engine.Create {
			return nameOf(id) + " is not there any more"
		}
	}
	return ""
}

// fits tells whether an object still is what an operation is for.
func fits(op engine.Operation, o *engine.Object) bool {
	switch op {
	case engine.Create:
		return o.Drift == engine.DriftMissing
	case engine.Delete:
		return o.Drift == engine.DriftExtra
	}
	return o.Drift == engine.DriftModified || o.Drift == engine.DriftSynced && !o.Managed
}

// named tells whether the name of the environment has been typed.
func (p *Plan) named() bool { return p.name.Value() == p.guarded() }

// guarded is the environment whose name has to be typed, if one has: that of the
// plan, unless objects go only in another one, of which nobody may have thought.
func (p *Plan) guarded() string {
	other := ""
	for i := range p.plan.Changes {
		switch c := &p.plan.Changes[i]; {
		case c.Operation != engine.Delete:
		case c.Environment == p.plan.Environment || c.Environment == "":
			return p.plan.Environment
		default:
			other = cmp.Or(other, c.Environment)
		}
	}
	return cmp.Or(other, p.plan.Environment)
}

// asksName says why the name of the environment has to be typed, or "".
func (p *Plan) asksName() string {
	switch {
	case p.plan == nil || len(p.plan.Changes) == 0 || p.request.SignOff || p.unmet() != nil:
	case p.plan.Commit != nil && p.plan.Count(engine.Delete) == 0: // it can be taken back by another commit
	case p.plan.Commit != nil && p.guarded() != p.plan.Environment:
		return ui.Clean(p.guarded()) + " loses objects too"
	case p.plan.Protected:
		return ui.Clean(p.plan.Environment) + " is protected"
	case p.plan.Prune && p.plan.Count(engine.Delete) > 0:
		return "These deletions wait for a person"
	}
	return ""
}

// refuses says why the plan can't be executed now, or "".
func (p *Plan) refuses() string {
	switch gate := p.unmet(); {
	case p.pending:
		return "it is being planned again"
	case gate != nil:
		return "not met: " + ui.Clean(gate.Name) + ", " + ui.Clean(gate.Reason)
	case p.plan.Action == engine.ActionPromote && p.plan.Commit == nil:
		return "nothing is marked to go"
	case p.plan.Revision != "" && p.plan.Action == engine.ActionSync:
		return "this revision can be looked at, but not synced: the environment follows the branch"
	case p.asksName() != "" && !p.named():
		return "the name has to be typed first"
	}
	return ""
}

// choices are the buttons that the dialog has now, the one that changes nothing
// first, and arranges them.
func (p *Plan) choices() []button {
	again := button{label: "Plan again", role: themes.Info, press: p.ask}
	switch {
	case p.err != nil:
		return []button{{label: "Close", role: themes.Safe, press: p.close}, again}
	case p.plan == nil:
		return []button{{label: "Cancel", role: themes.Safe, press: p.close}}
	}
	var more []button
	if gate := p.unmet(); gate != nil && gate.Name == engine.GateOwnRecord {
		more = append(more, button{label: "Plan to take it over", role: themes.Warning, press: p.takeOver})
	}
	if p.plan.Empty() {
		return append([]button{{label: "Close", role: themes.Safe, press: p.close}}, more...)
	}
	role := themes.Go
	if p.plan.Count(engine.Delete) > 0 {
		role = themes.Danger
	}
	return append([]button{
		{label: "Cancel", role: themes.Safe, press: p.close},
		{label: goLabel(p.plan), role: role, off: p.refuses(), press: p.execute},
	}, more...)
}

// takeOver plans again, with the record of another source taken over.
func (p *Plan) takeOver() tea.Cmd {
	p.request.TakeOver = true
	p.note = ""
	return p.ask()
}

// prune plans again, with the deletions that wait for a person.
func (p *Plan) prune() tea.Cmd {
	p.request.Prune = true
	p.note = ""
	return p.ask()
}

// execute begins to do what the plan shows.
func (p *Plan) execute() tea.Cmd {
	p.stop() // what is still looked up about the plan is not needed any more
	one, cmd := p.work.Executions.start(p.work, p.plan)
	p.execution = one
	if p.from != nil {
		return tea.Batch(closed(p.from), cmd)
	}
	return cmd
}
