package engine_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/kube"
	"github.com/evenkeel/evenkeel/testdata/controlplane/controlplanetest"
)

// smoke is a Job of one pod, which the test's nodes end after some seconds: well,
// unless the image's tag says that it crashes.
func smoke(image string) string { return smokeWith(image, "") }

// instantly makes a Job end at once, with no pod.
const instantly = "  completions: 0\n  parallelism: 0\n"

func smokeWith(image, spec string) string {
	return fmt.Sprintf(`apiVersion: batch/v1
kind: Job
metadata:
  name: smoke
spec:
  backoffLimit: 0
%s  template:
    spec:
      restartPolicy: Never
      containers:
      - name: main
        image: %s
`, spec, image)
}

// verified is an environment that is verified by a Job in checks/smoke.yaml.
func (w *world) verified(name string, sync config.SyncMode) config.Environment {
	env := w.environment(name, sync)
	env.Verify = "checks/smoke.yaml"
	return env
}

// verification waits until that of an environment satisfies the condition.
func (r *running) verification(what, name string, holds func(*engine.Verification) bool) *engine.Verification {
	r.w.Helper()
	s := r.until("the verification of "+name+" is "+what, func(s *engine.Snapshot) bool {
		env := s.Environment(name)
		return env.Settled && env.Verification != nil && holds(env.Verification)
	})
	return s.Environment(name).Verification
}

func being(state engine.VerificationState) func(*engine.Verification) bool {
	return func(v *engine.Verification) bool { return v.State == state }
}

// jobs lists the Jobs of the world's namespace.
func (w *world) jobs() (names []string) {
	w.Helper()
	client, server, err := controlplanetest.Client(w.plane.Kubeconfig())
	w.must(err)
	defer client.CloseIdleConnections()
	answer, err := client.Get(server + "/apis/batch/v1/namespaces/" + w.ns + "/jobs")
	w.must(err)
	defer answer.Body.Close()
	var list struct {
		Items []struct{ Metadata struct{ Name string } }
	}
	w.must(json.NewDecoder(answer.Body).Decode(&list))
	for _, item := range list.Items {
		names = append(names, item.Metadata.Name)
	}
	return names
}

