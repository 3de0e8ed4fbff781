package engine_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/gitrepo"
	"github.com/evenkeel/evenkeel/kube"
	"github.com/evenkeel/evenkeel/testdata/controlplane"
	"github.com/evenkeel/evenkeel/testdata/controlplane/controlplanetest"
)

func TestMain(m *testing.M) {
	if os.Getenv(killVariable) != "" {
		actUntilKilled()
		return
	}
	os.Exit(controlplanetest.Main(m))
}

// patience bounds every wait: a test that needs it has failed.
const patience = time.Minute

// world is a config repository, a cluster, and namespaces of the test's own.
type world struct {
	testing.TB
	plane  *controlplane.Cluster
	kube   *kube.Cluster
	remote string
	mirror *gitrepo.Mirror
	ns     string
	files  map[string]string
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{TB: t, plane: controlplanetest.ForTest(t), files: map[string]string{}}
	cluster, err := kube.Connect(kube.Options{Kubeconfig: w.plane.Kubeconfig()})
	w.must(err)
	w.kube = cluster
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", t.Name(), time.Now().UnixNano()))
	w.ns = "ek-" + hex.EncodeToString(sum[:4])
	w.namespace(w.ns)
	w.remote = filepath.Join(t.TempDir(), "config.git")
	w.must(gitrepo.InitBare(t.Context(), w.remote, "main"))
	w.mirror, err = gitrepo.Open(t.Context(), gitrepo.Options{URL: w.remote, Branch: "main", CacheDir: t.TempDir()})
	w.must(err)
	t.Cleanup(func() { _ = w.mirror.Close() })
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// namespace makes a namespace that goes with the test.
func (w *world) namespace(name string) {
	w.Helper()
	w.create(w.kube, "v1", "Namespace", "", name, nil)
	w.Cleanup(func() {
		_ = w.kube.Delete(context.Background(), kube.ID{Kind: "Namespace", Name: name}, "")
	})
}

// create applies an object as evenkeel, but outside of any set.
func (w *world) create(c *kube.Cluster, apiVersion, kind, namespace, name string, content map[string]any) {
	w.Helper()
	o := &unstructured.Unstructured{Object: map[string]any{"apiVersion": apiVersion, "kind": kind}}
	maps.Copy(o.Object, content)
	o.SetNamespace(namespace)
	o.SetName(name)
	_, err := c.Apply(w.Context(), o, kube.ApplyOptions{})
	w.must(err)
}

// commit changes files (an empty content deletes) and pushes.
func (w *world) commit(message string, changes map[string]string) gitrepo.Hash {
	w.Helper()
	base, err := w.mirror.Fetch(w.Context())
	if err != nil {
		base = "" // still empty
	}
	hash := w.write(base, message, changes)
	w.must(w.mirror.Push(w.Context(), hash, base))
	return hash
}

// write is commit without the push, for the next one to build on.
func (w *world) write(base gitrepo.Hash, message string, changes map[string]string) gitrepo.Hash {
	w.Helper()
	spec := gitrepo.CommitSpec{Base: base, Message: message}
	spec.Author = gitrepo.Signature{Name: "Ada", Email: "ada@example.com", When: time.Now()}
	spec.Committer = spec.Author
	for path, content := range changes {
		if content == "" {
			delete(w.files, path)
			spec.Changes = append(spec.Changes, gitrepo.Change{Path: path, Delete: true})
			continue
		}
		w.files[path] = content
		spec.Changes = append(spec.Changes, gitrepo.Change{Path: path, Content: []byte(content)})
	}
	hash, err := w.mirror.Write(w.Context(), spec)
	w.must(err)
	return hash
}

// environment is one at the path of its name, in the world's namespace.
func (w *world) environment(name string, sync config.SyncMode) config.Environment {
	return config.Environment{
		Name: name, Path: name, Namespace: w.ns, Sync: sync, Images: config.ImagesOff, PruneLimit: config.DefaultPruneLimit,
	}
}

func (w *world) options(environments ...config.Environment) engine.Options {
	return engine.Options{
		Config: config.Config{
			Repository:   config.Repository{URL: w.remote, Branch: "main", Interval: time.Hour},
			Environments: environments,
		},
		Kubeconfig: w.plane.Kubeconfig(),
		CacheDir:   w.TempDir(),
		By:         "test",
	}
}

// running is an engine at work.
type running struct {
	*engine.Engine
	w *world
}

// start runs an engine until the test ends.
func (w *world) start(o engine.Options) *running {
	w.Helper()
	e, err := engine.New(o)
	w.must(err)
	return w.run(e)
}

// run lets an engine work until the test ends.
func (w *world) run(e *engine.Engine) *running {
	w.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	w.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			w.Error(err)
		}
	})
	return &running{e, w}
}

