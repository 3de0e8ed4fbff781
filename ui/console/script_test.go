package console

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/drift"
)

// scripted is an engine whose state a test writes.
type scripted struct {
	mu        sync.Mutex
	snapshot  *engine.Snapshot
	readers   []chan *engine.Snapshot
	outcomes  chan engine.Outcome
	refreshed int
	planErr   error
	// refuses are the objects, by name, that the server refuses, and its words.
	refuses map[string]string
	// subject is that of the newest commit.
	subject   string
	rescanned []string
	lookedUp  [][]string
	requests  []engine.Request
	compared  [][2]engine.At
	// deployments are what production took, and actions of what its commits are,
	// by their place.
	deployments []engine.Deployment
	actions     map[int]string
	pods        []engine.Pod
	events      []engine.ClusterEvent
	// hold makes Execute wait until it is closed; nil does not.
	hold chan struct{}
}

func newScripted(s *engine.Snapshot) *scripted {
	return &scripted{subject: "api: 1.8.2 → 1.9.0", snapshot: s, outcomes: make(chan engine.Outcome, 8)}
}

func (s *scripted) Snapshot() *engine.Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.snapshot
}

func (s *scripted) Subscribe(context.Context) <-chan *engine.Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch := make(chan *engine.Snapshot, 1)
	s.readers = append(s.readers, ch)
	return ch
}

// publish makes a snapshot the newest one.
func (s *scripted) publish(next *engine.Snapshot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.snapshot = next
	for _, ch := range s.readers {
		select {
		case <-ch:
		default:
		}
		ch <- next
	}
}

func (s *scripted) Outcomes(context.Context) <-chan engine.Outcome { return s.outcomes }
func (s *scripted) Refresh()                                       { s.refreshed++ }

func (s *scripted) Rescan(repositories ...string) { s.rescanned = append(s.rescanned, repositories...) }

// Candidates are as many versions as the script has, the newest first.
func (s *scripted) Candidates(_ context.Context, environment string, object engine.ID, container string) (*engine.Candidates, error) {
	env := s.Snapshot().Environment(environment)
	if env == nil {
		return nil, fmt.Errorf("there is no environment %s", environment)
	}
	for _, i := range env.Images {
		if i.Object == object && i.Container == container {
			c := &engine.Candidates{Image: *i, Signatures: 3}
			for _, name := range []string{"2.0.0-rc1", "1.9.0", "1.8.3", "1.8.2", "1.8.1", s.subject} {
				t := engine.Tag{Name: name, Allowed: strings.HasPrefix(name, "1."), Desired: name == i.Desired, Live: name == i.Live}
				if !t.Allowed {
					t.Reason = "no release"
				}
				c.Tags = append(c.Tags, t)
			}
			return c, nil
		}
	}
	return nil, fmt.Errorf("there is no image %s of %s", container, object)
}

func (s *scripted) LookUp(_ context.Context, _, _ string, tags []string) ([]engine.Tag, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lookedUp = append(s.lookedUp, tags)
	var out []engine.Tag
	for n, name := range tags {
		out = append(out, engine.Tag{
			Name: name, Known: true, Built: noon.Add(-time.Duration(n+2) * time.Hour), Digest: "sha256:" + strings.Repeat("0123456789abcdef", 4),
			Source: "https://git.acme.dev/api", Revision: "5e1f0aa", Version: name, Platforms: []string{"linux/amd64", "linux/arm64"}, Size: 41_000_000,
		})
	}
	return out, nil
}

