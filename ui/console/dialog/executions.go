package dialog

import (
	"slices"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
)

// Executions are the plans that were executed in this session. They belong to
// the program and not to the dialogs in which they began: whoever leaves such a
// dialog finds its execution here. The zero Executions holds none.
type Executions struct {
	list     []*Execution // oldest first
	snapshot *engine.Snapshot
	running  sync.WaitGroup
}

// pace is the least time between two batches of steps on the screen.
const pace = 100 * time.Millisecond

// start executes a plan. The execution ends when the plan has been executed, or
// soon after the program has.
func (x *Executions) start(w Work, p *engine.Plan) (*Execution, tea.Cmd) {
	f := &feed{woken: make(chan struct{}, 1)}
	one := &Execution{
		action: p.Action, environment: p.Environment, planned: len(p.Changes), unchanged: p.Unchanged,
		keys: w.Keys, feed: f, started: w.now(), snapshot: x.snapshot,
	}
	if commits(p.Action) {
		one.updates, one.holds, one.signOff = p.Updates, holds(p.Commit), p.SignOff
		if !p.Sync {
			one.planned = 0
		}
	}
	x.list = append(x.list, one)
	x.running.Add(1)
	go func() {
		defer x.running.Done()
		outcome, err := w.Engine.Execute(w.Context, p, f.step)
		f.end(outcome, err)
	}()
	return one, f.next(0)
}

// Update takes in how the executions go on whose dialogs have been left. It
// returns false for any other message.
func (x *Executions) Update(msg tea.Msg) (tea.Cmd, bool) {
	if news, ok := msg.(newsMsg); ok {
		if i := slices.IndexFunc(x.list, func(one *Execution) bool { return one.feed == news.of }); i >= 0 {
			one := x.list[i]
			cmd := one.take(news)
			if one.refused != nil {
				text := one.name() + ": " + words(one.refused)
				cmd = tea.Batch(cmd, send(Notice{Text: text, Trouble: true}))
			}
			return cmd, true
		}
	}
	return nil, false
}

// SetSnapshot tells how things stand now.
func (x *Executions) SetSnapshot(s *engine.Snapshot) {
	x.snapshot = s
	for _, one := range x.list {
		one.SetSnapshot(s)
	}
}

// Moving tells whether a plan is being executed.
func (x *Executions) Moving() bool { return len(x.Running()) > 0 }

// Running lists the executions that have not ended, oldest first.
func (x *Executions) Running() []*Execution {
	var out []*Execution
	for _, one := range x.list {
		if !one.ended {
			out = append(out, one)
		}
	}
	return out
}

// All lists the executions of this session, oldest first.
func (x *Executions) All() []*Execution { return x.list }

// Wait returns when none is running any more. It may be called from any
// goroutine once no further one is begun.
func (x *Executions) Wait() { x.running.Wait() }

// feed takes the steps of an execution from the goroutine that does them to the
// screen. It never makes that goroutine wait, and holds at most the steps of one
// plan.
type feed struct {
	woken chan struct{} // one place: there is news

	mu    sync.Mutex
	steps []engine.Step
	last  *newsMsg
}

// newsMsg is what has happened since the news before.
type newsMsg struct {
	of      *feed
	steps   []engine.Step
	ended   bool
	outcome engine.Outcome
	err     error
}

func (f *feed) step(s engine.Step) {
	f.mu.Lock()
	f.steps = append(f.steps, s)
	f.mu.Unlock()
	f.wake()
}

func (f *feed) end(o engine.Outcome, err error) {
	f.mu.Lock()
	f.last = &newsMsg{ended: true, outcome: o, err: err}
	f.mu.Unlock()
	f.wake()
}

func (f *feed) wake() {
	select {
	case f.woken <- struct{}{}:
	default:
	}
}

// next waits for news, though not for less than a pause. There always is more
// until the execution has ended.
func (f *feed) next(pause time.Duration) tea.Cmd {
	return func() tea.Msg {
		if pause > 0 {
			time.Sleep(pause)
		}
		<-f.woken
		f.mu.Lock()
		defer f.mu.Unlock()
		news := newsMsg{}
		if f.last != nil {
			news = *f.last
		}
		news.of, news.steps = f, f.steps
		f.steps = nil
		return news
	}
}
