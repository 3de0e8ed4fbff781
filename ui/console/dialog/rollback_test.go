package dialog_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui/console/dialog"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
)

const (
	bad  = "a81c0de5d6e7f8091a2b3c4d5e6f708192a3b4c5"
	good = "77b0e125d6e7f8091a2b3c4d5e6f708192a3b4c5"
	old  = "19ce4aa5d6e7f8091a2b3c4d5e6f708192a3b4c5"
	gone = "0d31f7c5d6e7f8091a2b3c4d5e6f708192a3b4c5"
)

// deployments are what the production here took.
func deployments() []engine.Deployment {
	back := engine.ImageUpdate{Object: api, Container: "main", Repository: "registry.acme.dev/api", From: "1.9.0", To: "1.8.2"}
	web := engine.ImageUpdate{Object: web, Container: "main", Repository: "registry.acme.dev/web", From: "1.25.3", To: "1.25.1"}
	commit := func(hash string, age time.Duration, author, subject string) engine.Commit {
		return engine.Commit{Hash: hash, Author: author, Time: noon.Add(-age), Subject: subject}
	}
	return []engine.Deployment{
		{Revision: bad, Commit: commit(bad, 4*time.Minute, "ops", "promote api 1.9.0"), Deployed: noon.Add(-3 * time.Minute), Current: true},
		{Revision: head, Commit: commit(good, 24*time.Hour, "web", "raise web replicas"), Deployed: noon.Add(-23 * time.Hour), Until: noon.Add(-3 * time.Minute), Health: engine.Healthy, LastHealthy: true, Images: []engine.ImageUpdate{back}},
		{Revision: old, Commit: commit(old, 74*time.Hour, "ops", "promote web 1.25.1"), Deployed: noon.Add(-3 * 24 * time.Hour), Until: noon.Add(-23 * time.Hour), Health: engine.Degraded, Images: []engine.ImageUpdate{back, web}},
		{Revision: gone, Commit: commit(gone, 200*time.Hour, "ops", "begin"), Deployed: noon.Add(-8 * 24 * time.Hour), Until: noon.Add(-3 * 24 * time.Hour), Problem: "it does not render: environments/production/kustomization.yaml: no such file: ../base"},
	}
}

// crashed is a production that its newest deployment has broken.
func crashed() *engine.Snapshot {
	s := running(situation(), "1.9.0", engine.ImageFailed)
	e := s.Environments[1]
	e.State, e.Health, e.AppliedRevision, e.Counts, e.Objects = engine.StateSynced, engine.Degraded, bad, nil, []*engine.Object{
		{ID: api, Drift: engine.DriftSynced, Managed: true, Health: engine.Degraded, Message: "0 of 3 ready, CrashLoopBackOff"},
	}
	return s
}

// comeback is the plan of a rollback in the world here.
func comeback(r engine.Request) *engine.Plan {
	p := commitFor(approve(api))
	p.Request = r
	p.Commit.Message = "production: roll back to 77b0e12\n\nEvenkeel-Action: rollback\n"
	p.Commit.Files = append(p.Commit.Files, engine.FileChange{Path: ".evenkeel/holds/production.yaml", Operation: engine.Create, Concerns: true, After: "holds:\n- image: registry.acme.dev/api\n"})
	p.Updates = []engine.ImageUpdate{{Object: api, Container: "main", Repository: "registry.acme.dev/api", From: "1.9.0", To: "1.8.2"}}
	p.Changes = p.Changes[:1]
	return p
}

// rollBack opens the dialog, at a commit or at none.
func (d *desk) rollBack(at engine.Commit) *dialog.Rollback {
	d.t.Helper()
	d.engine.deployments = deployments()
	d.engine.plan = func(_ context.Context, r engine.Request) (*engine.Plan, error) { return comeback(r), nil }
	r, cmd := dialog.NewRollback(d.work, "production", at, crashed())
	d.run(r, cmd)
	return r
}

// goOn presses enter, and returns the plan that opens.
func (d *desk) goOn(r *dialog.Rollback) *dialog.Plan {
	d.t.Helper()
	d.press(r, "enter")
	var opened dialog.Opened
	for _, msg := range d.told {
		if o, is := msg.(dialog.Opened); is {
			opened = o
		}
	}
	p, is := opened.Dialog.(*dialog.Plan)
	if !is {
		d.t.Fatal("no plan was opened")
	}
	d.run(p, opened.Then)
	return p
}

