// Package scan looks again and again which tags image repositories have, and
// what is behind those that somebody has to know.
//
// A [Scanner] is told which repositories to follow and tells a [Result] after
// each scan. It looks often at what changes and rarely at what does not. While
// nothing changes a scan costs two requests: the tag list, and the digest of
// one tag that Git names. What a digest is, the registry's client remembers.
package scan

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/evenkeel/evenkeel/engine/imagepolicy"
	"github.com/evenkeel/evenkeel/registry"
)

// scansAtOnce is how many repositories of one host are looked at together. One
// that is slow does not keep the other hosts waiting.
const scansAtOnce = 4

// Target is a repository to follow, and what is wanted of it.
type Target struct {
	Repository registry.Repository
	// Current are the tags that Git names. The images behind them are always
	// known, and each scan asks again for the digest of one of them, in turn, so
	// that a tag that was moved is noticed.
	Current []string
	// Need lists the tags whose build times must be known before a policy can
	// choose among the known ones. It is called again with what was learnt, until
	// all it lists was asked. It only computes, and may be called by any
	// goroutine. May be nil.
	Need func(known []imagepolicy.Tag) []string
	// Credentials are asked for before a registry is, and what could not be read
	// of them is told when the registry denies access. May be nil.
	Credentials func(ctx context.Context) ([]registry.Credentials, []error)
}

// Result is what is known of a repository after a scan. It is shared: do not
// change it.
type Result struct {
	Repository registry.Repository
	// Tags are those that the registry last listed; none when it never did.
	Tags registry.TagList
	// Images are the images behind tags that were needed or are current. A tag
	// that has gone from the registry may still be here.
	Images map[string]registry.Image
	// Broken says why of the image behind a tag nothing can be known: there is
	// none, or it is none. Policies go on without.
	Broken map[string]error
	// Changed tells that there is something else in Tags, Images or Broken than
	// the last time.
	Changed bool
	// Err is the trouble of this scan, nil when it went well. What else there is
	// was then known before.
	Err error
	// At is when a scan last went well, Next when the next is due.
	At, Next time.Time
}

// Known are the tags as policies choose among them.
func (r Result) Known() []imagepolicy.Tag {
	known := make([]imagepolicy.Tag, len(r.Tags.Tags))
	for i, name := range r.Tags.Tags {
		image, asked := r.Images[name]
		asked = asked || r.Broken[name] != nil
		known[i] = imagepolicy.Tag{
			Name: name, Digest: image.Digest,
			Created: image.Created, Undated: asked && image.Created.IsZero(),
		}
	}
	return known
}

// Scanner follows repositories. Its methods may be called by any goroutine.
type Scanner struct {
	client   *registry.Client
	interval time.Duration
	tell     func(Result)
	started  atomic.Bool
	// wake tells that something is due earlier than it was, or can be started.
	wake chan struct{}

	mu    sync.Mutex
	posts map[registry.Repository]*post
	busy  map[string]int // scans under way, by host
}

// New makes a scanner that looks at each repository at least once in an
// interval of a second or more, unless its registry wants to be asked less.
//
// Results are told in order for each repository, but those of several may be
// told at the same time. A scan ends when tell returns, so it should not take
// long, and end when Run's context does.
func New(client *registry.Client, interval time.Duration, tell func(Result)) *Scanner {
	return &Scanner{
		client: client, interval: max(interval, time.Second), tell: tell,
		wake:  make(chan struct{}, 1),
		posts: map[registry.Repository]*post{},
		busy:  map[string]int{},
	}
}

// Follow says which repositories to look at, each named once, in place of all
// that was said before. One that stays keeps its schedule, but what its target
// newly needs to know of tags is asked at once; a new one is due at once; one
// that is left out is told of no more, but for a result on its way.
func (s *Scanner) Follow(targets []Target) {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := maps.Clone(s.posts)
	for _, t := range targets {
		delete(left, t.Repository)
		p, stays := s.posts[t.Repository]
		if !stays {
			p = newPost(t.Repository)
			s.posts[t.Repository] = p
		}
		p.target, p.revised = t, stays
	}
	for repository, p := range left {
		delete(s.posts, repository)
		if p.stop != nil {
			p.stop()
		}
	}
	s.signal()
}