func TestWhatASyncBroughtIsVerifiedOnce(t *testing.T) {
	w := newWorld(t)
	files := map[string]string{"shop/config.yaml": configMap("api", "level", "info"), "checks/smoke.yaml": smoke("shop/smoke:1")}
	head := w.commit("begin", files)
	environment := w.verified("shop", config.SyncAuto)
	e := w.auto(environment)
	v := e.verification("Succeeded", "shop", being(engine.VerificationSucceeded))
	if want := "smoke-" + head.Short(); v.Revision != string(head) || v.Job.Name != want || v.Job.Namespace != w.ns || v.Started.IsZero() || !v.Ended.After(v.Started) {
		t.Errorf("want %s of %s, begun and ended: %+v", want, head, v)
	}
	env := e.Snapshot().Environment("shop")
	if len(env.Objects) != 1 || env.State != engine.StateSynced || env.Counts[engine.DriftSynced] != 1 {
		t.Errorf("the Job is among the objects: %s", describe(e.Snapshot()))
	}
	pods, err := e.Pods(t.Context(), "shop", v.Job)
	w.must(err)
	if len(pods) != 1 {
		t.Fatalf("want its pod, got %+v", pods)
	}
	log, err := e.Logs(t.Context(), engine.LogQuery{Environment: "shop", Namespace: pods[0].ID.Namespace, Pod: pods[0].ID.Name})
	w.must(err)
	defer log.Close()
	if text, err := io.ReadAll(log); err != nil || len(text) == 0 {
		t.Errorf("want its log, got %q, %v", text, err)
	}

	id := w.id("ConfigMap", "api")
	w.edit(id, `{"data":{"level":"debug"}}`)
	e.until("it is put right", func(s *engine.Snapshot) bool { return s.Environment("shop").Syncs[0].Corrected == 1 })
	e.drift("shop", id, engine.DriftSynced)
	later := w.commit("somewhere else", map[string]string{"README.md": "the shop\n"})
	e.Refresh()
	e.at("shop", later)
	other := w.auto(environment)
	other.at("shop", later)
	for _, r := range []*running{e, other} {
		if now := r.verification("Succeeded", "shop", being(engine.VerificationSucceeded)); now.Revision != string(head) || now.Job != v.Job {
			t.Errorf("want the same one, got %+v", now)
		}
	}

	if posts := e.Requests("shop")["POST"]; posts != 2 {
		t.Errorf("want the record and the Job to be made, and nothing else: %d", posts)
	}
	if posts := other.Requests("shop")["POST"]; posts != 0 {
		t.Errorf("the second engine has made something, %d times", posts)
	}

	// What the record says holds when the Job is gone.
	e.until("it is recorded", func(*engine.Snapshot) bool {
		record, err := w.kube.Set(kube.SetOptions{Name: "shop", Namespace: w.ns}).Load(t.Context())
		return err == nil && record.Deployment().Verification != nil
	})
	w.must(w.kube.Delete(t.Context(), v.Job, ""))
	last := w.commit("once more somewhere else", map[string]string{"README.md": "the shop.\n"})
	e.Refresh()
	e.at("shop", last)
	if now := e.Snapshot().Environment("shop").Verification; now.State != engine.VerificationSucceeded || now.Revision != string(head) {
		t.Errorf("want what the record says, got %+v", now)
	}
	if names := w.jobs(); len(names) != 0 {
		t.Errorf("it was run again: %v", names)
	}

	// Another revision is another matter.
	head = w.commit("quieter", map[string]string{"shop/config.yaml": configMap("api", "level", "warn"), "checks/smoke.yaml": smokeWith("shop/smoke:1", instantly)})
	e.Refresh()
	e.verification("that of the next revision", "shop", func(v *engine.Verification) bool {
		return v.Revision == string(head) && v.State == engine.VerificationSucceeded
	})
}

func TestAFailedVerificationIsRunAgainWhenSomebodyActs(t *testing.T) {
	w := newWorld(t)
	head := w.commit("begin", map[string]string{"shop/config.yaml": configMap("api", "level", "info"), "checks/smoke.yaml": smoke("shop/smoke:1-crash")})
	e := w.auto(w.verified("shop", config.SyncAuto))
	failed := e.verification("Failed", "shop", being(engine.VerificationFailed))
	if failed.Message == "" || failed.Ended.IsZero() {
		t.Errorf("want why and when: %+v", failed)
	}
	e.until("it is told", func(s *engine.Snapshot) bool {
		return strings.Contains(describe(s), "the verification of "+head.Short()+" failed")
	})
	before, err := w.kube.Read(t.Context(), failed.Job)
	w.must(err)
	w.must(w.kube.Delete(t.Context(), failed.Job, ""))
	e.until("it has been run again", func(s *engine.Snapshot) bool {
		after, err := w.kube.Read(t.Context(), failed.Job)
		return err == nil && after != nil && after.GetUID() != before.GetUID() && s.Environment("shop").Verification.State == engine.VerificationFailed
	})
	fixed := w.commit("mend the check", map[string]string{"checks/smoke.yaml": smokeWith("shop/smoke:2", instantly)})
	e.Refresh()
	v := e.verification("Succeeded", "shop", being(engine.VerificationSucceeded))
	if v.Revision != string(fixed) {
		t.Errorf("want it to be that of %s: %+v", fixed, v)
	}
}

