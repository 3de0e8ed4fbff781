package engine

import (
	"context"
	"sync"
)

// readers are the subscribers of a state of which only the latest matters.
type readers[T any] struct {
	mu  sync.Mutex
	all map[chan T]struct{}
}

// add subscribes; what first returns is delivered at once. It is called when
// no send can slip between it and the subscription.
func (r *readers[T]) add(ctx context.Context, ended <-chan struct{}, first func() T) <-chan T {
	ch := make(chan T, 1)
	r.mu.Lock()
	ch <- first()
	if r.all == nil {
		r.all = map[chan T]struct{}{}
	}
	r.all[ch] = struct{}{}
	r.mu.Unlock()
	go func() {
		select {
		case <-ctx.Done():
		case <-ended:
		}
		r.mu.Lock()
		delete(r.all, ch)
		close(ch)
		r.mu.Unlock()
	}()
	return ch
}

// send replaces what a reader has not read yet.
func (r *readers[T]) send(v T) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for ch := range r.all {
		select {
		case <-ch:
		default:
		}
		ch <- v
	}
}

// listeners are the subscribers of outcomes, of which each must arrive.
type listeners struct {
	mu  sync.Mutex
	all map[*queue]struct{}
}

// queue holds what a listener has not read yet.
type queue struct {
	mu      sync.Mutex
	waiting []Outcome
	more    chan struct{} // holds a token while waiting is not empty
}

// add listens until ctx ends, or no outcome can come any more.
func (l *listeners) add(ctx context.Context, finished <-chan struct{}) <-chan Outcome {
	q := &queue{more: make(chan struct{}, 1)}
	l.mu.Lock()
	if l.all == nil {
		l.all = map[*queue]struct{}{}
	}
	l.all[q] = struct{}{}
	l.mu.Unlock()

	out := make(chan Outcome)
	go func() {
		defer close(out)
		defer func() {
			l.mu.Lock()
			delete(l.all, q)
			l.mu.Unlock()
		}()
		for last := false; !last; {
			select {
			case <-ctx.Done():
				return
			case <-finished:
				last = true
			case <-q.more:
			}
			for _, o := range q.take() {
				select {
				case <-ctx.Done():
					return
				case out <- o:
				}
			}
		}
	}()
	return out
}

func (l *listeners) send(o Outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for q := range l.all {
		q.put(o)
	}
}

func (q *queue) put(o Outcome) {
	q.mu.Lock()
	q.waiting = append(q.waiting, o)
	q.mu.Unlock()
	select {
	case q.more <- struct{}{}:
	default:
	}
}

func (q *queue) take() []Outcome {
	q.mu.Lock()
	defer q.mu.Unlock()
	all := q.waiting
	q.waiting = nil
	return all
}