func TestRollbackGolden(t *testing.T) {
	for _, test := range []struct {
		name string
		at   engine.Commit
		keys []string
	}{
		{name: "rollback"},
		{name: "rollback-images", keys: []string{"]"}},
		{name: "rollback-revert", keys: []string{"["}},
		{name: "rollback-problem", keys: []string{"end"}},
		{name: "rollback-at", at: engine.Commit{Hash: head, Author: "mira", Subject: "quieter logs", Time: noon.Add(-25 * time.Hour)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t)
			r := d.rollBack(test.at)
			d.view(r, 80, 24)
			d.press(r, test.keys...)
			d.golden(r, test.name)
		})
	}
	for _, test := range []struct {
		name   string
		keys   []string
		change func(*engine.Plan)
	}{
		{name: "rollback-plan"},
		{name: "rollback-plan-images", keys: []string{"]", "]"}},
		{name: "rollback-plan-shared", change: func(p *engine.Plan) {
			other := p.Changes[0]
			other.Environment = "eu"
			p.Changes = append([]engine.Change{other}, p.Changes...)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t)
			r := d.rollBack(engine.Commit{})
			d.engine.plan = func(_ context.Context, r engine.Request) (*engine.Plan, error) {
				p := comeback(r)
				if test.change != nil {
					test.change(p)
				}
				return p, nil
			}
			p := d.goOn(r)
			d.view(p, 80, 24)
			d.press(p, test.keys...)
			d.golden(p, test.name)
		})
	}
}

// TestRollbackOpensAtTheLastHealthy and needs four keys, the one that opened it
// among them.
func TestRollbackOpensAtTheLastHealthy(t *testing.T) {
	d := newDesk(t)
	r := d.rollBack(engine.Commit{})
	d.shows(r, "77b0e12 deployed with 3f2a91c web raise web replicas", "Now: a81c0de, = Synced, ✗ Degraded: Deployment api, 0 of 3 ready, CrashLoopBackOff", "last healthy", "api 1.9.0 → 1.8.2")
	p := d.goOn(r)
	want := engine.Request{Action: engine.ActionRollback, Environment: "production", Revision: good, Mode: engine.RollbackWhole}
	if got := d.last(); got.Revision != want.Revision || got.Mode != want.Mode || got.Action != want.Action || got.Environment != want.Environment {
		t.Errorf("asked for %+v", got)
	}
	d.shows(p, "Back to 77b0e12, all of it.", "Roll back to 77b0e12", "No other environment changes.")
	d.press(p, "enter")
	if len(d.engine.executed) > 0 || d.closed(r) {
		t.Fatal("enter without looking does something")
	}
	d.press(p, "right", "enter")
	if len(d.engine.executed) != 1 || !d.closed(r) {
		t.Error("it is not executed, or the list stays")
	}
}

// TestOthersLoseObjects: what goes elsewhere with a shared file is agreed to by
// the name of that environment.
func TestOthersLoseObjects(t *testing.T) {
	d := newDesk(t)
	r := d.rollBack(engine.Commit{})
	d.engine.plan = func(_ context.Context, r engine.Request) (*engine.Plan, error) {
		p := comeback(r)
		lost := deletion()
		lost.Environment = "eu"
		p.Changes, p.Protected = append(p.Changes, lost), false
		return p, nil
	}
	p := d.goOn(r)
	d.shows(p, "eu loses objects too. Type eu to go on:")
	d.press(p, "right", "enter", "production", "enter", "enter")
	if len(d.engine.executed) > 0 {
		t.Fatal("the name was not needed")
	}
	p = d.goOn(r)
	d.press(p, "eu", "enter", "enter")
	if len(d.engine.executed) != 1 {
		t.Error("the name does not do")
	}
}

func TestRollbackModes(t *testing.T) {
	d := newDesk(t)
	r := d.rollBack(engine.Commit{})
	d.press(r, "]")
	d.shows(r, "Only the images of production become those of 77b0e12")
	d.press(r, "]") // which is about the commit that did the harm
	d.shows(r, "What a81c0de has changed is taken back")
	p := d.goOn(r)
	if got := d.last(); got.Revision != bad || got.Mode != engine.RollbackRevert {
		t.Errorf("asked for %+v", got)
	}
	d.shows(p, "take back a81c0de in production", "what came later stays")
	d.press(r, "down", "down", "]") // whoever has chosen stays there
	d.shows(r, "All that production reads becomes what it was at 19ce4aa")
}

