package registry_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/registry"
)

// moody is a registry that answers as it is told.
type moody struct {
	host   string
	client *registry.Client
	clock  *clock
	asked  atomic.Int64
	mood   atomic.Pointer[http.HandlerFunc]
}

func newMoody(t *testing.T, inFlight int) *moody {
	t.Helper()
	m := &moody{clock: newClock()}
	m.host = fake(t, func(w http.ResponseWriter, r *http.Request) {
		m.asked.Add(1)
		(*m.mood.Load())(w, r)
	})
	m.is(status(200, `{"tags":["1"]}`))
	m.client = open(t, registry.Options{Insecure: []string{m.host}, Now: m.clock.Now, InFlight: inFlight})
	return m
}

func (m *moody) is(mood http.HandlerFunc) { m.mood.Store(&mood) }

func (m *moody) tags(t *testing.T, path string) error {
	t.Helper()
	_, err := m.client.Tags(t.Context(), repository(t, m.host+"/"+path))
	return err
}

func (m *moody) state() registry.HostState { return m.client.Hosts()[0] }

// until returns when the registry's state is as wanted.
func (m *moody) until(t *testing.T, wanted func(registry.HostState) bool) {
	t.Helper()
	for t.Context().Err() == nil && !wanted(m.state()) {
		runtime.Gosched()
	}
}

func TestALimitIsKept(t *testing.T) {
	for _, test := range []struct {
		name, after string
		code        int
		wait        time.Duration
	}{
		{"seconds", "120", 429, 2 * time.Minute},
		{"a date", newClock().Now().Add(3 * time.Minute).Format(http.TimeFormat), 429, 3 * time.Minute},
		{"nothing", "", 429, 5 * time.Second},
		{"nonsense", "soon", 429, 5 * time.Second},
		{"a date that has been", newClock().Now().Add(-time.Hour).Format(http.TimeFormat), 429, 5 * time.Second},
		{"a year", "31536000", 429, time.Hour},
		{"longer than there is time", "99999999999999999999", 429, 5 * time.Second},
		{"maintenance", "90", 503, 90 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newMoody(t, 4)
			m.is(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", test.after)
				w.WriteHeader(test.code)
			})
			if m.tags(t, "shop/api") == nil {
				t.Fatal("it was not refused")
			}
			m.is(status(200, `{"tags":["1"]}`))
			m.asked.Store(0)
			m.clock.advance(test.wait - time.Second)
			var refused *registry.Error
			err := m.tags(t, "shop/web")
			if !errors.As(err, &refused) || !refused.RetryAt.Equal(m.clock.Now().Add(time.Second)) || m.asked.Load() != 0 {
				t.Errorf("a second early: %v, asked %d times", err, m.asked.Load())
			}
			if (test.code == 429) != errors.Is(err, registry.ErrLimited) || !strings.Contains(err.Error(), "asked again from") {
				t.Error(err)
			}
			if state := m.state(); !state.NextTry.Equal(m.clock.Now().Add(time.Second)) || state.Err == nil {
				t.Errorf("%+v", state)
			}
			m.clock.advance(time.Second)
			if err := m.tags(t, "shop/web"); err != nil {
				t.Errorf("in time: %v", err)
			}
		})
	}
}

func TestRecoveryIsGradual(t *testing.T) {
	m := newMoody(t, 4)
	m.is(status(429, ""))
	_ = m.tags(t, "shop/api")
	if state := m.state(); state.Limit != 1 || state.LimitedSince.IsZero() || !state.DownSince.IsZero() {
		t.Errorf("limited: %+v", state)
	}
	limitedSince := m.state().LimitedSince
	m.is(status(200, `{"tags":["1"]}`))
	m.clock.advance(time.Minute)
	var limits []int
	for range 24 {
		if err := m.tags(t, "shop/api"); err != nil {
			t.Fatal(err)
		}
		state := m.state()
		limits = append(limits, state.Limit)
		if state.Limit < 4 && !state.LimitedSince.Equal(limitedSince) {
			t.Errorf("%+v", state)
		}
	}
	for i, limit := range limits {
		if want := 1 + (i+1)/8; limit != want {
			t.Fatalf("after each answer it could be asked %v at a time", limits)
		}
	}
	if state := m.state(); !state.LimitedSince.IsZero() || state.Err != nil {
		t.Errorf("recovered: %+v", state)
	}

	// Without recovery in between, each pause is longer.
	m.is(status(429, ""))
	for _, want := range []time.Duration{5, 10, 20, 40} {
		_ = m.tags(t, "shop/api")
		if got := m.state().NextTry.Sub(m.clock.Now()); got != want*time.Second {
			t.Errorf("a pause of %v, want %vs", got, int(want))
		}
		m.clock.advance(want * time.Second)
	}
}