func TestWhatIsNoJobVerifiesNothing(t *testing.T) {
	w := newWorld(t)
	files := map[string]string{"shop/config.yaml": configMap("api", "level", "info")}
	tests := []struct{ name, content, want string }{
		{"no file", "", "checks/smoke.yaml"},
		{"another kind", configMap("smoke", "a", "b"), "checks/smoke.yaml:1: ConfigMap " + w.ns + "/smoke is no Job"},
		{"two", smoke("shop/smoke:1") + "---\n" + strings.Replace(smoke("shop/smoke:1"), "name: smoke", "name: other", 1), "is one too many"},
		{"nothing", "# nothing\n", "checks/smoke.yaml: it has no object"},
		{"no YAML", "kind: [", "checks/smoke.yaml:1: "},
	}
	w.commit("begin", files)
	e := w.auto(w.verified("shop", config.SyncAuto))
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			changes := map[string]string{"shop/config.yaml": configMap("api", "level", fmt.Sprint(i))}
			if test.content != "" {
				changes["checks/smoke.yaml"] = test.content
			}
			head := w.commit(test.name, changes)
			e.Refresh()
			e.at("shop", head)
			v := e.verification("Unknown", "shop", being(engine.VerificationUnknown))
			if !strings.Contains(v.Message, test.want) || v.Revision != string(head) {
				t.Errorf("want %q, got %+v", test.want, v)
			}
		})
	}
	w.commit("a Job", map[string]string{"checks/smoke.yaml": smokeWith("shop/smoke:1", instantly)})
	e.Refresh()
	e.verification("Succeeded", "shop", being(engine.VerificationSucceeded))
}

func TestAJobAmongTheManifestsIsRunAndNotApplied(t *testing.T) {
	w := newWorld(t)
	w.commit("begin", map[string]string{
		"plain/config.yaml":          configMap("plain", "level", "info"),
		"plain/smoke.yaml":           smokeWith("shop/smoke:1", instantly),
		"overlay/kustomization.yaml": "resources: [config.yaml, check.yaml]\nnamePrefix: my-\nimages: [{name: shop/smoke, newTag: \"7\"}]\n",
		"overlay/config.yaml":        configMap("overlay", "level", "info"),
		"overlay/check.yaml":         smokeWith("shop/smoke:1", instantly),
	})
	plain, overlay := w.environment("plain", config.SyncAuto), w.environment("overlay", config.SyncAuto)
	plain.Verify, overlay.Verify = "plain/smoke.yaml", "overlay/check.yaml"
	e := w.auto(plain, overlay)
	for name, job := range map[string]string{"plain": "smoke-", "overlay": "my-smoke-"} {
		v := e.verification("Succeeded", name, being(engine.VerificationSucceeded))
		if env := e.Snapshot().Environment(name); !strings.HasPrefix(v.Job.Name, job) || len(env.Objects) != 1 {
			t.Errorf("want %s to be run, and to be no object: %s", job, describe(e.Snapshot()))
		}
	}
	live, err := w.kube.Read(t.Context(), e.Snapshot().Environment("overlay").Verification.Job)
	w.must(err)
	if text, err := live.MarshalJSON(); err != nil || !strings.Contains(string(text), "shop/smoke:7") {
		t.Errorf("it is not as the kustomization makes it: %s", text)
	}
}

func TestASyncOfAPersonIsVerified(t *testing.T) {
	for _, wait := range []bool{false, true} {
		t.Run(fmt.Sprintf("wait %v", wait), func(t *testing.T) {
			w := newWorld(t)
			head := w.commit("begin", map[string]string{"shop/api.yaml": deployment("api", "shop/api:1", 1), "checks/smoke.yaml": smokeWith("shop/smoke:1", instantly)})
			e := w.start(w.options(w.verified("shop", config.SyncManual)))
			e.verification("Pending", "shop", being(engine.VerificationPending))
			o, err := e.Execute(t.Context(), e.plan(engine.Request{Action: engine.ActionSync, Environment: "shop", Wait: wait}), nil)
			w.must(err)
			if !o.Succeeded() || o.Note != "" {
				t.Fatalf("the sync failed: %+v", o)
			}
			if names := w.jobs(); !wait && (len(names) != 1 || names[0] != "smoke-"+head.Short()) {
				t.Errorf("want the Job to be there, got %v", names)
			}
			e.verification("Succeeded", "shop", being(engine.VerificationSucceeded))
			if env := e.Snapshot().Environment("shop"); wait && env.Health != engine.Healthy {
				t.Errorf("it was verified while it was %s", env.Health)
			}
			// Whoever only looks sees it and runs nothing.
			w.must(w.kube.Delete(t.Context(), e.Snapshot().Environment("shop").Verification.Job, ""))
			looker := w.start(w.options(w.verified("shop", config.SyncManual)))
			looker.verification("Pending", "shop", being(engine.VerificationPending))
		})
	}
}