func (s *scripted) History(_ context.Context, q engine.HistoryQuery) (engine.History, error) {
	commit := func(hash string, age time.Duration, author, subject string) engine.HistoryCommit {
		return engine.HistoryCommit{Commit: engine.Commit{
			Hash: hash + strings.Repeat("0", 40-len(hash)), Author: author, Email: author + "@acme.dev", Time: noon.Add(-age), Subject: subject,
		}}
	}
	h := engine.History{Commits: []engine.HistoryCommit{
		commit("3f2a91c", 2*time.Hour, "api-ci", s.subject),
		commit("a81c0de", 26*time.Hour, "web", "raise web replicas"),
		commit("77b0e12", 30*time.Hour, "ops", "promote web 1.25.3"),
		commit("19ce4aa", 3*24*time.Hour, "search", "add search service"),
		commit("0d31f7c", 6*24*time.Hour, "ops", "roll back api to 1.8.1"),
	}}
	for i, action := range s.actions {
		h.Commits[i].Action = action
	}
	h.Commits[1].Environments = []string{"production"}
	h.Commits[0].Environments = []string{"staging"}
	h.Commits = slices.DeleteFunc(h.Commits, func(c engine.HistoryCommit) bool { return !strings.Contains(c.Subject, q.Text) })
	return h, nil
}

func (s *scripted) Plan(_ context.Context, r engine.Request) (*engine.Plan, error) {
	s.requests = append(s.requests, r)
	if s.planErr != nil {
		return nil, s.planErr
	}
	p := &engine.Plan{Request: r, BaseRevision: head, Protected: r.Environment == "production"}
	env := s.Snapshot().Environment(r.Environment)
	if env == nil {
		return nil, fmt.Errorf("there is no environment %s", r.Environment)
	}
	switch r.Action {
	case engine.ActionSync:
	case engine.ActionSuspend, engine.ActionResume:
		return p, nil
	default:
		committing(env, p)
		return p, nil
	}
	if r.Prune {
		p.Changes = append(p.Changes, env.Waiting...)
	} else {
		p.Waiting = env.Waiting
	}
	for _, o := range env.Objects {
		waits := slices.ContainsFunc(env.Waiting, func(c engine.Change) bool { return c.ID == o.ID })
		if waits || len(r.Objects) > 0 && !slices.Contains(r.Objects, o.ID) {
			continue
		}
		if c := change(env, o); c != nil {
			p.Changes = append(p.Changes, *c)
		} else {
			p.Unchanged++
		}
	}
	p.Gates = []engine.Gate{{Name: "readable", Met: true, Reason: "the cluster can be read"}}
	return p, nil
}

func (s *scripted) Deployments(context.Context, string) ([]engine.Deployment, error) {
	return s.deployments, nil
}

func (s *scripted) Attribute(context.Context, *engine.Plan) error { return nil }

func (s *scripted) Execute(ctx context.Context, p *engine.Plan, report func(engine.Step)) (engine.Outcome, error) {
	o := engine.Outcome{Action: p.Action, Environment: p.Environment, Revision: p.BaseRevision, Started: noon, Ended: noon.Add(1200 * time.Millisecond)}
	if p.Commit != nil {
		o.Commit = older
		s.outcomes <- o
		return o, nil
	}
	for _, c := range p.Changes {
		step := engine.Step{ID: c.ID, Operation: c.Operation, Took: 30 * time.Millisecond, Err: s.refuses[c.Name]}
		report(step)
		o.Steps = append(o.Steps, step)
		if s.hold != nil {
			select {
			case <-s.hold:
			case <-ctx.Done():
			}
		}
	}
	s.outcomes <- o
	return o, nil
}

func (s *scripted) Inspect(_ context.Context, environment string, id engine.ID) (*engine.Inspection, error) {
	env := s.Snapshot().Environment(environment)
	if env == nil {
		return nil, fmt.Errorf("there is no environment %s", environment)
	}
	o := env.Object(id)
	if o == nil {
		return nil, fmt.Errorf("inspect %s in %s: there is no such object", id, environment)
	}
	return &engine.Inspection{Environment: environment, ID: id, Revision: head, Object: o, Change: change(env, o), Desired: manifest(id, "3", "info")}, nil
}

func (s *scripted) Explain(_ context.Context, in *engine.Inspection) (*engine.Inspection, error) {
	return in, nil
}

func (s *scripted) LiveYAML(_ context.Context, _ string, id engine.ID) (string, error) {
	return manifest(id, "9", "debug"), nil
}