func TestADownRegistryIsAskedLess(t *testing.T) {
	m := newMoody(t, 4)
	if err := m.tags(t, "shop/api"); err != nil {
		t.Fatal(err)
	}
	answered := m.clock.Now()
	m.clock.advance(time.Hour)
	m.is(func(_ http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) })
	down := m.clock.Now()
	m.asked.Store(0)
	for range 3600 / 5 {
		if err := m.tags(t, "shop/api"); !errors.Is(err, registry.ErrUnavailable) {
			t.Fatal(err)
		}
		m.clock.advance(5 * time.Second)
	}
	// 3, then after 5, 10, … 320 seconds, and every 10 minutes. Go's client asks a second time when a connection that
	// was idle is found closed.
	if n := m.asked.Load(); n < 10 || n > 20 {
		t.Errorf("asked %d times in an hour", n)
	}
	state := m.state()
	if !state.DownSince.Equal(down) || !state.LastAnswer.Equal(answered) || state.Err == nil || state.NextTry.IsZero() || state.Limit != 1 {
		t.Errorf("%+v", state)
	}
	if !errors.Is(state.Err, registry.ErrUnavailable) || strings.Contains(state.Err.Error(), "asked again") {
		t.Error(state.Err)
	}

	// A person wants it now.
	m.is(status(200, `{"tags":["1"]}`))
	m.client.TryNow("other.example.com")
	if err := m.tags(t, "shop/api"); err == nil {
		t.Error("the pause has ended")
	}
	m.client.TryNow(m.host)
	if err := m.tags(t, "shop/api"); err != nil {
		t.Error(err)
	}
	if state := m.state(); !state.DownSince.IsZero() || state.Err != nil || !state.NextTry.IsZero() {
		t.Errorf("back: %+v", state)
	}
}

func TestTryNowLeavesALimitAlone(t *testing.T) {
	m := newMoody(t, 4)
	m.is(status(429, ""))
	_ = m.tags(t, "shop/api")
	m.client.TryNow(m.host)
	m.asked.Store(0)
	if err := m.tags(t, "shop/api"); !errors.Is(err, registry.ErrLimited) || m.asked.Load() != 0 {
		t.Error(err)
	}
}

func TestOneBrokenRepositoryDoesNotStopTheOthers(t *testing.T) {
	m := newMoody(t, 1)
	m.is(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "broken") {
			w.WriteHeader(500)
			return
		}
		_, _ = io.WriteString(w, `{"tags":["1"]}`)
	})
	for round := range 5 {
		if err := m.tags(t, "shop/broken"); !errors.Is(err, registry.ErrUnavailable) {
			t.Error(err)
		}
		if err := m.tags(t, "shop/api"); err != nil {
			t.Errorf("in round %d: %v", round, err)
		}
	}
}

func TestAHostIsAskedAFewThingsAtATime(t *testing.T) {
	const limit, callers = 4, 12
	m := newMoody(t, 0)
	var now, most atomic.Int64
	full, open := make(chan struct{}), make(chan struct{})
	m.is(func(w http.ResponseWriter, _ *http.Request) {
		n := now.Add(1)
		defer now.Add(-1)
		most.Store(max(most.Load(), n))
		if n == limit {
			close(full)
			full = make(chan struct{})
		}
		<-open
		_, _ = io.WriteString(w, `{"tags":["1"]}`)
	})
	entered := full
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	var givenUp atomic.Int64
	for i := range callers {
		group.Go(func() {
			_, err := m.client.Tags(ctx, repository(t, m.host+"/shop/s"+string(rune('a'+i))))
			if errors.Is(err, context.Canceled) {
				givenUp.Add(1)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	<-entered
	m.until(t, func(s registry.HostState) bool { return s.Waiting == callers-limit })
	cancel()
	m.until(t, func(s registry.HostState) bool { return s.Waiting == 0 && s.InFlight == 0 })
	close(open)
	group.Wait()
	if most.Load() != limit || givenUp.Load() != callers {
		t.Errorf("%d at a time, %d gave up", most.Load(), givenUp.Load())
	}
	if err := m.tags(t, "shop/api"); err != nil {
		t.Errorf("places were lost: %v", err)
	}
}

func TestThoseWhoWaitAreSentAwayByALimit(t *testing.T) {
	m := newMoody(t, 1)
	arrived, limit := make(chan struct{}), make(chan struct{})
	m.is(func(w http.ResponseWriter, _ *http.Request) {
		close(arrived)
		<-limit
		w.WriteHeader(429)
	})
	var group sync.WaitGroup
	for i := range 5 {
		group.Go(func() {
			if _, err := m.client.Tags(t.Context(), repository(t, m.host+"/shop/s"+string(rune('a'+i)))); !errors.Is(err, registry.ErrLimited) {
				t.Error(err)
			}
		})
	}
	<-arrived
	m.until(t, func(s registry.HostState) bool { return s.Waiting == 4 })
	close(limit)
	group.Wait()
	if n := m.asked.Load(); n != 1 {
		t.Errorf("it was asked %d times", n)
	}
}
