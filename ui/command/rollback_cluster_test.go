package command_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/kube"
	"github.com/evenkeel/evenkeel/registry/registrytest"
)

// TestReleaseDay goes through a day with a release: it is stopped at a gate,
// promoted for a reason, and taken back; on a real cluster, with a real
// registry.
func TestReleaseDay(t *testing.T) {
	w, staging := newWorld(t)
	production := staging + "-p"
	t.Cleanup(func() {
		cluster, err := kube.Connect(kube.Options{Kubeconfig: os.Getenv("KUBECONFIG")})
		if err == nil {
			err = cluster.Delete(context.Background(), kube.ID{Kind: "Namespace", Name: production}, "")
		}
		if err != nil {
			t.Error(err)
		}
	})
	registry, err := registrytest.Serve(context.Background(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = registry.Close() })
	for _, tag := range []string{"1.0.0", "1.1.0"} {
		if _, err := registry.Push(t.Context(), "shop/api", tag, registrytest.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	write(t, "evenkeel.yaml", fmt.Sprintf(`repository:
  url: ./config.git
registries:
  insecure: [%q]
environments:
  - name: staging
    path: shop/staging
    namespace: %s
  - name: production
    path: shop/production
    namespace: %s
    images: approve
    protected: true
    promotesFrom: staging
    gates:
      healthy: true
      soak: 1m
`, registry.Host(), staging, production))
	api := func(tag string) string {
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
          image: %s/shop/api:%s
`, registry.Host(), tag)
	}
	namespace := func(name string) string { return "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: " + name + "\n" }
	w.commit("the shop", map[string]string{
		"staging/namespace.yaml": namespace(staging), "staging/api.yaml": api("1.1.0"),
		"production/namespace.yaml": namespace(production), "production/api.yaml": api("1.0.0"), "production/alone.yaml": strings.ReplaceAll(api("1.0.0"), "name: api", "name: alone"),
	})
	first := string(w.head)

	// Nothing is promoted that does not run.
	w.run(2, "promote production --plan", "nothing that production has runs in staging")
	w.run(0, "sync staging --yes --wait")
	w.run(0, "sync production --yes --wait")
	w.run(2, "promote staging --plan", "promotes from no environment")
	w.run(2, "promote production alone --plan", "Deployment.apps "+production+"/alone main has no counterpart in staging")

	// A gate is in the way, and is passed over.
	w.run(1, "promote production --plan", "Promote from staging to production", "api:1.0.0 → 1.1.0", "✓ source healthy", "✗ soaked", "What changes in production:")
	w.run(2, "promote production --yes", "nothing is committed for production", "--override soak --reason TEXT passes over it")
	w.run(2, "promote production --override soak --reason urgent", "pass --yes to promote")
	var plan struct {
		Action, Environment, Source, SourceRevision string
		Updates                                     []struct{ Workload, From, To string }
		Gates                                       []struct {
			Name            string
			Met, Overridden bool
		}
	}
	document := w.run(1, "promote production api --override soak --reason urgent --plan -o json")
	if err := json.Unmarshal([]byte(document), &plan); err != nil {
		t.Fatalf("%v in %s", err, document)
	}
	if plan.Action != "promote" || plan.Source != "staging" || plan.SourceRevision != first || len(plan.Updates) != 1 ||
		plan.Updates[0].From != "1.0.0" || plan.Updates[0].To != "1.1.0" || len(plan.Gates) < 2 || plan.Gates[1].Met || !plan.Gates[1].Overridden {
		t.Errorf("got %s", document)
	}
	w.run(0, "promote production deployment/api --override soak --reason urgent --yes", "passed over: urgent", "committed ", "next: evenkeel sync production")
	w.run(0, "promote production", "nothing to do")
	w.run(0, "promote production api", "staging runs 1.1.0, and Git names it for production already")
	w.run(0, "sync production --yes --wait")

	// It goes back, and stays back.
	w.run(0, "rollback production", "◀ current", "promote to production: api: 1.0.0 -> 1.1.0", "api:1.1.0 → 1.0.0")
	w.run(2, "rollback production --to-last-healthy", "of no earlier deployment of production is known that it was Healthy")
	w.run(2, "rollback production nowhere", "revision not found")
	w.run(0, "rollback production "+first+" --workload alone --yes", "nothing to do")
	w.run(1, "rollback production "+first+" --workload api --plan", "Roll images of production back to "+first[:7], "api:1.1.0 → 1.0.0")
	w.run(0, "rollback production "+first+" --reason leaks --yes", "Roll production back to "+first[:7], "What goes back is held",
		"committed ", "next: evenkeel sync production", "held until: evenkeel release production api")
	w.run(0, "images production", "| Held", "api:1.0.0 → 1.1.0", "live 1.1.0", "leaks")
	w.run(0, "rollback production "+first, "nothing to do")

	// What was not there then goes, if somebody knows where they are.
	var history struct {
		Commits []struct{ Hash, Action string }
	}
	document = w.run(0, "history production -o json")
	if err := json.Unmarshal([]byte(document), &history); err != nil || len(history.Commits) != 3 || history.Commits[0].Action != "rollback" {
		t.Fatalf("%v in %s", err, document)
	}
	back, promotion := history.Commits[0].Hash, history.Commits[1].Hash
	w.run(0, "rollback production "+back+" --mode revert --yes", "Revert "+back[:7]+" in production", "api:1.0.0 → 1.1.0", "committed ")
	w.run(0, "rollback production "+promotion+" --mode revert --yes", "api:1.1.0 → 1.0.0", "committed ")
	head, err := w.mirror.Fetch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.head = head
	w.commit("flags", map[string]string{"production/flags.yaml": configMap("flags", "warn")})
	w.run(2, "rollback production "+first+" --yes", "- DELETE  ConfigMap", "production is protected, and 1 object would be deleted: add --confirm production")
	w.run(0, "rollback production "+first+" --yes --confirm production", "- DELETE  ConfigMap", "committed ")

	// A file is copied, and synced with the commit.
	if w.head, err = w.mirror.Fetch(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.commit("settings", map[string]string{"staging/settings.yaml": configMap("settings", "debug")})
	w.run(0, "sync staging --yes --wait")
	w.run(2, "promote production --file api.yaml --plan", "api.yaml is not copied: ")
	w.run(2, "promote production --file settings.yaml --wait --yes", "--wait goes with --sync")
	w.run(0, "promote production --file settings.yaml --override soak --reason flags --sync --wait --yes", "+ Create  settings.yaml", "One commit, and its sync: 1 file, 1 object changes.",
		"created   ConfigMap "+production+"/settings", "committed ", "production is Healthy")
	w.run(0, "diff production configmap/settings")

	_, out, _ := evenkeel(t, "__complete", "rollback", "production", "")
	for _, want := range []string{"roll back production to " + first[:7], promotion[:7] + "\tpromote to production"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not among what is offered:\n%s", want, out)
		}
	}
	w.commit("more settings", map[string]string{"staging/more.yaml": configMap("more", "debug")})
	w.run(0, "sync staging --yes")
	if _, out, _ = evenkeel(t, "__complete", "promote", "production", "--file", ""); !strings.HasPrefix(out, "more.yaml\n") {
		t.Errorf("want the file that can be copied, got %s", out)
	}
}
