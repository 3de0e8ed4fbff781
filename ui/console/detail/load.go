package detail

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// load is something that is asked for in the background: the last answer, and
// the question that is open. Asking again keeps the answer until the next one.
type load[T any] struct {
	value T
	err   error // why the last question has no answer
	known bool  // value is an answer
	at    time.Time

	of     int // which state of things was asked about; 0: none
	ticket int // of the last question
	cancel context.CancelFunc
}

// answer is what came of a question. It knows who asked, and what.
type answer[T any] struct {
	to     *load[T]
	ticket int
	value  T
	err    error
	at     time.Time
}

// delivery is an answer of any type.
type delivery interface {
	// deliver hands the answer over; false: nobody waits for it any more.
	deliver() bool
}

// wanted tells whether nobody has asked yet about a state of things, which are
// counted from 1.
func (l *load[T]) wanted(of int) bool { return l.of != of }

// start asks about a state of things, after a pause. An open question is given
// up.
func (l *load[T]) start(of int, pause time.Duration, ask func(context.Context) (T, error)) tea.Cmd {
	l.stop()
	ctx, cancel := context.WithCancel(context.Background())
	l.of, l.cancel = of, cancel
	l.ticket++
	ticket := l.ticket
	return func() tea.Msg {
		defer cancel()
		if !wait(ctx, pause) {
			return nil
		}
		a := answer[T]{to: l, ticket: ticket}
		a.value, a.err = ask(ctx)
		a.at = time.Now()
		return a
	}
}

// stop gives the open question up, so that it is to be asked again.
func (l *load[T]) stop() {
	if l.cancel != nil {
		l.cancel()
		l.cancel = nil
		l.of = 0
		l.ticket++
	}
}

// open tells whether a question has not been answered yet.
func (l *load[T]) open() bool { return l.cancel != nil }

func (a answer[T]) deliver() bool {
	l := a.to
	if l.ticket != a.ticket {
		return false
	}
	l.cancel = nil
	l.err, l.at = a.err, a.at
	if a.err == nil {
		l.value, l.known = a.value, true
	}
	return true
}

// wait pauses; false: the context ended first.
func wait(ctx context.Context, pause time.Duration) bool {
	if pause <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
