package engine_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/gitrepo"
)

// written is a commit to be written.
type written struct {
	author, email, message string
	changes                map[string]string // an empty content deletes
}

// history writes commits, an hour apart, and pushes them at once.
func (w *world) history(all []written) []gitrepo.Hash {
	w.Helper()
	began := time.Now().Add(-time.Hour * time.Duration(len(all)))
	var hashes []gitrepo.Hash
	var base gitrepo.Hash
	for n, c := range all {
		spec := gitrepo.CommitSpec{Base: base, Message: c.message}
		spec.Author = gitrepo.Signature{Name: c.author, Email: c.email, When: began.Add(time.Hour * time.Duration(n))}
		spec.Committer = spec.Author
		for path, content := range c.changes {
			spec.Changes = append(spec.Changes, gitrepo.Change{Path: path, Content: []byte(content), Delete: content == ""})
		}
		var err error
		base, err = w.mirror.Write(w.Context(), spec)
		w.must(err)
		hashes = append(hashes, base)
	}
	w.must(w.mirror.Push(w.Context(), base, ""))
	return hashes
}

// search goes through all pages of a search, and checks what they say of
// themselves.
func (r *running) search(q engine.HistoryQuery) []string {
	r.w.Helper()
	q.Environment = "shop"
	var found []string
	looked := 0
	for {
		page, err := r.History(r.w.Context(), q)
		r.w.must(err)
		for _, c := range page.Commits {
			found = append(found, c.Subject)
		}
		if looked += page.Looked; q.Limit > 0 && len(page.Commits) > q.Limit || page.Looked > 0 && page.LookedTo.IsZero() {
			r.w.Errorf("a page of %d has %d commits, and looked back to %s", q.Limit, len(page.Commits), page.LookedTo)
		}
		if page.Next == "" {
			break
		}
		q.After = page.Next
	}
	all, err := r.History(r.w.Context(), engine.HistoryQuery{Environment: "shop", Limit: 1 << 20})
	r.w.must(err)
	if looked != len(all.Commits) {
		r.w.Errorf("%d of %d commits were looked at", looked, len(all.Commits))
	}
	return found
}

