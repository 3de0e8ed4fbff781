package dialog_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/drift"
	"github.com/evenkeel/evenkeel/ui/console/dialog"
)

var web = engine.ID{Group: "apps", Kind: "Deployment", Namespace: "shop", Name: "web"}

// approve asks for what is newest of some images.
func approve(objects ...engine.ID) engine.Request {
	r := engine.Request{Action: engine.ActionApprove, Environment: "production"}
	for _, o := range objects {
		r.Images = append(r.Images, engine.ImagePick{Object: o, Container: "main"})
	}
	return r
}

// commitFor is the commit of a request in the world here.
func commitFor(r engine.Request) *engine.Plan {
	p := &engine.Plan{Request: r, BaseRevision: head, Protected: true}
	p.Commit = &engine.PlannedCommit{
		Message: "production: api 1.8.2 to 1.9.0\n\nEvenkeel-Action: approve\nEvenkeel-Environment: production\n",
		Author:  "Ada <ada@acme.dev>",
		Files: []engine.FileChange{{
			Path: "environments/production/kustomization.yaml", Operation: engine.Update, Concerns: true,
			Before: "images:\n- name: registry.acme.dev/api\n  newTag: 1.8.2 # keep in step with worker\n- name: registry.acme.dev/web\n  newTag: 1.25.3\n",
			After:  "images:\n- name: registry.acme.dev/api\n  newTag: 1.9.0 # keep in step with worker\n- name: registry.acme.dev/web\n  newTag: 1.25.3\n",
		}},
	}
	if r.Action != engine.ActionApprove {
		p.Commit.Message = "production: " + string(r.Action) + " api\n"
		p.Commit.Files = []engine.FileChange{{
			Path: ".evenkeel/holds/production.yaml", Operation: engine.Create, Concerns: true, After: "holds:\n- image: registry.acme.dev/api\n  by: ada\n",
		}}
		return p
	}
	p.Updates = []engine.ImageUpdate{
		{
			Object: api, Container: "main", Repository: "registry.acme.dev/api", From: "1.8.2", To: "1.9.0", Built: noon.Add(-2 * time.Hour), Behind: 2,
			Source: "https://git.acme.dev/api", Revision: "5e1f0aa", Platforms: []string{"linux/amd64", "linux/arm64"}, Size: 41_200_000,
			Ran: &engine.Ran{Environment: "staging", Since: noon.Add(-2 * time.Hour), Pods: 3, Ready: 3, Health: engine.Healthy},
		},
		{Object: web, Container: "main", Repository: "registry.acme.dev/api", From: "1.8.2", To: "1.9.0", Behind: 2, Along: true,
			Ran: &engine.Ran{Environment: "staging", Pods: 2, Ready: 1, Restarts: 4, Health: engine.Degraded}},
	}
	for _, id := range []engine.ID{api, web} {
		p.Changes = append(p.Changes, engine.Change{
			Environment: "production", ID: id, Operation: engine.Update, File: "environments/production/kustomization.yaml", Line: 1,
			Live: "image: registry.acme.dev/api:1.8.2\n", Desired: "image: registry.acme.dev/api:1.9.0\n",
			Fields: []engine.FieldChange{{Field: drift.Field{Path: "spec.template.spec.containers[main].image", Op: drift.Change, Live: "registry.acme.dev/api:1.8.2", Desired: "registry.acme.dev/api:1.9.0"}}},
		})
	}
	p.Gates = []engine.Gate{{Name: "no hold", Met: true}}
	return p
}

// running gives the production of a snapshot the images of the plans.
func running(s *engine.Snapshot, desired string, state engine.ImageState) *engine.Snapshot {
	s.Repository.Branch = "main"
	for _, id := range []engine.ID{api, web} {
		s.Environments[1].Images = append(s.Environments[1].Images, &engine.Image{
			Object: id, Container: "main", Repository: "registry.acme.dev/api", Desired: desired, State: state,
		})
	}
	return s
}