func TestAJobThatTheServerRefusesIsTold(t *testing.T) {
	w := newWorld(t)
	w.commit("begin", map[string]string{"shop/config.yaml": configMap("api", "level", "info"), "checks/smoke.yaml": strings.Replace(smoke("shop/smoke:1"), "Never", "Always", 1)})
	e := w.auto(w.verified("shop", config.SyncAuto))
	v := e.verification("Unknown", "shop", func(v *engine.Verification) bool {
		return v.State == engine.VerificationUnknown && strings.Contains(v.Message, "could not be started")
	})
	if !strings.Contains(v.Message, "restartPolicy") {
		t.Errorf("want the server's words, got %q", v.Message)
	}
	w.commit("mend it", map[string]string{"checks/smoke.yaml": smokeWith("shop/smoke:1", instantly)})
	e.Refresh()
	e.verification("Succeeded", "shop", being(engine.VerificationSucceeded))
}

func TestOldJobsAreDeleted(t *testing.T) {
	w := newWorld(t)
	e := (*running)(nil)
	const rounds = 6
	for round := range rounds {
		head := w.commit("round", map[string]string{"shop/config.yaml": configMap("api", "round", fmt.Sprint(round)), "checks/smoke.yaml": smokeWith("shop/smoke:1", instantly)})
		if e == nil {
			e = w.auto(w.verified("shop", config.SyncAuto))
		}
		e.Refresh()
		e.verification("Succeeded", "shop", func(v *engine.Verification) bool {
			return v.Revision == string(head) && v.State == engine.VerificationSucceeded
		})
	}
	e.until("the oldest are gone", func(*engine.Snapshot) bool { return len(w.jobs()) < rounds })
}

func TestAPromotionWaitsForTheVerificationOfItsSource(t *testing.T) {
	w := newImageWorld(t)
	w.push("shop/api", "1.0.0", "1.1.0")
	w.push("shop/web", "1.0.0")
	staging, production := twoStages(w, map[string]string{"api": "1.1.0", "web": "1.0.0"}, map[string]string{"api": "1.0.0", "web": "1.0.0"})
	w.commit("a check", map[string]string{"checks/smoke.yaml": smoke("shop/smoke:1-crash")})
	staging.Verify = "checks/smoke.yaml"
	e := w.looking(true, staging, production)
	e.verification("Failed", "staging", being(engine.VerificationFailed))
	r := engine.Request{Action: engine.ActionPromote, Environment: "production"}
	gate := func() engine.Gate {
		t.Helper()
		p, err := e.Plan(t.Context(), r)
		w.must(err)
		for _, g := range p.Gates {
			if g.Name == engine.GateVerified {
				return g
			}
		}
		t.Fatalf("there is no such gate: %+v", p.Gates)
		return engine.Gate{}
	}
	if g := gate(); g.Met || !strings.Contains(g.Reason, "failed") {
		t.Errorf("want it unmet, with the failure: %+v", g)
	}
	p, err := e.Plan(t.Context(), r)
	w.must(err)
	if _, err := e.Execute(t.Context(), p, nil); !errors.Is(err, engine.ErrGate) {
		t.Errorf("a failed verification did not keep it back: %v", err)
	}
	overridden := r
	overridden.Override, overridden.Reason = []string{engine.GateVerified}, "the check is broken"
	p, err = e.Plan(t.Context(), overridden)
	w.must(err)
	if !strings.Contains(p.Commit.Message, "Evenkeel-Override: verified (") {
		t.Errorf("want it told in the commit: %s", p.Commit.Message)
	}
	w.commit("mend the check", map[string]string{"checks/smoke.yaml": smokeWith("shop/smoke:2", instantly)})
	e.Refresh()
	e.verification("Succeeded", "staging", being(engine.VerificationSucceeded))
	if g := gate(); !g.Met || !strings.Contains(g.Reason, "passed") {
		t.Errorf("want it met: %+v", g)
	}
}

