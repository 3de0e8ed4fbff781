package command_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/gitrepo"
	"github.com/evenkeel/evenkeel/kube"
	"github.com/evenkeel/evenkeel/testdata/controlplane/controlplanetest"
)

func TestMain(m *testing.M) { os.Exit(controlplanetest.Main(m)) }

// world is a config repository and a cluster, with evenkeel.yaml in the current
// directory.
type world struct {
	t      *testing.T
	mirror *gitrepo.Mirror
	head   gitrepo.Hash
}

// newWorld makes a world, and a name for a namespace that goes with the test.
func newWorld(t *testing.T) (w *world, namespace string) {
	t.Helper()
	kubeconfig := controlplanetest.ForTest(t).Kubeconfig()
	namespace = fmt.Sprintf("ui-command-%08x", rand.Uint32())
	cluster, err := kube.Connect(kube.Options{Kubeconfig: kubeconfig})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// The context of the test has ended by now.
		if err := cluster.Delete(context.Background(), kube.ID{Kind: "Namespace", Name: namespace}, ""); err != nil {
			t.Error(err)
		}
	})
	dir := alone(t)
	t.Setenv("KUBECONFIG", kubeconfig)
	bare := filepath.Join(dir, "config.git")
	if err := gitrepo.InitBare(t.Context(), bare, "main"); err != nil {
		t.Fatal(err)
	}
	m, err := gitrepo.Open(t.Context(), gitrepo.Options{URL: bare, Branch: "main", CacheDir: filepath.Join(dir, "author")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	write(t, "evenkeel.yaml", fmt.Sprintf(`repository:
  url: ./config.git
environments:
  - name: staging
    path: shop
    namespace: %s
  - name: elsewhere
    path: shop
    context: not-on-this-machine
`, namespace))
	return &world{t: t, mirror: m}, namespace
}

// commit makes the files of shop what they are said to be; an empty one goes.
func (w *world) commit(message string, files map[string]string) {
	w.t.Helper()
	spec := gitrepo.CommitSpec{Base: w.head, Message: message, Author: gitrepo.Signature{Name: "mira", Email: "mira@acme.dev"}}
	for name, content := range files {
		spec.Changes = append(spec.Changes, gitrepo.Change{
			Path: "shop/" + name, Content: []byte(content), Delete: content == "",
		})
	}
	head, err := w.mirror.CommitAndPush(w.t.Context(), spec)
	if err != nil {
		w.t.Fatal(err)
	}
	w.head = head
}

// run runs a command and checks how it ends, and that it says each of these.
func (w *world) run(want int, args string, says ...string) string {
	w.t.Helper()
	code, out, errs := evenkeel(w.t, strings.Fields(args)...)
	if code != want {
		w.t.Fatalf("%s ended with %d instead of %d:\n%s%s", args, code, want, out, errs)
	}
	for _, s := range says {
		if !strings.Contains(out+errs, s) {
			w.t.Errorf("%s does not say %q:\n%s%s", args, s, out, errs)
		}
	}
	return out
}

func configMap(name, level string) string {
	return fmt.Sprintf("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: %s\ndata:\n  LOG_LEVEL: %s\n", name, level)
}

// TestDay goes through a day with an environment on a real cluster.
func TestDay(t *testing.T) {
	w, namespace := newWorld(t)
	w.commit("the shop", map[string]string{
		"namespace.yaml": "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: " + namespace + "\n",
		"flags.yaml":     configMap("flags", "debug"),
		"old.yaml":       configMap("old", "debug"),
		"keys.yaml":      "apiVersion: v1\nkind: Secret\nmetadata:\n  name: keys\nstringData:\n  PASSWORD: hunter2\n",
	})

	w.run(1, "status staging", "~ OutOfSync", "never synced", "+ Missing", "4 missing")
	w.run(2, "status", "~ OutOfSync", "? Unknown", "not-on-this-machine")
	w.run(2, "sync staging", "pass --yes")
	w.run(1, "sync staging --plan", "+ Create", "4 to create, 0 to change, 0 to delete, 0 unchanged.")
	w.run(0, "sync staging --yes --wait", "created   Secret "+namespace+"/keys", "4 created", "staging is Healthy")
	w.run(0, "status staging", "= Synced", "4 synced")
	w.run(0, "sync staging --yes", "nothing to do")
	w.run(0, "diff staging", "is as")

	w.commit("quieter logs\n\nNobody reads them.", map[string]string{
		"flags.yaml": configMap("flags", "warn"),
		"keys.yaml":  "apiVersion: v1\nkind: Secret\nmetadata:\n  name: keys\nstringData:\n  PASSWORD: hunter3\n",
	})
	out := w.run(1, "diff staging", "data.LOG_LEVEL changed by evenkeel", `(mira, `, `"quieter logs"`, "-  LOG_LEVEL: debug", "+  LOG_LEVEL: warn")
	if strings.Contains(out, "hunter") || strings.Contains(out, "aHVudGVy") {
		t.Errorf("diff shows a secret:\n%s", out)
	}
	if out := w.run(1, "diff staging cm/flags"); strings.Contains(out, "Secret") {
		t.Errorf("diff of one object shows another:\n%s", out)
	}
	w.run(2, "diff staging cm/flag", "did you mean "+namespace+"/configmap/flags?")
	w.run(0, "diff staging --revision HEAD~1")

	var sync struct {
		Plan struct {
			BaseRevision string
			Changes      []struct{ Kind, Name, Operation string }
		}
		Outcome struct {
			Error string
			Steps []struct{ Kind, Name, Operation, Error string }
		}
	}
	document := w.run(0, "sync staging configmap/flags --yes -o json")
	if err := json.Unmarshal([]byte(document), &sync); err != nil {
		t.Fatalf("%v in %s", err, document)
	}
	if len(sync.Plan.Changes) != 1 || len(sync.Outcome.Steps) != 1 || sync.Outcome.Steps[0].Operation != "Update" ||
		sync.Plan.BaseRevision != string(w.head) || sync.Outcome.Error != "" {
		t.Errorf("got %s", document)
	}
	w.run(1, "status staging", "~ Modified  Secret")
	w.run(0, "sync staging --yes", "changed   Secret")
	w.run(0, "history staging", "quieter logs", "◀ staging")
	w.run(0, "history staging --text QUIETER", "quieter logs")
	w.run(0, "history staging --workload nobody", "no commit that has touched this environment is like that")
	w.run(0, "show staging@HEAD~1", "staging at ", "ConfigMap", "flags.yaml:1")
	w.run(0, "show staging configmap/flags", "kind: ConfigMap")
	w.run(1, "compare staging@HEAD~1", "~ differs  ConfigMap "+namespace+"/flags", "2 differ")
	w.run(0, "compare staging staging", "are the same")
	w.run(2, "compare staging@nowhere", "is no branch, tag or commit of it")

	w.run(0, "suspend staging --reason moving", "staging is suspended")
	w.run(1, "status staging", "| Suspended", "moving")
	w.run(0, "resume staging")

	w.commit("a typo", map[string]string{"flags.yaml": "kind: [ConfigMap\n"})
	w.run(2, "status staging", "cannot be rendered", "shop/flags.yaml:")

	w.commit("less", map[string]string{"flags.yaml": "", "old.yaml": ""})
	w.run(1, "sync staging --yes", "2 deletions wait for a person", "evenkeel sync staging --prune")
	w.run(1, "status staging", "! Blocked", "evenkeel sync staging --prune")
	w.run(0, "sync staging --yes --prune", "DELETE", "deleted   ConfigMap "+namespace+"/old")
	w.run(0, "status staging", "= Synced", "2 synced")
}
