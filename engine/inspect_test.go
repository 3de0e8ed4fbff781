package engine_test

import (
	"context"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/kube"
)

// inspect looks at an object, and tells what that asked of the server.
func (r *running) inspect(id engine.ID) (in *engine.Inspection, asked map[string]int64) {
	r.w.Helper()
	before := r.Requests("shop")
	in, err := r.Inspect(r.w.Context(), "shop", id)
	r.w.must(err)
	asked = map[string]int64{}
	for verb, n := range r.Requests("shop") {
		if n > before[verb] && verb != "WATCH" {
			asked[verb] = n - before[verb]
		}
	}
	return in, asked
}

func TestInspect(t *testing.T) {
	w := newWorld(t)
	secret := "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\nstringData:\n  password: hunter2\n"
	claim := "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: data\nspec:\n  accessModes: [ReadWriteOnce]\n  storageClassName: none\n  resources: {requests: {storage: 1Gi}}\n"
	kept := strings.Replace(configMap("kept", "k", "v"), "metadata:\n", "metadata:\n  annotations: {evenkeel.dev/prune: disabled}\n", 1)
	files := shop()
	for name, content := range map[string]string{"db": secret, "data": claim, "kept": kept, "extra": configMap("extra", "k", "v")} {
		files["shop/"+name+".yaml"] = content
	}
	w.commit("begin", files)
	e := w.start(w.options(w.environment("shop", config.SyncManual)))

	t.Run("Missing", func(t *testing.T) {
		e.state("shop", engine.StateOutOfSync)
		in, asked := e.inspect(w.id("Deployment", "api"))
		if len(asked) != 0 || in.Object.Drift != engine.DriftMissing || in.Change == nil || in.Change.Operation != engine.Create {
			t.Errorf("got %+v, asking %v", in, asked)
		}
		if !strings.Contains(in.Change.Desired, "image: registry.example.com/api:1.8.2") || in.Change.Live != "" {
			t.Errorf("the sides are wrong: %+v", in.Change)
		}
	})
	e.sync("shop")
	head := w.commit("drop some", map[string]string{"shop/data.yaml": "", "shop/kept.yaml": "", "shop/extra.yaml": ""})
	e.Refresh()
	e.drift("shop", w.id("ConfigMap", "extra"), engine.DriftExtra)
	e.state("shop", engine.StateBlocked)

	t.Run("Synced", func(t *testing.T) {
		in, asked := e.inspect(w.id("Deployment", "api"))
		if len(asked) != 0 || in.Change != nil || in.Object.Drift != engine.DriftSynced || in.Revision != string(head) || in.Note != "" {
			t.Errorf("got %+v, asking %v", in, asked)
		}
		for _, line := range []string{"kind: Deployment\n", "  replicas: 2\n", "        image: registry.example.com/api:1.8.2\n", "            memory: 64Mi\n"} {
			if !strings.Contains(in.Desired, line) {
				t.Errorf("want %q in\n%s", line, in.Desired)
			}
		}
		if out, err := e.Explain(t.Context(), in); err != nil || out.Change != nil {
			t.Errorf("explained as %+v, %v", out, err)
		}
	})
	t.Run("Modified", func(t *testing.T) {
		id := w.id("Deployment", "api")
		w.edit(id, `{"spec":{"replicas":3,"template":{"spec":{"containers":[{"name":"main","image":"registry.example.com/api:hot","resources":{"requests":{"cpu":"1","memory":"64Mi"}}}]}}}}`)
		o := e.drift("shop", id, engine.DriftModified)
		if o.ChangedBy != "kubectl-edit" || o.ChangedAt.IsZero() {
			t.Errorf("want it to be kubectl-edit's doing, got %q at %s", o.ChangedBy, o.ChangedAt)
		}
		in, asked := e.inspect(id)
		if len(asked) != 1 || asked["DRYRUN"] != 1 {
			t.Errorf("it asked %v", asked)
		}
		c := in.Change
		if c == nil || c.Operation != engine.Update || len(c.Fields) != 2 || c.File != "shop/api.yaml" || c.Reason != "" {
			t.Fatalf("got %s %s %q %q %+v", c.ID, c.Operation, c.File, c.Reason, c.Fields)
		}
		if !strings.Contains(c.Live, "api:hot") || !strings.Contains(c.Desired, "api:1.8.2") || !strings.Contains(c.Diff, "-  replicas: 3\n+  replicas: 2") {
			t.Errorf("the sides are wrong:\n%s\n%s\n%s", c.Live, c.Desired, c.Diff)
		}
		out, err := e.Explain(t.Context(), in)
		w.must(err)
		for i, f := range out.Change.Fields {
			if f.Commit == nil || f.Commit.Subject != "begin" || f.Manager != "kubectl-edit" {
				t.Errorf("want both sides of %s, got %+v", f.Path, f)
			}
			if in.Change.Fields[i].Commit != nil {
				t.Error("the inspection that was given changed")
			}
		}
	})
	t.Run("Extra", func(t *testing.T) {
		in, asked := e.inspect(w.id("ConfigMap", "extra"))
		if len(asked) != 0 || in.Change == nil || in.Change.Operation != engine.Delete || in.Desired != "" || !strings.Contains(in.Change.Live, "k: v") {
			t.Errorf("got %+v, asking %v", in.Change, asked)
		}
	})
	t.Run("a deletion that waits", func(t *testing.T) {
		in, asked := e.inspect(w.id("PersistentVolumeClaim", "data"))
		c := in.Change
		if len(asked) != 0 || c == nil || c.Operation != engine.Delete || !strings.Contains(c.Reason, "data") || !strings.Contains(c.Live, "storage: 1Gi") {
			t.Errorf("got %+v, asking %v", c, asked)
		}
	})
	t.Run("one that is kept", func(t *testing.T) {
		in, _ := e.inspect(w.id("ConfigMap", "kept"))
		if in.Change != nil || !strings.Contains(in.Note, "evenkeel.dev/prune") {
			t.Errorf("got %+v: %s", in.Change, in.Note)
		}
	})
	t.Run("a Secret", func(t *testing.T) {
		id := w.id("Secret", "db")
		w.edit(id, `{"stringData":{"password":"opensesame"}}`)
		e.drift("shop", id, engine.DriftModified)
		in, _ := e.inspect(id)
		live, err := e.LiveYAML(t.Context(), "shop", id)
		w.must(err)
		all := in.Desired + in.Change.Diff + in.Change.Live + in.Change.Desired + live
		for _, secret := range []string{"hunter2", "aHVudGVyMg", "opensesame", "b3BlbnNlc2FtZQ"} {
			if strings.Contains(all, secret) {
				t.Errorf("%s can be read in\n%s", secret, all)
			}
		}
		if !strings.Contains(in.Change.Live, "password: (hidden, before)") || len(in.Change.Fields) != 1 || !in.Change.Fields[0].Masked {
			t.Errorf("that it differs cannot be seen: %+v", in.Change)
		}
	})
	t.Run("nothing", func(t *testing.T) {
		in, asked := e.inspect(w.id("ConfigMap", "none"))
		if len(asked) != 0 || in.Object != nil || in.Change != nil || in.Desired != "" {
			t.Errorf("got %+v, asking %v", in, asked)
		}
		if _, err := e.Inspect(t.Context(), "elsewhere", w.id("ConfigMap", "none")); err == nil || !strings.Contains(err.Error(), "elsewhere") {
			t.Errorf("an environment that there is not: %v", err)
		}
	})
}

