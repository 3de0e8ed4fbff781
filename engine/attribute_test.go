package engine_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/gitrepo"
)

// layouts are the two ways in which an environment is written down. Each names
// the files of config maps, and what else there is.
var layouts = []struct {
	name  string
	file  func(n int) string
	other func(n int) map[string]string
}{
	{
		"directory",
		func(n int) string { return fmt.Sprintf("shop/c%d.yaml", n) },
		func(int) map[string]string { return map[string]string{} },
	},
	{
		"kustomization",
		func(n int) string { return fmt.Sprintf("base/c%d.yaml", n) },
		func(n int) map[string]string {
			var resources strings.Builder
			for i := range n {
				fmt.Fprintf(&resources, "- c%d.yaml\n", i)
			}
			return map[string]string{
				"base/kustomization.yaml": "resources:\n" + resources.String(),
				"shop/kustomization.yaml": "resources: [../base]\nlabels: [{pairs: {team: shop}}]\n",
			}
		},
	}}

// commits writes a history, and pushes it at once.
func (w *world) commits(history []map[string]string) []gitrepo.Hash {
	w.Helper()
	began := time.Now().Add(-time.Hour * time.Duration(len(history)))
	var hashes []gitrepo.Hash
	var base gitrepo.Hash
	for n, changes := range history {
		spec := gitrepo.CommitSpec{Base: base, Message: fmt.Sprint("commit ", n)}
		spec.Author = gitrepo.Signature{Name: "Ada", Email: "ada@example.com", When: began.Add(time.Hour * time.Duration(n))}
		spec.Committer = spec.Author
		for path, content := range changes {
			spec.Changes = append(spec.Changes, gitrepo.Change{Path: path, Content: []byte(content)})
		}
		var err error
		base, err = w.mirror.Write(w.Context(), spec)
		w.must(err)
		hashes = append(hashes, base)
	}
	w.must(w.mirror.Push(w.Context(), base, ""))
	return hashes
}

// explain inspects an object and explains it, and tells how many earlier
// revisions that rendered.
func (r *running) explain(n int) (*engine.Inspection, int) {
	r.w.Helper()
	id := r.w.id("ConfigMap", fmt.Sprint("c", n))
	r.drift("shop", id, engine.DriftModified)
	in, _ := r.inspect(id)
	before := r.Renderings()
	out, err := r.Explain(r.w.Context(), in)
	r.w.must(err)
	return out, r.Renderings() - before
}

// The commit that is told is the one since which a field has its value, in
// histories where values come and go and some commits do not render.
func TestExplainAgreesWithTheHistory(t *testing.T) {
	const objects, commits = 4, 30
	for _, layout := range layouts {
		t.Run(layout.name, func(t *testing.T) {
			w := newWorld(t)
			random := rand.New(rand.NewPCG(1, 2))
			begin := layout.other(objects)
			var values [commits][objects]int
			var broken [commits]bool
			history := []map[string]string{begin}
			for o := range objects {
				begin[layout.file(o)] = configMap(fmt.Sprint("c", o), "k", "0")
			}
			for n := 1; n < commits; n++ {
				values[n] = values[n-1]
				o := 1 + random.IntN(objects-1) // the first one never changes
				values[n][o] = random.IntN(2)
				content := configMap(fmt.Sprint("c", o), "k", fmt.Sprint(values[n][o])) + fmt.Sprintf("# %d\n", n)
				changes := map[string]string{layout.file(o): content}
				switch {
				case broken[n-1]:
					changes[layout.file(0)] = begin[layout.file(0)]
				case n < commits-1 && random.IntN(4) == 0:
					broken[n] = true
					changes[layout.file(0)] = "kind: [\n"
				}
				history = append(history, changes)
			}
			hashes := w.commits(history)
			e := w.start(w.options(w.environment("shop", config.SyncManual)))
			e.sync("shop")
			e.at("shop", hashes[commits-1])
			for o := range objects {
				w.edit(w.id("ConfigMap", fmt.Sprint("c", o)), `{"data":{"k":"other"}}`)
			}
			for _, again := range []bool{false, true} {
				for o := range objects {
					out, rendered := e.explain(o)
					want := since(commits, broken[:], func(n int) int { return values[n][o] })
					if len(out.Change.Fields) != 1 || out.Change.Fields[0].Commit == nil || out.Change.Fields[0].Commit.Hash != string(hashes[want]) {
						t.Errorf("c%d: want commit %d, got %+v", o, want, out.Change.Fields)
					}
					if again && rendered != 0 {
						t.Errorf("c%d: the second time, %d revisions were rendered", o, rendered)
					}
				}
			}
			if n := e.Renderings(); n == 0 || n > commits-1 {
				t.Errorf("%d revisions were rendered for %d commits", n, commits)
			}
		})
	}
}

