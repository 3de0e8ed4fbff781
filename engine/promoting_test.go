package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/gitrepo"
)

// line is a shop in several environments, of which each but the first promotes
// by itself from another one.
type line struct {
	*imageWorld
	begun        gitrepo.Hash
	environments []config.Environment
}

// newLine makes environments in the order of their names, with where each
// promotes from. All run api 1.0.0 and are synced by themselves.
func newLine(t *testing.T, from ...[2]string) *line {
	t.Helper()
	l := &line{imageWorld: newImageWorld(t)}
	l.push("shop/api", "1.0.0", "1.1.0", "1.2.0", "1.3.0-broken")
	files := map[string]string{}
	for _, f := range from {
		env := l.with(config.ImagesOff, config.SyncAuto, f[0])
		env.Namespace = l.ns + "-" + f[0]
		l.namespace(env.Namespace)
		if env.PromotesFrom = f[1]; f[1] != "" {
			env.Promote = config.ActAuto
		}
		files[f[0]+"/api.yaml"] = l.api("1.0.0")
		l.environments = append(l.environments, env)
	}
	l.begun = l.commit("begin", files)
	return l
}

func (l *line) api(tag string) string {
	return deployment("api", l.image("shop/api", tag), 1)
}

// run starts an engine that promotes, and waits until all environments are well.
func (l *line) run() *running {
	l.Helper()
	e := l.looking(true, l.environments...)
	e.until("all are well", func(s *engine.Snapshot) bool {
		for _, env := range s.Environments {
			if env.Health != engine.Healthy || env.State != engine.StateSynced || env.Pipeline != nil && env.Pipeline.Looking {
				return false
			}
		}
		return true
	})
	return e
}

// give commits a tag to an environment, as a person.
func (l *line) give(e *running, environment, tag string) gitrepo.Hash {
	l.Helper()
	head := l.commit(environment+" gets "+tag, map[string]string{environment + "/api.yaml": l.api(tag)})
	e.Refresh()
	return head
}

func (r *running) live(environment, tag string) {
	r.w.Helper()
	r.imageIs("live at "+tag, environment, "api", func(i *engine.Image) bool { return i.State == engine.ImageLive && i.Live == tag })
}

// pipeline waits until that of an environment satisfies the condition.
func (r *running) pipeline(what, environment string, holds func(*engine.Pipeline) bool) *engine.Pipeline {
	r.w.Helper()
	s := r.until("the pipeline of "+environment+" "+what, func(s *engine.Snapshot) bool {
		return holds(s.Environment(environment).Pipeline)
	})
	return s.Environment(environment).Pipeline
}

// since lists the commits after the first, the oldest first.
func (l *line) since(first gitrepo.Hash) (commits []gitrepo.Commit) {
	l.Helper()
	page, err := l.mirror.History(l.Context(), gitrepo.HistoryOptions{From: l.head().Hash})
	l.must(err)
	for _, c := range page.Commits {
		if c.Hash == first {
			break
		}
		commits = append([]gitrepo.Commit{c}, commits...)
	}
	return commits
}

func (l *line) subjects(first gitrepo.Hash, want ...string) {
	l.Helper()
	var got []string
	for _, c := range l.since(first) {
		got = append(got, c.Subject)
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		l.Errorf("want the commits\n%s\ngot\n%s", strings.Join(want, "\n"), strings.Join(got, "\n"))
	}
}

func TestAChainPromotesByItself(t *testing.T) {
	l := newLine(t, [2]string{"dev"}, [2]string{"staging", "dev"}, [2]string{"production", "staging"})
	e := l.run()
	l.subjects(l.begun)
	given := l.give(e, "dev", "1.1.0")
	e.live("production", "1.1.0")
	l.subjects(given, "promote to staging: api: 1.0.0 -> 1.1.0", "promote to production: api: 1.0.0 -> 1.1.0")
	for i, c := range l.since(given) {
		source := []string{"dev", "staging"}[i]
		if c.Author.Name != "evenkeel" || c.Trailers["Evenkeel-Action"][0] != "promote" || !strings.HasPrefix(c.Trailers["Evenkeel-Source"][0], source+" ") {
			t.Errorf("want a promotion from %s by evenkeel: %+v", source, c)
		}
	}
	e.pipeline("has nothing to do", "production", func(p *engine.Pipeline) bool {
		return !p.Looking && p.Trouble == "" && len(p.Updates)+len(p.Left)+len(p.Gates) == 0
	})
	if p := e.Snapshot().Environment("dev").Pipeline; p != nil {
		t.Errorf("dev promotes from none: %+v", p)
	}
}