// What another has made is taken over, which is said without asking the server.
func TestInspectAnObjectThatIsTakenOver(t *testing.T) {
	w := newWorld(t)
	w.commit("begin", map[string]string{"shop/a.yaml": configMap("a", "k", "v")})
	w.create(w.kube, "v1", "ConfigMap", w.ns, "a", map[string]any{"data": map[string]any{"k": "v"}})
	e := w.start(w.options(w.environment("shop", config.SyncManual)))
	e.drift("shop", w.id("ConfigMap", "a"), engine.DriftSynced)
	in, asked := e.inspect(w.id("ConfigMap", "a"))
	if len(asked) != 0 || in.Change == nil || in.Change.Diff != "" || len(in.Change.Fields) != 0 || !strings.Contains(in.Change.Reason, "takes the object over") {
		t.Errorf("got %+v, asking %v", in.Change, asked)
	}
}

// A cluster that has gone away leaves what was known of it to be looked at.
func TestInspectWithoutTheCluster(t *testing.T) {
	w := newWorld(t)
	head := w.commit("begin", shop())
	line := newRelay(t, w.plane.Kubeconfig())
	o := w.options(w.environment("shop", config.SyncManual))
	o.Kubeconfig = line.kubeconfig
	e := w.start(o)
	e.sync("shop")
	e.at("shop", head)
	id := w.id("Deployment", "api")
	w.edit(id, `{"spec":{"replicas":3}}`)
	e.drift("shop", id, engine.DriftModified)
	line.cut()
	in, _ := e.inspect(id) // as soon as the line is cut, and when that is known
	for range 2 {
		if in.Note == "" || in.Change == nil || in.Change.Refused || len(in.Change.Fields) != 1 || in.Change.Fields[0].Path != "spec.replicas" {
			t.Errorf("got %+v: %q", in.Change, in.Note)
		}
		e.state("shop", engine.StateUnknown)
		in, _ = e.inspect(id)
	}
	if _, err := e.LiveYAML(t.Context(), "shop", id); kube.ReasonOf(err) != kube.Unreachable {
		t.Errorf("want it to be unreachable, got %v", err)
	}
}

