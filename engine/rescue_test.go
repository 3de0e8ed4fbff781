package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/gitrepo"
)

const (
	good  = "registry.acme.dev/shop/web:1.0.0"
	crash = "registry.acme.dev/shop/web:1.1.0-crash"
)

// rescuer runs an engine that syncs and rolls back by itself, and soon.
func (w *world) rescuer(proof time.Duration, environments ...config.Environment) *running {
	w.Helper()
	for i := range environments {
		environments[i].Rollback = config.ActAuto
	}
	o := w.options(environments...)
	o.Automation, o.Author = true, "Ada <ada@example.com>"
	e, err := engine.New(o)
	w.must(err)
	e.Hurry(proof, 500*time.Millisecond)
	return w.run(e)
}

// well waits until an environment is Healthy at a revision, and that is on record.
func (r *running) well(name string, revision gitrepo.Hash) *engine.Environment {
	r.w.Helper()
	r.Refresh()
	return r.until(fmt.Sprintf("%s is well at %s", name, revision.Short()), func(s *engine.Snapshot) bool {
		e := s.Environment(name)
		return e.AppliedRevision == string(revision) && e.State == engine.StateSynced && e.Health == engine.Healthy && e.Settled &&
			e.Syncs[0].Health == engine.Healthy
	}).Environment(name)
}

// told waits until the activity of an environment says something.
func (r *running) told(name, what string) *engine.Environment {
	r.w.Helper()
	return r.until(fmt.Sprintf("%s is told %q", name, what), func(s *engine.Snapshot) bool {
		return slices.ContainsFunc(s.Activity, func(a engine.Event) bool { return a.Environment == name && strings.Contains(a.Text, what) })
	}).Environment(name)
}

// isRescue tells whether a commit is a rollback that nobody asked for.
func isRescue(c gitrepo.Commit, from, to gitrepo.Hash) bool {
	return c.Author.Name == "evenkeel" && len(c.Parents) == 1 && c.Parents[0] == from && slices.Equal(c.Trailers["Evenkeel-Action"], []string{"rollback"}) &&
		slices.Equal(c.Trailers["Evenkeel-Failed"], []string{string(from)}) && slices.Equal(c.Trailers["Evenkeel-Revision"], []string{string(to)})
}

func TestACrashIsRolledBackByItself(t *testing.T) {
	w := newWorld(t)
	first := w.commit("begin", map[string]string{"shop/web.yaml": deployment("web", good, 1)})
	e := w.rescuer(time.Hour, w.environment("shop", config.SyncAuto))
	if env := e.well("shop", first); !env.RollsBack {
		t.Error("want it told that it rolls back")
	}
	bad := w.commit("1.1.0", map[string]string{"shop/web.yaml": deployment("web", crash, 1)})
	e.Refresh()
	env := e.until("it says what is the matter", func(s *engine.Snapshot) bool {
		return s.Environments[0].Health == engine.Degraded && s.Environments[0].Message != ""
	}).Environments[0]
	if !strings.HasPrefix(env.Message, "Degraded since "+bad.Short()+": Deployment.apps "+w.ns+"/web: ") {
		t.Errorf("want what suffers, why and since when: %s", env.Message)
	}
	e.told("shop", "rolled back by itself to "+first.Short()+", as "+bad.Short()+" made it Degraded")
	c := w.head()
	if !isRescue(c, bad, first) || !strings.Contains(c.Body, bad.Short()+" made it Degraded: Deployment.apps "+w.ns+"/web: ") {
		t.Errorf("got %+v", c)
	}
	env = e.well("shop", c.Hash)
	if len(env.Holds) != 1 || env.Holds[0].Image != "registry.acme.dev/shop/web" || !strings.HasPrefix(env.Holds[0].Reason, "rolled back to "+first.Short()) || env.Message != "" {
		t.Errorf("want the image held, and all well: %+v", env)
	}

	// What was rolled back and is brought again is somebody's will.
	again := w.commit("1.1.0 all the same", map[string]string{"shop/web.yaml": deployment("web", crash, 1)})
	e.Refresh()
	env = e.told("shop", "not rolled back by itself: "+c.Hash.Short()+" rolled just this back before")
	if w.head().Hash != again || env.RollsBack || !strings.HasSuffix(env.Message, "somebody has brought it again") {
		t.Errorf("want it left alone: %+v", env)
	}

	// So is a rollback that is no better.
	e.do(engine.Request{Action: engine.ActionRollback, Environment: "shop", Revision: string(first)})
	back := w.head()
	if env := e.well("shop", back.Hash); !env.RollsBack {
		t.Error("what comes next is rolled back again")
	}
	e.do(engine.Request{Action: engine.ActionRollback, Environment: "shop", Mode: engine.RollbackRevert, Revision: string(back.Hash)})
	e.told("shop", " is a rollback itself")
	if c := w.head(); c.Author.Name != "Ada" {
		t.Errorf("want a person's rollback left alone: %+v", c)
	}
}

// TestOneOfManyRollsBack: engines that see the same make one commit.
func TestOneOfManyRollsBack(t *testing.T) {
	w := newWorld(t)
	first := w.commit("begin", map[string]string{"shop/web.yaml": deployment("web", good, 1)})
	var all []*running
	for range 3 {
		all = append(all, w.rescuer(time.Hour, w.environment("shop", config.SyncAuto)))
	}
	for _, e := range all {
		e.well("shop", first)
	}
	bad := w.commit("1.1.0", map[string]string{"shop/web.yaml": deployment("web", crash, 1)})
	for _, e := range all {
		e.Refresh()
	}
	all[0].until("somebody has rolled back", func(*engine.Snapshot) bool { return w.head().Hash != bad })
	c := w.head()
	for _, e := range all {
		e.well("shop", c.Hash)
	}
	if c := w.head(); !isRescue(c, bad, first) {
		t.Errorf("want one rollback, on top of what was bad: %+v", c)
	}
}