func TestSearchingHistory(t *testing.T) {
	const own = "Evenkeel-Action: approve\nEvenkeel-Environment: shop\nEvenkeel-Image: example.com/shop/api 1 -> 2\nEvenkeel-Container: Deployment.apps shop/api main\n"
	helm := "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata:\n  name: cache\nspec:\n  values:\n    image: {repository: docker.io/library/redis, tag: \"7\"}\n"
	w := newLibrary(t)
	w.history([]written{
		{"Ada Byron", "ada@example.com", "a: other environments", map[string]string{"other/x.yaml": configMap("x", "k", "v")}},
		{"Ada Byron", "ada@example.com", "b: open the Shop", map[string]string{"shop/api.yaml": deployment("api", "example.com/shop/api:1", 1), "shop/web.yaml": deployment("web", "nginx:1.25", 1)}},
		{"Grace", "grace@example.org", "c: quieter logs\n\nAsked for by the night shift.\n", map[string]string{"shop/config.yaml": configMap("api", "level", "info")}},
		{"evenkeel", "evenkeel@evenkeel.dev", "d: new api\n\n" + own, map[string]string{"shop/api.yaml": deployment("api", "example.com/shop/api:2", 1)}},
		{"Ada Byron", "ada@example.com", "e: comment only", map[string]string{"shop/web.yaml": "# about api\n" + deployment("web", "nginx:1.25", 1)}},
		{"Grace", "grace@example.org", "f: break it", map[string]string{"shop/cache.yaml": "name: cache\nvalues: [\n"}},
		{"Grace", "grace@example.org", "g: mend it, with more", map[string]string{"shop/web.yaml": deployment("web", "nginx:1.27", 2), "shop/cache.yaml": helm}},
		{"Ada Byron", "ada@example.com", "h: no api", map[string]string{"shop/api.yaml": ""}},
	})
	e := w.read(w.environment("shop", config.SyncManual))
	for _, c := range []struct {
		name string
		q    engine.HistoryQuery
		want string // the letters of the commits
	}{
		{"a word, in any case", engine.HistoryQuery{Text: "SHOP"}, "db"},
		{"all words, also of the body", engine.HistoryQuery{Text: "night quieter"}, "c"},
		{"a trailer", engine.HistoryQuery{Text: "evenkeel-action: approve"}, "d"},
		{"nothing", engine.HistoryQuery{Text: "no such words"}, ""},
		{"a name", engine.HistoryQuery{Author: "ada b"}, "heb"},
		{"an address", engine.HistoryQuery{Author: "example.ORG"}, "gfc"},
		{"both", engine.HistoryQuery{Author: "grace", Text: "it"}, "gf"},
		{"a workload, in any case", engine.HistoryQuery{Workload: "API"}, "hdb"},
		{"the beginning of its name", engine.HistoryQuery{Workload: "we"}, "gb"},
		{"its kind", engine.HistoryQuery{Workload: "deployment/web"}, "gb"},
		{"no workload", engine.HistoryQuery{Workload: "configmap/api"}, ""},
		{"a release, and what broke it", engine.HistoryQuery{Workload: "cache"}, "gf"},
		{"an image", engine.HistoryQuery{Image: "nginx"}, "gb"},
		{"a tag, before or after", engine.HistoryQuery{Image: "nginx:1.25"}, "gb"},
		{"its name in full", engine.HistoryQuery{Image: "docker.io/library/nginx:1.27"}, "g"},
		{"an image in values", engine.HistoryQuery{Image: "library/redis:7"}, "g"},
		{"a tag alone", engine.HistoryQuery{Image: ":2"}, "hd"},
		{"an image of a workload", engine.HistoryQuery{Workload: "api", Image: "shop/api:2"}, "hd"},
		{"an image of another workload", engine.HistoryQuery{Workload: "web", Image: "shop/api"}, ""},
		{"all at once", engine.HistoryQuery{Workload: "api", Image: "api", Author: "evenkeel", Text: "new"}, "d"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, limit := range []int{0, 1} {
				c.q.Limit = limit
				got := ""
				for _, subject := range e.search(c.q) {
					got += subject[:1]
				}
				if got != c.want {
					t.Errorf("in pages of %d: want %q, got %q", limit, c.want, got)
				}
			}
		})
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.History(ended, engine.HistoryQuery{Environment: "shop", Workload: "api"}); !errors.Is(err, context.Canceled) {
		t.Errorf("a search that was given up: %v", err)
	}
}

// What is found has to be what the moments between the commits say, when each is
// looked at by itself.
func TestSearchingFindsWhatCommitsChanged(t *testing.T) {
	const workloads, commits = 6, 60
	for _, layout := range []struct{ name, dir, kustomization string }{
		{"directory", "shop", ""},
		{"kustomization", "base", "resources: [../base]\nnamePrefix: my-\nimages:\n- {name: example.com/w3, newTag: %q}\n"},
	} {
		t.Run(layout.name, func(t *testing.T) {
			w := newLibrary(t)
			random := rand.New(rand.NewPCG(3, 4))
			file := func(n int) string { return fmt.Sprintf("%s/w%d.yaml", layout.dir, n) }
			var all []written
			for n := range commits {
				changes := map[string]string{}
				for i := range workloads {
					if n == 0 || random.IntN(workloads) == 0 {
						changes[file(i)] = deployment(fmt.Sprintf("w%d", i), fmt.Sprintf("example.com/w%d:%d", i, random.IntN(3)), 1+random.IntN(2))
					}
				}
				switch {
				case layout.kustomization == "":
				case n == 0:
					changes["base/kustomization.yaml"] = "resources: [w0.yaml, w1.yaml, w2.yaml, w3.yaml, w4.yaml, w5.yaml]\n"
					fallthrough
				case random.IntN(4) == 0:
					changes["shop/kustomization.yaml"] = fmt.Sprintf(layout.kustomization, fmt.Sprint(random.IntN(3)))
				}
				if random.IntN(12) == 0 {
					changes[file(0)] = "a: [b\n"
				}
				changes["notes.md"] = fmt.Sprint(n)
				all = append(all, written{"Ada", "ada@example.com", fmt.Sprint(n), changes})
			}
			hashes := w.history(all)
			e := w.read(w.environment("shop", config.SyncManual))
			name := "w3"
			if layout.kustomization != "" {
				name = "my-w3"
			}
			var want []string
			content, last := "", map[string]string{}
			for n, hash := range hashes {
				touched := content != all[n].changes[file(3)] && all[n].changes[file(3)] != ""
				if touched {
					content = all[n].changes[file(3)]
				}
				var changed bool
				if now := e.objects(hash); now == nil {
					changed = touched && layout.kustomization == "" // the name has no prefix in its file
				} else {
					changed = last[name] != now[name] && (touched || layout.kustomization != "")
					last = now
				}
				if changed {
					want = append(want, fmt.Sprint(n))
				}
			}
			slices.Reverse(want)
			if got := e.search(engine.HistoryQuery{Workload: name}); !slices.Equal(got, want) || len(want) < 5 {
				t.Errorf("want %v, got %v", want, got)
			}
		})
	}
}

