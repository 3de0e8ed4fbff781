package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/engine/imagepolicy"
	"github.com/evenkeel/evenkeel/engine/scan"
	"github.com/evenkeel/evenkeel/registry"
)

// registries is the engine's view of the image registries. The client and the
// scanner may be used by any goroutine once they are set; the rest is the
// engine's own.
type registries struct {
	client  atomic.Pointer[registry.Client]
	scanner atomic.Pointer[scan.Scanner]
	keyring *keyring

	known   map[registry.Repository]*known
	trouble map[string]string // by host or repository: what was told of it last
	// opened is true once it is known whether registries can be asked, and
	// failed is why they cannot.
	opened bool
	failed string
}

// known is what a scan has found. It is immutable once the engine has it.
type known struct {
	scan.Result
	facts *facts
}

// facts are what a scan has found but for its age: scans that find the same
// share them.
type facts struct{ tags func() []imagepolicy.Tag }

func newKnown(r scan.Result) *known {
	return &known{Result: r, facts: &facts{sync.OnceValue(r.Known)}}
}

// tags are those that there are, for the policies.
func (k *known) tags() []imagepolicy.Tag { return k.facts.tags() }

// watchRegistries looks for tags until ctx ends.
func (e *Engine) watchRegistries(ctx context.Context) {
	client, err := e.openRegistries()
	if err != nil {
		e.post(func() {
			e.images.opened, e.images.failed = true, err.Error()
			e.note("", true, "images are not looked for: %v", err)
			e.covered(e.envs...)
		})
		return
	}
	// Whoever asks it later than this is told that it is closed.
	defer client.Close()
	scanner := scan.New(client, e.opts.Config.Registries.Interval, func(r scan.Result) {
		k := newKnown(r)
		e.post(func() { e.scanned(k) })
	})
	e.images.client.Store(client)
	e.images.scanner.Store(scanner)
	e.post(func() {
		e.images.opened = true
		for _, notice := range client.Notices() {
			e.note("", false, "%s", notice)
		}
		e.covered(e.envs...)
	})
	_ = scanner.Run(ctx) // it ends with ctx
}

func (e *Engine) openRegistries() (*registry.Client, error) {
	dir := e.opts.CacheDir
	if dir == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return nil, fmt.Errorf("find the user's cache directory: %w", err)
		}
		dir = filepath.Join(base, "evenkeel")
	}
	return registry.Open(registry.Options{
		CacheDir:     filepath.Join(dir, "registry"),
		Logins:       loginsOf(e.opts.Logins),
		DockerConfig: registry.DefaultDockerConfig(),
		Insecure:     e.opts.Config.Registries.Insecure,
		UserAgent:    "evenkeel/" + e.opts.Version,
	})
}

func loginsOf(logins map[string]config.Login) registry.Credentials {
	var all registry.Credentials
	// The nearer one, of a path in a host, is tried before that of the host.
	for _, key := range slices.Backward(slices.Sorted(maps.Keys(logins))) {
		l := logins[key]
		all = all.And(registry.NewCredentials("settings.yaml", key, registry.Login{Username: l.Username, Password: l.Password}))
	}
	return all
}

// covered tells the scanner what the environments name now, and weighs anew
// what those given could have.
func (e *Engine) covered(anew ...*environment) {
	targets := map[registry.Repository]*target{}
	for _, env := range e.envs {
		if env.desired == nil {
			continue
		}
		for _, u := range env.desired.uses {
			if !u.covered() {
				continue
			}
			t := targets[u.ref.Repository]
			if t == nil {
				t = &target{}
				targets[u.ref.Repository] = t
			}
			t.add(env, u)
		}
	}
	for _, env := range anew {
		env.unweighed = true
		e.weigh(env)
	}
	scanner := e.images.scanner.Load()
	if scanner == nil {
		return
	}
	all := make([]scan.Target, 0, len(targets))
	for repository, t := range targets {
		all = append(all, scan.Target{
			Repository: repository, Current: t.current, Need: t.need,
			Credentials: func(ctx context.Context) ([]registry.Credentials, []error) {
				return t.credentials(ctx, e.images.keyring)
			},
		})
		if k := e.images.known[repository]; k != nil && errors.Is(k.Err, registry.ErrUnauthorized) {
			e.images.keyring.forget() // what is named now may open it
		}
	}
	for repository := range e.images.known {
		if targets[repository] == nil {
			delete(e.images.known, repository)
		}
	}
	scanner.Follow(all)
}

// target is what the environments want to know of a repository. It does not
// change once it is given away.
type target struct {
	current []string
	wants   []want
	sources []clusterSources
}

// want is a policy, where it is written, and the tag that it starts from. The
// same text means different things in different places.
type want struct {
	from    string
	policy  imagepolicy.Policy
	current imagepolicy.Tag
}

