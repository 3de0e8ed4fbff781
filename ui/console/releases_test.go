package console

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/drift"
)

// promoted answers a request to promote: what is pending goes, and of what fails
// in the source it is told why it does not.
func promoted(env *engine.Environment, p *engine.Plan) {
	p.Source, p.SourceRevision = env.PromotesFrom, head
	for _, i := range env.Images {
		u := engine.ImageUpdate{
			Object: i.Object, Container: i.Container, Repository: i.Repository, From: i.Desired, To: "1.9.0", Behind: 2,
			Ran:     &engine.Ran{Environment: env.PromotesFrom, Since: noon.Add(-2 * time.Hour), Pods: 3, Ready: 3, Health: engine.Healthy},
			Differs: []string{"spec.replicas: 1 there, 3 here"},
		}
		asked := slices.ContainsFunc(p.Images, func(pick engine.ImagePick) bool { return pick.Object == i.Object })
		switch {
		case i.State == engine.ImageFailed:
			u.Ran.Ready, u.Ran.Restarts, u.Ran.Health = 0, 12, engine.Degraded
			u.Reason = "Degraded in staging: 0 of 3 ready, CrashLoopBackOff"
		case i.Hold != nil:
			u.Reason = "held by " + i.Hold.By
		case len(p.Images) > 0 && !asked:
			u.Reason = "not picked"
		}
		if u.Reason != "" && !asked {
			p.Left = append(p.Left, u)
			continue
		}
		p.Updates = append(p.Updates, u)
	}
	p.Gates = []engine.Gate{
		{Name: "source healthy", Met: true},
		{Name: "soaked", Met: true, Reason: "2h of 30m"},
		{Name: "window open", Overridden: p.Reason != "", Reason: "Mon-Fri 08:00-16:00", MetAt: noon.Add(20 * time.Hour)},
	}
}

func TestPromote(t *testing.T) {
	e := newScripted(newerImages())
	c := opened(t, e, 120, 40, nil)
	c.shows("p promote  ")
	c.press("p")
	c.wants(e, engine.Request{Action: engine.ActionPromote, Environment: "production", Sync: true})
	c.shows("Plan · promote to production", "From staging 3f2a91c. One commit on main", "[x] api/main", "[ ] search/main", "window open not met", "O overrides it with a reason")
	c.press("O")
	c.enter("it burns")
	c.press("enter")
	c.wants(e, engine.Request{Action: engine.ActionPromote, Environment: "production", Override: []string{"window open"}, Reason: "it burns", Sync: true})
	c.shows("overridden: it burns")
	c.press("tab", "enter")
	c.sees("committed")
}

// TestPromoteMarked: what is marked in 3 Images is what goes.
func TestPromoteMarked(t *testing.T) {
	e := newScripted(newerImages())
	c := opened(t, e, 120, 40, nil)
	c.press("3", "home", "x", "x")
	c.shows("p promote 2 marked")
	c.press("p")
	c.wants(e, engine.Request{Action: engine.ActionPromote, Environment: "production", Images: mains(deployed("production", "api"), deployed("production", "web")), Sync: true})
}

// TestWhyNothingIsPromoted: the reason is told, and no plan is made.
func TestWhyNothingIsPromoted(t *testing.T) {
	e := newScripted(shop())
	c := opened(t, e, 120, 40, nil)
	c.press("1", "up", "p")
	c.shows("staging promotes from no other environment; choose production, which promotes from it")
	c.press("down", "ctrl+r", "p")
	c.shows("this console is read-only; ctrl+r allows actions again")
	if len(e.requests) > 0 {
		t.Errorf("a plan is asked for: %+v", e.requests)
	}
}

// crashed is the shop after a promotion to production that it does not stand.
func crashed() *engine.Snapshot {
	return with(shop(), func(s *engine.Snapshot) {
		next := *s.Environments[1]
		next.State, next.Health, next.Message, next.AppliedRevision, next.Revision = engine.StateSynced, engine.Degraded, "", older, older
		var objects []*engine.Object
		for _, o := range next.Objects {
			o := *o
			o.Drift, o.Health = engine.DriftSynced, engine.Healthy
			if o.Kind == "Deployment" && o.Name == "api" {
				o.Health, o.Message = engine.Degraded, "0 of 3 ready, CrashLoopBackOff"
			}
			objects = append(objects, &o)
		}
		next.Syncs = []engine.Sync{
			{Revision: older, Started: noon.Add(-4 * time.Minute), Ended: noon.Add(-3 * time.Minute), Succeeded: true, Whole: true, Health: engine.Degraded},
			{Revision: healthy, Started: noon.Add(-30 * time.Hour), Ended: noon.Add(-30 * time.Hour), Succeeded: true, Whole: true, Health: engine.Healthy},
		}
		s.Environments[1] = environment(next, objects...)
	})
}