// relay is a line to the API server that can be cut.
type relay struct {
	kubeconfig string
	listener   net.Listener

	mu    sync.Mutex
	conns []net.Conn
}

func newRelay(t *testing.T, kubeconfig string) *relay {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(kubeconfig)
	must(err)
	_, server, found := strings.Cut(string(text), "server: ")
	if !found {
		t.Fatal("the kubeconfig names no server")
	}
	server, _, _ = strings.Cut(server, "\n")
	address, err := url.Parse(strings.TrimSpace(server))
	must(err)
	r := &relay{kubeconfig: filepath.Join(t.TempDir(), "kubeconfig")}
	r.listener, err = net.Listen("tcp", "127.0.0.1:0")
	must(err)
	moved := strings.ReplaceAll(string(text), address.Host, r.listener.Addr().String())
	must(os.WriteFile(r.kubeconfig, []byte(moved), 0o600))
	t.Cleanup(r.cut)
	go func() {
		for {
			near, err := r.listener.Accept()
			if err != nil {
				return
			}
			r.connect(near, address.Host)
		}
	}()
	return r
}

func (r *relay) connect(near net.Conn, host string) {
	far, err := net.Dial("tcp", host)
	if err != nil {
		_ = near.Close()
		return
	}
	r.mu.Lock()
	r.conns = append(r.conns, near, far)
	r.mu.Unlock()
	for _, pair := range [][2]net.Conn{{near, far}, {far, near}} {
		go func() {
			_, _ = io.Copy(pair[0], pair[1])
			_, _ = pair[0].Close(), pair[1].Close()
		}()
	}
}

func (r *relay) cut() {
	_ = r.listener.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.conns {
		_ = c.Close()
	}
}

func TestContainersAndApplications(t *testing.T) {
	w := newWorld(t)
	const pods = "        metadata: {labels: {app: report}}\n        spec:\n          restartPolicy: Never\n" +
		"          initContainers: [{name: fetch, image: 'example.com/fetch:1'}]\n          containers: [{name: main, image: 'example.com/report:2'}]\n"
	w.commit("begin", map[string]string{
		"shop/api.yaml": deployment("api", "example.com/api:1", 1),
		"shop/job.yaml": "apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: report\n  labels: {app: wrong, app.kubernetes.io/name: wrong, app.kubernetes.io/instance: reports}\n" +
			"spec:\n  schedule: '0 0 1 1 *'\n  jobTemplate:\n    spec:\n      template:\n" + pods,
		"shop/c.yaml": strings.Replace(configMap("c", "k", "v"), "metadata:\n", "metadata:\n  labels: {app: c, app.kubernetes.io/part-of: all}\n", 1),
	})
	e := w.start(w.options(w.environment("shop", config.SyncManual)))
	check := func(id engine.ID, application string, containers ...engine.Container) {
		t.Helper()
		o := e.Snapshot().Environment("shop").Object(id)
		if o == nil || o.Application != application || !slices.Equal(o.Containers, containers) {
			t.Errorf("%s: got %+v", id, o)
		}
	}
	e.state("shop", engine.StateOutOfSync)
	check(w.id("ConfigMap", "c"), "all")
	check(w.id("Deployment", "api"), "", engine.Container{Name: "main", Desired: "example.com/api:1"})
	check(w.id("CronJob", "report"), "reports",
		engine.Container{Name: "fetch", Init: true, Desired: "example.com/fetch:1"}, engine.Container{Name: "main", Desired: "example.com/report:2"})
	e.sync("shop")
	w.edit(w.id("Deployment", "api"), `{"metadata":{"labels":{"app":"live"}},"spec":{"template":{"spec":{"containers":[{"name":"main","image":"example.com/api:2"},{"name":"debug","image":"example.com/debug:1"}]}}}}`)
	e.until("the new image is seen", func(s *engine.Snapshot) bool {
		o := s.Environment("shop").Object(w.id("Deployment", "api"))
		return o.Drift == engine.DriftModified && len(o.Containers) == 2
	})
	check(w.id("Deployment", "api"), "live",
		engine.Container{Name: "main", Desired: "example.com/api:1", Live: "example.com/api:2"}, engine.Container{Name: "debug", Live: "example.com/debug:1"})
	check(w.id("CronJob", "report"), "reports",
		engine.Container{Name: "fetch", Init: true, Desired: "example.com/fetch:1", Live: "example.com/fetch:1"},
		engine.Container{Name: "main", Desired: "example.com/report:2", Live: "example.com/report:2"})
}