func TestOneSourceFeedsSeveral(t *testing.T) {
	l := newLine(t, [2]string{"staging"}, [2]string{"eu", "staging"}, [2]string{"us", "staging"}, [2]string{"asia", "staging"})
	l.environments[3].Promote = config.ActManual
	e := l.run()
	l.give(e, "staging", "1.1.0")
	e.live("eu", "1.1.0")
	e.live("us", "1.1.0")
	if got := l.text("asia/api.yaml"); got != l.api("1.0.0") {
		t.Errorf("asia waits for a person:\n%s", got)
	}
}

func TestAPromotionWaitsForItsGates(t *testing.T) {
	l := newLine(t, [2]string{"staging"}, [2]string{"production", "staging"})
	l.environments[1].Gates = config.Gates{Soak: 10 * time.Second}
	l.environments[0].Verify = "checks/smoke.yaml"
	l.commit("a check", map[string]string{"checks/smoke.yaml": smoke("shop/smoke:1-crash")})
	e := l.run()
	e.verification("Failed", "staging", being(engine.VerificationFailed))
	given := l.give(e, "staging", "1.1.0")
	waiting := e.pipeline("waits for both gates", "production", func(p *engine.Pipeline) bool {
		return len(p.Updates) == 1 && !slices.ContainsFunc(p.Gates, func(g engine.Gate) bool { return g.Met })
	})
	if u := waiting.Updates[0]; u.From != "1.0.0" || u.To != "1.1.0" {
		t.Errorf("want what it would promote: %+v", u)
	}
	if len(waiting.Gates) != 2 {
		t.Fatalf("want two gates: %+v", waiting.Gates)
	}
	for _, g := range waiting.Gates {
		if (g.Name == engine.GateSoaked) == g.MetAt.IsZero() {
			t.Errorf("want when it has soaked: %+v", g)
		}
	}
	e.verification("Failed again", "staging", func(v *engine.Verification) bool {
		return v.Revision == string(given) && v.State == engine.VerificationFailed
	})
	soaked := e.pipeline("waits for the verification alone", "production", func(p *engine.Pipeline) bool {
		return len(p.Gates) == 2 && p.Gates[0].Met && strings.Contains(p.Gates[1].Reason, "failed")
	})
	l.subjects(given)
	if want := "waits for verified"; !strings.Contains(describe(e.Snapshot()), want) {
		t.Errorf("want %q to be told, as of %+v:\n%s", want, soaked, describe(e.Snapshot()))
	}
	mended := l.commit("mend the check", map[string]string{"checks/smoke.yaml": smokeWith("shop/smoke:2", instantly)})
	e.Refresh()
	e.live("production", "1.1.0")
	l.subjects(mended, "promote to production: api: 1.0.0 -> 1.1.0")
}

func TestWhatWasTakenBackIsNotPromotedAgain(t *testing.T) {
	l := newLine(t, [2]string{"staging"}, [2]string{"production", "staging"})
	e := l.run()
	l.give(e, "staging", "1.1.0")
	e.live("production", "1.1.0")
	promoted := l.head().Hash
	back := l.give(e, "production", "1.0.0")
	left := e.pipeline("leaves it", "production", func(p *engine.Pipeline) bool { return len(p.Left) == 1 }).Left[0]
	if !strings.Contains(left.Reason, promoted.Short()) || !strings.Contains(left.Reason, "took it back") {
		t.Errorf("want the commit that was taken back: %+v", left)
	}
	// So does an engine that comes later.
	other := l.looking(true, l.environments...)
	other.pipeline("leaves it too", "production", func(p *engine.Pipeline) bool { return len(p.Left) == 1 })
	l.subjects(back)
	given := l.give(e, "staging", "1.2.0")
	e.live("production", "1.2.0")
	l.subjects(given, "promote to production: api: 1.0.0 -> 1.2.0")
}

