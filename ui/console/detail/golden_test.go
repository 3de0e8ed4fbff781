package detail_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/drift"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) {
	time.Local = time.UTC // the times that are shown are those of the person
	os.Exit(m.Run())
}

// state is a state of the panel.
type state struct {
	name string
	show func(t *testing.T) *user
}

// opened shows a modified Deployment in a tab.
func opened(tab string) func(*testing.T) *user {
	return func(t *testing.T) *user {
		env, o, in := modified("api")
		src := scripted(in)
		src.pods, src.events = twoPods, someEvents
		src.live = func() (string, error) {
			return in.Change.Live + "status:\n  readyReplicas: 9\n", nil
		}
		src.logs = func(_ context.Context, q engine.LogQuery) (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader("2026-11-23T12:00:00Z starting\n2026-11-23T12:00:01Z listening on :8080, log level " + strings.Repeat("debug ", 20) + "\npanic: no database\n")), nil
		}
		u := drive(t, src)
		u.run(u.ShowObject(env, o))
		u.tab(tab)
		u.stay()
		return u
	}
}

// inspected shows the tab Diff of an object that is inspected so.
func inspected(change func(*engine.Object, *engine.Inspection)) func(*testing.T) *user {
	return func(t *testing.T) *user {
		_, o, in := modified("api")
		o.ChangedBy = ""
		change(o, in)
		u := drive(t, scripted(in))
		u.run(u.ShowObject(world(o), o))
		u.stay()
		return u
	}
}

// looked shows a tab of a commit.
func looked(tab string, change func(*engine.Revision), actions ...keymap.Action) func(*testing.T) *user {
	return func(t *testing.T) *user {
		c, r := promotion()
		if change != nil {
			change(r)
		}
		u := drive(t, &script{revision: func(string) (*engine.Revision, error) { return r, nil }})
		u.run(u.ShowCommit("production", c))
		u.tab(tab)
		u.press(actions...)
		return u
	}
}

// thought shows what an environment was at a commit.
func thought(moment func(hash string) (*engine.Moment, error), actions ...keymap.Action) func(*testing.T) *user {
	return func(t *testing.T) *user {
		c, r := promotion()
		u := drive(t, &script{moment: moment, revision: func(string) (*engine.Revision, error) { return r, nil }})
		u.run(u.ShowCommit("production", c))
		u.tab("Then")
		u.press(actions...)
		return u
	}
}

// theMoment is what production was: some objects, one with two images.
func theMoment(hash string) (*engine.Moment, error) {
	config := engine.ID{Kind: "ConfigMap", Namespace: "shop-production", Name: "api"}
	return &engine.Moment{
		At: engine.At{Environment: "production", Revision: hash},
		Objects: []engine.MomentObject{
			{ID: config, File: "environments/production/config.yaml", Line: 1, YAML: "apiVersion: v1\nkind: ConfigMap\n"},
			{ID: deployment("api"), File: "environments/production/api.yaml", Line: 1, YAML: workload("api", 3, "info", "registry.acme.dev/api:1.8.2")},
			{ID: deployment("web"), File: "environments/production/web.yaml", Line: 12, YAML: workload("web", 2, "info", "registry.acme.dev/web:1.25.3")},
		},
		Images: []engine.MomentImage{
			{Object: deployment("api"), Container: "main", Repository: "registry.acme.dev/api", Tag: "1.8.2"},
			{Object: deployment("api"), Container: "proxy", Repository: "docker.io/envoyproxy/envoy", Tag: "v1.36.2"},
			{Object: deployment("web"), Container: "main", Repository: "registry.acme.dev/web", Tag: "1.25.3"},
		},
	}, nil
}

// standing shows a tab of an environment.
func standing(tab string, change func(*engine.Environment)) func(*testing.T) *user {
	return func(t *testing.T) *user {
		env := richWorld()
		change(env)
		u := drive(t, &script{})
		u.run(u.ShowEnvironment(env))
		u.tab(tab)
		return u
	}
}