// clusterSources are where an environment's cluster has credentials.
type clusterSources struct {
	env     *environment
	sources []pullSource
}

func (t *target) add(env *environment, u *use) {
	if tag := u.ref.Tag; tag != "" && !slices.Contains(t.current, tag) {
		t.current = append(t.current, tag)
	}
	w := want{u.rule.From, u.rule.Policy, imagepolicy.Tag{Name: u.ref.Tag, Digest: u.ref.Digest}}
	same := func(other want) bool {
		return other.from == w.from && other.policy.String() == w.policy.String() && other.current.Name == w.current.Name
	}
	if !slices.ContainsFunc(t.wants, same) {
		t.wants = append(t.wants, w)
	}
	if n := len(t.sources); n == 0 || t.sources[n-1].env != env {
		t.sources = append(t.sources, clusterSources{env: env})
	}
	last := &t.sources[len(t.sources)-1]
	last.sources = append(last.sources, u.pull)
}

// need lists the tags of which more has to be known: for a policy that orders
// by build time, all that it could choose; and always what it has chosen and
// what Git names, whose labels and dates people are shown.
func (t *target) need(tags []imagepolicy.Tag) []string {
	var names []string
	for _, w := range t.wants {
		d := imagepolicy.Choose(w.policy, w.current, tags)
		names = append(names, d.Undated...)
		if d.Allowed != nil && d.Verdict == imagepolicy.Update {
			names = append(names, d.Allowed.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (t *target) credentials(ctx context.Context, k *keyring) ([]registry.Credentials, []error) {
	var all []registry.Credentials
	var errs []error
	for _, s := range t.sources {
		if l := s.env.link.Load(); l != nil {
			found, wrong := k.credentials(ctx, l.cluster, s.sources)
			all, errs = append(all, found...), append(errs, wrong...)
		}
	}
	return all, errs
}

// scanned takes in what was found in a repository.
func (e *Engine) scanned(k *known) {
	before := e.images.known[k.Repository]
	if before != nil && !k.Changed {
		k.facts = before.facts
	}
	e.images.known[k.Repository] = k
	e.tellTrouble(k)
	if errors.Is(k.Err, registry.ErrUnauthorized) {
		e.images.keyring.forget()
	}
	same := before != nil && !k.Changed && fmt.Sprint(before.Err) == fmt.Sprint(k.Err)
	now := time.Now()
	e.dirty = e.dirty || !same
	for _, env := range e.envs {
		if env.desired == nil || same && env.made.err == nil && now.Sub(env.agedAt) < ageEvery {
			continue
		}
		if !slices.ContainsFunc(env.desired.uses, func(u *use) bool { return u.covered() && u.ref.Repository == k.Repository }) {
			continue
		}
		if same {
			// Only the age of what is known is another.
			env.agedAt, env.unshown, e.dirty = now, true, true
		}
		if !same || env.made.err != nil {
			env.unweighed = true
			e.weigh(env)
		}
	}
}

// ageEvery is the least time between two snapshots that tell nothing new but
// that registries were asked again.
const ageEvery = 10 * time.Second

// tellTrouble notes when a registry begins to fail and when it works again: for
// the registry as a whole, or for the one repository that it does not show.
func (e *Engine) tellTrouble(k *known) {
	if k.Err != nil {
		about := k.Repository.String()
		if errors.Is(k.Err, registry.ErrInsecure) || e.isDown(k.Repository.Host) {
			about = k.Repository.Host
		}
		if text := k.Err.Error(); e.images.trouble[about] == "" {
			e.images.trouble[about] = text
			e.note("", true, "%s", text)
		}
		return
	}
	for _, was := range [...]string{k.Repository.Host, k.Repository.String()} {
		if e.images.trouble[was] != "" {
			delete(e.images.trouble, was)
			e.note("", false, "%s answers again", was)
		}
	}
}

// isDown tells whether a registry answers nobody. One that fails for a single
// repository answers for the others.
func (e *Engine) isDown(host string) bool {
	return slices.ContainsFunc(e.hosts(), func(r Registry) bool {
		return r.Host == host && (!r.DownSince.IsZero() || !r.LimitedSince.IsZero())
	})
}

// hosts is how the registries do, as readers see it.
func (e *Engine) hosts() []Registry {
	client := e.images.client.Load()
	if client == nil {
		return nil
	}
	states := client.Hosts()
	shown := make([]Registry, len(states))
	for i, s := range states {
		shown[i] = Registry{Host: s.Host, DownSince: s.DownSince, LimitedSince: s.LimitedSince, NextTry: s.NextTry, LastAnswer: s.LastAnswer}
		if s.Err != nil {
			shown[i].Err = s.Err.Error()
		}
	}
	return shown
}