// TestASyncByHandIsRolledBack: in an environment that a person syncs, going back
// is both the commit and its sync.
func TestASyncByHandIsRolledBack(t *testing.T) {
	w := newWorld(t)
	first := w.commit("begin", map[string]string{"shop/web.yaml": deployment("web", good, 1)})
	e := w.rescuer(time.Hour, w.environment("shop", config.SyncManual))
	e.sync("shop")
	e.well("shop", first)
	bad := w.commit("1.1.0", map[string]string{"shop/web.yaml": deployment("web", crash, 1)})
	e.Refresh()
	e.until("it is known", func(s *engine.Snapshot) bool { return s.Environments[0].Revision == string(bad) })
	e.sync("shop")
	e.told("shop", "rolled back by itself")
	c := w.head()
	if env := e.well("shop", c.Hash); !isRescue(c, bad, first) || env.Auto {
		t.Errorf("got %+v", c)
	}
}

// TestNothingIsRolledBackWhereGitIsTheSame: what a sync put right is no release.
func TestNothingIsRolledBackWhereGitIsTheSame(t *testing.T) {
	w := newWorld(t)
	group := w.definition()
	first := w.commit("begin", map[string]string{"shop/lane.yaml": lane(group), "shop/own.yaml": configMap("own", "k", "1")})
	e := w.rescuer(time.Hour, w.environment("shop", config.SyncManual))
	e.sync("shop")
	e.well("shop", first)
	own := w.id("ConfigMap", "own")
	w.edit(own, `{"data":{"k":"2"}}`)
	e.drift("shop", own, engine.DriftModified)
	second := w.commit("elsewhere", map[string]string{"README.md": "the shop"})
	e.Refresh()
	e.until("it is known", func(s *engine.Snapshot) bool { return s.Environments[0].Revision == string(second) })
	e.sync("shop")
	e.well("shop", second)
	w.edit(engine.ID{Group: group, Kind: "Lane", Name: "fast"}, `{"status":{"conditions":[{"type":"Stalled","status":"True","reason":"Flooded","message":"the river"}]}}`)
	e.told("shop", "not rolled back by itself: Git says what it said at "+first.Short())
	if c := w.head(); c.Hash != second {
		t.Errorf("somebody committed %+v", c)
	}
}

// TestWhatIsLeftToAPerson: where it is not plain what to do, nothing is done, and
// it is told why.
func TestWhatIsLeftToAPerson(t *testing.T) {
	w := newWorld(t)
	group := w.definition()
	var environments []config.Environment
	for _, name := range []string{"fresh", "deleting", "sharing", "other", "proposing", "outside"} {
		env := w.environment(name, config.SyncAuto)
		env.Namespace = w.ns + "-" + name
		w.namespace(env.Namespace)
		if name == "proposing" {
			env.Changes = config.ChangePullRequest
		}
		environments = append(environments, env)
	}
	files := func(image string) map[string]string {
		return map[string]string{
			"deleting/web.yaml": deployment("web", image, 1), "proposing/web.yaml": deployment("web", image, 1), "base/web.yaml": deployment("web", image, 1),
		}
	}
	begin := files(good)
	begin["base/kustomization.yaml"] = "resources: [web.yaml]\n"
	begin["sharing/kustomization.yaml"], begin["other/kustomization.yaml"] = "resources: [../base]\n", "resources: [../base]\n"
	begin["fresh/web.yaml"], begin["outside/lane.yaml"] = deployment("web", crash, 1), lane(group)
	first := w.commit("begin", begin)
	e := w.rescuer(0, environments...)
	if env := e.told("fresh", "not rolled back by itself: no earlier revision is known that was Healthy"); env.RollsBack || env.Health != engine.Degraded {
		t.Errorf("got %+v", env)
	}
	for _, name := range []string{"deleting", "sharing", "other", "proposing", "outside"} {
		e.well(name, first)
	}
	e.until("the lane has proved itself", func(s *engine.Snapshot) bool { return s.Environment("outside").Syncs[0].Proven })
	w.edit(engine.ID{Group: group, Kind: "Lane", Name: "fast"}, `{"status":{"conditions":[{"type":"Stalled","status":"True","reason":"Flooded","message":"the river"}]}}`)
	e.told("outside", "not rolled back by itself: "+first.Short()+" has been Healthy, so something else is the matter")

	worse := files(crash)
	worse["deleting/new.yaml"] = configMap("new", "k", "v")
	bad := w.commit("worse", worse)
	e.Refresh()
	for name, why := range map[string]string{
		"deleting":  "ConfigMap " + w.ns + "-deleting/new would be deleted",
		"sharing":   "base/web.yaml, which other reads too, would change",
		"other":     "base/web.yaml, which sharing reads too, would change",
		"proposing": "its changes wait in pull requests",
	} {
		e.told(name, "not rolled back by itself: "+why)
	}
	if c := w.head(); c.Hash != bad {
		t.Errorf("somebody committed %+v", c)
	}
}