func richWorld() *engine.Environment {
	_, api, _ := modified("api")
	search := &engine.Object{ID: engine.ID{Kind: "Service", Namespace: "shop-production", Name: "search"}, Drift: engine.DriftMissing}
	old := &engine.Object{ID: engine.ID{Kind: "ConfigMap", Namespace: "shop-production", Name: "old"}, Drift: engine.DriftExtra, Message: "its annotation keeps it"}
	web := &engine.Object{ID: deployment("web"), Drift: engine.DriftSynced, Health: engine.Healthy}
	e := world(old, api, web, search)
	e.Syncs = []engine.Sync{
		{Revision: "a81c0de4d5e6f7a8", Started: ago(26*time.Hour + 2*time.Second), Ended: ago(26 * time.Hour), Succeeded: true, Whole: true, Changed: 1, Unchanged: 40, By: "evenkeel on ops-1", Corrected: 2},
		{Revision: "77b0e12234567890", Started: ago(30*time.Hour + 9*time.Second), Ended: ago(30 * time.Hour), Whole: true, Created: 1, Unchanged: 39, Failed: 1, By: "mira", Message: "Deployment.apps shop-production/web: apply: spec.selector: Invalid value: field is immutable"},
	}
	e.Waiting = []engine.Change{{ID: engine.ID{Kind: "Namespace", Name: "shop-old"}, Operation: engine.Delete, Reason: "a Namespace is deleted only once a person approves"}}
	return e
}

