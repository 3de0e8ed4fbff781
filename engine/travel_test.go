package engine_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/gitrepo"
)

// newLibrary is a world without a cluster: what is asked in it is asked of Git
// alone.
func newLibrary(t testing.TB) *world {
	t.Helper()
	w := &world{TB: t, ns: "shop", files: map[string]string{}, remote: filepath.Join(t.TempDir(), "config.git")}
	w.must(gitrepo.InitBare(t.Context(), w.remote, "main"))
	var err error
	w.mirror, err = gitrepo.Open(t.Context(), gitrepo.Options{URL: w.remote, Branch: "main", CacheDir: t.TempDir()})
	w.must(err)
	t.Cleanup(func() { _ = w.mirror.Close() })
	return w
}

// read runs an engine that has no cluster, until the test ends.
func (w *world) read(environments ...config.Environment) *running {
	w.Helper()
	kubeconfig := filepath.Join(w.TempDir(), "kubeconfig")
	w.must(os.WriteFile(kubeconfig, []byte("apiVersion: v1\nkind: Config\n"), 0o600))
	e := w.start(engine.Options{
		Config: config.Config{
			Repository:   config.Repository{URL: w.remote, Branch: "main", Interval: time.Hour},
			Environments: environments,
		},
		Kubeconfig: kubeconfig, CacheDir: w.TempDir(), By: "test",
	})
	e.until("all is rendered", func(s *engine.Snapshot) bool {
		return !slices.ContainsFunc(s.Environments, func(e *engine.Environment) bool { return e.Revision == "" && e.BrokenRevision == "" })
	})
	return e
}

func inside(namespace, manifest string) string {
	return strings.Replace(manifest, "metadata:\n", "metadata:\n  namespace: "+namespace+"\n", 1)
}

// momentOf tells a moment in lines.
func momentOf(m *engine.Moment) []string {
	var lines []string
	for _, o := range m.Objects {
		lines = append(lines, fmt.Sprintf("%s %s/%s %s:%d", o.Kind, o.Namespace, o.Name, o.File, o.Line))
	}
	for _, i := range m.Images {
		lines = append(lines, fmt.Sprintf("%s %s %s %s", i.Object.Name, i.Container, i.Repository, i.Tag))
	}
	return append(lines, m.Problems...)
}

