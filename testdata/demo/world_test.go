package demo_test

import (
	"context"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/engine/render"
	"github.com/evenkeel/evenkeel/gitrepo"
	"github.com/evenkeel/evenkeel/kube"
	"github.com/evenkeel/evenkeel/testdata/controlplane/controlplanetest"
	"github.com/evenkeel/evenkeel/testdata/demo"
)

func TestMain(m *testing.M) { os.Exit(controlplanetest.Main(m)) }

// borrowed are the options for a world on the cluster that the tests share.
func borrowed(t *testing.T) demo.Options {
	t.Helper()
	kubeconfig := controlplanetest.ForTest(t).Kubeconfig()
	return demo.Options{Kubeconfig: kubeconfig, Context: connect(t, kubeconfig).Context()}
}

func connect(t *testing.T, kubeconfig string) *kube.Cluster {
	t.Helper()
	cluster, err := kube.Connect(kube.Options{Kubeconfig: kubeconfig})
	if err != nil {
		t.Fatal(err)
	}
	return cluster
}

func up(t *testing.T, o demo.Options) *demo.World {
	t.Helper()
	world, err := demo.Up(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := world.Close(); err != nil {
			t.Error(err)
		}
	})
	return world
}

func TestATemporaryWorldLeavesNothing(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "it's here"))
	if err := os.Mkdir(os.TempDir(), 0o700); err != nil {
		t.Fatal(err)
	}
	ready := map[string]bool{}
	world := up(t, demo.Options{Progress: func(s demo.Step) {
		if s.Done > s.Total {
			t.Errorf("%+v is done more than once", s)
		}
		ready[s.Name] = s.Detail == "ready"
	}})
	for _, part := range []string{"cluster", "registry", "repository"} {
		if !ready[part] {
			t.Errorf("nobody was told that the %s is ready", part)
		}
	}
	cluster := connect(t, world.Kubeconfig())
	if there, err := cluster.Read(t.Context(), kube.ID{Kind: "Namespace", Name: "kube-system"}); err != nil || there == nil {
		t.Errorf("its cluster does not answer: %v", err)
	}
	for _, variable := range world.Env() {
		key, value, _ := strings.Cut(variable, "=")
		script := `. "$1" && eval "printf %s \"\$$2\""`
		out, err := exec.CommandContext(t.Context(), "sh", "-c", script, "sh", world.EnvFile(), key).CombinedOutput()
		if err != nil || string(out) != value {
			t.Errorf("the file exports %s as %q (%v), not %q", key, out, err, value)
		}
	}

	if err := world.Close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("it left %v (%v)", left, err)
	}
	for _, address := range []string{strings.TrimPrefix(cluster.Server(), "https://"), world.Registry()} {
		if conn, err := net.Dial("tcp", strings.TrimSuffix(address, "/")); err == nil {
			_ = conn.Close()
			t.Errorf("somebody still listens at %s", address)
		}
	}
}

func TestAKeptWorldIsTheSameAgain(t *testing.T) {
	o := borrowed(t)
	o.Dir = filepath.Join(t.TempDir(), "world")
	world := up(t, o)
	registry, head, digest := world.Registry(), headOf(t, world), digestOf(t, world, "shop/api:1.9.0")

	if _, err := demo.Up(t.Context(), o); err == nil || !strings.Contains(err.Error(), "is up already") {
		t.Errorf("a second world in the same directory: %v", err)
	}
	if err := world.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(world.EnvFile()); !os.IsNotExist(err) {
		t.Errorf("the exports of a world that is down: %v", err)
	}

	again := up(t, o)
	if again.Registry() != registry || headOf(t, again) != head || digestOf(t, again, "shop/api:1.9.0") != digest {
		t.Errorf("it was %s %s %s and is another", registry, head, digest)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}

	other := o
	other.Context = ""
	if _, err := demo.Up(t.Context(), other); err == nil || !strings.Contains(err.Error(), "choose another directory") {
		t.Errorf("the same world on another cluster: %v", err)
	}
	busy, err := new(net.ListenConfig).Listen(t.Context(), "tcp", registry)
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	if _, err := demo.Up(t.Context(), o); err == nil || !strings.Contains(err.Error(), registry) {
		t.Errorf("a world whose registry's port is taken: %v", err)
	}
}

func TestADirectoryOfSomethingElseIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	precious := filepath.Join(dir, "thesis.txt")
	if err := os.WriteFile(precious, []byte("done"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := demo.Up(t.Context(), demo.Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), "something else") {
		t.Errorf("it was taken: %v", err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("it holds %v", entries)
	}
}

func TestAClusterWithoutRoomIsRefusedAndKept(t *testing.T) {
	o := borrowed(t)
	cluster := connect(t, o.Kubeconfig)
	taken := kube.ID{Kind: "ConfigMap", Namespace: "default", Name: "evenkeel-staging"}
	apply(t, cluster, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"namespace":"default","name":"evenkeel-staging"}}`)
	defer func() {
		if err := cluster.Delete(context.WithoutCancel(t.Context()), taken, ""); err != nil {
			t.Error(err)
		}
	}()
	if _, err := demo.Up(t.Context(), o); err == nil || !strings.Contains(err.Error(), taken.String()) {
		t.Errorf("it was taken over: %v", err)
	}
	if there, err := cluster.Read(t.Context(), taken); err != nil || there == nil {
		t.Errorf("what was there before is gone (%v)", err)
	}
}

func TestTheShopRunsAndIsStirred(t *testing.T) {
	o := borrowed(t)
	world := up(t, o)
	cluster := connect(t, o.Kubeconfig)
	open(t, world, cluster)
	head := headOf(t, world)

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var told []string
	err := world.Stir(ctx, time.Millisecond, func(line string) {
		if told = append(told, line); len(told) == 15 {
			stop()
		}
	})
	if err != nil {
		t.Error(err)
	}
	for _, what := range []string{"scaled", "edited", "deleted", "pushed", "committed"} {
		if n := strings.Count(strings.Join(told, "\n"), " "+what+" "); n != 3 {
			t.Errorf("somebody %s something %d times of 15", what, n)
		}
	}
	for _, line := range told {
		if strings.Contains(line, "in vain") {
			t.Error(line)
		}
		if _, image, pushed := strings.Cut(line, "CI pushed "); pushed {
			digestOf(t, world, image)
		}
	}
	if headOf(t, world) == head {
		t.Error("no commit arrived")
	}

	if err := world.Close(); err != nil {
		t.Error(err)
	}
	for _, id := range []kube.ID{
		{Kind: "Namespace", Name: "shop-production"},
		{Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition", Name: "promocampaigns.shop.acme.dev"},
	} {
		if there, err := cluster.Read(t.Context(), id); err != nil || there != nil {
			t.Errorf("%s was left behind (%v)", id, err)
		}
	}
}

// open applies the shop and waits until all of it is healthy.
func open(t *testing.T, world *demo.World, cluster *kube.Cluster) {
	t.Helper()
	c := configOf(t, world)
	files := treeOf(t, world)
	var waiting []kube.ID
	for _, environment := range c.Environments {
		result, err := render.Render(t.Context(), files, render.Options{Path: environment.Path, Namespace: environment.Namespace})
		if err != nil {
			t.Fatal(err)
		}
		for _, first := range []bool{true, false} {
			for _, object := range result.Objects {
				if first != (object.ID.Kind == "Namespace" || object.ID.Kind == "CustomResourceDefinition") {
					continue
				}
				if _, err := cluster.Apply(t.Context(), object.Manifest.DeepCopy(), kube.ApplyOptions{}); err != nil {
					t.Error(err)
				}
				if object.ID.Kind == "CustomResourceDefinition" {
					if err := cluster.Established(t.Context(), object.ID.Name); err != nil {
						t.Fatal(err)
					}
				}
				waiting = append(waiting, object.ID)
			}
		}
	}
	deadline := time.Now().Add(2 * time.Minute)
	for len(waiting) > 0 {
		object, err := cluster.Read(t.Context(), waiting[0])
		if err != nil || object == nil {
			t.Fatalf("%s was applied and is not there (%v)", waiting[0], err)
		}
		health, message := kube.HealthOf(object)
		if health == kube.Healthy {
			waiting = waiting[1:]
			continue
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s is %s: %s", waiting[0], health, message)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func configOf(t *testing.T, world *demo.World) *config.Config {
	t.Helper()
	data, err := os.ReadFile(world.Config())
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse(world.Config(), data)
	if err != nil {
		t.Fatal(err)
	}
	inside, err := fs.ReadFile(treeOf(t, world), config.FileName)
	if err != nil || string(inside) != string(data) {
		t.Errorf("the repository's own environment file is another (%v)", err)
	}
	return c
}

func mirrorOf(t *testing.T, world *demo.World) (*gitrepo.Mirror, gitrepo.Hash) {
	t.Helper()
	mirror, err := gitrepo.Open(t.Context(), gitrepo.Options{URL: world.Repository(), CacheDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = mirror.Close() })
	head, err := mirror.Fetch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return mirror, head
}

func headOf(t *testing.T, world *demo.World) gitrepo.Hash {
	t.Helper()
	_, head := mirrorOf(t, world)
	return head
}

func treeOf(t *testing.T, world *demo.World) fs.FS {
	t.Helper()
	mirror, head := mirrorOf(t, world)
	files, err := mirror.Tree(head)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// digestOf also looks at the image's labels.
func digestOf(t *testing.T, world *demo.World, image string) string {
	t.Helper()
	ref, err := name.ParseReference(world.Registry() + "/" + image)
	if err != nil {
		t.Fatal(err)
	}
	descriptor, err := remote.Get(ref, remote.WithContext(t.Context()), remote.WithTransport(&http.Transport{DisableKeepAlives: true}))
	if err != nil {
		t.Fatal(err)
	}
	pulled, err := descriptor.Image()
	if err != nil {
		t.Fatal(err)
	}
	described, err := pulled.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	repository, tag, _ := strings.Cut(image, ":")
	for label, want := range map[string]string{
		"created":  described.Created.Format(time.RFC3339),
		"source":   "https://git.acme.dev/" + repository,
		"version":  tag,
		"revision": described.Config.Labels["org.opencontainers.image.revision"],
	} {
		if got := described.Config.Labels["org.opencontainers.image."+label]; got != want || got == "" {
			t.Errorf("%s: the label %s is %q", image, label, got)
		}
	}
	return descriptor.Digest.String()
}

func apply(t *testing.T, cluster *kube.Cluster, manifest string) {
	t.Helper()
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON([]byte(manifest)); err != nil {
		t.Fatal(err)
	}
	if _, err := cluster.Apply(t.Context(), object, kube.ApplyOptions{}); err != nil {
		t.Fatal(err)
	}
}
