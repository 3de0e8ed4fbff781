package registry

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

const (
	// failuresUntilDown in a row, and a host is down. More than one, so that a single repository that a registry
	// fails on does not take the others with it.
	failuresUntilDown = 3
	// answersUntilMore in a row, and a host that was slowed down is asked one thing more at a time.
	answersUntilMore = 8

	firstPause  = 5 * time.Second
	longestDown = 10 * time.Minute
	// longestLimit holds for what a registry asks for, too: one that says a year is asked again.
	longestLimit = time.Hour
)

// HostState is how a registry does.
type HostState struct {
	Host string
	// DownSince is when the registry last began to fail and has not answered since. Zero when it answers.
	DownSince time.Time
	// LimitedSince is when the registry asked to be asked less, until it is asked at full speed again. Zero when not.
	LimitedSince time.Time
	// Err is the last trouble, as long as there is any.
	Err error
	// NextTry is from when the registry is asked again; every question before is refused. Zero when it may be asked.
	NextTry time.Time
	// LastAnswer is when the registry last answered anything.
	LastAnswer time.Time
	// InFlight is how many questions are being asked, Limit how many may be, Waiting how many wait for others to end.
	InFlight, Limit, Waiting int
	// Requests is how many requests were sent on behalf of this registry, those for tokens and redirects included.
	Requests int64
}

// host is a registry: the bounded pool of what is asked of it, and how it does.
type host struct {
	name string
	most int
	now  func() time.Time
	// meet lets one request at a time do the handshake.
	meet flights

	mu       sync.Mutex
	state    HostState
	waiting  []chan error
	failures int // in a row
	answers  int // in a row, since the limit was last raised
	pauses   int // how often it was paused, less what it recovered since
	// challenge is what the registry wants from those who connect, once it was asked.
	challenge *transport.Challenge
}

func newHost(name string, most int, now func() time.Time) *host {
	return &host{name: name, most: most, now: now, state: HostState{Host: name, Limit: most}}
}

// verdict is what an exchange told about the host.
type verdict struct {
	// err is trouble of the host's; nil with answered, or when nothing was learnt.
	err      error
	answered bool
	// limited asks to be asked less, from retryAfter on, or whenever when that is 0.
	limited    bool
	retryAfter time.Duration
}

// enter waits for a place in the pool. It refuses while the host is paused.
func (h *host) enter(ctx context.Context) error {
	h.mu.Lock()
	if err := h.refusal(); err != nil {
		h.mu.Unlock()
		return err
	}
	if h.state.InFlight < h.state.Limit {
		h.state.InFlight++
		h.mu.Unlock()
		return nil
	}
	turn := make(chan error, 1)
	h.waiting = append(h.waiting, turn)
	h.mu.Unlock()

	select {
	case err := <-turn:
		return err
	case <-ctx.Done():
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if i := slices.Index(h.waiting, turn); i >= 0 {
		h.waiting = slices.Delete(h.waiting, i, i+1)
	} else if <-turn == nil {
		// The place came at the same moment. It is the next one's.
		h.state.InFlight--
		h.admit()
	}
	return ctx.Err()
}

// leave gives the place back and says what was learnt.
func (h *host) leave(v verdict) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.state.InFlight--
	switch {
	case v.limited:
		h.limited(v)
	case v.err != nil:
		h.failed(v)
	case v.answered:
		h.answered()
	}
	h.admit()
}

// admit lets those who wait in, or sends them away when the host is paused.
func (h *host) admit() {
	if err := h.refusal(); err != nil {
		for _, turn := range h.waiting {
			turn <- err
		}
		h.waiting = nil
		return
	}
	for len(h.waiting) > 0 && h.state.InFlight < h.state.Limit {
		h.state.InFlight++
		h.waiting[0] <- nil
		h.waiting = h.waiting[1:]
	}
}

func (h *host) refusal() error {
	if !h.paused() {
		return nil
	}
	refused := &Error{Target: h.name, Kind: ErrUnavailable, Detail: said(h.state.Err), RetryAt: h.state.NextTry}
	var trouble *Error
	if errors.As(h.state.Err, &trouble) {
		refused.Kind, refused.Detail, refused.Status = trouble.Kind, trouble.Detail, trouble.Status
	}
	return refused
}

func (h *host) paused() bool { return h.now().Before(h.state.NextTry) }

func (h *host) answered() {
	h.state.LastAnswer = h.now()
	h.state.DownSince = time.Time{}
	h.failures = 0
	if h.state.LimitedSince.IsZero() {
		h.state.Err = nil
	}
	h.answers++
	if h.answers < answersUntilMore {
		return
	}
	h.answers = 0
	h.pauses = max(0, h.pauses-1)
	h.state.Limit = min(h.most, h.state.Limit+1)
	if h.state.Limit == h.most {
		h.state.LimitedSince, h.state.Err = time.Time{}, nil
	}
}

func (h *host) limited(v verdict) {
	now := h.now()
	h.state.LastAnswer = now
	h.state.DownSince = time.Time{}
	h.failures = 0
	if h.state.LimitedSince.IsZero() {
		h.state.LimitedSince = now
	}
	h.state.Err = v.err
	h.pause(v.retryAfter, longestLimit)
}

func (h *host) failed(v verdict) {
	now := h.now()
	h.failures++
	h.state.Err = v.err
	if h.state.DownSince.IsZero() {
		h.state.DownSince = now
	}
	enough := failuresUntilDown
	var trouble *Error
	if silent := !errors.As(v.err, &trouble) || trouble.Status == 0; silent && h.pauses > 0 {
		enough = 1 // it was down, and still nobody answers
	}
	if h.failures >= enough || v.retryAfter > 0 {
		h.failures = 0
		h.pause(v.retryAfter, longestDown)
	}
}

// pause asks the host nothing for as long as it wants, or twice as long as the last time, and then little at first.
func (h *host) pause(wanted, longest time.Duration) {
	h.answers = 0
	h.state.Limit = 1
	if !h.paused() { // what ends during a pause was asked before it, and tells nothing new
		if wanted <= 0 {
			wanted = min(longest, firstPause<<min(h.pauses, 16))
		}
		h.pauses++
	}
	if until := h.now().Add(min(wanted, longestLimit)); until.After(h.state.NextTry) {
		h.state.NextTry = until
	}
}

// tryNow ends a pause that the registry has not asked for.
func (h *host) tryNow() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.state.LimitedSince.IsZero() {
		h.state.NextTry = time.Time{}
	}
}

func (h *host) count() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.state.Requests++
}

func (h *host) snapshot() HostState {
	h.mu.Lock()
	defer h.mu.Unlock()
	state := h.state
	state.Waiting = len(h.waiting)
	if !h.paused() {
		state.NextTry = time.Time{}
	}
	return state
}
