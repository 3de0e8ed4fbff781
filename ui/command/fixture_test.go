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
				Verification: &engine.Verification{
					Revision: headHash, Job: engine.ID{Group: "batch", Kind: "Job", Namespace: "shop", Name: "smoke-19ce4aa"},
					State: engine.VerificationSucceeded, Started: before(50 * time.Second), Ended: before(40 * time.Second),
				},
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
				AsOf: before(12 * time.Minute), Settled: true, PromotesFrom: "staging",
				Pipeline: &engine.Pipeline{
					Updates: []engine.ImageUpdate{{Object: deployment("api"), Container: "main", Repository: "registry.acme.dev/shop/api", From: "1.8.2", To: "1.9.0"}},
					Left: []engine.ImageUpdate{{
						Object: deployment("web"), Container: "main", Repository: "registry.acme.dev/shop/web", From: "1.25.3", To: "1.27.1",
						Reason: "it is Degraded in staging: CrashLoopBackOff",
					}},
					Gates: []engine.Gate{
						{Name: engine.GateSourceHealthy, Reason: "staging is Degraded: Deployment.apps shop/web is Degraded: CrashLoopBackOff"},
						{Name: engine.GateSoaked, Reason: "api has run in staging for 26m0s of 30m0s", MetAt: noon.Add(4 * time.Minute)},
						{Name: engine.GateVerified, Met: true, Reason: "the verify job of staging passed 40s ago"},
					},
				},
				Changes: engine.ChangePullRequest, PullRequests: theRequests(),
			},
			{
				Name: "preview", Path: "environments/preview", State: engine.StateSuspended, Health: engine.Healthy,
				Message: "by mira@host: moving house", Revision: headHash, AppliedRevision: headHash,
				Suspension: &engine.Suspension{By: "mira@host", Reason: "moving house", At: before(3 * time.Hour)},
				Verification: &engine.Verification{
					Revision: headHash, Job: engine.ID{Group: "batch", Kind: "Job", Namespace: "shop", Name: "smoke-19ce4aa"},
					State: engine.VerificationFailed, Message: "Job has reached the specified backoff limit",
					Started: before(4 * time.Hour), Ended: before(3 * time.Hour),
				},
				Counts: map[engine.Drift]int{engine.DriftSynced: 2}, Objects: synced, AsOf: noon, Current: true, Settled: true,
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

func theRequests() []engine.PullRequest {
	const pulls = "https://git.acme.dev/acme/config/pulls/"
	return []engine.PullRequest{
		{
			Environment: "production", Action: engine.ActionPromote, Branch: "evenkeel/production/promote-3f2a91c", Commit: badHash,
			Title: "promote to production: api: 1.8.2 -> 1.9.0", Author: "Mira Holm <mira@acme.dev>", Number: 12, URL: pulls + "12",
			State: engine.PullRequestOpen, Reason: "it conflicts with main", Created: before(3 * time.Hour), Updated: before(time.Hour),
		},
		{
			Environment: "production", Action: engine.ActionHold, Branch: "evenkeel/production/hold-88aa001", Commit: badHash,
			Title: "hold web in production", Author: "Mira Holm <mira@acme.dev>", State: engine.PullRequestBranch, Created: before(4 * time.Hour), Updated: before(4 * time.Hour),
		},
		{
			Environment: "production", Action: engine.ActionApprove, Branch: "evenkeel/production/approve-0c0ffee", Commit: oldHash,
			Title: "production: web: 1.26.0 -> 1.27.0", Author: "Tom Okoro <tom@acme.dev>", Number: 11, URL: pulls + "11",
			State: engine.PullRequestMerged, Created: before(50 * time.Hour), Updated: before(48 * time.Hour),
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

// theImages has an image in every state, and every kind of trouble.
func theImages() *engine.Snapshot {
	const shop = "registry.acme.dev/shop/"
	cron := engine.ID{Group: "batch", Kind: "CronJob", Namespace: "shop", Name: "sitemap"}
	sale := &engine.Hold{Image: shop + "worker", By: "mira@host", Reason: "the sale", Since: before(50 * time.Hour)}
	everything := engine.Hold{By: "ops@host", Reason: "holidays", Since: before(3 * time.Hour)}
	lock := &engine.Hold{Image: shop + "search", Annotation: "fluxcd.io/locked", File: "base/search.yaml", By: "jonas"}
	return &engine.Snapshot{
		Number: 9, At: noon,
		Repository: engine.Repository{URL: "ssh://git@git.acme.dev/config.git", Branch: "main", Head: headHash, FetchedAt: noon},
		Registries: []engine.Registry{
			{Host: "registry.acme.dev", LastAnswer: before(5 * time.Second)},
			{Host: "quay.io", Err: "dial tcp: connection refused", DownSince: before(20 * time.Minute), NextTry: noon, LastAnswer: before(time.Hour)},
		},
		Environments: []*engine.Environment{
			{
				Name: "staging", State: engine.StateSynced, Health: engine.Healthy, Revision: headHash, Auto: true,
				ImageMode: engine.ImagesAuto, Settled: true, ImagesSettled: true,
				Images: []*engine.Image{
					{Object: deployment("api"), Container: "main", Repository: shop + "api", Desired: "1.9.0", Live: "1.9.0", Policy: "semver:^1", PolicyFrom: "evenkeel.dev/tag.main", Automated: true, Allowed: "1.9.0", Newest: "2.0.0", NotNewest: "2.0.0 lies outside the range ^1", State: engine.ImageLive, AsOf: noon},
					{Object: deployment("web"), Container: "main", Repository: shop + "web", Desired: "1.27.0", Live: "1.26.0", Policy: "semver:^1", Automated: true, Allowed: "1.27.0", Newest: "1.27.0", State: engine.ImageApproved},
				},
			},
			{
				Name: "production", State: engine.StateSynced, Health: engine.Healthy, Revision: headHash, Protected: true,
				ImageMode: engine.ImagesApprove, Settled: true, ImagesSettled: true, Holds: []engine.Hold{*sale, *lock},
				Images: []*engine.Image{
					{Object: cron, Container: "main", Repository: shop + "web", Desired: "1.25.3", Live: "1.25.3", Policy: "semver:^1", Automated: true, Allowed: "1.27.0", Newest: "1.27.0", Behind: 3, State: engine.ImagePending},
					{Object: deployment("api"), Container: "migrate", Init: true, Repository: shop + "api", Desired: "1.8.2", Live: "1.8.2", State: engine.ImageLive},
					{Object: deployment("api"), Container: "main", Repository: shop + "api", Desired: "1.8.2", Live: "1.8.1", Policy: "semver:^1", PolicyFrom: "evenkeel.dev/tag.main", Automated: true, Allowed: "1.9.0", Newest: "2.0.0", NotNewest: "2.0.0 lies outside the range ^1", Behind: 1, DesiredBuilt: before(20 * 24 * time.Hour), AllowedBuilt: before(2 * time.Hour), State: engine.ImagePending, AsOf: noon},
					{Object: deployment("api"), Container: "proxy", Repository: "docker.io/envoyproxy/envoy", Desired: "v1.36.2@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", State: engine.ImageUnknown},
					{Object: deployment("flapping"), Container: "main", Repository: shop + "flapping", Desired: "main-1", Live: "main-1", Policy: `numeric:^main-(\d+)$`, Allowed: "main-2", Newest: "main-2", Behind: 1, Reverted: oldHash, Moved: "main-1 was sha256:aaaa and is sha256:bbbb", State: engine.ImagePending},
					{Object: deployment("misread"), Container: "main", Repository: shop + "misread", Desired: "1", Live: "1", Policy: "semver:~~1", Trouble: true, Reason: "the policy does not parse: ~~1 is no range", State: engine.ImageLive},
					{Object: deployment("mirror"), Container: "main", Repository: "quay.io/acme/mirror", Desired: "3", Live: "quay.io/acme/old:2", Policy: "newest", Trouble: true, Reason: "connection refused", State: engine.ImageApproved},
					{Object: deployment("search"), Container: "main", Repository: shop + "search", Desired: "0.14.2", Live: "0.14.2", Policy: "semver:0.x", Allowed: "0.14.2", Newest: "0.14.2", State: engine.ImageHeld, Hold: lock},
					{Object: deployment("slow"), Container: "main", Repository: shop + "slow", Desired: "2", Live: "2", State: engine.ImageRollingOut},
					{Object: deployment("torn"), Container: "main", Repository: shop + "torn", Desired: "2", Live: "2", State: engine.ImageFailed, Reason: "torn-1: container main: CrashLoopBackOff"},
					{Object: deployment("worker"), Container: "main", Repository: shop + "worker", Desired: "2.0.1", Live: "2.0.1", Policy: "semver:^2", Allowed: "2.1.0", Newest: "2.1.0", Behind: 1, AllowedBuilt: before(26 * time.Hour), State: engine.ImageHeld, Hold: sale},
				},
			},
			{
				Name: "preview", State: engine.StateSynced, Health: engine.Healthy, Revision: headHash,
				ImageMode: engine.ImagesOff, Settled: true, ImagesSettled: true, Holds: []engine.Hold{everything},
				Images: []*engine.Image{
					{Object: deployment("web"), Container: "main", Repository: shop + "web", Desired: "1.25.3", Live: "1.25.3", Policy: "semver:^1", Allowed: "1.27.0", Behind: 3, State: engine.ImageHeld, Hold: &everything},
				},
			},
			{
				Name: "muddled", State: engine.StateSynced, Health: engine.Healthy, Revision: headHash, BrokenRevision: badHash,
				ImageMode: engine.ImagesApprove, Settled: true, ImagesSettled: true, HoldsErr: ".evenkeel/holds/muddled.yaml:3: not valid YAML",
			},
		},
	}
}

// theApproval writes to Git, and has all that can be known of an image.
func theApproval() *engine.Plan {
	return &engine.Plan{
		Request: engine.Request{
			Action: engine.ActionApprove, Environment: "production", By: "ops@host", Reason: "the sale is over",
			Images: []engine.ImagePick{{Object: deployment("api"), Container: "main"}},
		},
		BaseRevision: headHash, Protected: true,
		Updates: []engine.ImageUpdate{
			{
				Object: deployment("api"), Container: "main", Repository: "registry.acme.dev/shop/api", From: "1.8.2", To: "1.9.0",
				Built: before(2 * time.Hour), Source: "https://git.acme.dev/shop/api", Revision: badHash, Version: "1.9.0",
				Platforms: []string{"linux/amd64", "linux/arm64"}, Size: 41 << 20, Behind: 2,
				Ran: &engine.Ran{Environment: "staging", Since: before(90 * time.Minute), Pods: 3, Ready: 3, Health: engine.Healthy},
			},
			{
				Object: deployment("worker"), Container: "main", Repository: "registry.acme.dev/shop/api", From: "1.8.2", To: "1.9.0", Along: true, Size: 900,
				Ran: &engine.Ran{Environment: "staging", Pods: 2, Ready: 1, Restarts: 4, Health: engine.Degraded},
			},
		},
		Commit: &engine.PlannedCommit{
			Message: "production: api: 1.8.2 -> 1.9.0\n\nthe sale is over\n\nEvenkeel-Action: approve\nEvenkeel-Environment: production\n",
			Author:  "Mira Holm <mira@acme.dev>",
			Files: []engine.FileChange{
				{Path: "production/kustomization.yaml", Operation: engine.Update, Concerns: true, Before: "images:\n- name: api\n  newTag: 1.8.2 # ours\n", After: "images:\n- name: api\n  newTag: 1.9.0 # ours\n"},
				{Path: ".evenkeel/holds/production.yaml", Operation: engine.Create, After: "holds:\n- image: api\n"},
				{Path: "production/keys.yaml", Operation: engine.Update, Hidden: "it has a Secret"},
			},
		},
		Changes: []engine.Change{
			{
				Environment: "production", ID: deployment("api"), Operation: engine.Update, File: "base/api.yaml", Line: 3,
				Fields: []engine.FieldChange{{Field: drift.Field{Path: "spec.template.spec.containers[main].image", Op: drift.Change, Desired: "api:1.9.0", Live: "api:1.8.2"}}},
			},
			{
				Environment: "production", ID: deployment("worker"), Operation: engine.Update, File: "base/worker.yaml", Line: 3,
				Fields: []engine.FieldChange{{Field: drift.Field{Path: "spec.template.spec.containers[main].image", Op: drift.Change, Desired: "api:1.9.0", Live: "api:1.8.2"}}},
			},
		},
		Gates: []engine.Gate{{Name: "no hold", Reason: "main of Deployment.apps shop/api is held by mira: the sale"}},
	}
}
