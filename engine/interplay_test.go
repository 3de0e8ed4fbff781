package engine_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/gitrepo/forge/forgetest"
)

// TestAPromotionGoesOnOnceGitAnswers: an engine that knows Git from earlier alone
// promotes nothing, and does when it hears that nothing is new.
func TestAPromotionGoesOnOnceGitAnswers(t *testing.T) {
	l := newLine(t, [2]string{"staging"}, [2]string{"production", "staging"})
	o := l.options(l.environments...)
	o.Automation = true
	o.Config.Environments[1].Promote = config.ActManual
	e := l.start(o)
	given := l.give(e, "staging", "1.1.0")
	e.well("staging", given)
	e.well("production", given)

	away := l.remote + ".away"
	l.must(os.Rename(l.remote, away))
	o.Config.Environments[1].Promote = config.ActAuto
	later := l.start(o)
	later.until("it waits for Git", func(s *engine.Snapshot) bool {
		p := s.Environment("production").Pipeline
		return s.Repository.Err != "" && s.Environment("production").Settled && s.Environment("staging").Settled &&
			p.Trouble == "it cannot be read"
	})
	l.must(os.Rename(away, l.remote))
	later.Refresh()
	// Sooner or later something else would wake it, within a minute or an hour.
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for s := range later.Subscribe(ctx) {
		if strings.Contains(describe(s), `"promote to production: api: 1.0.0 -> 1.1.0"`) {
			return
		}
	}
	t.Errorf("it is not promoted:\n%s", describe(later.Snapshot()))
}

// TestAHotfixIsNotTakenBack: what a person gave an environment past its source
// stays until the source has something else than what it had before.
func TestAHotfixIsNotTakenBack(t *testing.T) {
	for way, fix := range map[string]func(l *line, e *running){
		"approved": func(l *line, e *running) {
			e.do(engine.Request{Action: engine.ActionApprove, Environment: "production", Images: []engine.ImagePick{
				{Object: engine.ID{Group: "apps", Kind: "Deployment", Namespace: l.ns + "-production", Name: "api"}, Tag: "1.1.0"},
			}})
		},
		"committed": func(l *line, e *running) { l.give(e, "production", "1.1.0") },
	} {
		t.Run(way, func(t *testing.T) {
			l := newLine(t, [2]string{"staging"}, [2]string{"production", "staging"})
			e := l.run()
			fix(l, e)
			fixed := l.head().Hash
			left := e.pipeline("leaves it", "production", func(p *engine.Pipeline) bool { return len(p.Left) == 1 }).Left[0]
			if want := "it had 1.0.0 until " + fixed.Short() + " gave it another"; left.Reason != want {
				t.Errorf("want %q: %+v", want, left)
			}
			given := l.give(e, "staging", "1.2.0")
			e.live("production", "1.2.0")
			l.subjects(given, "promote to production: api: 1.1.0 -> 1.2.0")
		})
	}
}

// TestNothingPassesByAPullRequest: a commit of an environment that is pushed to
// changes no other one whose changes wait to be merged.
func TestNothingPassesByAPullRequest(t *testing.T) {
	w := newWorld(t)
	begin := map[string]string{"base/kustomization.yaml": "resources: [a.yaml]\n", "base/a.yaml": configMap("a", "n", "0")}
	for _, name := range []string{"staging", "production"} {
		begin[name+"/kustomization.yaml"] = "resources: [../base]\nnameSuffix: -" + name + "\n"
	}
	first := w.commit("begin", begin)
	second := w.commit("more", map[string]string{"base/a.yaml": configMap("a", "n", "1")})
	staging, production := w.environment("staging", config.SyncAuto), w.environment("production", config.SyncAuto)
	production.Changes = config.ChangePullRequest
	e := w.auto(staging, production)
	e.at("production", second)
	back := engine.Request{Action: engine.ActionRollback, Environment: "staging", Revision: string(first)}
	for advice, change := range map[string]func(*engine.Request){
		"go back by an overlay":            func(*engine.Request) {},
		"make this change from production": func(r *engine.Request) { r.Mode, r.Revision = engine.RollbackRevert, string(second) },
	} {
		req := back
		change(&req)
		p := e.plan(req)
		want := engine.Gate{Name: engine.GatePullRequest, Reason: "production would change as well, and its changes wait in pull requests: " + advice}
		if !slices.Contains(p.Gates, want) {
			t.Errorf("want %+v among %+v", want, p.Gates)
		}
		if _, err := e.Execute(t.Context(), p, nil); !errors.Is(err, engine.ErrGate) {
			t.Errorf("executed: %v", err)
		}
	}
	if head := w.head().Hash; head != second {
		t.Errorf("the branch was pushed to: %s", head)
	}
	back.Overlay = true
	e.do(back)
	waits := e.do(engine.Request{Action: engine.ActionRollback, Environment: "production", Mode: engine.RollbackRevert, Revision: string(second)})
	if waits.PullRequest == nil {
		t.Errorf("want it to wait: %+v", waits)
	}
}

