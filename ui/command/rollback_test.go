package command

import (
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine"
)

// theRollback brings an environment back, holds what goes back, and deletes what
// was not there then.
func theRollback() *engine.Plan {
	return &engine.Plan{
		Request: engine.Request{
			Action: engine.ActionRollback, Environment: "production", By: "ops@host", Revision: oldHash,
			Mode: engine.RollbackWhole, Reason: "1.9.0 leaks memory",
		},
		BaseRevision: headHash, Protected: true,
		Updates: []engine.ImageUpdate{
			{Object: deployment("api"), Container: "main", Repository: shop + "api", From: "1.9.0", To: "1.8.2"},
			{Object: deployment("worker"), Container: "main", Repository: shop + "worker", From: "2.1.0", To: "2.0.1"},
		},
		Commit: &engine.PlannedCommit{
			Message: "roll back production to 8b2d10c\n\n1.9.0 leaks memory\n\nEvenkeel-Action: rollback\nEvenkeel-Revision: " + oldHash + "\n",
			Author:  "Mira Holm <mira@acme.dev>",
			Files: []engine.FileChange{
				{Path: "production/kustomization.yaml", Operation: engine.Update, Concerns: true, Before: "newTag: 1.9.0\n", After: "newTag: 1.8.2\n"},
				{Path: ".evenkeel/holds/production.yaml", Operation: engine.Create, After: "holds:\n- image: registry.acme.dev/shop/api\n"},
			},
		},
		Changes: []engine.Change{
			imageChange("production", "api", "api:1.9.0", "api:1.8.2"),
			{Environment: "production", ID: plainKind("ConfigMap", "flags"), Operation: engine.Delete, File: "base/flags.yaml", Line: 1},
		},
		Shared: []engine.SharedFile{{Path: "base/flags.yaml", Environments: []string{"canary", "staging"}}},
		Gates:  []engine.Gate{{Name: "server accepts", Met: true}},
	}
}

func theDeployments() []engine.Deployment {
	const lostHash = "aaaaaaa0c1d2e3f405162738495a6b7c8d9e0f10"
	commit := func(hash, subject string, ago time.Duration) engine.Commit {
		return engine.Commit{Hash: hash, Author: "Mira Größe", Email: "mira@acme.dev", Time: before(ago), Subject: subject}
	}
	back := func(name, from, to string) engine.ImageUpdate {
		return engine.ImageUpdate{Object: deployment(name), Container: "main", Repository: shop + name, From: from, To: to}
	}
	return []engine.Deployment{
		{Revision: headHash, Commit: commit(headHash, "promote to production: api: 1.8.2 -> 1.9.0", time.Hour), Deployed: before(50 * time.Minute), Health: engine.Degraded, Current: true},
		{
			Revision: badHash, Commit: commit("bbbbbbb0c1d2e3f405162738495a6b7c8d9e0f10", "quieter logs", 26*time.Hour), Deployed: before(25 * time.Hour), Until: before(50 * time.Minute),
			Images: []engine.ImageUpdate{back("api", "1.9.0", "1.8.2")},
		},
		{
			Revision: oldHash, Commit: commit(oldHash, "部署 api 1.8.1, which is a long subject that goes on and on and on and on", 76*time.Hour), Deployed: before(75 * time.Hour), Until: before(25 * time.Hour),
			Health: engine.Healthy, LastHealthy: true,
			Images: []engine.ImageUpdate{back("api", "1.9.0", "1.8.1"), back("worker", "2.1.0", "2.0.1")},
		},
		{Revision: lostHash, Commit: engine.Commit{Hash: lostHash}, Deployed: before(800 * 24 * time.Hour), Until: before(75 * time.Hour), Health: engine.Healthy, Problem: "the branch has lost it"},
	}
}

func TestRollback(t *testing.T) {
	render := func(p *printer) { printCommitPlan(p, noon, theRollback()) }
	golden(t, "rollback.txt", textOf(t, render))
	golden(t, "rollback.json", documentOf(t, planDocument(theRollback())))
}

// TestRollbackByOverlayAndSync: what is shared stays, and the plan is of the
// cluster too.
func TestRollbackByOverlayAndSync(t *testing.T) {
	plan := theRollback()
	plan.Overlay, plan.Sync = true, true
	plan.Waiting, plan.Changes = plan.Changes[1:], plan.Changes[:1]
	plan.Waiting[0].Reason = "deleting a Namespace deletes everything in it"
	golden(t, "rollback-overlay.txt", textOf(t, func(p *printer) { printCommitPlan(p, noon, plan) }))
}

func TestRollbackFlags(t *testing.T) {
	const rev = "4c64658"
	for _, c := range []struct {
		o        rollbackOptions
		revision []string
		err      string
	}{
		{o: rollbackOptions{overlay: true}, revision: []string{rev}},
		{o: rollbackOptions{following: following{sync: true, patience: patience{wait: true}}}, revision: []string{rev}},
		{o: rollbackOptions{overlay: true}, err: "go back to which revision?"},
		{o: rollbackOptions{following: following{sync: true}}, err: "go back to which revision?"},
		{o: rollbackOptions{overlay: true, mode: "images"}, revision: []string{rev}, err: "--overlay goes with --mode whole"},
		{o: rollbackOptions{overlay: true, workloads: []string{"api"}}, revision: []string{rev}, err: "--overlay goes with --mode whole"},
		{o: rollbackOptions{following: following{patience: patience{wait: true}}}, revision: []string{rev}, err: "--wait goes with --sync"},
	} {
		if err := c.o.check(c.revision); c.err == "" && err != nil || c.err != "" && (err == nil || !strings.HasPrefix(err.Error(), c.err)) {
			t.Errorf("%+v: got %v, want %q", c.o, err, c.err)
		}
	}
}

