package engine_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/engine/edit"
	"github.com/evenkeel/evenkeel/engine/render"
	"github.com/evenkeel/evenkeel/gitrepo"
)

// yearsWorld is the shop's repository with an engine on it that has no cluster: what
// Git says before and after a rollback takes none.
type yearsWorld struct {
	*running
	seen map[gitrepo.Hash]map[string]rendering
}

// rendering is what an environment renders to at a revision.
type rendering struct {
	objects map[engine.ID]string
	err     error
}

var shopEnvironments = []string{"staging", "production", "platform"}

func (w *world) openShop() *yearsWorld {
	var all []config.Environment
	for _, name := range shopEnvironments {
		env := w.environment(name, config.SyncManual)
		env.Path, env.Namespace = "environments/"+name, "shop-"+name
		all = append(all, env)
	}
	o := w.options(all...)
	o.Kubeconfig = w.TempDir() + "/none"
	return &yearsWorld{w.start(o), map[gitrepo.Hash]map[string]rendering{}}
}

func (s *yearsWorld) at(revision gitrepo.Hash, name string) rendering {
	w := s.w
	w.Helper()
	if r, known := s.seen[revision][name]; known {
		return r
	}
	_, err := w.mirror.Fetch(w.Context())
	w.must(err)
	tree, err := w.mirror.Tree(revision)
	w.must(err)
	result, err := render.Render(w.Context(), tree, render.Options{Path: "environments/" + name, Namespace: "shop-" + name})
	r := rendering{objects: map[engine.ID]string{}, err: err}
	if err == nil {
		for _, o := range result.Objects {
			r.objects[o.ID] = string(o.JSON)
		}
	}
	if s.seen[revision] == nil {
		s.seen[revision] = map[string]rendering{}
	}
	s.seen[revision][name] = r
	return r
}

// goBack takes an environment back to a revision, and holds what comes of it
// against what Git said then. It tells whether another environment changed.
func (s *yearsWorld) goBack(name string, revision gitrepo.Hash, overlay bool) (others bool, err error) {
	w := s.w
	w.Helper()
	head := w.head().Hash
	then := s.at(revision, name)
	p, err := s.Plan(w.Context(), engine.Request{
		Action: engine.ActionRollback, Environment: name, Revision: string(revision), Overlay: overlay, Reason: "a test",
	})
	switch {
	case then.err != nil:
		if err == nil {
			w.Fatalf("%s does not render at %s, and is gone back to", name, revision.Short())
		}
		return false, nil
	case errors.Is(err, engine.ErrNothing):
		if !maps.Equal(s.at(head, name).objects, then.objects) {
			w.Fatalf("%s was said to be as at %s, and is not", name, revision.Short())
		}
		return false, nil
	case err != nil:
		return false, err
	}
	o, err := s.Execute(w.Context(), p, nil)
	w.must(err)
	if o.Err != "" {
		w.Fatal(o.Err)
	}
	made := gitrepo.Hash(o.Commit)
	if now := s.at(made, name); now.err != nil || !maps.Equal(now.objects, then.objects) {
		w.Fatalf("%s is not as at %s: %v", name, revision.Short(), now.err)
	}
	for _, other := range shopEnvironments {
		if other == name {
			continue
		}
		before, after := s.at(head, other), s.at(made, other)
		w.must(errors.Join(before.err, after.err))
		told := slices.ContainsFunc(p.Changes, func(c engine.Change) bool { return c.Environment == other })
		same := maps.Equal(before.objects, after.objects)
		if told == same {
			w.Fatalf("going back to %s changes %s: %v, but the plan says %v", revision.Short(), other, !same, told)
		}
		others = others || told
	}
	return others, nil
}

// TestRollbackOverYears goes back to revisions of a history of hundreds of
// commits, by whole files and then by an overlay, and forward again.
// EVENKEEL_SEED repeats a run, EVENKEEL_CASES sets how many revisions it goes back
// to.
func TestRollbackOverYears(t *testing.T) {
	seed, cases := number(t, "EVENKEEL_SEED", 1), int(number(t, "EVENKEEL_CASES", 5))
	random := rand.New(rand.NewPCG(uint64(seed), 0))
	w := newWorld(t)
	history := w.years(random, 300)
	s := w.openShop()
	shared, overlaid, refused := 0, 0, 0
	for i := range cases {
		revision, name := history[random.IntN(len(history))], shopEnvironments[i%2]
		others, err := s.goBack(name, revision, false)
		if err != nil {
			t.Fatalf("seed %d, case %d: back to %s: %v", seed, i, revision.Short(), err)
		}
		if !others {
			continue
		}
		// Others read it too: the same once more, from where it came, and without them.
		shared++
		before := w.head().Parents[0]
		forward := func() {
			if _, err := s.goBack(name, before, false); err != nil {
				t.Fatalf("seed %d, case %d: and forward again: %v", seed, i, err)
			}
		}
		forward()
		switch others, err := s.goBack(name, revision, true); {
		case errors.Is(err, edit.ErrRefused):
			t.Logf("case %d: %v", i, err)
			refused++
		case err != nil:
			t.Fatalf("seed %d, case %d: back to %s by an overlay: %v", seed, i, revision.Short(), err)
		case others:
			t.Fatalf("seed %d, case %d: an overlay changed another environment", seed, i)
		default:
			overlaid++
			forward()
		}
	}
	t.Logf("%d commits, gone back %d times, %d times into what others share; %d by overlays, %d refused", len(history), cases, shared, overlaid, refused)
	if shared == 0 || overlaid == 0 || refused > shared/2 {
		t.Errorf("nothing was shared, no overlay was made, or too many were refused")
	}
}

// number is a setting of a test from the environment.
func number(t *testing.T, name string, otherwise int64) int64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatal(fmt.Errorf("%s: %w", name, err))
	}
	return n
}