func TestMomentIsWhatGitSaidThen(t *testing.T) {
	w := newLibrary(t)
	const secret = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\nstringData:\n  password: hunter2\n"
	begin := w.commit("begin", map[string]string{"other/x.yaml": configMap("x", "k", "v")})
	first := w.commit("open the shop", map[string]string{"shop/api.yaml": deployment("api", "example.com/api:1", 1), "shop/db.yaml": secret})
	elsewhere := w.commit("other", map[string]string{"other/x.yaml": configMap("x", "k", "w")})
	broken := w.commit("break it", map[string]string{"shop/api.yaml": "a: [b\n"})
	last := w.commit("mend it", map[string]string{"shop/api.yaml": deployment("api", "example.com/api:2", 1), "shop/db.yaml": ""})
	e := w.read(w.environment("shop", config.SyncManual))

	for _, c := range []struct {
		name, revision  string
		whole, touching gitrepo.Hash
		want            []string
	}{
		{"what it follows", "", last, last, []string{"Deployment shop/api shop/api.yaml:1", "api main example.com/api 2"}},
		{"a hash", string(first), first, first, []string{"Deployment shop/api shop/api.yaml:1", "Secret shop/db shop/db.yaml:1", "api main example.com/api 1"}},
		{"the beginning of a hash, of a commit elsewhere", string(elsewhere[:9]), elsewhere, first, []string{"Deployment shop/api shop/api.yaml:1", "Secret shop/db shop/db.yaml:1", "api main example.com/api 1"}},
		{"an ancestor", "HEAD~1", broken, broken, []string{"shop/api.yaml:1: not valid YAML: did not find expected ',' or ']'"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := e.Moment(t.Context(), engine.At{Environment: "shop", Revision: c.revision})
			if err != nil {
				t.Fatal(err)
			}
			if got := momentOf(m); !slices.Equal(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
			if m.Revision != string(c.whole) || m.Environment != "shop" || m.Commit.Hash != string(c.touching) {
				t.Errorf("it is of %s, made by %s", m.Revision, m.Commit.Hash)
			}
			for _, o := range m.Objects {
				if !strings.Contains(o.YAML, "name: "+o.Name) || strings.Contains(o.YAML, "hunter2") {
					t.Errorf("%s is written as\n%s", o.ID, o.YAML)
				}
			}
		})
	}
	for _, c := range []struct{ environment, revision, want string }{
		{"shop", string(begin), fmt.Sprintf("look back at shop: at %s there was no shop: shop did not exist then", begin.Short())},
		{"shop", "v9", `"v9" is no branch, tag or commit of it`},
		{"shop", strings.Repeat("12", 20), "revision not found"},
		{"shop", "HEAD~9", "goes back before the first commit"},
		{"nowhere", "", `there is no environment "nowhere"`},
	} {
		if m, err := e.Moment(t.Context(), engine.At{Environment: c.environment, Revision: c.revision}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s at %q: want %q, got %v %v", c.environment, c.revision, c.want, m, err)
		}
	}

	// The branch is written anew, without the last commits.
	w.must(os.WriteFile(filepath.Join(w.remote, "refs", "heads", "main"), []byte(first+"\n"), 0o600))
	e.Refresh()
	e.until("it follows", func(s *engine.Snapshot) bool { return s.Repository.Head == string(first) })
	if _, err := e.Moment(t.Context(), engine.At{Environment: "shop", Revision: string(last)}); err == nil || !strings.Contains(err.Error(), "is not in the history of the branch") {
		t.Errorf("a commit that the branch has lost: %v", err)
	}
}

// comparisonOf tells a comparison in lines.
func comparisonOf(c *engine.Comparison) []string {
	lines := []string{fmt.Sprint(c.Unchanged, " unchanged")}
	for _, p := range c.Namespaces {
		lines = append(lines, p.From+" = "+p.To)
	}
	for _, x := range c.Changes {
		line := fmt.Sprintf("%s %s %s %s/%s", x.Environment, x.Operation, x.Kind, x.Namespace, x.Name)
		for _, f := range x.Fields {
			line += " " + f.Path
		}
		lines = append(lines, line)
	}
	for _, i := range c.Images {
		lines = append(lines, fmt.Sprintf("%s %s %s: %s -> %s", i.Object.Name, i.Container, i.Repository, i.From, i.To))
	}
	for _, a := range c.Ambiguous {
		lines = append(lines, fmt.Sprint("ambiguous ", a.From, a.To))
	}
	for _, k := range c.Common {
		lines = append(lines, fmt.Sprintf("%d have %s: %v -> %v", k.Objects, k.Name, k.From, k.To))
	}
	for i := range c.Changes {
		if c.Ordinary(&c.Changes[i]) {
			lines = append(lines, "nothing else: "+c.Changes[i].Name)
		}
	}
	return append(lines, c.Problems...)
}

func TestComparingRevisions(t *testing.T) {
	w := newLibrary(t)
	first := w.commit("one", map[string]string{
		"shop/api.yaml": deployment("api", "example.com/api:1", 1), "shop/web.yaml": deployment("web", "example.com/web:1", 1), "shop/old.yaml": configMap("old", "k", "v"),
	})
	broken := w.commit("break it", map[string]string{"shop/old.yaml": "a: [b\n"})
	last := w.commit("two", map[string]string{"shop/api.yaml": deployment("api", "example.com/api:2", 1), "shop/old.yaml": "", "shop/new.yaml": configMap("new", "k", "v")})
	e := w.read(w.environment("shop", config.SyncManual))
	for _, c := range []struct {
		name     string
		from, to gitrepo.Hash
		want     []string
	}{
		{"forward", first, last, []string{
			"1 unchanged", "shop Create ConfigMap shop/new", "shop Delete ConfigMap shop/old",
			"shop Update Deployment shop/api spec.template.spec.containers[main].image", "api main example.com/api: 1 -> 2",
		}},
		{"back", last, first, []string{
			"1 unchanged", "shop Delete ConfigMap shop/new", "shop Create ConfigMap shop/old",
			"shop Update Deployment shop/api spec.template.spec.containers[main].image", "api main example.com/api: 2 -> 1",
		}},
		{"the same", first, first, []string{"3 unchanged"}},
		{"one that does not render", broken, last, []string{
			"0 unchanged", fmt.Sprintf("shop/old.yaml:1: not valid YAML: did not find expected ',' or ']' (shop at %s)", broken.Short()),
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := e.Compare(t.Context(), engine.At{Environment: "shop", Revision: string(c.from)}, engine.At{Environment: "shop", Revision: string(c.to)})
			if err != nil {
				t.Fatal(err)
			}
			if lines := comparisonOf(got); !slices.Equal(lines, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(c.want, "\n"))
			}
			if got.From.Revision != string(c.from) || got.To.Revision != string(c.to) || got.ToCommit.Hash != string(c.to) {
				t.Errorf("it is from %v to %v (%s)", got.From, got.To, got.ToCommit.Hash)
			}
		})
	}
}