// objects are the objects of a revision by name, or nil when it does not render.
func (r *running) objects(hash gitrepo.Hash) map[string]string {
	r.w.Helper()
	m, err := r.Moment(r.w.Context(), engine.At{Environment: "shop", Revision: string(hash)})
	r.w.must(err)
	if len(m.Problems) > 0 {
		return nil
	}
	objects := map[string]string{}
	for _, o := range m.Objects {
		objects[o.Name] = o.YAML
	}
	return objects
}

// BenchmarkSearch searches 5,000 commits of an environment by their text, and 400
// of one with a hundred objects by workload.
func BenchmarkSearch(b *testing.B) {
	for _, c := range []struct {
		name    string
		commits int
		kustom  bool
		q       engine.HistoryQuery
	}{
		{"text", 5000, false, engine.HistoryQuery{Text: "raise w7"}},
		{"workload/directory", 400, false, engine.HistoryQuery{Workload: "w7"}},
		{"workload/kustomization", 400, true, engine.HistoryQuery{Workload: "w7"}},
	} {
		const workloads = 100
		w := newLibrary(b)
		random := rand.New(rand.NewPCG(5, 6))
		first := map[string]string{}
		var resources strings.Builder
		for i := range workloads {
			first[fmt.Sprintf("shop/w%d.yaml", i)] = deployment(fmt.Sprintf("w%d", i), "example.com/shop:1", 1)
			fmt.Fprintf(&resources, "- w%d.yaml\n", i)
		}
		if c.kustom {
			first["shop/kustomization.yaml"] = "resources:\n" + resources.String()
		}
		all := []written{{"Ada", "ada@example.com", "begin", first}}
		for n := 2; n <= c.commits; n++ {
			i := random.IntN(workloads)
			all = append(all, written{"Ada", "ada@example.com", fmt.Sprintf("raise w%d", i), map[string]string{
				fmt.Sprintf("shop/w%d.yaml", i): deployment(fmt.Sprintf("w%d", i), fmt.Sprintf("example.com/shop:%d", n), 1),
			}})
		}
		w.history(all)
		for _, warm := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/warm=%v", c.name, warm), func(b *testing.B) {
				var e *running
				for b.Loop() {
					if e == nil || !warm {
						b.StopTimer()
						e = w.read(w.environment("shop", config.SyncManual))
						if warm {
							e.search(c.q)
						}
						b.StartTimer()
					}
					pages, found := 0, 0
					c.q.Environment, c.q.Limit, c.q.After = "shop", 50, ""
					for {
						page, err := e.History(b.Context(), c.q)
						if err != nil {
							b.Fatal(err)
						}
						if found += len(page.Commits); pages == 0 {
							b.ReportMetric(float64(page.Looked), "in-first-page")
						}
						pages++
						if c.q.After = page.Next; page.Next == "" {
							break
						}
					}
					b.ReportMetric(float64(pages), "pages")
					b.ReportMetric(float64(found), "found")
				}
			})
		}
	}
}
