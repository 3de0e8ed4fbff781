package engine_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"sync"
	"testing"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/gitrepo"
)

// tags are what production says of its two images.
type tags struct{ api, web string }

// overlay is the kustomization that says them.
func overlay(t tags) string {
	return fmt.Sprintf("# kept\nresources: [../base]\nimages:\n  - name: registry.acme.dev/shop/api\n    newTag: %s # of the api\n  - name: registry.acme.dev/shop/web\n    newTag: %s\n", t.api, t.web)
}

var tagLine = regexp.MustCompile(`name: (registry\.acme\.dev/shop/)?(api|web)\n    newTag: (\S+)`)

func (w *world) tagsAt(revision gitrepo.Hash) tags {
	w.Helper()
	tree, err := w.mirror.Tree(revision)
	w.must(err)
	data, err := tree.ReadFile("production/kustomization.yaml")
	w.must(err)
	var t tags
	for _, m := range tagLine.FindAllStringSubmatch(string(data), -1) {
		if m[2] == "api" {
			t.api = m[3]
		} else {
			t.web = m[3]
		}
	}
	return t
}

// operators are two people with an engine each, at one repository and cluster.
// Staging runs 2.0.0 of both images, which one promotes again and again; the other
// takes production back.
type operators struct {
	*world
	promoter, rescuer *running
}

func newOperators(t *testing.T) *operators {
	w := newTeam(t, func(*config.Environment) {}, "Ada <ada@example.com>", "Grace <grace@example.com>")
	return &operators{world: w.world, promoter: w.people["Ada"], rescuer: w.people["Grace"]}
}

// deed is what somebody planned.
type deed struct {
	by     *running
	plan   *engine.Plan
	result engine.Outcome
	err    error
}

// does says what the plan makes of the tags: exactly what it shows.
func (d *deed) does(t tags) tags {
	for _, u := range d.plan.Updates {
		if u.Object.Name == "api" {
			t.api = u.To
		} else {
			t.web = u.To
		}
	}
	return t
}

// TestTwoOperatorsAtOnce: whatever two people do at the same moment, Git has one
// of the two orders: each commit is what its plan says, on top of the one before,
// and whoever came too late was told so.
func TestTwoOperatorsAtOnce(t *testing.T) {
	const rounds = 40
	w := newOperators(t)
	random := rand.New(rand.NewPCG(5, 9))
	first := w.head().Hash
	both, late := 0, 0
	for round := range rounds {
		// Both begin at the same commit.
		some := func() string { return []string{"1.4.0", "1.5.0", "2.0.0"}[random.IntN(3)] }
		before := w.commit(fmt.Sprint("round ", round), map[string]string{
			"README.md": fmt.Sprint(round), "production/kustomization.yaml": overlay(tags{some(), some()}),
		})
		for _, e := range []*running{w.promoter, w.rescuer} {
			e.Refresh()
			e.until("the head is known", func(s *engine.Snapshot) bool { return s.Environments[1].Revision == string(before) })
		}
		var deeds []*deed
		add := func(e *running, r engine.Request) {
			r.Environment = "production"
			p, err := e.Plan(t.Context(), r)
			if errors.Is(err, engine.ErrNothing) {
				return
			}
			w.must(err)
			deeds = append(deeds, &deed{by: e, plan: p})
		}
		id := func(name string) engine.ID {
			return engine.ID{Group: "apps", Kind: "Deployment", Namespace: w.ns + "-b", Name: name}
		}
		switch random.IntN(3) {
		case 0:
			add(w.promoter, engine.Request{Action: engine.ActionPromote})
		default:
			add(w.promoter, engine.Request{Action: engine.ActionPromote, Images: []engine.ImagePick{{Object: id("api")}}})
		}
		back := engine.Request{Action: engine.ActionRollback, Revision: string(first)}
		switch random.IntN(3) {
		case 0:
			add(w.rescuer, back)
		case 1:
			back.Mode, back.Objects = engine.RollbackImages, []engine.ID{id("web")}
			add(w.rescuer, back)
		default:
			back.Mode = engine.RollbackImages
			add(w.rescuer, back)
		}
		var all sync.WaitGroup
		for _, d := range deeds {
			all.Go(func() { d.result, d.err = d.by.Execute(t.Context(), d.plan, nil) })
		}
		all.Wait()
		made := w.check(before, deeds)
		if made == 2 {
			both++
		}
		if len(deeds) == 2 && made == 1 {
			late++
		}
	}
	t.Logf("of %d rounds %d had both commits, and in %d one came too late", rounds, both, late)
	if both == 0 || late == 0 {
		t.Error("they never met: nothing was tested")
	}
}

// check compares what Git has since a revision with what was done.
func (w *operators) check(before gitrepo.Hash, deeds []*deed) (made int) {
	w.Helper()
	byCommit := map[gitrepo.Hash]*deed{}
	for _, d := range deeds {
		switch {
		case errors.Is(d.err, engine.ErrStale):
		case d.err != nil:
			w.Fatalf("%s: %v", d.plan.Action, d.err)
		case d.result.Err != "":
			w.Fatalf("%s: %s", d.plan.Action, d.result.Err)
		case d.result.Commit != "":
			byCommit[gitrepo.Hash(d.result.Commit)] = d
		}
	}
	var line []gitrepo.Commit
	for c := w.head(); c.Hash != before; {
		if len(c.Parents) != 1 {
			w.Fatalf("%s has %d parents", c.Hash.Short(), len(c.Parents))
		}
		line = append([]gitrepo.Commit{c}, line...)
		parent, err := w.mirror.Commit(c.Parents[0])
		w.must(err)
		c = parent
	}
	state := w.tagsAt(before)
	for _, c := range line {
		d := byCommit[c.Hash]
		if d == nil {
			w.Fatalf("nobody was told of %s %q", c.Hash.Short(), c.Subject)
		}
		if want := d.does(state); w.tagsAt(c.Hash) != want {
			w.Fatalf("%q made %+v of %+v, want %+v", c.Subject, w.tagsAt(c.Hash), state, want)
		}
		state = w.tagsAt(c.Hash)
		if (c.Author.Name == "Ada") != (d.by == w.promoter) {
			w.Errorf("%q is said to be by %s", c.Subject, c.Author.Name)
		}
	}
	if len(line) != len(byCommit) {
		w.Fatalf("%d commits were told of, and Git has %d", len(byCommit), len(line))
	}
	return len(line)
}
