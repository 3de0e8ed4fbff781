package command

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/drift"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares output with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; run with -update and look at the change. Got:\n%s", file, got)
	}
}

// textOf is what a renderer prints to a pipe.
func textOf(t *testing.T, render func(*printer)) []byte {
	t.Helper()
	return printed(t, render, false)
}

// colouredOf is what a renderer prints to a terminal.
func colouredOf(t *testing.T, render func(*printer)) []byte {
	t.Helper()
	return printed(t, render, true)
}

func printed(t *testing.T, render func(*printer), colour bool) []byte {
	t.Helper()
	var b bytes.Buffer
	p := &printer{w: &b, colour: colour}
	render(p)
	if p.err != nil {
		t.Fatal(p.err)
	}
	return b.Bytes()
}

// documentOf is a document as it is written.
func documentOf(t *testing.T, document any) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := writeJSON(&b, document); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What the fixtures have in common.
const (
	headHash = "19ce4aa0c1d2e3f405162738495a6b7c8d9e0f10"
	oldHash  = "8b2d10c0c1d2e3f405162738495a6b7c8d9e0f10"
	badHash  = "4d5e6f70c1d2e3f405162738495a6b7c8d9e0f10"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func before(d time.Duration) time.Time { return noon.Add(-d) }

func deployment(name string) engine.ID {
	return engine.ID{Group: "apps", Kind: "Deployment", Namespace: "shop", Name: name}
}

func plainKind(kind, name string) engine.ID {
	return engine.ID{Kind: kind, Namespace: "shop", Name: name}
}

// theSnapshot has an environment in every state.
func theSnapshot() *engine.Snapshot {
	synced := []*engine.Object{
		{ID: deployment("api"), Version: "v1", File: "base/api.yaml", Line: 3, Drift: engine.DriftSynced, Health: engine.Healthy, Managed: true},
		{ID: plainKind("Service", "api"), Version: "v1", File: "base/api.yaml", Line: 40, Drift: engine.DriftSynced, Health: engine.Healthy, Managed: true},
	}
	return &engine.Snapshot{
		Number: 7,
		At:     noon,
		Repository: engine.Repository{
			URL: "ssh://git@git.acme.dev/config.git", Branch: "main", Head: headHash, FetchedAt: before(4 * time.Second),
		},
		Environments: []*engine.Environment{
			{
				Name: "staging", Context: "kind-staging", Server: "https://127.0.0.1:6443", Path: "environments/staging", Namespace: "shop",
				Auto: true, State: engine.StateSynced, Health: engine.Healthy, Revision: headHash, AppliedRevision: headHash,
				Counts: map[engine.Drift]int{engine.DriftSynced: 2}, Objects: synced, AsOf: noon, Current: true, Settled: true,
				Syncs: []engine.Sync{{
					Revision: headHash, Started: before(time.Minute), Ended: before(59 * time.Second),
					Succeeded: true, Created: 1, Unchanged: 1, By: "ops@host",
				}},
			},
			{
				Name: "production", Context: "kind-production", Path: "environments/production", Protected: true,
				State: engine.StateOutOfSync, Health: engine.Degraded, Message: "3 objects differ",
				Revision: headHash, AppliedRevision: oldHash,
				Counts: map[engine.Drift]int{
					engine.DriftSynced: 2, engine.DriftModified: 2, engine.DriftMissing: 1, engine.DriftExtra: 1,
				},
				Objects: []*engine.Object{
					{ID: plainKind("ConfigMap", "flags"), Version: "v1", File: "base/flags.yaml", Line: 1, Drift: engine.DriftMissing, Health: engine.Missing},
					{ID: deployment("api"), Version: "v1", File: "base/api.yaml", Line: 3, Drift: engine.DriftModified, Health: engine.Degraded, Message: "ImagePullBackOff: shop/api:2.1.0-broken", Managed: true},
					{ID: deployment("web"), Version: "v1", File: "base/web.yaml", Line: 3, Drift: engine.DriftSynced, Health: engine.Progressing, Message: "2 of 3 updated", Managed: true},
					{ID: plainKind("Job", "migrate"), Version: "v1", File: "base/job.yaml", Line: 1, Drift: engine.DriftModified, Health: engine.Healthy, Message: "spec.template: field is immutable", Failed: true, Managed: true},
					{ID: engine.ID{Kind: "Namespace", Name: "shop"}, Version: "v1", File: "base/ns.yaml", Line: 1, Drift: engine.DriftSynced, Health: engine.Healthy, Managed: true},
					{ID: plainKind("Service", "old"), Version: "v1", Drift: engine.DriftExtra, Health: engine.Healthy, Managed: true},
				},
				AsOf: before(12 * time.Minute), Settled: true,
			},
			{
				Name: "preview", Path: "environments/preview", State: engine.StateSuspended, Health: engine.Healthy,
				Message: "by mira@host: moving house", Revision: headHash, AppliedRevision: headHash,
				Suspension: &engine.Suspension{By: "mira@host", Reason: "moving house", At: before(3 * time.Hour)},
				Counts:     map[engine.Drift]int{engine.DriftSynced: 2}, Objects: synced, AsOf: noon, Current: true, Settled: true,
			},
			{
				Name: "broken", Path: "environments/broken", State: engine.StateBlocked, Health: engine.Healthy,
				Message:  "4d5e6f7 cannot be rendered, 19ce4aa goes on: base/api.yaml:12: bad indentation",
				Revision: headHash, AppliedRevision: headHash, BrokenRevision: badHash,
				Problems: []string{"base/api.yaml:12: bad indentation", "base/web.yaml:3: Deployment web has no image"},
				Counts:   map[engine.Drift]int{engine.DriftSynced: 2}, Objects: synced, AsOf: noon, Current: true, Settled: true,
			},
			{
				Name: "shrinking", Path: "environments/shrinking", State: engine.StateBlocked, Health: engine.Healthy,
				Message:  "2 deletions wait for approval: deleting a Namespace deletes everything in it",
				Revision: headHash, AppliedRevision: oldHash,
				Counts: map[engine.Drift]int{engine.DriftSynced: 1, engine.DriftExtra: 2},
				Waiting: []engine.Change{
					{Environment: "shrinking", ID: engine.ID{Kind: "Namespace", Name: "shop"}, Operation: engine.Delete, Reason: "deleting a Namespace deletes everything in it"},
					{Environment: "shrinking", ID: plainKind("PersistentVolumeClaim", "data"), Operation: engine.Delete, Reason: "deleting a PersistentVolumeClaim may delete its data"},
				},
				Objects: []*engine.Object{
					{ID: engine.ID{Kind: "Namespace", Name: "shop"}, Version: "v1", Drift: engine.DriftExtra, Health: engine.Healthy, Managed: true},
					{ID: plainKind("PersistentVolumeClaim", "data"), Version: "v1", Drift: engine.DriftExtra, Health: engine.Healthy, Managed: true},
					synced[1],
				},
				AsOf: noon, Current: true, Settled: true,
				Syncs: []engine.Sync{{Revision: headHash, Started: before(time.Hour), Ended: before(time.Hour), Message: "1 refused", By: "ops@host"}},
			},
			{
				Name: "faraway", Path: "environments/faraway", State: engine.StateUnknown,
				Message:  "the cluster cannot be read: dial tcp 10.0.0.1:6443: connect: connection refused",
				Revision: headHash, Counts: map[engine.Drift]int{engine.DriftPending: 1},
				Objects: []*engine.Object{{ID: deployment("api"), Version: "v1", File: "base/api.yaml", Line: 3, Drift: engine.DriftPending}},
				Settled: true,
			},
			{
				Name: "busy", Path: "environments/busy", State: engine.StateSyncing, Health: engine.Progressing, Revision: headHash,
				AppliedRevision: headHash, Counts: map[engine.Drift]int{engine.DriftSynced: 2}, Objects: synced, AsOf: noon, Current: true,
				Running: &engine.Progress{Action: engine.ActionSync, By: "ops@host", Started: before(time.Second), Done: 12, Failed: 1, Total: 38},
			},
		},
	}
}

// secretValue must never be seen anywhere.
const secretValue = "hunter2"

// thePlan has every kind of change.
func thePlan() *engine.Plan {
	return &engine.Plan{
		Request:      engine.Request{Action: engine.ActionSync, Environment: "production", By: "ops@host"},
		BaseRevision: headHash,
		Protected:    true,
		Unchanged:    34,
		Changes: []engine.Change{
			{
				Environment: "production", ID: plainKind("ConfigMap", "flags"), Operation: engine.Create, File: "base/flags.yaml", Line: 1,
				Diff: "--- live ConfigMap shop/flags\n+++ git ConfigMap shop/flags\n@@ -0,0 +1,2 @@\n+apiVersion: v1\n+kind: ConfigMap\n",
			},
			{
				Environment: "production", ID: deployment("api"), Operation: engine.Update, File: "base/api.yaml", Line: 3,
				Fields: []engine.FieldChange{
					{
						Field: drift.Field{
							Path: "spec.template.spec.containers[api].env[LOG_LEVEL].value", Op: drift.Change,
							Desired: "warn", Live: "debug", Manager: "kubectl-edit", ChangedAt: before(12 * time.Minute),
						},
						Commit: &engine.Commit{Hash: headHash, Author: "ops", Email: "ops@acme.dev", Time: before(72 * time.Hour), Subject: "quieter logs"},
					},
					{Field: drift.Field{Path: "spec.replicas", Op: drift.Change, Desired: int64(3), Live: int64(2), Manager: "kubectl (scale)"}},
					{Field: drift.Field{Path: `metadata.labels["app.kubernetes.io/part-of"]`, Op: drift.Add, Desired: "shop"}},
					{
						Field:  drift.Field{Path: "spec.template.spec.tolerations", Op: drift.Remove, Live: []any{map[string]any{"operator": "Exists"}}, Manager: "evenkeel"},
						Commit: &engine.Commit{Hash: oldHash, Author: "mira", Time: before(26 * time.Hour), Subject: "no more tolerations"},
					},
				},
				Diff: "--- live Deployment.apps shop/api\n+++ git Deployment.apps shop/api\n@@ -8,3 +8,3 @@\n spec:\n-  replicas: 2\n+  replicas: 3\n",
			},
			{
				Environment: "production", ID: plainKind("Secret", "keys"), Operation: engine.Update, File: "base/keys.yaml", Line: 1,
				Fields: []engine.FieldChange{{Field: drift.Field{
					Path: "data.PASSWORD", Op: drift.Change, Desired: secretValue, Live: secretValue + "1", Masked: true,
				}}},
				Diff: "--- live Secret shop/keys\n+++ git Secret shop/keys\n@@ -1,2 +1,2 @@\n data:\n-  PASSWORD: (hidden, before)\n+  PASSWORD: (hidden, after)\n",
			},
			{
				Environment: "production", ID: plainKind("Job", "migrate"), Operation: engine.Update, File: "base/job.yaml", Line: 1,
				Refused: true, Reason: "spec.template: Invalid value: field is immutable",
			},
			{Environment: "production", ID: plainKind("Service", "old"), Operation: engine.Delete},
		},
		Waiting: []engine.Change{{
			Environment: "production", ID: plainKind("PersistentVolumeClaim", "data"), Operation: engine.Delete,
			Reason: "deleting a PersistentVolumeClaim may delete its data",
		}},
		Gates: []engine.Gate{
			{Name: "healthy", Met: true, Reason: "staging is Healthy"},
			{Name: "soak", Reason: "staging has been Healthy for 10m, 30m are asked for"},
		},
	}
}

func theOutcome() *engine.Outcome {
	return &engine.Outcome{
		Action: engine.ActionSync, Environment: "production", Revision: headHash, By: "ops@host",
		Started: noon, Ended: noon.Add(1340 * time.Millisecond),
		Steps: []engine.Step{
			{ID: plainKind("ConfigMap", "flags"), Operation: engine.Create},
			{ID: deployment("api"), Operation: engine.Update},
			{ID: plainKind("Secret", "keys"), Operation: engine.Update, Unchanged: true},
			{ID: plainKind("Job", "migrate"), Operation: engine.Update, Err: "spec.template: field is immutable"},
			{ID: plainKind("Service", "old"), Operation: engine.Delete},
		},
	}
}

func theHistory() []engine.HistoryCommit {
	return []engine.HistoryCommit{
		{
			Commit:       engine.Commit{Hash: headHash, Author: "ops", Email: "ops@acme.dev", Time: before(2 * time.Hour), Subject: "quieter logs"},
			DeployedAt:   before(time.Hour),
			Environments: []string{"staging"},
		},
		{
			Commit:       engine.Commit{Hash: oldHash, Author: "Mira Größe", Email: "mira@acme.dev", Time: before(76 * time.Hour), Subject: "部署 api 2.1.0, which is a long subject that goes on and on and on and on and on"},
			Action:       "promote",
			DeployedAt:   before(75 * time.Hour),
			Environments: []string{"production", "preview"},
		},
		{Commit: engine.Commit{Hash: badHash, Author: "ops", Email: "ops@acme.dev", Time: before(800 * 24 * time.Hour), Subject: "first"}},
	}
}