// Rescan makes repositories due now; without any, all of them. A registry that
// is down is tried, one that wants to be asked less is not. Of repositories that
// are named, each tag that Git names is asked for.
func (s *Scanner) Rescan(repositories ...registry.Repository) {
	s.mu.Lock()
	defer s.mu.Unlock()
	named := len(repositories) > 0
	if !named {
		repositories = slices.Collect(maps.Keys(s.posts))
	}
	for _, repository := range repositories {
		if p := s.posts[repository]; p != nil {
			s.client.TryNow(repository.Host)
			p.due, p.wanted, p.thorough = time.Now(), true, p.thorough || named
		}
	}
	s.signal()
}

// Run scans until the context ends, and returns once everything it started has
// ended. It may be called once.
func (s *Scanner) Run(ctx context.Context) error {
	if !s.started.CompareAndSwap(false, true) {
		return errors.New("the scanner has been started before")
	}
	var scans sync.WaitGroup
	defer scans.Wait()
	alarm := time.NewTimer(0)
	defer alarm.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.wake:
		case <-alarm.C:
		}
		if next := s.startDue(ctx, &scans); !next.IsZero() {
			alarm.Reset(time.Until(next))
		}
	}
}

func (s *Scanner) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// startDue starts what is due, the longest due first, and tells when something
// will be; zero when only the end of a scan, or a call, can bring that about.
func (s *Scanner) startDue(ctx context.Context, scans *sync.WaitGroup) (next time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var idle []*post
	for _, p := range s.posts {
		if p.stop == nil {
			idle = append(idle, p)
		}
	}
	slices.SortFunc(idle, func(a, b *post) int { return cmp.Or(a.due.Compare(b.due), cmp.Compare(a.path, b.path)) })
	now := time.Now()
	for _, p := range idle {
		e, due := p.errand(now)
		switch host := p.target.Repository.Host; {
		case !due:
			if next.IsZero() {
				next = p.due
			}
		case s.busy[host] < scansAtOnce:
			s.busy[host]++
			limited, stop := context.WithCancel(ctx)
			p.stop = stop
			scans.Go(func() {
				defer stop()
				s.scan(limited, p, e)
			})
		}
	}
	return next
}

// scan runs one errand and tells what came of it.
func (s *Scanner) scan(ctx context.Context, p *post, e errand) {
	found, err := p.look(ctx, s.client, e)
	if r, told := s.conclude(ctx, p, e, found, err); told {
		s.tell(r)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p.stop = nil
	s.busy[e.target.Repository.Host]--
	s.signal()
}

// conclude decides when the next scan is due, and what is told of this one.
func (s *Scanner) conclude(ctx context.Context, p *post, e errand, found bool, err error) (r Result, told bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() != nil {
		return Result{}, false // nobody wants to know any more
	}
	now := time.Now()
	if e.list || err != nil {
		p.plan(now, s.interval, found, err != nil, s.nextTry(e.target.Repository.Host, err))
	}
	switch {
	case err != nil:
		p.thorough = p.thorough || e.thorough
	case e.list:
		p.at = now
	}
	if err == nil && !e.list && !p.changed {
		return Result{}, false // there was nothing to ask
	}
	return p.result(err), true
}

// nextTry is from when a host can be asked again after trouble; zero when that
// is up to us.
func (s *Scanner) nextTry(host string, err error) time.Time {
	if err == nil {
		return time.Time{}
	}
	for _, h := range s.client.Hosts() {
		if h.Host == host {
			return h.NextTry
		}
	}
	return time.Time{}
}