const healthy = "77b0e12000000000000000000000000000000000"

// crashing is an engine that has it.
func crashing() *scripted {
	e := newScripted(crashed())
	pod := engine.ID{Kind: "Pod", Namespace: "shop-production", Name: "api-6d9c-x7k2p"}
	e.pods = []engine.Pod{
		{ID: pod, Phase: "Running", Created: noon.Add(-3 * time.Minute), Containers: []engine.PodContainer{
			{Name: "main", State: "CrashLoopBackOff", Restarts: 4, Message: "back-off 40s restarting failed container=main pod=api-6d9c-x7k2p"},
		}},
		{ID: engine.ID{Kind: "Pod", Namespace: "shop-production", Name: "api-5b1f-q2w3e"}, Phase: "Running", Ready: true, Created: noon.Add(-30 * time.Hour),
			Containers: []engine.PodContainer{{Name: "main", State: "Running", Ready: true}}},
	}
	e.events = []engine.ClusterEvent{
		{Object: pod, Type: "Normal", Reason: "Pulled", Message: "Container image is present", Count: 5, Last: noon.Add(-50 * time.Second)},
		{Object: pod, Type: "Warning", Reason: "BackOff", Message: "Back-off restarting failed container main in pod api-6d9c-x7k2p", Count: 12, Last: noon.Add(-20 * time.Second)},
	}
	back := engine.ImageUpdate{Object: deployed("production", "api"), Container: "main", From: "1.9.0", To: "1.8.2"}
	e.deployments = []engine.Deployment{
		{Revision: older, Commit: engine.Commit{Hash: older, Author: "web", Subject: "raise web replicas"}, Deployed: noon.Add(-3 * time.Minute), Current: true},
		{Revision: healthy, Commit: engine.Commit{Hash: healthy, Author: "ops", Subject: "promote web 1.25.3"}, Deployed: noon.Add(-30 * time.Hour), Until: noon.Add(-3 * time.Minute), Health: engine.Healthy, LastHealthy: true, Images: []engine.ImageUpdate{back}},
	}
	return e
}

// TestRollback: from the trouble to the way back in three keys.
func TestRollback(t *testing.T) {
	e := crashing()
	c := opened(t, e, 120, 40, nil)
	c.shows("1 degraded", "production is Degraded with a81c0de, deployed 3m ago", "Deployment api: 0 of 3 ready, CrashLoopBackOff", "r rolls back to 77b0e12  F shows why", "r rolls back to 77b0e12, the last healthy one", "r roll back")
	c.press("r")
	c.wants(e, engine.Request{Action: engine.ActionRollback, Environment: "production", Revision: healthy, Mode: engine.RollbackWhole, Sync: true})
	c.shows("Plan · roll back production", "Roll back to 77b0e12")
	c.press("right", "enter")
	c.sees("committed")
	c.press("esc")
	if len(c.dialogs) > 0 {
		t.Error("something stays open")
	}
}

// TestRollbackIsLookedAt: whoever leaves the plan is at the list of all that can
// be gone back to.
func TestRollbackIsLookedAt(t *testing.T) {
	c := opened(t, crashing(), 80, 24, nil)
	c.press("r", "esc")
	c.shows("images that differ from now", "last healthy", "Now: a81c0de")
	c.press("esc")
	if len(c.dialogs) > 0 {
		t.Error("it stays open")
	}
}