// since is the commit that gave the value which the last one has; nothing is
// known of a commit that does not render.
func since(commits int, broken []bool, value func(n int) int) int {
	for n := commits - 1; n > 0; n-- {
		if !broken[n-1] && value(n-1) != value(commits-1) {
			return n
		}
	}
	return 0
}

// In a directory, a revision is rendered only when the object's own file was
// another.
func TestExplainRendersWhatMatters(t *testing.T) {
	w := newWorld(t)
	history := []map[string]string{{"shop/c0.yaml": configMap("c0", "k", "1"), "shop/c1.yaml": configMap("c1", "k", "0")}}
	for n := 1; n < 20; n++ {
		history = append(history, map[string]string{"shop/c1.yaml": configMap("c1", "k", fmt.Sprint(n))})
	}
	history = append(history, map[string]string{"shop/c0.yaml": configMap("c0", "k", "2")})
	for n := 20; n < 40; n++ {
		history = append(history, map[string]string{"shop/c1.yaml": configMap("c1", "k", fmt.Sprint(n))})
	}
	hashes := w.commits(history)
	e := w.start(w.options(w.environment("shop", config.SyncManual)))
	e.sync("shop")
	e.at("shop", hashes[len(hashes)-1])
	w.edit(w.id("ConfigMap", "c0"), `{"data":{"k":"other"}}`)
	out, rendered := e.explain(0)
	if c := out.Change.Fields[0].Commit; c == nil || c.Hash != string(hashes[20]) {
		t.Errorf("got %+v", c)
	}
	// The one before it, and what was begun ahead of knowing that it is the one.
	if rendered == 0 || rendered > 8 {
		t.Errorf("%d revisions were rendered", rendered)
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Explain(canceled, out); !errors.Is(err, context.Canceled) {
		t.Errorf("when canceled it ended with %v", err)
	}
}

// BenchmarkExplain looks for a field as old as the history: the first time, and
// again.
func BenchmarkExplain(b *testing.B) {
	size := map[string]struct{ objects, commits int }{"directory": {200, 300}, "kustomization": {40, 40}}
	for _, layout := range layouts {
		b.Run(layout.name, func(b *testing.B) {
			size := size[layout.name]
			w := newWorld(b)
			history := []map[string]string{layout.other(size.objects)}
			for o := range size.objects {
				history[0][layout.file(o)] = configMap(fmt.Sprint("c", o), "k", "0")
			}
			for n := 1; n < size.commits; n++ {
				o := 1 + n%(size.objects-1)
				history = append(history, map[string]string{layout.file(o): configMap(fmt.Sprint("c", o), "k", fmt.Sprint(n))})
			}
			hashes := w.commits(history)
			e := w.start(w.options(w.environment("shop", config.SyncManual)))
			e.sync("shop")
			e.at("shop", hashes[len(hashes)-1])
			id := w.id("ConfigMap", "c0")
			w.edit(id, `{"data":{"k":"other"}}`)
			var first, again time.Duration
			for b.Loop() {
				e := w.start(w.options(w.environment("shop", config.SyncManual)))
				e.drift("shop", id, engine.DriftModified)
				in, err := e.Inspect(b.Context(), "shop", id)
				w.must(err)
				for _, took := range []*time.Duration{&first, &again} {
					began := time.Now()
					_, err := e.Explain(b.Context(), in)
					w.must(err)
					*took += time.Since(began)
				}
			}
			b.ReportMetric(float64(first.Milliseconds())/float64(b.N), "ms/first")
			b.ReportMetric(float64(again.Microseconds())/1000/float64(b.N), "ms/again")
		})
	}
}