// TestSyncThatIsNotHeeded: who asked for a sync does not take a commit alone for
// it.
func TestSyncThatIsNotHeeded(t *testing.T) {
	plan := theRollback()
	f := following{sync: true}
	if err := f.heeds(plan); err == nil || !strings.Contains(err.Error(), "waits for a pull request") {
		t.Errorf("got %v", err)
	}
	if plan.Sync = true; f.heeds(plan) != nil {
		t.Error(f.heeds(plan))
	}
}

func TestDeployments(t *testing.T) {
	render := func(p *printer) { printDeployments(p, noon, "production", theDeployments()) }
	golden(t, "deployments.txt", textOf(t, render))
	golden(t, "deployments.ansi", colouredOf(t, render))
	golden(t, "deployments.json", documentOf(t, deploymentsDocument("production", theDeployments())))
	golden(t, "deployments-none.txt", textOf(t, func(p *printer) { printDeployments(p, noon, "production", nil) }))
}

func TestLastHealthy(t *testing.T) {
	deployments := theDeployments()
	if got, err := lastHealthy("production", deployments); err != nil || got != oldHash {
		t.Errorf("got %s, %v", got, err)
	}
	deployments[2].Problem = "it does not render"
	if _, err := lastHealthy("production", deployments); err == nil || !strings.HasSuffix(err.Error(), "8b2d10c, cannot be gone back to: it does not render") {
		t.Errorf("got %v", err)
	}
	if _, err := lastHealthy("production", deployments[:2]); err == nil || !strings.Contains(err.Error(), "evenkeel rollback production lists them") {
		t.Errorf("got %v", err)
	}
	if got := string(textOf(t, func(p *printer) { printDeployments(p, noon, "production", deployments[:2]) })); strings.Contains(got, "--to-last-healthy") {
		t.Errorf("it offers what there is not:\n%s", got)
	}
}

func TestRollbackQuestions(t *testing.T) {
	plan := theRollback()
	question, agreed := confirmation(plan)
	if question != "production is protected, and 1 object will be deleted. Type its name to go ahead: " || agreed("y") || !agreed("production") {
		t.Errorf("asks %q", question)
	}
	plan.Protected = false
	plan.Changes[1].Environment = "staging"
	question, agreed = confirmation(plan)
	if question != "staging changes too, and 1 object will be deleted. Type its name to go ahead: " || agreed("y") || agreed("production") || !agreed("staging") {
		t.Errorf("asks %q", question)
	}
	a := &app{}
	if err := a.agree(t.Context(), consent{yes: true, confirm: "production"}, plan); err == nil || err.Error() != "staging changes too, and 1 object would be deleted: add --confirm staging" {
		t.Errorf("got %v", err)
	}
	if err := a.agree(t.Context(), consent{yes: true, confirm: "staging"}, plan); err != nil {
		t.Error(err)
	}
	plan.Changes = plan.Changes[:1]
	for mode, want := range map[engine.RollbackMode]string{
		engine.RollbackWhole:  "Roll production back to 8b2d10c? [y/N] ",
		engine.RollbackImages: "Roll images of production back to 8b2d10c? [y/N] ",
		engine.RollbackRevert: "Revert 8b2d10c in production? [y/N] ",
	} {
		plan.Mode = mode
		if got, _ := confirmation(plan); got != want {
			t.Errorf("%s asks %q, want %q", mode, got, want)
		}
	}
}

// TestHeldByRollback: who goes back is told how to release what is held by it,
// and nothing else.
func TestHeldByRollback(t *testing.T) {
	image := func(name string, change func(*engine.Image)) *engine.Image {
		i := &engine.Image{Object: deployment(name), Container: "main", Repository: shop + name, Policy: "newest", Automated: true}
		change(i)
		return i
	}
	e := &engine.Environment{Name: "production", Images: []*engine.Image{
		image("api", func(*engine.Image) {}),
		image("worker", func(i *engine.Image) { i.Automated = false }), // nothing would bring it forward
		image("web", func(*engine.Image) {}),                           // it does not go back
	}}
	plan := theRollback()
	if got := strings.Join(heldByRollback(e, plan), " "); got != shop+"api" {
		t.Errorf("held are %s", got)
	}
	e.Images[0].Hold = &engine.Hold{}
	if got := heldByRollback(e, plan); len(got) > 0 {
		t.Errorf("held before was %s", got)
	}
	e.Images[0].Hold, plan.Commit.Files = nil, plan.Commit.Files[:1]
	if got := heldByRollback(e, plan); len(got) > 0 {
		t.Errorf("the commit holds nothing, and held are %s", got)
	}
}

func TestRollbackWorkloads(t *testing.T) {
	ids, err := workloadsOf(aisle(), []string{"deployment/api", "api", "backend"})
	if err != nil || len(ids) != 2 || ids[0] != deployment("api") || ids[1] != deployment("backend") {
		t.Errorf("got %v, %v", ids, err)
	}
	if _, err := workloadsOf(aisle(), []string{"gone"}); err == nil {
		t.Error("a workload that is not there is every workload")
	}
}