func (s *scripted) Events(context.Context, string, engine.ID) ([]engine.ClusterEvent, error) {
	return s.events, nil
}
func (s *scripted) Pods(context.Context, string, engine.ID) ([]engine.Pod, error) { return s.pods, nil }
func (s *scripted) Logs(context.Context, engine.LogQuery) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader("listening on :8080\n")), nil
}

func (s *scripted) Revision(_ context.Context, environment, hash string) (*engine.Revision, error) {
	return &engine.Revision{
		Commit:      engine.Commit{Hash: hash, Author: "api-ci", Email: "api-ci@acme.dev", Time: noon.Add(-2 * time.Hour), Subject: "api: 1.8.2 → 1.9.0"},
		Environment: environment, Message: "api: 1.8.2 → 1.9.0\n", Parent: older,
		Files: []engine.FileChange{{
			Path: "environments/" + environment + "/api.yaml", Operation: engine.Update, Concerns: true,
			Before: "image: api:1.8.2\n", After: "image: api:1.9.0\n",
		}},
	}, nil
}

func (s *scripted) Moment(_ context.Context, at engine.At) (*engine.Moment, error) {
	id := engine.ID{Group: "apps", Kind: "Deployment", Namespace: "shop", Name: "api"}
	return &engine.Moment{
		At: at, Objects: []engine.MomentObject{{ID: id, File: "api.yaml", Line: 1, YAML: manifest(id, "3", "info")}},
		Images: []engine.MomentImage{{Object: id, Container: "main", Repository: "registry.acme.dev/api", Tag: "1.8.2"}},
	}, nil
}

func (s *scripted) Compare(_ context.Context, from, to engine.At) (*engine.Comparison, error) {
	s.compared = append(s.compared, [2]engine.At{from, to})
	id := engine.ID{Group: "apps", Kind: "Deployment", Namespace: "shop", Name: "api"}
	return &engine.Comparison{
		From: from, To: to, Unchanged: 40,
		Changes: []engine.Change{{Environment: to.Environment, ID: id, Operation: engine.Update, Live: manifest(id, "1", "info"), Desired: manifest(id, "3", "info")}},
	}, nil
}