func TestABadReleaseIsNotPromoted(t *testing.T) {
	l := newLine(t, [2]string{"staging"}, [2]string{"production", "staging"})
	l.environments[1].Gates = config.Gates{Healthy: true}
	e := l.run()
	given := l.give(e, "staging", "1.3.0-broken")
	left := e.pipeline("leaves it", "production", func(p *engine.Pipeline) bool {
		return len(p.Left) == 1 && strings.Contains(p.Left[0].Reason, "Degraded")
	})
	if len(left.Updates) > 0 {
		t.Errorf("want nothing to go: %+v", left)
	}
	e.until("it is told", func(s *engine.Snapshot) bool {
		return strings.Contains(describe(s), "does not promote api 1.0.0 → 1.3.0-broken from staging: it is Degraded")
	})
	l.subjects(given)
	mended := l.give(e, "staging", "1.2.0")
	e.live("production", "1.2.0")
	l.subjects(mended, "promote to production: api: 1.0.0 -> 1.2.0")
}

// reporting is a CronJob that never runs, so that its health says nothing.
func reporting(image string) string {
	return fmt.Sprintf(`apiVersion: batch/v1
kind: CronJob
metadata: {name: report}
spec:
  schedule: "0 0 1 1 *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{name: main, image: %q}]
`, image)
}

func TestWhatFailsKeepsBackItsImage(t *testing.T) {
	l := newLine(t, [2]string{"staging"}, [2]string{"production", "staging"})
	report := reporting(l.image("shop/api", "0"))
	own := func(tag string) string {
		return fmt.Sprintf("resources: [api.yaml, report.yaml]\nimages: [{name: %s/shop/api, newTag: %s}]\n", l.registry.Host(), tag)
	}
	files := map[string]string{}
	for _, name := range []string{"staging", "production"} {
		files[name+"/report.yaml"], files[name+"/kustomization.yaml"] = report, own("1.0.0")
	}
	l.commit("a report of the same image", files)
	e := l.run()
	given := l.commit("a bad one", map[string]string{"staging/kustomization.yaml": own("1.3.0-broken")})
	e.Refresh()
	left := e.pipeline("leaves both", "production", func(p *engine.Pipeline) bool {
		return len(p.Left) == 2 && strings.Contains(p.Left[0].Reason+p.Left[1].Reason, "Degraded")
	})
	if len(left.Updates) > 0 || !slices.ContainsFunc(left.Left, func(u engine.ImageUpdate) bool { return strings.Contains(u.Reason, "has the same image") }) {
		t.Errorf("want the report to be left with it: %+v", left)
	}
	l.subjects(given)
	e.live("production", "1.0.0")
}

func TestNothingIsPromotedByItself(t *testing.T) {
	hold := fmt.Sprintf("holds:\n  - image: %q\n    by: Ada\n    reason: the sale\n", "*")
	tests := []struct {
		name        string
		prepare     func(l *line, e *running)
		release     func(l *line, e *running)
		pipelineHas func(*engine.Pipeline) bool
	}{
		{
			"suspended",
			func(l *line, e *running) {
				e.do(engine.Request{Action: engine.ActionSuspend, Environment: "production", Reason: "a fire"})
			},
			func(l *line, e *running) {
				e.do(engine.Request{Action: engine.ActionResume, Environment: "production"})
			},
			func(p *engine.Pipeline) bool { return p.Trouble == "it is suspended" },
		},
		{
			"source suspended",
			func(l *line, e *running) {
				l.give(e, "staging", "1.1.0")
				e.do(engine.Request{Action: engine.ActionSuspend, Environment: "staging", Reason: "a fire"})
			},
			func(l *line, e *running) { e.do(engine.Request{Action: engine.ActionResume, Environment: "staging"}) },
			func(p *engine.Pipeline) bool { return p.Trouble == "staging: it is suspended" },
		},
		{
			"broken",
			func(l *line, _ *running) {
				l.commit("break it", map[string]string{"production/api.yaml": "kind: ["})
			},
			func(l *line, _ *running) {
				l.commit("mend it", map[string]string{"production/api.yaml": l.api("1.0.0")})
			},
			func(p *engine.Pipeline) bool { return p.Trouble == "the head cannot be rendered" },
		},
		{
			"held",
			func(l *line, _ *running) {
				l.commit("hold", map[string]string{".evenkeel/holds/production.yaml": hold})
			},
			func(l *line, _ *running) {
				l.commit("release", map[string]string{".evenkeel/holds/production.yaml": ""})
			},
			func(p *engine.Pipeline) bool {
				return len(p.Left) == 1 && strings.Contains(p.Left[0].Reason, "held by Ada")
			},
		},
		{
			"held in the source",
			func(l *line, _ *running) {
				l.commit("hold", map[string]string{".evenkeel/holds/staging.yaml": hold})
			},
			func(l *line, _ *running) {
				l.commit("release", map[string]string{".evenkeel/holds/staging.yaml": ""})
			},
			func(p *engine.Pipeline) bool {
				return len(p.Left) == 1 && strings.Contains(p.Left[0].Reason, "held in staging by Ada")
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := newLine(t, [2]string{"staging"}, [2]string{"production", "staging"})
			e := l.run()
			test.prepare(l, e)
			before := l.head().Hash
			if l.text("staging/api.yaml") == l.api("1.0.0") {
				before = l.give(e, "staging", "1.1.0")
			}
			e.pipeline("waits", "production", test.pipelineHas)
			l.subjects(before)
			test.release(l, e)
			e.Refresh()
			e.live("production", "1.1.0")
		})
	}
}

