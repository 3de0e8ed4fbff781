package engine

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/gitrepo"
)

// repository is the engine's view of the config repository. The mirror may be
// used by any goroutine once it is set; the rest is the engine's own.
type repository struct {
	spec   config.Repository
	shown  string // the URL as it may be shown
	mirror atomic.Pointer[gitrepo.Mirror]
	again  chan struct{} // holds a token when a fetch is wanted now

	head      gitrepo.Hash
	branch    string
	fetchedAt time.Time
	fetching  bool
	tried     bool // a fetch has ended, well or not
	// askedAt is when the fetch under way began, or the last one, and answeredAt
	// when the last one began that has ended, well or not.
	askedAt, answeredAt time.Time
	err                 string
}

func newRepository(spec config.Repository) repository {
	if spec.Interval <= 0 {
		spec.Interval = config.DefaultInterval
	}
	return repository{spec: spec, shown: gitrepo.Display(spec.URL), branch: spec.Branch, again: make(chan struct{}, 1)}
}

// poke asks for a fetch now; it never blocks.
func (r *repository) poke() {
	select {
	case r.again <- struct{}{}:
	default:
	}
}

func (r *repository) close() {
	if m := r.mirror.Load(); m != nil {
		// The mirror is only a cache: nothing is lost if closing it fails.
		_ = m.Close()
	}
}

// follow keeps the mirror equal to the remote until ctx ends.
func (e *Engine) follow(ctx context.Context) {
	m := e.openMirror(ctx)
	if m == nil {
		return
	}
	e.repo.mirror.Store(m)
	if head, err := m.Head(); err == nil && head != "" {
		// What was fetched earlier is worth showing until the remote answers.
		e.post(func() { e.moveTo(head, m.Branch()) })
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-e.repo.again:
		case <-timer.C:
		}
		asked := time.Now()
		e.post(func() { e.repo.fetching, e.repo.askedAt, e.dirty = true, asked, true })
		head, err := fetch(ctx, m)
		if ctx.Err() != nil {
			return
		}
		now := time.Now()
		e.post(func() { e.fetched(m, head, err, now) })
		timer.Reset(e.repo.spec.Interval)
	}
}

// fetchPatience is how long a remote may take: a large repository comes whole
// the first time, but one that hangs must not hang the engine's view of it.
const fetchPatience = 10 * time.Minute

func fetch(ctx context.Context, m *gitrepo.Mirror) (gitrepo.Hash, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchPatience)
	defer cancel()
	return m.Fetch(ctx)
}

// openMirror opens the mirror, trying again for as long as it takes; it
// returns nil when ctx has ended.
func (e *Engine) openMirror(ctx context.Context) *gitrepo.Mirror {
	for wait := time.Second; ; wait = min(2*wait, time.Minute) {
		m, err := gitrepo.Open(ctx, e.mirrorOptions())
		if err == nil {
			return m
		}
		e.post(func() { e.fetched(nil, "", err, time.Time{}) })
		select {
		case <-ctx.Done():
			return nil
		case <-e.repo.again:
		case <-time.After(wait):
		}
	}
}

// fetched takes in how a fetch ended.
func (e *Engine) fetched(m *gitrepo.Mirror, head gitrepo.Hash, err error, at time.Time) {
	r := &e.repo
	first := !r.tried
	r.fetching, r.tried, e.dirty = false, true, true
	r.answeredAt = r.askedAt
	for _, env := range e.envs {
		env.reconsider() // it may have waited for what Git says now
	}
	if err != nil {
		if text := err.Error(); text != r.err {
			r.err = text
			e.note("", true, "fetch failed: %s", text)
		}
		return
	}
	if r.err != "" {
		e.note("", false, "fetching works again")
	}
	r.err, r.fetchedAt = "", at
	for _, env := range e.envs {
		// What could not be read of the mirror may be there again.
		e.renderAgain(env, env.broken == head && env.rendering == "")
	}
	moved := head != r.head
	if moved {
		if commit, err := m.Commit(head); err == nil && !first {
			e.note("", false, "fetched %s by %s %q", head.Short(), commit.Author.Name, commit.Subject)
		}
		e.moveTo(head, m.Branch())
	}
	e.listed(m, moved)
}

// moveTo makes head the commit that every environment should be at.
func (e *Engine) moveTo(head gitrepo.Hash, branch string) {
	e.repo.head, e.repo.branch, e.dirty = head, branch, true
	for _, env := range e.envs {
		e.render(env)
	}
}

// mirror returns the mirror, or says that it is not there yet.
func (e *Engine) mirror() (*gitrepo.Mirror, error) {
	m := e.repo.mirror.Load()
	if m == nil {
		return nil, fmt.Errorf("%w: the repository has not been opened yet", ErrNotReady)
	}
	return m, nil
}