// TestAPromotionIsWeighedAgain: what a promotion asks of its source has to be so
// when it is executed, and not only when it was shown.
func TestAPromotionIsWeighedAgain(t *testing.T) {
	tests := []struct {
		name   string
		happen func(w *imageWorld, e *running)
		want   error
	}{
		{"the source fares ill", func(w *imageWorld, e *running) {
			w.commit("a bad one", map[string]string{"staging/kustomization.yaml": strings.Replace(w.files["staging/kustomization.yaml"], "newTag: 1.0.0", "newTag: 1.1.0-broken", 1)})
			e.Refresh()
			e.until("staging is Degraded", func(s *engine.Snapshot) bool { return s.Environments[0].Health == engine.Degraded })
		}, engine.ErrGate},
		{"held in the source", func(w *imageWorld, _ *running) {
			w.commit("hold", map[string]string{".evenkeel/holds/staging.yaml": "holds:\n  - image: \"*\"\n    by: Ada\n"})
		}, engine.ErrStale},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newImageWorld(t)
			w.push("shop/api", "1.0.0", "1.1.0")
			w.push("shop/web", "1.0.0", "1.1.0-broken")
			staging, production := twoStages(w, map[string]string{"api": "1.1.0", "web": "1.0.0"}, map[string]string{"api": "1.0.0", "web": "1.0.0"})
			production.Gates = config.Gates{Healthy: true}
			e := w.looking(true, staging, production)
			e.until("both are well", func(s *engine.Snapshot) bool {
				return s.Environments[0].Health == engine.Healthy && s.Environments[1].Health == engine.Healthy
			})
			p := e.plan(engine.Request{Action: engine.ActionPromote, Environment: "production"})
			test.happen(w, e)
			before := w.head().Hash
			if _, err := e.Execute(t.Context(), p, nil); !errors.Is(err, test.want) {
				t.Errorf("want %v, got %v", test.want, err)
			}
			if w.head().Hash != before {
				t.Error("it was promoted")
			}
		})
	}
}

// TestWhatSomebodyHasClosedIsNotPromoted: nor does it come along with what is.
func TestWhatSomebodyHasClosedIsNotPromoted(t *testing.T) {
	w := newForgeWorld(t, config.ForgeGitea)
	w.push("shop/web", "1.0.0", "1.1.0")
	staging, production := twoStages(w.imageWorld, map[string]string{"api": "1.1.0", "web": "1.0.0"}, map[string]string{"api": "1.0.0", "web": "1.0.0"})
	production.Changes, production.Promote = config.ChangePullRequest, config.ActAuto
	w.commit("no file of its own", map[string]string{"production/api.yaml": ""})
	o := w.forged(w.options(staging, production))
	o.Automation = true
	e := w.start(o)
	if r := e.request(engine.PullRequestOpen); !strings.Contains(r.Title, "api: 1.0.0 -> 1.1.0") {
		t.Fatalf("got %+v", r)
	}
	w.forge.Change(1, func(p *forgetest.PullRequest) { p.State = "closed" })
	e.Refresh()
	e.pipeline("leaves api", "production", func(p *engine.Pipeline) bool {
		return len(p.Left) == 1 && strings.Contains(p.Left[0].Reason, "somebody has closed pull request #1")
	})
	w.commit("web", map[string]string{"staging/kustomization.yaml": strings.Replace(w.files["staging/kustomization.yaml"], "newTag: 1.0.0", "newTag: 1.1.0", 1)})
	e.Refresh()
	if r := e.request(engine.PullRequestOpen); r.Title != "promote to production: web: 1.0.0 -> 1.1.0" {
		t.Errorf("got %+v", r)
	}
}