// Readers keep what they drew of an object by its pointer.
func TestWhatDoesNotChangeStaysTheSame(t *testing.T) {
	w := newWorld(t)
	files := shop()
	files["other/x.yaml"] = configMap("x", "k", "v")
	head := w.commit("begin", files)
	e := w.start(w.options(w.environment("shop", config.SyncManual), w.environment("other", config.SyncManual)))
	e.sync("shop")
	e.sync("other")
	e.at("shop", head)
	e.until("all is well", func(s *engine.Snapshot) bool {
		return s.Environment("shop").Health == kube.Healthy && s.Environment("shop").Settled && s.Environment("other").Settled
	})
	before := e.Snapshot()
	cm := w.id("ConfigMap", "api")
	w.edit(cm, `{"data":{"level":"debug"}}`)
	w.edit(w.id("Service", "api"), `{"metadata":{"annotations":{"note":"of no concern"}}}`)
	w.edit(w.id("ConfigMap", "x"), `{"metadata":{"annotations":{"note":"of no concern"}}}`)
	e.drift("shop", cm, engine.DriftModified)
	// Everything from before has been looked at once this is seen.
	w.edit(w.id("Service", "api"), `{"spec":{"selector":{"app":"other"}}}`)
	e.drift("shop", w.id("Service", "api"), engine.DriftModified)
	after := e.until("all is compared", func(s *engine.Snapshot) bool {
		return s.Environment("shop").Settled && s.Environment("other").Settled
	})
	for _, o := range before.Environment("shop").Objects {
		same := o == after.Environment("shop").Object(o.ID)
		if changed := o.ID.Kind != "Deployment"; same == changed {
			t.Errorf("%s is another: %v, want %v", o.ID, !same, changed)
		}
	}
	if before.Environment("shop") == after.Environment("shop") {
		t.Error("the environment that changed is still the same")
	}
	seen := after.Repository.FetchedAt
	e.Refresh()
	again := e.until("it has been fetched again", func(s *engine.Snapshot) bool { return s.Repository.FetchedAt.After(seen) })
	if again == after || again.Environment("shop") != after.Environment("shop") || again.Environment("other") != before.Environment("other") {
		t.Error("an environment that did not change is another")
	}
}

func TestWhatTheClusterTells(t *testing.T) {
	w := newWorld(t)
	w.commit("begin", shop())
	e := w.start(w.options(w.environment("shop", config.SyncManual)))
	e.sync("shop")
	e.until("the pods run", func(s *engine.Snapshot) bool { return s.Environment("shop").Health == kube.Healthy })
	id := w.id("Deployment", "api")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()

	pods, err := e.Pods(ctx, "shop", id)
	w.must(err)
	if len(pods) != 2 || pods[0].Containers[0].Image != "registry.example.com/api:1.8.2" {
		t.Errorf("got %+v", pods)
	}
	events, err := e.Events(ctx, "shop", id)
	w.must(err)
	if !slices.ContainsFunc(events, func(ev engine.ClusterEvent) bool { return ev.Reason == "ScalingReplicaSet" }) {
		t.Errorf("got %+v", events)
	}
	text, err := e.LiveYAML(ctx, "shop", id)
	w.must(err)
	if !strings.Contains(text, "status:\n") || !strings.Contains(text, "strategy:\n") || strings.Contains(text, "managedFields") {
		t.Errorf("got\n%s", text)
	}
	if text, err := e.LiveYAML(ctx, "shop", w.id("ConfigMap", "none")); text != "" || err != nil {
		t.Errorf("what is not there reads as %q, %v", text, err)
	}
	if _, err := e.Logs(ctx, engine.LogQuery{Environment: "shop", Namespace: w.ns, Pod: "none", Tail: 10}); kube.ReasonOf(err) != kube.NotFound {
		t.Errorf("the log of a pod that is not there: %v", err)
	}
	if _, err := e.Pods(ctx, "elsewhere", id); err == nil || !strings.Contains(err.Error(), "elsewhere") {
		t.Errorf("an environment that there is not: %v", err)
	}
}