// TestRollbackAtACommit: the one that somebody came with is chosen, and shown
// among the deployments also when it is none.
func TestRollbackAtACommit(t *testing.T) {
	d := newDesk(t)
	d.goOn(d.rollBack(engine.Commit{Hash: old, Time: noon.Add(-74 * time.Hour)}))
	if got := d.last(); got.Revision != old {
		t.Errorf("asked for %+v", got)
	}
	r := d.rollBack(engine.Commit{Hash: head, Subject: "quieter logs", Time: noon.Add(-25 * time.Hour)})
	d.shows(r, "not on record", "quieter logs")
	d.goOn(r)
	if got := d.last(); got.Revision != head {
		t.Errorf("asked for %+v", got)
	}
}

// TestNotToBeGoneBackTo: what does not render says so, and opens no plan; the
// commit can be taken back all the same.
func TestNotToBeGoneBackTo(t *testing.T) {
	d := newDesk(t)
	r := d.rollBack(engine.Commit{})
	d.press(r, "end", "enter")
	d.shows(r, "Not to be gone back to: it does not render")
	if len(d.told) > 0 {
		t.Errorf("told: %v", d.told)
	}
	d.press(r, "[")
	d.goOn(r)
	if got := d.last(); got.Revision != gone || got.Mode != engine.RollbackRevert {
		t.Errorf("asked for %+v", got)
	}
}

// TestTheSameAgainIsNoWayBack: a revision that was taken twice is not gone back
// to from itself.
func TestTheSameAgainIsNoWayBack(t *testing.T) {
	d := newDesk(t)
	d.engine.deployments = nil
	r := d.rollBack(engine.Commit{})
	again := deployments()[0]
	again.Current, again.Health, again.LastHealthy, again.Until = false, engine.Healthy, true, noon.Add(-3*time.Minute)
	d.engine.deployments = slices.Insert(deployments(), 1, again)
	d.press(r, "R")
	d.goOn(r)
	if got := d.last(); got.Revision != good {
		t.Errorf("asked for %+v", got)
	}
}

func TestDeploymentsUnread(t *testing.T) {
	d := newDesk(t)
	d.engine.unread = errors.New("the cluster cannot be reached")
	r := d.rollBack(engine.Commit{})
	d.shows(r, "What was deployed cannot be read: the cluster cannot be reached")
	d.press(r, "enter")
	r = d.rollBack(engine.Commit{Hash: good, Subject: "raise web replicas"}) // Git is there all the same
	d.shows(r, "cannot be read", "raise web replicas")
	d.goOn(r)
	if got := d.last(); got.Revision != good {
		t.Errorf("asked for %+v", got)
	}
	d.engine.unread, d.engine.deployments = nil, nil
	r, cmd := dialog.NewRollback(d.work, "production", engine.Commit{}, crashed())
	d.shows(r, "What was deployed is being read.")
	d.run(r, cmd)
	d.shows(r, "The cluster has no record of a deployment yet.")
}

// TestWhetherItIsBack: the execution tells it plainly, whatever becomes of it.
func TestWhetherItIsBack(t *testing.T) {
	d := newDesk(t)
	p := d.goOn(d.rollBack(engine.Commit{}))
	d.engine.execute = func(context.Context, *engine.Plan, func(engine.Step)) (engine.Outcome, error) {
		return engine.Outcome{Action: engine.ActionRollback, Environment: "production", Commit: head, Started: noon, Ended: noon.Add(time.Second)}, nil
	}
	d.press(p, "right", "enter")
	sees := func(change func(*engine.Environment), words ...string) {
		t.Helper()
		s := crashed()
		s.Automation, s.Environments[1].Auto = true, true
		change(s.Environments[1])
		p.SetSnapshot(s)
		d.shows(p, words...)
	}
	sees(func(*engine.Environment) {}, "Roll back production", "✓ committed 3f2a91c", "the sync of production follows by itself.", "Until then: = Synced, ✗ Degraded")
	sees(func(e *engine.Environment) { e.AppliedRevision, e.Health = head, engine.Progressing }, "↻ production is Progressing at 3f2a91c.")
	sees(func(e *engine.Environment) { e.AppliedRevision = head }, "✗ production is Degraded at 3f2a91c: Deployment api, 0 of 3 ready")
	sees(func(e *engine.Environment) {
		e.AppliedRevision, e.Health, e.Counts = head, engine.Missing, map[engine.Drift]int{engine.DriftMissing: 2}
	}, "production has it. Other than in Git as before: 2 objects, which s syncs.")
	sees(func(e *engine.Environment) {
		e.AppliedRevision, e.Health = good, engine.Healthy
		e.Syncs = []engine.Sync{{Revision: good, Started: noon.Add(time.Minute), Succeeded: true, Whole: true}}
	}, "✓ production is back: Healthy at 77b0e12.", "held until it is released: h in 3 Images.")
}