const (
	head  = "3f2a91c000000000000000000000000000000000"
	older = "a81c0de000000000000000000000000000000000"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// manifest is a Deployment as Git or the cluster has it.
func manifest(id engine.ID, replicas, level string) string {
	return fmt.Sprintf(`apiVersion: apps/v1
kind: %s
metadata:
  name: %s
  namespace: %s
spec:
  replicas: %s
  template:
    spec:
      containers:
      - name: main
        env:
        - name: LOG_LEVEL
          value: %s
        image: registry.acme.dev/api:1.8.2
`, id.Kind, id.Name, id.Namespace, replicas, level)
}

// change is what a sync does to an object of the script.
func change(env *engine.Environment, o *engine.Object) *engine.Change {
	c := &engine.Change{Environment: env.Name, ID: o.ID, File: o.File, Line: o.Line}
	switch o.Drift {
	case engine.DriftModified:
		c.Operation, c.Live, c.Desired = engine.Update, manifest(o.ID, "9", "debug"), manifest(o.ID, "3", "info")
		c.Fields = []engine.FieldChange{
			{Field: drift.Field{Path: "spec.replicas", Desired: "3", Live: "9", Manager: "kubectl", ChangedAt: noon.Add(-3 * time.Minute)}},
		}
	case engine.DriftMissing:
		c.Operation, c.Desired = engine.Create, manifest(o.ID, "3", "info")
	case engine.DriftExtra:
		c.Operation, c.Live = engine.Delete, manifest(o.ID, "9", "debug")
	default:
		return nil
	}
	return c
}

// object is an object of the script.
func object(kind, namespace, name string, d engine.Drift, h engine.Health) *engine.Object {
	id := engine.ID{Kind: kind, Namespace: namespace, Name: name}
	o := &engine.Object{ID: id, Version: "v1", Drift: d, Health: h, Managed: true, File: "environments/" + name + ".yaml", Line: 1, Application: name}
	if kind == "Deployment" {
		o.ID.Group = "apps"
		o.Containers = []engine.Container{{Name: "main", Desired: "registry.acme.dev/" + name + ":1.8.2", Live: "registry.acme.dev/" + name + ":1.8.2"}}
	}
	if d == engine.DriftExtra {
		o.File, o.Line = "", 0
	}
	if d == engine.DriftModified {
		o.ChangedBy, o.ChangedAt = "kubectl-edit", noon.Add(-12*time.Minute)
	}
	return o
}

// environment counts what an environment of the script holds, and lists its
// images unless there are some.
func environment(e engine.Environment, objects ...*engine.Object) *engine.Environment {
	e.Objects, e.Counts = objects, map[engine.Drift]int{}
	own := e.Images == nil
	for _, o := range objects {
		e.Counts[o.Drift]++
		for _, k := range o.Containers {
			if own {
				e.Images = append(e.Images, picture(o, k))
			}
		}
	}
	return &e
}

// picture is the image of a container, which is as Git says.
func picture(o *engine.Object, k engine.Container) *engine.Image {
	repository, tag, _ := strings.Cut(k.Desired, ":")
	_, live, _ := strings.Cut(k.Live, ":")
	return &engine.Image{
		Object: o.ID, Container: k.Name, Repository: repository, Desired: tag, Live: live, State: engine.ImageLive,
		Policy: "semver:~1", PolicyFrom: "annotation evenkeel.dev/tag." + k.Name, Automated: true,
		Allowed: tag, Newest: tag, DesiredBuilt: noon.Add(-34 * 24 * time.Hour), AllowedBuilt: noon.Add(-34 * 24 * time.Hour), AsOf: noon.Add(-20 * time.Second),
	}
}

// shop is the state of the sketches: staging is synced, production differs.
func shop() *engine.Snapshot {
	const staging, production = "shop-staging", "shop-production"
	synced := func(namespace string) []*engine.Object {
		var all []*engine.Object
		for _, name := range []string{"api", "checkout", "web"} {
			all = append(all, object("ConfigMap", namespace, name, engine.DriftSynced, engine.Healthy))
		}
		return all
	}
	return &engine.Snapshot{
		Number: 1, At: noon, Automation: true,
		Repository: engine.Repository{URL: "ssh://git@git.example.com/acme/config.git", Branch: "main", Head: head, FetchedAt: noon.Add(-4 * time.Second)},
		Environments: []*engine.Environment{
			environment(engine.Environment{
				Name: "staging", Context: "kind-staging", Path: "environments/staging", Auto: true, State: engine.StateSynced, Health: engine.Healthy,
				Revision: head, AppliedRevision: head, Current: true, AsOf: noon, Settled: true,
			}, append(synced(staging), object("Deployment", staging, "api", engine.DriftSynced, engine.Healthy))...),
			environment(engine.Environment{
				Name: "production", Context: "kind-production", Path: "environments/production", Protected: true, PromotesFrom: "staging", State: engine.StateOutOfSync,
				Health: engine.Progressing, Message: "3 objects differ", Revision: head, AppliedRevision: older, Current: true, AsOf: noon, Settled: true,
			}, append(synced(production),
				object("Deployment", production, "api", engine.DriftModified, engine.Healthy),
				object("Deployment", production, "checkout", engine.DriftModified, engine.Progressing),
				object("Service", production, "search", engine.DriftMissing, engine.Missing))...),
		},
		Activity: []engine.Event{
			{At: noon.Add(-14 * time.Second), Environment: "staging", Text: "fetched 3f2a91c by api-ci: api: 1.8.2 → 1.9.0"},
			{At: noon.Add(-13 * time.Second), Environment: "staging", Text: "synced 3f2a91c in 1.2s: 1 changed, 40 unchanged"},
			{At: noon, Environment: "production", Text: "3 objects differ: api, checkout, search"},
		},
	}
}