func TestTwoEnginesPromoteOnce(t *testing.T) {
	l := newLine(t, [2]string{"staging"}, [2]string{"production", "staging"})
	first, second := l.run(), l.run()
	for _, tag := range []string{"1.1.0", "1.2.0"} {
		given := l.give(first, "staging", tag)
		second.Refresh()
		first.live("production", tag)
		second.Refresh()
		second.live("production", tag)
		if commits := l.since(given); len(commits) != 1 {
			t.Errorf("want one promotion, got %+v", commits)
		}
	}
}

func TestAPromotionByItselfWaitsToBeMerged(t *testing.T) {
	l := newLine(t, [2]string{"staging"}, [2]string{"production", "staging"})
	l.environments[1].Changes = config.ChangePullRequest
	e := l.run()
	given := l.give(e, "staging", "1.1.0")
	waits := func(s *engine.Snapshot) bool { return len(s.Environment("production").PullRequests) == 1 }
	request := e.until("a branch waits", waits).Environment("production").PullRequests[0]
	if request.State != engine.PullRequestBranch || request.Action != engine.ActionPromote || !strings.HasPrefix(request.Author, "evenkeel ") {
		t.Errorf("want a promotion by evenkeel: %+v", request)
	}
	// Neither this engine nor one that comes later asks for the same again.
	other := l.looking(true, l.environments...)
	other.until("it is seen", waits)
	head := l.commit("something else", map[string]string{"README.md": "the shop\n"})
	for _, r := range []*running{e, other} {
		r.Refresh()
		r.at("production", head)
		r.pipeline("waits still", "production", func(p *engine.Pipeline) bool { return len(p.Updates) == 1 && p.Trouble == "" })
	}
	l.subjects(given, "something else")
	all, err := gitrepo.Open(t.Context(), gitrepo.Options{URL: l.remote, Branch: "main", Branches: "evenkeel/", CacheDir: t.TempDir()})
	l.must(err)
	defer all.Close()
	_, err = all.Fetch(t.Context())
	l.must(err)
	if branches := all.Branches(); len(branches) != 1 {
		t.Errorf("want one branch besides main, got %v", branches)
	}
	commit, err := l.mirror.Resolve(t.Context(), request.Branch)
	l.must(err)
	tree, err := l.mirror.Tree(commit)
	l.must(err)
	merged, err := tree.ReadFile("production/api.yaml")
	l.must(err)
	l.commit("merge it", map[string]string{"production/api.yaml": string(merged)})
	e.Refresh()
	e.live("production", "1.1.0")
	e.pipeline("has nothing to do", "production", func(p *engine.Pipeline) bool { return len(p.Updates) == 0 })
}

func TestAPromotionByItselfWaitsForPeople(t *testing.T) {
	l := newLine(t, [2]string{"staging"}, [2]string{"production", "staging"})
	l.environments[1].Gates = config.Gates{Approvals: 1}
	e := l.run()
	given := l.give(e, "staging", "1.1.0")
	e.pipeline("waits for somebody", "production", func(p *engine.Pipeline) bool {
		return len(p.Updates) == 1 && slices.ContainsFunc(p.Gates, func(g engine.Gate) bool { return g.Name == engine.GateApproved && !g.Met })
	})
	l.subjects(given)
	e.do(engine.Request{Action: engine.ActionPromote, Environment: "production", SignOff: true})
	e.live("production", "1.1.0")
	if c := l.head(); c.Author.Name != "evenkeel" || len(c.Trailers["Evenkeel-Approved-By"]) != 1 {
		t.Errorf("want it made by evenkeel, and who agreed: %+v", c)
	}
}