// propose opens the plan of a commit; change may be nil.
func (d *desk) propose(r engine.Request, change func(*engine.Plan)) *dialog.Plan {
	d.t.Helper()
	d.engine.plan = func(_ context.Context, r engine.Request) (*engine.Plan, error) {
		p := commitFor(r)
		if change != nil {
			change(p)
		}
		return p, nil
	}
	p, cmd := dialog.NewPlan(d.work, r, running(situation(), "1.8.2", engine.ImagePending))
	d.run(p, cmd)
	return p
}

// release and hold of an image.
func keep(action engine.Action, reason string) engine.Request {
	r := approve(api)
	r.Action, r.Reason = action, reason
	return r
}

func TestCommitGolden(t *testing.T) {
	pin := approve(api)
	pin.Images[0].Tag, pin.Hold, pin.Reason = "1.8.3", true, "1.9 leaks memory"
	for _, test := range []struct {
		name    string
		request engine.Request
		change  func(*engine.Plan)
		keys    []string
	}{
		{name: "approve", request: approve(api)},
		{name: "approve-git", request: approve(api), keys: []string{"]"}},
		{name: "approve-cluster", request: approve(api), keys: []string{"]", "]"}, change: func(p *engine.Plan) {
			other := p.Changes[0]
			other.Environment = "eu"
			p.Changes = append([]engine.Change{other}, p.Changes...)
		}},
		{name: "approve-diff", request: approve(api), keys: []string{"]", "]", "down", "down", "enter"}},
		{name: "approve-pin", request: pin, change: func(p *engine.Plan) { p.Updates = p.Updates[:1] }},
		{name: "approve-pin-there", request: pin, change: func(p *engine.Plan) { p.Updates, p.Changes = nil, nil }},
		{name: "hold", request: keep(engine.ActionHold, "the queue drains first")},
		{name: "hold-git", request: keep(engine.ActionHold, "the queue drains first"), keys: []string{"]"}},
		{name: "hold-all", request: engine.Request{Action: engine.ActionHold, Environment: "production", Reason: "a freeze"}},
		{name: "release", request: keep(engine.ActionRelease, "")},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t)
			p := d.propose(test.request, test.change)
			d.view(p, 80, 24)
			d.press(p, test.keys...)
			d.golden(p, test.name)
		})
	}
}

// TestNothingToApprove is no failure.
func TestNothingToApprove(t *testing.T) {
	d := newDesk(t)
	d.engine.plan = func(context.Context, engine.Request) (*engine.Plan, error) {
		return nil, fmt.Errorf("%w: api is at 1.9.0 in Git already", engine.ErrNothing)
	}
	p := d.open(approve(api))
	d.shows(p, "✓ Nothing to do: api is at 1.9.0 in Git already.", "Close")
	d.hides(p, "There is no plan")
}

// TestApprovalAsksForNoName: it deletes nothing, though production is protected.
func TestApprovalAsksForNoName(t *testing.T) {
	d := newDesk(t)
	p := d.propose(approve(api), nil)
	d.shows(p, "Commit 2 images")
	d.hides(p, "Type production")
	p = d.propose(approve(api), func(p *engine.Plan) {
		gone := deletion()
		gone.Environment = "production"
		p.Changes = append(p.Changes, gone)
	})
	d.shows(p, "Type production to go on")
}

// TestCommitIsOldWithItsImages: another head is no reason to plan again, another
// tag is.
func TestCommitIsOldWithItsImages(t *testing.T) {
	d := newDesk(t)
	p := d.propose(approve(api), nil)
	p.SetSnapshot(running(later(func(e *engine.Environment) { e.Revision = broken }), "1.8.2", engine.ImagePending))
	d.hides(p, "This plan is old")
	p.SetSnapshot(running(later(func(*engine.Environment) {}), "1.8.7", engine.ImagePending))
	d.shows(p, "This plan is old: api is at 1.8.7 in Git now")

	p = d.propose(approve(api), nil)
	p.SetSnapshot(later(func(*engine.Environment) {}))
	d.shows(p, "This plan is old: api is not there any more")
}

