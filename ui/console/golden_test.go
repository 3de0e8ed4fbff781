package console

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
)

// state is something that a console can be seen in.
type state struct {
	name  string
	sizes []string
	// see brings a console of a size to it.
	see func(t *testing.T, width, height int) *console
}

// states are those that people meet. The ones that matter most are seen at
// every size, the others where there is room for what they have to tell.
func states() []state {
	every := []string{"40x10", "80x24", "120x40", "200x60"}
	usual := []string{"120x40"}
	return []state{
		{"opening", []string{"40x10", "120x40"}, seeOpening},
		{"loading", usual, sees(loading())},
		{"empty", []string{"80x24", "120x40"}, sees(shopWith(func(e *engine.Environment) {
			e.Objects, e.Images, e.Counts, e.State, e.Health, e.Message = nil, nil, nil, engine.StateSynced, engine.Healthy, "there are no objects in environments/production"
			e.AppliedRevision = head
		}), "down")},
		{"synced", usual, sees(synced())},
		{"drift", every, sees(shop(), "2")},
		{"detail", every, sees(shop(), "2", "enter")},
		{"history", []string{"80x24"}, sees(shop(), "4")},
		{"history-search", every, sees(shop(), "4", "/", "a", "p", "i", "enter")},
		{"history-then", every, sees(shop(), "4", "down", "enter", "]", "]")},
		{"compare", every, sees(shop(), "c")},
		{"compare-revisions", []string{"80x24", "120x40"}, sees(shop(), "4", "down", "x", "down", "c")},
		{"images", every, sees(newerImages(), "3")},
		{"images-everywhere", []string{"80x24", "120x40"}, sees(newerImages(), "3", "A", "x")},
		{"images-tags", []string{"80x24", "120x40", "200x60"}, sees(newerImages(), "3", "X", "down")},
		{"images-registry-down", []string{"80x24", "120x40"}, sees(registryDown(), "3", "end")},
		{"approve", []string{"80x24", "120x40"}, sees(newerImages(), "3", "x", "x", "a")},
		{"promote", []string{"80x24", "120x40", "200x60"}, sees(newerImages(), "p", "down", "down", "down")},
		{"degraded", every, seesRollback()},
		{"failure", every, seesFailure},
		{"rollback", []string{"80x24", "120x40", "200x60"}, seesRollback("r", "esc")},
		{"rollback-plan", []string{"80x24", "120x40"}, seesRollback("r")},
		{"problems", usual, sees(problems())},
		{"waiting", usual, sees(waiting())},
		{"unreachable", []string{"80x24", "120x40"}, sees(unreachable())},
		{"plan", every, sees(shop(), "s")},
		{"protected", usual, sees(waiting(), "D")},
		{"executing", usual, seeExecuting},
		{"failed", []string{"80x24", "120x40"}, seeFailed},
		{"help", usual, sees(shop(), "2", "?")},
		{"palette", usual, sees(shop(), "2", ":")},
		{"long", []string{"80x24", "120x40"}, sees(named(longName, strings.Repeat("the quick brown fox jumps over the lazy dog ", 5)), "2")},
		{"wide", []string{"80x24", "120x40"}, sees(named(wideName, "名前が長い 👩‍👩‍👧 🏴‍☠️ e\u0301te\u0301 と改行"), "2")},
		{"hostile", usual, sees(named(hostileName, hostileText), "2")},
	}
}

const hostileText = "\x1b[2J\x1b]0;owned\x07\x1b[31mred\u202e desrever \u009b5m\r\nsecond\tline"

func longName(n string) string { return n + strings.Repeat("-that-goes-on", 12) }
func wideName(n string) string { return "設定-" + n + "-🚀" }
func hostileName(n string) string {
	return n + "\x1b[2J\x1b]52;c;b3duZWQ=\x07\u202egnp\r\nx\x00"
}

// sees is a state that is reached by keys.
func sees(s *engine.Snapshot, keys ...string) func(*testing.T, int, int) *console {
	return func(t *testing.T, width, height int) *console {
		c := opened(t, newScripted(s), width, height, nil)
		c.press(keys...)
		return c
	}
}

func TestFrames(t *testing.T) {
	for _, s := range states() {
		for _, size := range s.sizes {
			name := s.name + "-" + size
			t.Run(name, func(t *testing.T) {
				var width, height int
				if _, err := fmt.Sscanf(size, "%dx%d", &width, &height); err != nil {
					t.Fatal(err)
				}
				c := s.see(t, width, height)
				c.whole()
				golden(t, name+".txt", c.text())
			})
		}
	}
}