func states() []state {
	all := []state{
		{"nothing", func(t *testing.T) *user { return drive(t, &script{}) }},
		{"diff-loading", func(t *testing.T) *user {
			env, o, in := modified("api")
			src := scripted(in)
			src.hold = map[string]chan struct{}{"Inspect": make(chan struct{})}
			u := drive(t, src)
			u.run(u.ShowObject(env, o))
			return u
		}},
		{"diff-explaining", func(t *testing.T) *user {
			env, o, in := modified("api")
			u := drive(t, scripted(in))
			u.run(u.ShowObject(env, o))
			return u
		}},
		{"diff-error", func(t *testing.T) *user {
			env, o, in := modified("api")
			src := scripted(in)
			src.inspect = func(engine.ID) (*engine.Inspection, error) { return nil, errRefused }
			u := drive(t, src)
			u.run(u.ShowObject(env, o))
			return u
		}},
		{"diff-unattributed", func(t *testing.T) *user {
			env, o, in := modified("api")
			src := scripted(in)
			src.explain = func(*engine.Inspection) (*engine.Inspection, error) {
				return nil, errors.New("the mirror is being written")
			}
			u := drive(t, src)
			u.run(u.ShowObject(env, o))
			u.stay()
			return u
		}},
		{"diff-many-fields", inspected(func(_ *engine.Object, in *engine.Inspection) {
			for i := range 30 {
				in.Change.Fields = append(in.Change.Fields, engine.FieldChange{Field: drift.Field{Path: fmt.Sprintf("spec.template.metadata.annotations[note-%d]", i), Op: drift.Remove, Live: "x", Manager: "somebody", ChangedAt: ago(time.Duration(i) * time.Hour)}})
			}
		})},
		{"diff-synced", inspected(func(o *engine.Object, in *engine.Inspection) { o.Drift, in.Change = engine.DriftSynced, nil })},
		{"diff-missing", inspected(func(o *engine.Object, in *engine.Inspection) {
			o.Drift, o.Health = engine.DriftMissing, ""
			in.Change.Operation, in.Change.Live, in.Change.Fields = engine.Create, "", nil
		})},
		{"diff-extra", inspected(func(o *engine.Object, in *engine.Inspection) {
			o.Drift, o.File, in.Desired = engine.DriftExtra, "", ""
			in.Change.Operation, in.Change.Desired, in.Change.Fields = engine.Delete, "", nil
		})},
		{"diff-waiting", inspected(func(o *engine.Object, in *engine.Inspection) {
			o.Drift, o.File, in.Desired = engine.DriftExtra, "", ""
			in.Change.Operation, in.Change.Desired, in.Change.Fields, in.Change.Reason = engine.Delete, "", nil, "a volume claim is deleted only once a person approves"
		})},
		{"diff-kept", inspected(func(o *engine.Object, in *engine.Inspection) {
			o.Drift, o.File, in.Desired, in.Change = engine.DriftExtra, "", "", nil
			in.Note = "its annotation evenkeel.dev/prune keeps it from being deleted"
		})},
		{"diff-refused", inspected(func(_ *engine.Object, in *engine.Inspection) {
			in.Change.Refused, in.Change.Reason = true, `Deployment.apps "api" is invalid: spec.selector: Invalid value: v1.LabelSelector{MatchLabels:map[string]string{"app":"api"}}: field is immutable`
		})},
		{"diff-contested", inspected(func(_ *engine.Object, in *engine.Inspection) {
			in.Change.Reason, in.Change.Fields, in.Change.Live, in.Change.Desired = "the environment staging has it", nil, "", ""
		})},
		{"diff-take-over", inspected(func(_ *engine.Object, in *engine.Inspection) {
			in.Change.Fields, in.Change.Live = nil, in.Change.Desired
		})},
		{"diff-ignored", inspected(func(o *engine.Object, in *engine.Inspection) {
			o.Ignored, o.Drift, in.Change = true, engine.DriftSynced, nil
		})},
		{"diff-foretold", inspected(func(_ *engine.Object, in *engine.Inspection) {
			in.Note = "the cluster cannot be read: connection refused"
		})},
		{"diff-secret", inspected(func(o *engine.Object, in *engine.Inspection) {
			o.ID = engine.ID{Kind: "Secret", Namespace: "shop-production", Name: "database"}
			in.Change.Live, in.Change.Desired = "data:\n  password: (hidden, before)\n", "data:\n  password: (hidden, after)\n"
			in.Change.Fields = []engine.FieldChange{{Field: drift.Field{Path: "data.password", Op: drift.Change, Masked: true, Manager: "kubectl-edit", ChangedAt: ago(time.Minute)}}}
		})},
		{"hostile", inspected(hostile)},
		{"fields-hostile", func(t *testing.T) *user { u := inspected(hostile)(t); u.tab("Fields"); return u }},
		{"live-error", func(t *testing.T) *user {
			env, o, in := modified("api")
			src := scripted(in)
			src.live = func() (string, error) { return "", errRefused }
			u := drive(t, src)
			u.run(u.ShowObject(env, o))
			u.tab("Live")
			return u
		}},
		{"none", func(t *testing.T) *user { // of anything
			env, o, in := modified("api")
			u := drive(t, scripted(in))
			u.run(u.ShowObject(env, o))
			u.tab("Events")
			return u
		}},
		{"pods-none", func(t *testing.T) *user {
			env, o, in := modified("api")
			u := drive(t, scripted(in))
			u.run(u.ShowObject(env, o))
			u.tab("Pods")
			return u
		}},
		{"logs-choose", func(t *testing.T) *user { u := opened("Logs")(t); u.press(keymap.Open); return u }},
		{"search", func(t *testing.T) *user {
			u := opened("Desired")(t)
			u.press(keymap.Filter)
			u.typed("api")
			return u
		}},
		{"side-by-side", func(t *testing.T) *user { u := opened("Diff")(t); u.press(keymap.Side); return u }},
		{"commit-files", looked("Files", nil)},
		{"commit-inside", looked("Files", nil, keymap.Open, keymap.Down)},
		{"commit-hidden", looked("Files", nil, keymap.Down, keymap.Down)},
		{"commit-objects", looked("Objects", nil)},
		{"commit-problems", looked("Objects", func(r *engine.Revision) {
			r.Changes, r.Problems = nil, []string{"environments/production/api.yaml:12: mapping values are not allowed in this context"}
		})},
		{"commit-message", looked("Message", nil)},
		{"commit-then", thought(theMoment, keymap.Down)},
		{"commit-then-inside", thought(theMoment, keymap.Open, keymap.Down)},
		{"commit-then-problems", thought(func(string) (*engine.Moment, error) {
			return &engine.Moment{Problems: []string{"environments/production/api.yaml:3: not valid YAML"}}, nil
		})},
		{"commit-then-hostile", thought(func(hash string) (*engine.Moment, error) {
			const bad = "\x1b]0;owned\x07\x1b[2Ja\u202eb\x00c\u9b26日本語\r\nd"
			m, err := theMoment(hash)
			o := &m.Objects[0]
			o.Name, o.File, o.YAML = bad, bad, bad+"\n"+bad
			m.Images = append(m.Images, engine.MomentImage{Object: o.ID, Repository: bad, Tag: bad})
			return m, err
		})},
		{"commit-then-error", thought(func(string) (*engine.Moment, error) {
			return nil, errors.New("look back at production: at 77b0e12 there was no environments/production: production did not exist then")
		})},
		{"commit-loading", func(t *testing.T) *user {
			c, _ := promotion()
			u := drive(t, &script{hold: map[string]chan struct{}{"Revision": make(chan struct{})}})
			u.run(u.ShowCommit("production", c))
			return u
		}},
		{"commit-error", func(t *testing.T) *user {
			c, _ := promotion()
			u := drive(t, &script{revision: func(string) (*engine.Revision, error) { return nil, errors.New("object not found") }})
			u.run(u.ShowCommit("production", c))
			return u
		}},
		{"environment", standing("Overview", func(*engine.Environment) {})},
		{"environment-synced", standing("Overview", func(e *engine.Environment) {
			e.Objects, e.Counts, e.Waiting, e.Message = e.Objects[2:3], map[engine.Drift]int{engine.DriftSynced: 1}, nil, ""
			e.State, e.AppliedRevision = engine.StateSynced, e.Revision
		})},
		{"environment-broken", standing("Overview", func(e *engine.Environment) {
			e.BrokenRevision, e.Problems = "bad0bad0bad0", []string{"environments/production/api.yaml:12: mapping values are not allowed in this context", "environments/production/web.yaml:3: there is no kind Deploymnet"}
		})},
		{"environment-suspended", standing("Overview", func(e *engine.Environment) {
			e.State, e.Suspension = engine.StateSuspended, &engine.Suspension{By: "mira", Reason: "the database is being moved", At: ago(3 * time.Hour)}
		})},
		{"environment-running", standing("Overview", func(e *engine.Environment) {
			e.State, e.Running = engine.StateSyncing, &engine.Progress{Action: engine.ActionSync, By: "mira", Started: ago(4 * time.Second), Done: 12, Failed: 1, Total: 41}
		})},
		{"environment-unread", standing("Overview", func(e *engine.Environment) {
			*e = engine.Environment{Name: "production", Path: "environments/production", State: engine.StateUnknown, Message: "dial tcp 10.0.0.1:6443: connect: connection refused", Counts: map[engine.Drift]int{}}
		})},
		{"environment-syncs", standing("Syncs", func(*engine.Environment) {})},
	}
	all = append(all, imageStates()...)
	all = append(all, deploymentStates()...)
	all = append(all, releaseStates()...)
	for _, tab := range []string{"Diff", "Fields", "Desired", "Live", "Events", "Pods", "Logs"} {
		all = append(all, state{"tab-" + strings.ToLower(tab), opened(tab)})
	}
	return all
}