// TestBanner is there at any size that has room for it, and while no rollout has
// failed there is none.
func TestBanner(t *testing.T) {
	for _, size := range [][2]int{{40, 10}, {60, 12}, {80, 24}, {100, 30}, {200, 60}} {
		c := opened(t, crashing(), size[0], size[1], nil)
		c.whole()
		c.shows("production is Deg", "F ")
	}
	c := opened(t, newScripted(shop()), 120, 40, nil)
	c.hides("is Degraded", "F shows why")
	c.press("F")
	c.shows("no environment is Degraded")
	c = opened(t, crashing(), 120, 40, nil)
	c.press("ctrl+r")
	c.hides("r rolls back to 77b0e12  F")
	c = opened(t, newScripted(with(crashed(), func(s *engine.Snapshot) {
		e := *s.Environments[1]
		e.Running = &engine.Progress{Action: engine.ActionSync, Done: 1, Total: 3}
		s.Environments[1] = &e
	})), 120, 40, nil)
	c.shows("sync: 1 of 3 done  F shows why")
	c = opened(t, newScripted(with(crashed(), func(s *engine.Snapshot) {
		e := *s.Environments[1]
		e.RollsBack, s.Automation = true, true
		s.Environments[1] = &e
	})), 120, 40, nil)
	c.shows("evenkeel rolls it back")
}

// TestHostileBanner: whatever an environment is called and suffers from, the
// frame is whole, and nothing of it is obeyed.
func TestHostileBanner(t *testing.T) {
	s := with(crashed(), func(s *engine.Snapshot) {
		e := *s.Environments[1]
		e.Name, e.Objects, e.Syncs = hostileName("production"), slices.Clone(e.Objects), slices.Clone(e.Syncs)
		for i, o := range e.Objects {
			x := *o
			x.Name, x.Message = hostileName(o.Name), hostileText
			e.Objects[i] = &x
		}
		for i := range e.Syncs {
			e.Syncs[i].Revision += hostileText
		}
		s.Environments[1] = &e
	})
	for _, size := range [][2]int{{1, 8}, {13, 9}, {40, 10}, {60, 16}, {80, 24}, {120, 40}, {200, 60}} {
		c := opened(t, newScripted(s), size[0], size[1], nil)
		c.whole()
		if text := c.text(); strings.ContainsAny(text, "\x1b\x07\r\u009b\u202e\x00") {
			t.Errorf("at %v: %q", size, text)
		}
	}
}

// TestWhyItFails: one key from anywhere to the pods, events and log of what
// fails, one more to the object itself.
func TestWhyItFails(t *testing.T) {
	c := opened(t, crashing(), 120, 40, nil)
	c.press("1", "up", "3")
	c.explains()
	c.shows("Environment production", "✗ Deployment api is Degraded with a81c0de, 3m ago", "✗ CrashLoopBackOff  api-6d9c-x7k2p", "main: back-off 40s", "12 times", "listening on :8080")
	c.hides("Pulled")
	c.press("enter")
	c.shows("Deployment api · shop-production", "api-6d9c-x7k2p", "main 1 of 2")
}

// explains asks why it fails. What the tab asks for after that comes in time, and
// is not waited for.
func (c *console) explains() {
	c.t.Helper()
	c.send(keyOf("F"))
	c.sees("Environment production")
	c.until("it is known", func() bool { return !strings.Contains(c.text(), "loading pods") })
}

// TestOpenRequests are counted at the top, whichever environment waits for them.
func TestOpenRequests(t *testing.T) {
	c := opened(t, newScripted(shopWith(func(e *engine.Environment) {
		e.PullRequests = []engine.PullRequest{{State: engine.PullRequestOpen}, {State: engine.PullRequestMerged}, {State: engine.PullRequestUnknown}}
	})), 120, 40, nil)
	c.shows("writer  2 open PRs  3 differences", "Pull requests")
}

// TestWhyItIsNotVerified: the key leads to the verification that failed, and of
// what is well to how it was verified.
func TestWhyItIsNotVerified(t *testing.T) {
	verified := func(state engine.VerificationState) *engine.Snapshot {
		return shopWith(func(e *engine.Environment) {
			e.Verification = &engine.Verification{Revision: older, State: state, Message: "2 of 9 orders were lost"}
		})
	}
	for _, state := range []engine.VerificationState{engine.VerificationFailed, engine.VerificationSucceeded} {
		c := opened(t, newScripted(verified(state)), 120, 40, nil)
		c.send(keyOf("F"))
		c.sees("Environment production")
		c.shows(string(state)+"  a81c0de  2 of 9 orders were lost", "Verification")
		if c.focus != areaDetail {
			t.Error("it cannot be scrolled")
		}
	}
	c := opened(t, newScripted(verified(engine.VerificationFailed)), 120, 40, nil)
	c.shows("verification of a81c0de failed")
}