func TestCommitIsExecuted(t *testing.T) {
	for _, test := range []struct {
		name    string
		outcome engine.Outcome
		auto    bool
		says    []string
	}{
		{"by hand", engine.Outcome{Commit: head}, false, []string{"committed 3f2a91c in 1.2s", "production is synced by hand: s."}},
		{"by itself", engine.Outcome{Commit: head}, true, []string{"committed 3f2a91c in 1.2s", "the sync of production follows by itself."}},
		{"done before", engine.Outcome{Note: "mira did the same 3s ago"}, false, []string{"there was nothing left to commit: mira did the same 3s ago"}},
		{"refused", engine.Outcome{Err: "push: the branch is protected"}, false, []string{"approve was not done: push: the branch is protected"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t)
			d.engine.execute = func(context.Context, *engine.Plan, func(engine.Step)) (engine.Outcome, error) {
				o := test.outcome
				o.Action, o.Environment, o.Started, o.Ended = engine.ActionApprove, "production", noon, noon.Add(1200*time.Millisecond)
				return o, nil
			}
			p := d.propose(approve(api), nil)
			d.press(p, "right", "enter")
			if len(d.engine.executed) != 1 {
				t.Fatal("it was not executed")
			}
			s := running(later(func(e *engine.Environment) { e.Auto = test.auto }), "1.9.0", engine.ImageApproved)
			s.Automation = true
			p.SetSnapshot(s)
			d.work.Executions.SetSnapshot(s)
			d.shows(p, test.says...)
			if test.name == "by hand" {
				d.shows(p, "~ Approved api/main 1.8.2 → 1.9.0")
				d.golden(p, "execution-committed")
			}
		})
	}
}

// TestHostileCommits puts what terminals obey wherever it can come from.
func TestHostileCommits(t *testing.T) {
	const bad = "\x1b]0;owned\x07\x1b[2Ja\u202eb\x00c\u009b26日本語\r\nd"
	for _, r := range []engine.Request{approve(api), keep(engine.ActionHold, bad), keep(engine.ActionRelease, bad)} {
		for _, keys := range [][]string{nil, {"]"}, {"]", "]"}, {"["}} {
			d := newDesk(t)
			p := d.propose(r, func(p *engine.Plan) {
				p.Commit.Message, p.Commit.Author = bad+"\n"+bad, bad
				for i := range p.Commit.Files {
					p.Commit.Files[i].Path, p.Commit.Files[i].After = bad, bad
				}
				for i := range p.Updates {
					u := &p.Updates[i]
					u.Object.Name, u.Container, u.Repository, u.From, u.To, u.Source, u.Revision = bad, bad, bad, bad, bad, bad, bad
					u.Platforms = []string{bad}
					u.Ran.Environment = bad
				}
			})
			d.press(p, keys...)
			for _, size := range [][2]int{{20, 6}, {40, 10}, {80, 24}, {120, 40}} {
				if text := d.view(p, size[0], size[1]); strings.ContainsAny(text, "\x1b\x07\x00\u202e\u009b\r") {
					t.Errorf("%s %v at %v: %q", r.Action, keys, size, text)
				}
			}
		}
	}
}

// TestLongCommitsScroll: a commit that is longer than the dialog can be read.
func TestLongCommitsScroll(t *testing.T) {
	d := newDesk(t)
	p := d.propose(approve(api), func(p *engine.Plan) {
		for i := range 30 {
			u := p.Updates[0]
			u.Object.Name = fmt.Sprintf("worker-%02d", i)
			p.Updates = append(p.Updates, u)
		}
	})
	if text := d.view(p, 80, 24); strings.Contains(text, "worker-29") {
		t.Fatalf("there is nothing to scroll:\n%s", text)
	}
	d.press(p, "end")
	if text := d.view(p, 80, 24); !strings.Contains(text, "worker-29") {
		t.Errorf("the end is not seen:\n%s", text)
	}
	d.press(p, "home")
	if text := d.view(p, 80, 24); !strings.Contains(text, "api/main") {
		t.Errorf("the beginning is not seen:\n%s", text)
	}
}