// labelled are four config maps, three of which have the environment in a label,
// and two a value of their own.
func labelled(environment, value string) map[string]string {
	label := func(manifest string) string {
		return strings.Replace(manifest, "metadata:\n", "metadata:\n  labels: {acme.dev/env: "+environment+"}\n", 1)
	}
	return map[string]string{
		"a.yaml": label(configMap("a", "k", "v")), "b.yaml": label(configMap("b", "k", "v")), "c.yaml": label(configMap("c", "k", value)),
		"d.yaml": configMap("d", "k", value),
	}
}

func TestComparingEnvironments(t *testing.T) {
	const (
		namespace = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: %s\n"
		binding   = "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata:\n  name: ops\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: ops}\nsubjects: [{kind: ServiceAccount, name: ops, namespace: %s}]\n"
	)
	type files = map[string]string
	for _, c := range []struct {
		name                string
		staging, production files
		own                 bool // the environments name namespaces of their own
		want                []string
	}{
		{
			"the namespaces of the environments", files{"a.yaml": configMap("a", "k", "v"), "api.yaml": deployment("api", "example.com/api:2", 1), "b.yaml": fmt.Sprintf(binding, "shop-s")},
			files{"a.yaml": configMap("a", "k", "v"), "api.yaml": deployment("api", "example.com/api:1", 3), "b.yaml": fmt.Sprintf(binding, "shop-p")}, true,
			[]string{
				"2 unchanged", "shop-s = shop-p", "production Update Deployment shop-p/api spec.replicas spec.template.spec.containers[main].image",
				"api main example.com/api: 2 -> 1",
			},
		},
		{
			"namespaces that objects name", files{"n.yaml": fmt.Sprintf(namespace, "s"), "a.yaml": inside("s", configMap("a", "k", "v")), "b.yaml": inside("s", configMap("b", "k", "v"))},
			files{"n.yaml": fmt.Sprintf(namespace, "p"), "a.yaml": inside("p", configMap("a", "k", "v")), "c.yaml": inside("p", configMap("c", "k", "v"))}, false,
			[]string{"2 unchanged", "s = p", "production Create ConfigMap p/c", "staging Delete ConfigMap s/b"},
		},
		{
			"one name in two namespaces that others tell apart", files{"a.yaml": inside("s1", configMap("a", "k", "1")), "b.yaml": inside("s1", configMap("x", "k", "1")), "c.yaml": inside("s2", configMap("c", "k", "2")), "d.yaml": inside("s2", configMap("x", "k", "2"))},
			files{"a.yaml": inside("p1", configMap("a", "k", "1")), "b.yaml": inside("p1", configMap("x", "k", "1")), "c.yaml": inside("p2", configMap("c", "k", "2")), "d.yaml": inside("p2", configMap("x", "k", "3"))}, false,
			[]string{"3 unchanged", "s1 = p1", "s2 = p2", "production Update ConfigMap p2/x data.k"},
		},
		{
			"one name in two namespaces that nothing tells apart", files{"b.yaml": inside("s1", configMap("x", "k", "1")), "d.yaml": inside("s2", configMap("x", "k", "2"))},
			files{"b.yaml": inside("p1", configMap("x", "k", "1")), "d.yaml": inside("p2", configMap("x", "k", "3"))}, false,
			[]string{"0 unchanged", "ambiguous [ConfigMap s1/x ConfigMap s2/x] [ConfigMap p1/x ConfigMap p2/x]"},
		},
		{
			"a namespace that both have comes before any other", files{"b.yaml": inside("both", configMap("x", "k", "1")), "d.yaml": inside("s", configMap("x", "k", "2"))},
			files{"b.yaml": inside("both", configMap("x", "k", "1")), "d.yaml": inside("p", configMap("x", "k", "2"))}, false,
			[]string{"2 unchanged", "s = p"},
		},
		{
			"one that is elsewhere than the others", files{"a.yaml": inside("s", configMap("a", "k", "1")), "b.yaml": inside("s", configMap("b", "k", "1")), "c.yaml": inside("cache", configMap("c", "k", "1"))},
			files{"a.yaml": inside("p", configMap("a", "k", "1")), "b.yaml": inside("p", configMap("b", "k", "1")), "c.yaml": inside("p", configMap("c", "k", "1"))}, false,
			[]string{"2 unchanged", "s = p", "production Update ConfigMap p/c metadata.namespace"},
		},
		{
			"names that kustomize has generated", files{"a.yaml": configMap("flags-849b547mb9", "k", "1"), "b.yaml": configMap("dash-board", "k", "1")},
			files{"a.yaml": configMap("flags-5cmdmdmd8d", "k", "2"), "c.yaml": configMap("dash-ingredient", "k", "1")}, true,
			[]string{
				"0 unchanged", "shop-s = shop-p", "production Create ConfigMap shop-p/dash-ingredient",
				"production Update ConfigMap shop-p/flags-5cmdmdmd8d data.k metadata.name", "staging Delete ConfigMap shop-s/dash-board",
			},
		},
		{
			"a label that most objects have", labelled("staging", "1"), labelled("production", "2"), true,
			[]string{
				"0 unchanged", "shop-s = shop-p", `production Update ConfigMap shop-p/a metadata.labels["acme.dev/env"]`, `production Update ConfigMap shop-p/b metadata.labels["acme.dev/env"]`,
				`production Update ConfigMap shop-p/c data.k metadata.labels["acme.dev/env"]`, "production Update ConfigMap shop-p/d data.k",
				"3 have acme.dev/env: staging -> production", "nothing else: a", "nothing else: b",
			},
		},
		{
			"another repository", files{"api.yaml": deployment("api", "example.com/fork/api:2", 1)}, files{"api.yaml": deployment("api", "example.com/api:1", 1)}, true,
			[]string{
				"0 unchanged", "shop-s = shop-p", "production Update Deployment shop-p/api spec.template.spec.containers[main].image",
				"api main example.com/api: example.com/fork/api:2 -> 1",
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newLibrary(t)
			all := files{}
			for name, content := range c.staging {
				all["staging/"+name] = content
			}
			for name, content := range c.production {
				all["production/"+name] = content
			}
			w.commit("begin", all)
			staging, production := w.environment("staging", config.SyncManual), w.environment("production", config.SyncManual)
			staging.Namespace, production.Namespace = "", ""
			if c.own {
				staging.Namespace, production.Namespace = "shop-s", "shop-p"
			}
			e := w.read(staging, production)
			got, err := e.Compare(t.Context(), engine.At{Environment: "staging"}, engine.At{Environment: "production"})
			if err != nil {
				t.Fatal(err)
			}
			if lines := comparisonOf(got); !slices.Equal(lines, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(c.want, "\n"))
			}
			back, err := e.Compare(t.Context(), engine.At{Environment: "production"}, engine.At{Environment: "staging"})
			if err != nil || back.Unchanged != got.Unchanged || len(back.Changes) != len(got.Changes) {
				t.Errorf("the other way round it is\n%s\n%v", strings.Join(comparisonOf(back), "\n"), err)
			}
		})
	}
}