// TestRollbackFromHistory goes to the chosen commit; at the newest, where there
// is nothing to go back from, the record knows better.
func TestRollbackFromHistory(t *testing.T) {
	e := crashing()
	c := opened(t, e, 120, 40, nil)
	c.press("4", "down", "down", "down")
	c.shows("r roll back to 19ce4aa")
	c.press("r", "enter")
	c.wants(e, engine.Request{Action: engine.ActionRollback, Environment: "production", Revision: "19ce4aa000000000000000000000000000000000", Mode: engine.RollbackWhole, Sync: true})
	c.press("esc", "esc", "home", "r")
	c.wants(e, engine.Request{Action: engine.ActionRollback, Environment: "production", Revision: healthy, Mode: engine.RollbackWhole, Sync: true})
}

// TestElsewhereDegraded: the key is told of where it works.
func TestElsewhereDegraded(t *testing.T) {
	c := opened(t, crashing(), 120, 40, nil)
	c.press("1", "up")
	c.shows("the last healthy one was 77b0e12")
	c.hides("r rolls back")
}

func TestUndo(t *testing.T) {
	for _, test := range []struct {
		name      string
		actions   map[int]string
		committed string
		want      string // the commit that is taken back
	}{
		{"the newest", map[int]string{2: "promote", 4: "rollback"}, "", "77b0e12"},
		{"not of automation", map[int]string{0: "update", 4: "rollback"}, "", "0d31f7c"},
		{"one's own", map[int]string{0: "approve", 2: "promote", 4: "rollback"}, "0d31f7c000000000000000000000000000000000", "77b0e12"},
		{"none", nil, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := newScripted(shop())
			e.actions = test.actions
			c := opened(t, e, 120, 40, nil)
			c.committed = test.committed
			c.press("u")
			if test.want == "" {
				c.shows("no commit of yours to production was made by evenkeel lately")
				if len(e.requests) > 0 {
					t.Errorf("a plan is asked for: %+v", e.requests)
				}
				return
			}
			c.wants(e, engine.Request{Action: engine.ActionRollback, Environment: "production", Revision: test.want + "000000000000000000000000000000000", Mode: engine.RollbackRevert, Sync: true})
			c.shows("take back "+test.want+" in production", "Take back "+test.want)
		})
	}
}

// TestCommitIsRemembered: what was committed from here tells whose commits u
// takes back.
func TestCommitIsRemembered(t *testing.T) {
	e := newScripted(newerImages())
	c := opened(t, e, 120, 40, nil)
	c.press("p", "O")
	c.enter("it burns")
	c.press("enter", "tab", "enter")
	c.until("it is remembered", func() bool { return c.committed == older })
}

// TestReadOnlyGoesNowhere: neither back nor forth.
func TestReadOnlyGoesNowhere(t *testing.T) {
	e := crashing()
	e.actions = map[int]string{0: "promote"}
	c := opened(t, e, 120, 40, func(o *Options) { o.ReadOnly = true })
	for _, key := range []string{"p", "r", "u"} {
		c.press(key)
		c.shows("evenkeel was started read-only")
	}
	if len(e.requests)+len(c.dialogs) > 0 {
		t.Errorf("asked for %+v", e.requests)
	}
}

// seesRollback is a state of the shop that crashes.
func seesRollback(keys ...string) func(*testing.T, int, int) *console {
	return func(t *testing.T, width, height int) *console {
		c := opened(t, crashing(), width, height, nil)
		c.press(keys...)
		return c
	}
}

// restored answers a request to roll back.
func restored(env *engine.Environment, p *engine.Plan) {
	id := deployed(env.Name, "api")
	p.Updates = []engine.ImageUpdate{{Object: id, Container: "main", Repository: "registry.acme.dev/api", From: "1.9.0", To: "1.8.2"}}
	p.Changes = []engine.Change{{
		Environment: env.Name, ID: id, Operation: engine.Update, Live: manifest(id, "3", "debug"), Desired: manifest(id, "3", "info"),
		Fields: []engine.FieldChange{{Field: drift.Field{Path: "spec.template.spec.containers[main].image", Live: "registry.acme.dev/api:1.9.0", Desired: "registry.acme.dev/api:1.8.2"}}},
	}}
}

// seesFailure is what is told of it.
func seesFailure(t *testing.T, width, height int) *console {
	c := opened(t, crashing(), width, height, nil)
	c.explains()
	return c
}
