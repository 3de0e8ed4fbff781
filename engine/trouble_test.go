package engine_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/kube"
)

// bomb is a YAML document whose aliases multiply to billions of items.
func bomb() string {
	var b strings.Builder
	b.WriteString("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bomb}\nx0: &x0 [a, a, a, a, a, a, a, a, a, a]\n")
	for i := 1; i < 10; i++ {
		fmt.Fprintf(&b, "x%[1]d: &x%[1]d [%[2]s]\n", i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*x%d, ", i-1), 10), ", "))
	}
	return b.String()
}

func TestBrokenCommitsStopNothing(t *testing.T) {
	w := newWorld(t)
	good := w.commit("begin", shop())
	e := w.auto(w.environment("shop", config.SyncAuto))
	e.at("shop", good)

	for _, c := range []struct {
		name, file, content, says string
	}{
		{"does not parse", "shop/x.yaml", "a: [b\n", "shop/x.yaml:"},
		{"no kind", "shop/x.yaml", "apiVersion: v1\nmetadata: {name: x}\n", "kind"},
		{"no name", "shop/x.yaml", "apiVersion: v1\nkind: ConfigMap\n", "name"},
		{"twice the same object", "shop/x.yaml", configMap("api", "a", "b"), "shop/config.yaml"},
		{"tabs", "shop/x.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: x\n", "tab"},
		{"not UTF-8", "shop/x.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \"\xff\xfe\"}\n", "UTF-8"},
		{"alias bomb", "shop/x.yaml", bomb(), "shop/x.yaml"},
		{"twenty megabytes", "shop/x.yaml", configMap("x", "a", strings.Repeat("x", 20<<20)), "shop/x.yaml"},
		{"the same key twice", "shop/x.yaml", configMap("x", "a", "b") + "  a: c\n", "shop/x.yaml:"},
		{"a Kustomization that names nothing", "shop/kustomization.yaml", "resources: [gone.yaml]\n", "gone.yaml"},
		{"a remote base", "shop/kustomization.yaml", "resources: [https://github.com/acme/base]\n", "remote"},
		{"a helm chart", "shop/kustomization.yaml", "helmCharts: [{name: redis}]\n", "elm"},
	} {
		t.Run(c.name, func(t *testing.T) {
			broken := w.commit("break it: "+c.name, map[string]string{c.file: c.content})
			e.Refresh()
			env := e.until("the breakage is named", func(s *engine.Snapshot) bool {
				return s.Environment("shop").BrokenRevision == string(broken)
			}).Environment("shop")
			if text := strings.Join(env.Problems, "\n"); !strings.Contains(text, c.says) || !strings.Contains(text, c.file) {
				t.Errorf("it is not named: %s", text)
			}
			if env.Revision != string(good) || env.State != engine.StateBlocked || env.Counts[engine.DriftSynced] != 3 {
				t.Errorf("the last good revision does not go on: %s", describe(e.Snapshot()))
			}
			good = w.commit("mend it", map[string]string{c.file: ""})
			e.Refresh()
			e.at("shop", good)
		})
	}

	t.Run("the last good revision is kept up meanwhile", func(t *testing.T) {
		w.commit("break it", map[string]string{"shop/x.yaml": "a: [b\n"})
		e.Refresh()
		e.state("shop", engine.StateBlocked)
		outcomes := e.Outcomes(t.Context())
		w.must(w.kube.Delete(t.Context(), w.id("Service", "api"), ""))
		if o := <-outcomes; !o.Succeeded() || len(o.Steps) != 1 || o.Revision != string(good) {
			t.Errorf("want the service back, got %+v", o)
		}
	})
}

func TestRefusedObjectsDoNotStopTheOthers(t *testing.T) {
	w := newWorld(t)
	w.commit("begin", map[string]string{
		"shop/good.yaml":    configMap("good", "a", "b"),
		"shop/bad.yaml":     deployment("bad", "Not An Image", -1),
		"shop/unknown.yaml": "apiVersion: acme.example/v1\nkind: Gadget\nmetadata: {name: g}\n",
		"shop/nowhere.yaml": strings.Replace(configMap("lost", "a", "b"), "name: lost", "name: lost\n  namespace: nowhere-"+w.ns, 1),
	})
	e := w.auto(w.environment("shop", config.SyncAuto))
	env := e.until("the good one is there and the others are named", func(s *engine.Snapshot) bool {
		env := s.Environment("shop")
		good := env.Object(w.id("ConfigMap", "good"))
		return env.State == engine.StateBlocked && good != nil && good.Drift == engine.DriftSynced && len(env.Syncs) > 0
	}).Environment("shop")
	for _, o := range env.Objects {
		switch o.Name {
		case "good":
		case "bad":
			if !o.Failed || !strings.Contains(o.Message, "greater than or equal to 0") {
				t.Errorf("want the server's words, got %+v", o)
			}
		default:
			if !o.Failed || o.Message == "" {
				t.Errorf("want a reason for %s, got %q, failed %v", o.ID, o.Message, o.Failed)
			}
		}
	}
	head := w.commit("put it right", map[string]string{
		"shop/bad.yaml":     deployment("bad", "registry.example.com/fine:1", 1),
		"shop/unknown.yaml": "", "shop/nowhere.yaml": "",
	})
	e.Refresh()
	e.at("shop", head)
}

func TestAnImmutableFieldIsSaidInTheServersWords(t *testing.T) {
	w := newWorld(t)
	head := w.commit("begin", shop())
	e := w.auto(w.environment("shop", config.SyncAuto))
	e.at("shop", head)
	before, err := w.kube.Read(t.Context(), w.id("Deployment", "api"))
	w.must(err)
	changed := strings.ReplaceAll(shop()["shop/api.yaml"], "{app: api}", "{app: other}")
	w.commit("change the selector", map[string]string{"shop/api.yaml": changed})
	e.Refresh()
	env := e.state("shop", engine.StateBlocked)
	if m := env.Object(w.id("Deployment", "api")).Message; !strings.Contains(m, "immutable") {
		t.Errorf("want the server's words, got %q", m)
	}
	after, err := w.kube.Read(t.Context(), w.id("Deployment", "api"))
	w.must(err)
	if before.GetUID() != after.GetUID() {
		t.Error("the object was deleted and made anew")
	}
}

func TestAnUnreachableClusterDoesNotSlowAnother(t *testing.T) {
	w := newWorld(t)
	files := shop()
	files["dark/x.yaml"] = configMap("x", "a", "b")
	files["lost/x.yaml"] = configMap("x", "a", "b")
	head := w.commit("begin", files)

	// A port that takes connections and never answers.
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	w.must(err)
	t.Cleanup(func() { _ = silent.Close() })
	good, err := os.ReadFile(w.plane.Kubeconfig())
	w.must(err)
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	w.must(os.WriteFile(kubeconfig, withContext(string(good), "dark", "https://"+silent.Addr().String()), 0o600))

	dark, lost := w.environment("dark", config.SyncAuto), w.environment("lost", config.SyncAuto)
	dark.Context, lost.Context = "dark", "no-such-context"
	o := w.options(dark, lost, w.environment("shop", config.SyncAuto))
	o.Kubeconfig, o.Automation = kubeconfig, true
	e := w.start(o)
	e.at("shop", head)
	s := e.Snapshot()
	if env := s.Environment("dark"); env.State != engine.StateUnknown {
		t.Errorf("dark is %s", env.State)
	}
	if env := s.Environment("lost"); env.State != engine.StateUnknown || !strings.Contains(env.Message, "no-such-context") {
		t.Errorf("lost is %s: %s", env.State, env.Message)
	}
}

// withContext adds a context whose cluster is at another address.
func withContext(kubeconfig, name, server string) []byte {
	extra := fmt.Sprintf("- name: %s\n  cluster:\n    server: %s\n    insecure-skip-tls-verify: true\n", name, server)
	kubeconfig = strings.Replace(kubeconfig, "clusters:\n", "clusters:\n"+extra, 1)
	extra = fmt.Sprintf("- name: %[1]s\n  context:\n    cluster: %[1]s\n", name)
	return []byte(strings.Replace(kubeconfig, "contexts:\n", "contexts:\n"+extra, 1))
}

func TestTwoEnvironmentsDoNotShareAnObject(t *testing.T) {
	w := newWorld(t)
	w.commit("begin", map[string]string{
		"first/x.yaml":  configMap("both", "from", "first"),
		"second/x.yaml": configMap("both", "from", "second") + "---\n" + configMap("own", "a", "b"),
	})
	first, second := w.environment("first", config.SyncAuto), w.environment("second", config.SyncAuto)
	both := w.id("ConfigMap", "both")

	o := w.options(first, second)
	o.Automation = true
	e := w.start(o)
	e.state("first", engine.StateSynced)
	env := e.until("second says why", func(s *engine.Snapshot) bool {
		env := s.Environment("second")
		own := env.Object(w.id("ConfigMap", "own"))
		return env.State == engine.StateBlocked && own != nil && own.Drift == engine.DriftSynced
	}).Environment("second")
	if m := env.Object(both).Message; !strings.Contains(m, "first") {
		t.Errorf("want to be told who has it, got %q", m)
	}

	// Another engine that knows only the second sees whose it is.
	alone := w.start(w.options(second))
	env = alone.state("second", engine.StateBlocked)
	if m := env.Object(both).Message; !strings.Contains(m, "applyset-") {
		t.Errorf("want to be told who has it, got %q", m)
	}
	live, err := w.kube.Read(t.Context(), both)
	w.must(err)
	if data, _ := live.Object["data"].(map[string]any); data["from"] != "first" {
		t.Errorf("the second took it over: %v", data)
	}
}

func TestNothingIsAskedWhileNothingChanges(t *testing.T) {
	w := newWorld(t)
	head := w.commit("begin", shop())
	e := w.auto(w.environment("shop", config.SyncAuto))
	e.at("shop", head)
	e.until("the pods run", func(s *engine.Snapshot) bool { return s.Environment("shop").Health == kube.Healthy })
	before := e.Requests("shop")
	for range 3 {
		seen := e.Snapshot().Repository.FetchedAt
		e.Refresh()
		e.until("it has been fetched again", func(s *engine.Snapshot) bool { return s.Repository.FetchedAt.After(seen) })
	}
	after := e.Requests("shop")
	for verb, n := range after {
		if n != before[verb] && verb != "WATCH" {
			t.Errorf("%d requests %s were sent though nothing had changed", n-before[verb], verb)
		}
	}
}