func TestTwoEnginesRunOneJob(t *testing.T) {
	w := newWorld(t)
	w.commit("begin", map[string]string{"shop/config.yaml": configMap("api", "level", "info"), "checks/smoke.yaml": smoke("shop/smoke:1")})
	first, second := w.auto(w.verified("shop", config.SyncAuto)), w.auto(w.verified("shop", config.SyncAuto))
	for _, e := range []*running{first, second} {
		e.verification("Succeeded", "shop", being(engine.VerificationSucceeded))
		if text := describe(e.Snapshot()); strings.Contains(text, "not verified") {
			t.Errorf("one of them failed:\n%s", text)
		}
	}
	if names := w.jobs(); len(names) != 1 {
		t.Errorf("want one Job, got %v", names)
	}
}

// as lets a user of the world's namespace do what a Role's rules say, and nothing
// else.
func (w *world) as(user string, rules ...any) (kubeconfig string) {
	w.Helper()
	w.create(w.kube, "rbac.authorization.k8s.io/v1", "Role", w.ns, user, map[string]any{"rules": rules})
	w.create(w.kube, "rbac.authorization.k8s.io/v1", "RoleBinding", w.ns, user, map[string]any{
		"roleRef":  map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": user},
		"subjects": []any{map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}},
	})
	kubeconfig, err := w.plane.KubeconfigFor(user)
	w.must(err)
	return kubeconfig
}

func TestRightsThatAVerificationTakes(t *testing.T) {
	rule := func(group, resource string, verbs ...any) any {
		return map[string]any{"apiGroups": []any{group}, "resources": []any{resource}, "verbs": verbs}
	}
	objects := rule("", "configmaps", "get", "list", "watch", "create", "update", "patch", "delete")
	w := newWorld(t)
	head := w.commit("begin", map[string]string{"shop/config.yaml": configMap("api", "level", "info"), "checks/smoke.yaml": smokeWith("shop/smoke:1", instantly)})
	environment := w.verified("shop", config.SyncAuto)
	o := w.options(environment)
	o.Automation = true

	o.Kubeconfig = w.as("syncs-"+w.ns, objects)
	e := w.start(o)
	e.at("shop", head)
	v := e.verification("Unknown", "shop", being(engine.VerificationUnknown))
	if !strings.Contains(v.Message, "the Jobs cannot be read") || !strings.Contains(v.Message, "forbidden") {
		t.Errorf("want the refusal, got %+v", v)
	}

	o.Kubeconfig = w.as("verifies-"+w.ns, objects, rule("batch", "jobs", "list", "watch", "create", "get", "delete"))
	e = w.start(o)
	e.verification("Succeeded", "shop", being(engine.VerificationSucceeded))
}

func TestWhatTheClusterHasIsVerifiedThoughGitIsAhead(t *testing.T) {
	w := newWorld(t)
	head := w.commit("begin", map[string]string{"shop/config.yaml": configMap("api", "level", "info"), "checks/smoke.yaml": smokeWith("shop/smoke:1", instantly)})
	plain := w.start(w.options(w.environment("shop", config.SyncManual)))
	plain.sync("shop")
	plain.at("shop", head)
	w.commit("go on", map[string]string{"shop/config.yaml": configMap("api", "level", "debug"), "checks/smoke.yaml": "none\n"})
	e := w.auto(w.verified("shop", config.SyncManual))
	e.state("shop", engine.StateOutOfSync)
	v := e.verification("Succeeded", "shop", being(engine.VerificationSucceeded))
	if v.Revision != string(head) {
		t.Errorf("want what the cluster has to be verified, %s, got %+v", head, v)
	}
}