// hostile fills everything that comes from outside with what terminals obey,
// and with what is wide.
func hostile(o *engine.Object, in *engine.Inspection) {
	const bad = "\x1b]0;owned\x07\x1b[2Ja\u202eb\x00c\u9b26日本語👩‍👩‍👧é\r\nd"
	o.Message, o.File, o.ChangedBy = bad, bad, bad
	o.ID.Name, o.ID.Namespace, o.ID.Kind = bad, bad, "Deployment"
	in.ID, in.Note, in.Revision = o.ID, bad, bad
	in.Change.Reason, in.Change.Refused = bad, true
	in.Change.Live = strings.ReplaceAll(in.Change.Live, "debug", `"`+bad+`"`)
	for i := range in.Change.Fields {
		f := &in.Change.Fields[i]
		f.Path, f.Manager, f.Live = bad+f.Path, bad, bad
		f.Commit = &engine.Commit{Hash: bad, Author: bad, Subject: bad, Time: ago(time.Hour)}
	}
}

var sizes = [][2]int{{40, 10}, {78, 20}, {118, 50}}

// oddSizes are sizes at which only the form is checked: exactly as many lines
// of exactly as many cells, and nothing that a terminal obeys.
var oddSizes = [][2]int{{1, 1}, {4, 3}, {13, 8}, {21, 4}, {92, 12}}

func TestGolden(t *testing.T) {
	for _, s := range states() {
		t.Run(s.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := s.show(t)
				var b strings.Builder
				for _, size := range sizes {
					b.WriteString(u.screen(size[0], size[1]))
				}
				file := filepath.Join("testdata", s.name+".txt")
				if *update {
					if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if b.String() != string(want) {
					t.Errorf("%s is not as it was:\n%s", file, b.String())
				}
				for _, size := range oddSizes {
					u.screen(size[0], size[1])
				}
			})
		})
	}
}
