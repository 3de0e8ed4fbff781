package console

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/detail"
	"github.com/evenkeel/evenkeel/ui/console/dialog"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/panel"
	"github.com/evenkeel/evenkeel/ui/console/screen"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// pane is what every panel can do.
type pane interface {
	Offers() []keymap.Offer
	Do(keymap.Action) (tea.Cmd, bool)
	Click(x, y int, twice bool) tea.Cmd
	Wheel(lines int) tea.Cmd
	View(widget.Canvas) []string
}

// model is the one Bubble Tea model. It owns the layout, the focus and the
// dialogs, and hands everything else on.
type model struct {
	ctx   context.Context // of the program
	opts  Options
	out   *screen.Screen
	keys  *keymap.Map
	theme *themes.Theme
	known memory // what is remembered between runs
	now   func() time.Time

	width, height int
	focus         area
	list          area // the list that had the focus last; the detail shows its choice
	zoom          zoom
	at            arrangement

	start     *starting // until there is an engine
	engine    Engine
	session   Session
	snapshot  *engine.Snapshot
	snapshots <-chan *engine.Snapshot
	outcomes  <-chan engine.Outcome
	failed    error // why there is nothing to show
	stopped   bool  // the engine has ended by itself
	readOnly  bool
	touched   bool // a key was pressed: nothing is chosen by itself any more

	environments panel.Environments
	drift        panel.Drift
	images       panel.Images
	history      panel.History
	detail       *detail.Detail
	dialogs      []dialog.Dialog
	executions   dialog.Executions
	committed    string         // the last commit that was made from here; empty when none was
	happenings   []engine.Event // of the demo's world, and of the console itself

	trouble trouble
	notice  notice
	mouse   mouse
	clock   clock
}

// notice is a line that goes away by itself.
type notice struct {
	text  string
	until time.Time
}

// noticeFor is how long a notice stays.
const noticeFor = 4 * time.Second

func newModel(ctx context.Context, o Options, out *screen.Screen) *model {
	keys, wrong := keymap.New(o.Settings.Keys)
	m := &model{
		ctx: ctx, opts: o, out: out, keys: keys, now: time.Now,
		readOnly: o.ReadOnly,
		start:    newStarting(o.Title),
	}
	m.known = recall(o.Dir)
	m.mouse.on = m.known.mouse(o.Settings.Mouse)
	m.theme, wrong = m.firstTheme(wrong)
	for _, problem := range wrong {
		m.complain(problem)
	}
	m.arrange()
	return m
}

// Init starts what the console shows.
func (m *model) Init() tea.Cmd {
	return tea.Batch(m.begin(), m.out.NextSize, m.wind())
}

// Update takes a message in. The state is the receiver's own: the model is a
// pointer, and Bubble Tea calls it from one goroutine.
func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	cmds := []tea.Cmd{m.handle(msg)}
	cmds = append(cmds, m.settle(), m.wind())
	return m, tea.Batch(cmds...)
}

func (m *model) handle(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
		m.out.Resize(msg.Width, msg.Height)
		return m.out.NextSize
	case tea.KeyMsg:
		m.touched = m.start == nil
		return m.typed(msg)
	case tea.MouseMsg:
		m.touched = m.start == nil
		return m.point(tea.MouseEvent(msg))
	case stepMsg:
		if m.start == nil {
			return nil
		}
		m.start.tell(Step(msg), m.now())
		return m.start.listen(m.ctx)
	case openedMsg:
		return m.opened(msg)
	case snapshotMsg:
		return tea.Batch(m.take(msg.snapshot), listenSnapshot(m.snapshots))
	case outcomeMsg:
		m.ended(engine.Outcome(msg))
		return listenOutcome(m.outcomes)
	case happeningMsg:
		m.happened(string(msg))
		return listenHappening(m.session.Happenings)
	case endedMsg:
		m.stopped = true
		m.complain(string(msg))
		return nil
	case tickMsg:
		m.clock.ticked(msg)
		return nil
	case editedMsg:
		m.edited(msg)
		return nil
	case copiedMsg:
		m.copied(msg)
		return nil
	case detail.Sought:
		return m.seek(msg)
	}
	return m.message(msg)
}

// message hands a message to whom it may belong.
func (m *model) message(msg tea.Msg) tea.Cmd {
	if cmd, mine := m.fromDialog(msg); mine {
		return cmd
	}
	for i := len(m.dialogs) - 1; i >= 0; i-- {
		if cmd, mine := m.dialogs[i].Update(msg); mine {
			return cmd
		}
	}
	if cmd, mine := m.executions.Update(msg); mine {
		return cmd
	}
	if cmd, mine := m.history.Update(msg); mine {
		return cmd
	}
	if m.detail != nil {
		if cmd, mine := m.detail.Update(msg); mine {
			return cmd
		}
	}
	return nil
}

// settle brings everything in line with what has changed: what the panels show,
// where they lie, what the detail is about.
func (m *model) settle() tea.Cmd {
	if m.snapshot == nil {
		m.arrange()
		return nil
	}
	m.followImages()
	env := m.environment()
	m.drift.SetEnvironment(env)
	m.images.SetSnapshot(m.snapshot, m.environments.Selected())
	m.arrange()
	return tea.Batch(m.showHistory(env), m.showDetail(env))
}

// followImages chooses the environment of the chosen image where those of all
// environments are shown: everything on the screen is about one.
func (m *model) followImages() {
	if m.list == areaImages && m.images.Everywhere() {
		if name, image := m.images.Chosen(); image != nil {
			m.environments.Select(name)
		}
	}
}

// environment is the chosen one; nil when there is none.
func (m *model) environment() *engine.Environment {
	if m.snapshot == nil {
		return nil
	}
	return m.snapshot.Environment(m.environments.Selected())
}

// complain shows an error until it is dismissed, and logs it.
func (m *model) complain(text string) {
	m.trouble.add(text)
	m.log(text, true)
}

// say shows a line for a while.
func (m *model) say(text string) {
	m.notice = notice{text: ui.Clean(text), until: m.now().Add(noticeFor)}
}

// log adds a line of the console's own to the activity.
func (m *model) log(text string, bad bool) {
	const kept = 200
	m.happenings = append(m.happenings, engine.Event{At: m.now(), Text: text, Trouble: bad})
	if over := len(m.happenings) - kept; over > 0 {
		m.happenings = m.happenings[over:]
	}
}