// TestTagsHaveRoom: where the names of images leave no room, their tags do.
func TestTagsHaveRoom(t *testing.T) {
	d := newDesk(t)
	p := d.goBack(engine.RollbackWhole, func(p *engine.Plan) {
		const web = "registry.acme.dev:5000/a/team/name/web:"
		f := &p.Changes[0].Fields[0]
		f.Live, f.Desired = web+"1.27.1-crash", web+"1.25.3"
	})
	if text := d.view(p, 80, 24); !strings.Contains(text, "…image  1.27.1-crash → 1.25.3") {
		t.Errorf("got:\n%s", text)
	}
	d.shows(p, "/name/web:1.25.3")
}

// TestRescue: whoever sees a plan fail where it was executed is one key away from
// the way back, and from the reason.
func TestRescue(t *testing.T) {
	for _, key := range []string{"r", "F"} {
		d := newDesk(t)
		p := d.promoting(nil)
		d.press(p, "tab", "tab", "enter")
		d.press(p, key) // all is well so far
		if d.closed(p) || len(d.chosen()) > 0 {
			t.Fatal("something is done about what is well")
		}
		s := crashed()
		s.Environments[1].Syncs = []engine.Sync{
			{Revision: bad, Succeeded: true, Whole: true}, {Revision: good, Succeeded: true, Whole: true, Health: engine.Healthy},
		}
		p.SetSnapshot(s)
		d.press(p, key)
		want := dialog.Chosen{Dialog: p, Environment: "production", Action: map[string]keymap.Action{"r": keymap.Rollback, "F": keymap.Failure}[key]}
		if got := d.chosen(); len(got) != 1 || got[0].Dialog != want.Dialog || got[0].Environment != want.Environment || got[0].Action != want.Action {
			t.Errorf("%s: %+v", key, got)
		}
	}
}

// chosen are the actions that the dialogs asked for.
func (d *desk) chosen() []dialog.Chosen {
	var all []dialog.Chosen
	for _, msg := range d.told {
		if c, is := msg.(dialog.Chosen); is {
			all = append(all, c)
		}
	}
	return all
}

// sharing is a rollback that brings back files which others read.
func sharing(p *engine.Plan) {
	p.Shared = []engine.SharedFile{
		{Path: "base/api/config.yaml", Environments: []string{"staging", "eu"}}, {Path: "base/api/deployment.yaml", Environments: []string{"staging", "eu"}},
		{Path: "base/web/sitemap.yaml", Environments: []string{"staging"}},
	}
	if !p.Overlay {
		other := p.Changes[0]
		other.Environment = "staging"
		p.Changes = append(p.Changes, other)
	}
}

// goBack opens the plan of a rollback.
func (d *desk) goBack(mode engine.RollbackMode, change func(*engine.Plan)) *dialog.Plan {
	d.t.Helper()
	r := d.rollBack(engine.Commit{})
	d.engine.plan = func(_ context.Context, r engine.Request) (*engine.Plan, error) {
		p := comeback(r)
		change(p)
		return p, nil
	}
	if mode == engine.RollbackImages {
		d.press(r, "]")
	}
	return d.goOn(r)
}