// auto runs an engine that syncs by itself, until the test ends.
func (w *world) auto(environments ...config.Environment) *running {
	w.Helper()
	o := w.options(environments...)
	o.Automation = true
	return w.start(o)
}

// until waits for a snapshot that satisfies the condition.
func (r *running) until(what string, holds func(*engine.Snapshot) bool) *engine.Snapshot {
	r.w.Helper()
	ctx, cancel := context.WithTimeout(r.w.Context(), patience)
	defer cancel()
	last := r.Snapshot()
	for s := range r.Subscribe(ctx) {
		if last = s; holds(s) {
			return s
		}
	}
	r.w.Fatalf("it never came to this: %s\n%s", what, describe(last))
	return nil
}

// describe prints a snapshot for a failed test.
func describe(s *engine.Snapshot) string {
	var b strings.Builder
	fmt.Fprintf(&b, "repository %.7s %s\n", s.Repository.Head, s.Repository.Err)
	for _, env := range s.Environments {
		fmt.Fprintf(&b, "%s: %s %s %v revision %.7s applied %.7s settled %v: %s\n", env.Name, env.State, env.Health, env.Counts,
			env.Revision, env.AppliedRevision, env.Settled, env.Message)
		for _, o := range env.Objects {
			fmt.Fprintf(&b, "  %s: %s %s failed=%v managed=%v %s\n", o.ID, o.Drift, o.Health, o.Failed, o.Managed, o.Message)
		}
	}
	for _, a := range s.Activity {
		fmt.Fprintf(&b, "%s %s %s\n", a.At.Format("15:04:05.000"), a.Environment, a.Text)
	}
	return b.String()
}

// state waits until an environment is in a state.
func (r *running) state(name string, state engine.SyncState) *engine.Environment {
	r.w.Helper()
	s := r.until(fmt.Sprintf("%s is %s", name, state), func(s *engine.Snapshot) bool {
		return s.Environment(name).State == state && s.Environment(name).Settled
	})
	return s.Environment(name)
}

// at waits until an environment has taken a revision whole.
func (r *running) at(name string, revision gitrepo.Hash) *engine.Environment {
	r.w.Helper()
	s := r.until(fmt.Sprintf("%s has taken %s", name, revision.Short()), func(s *engine.Snapshot) bool {
		env := s.Environment(name)
		return env.AppliedRevision == string(revision) && env.State == engine.StateSynced && env.Settled
	})
	return s.Environment(name)
}

// drift waits until an object has the drift.
func (r *running) drift(name string, id engine.ID, d engine.Drift) *engine.Object {
	r.w.Helper()
	s := r.until(fmt.Sprintf("%s is %s", id, d), func(s *engine.Snapshot) bool {
		o := s.Environment(name).Object(id)
		return o != nil && o.Drift == d
	})
	return s.Environment(name).Object(id)
}

// plan plans, and fails the test if that cannot be done.
func (r *running) plan(req engine.Request) *engine.Plan {
	r.w.Helper()
	ctx, cancel := context.WithTimeout(r.w.Context(), patience)
	defer cancel()
	_, err := r.Settle(ctx, req.Environment)
	r.w.must(err)
	p, err := r.Plan(ctx, req)
	r.w.must(err)
	return p
}

// sync plans a sync and executes it.
func (r *running) sync(name string) engine.Outcome {
	r.w.Helper()
	o, err := r.Execute(r.w.Context(), r.plan(engine.Request{Action: engine.ActionSync, Environment: name}), nil)
	r.w.must(err)
	return o
}

func (w *world) id(kind, name string) engine.ID {
	group := map[string]string{"Deployment": "apps", "CronJob": "batch"}[kind]
	return engine.ID{Group: group, Kind: kind, Namespace: w.ns, Name: name}
}

// edit changes an object as somebody with kubectl would.
func (w *world) edit(id engine.ID, patch string) {
	w.Helper()
	w.must(w.kube.Edit(w.Context(), id, []byte(patch), kube.EditOptions{Manager: "kubectl-edit"}))
}

func configMap(name, key, value string) string {
	return fmt.Sprintf("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: %s\ndata:\n  %s: %q\n", name, key, value)
}

func deployment(name, image string, replicas int) string {
	return fmt.Sprintf(`apiVersion: apps/v1
kind: Deployment
metadata:
  name: %[1]s
spec:
  replicas: %[3]d
  selector:
    matchLabels: {app: %[1]s}
  template:
    metadata:
      labels: {app: %[1]s}
    spec:
      containers:
      - name: main
        image: %[2]s
        resources:
          requests: {cpu: 1000m, memory: 64Mi}
`, name, image, replicas)
}

func service(name string) string {
	return fmt.Sprintf("apiVersion: v1\nkind: Service\nmetadata:\n  name: %[1]s\nspec:\n  selector: {app: %[1]s}\n  ports:\n  - port: 80\n", name)
}
