package detail_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
)

// deployments are what a production took whose newest one is broken.
func deployments() ([]engine.Deployment, error) {
	back := []engine.ImageUpdate{{Object: engine.ID{Group: "apps", Kind: "Deployment", Name: "api"}, Container: "main", From: "1.9.0", To: "1.8.2"}}
	return []engine.Deployment{
		{Commit: engine.Commit{Hash: "a81c0de4d5e6f7a8", Author: "ops", Subject: "promote api 1.9.0"}, Deployed: ago(3 * time.Minute), Health: engine.Degraded, Current: true},
		{Commit: engine.Commit{Hash: "77b0e124d5e6f7a8", Author: "web", Subject: "raise web replicas"}, Deployed: ago(26 * time.Hour), Until: ago(3 * time.Minute), Health: engine.Healthy, LastHealthy: true, Images: back},
		{Commit: engine.Commit{Hash: "19ce4aa4d5e6f7a8", Author: "ops", Subject: "begin"}, Deployed: ago(90 * time.Hour), Until: ago(26 * time.Hour), Problem: "it does not render: base/api.yaml:3: no such file"},
	}, nil
}

// broken is a production that has become Degraded with what it took last.
func broken() *engine.Environment {
	env := world()
	env.Health = engine.Degraded
	env.Syncs = []engine.Sync{
		{Revision: "a81c0de4d5e6f7a8", Started: ago(4 * time.Minute), Ended: ago(3 * time.Minute), Succeeded: true, Whole: true, Health: engine.Degraded},
		{Revision: "77b0e124d5e6f7a8", Started: ago(26 * time.Hour), Ended: ago(26 * time.Hour), Succeeded: true, Whole: true, Health: engine.Healthy},
	}
	return env
}

// deployed shows the deployments of an environment.
func deployed(answer func() ([]engine.Deployment, error)) func(*testing.T) *user {
	return func(t *testing.T) *user {
		u := drive(t, &script{deployed: answer})
		u.run(u.ShowEnvironment(broken()))
		u.tab("Deployments")
		return u
	}
}

func deploymentStates() []state {
	const bad = "\x1b]0;owned\x07\x1b[2Ja\u202eb\x00c\u009b26日本語\r\nd"
	return []state{
		{"environment-degraded", func(t *testing.T) *user {
			u := drive(t, &script{})
			u.run(u.ShowEnvironment(broken()))
			return u
		}},
		{"deployments", deployed(deployments)},
		{"deployments-none", deployed(nil)},
		{"deployments-error", deployed(func() ([]engine.Deployment, error) { return nil, errors.New("nothing has been rendered yet") })},
		{"deployments-hostile", deployed(func() ([]engine.Deployment, error) {
			all, err := deployments()
			for i := range all {
				d := &all[i]
				d.Hash, d.Author, d.Subject, d.Problem, d.Health = bad, bad, bad, bad, bad
				d.Images = []engine.ImageUpdate{{Object: engine.ID{Name: bad}, Container: bad, From: bad, To: bad}}
			}
			return all, err
		})},
	}
}

// TestDeploymentsAreReadAgain when something was deployed, and not before.
func TestDeploymentsAreReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &script{deployed: deployments}
		u := drive(t, src)
		u.run(u.ShowEnvironment(broken()))
		if n := src.count("Deployments production"); n != 0 {
			t.Errorf("asked %d times before anybody looked", n)
		}
		u.tab("Deployments")
		u.sees("77b0e12  ✓ Healthy", "last healthy", "api/main  1.9.0 → 1.8.2", "Not to be gone back to: it does not render")
		u.run(u.ShowEnvironment(broken()))
		if n := src.count("Deployments production"); n != 1 {
			t.Errorf("asked %d times", n)
		}
		next := broken()
		next.AppliedRevision = "5e1f0aa4d5e6f7a8"
		u.run(u.ShowEnvironment(next))
		if n := src.count("Deployments production"); n != 2 {
			t.Errorf("asked %d times", n)
		}
		u.press(keymap.Refresh)
		if n := src.count("Deployments production"); n != 3 {
			t.Errorf("asked %d times", n)
		}
	})
}