// TestOverlay: what others read is told, with what becomes of it there, and can
// be left alone.
func TestOverlay(t *testing.T) {
	d := newDesk(t)
	p := d.goBack(engine.RollbackWhole, sharing)
	d.shows(p, "Read by staging, eu too: base/api/config.yaml, base/api/deployment.yaml and 1 more.", "staging: 1 object, which this changes too", "v leaves them alone")
	d.golden(p, "rollback-plan-files")
	d.press(p, "v")
	if r := d.last(); !r.Overlay || r.Revision != good {
		t.Errorf("asked for %+v", r)
	}
	d.shows(p, "Back to 77b0e12, by an overlay.", "Read by staging, eu too, and left alone", "No other environment changes.")
	d.golden(p, "rollback-plan-overlay")
	d.press(p, "v")
	if d.last().Overlay {
		t.Error("it cannot be turned off")
	}
	d.engine.plan = func(context.Context, engine.Request) (*engine.Plan, error) {
		return nil, errors.New("environments/production has no kustomization that could take it in")
	}
	d.press(p, "v")
	d.shows(p, "That cannot be planned: environments/production has no kustomization", "which this changes too")
}

// TestNothingShared: the key is there only where it is of use.
func TestNothingShared(t *testing.T) {
	d := newDesk(t)
	p := d.goBack(engine.RollbackWhole, func(*engine.Plan) {})
	n := len(d.engine.requests)
	d.press(p, "v")
	if len(d.engine.requests) != n {
		t.Error("an overlay of nothing is planned")
	}
	d.hides(p, "Read by")
}

// TestChosenWorkloadsGoBack: the images of some go back, and the others stay in
// sight.
func TestChosenWorkloadsGoBack(t *testing.T) {
	d := newDesk(t)
	p := d.goBack(engine.RollbackImages, func(p *engine.Plan) {
		back := p.Updates[0]
		side := back
		side.Container, side.Repository = "proxy", "registry.acme.dev/proxy"
		page := back
		page.Object = web
		p.Updates = slices.DeleteFunc([]engine.ImageUpdate{back, side, page}, func(u engine.ImageUpdate) bool {
			return len(p.Objects) > 0 && !slices.Contains(p.Objects, u.Object)
		})
	})
	d.shows(p, "[x] api/main", "[x] api/proxy", "[x] web/main", "Roll back 3 images to 77b0e12")
	d.press(p, "x") // which is of the whole workload
	if r := d.last(); !slices.Equal(r.Objects, []engine.ID{web}) || r.Mode != engine.RollbackImages {
		t.Errorf("asked for %+v", r)
	}
	d.shows(p, "[ ] api/main", "[ ] api/proxy", "[x] web/main", "1 workload back to the images of 77b0e12", "Roll back 1 image to 77b0e12", "Stays as it is.")
	d.golden(p, "rollback-plan-chosen")
	n := len(d.engine.requests)
	d.press(p, "end", "x")
	d.shows(p, "It is the only one that goes.")
	if len(d.engine.requests) != n {
		t.Error("a rollback of nothing is planned")
	}
	d.press(p, "home", "x")
	if r := d.last(); len(r.Objects) != 2 {
		t.Errorf("asked for %+v", r)
	}
	d.press(p, "tab", "tab", "enter")
	if len(d.engine.executed) != 1 {
		t.Error("it is not executed")
	}
}

func TestHostileRollback(t *testing.T) {
	const evil = "\x1b]0;owned\x07\x1b[2Ja\u202eb\x00c\u009b26日本語\r\nd"
	for _, keys := range [][]string{nil, {"]"}, {"["}, {"end"}} {
		d := newDesk(t)
		r := d.rollBack(engine.Commit{})
		for i := range d.engine.deployments {
			x := &d.engine.deployments[i]
			x.Hash, x.Author, x.Subject, x.Problem, x.Health = evil, evil, evil, x.Problem+evil, evil
			x.Images = []engine.ImageUpdate{{Object: engine.ID{Name: evil}, From: evil, To: evil}}
		}
		d.engine.deployments[1].Problem = ""
		d.press(r, "R")
		d.press(r, keys...)
		s := crashed()
		s.Environments[1].AppliedRevision, s.Environments[1].Objects[0].Message = evil, evil
		r.SetSnapshot(s)
		for _, size := range [][2]int{{1, 1}, {20, 6}, {40, 10}, {80, 24}, {120, 40}} {
			if text := d.view(r, size[0], size[1]); strings.ContainsAny(text, "\x1b\x07\x00\u202e\u009b\r") {
				t.Errorf("%v at %v: %q", keys, size, text)
			}
		}
	}
}