// TestThemes looks at one screen in themes that have little in common, with the
// codes of its colours.
func TestThemes(t *testing.T) {
	for _, test := range []struct {
		name    string
		environ map[string]string
		theme   string
		ascii   bool
	}{
		{"default", map[string]string{"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "", false},
		{"monochrome", map[string]string{"TERM": "xterm-256color"}, "monochrome", false},
		{"truecolor", map[string]string{"TERM": "xterm-256color", "COLORTERM": "truecolor"}, trueColour(t), false},
		{"no-color", map[string]string{"TERM": "xterm-256color", "NO_COLOR": ""}, "", false},
		{"ascii", map[string]string{"TERM": "xterm-256color", "NO_COLOR": "1"}, "", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := newScripted(shop())
			e.subject = "api: 1.8.2 to 1.9.0" // what people write stays as it is
			c := opened(t, e, 100, 24, func(o *Options) {
				o.Getenv = func(name string) string { return test.environ[name] }
				o.Settings.Theme, o.ASCII = test.theme, test.ascii
			})
			c.press("2")
			c.whole()
			lines := c.frame()
			for i := range lines {
				lines[i] = strings.ReplaceAll(lines[i], "\x1b", "^")
			}
			text := strings.Join(lines, "\n") + "\n"
			if test.ascii && strings.IndexFunc(text, func(r rune) bool { return r > 0x7e }) >= 0 {
				t.Error("not everything is ASCII")
			}
			golden(t, "theme-"+test.name+".txt", text)
		})
	}
}

func seeOpening(t *testing.T, width, height int) *console {
	o := options(t, nil, func(o *Options) {
		o.Title = "a demo: a cluster, a registry and the config repository of a small shop"
		o.Open = func(ctx context.Context, tell func(Step)) (Session, error) {
			for _, s := range []Step{
				{Name: "registry", Detail: "serving 41 images", Done: 1, Total: 1},
				{Name: "cluster", Detail: "compiling k8s.io/apiserver/pkg/server", Done: 612, Total: 1704},
				{Name: "repository", Detail: "writing the history of the shop", Total: 1},
			} {
				tell(s)
			}
			<-ctx.Done()
			return Session{}, ctx.Err()
		}
	})
	c := start(t, o, width, height)
	c.sees("writing the")
	c.now = func() time.Time { return noon.Add(95 * time.Second) }
	return c
}

func seeExecuting(t *testing.T, width, height int) *console {
	e := newScripted(shop())
	e.hold = make(chan struct{})
	c := opened(t, e, width, height, nil)
	c.press("s")
	c.enter("production")
	c.press("enter", "enter")
	c.sees("1 of 3")
	e.publish(with(shop(), func(s *engine.Snapshot) {
		p := *s.Environments[1]
		p.Running = &engine.Progress{Action: engine.ActionSync, By: "mira@desk", Started: noon.Add(-2 * time.Second), Done: 1, Total: 3}
		p.State = engine.StateSyncing
		s.Environments[1] = &p
	}))
	c.sees("Syncing")
	return c
}

func seeFailed(t *testing.T, width, height int) *console {
	e := newScripted(shop())
	e.refuses = map[string]string{"checkout": `admission webhook "policy.acme.dev" denied the request: replicas must be at least 2`}
	c := opened(t, e, width, height, nil)
	c.press("s")
	c.enter("production")
	c.press("enter", "enter")
	c.until("the outcome is told", func() bool { return len(c.trouble) > 0 })
	c.sees("[ Close ]")
	return c
}

// shopWith is the shop with another production.
func shopWith(change func(*engine.Environment)) *engine.Snapshot {
	return with(shop(), func(s *engine.Snapshot) {
		p := *s.Environments[1]
		change(&p)
		s.Environments[1] = &p
	})
}

func loading() *engine.Snapshot {
	return with(shop(), func(s *engine.Snapshot) {
		s.Number, s.Activity = 1, nil
		s.Repository.Head, s.Repository.FetchedAt, s.Repository.Fetching = "", time.Time{}, true
		for i, e := range s.Environments {
			s.Environments[i] = &engine.Environment{
				Name: e.Name, Context: e.Context, Path: e.Path, Auto: e.Auto, Protected: e.Protected, State: engine.StateUnknown, Health: engine.Unknown,
			}
		}
	})
}

func synced() *engine.Snapshot {
	return shopWith(func(e *engine.Environment) {
		objects := make([]*engine.Object, len(e.Objects))
		for i, o := range e.Objects {
			objects[i] = object(o.Kind, o.Namespace, o.Name, engine.DriftSynced, engine.Healthy)
		}
		e.State, e.Health, e.Message, e.AppliedRevision = engine.StateSynced, engine.Healthy, "", head
		e.Syncs = []engine.Sync{{
			Revision: head, Started: noon.Add(-time.Minute), Ended: noon.Add(-58 * time.Second), Succeeded: true, Whole: true, Changed: 3, Unchanged: 3, By: "mira@desk",
		}}
		*e = *environment(*e, objects...)
	})
}

func problems() *engine.Snapshot {
	return shopWith(func(e *engine.Environment) {
		e.State, e.BrokenRevision, e.Revision = engine.StateBlocked, head, older
		e.Message = "3f2a91c cannot be rendered; a81c0de is kept"
		e.Problems = []string{
			"environments/production/api.yaml:12:7: mapping values are not allowed in this context",
			"environments/production/web.yaml:1: Deployment web: spec.replicas: Invalid value: -1: must be greater than or equal to 0",
		}
	})
}

// waiting is the shop with deletions that wait for a person.
func waiting() *engine.Snapshot {
	return shopWith(func(e *engine.Environment) {
		const namespace = "shop-production"
		objects := e.Objects
		for _, o := range []*engine.Object{
			object("PersistentVolumeClaim", namespace, "search-data", engine.DriftExtra, engine.Healthy),
			object("Namespace", "", "shop-experiments", engine.DriftExtra, engine.Healthy),
		} {
			objects = append(objects, o)
			e.Waiting = append(e.Waiting, engine.Change{
				Environment: e.Name, ID: o.ID, Operation: engine.Delete, Live: manifest(o.ID, "1", "info"),
				Reason: "a " + o.Kind + " is never deleted without a person",
			})
		}
		e.State, e.Message = engine.StateBlocked, "2 deletions wait for a person"
		*e = *environment(*e, objects...)
	})
}

// unreachable is the shop when neither Git nor production can be read any more.
func unreachable() *engine.Snapshot {
	s := shopWith(func(e *engine.Environment) {
		e.State, e.Health, e.Current, e.AsOf = engine.StateUnknown, engine.Unknown, false, noon.Add(-7*time.Minute)
		e.Message = "Get \"https://10.0.0.7:6443/api?timeout=32s\": dial tcp 10.0.0.7:6443: connect: connection refused"
	})
	s.Repository.Err, s.Repository.FetchedAt = "ssh: handshake failed: EOF", noon.Add(-9*time.Minute)
	s.Activity = append(s.Activity, engine.Event{At: noon, Environment: "production", Text: "the cluster cannot be read: connection refused", Trouble: true})
	return s
}

// named is the shop with other names, and a text where people write.
func named(rename func(string) string, text string) *engine.Snapshot {
	return with(shop(), func(s *engine.Snapshot) {
		for i, e := range s.Environments {
			named := *e
			objects := make([]*engine.Object, len(e.Objects))
			for k, o := range e.Objects {
				x := *o
				x.Name, x.Namespace, x.Message, x.ChangedBy = rename(o.Name), rename(o.Namespace), text, rename("kubectl")
				x.Containers = append([]engine.Container(nil), o.Containers...)
				for n := range x.Containers {
					x.Containers[n].Name = rename("main")
					x.Containers[n].Live = "registry.acme.dev/" + rename(o.Name) + ":1.8.3"
				}
				objects[k] = &x
			}
			named.Images = nil
			named.Name, named.Path, named.Message, named.Context = rename(e.Name), "environments/"+rename(e.Name), text, rename(e.Context)
			next := environment(named, objects...)
			for _, x := range next.Images {
				x.Allowed, x.Reason, x.Policy, x.State = rename("1.9.0"), text, rename("semver"), engine.ImagePending
			}
			s.Environments[i] = next
		}
		s.Repository.Branch = rename("main")
		s.Activity = append(s.Activity, engine.Event{At: noon, Environment: rename("production"), Text: text, Trouble: true})
	})
}

// trueColour is a theme of the house that needs all the colours.
func trueColour(t *testing.T) string {
	t.Helper()
	const name = "nord"
	if _, err := themes.Load("", name, themes.Options{}); err != nil {
		t.Fatal(err)
	}
	return name
}
