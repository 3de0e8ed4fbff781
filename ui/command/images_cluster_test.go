package command_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/registry/registrytest"
)

// TestImagesDay goes through a day with the images of an environment: a real
// cluster, a real registry, and what the commands say and commit.
func TestImagesDay(t *testing.T) {
	w, namespace := newWorld(t)
	registry, err := registrytest.Serve(context.Background(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = registry.Close() })
	push := func(tags ...string) {
		t.Helper()
		for i, tag := range tags {
			o := registrytest.Options{Created: time.Date(2026, 11, 1, i, 0, 0, 0, time.UTC), Labels: map[string]string{"org.opencontainers.image.source": "https://git.acme.dev/api"}}
			if _, err := registry.Push(t.Context(), "shop/api", tag, o); err != nil {
				t.Fatal(err)
			}
		}
	}
	write(t, "evenkeel.yaml", fmt.Sprintf(`repository:
  url: ./config.git
registries:
  insecure: [%q]
environments:
  - name: staging
    path: shop
    namespace: %s
    images: approve
`, registry.Host(), namespace))
	push("1.0.0")
	deployment := func(tag string) string {
		return fmt.Sprintf(`apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
  annotations:
    evenkeel.dev/automated: "true"
    evenkeel.dev/tag.main: semver:^1
spec:
  replicas: 0
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      containers:
        - name: main
          image: %s/shop/api:%s # the api
`, registry.Host(), tag)
	}
	w.commit("the shop", map[string]string{
		"namespace.yaml": "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: " + namespace + "\n",
		"api.yaml":       deployment("1.0.0"),
	})
	w.run(0, "sync staging --yes --wait")
	w.run(0, "images", "images: approve", "1 image", "= Live", "api:1.0.0", "semver:^1")
	w.run(0, "approve staging --all", "nothing is pending in staging")
	w.run(0, "approve staging api", "Git has 1.0.0, and semver:^1 allows nothing newer")

	push("1.1.0", "1.2.0", "2.0.0")
	w.run(1, "images staging", "1 pending", "~ Pending", "api:1.0.0 → 1.2.0", "2 newer", "newest: 2.0.0")
	w.run(2, "approve staging apl", "did you mean api?")
	w.run(2, "approve staging api", "pass --yes to approve")
	w.run(2, "approve staging api --tag 9.9.9", "has no tag 9.9.9")
	w.run(2, "--read-only approve staging api --yes", "--read-only was given")

	var plan struct {
		Action, Environment, BaseRevision string
		Stale                             bool
		Commit                            struct {
			Message string
			Files   []struct{ Path, Diff string }
		}
		Updates []struct{ Workload, Container, From, To, Source string }
		Changes []struct{ Environment, Kind, Name, Operation string }
		Gates   []struct{ Name string }
	}
	document := w.run(1, "approve staging deployment/api --plan -o json")
	if err := json.Unmarshal([]byte(document), &plan); err != nil {
		t.Fatalf("%v in %s", err, document)
	}
	if plan.Action != "approve" || plan.BaseRevision != string(w.head) || plan.Stale ||
		len(plan.Updates) != 1 || plan.Updates[0].From != "1.0.0" || plan.Updates[0].To != "1.2.0" || plan.Updates[0].Source == "" ||
		len(plan.Changes) != 1 || plan.Changes[0].Name != "api" || plan.Changes[0].Environment != "staging" ||
		len(plan.Commit.Files) != 1 || plan.Commit.Files[0].Path != "shop/api.yaml" ||
		!strings.Contains(plan.Commit.Files[0].Diff, "+          image: "+registry.Host()+"/shop/api:1.2.0 # the api\n") ||
		!strings.Contains(plan.Commit.Message, "Evenkeel-Action: approve") {
		t.Errorf("got %s", document)
	}

	w.run(0, "hold staging api --reason sale", "committed ", "held until: evenkeel release staging api")
	w.run(0, "images staging", "| Held", "api:1.0.0 → 1.2.0", "sale")
	w.run(0, "approve staging --all", "nothing is pending")
	w.run(2, "approve staging api --yes", "nothing is committed for staging", "held", "sale")
	w.run(2, "release staging", "staging is not held as a whole")
	w.run(0, "release staging api", "committed ", "is released")
	w.run(0, "release staging api", "is not held in staging")
	w.run(2, "hold staging --reason holidays", "pass --yes to hold")
	w.run(0, "hold staging --reason holidays --yes", "committed ", "all of staging is held until: evenkeel release staging")
	w.run(2, "release staging api", "evenkeel release staging")
	w.run(0, "release staging", "all of staging is released")
	w.run(0, "release staging", "nothing is held in staging")

	w.run(0, "approve staging api --yes", "api:1.0.0 → 1.2.0", "committed ", "next: evenkeel sync staging")
	w.run(0, "images staging", "> Approved", "api:1.2.0", "live 1.0.0")
	w.run(0, "approve staging api --tag 1.2.0 --yes", "nothing to do")
	w.run(0, "sync staging --yes --wait")
	w.run(0, "images staging", "= Live", "api:1.2.0")
	w.run(0, "approve staging api --tag 1.1.0 --hold --reason leaks --yes", "Approve in staging and hold", "api:1.2.0 → 1.1.0", "held until: evenkeel release staging api")
	w.run(0, "images staging", "| Held", "api:1.1.0 → 1.2.0", "leaks")

	var images struct {
		Environments []struct {
			Name   string
			Images []struct {
				Kind, Namespace, Workload, Container, Repository, Desired, Live, Allowed, Newest, Policy, State, Reason string
			}
		}
	}
	document = w.run(0, "images -o json")
	if err := json.Unmarshal([]byte(document), &images); err != nil {
		t.Fatalf("%v in %s", err, document)
	}
	if i := images.Environments[0].Images[0]; i.Kind != "Deployment" || i.Namespace != namespace || i.Workload != "api" || i.Container != "main" ||
		i.Repository != registry.Host()+"/shop/api" || i.Desired != "1.1.0" || i.Live != "1.2.0" || i.Allowed != "1.2.0" || i.Newest != "2.0.0" ||
		i.Policy != "semver:^1" || i.State != "Held" {
		t.Errorf("got %s", document)
	}
	_, out, _ := evenkeel(t, "__complete", "approve", "staging", "")
	if !strings.HasPrefix(out, "api\n") {
		t.Errorf("offered are %q", out)
	}

	_ = registry.Close()
	w.run(2, "images staging", "api:1.1.0", "registry "+registry.Host())
}
