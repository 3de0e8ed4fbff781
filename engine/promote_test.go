package engine_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/config"
)

// twoStages is a shop in staging and in production, both with images of their
// own on a base that they share.
func twoStages(w *imageWorld, staging, production map[string]string) (config.Environment, config.Environment) {
	w.Helper()
	files := map[string]string{"base/kustomization.yaml": "resources: [api.yaml, web.yaml]\n"}
	for _, name := range []string{"api", "web"} {
		files["base/"+name+".yaml"] = w.policed(name, w.image("shop/"+name, "0.0.1"), "semver:^1")
	}
	own := func(tags map[string]string) string {
		text := "resources: [../base]\nimages:\n"
		for _, name := range []string{"api", "web"} {
			text += fmt.Sprintf("  - name: %s/shop/%s\n    newTag: %s\n", w.registry.Host(), name, tags[name])
		}
		return text
	}
	files["staging/kustomization.yaml"] = own(staging)
	files["production/kustomization.yaml"] = own(production) + "replicas:\n  - {name: api, count: 2}\n"
	w.commit("begin", files)
	other := w.ns + "-b"
	w.namespace(other)
	from := w.with(config.ImagesOff, config.SyncAuto, "staging")
	to := w.with(config.ImagesApprove, config.SyncAuto, "production")
	to.Namespace, to.PromotesFrom = other, "staging"
	return from, to
}

func TestPromotionBringsWhatRunsAndIsHealthy(t *testing.T) {
	w := newImageWorld(t)
	w.push("shop/api", "1.0.0", "1.1.0")
	w.push("shop/web", "1.0.0", "1.1.0-broken")
	staging, production := twoStages(w,
		map[string]string{"api": "1.1.0", "web": "1.1.0-broken"}, // which cannot be pulled
		map[string]string{"api": "1.0.0", "web": "1.0.0"})
	production.Gates = config.Gates{Healthy: true, Soak: time.Hour}
	e := w.looking(true, staging, production)
	e.until("api runs in staging, web does not, and production is well", func(s *engine.Snapshot) bool {
		api, web := s.Environments[0].Object(w.id("Deployment", "api")), s.Environments[0].Object(w.id("Deployment", "web"))
		return api != nil && web != nil && api.Health == engine.Healthy && web.Health == engine.Degraded && s.Environments[1].Health == engine.Healthy
	})
	r := engine.Request{Action: engine.ActionPromote, Environment: "production"}
	p, err := e.Plan(t.Context(), r)
	w.must(err)
	if len(p.Updates) != 1 || p.Updates[0].Object.Name != "api" || p.Updates[0].From != "1.0.0" || p.Updates[0].To != "1.1.0" {
		t.Errorf("want api alone to go: %+v", p.Updates)
	}
	if len(p.Left) != 1 || p.Left[0].Object.Name != "web" || !strings.Contains(p.Left[0].Reason, "Degraded") {
		t.Errorf("want web to be left, as it is Degraded: %+v", p.Left)
	}
	if d := p.Updates[0].Differs; len(d) != 1 || d[0] != "spec.replicas: 1 there, 2 here" {
		t.Errorf("want what else differs: %v", d)
	}
	met := map[string]bool{}
	for _, g := range p.Gates {
		met[g.Name] = g.Met
		if g.Name == engine.GateSoaked && g.MetAt.IsZero() {
			t.Errorf("want when it has soaked: %+v", g)
		}
	}
	want := map[string]bool{engine.GateSourceHealthy: false, engine.GateSoaked: false, engine.GateAccepted: true}
	if fmt.Sprint(met) != fmt.Sprint(want) {
		t.Errorf("want the gates %v, got %v", want, met)
	}
	if _, err := e.Execute(t.Context(), p, nil); !errors.Is(err, engine.ErrGate) {
		t.Errorf("a gate was passed over: %v", err)
	}

	r.Override = []string{engine.GateSourceHealthy, engine.GateSoaked}
	if _, err := e.Plan(t.Context(), r); err == nil || !strings.Contains(err.Error(), "reason") {
		t.Errorf("gates were overridden without a reason: %v", err)
	}
	r.Reason = "the fix cannot wait"
	o := e.do(r)
	e.imageIs("live", "production", "api", func(i *engine.Image) bool { return i.State == engine.ImageLive && i.Live == "1.1.0" })
	c := w.head()
	if string(c.Hash) != o.Commit || !strings.HasPrefix(c.Trailers["Evenkeel-Source"][0], "staging ") || len(c.Trailers["Evenkeel-Override"]) != 2 {
		t.Errorf("the commit does not tell: %+v", c)
	}
	if got := w.text("staging/kustomization.yaml"); !strings.Contains(got, "1.1.0-broken") {
		t.Errorf("staging was changed:\n%s", got)
	}
}

func TestAPromotionLeavesAnImageForAllThatRunIt(t *testing.T) {
	w := newImageWorld(t)
	w.push("shop/api", "1.0.0", "1.1.0")
	w.push("shop/web", "1.0.0", "1.1.0-broken")
	staging, production := twoStages(w,
		map[string]string{"api": "1.1.0", "web": "1.1.0-broken"},
		map[string]string{"api": "1.0.0", "web": "1.0.0"})
	w.commit("a report of the same image", map[string]string{
		"base/report.yaml":        reporting(w.image("shop/web", "0.0.1")),
		"base/kustomization.yaml": "resources: [api.yaml, report.yaml, web.yaml]\n",
	})
	production.Gates = config.Gates{Healthy: true}
	e := w.looking(true, staging, production)
	e.until("web does not run in staging, and production is well", func(s *engine.Snapshot) bool {
		web := s.Environments[0].Object(w.id("Deployment", "web"))
		return web != nil && web.Health == engine.Degraded && s.Environments[1].Health == engine.Healthy
	})
	r := engine.Request{Action: engine.ActionPromote, Environment: "production"}
	p, err := e.Plan(t.Context(), r)
	w.must(err)
	if len(p.Updates) != 1 || p.Updates[0].Object.Name != "api" || len(p.Left) != 2 {
		t.Errorf("want web and its report to be left: %+v, left %+v", p.Updates, p.Left)
	}
	r.Images = []engine.ImagePick{{Object: engine.ID{Group: "batch", Kind: "CronJob", Namespace: production.Namespace, Name: "report"}}}
	p, err = e.Plan(t.Context(), r)
	w.must(err) // although the policy of web, which is written in the same place, does not allow it
	if len(p.Updates) != 2 || len(p.Gates) == 0 || p.Gates[0].Met {
		t.Errorf("want the gates to say what speaks against the two: %+v, %+v", p.Updates, p.Gates)
	}
}

func TestAPromotionIsStaleWhenTheSourceRunsSomethingElse(t *testing.T) {
	w := newImageWorld(t)
	w.push("shop/api", "1.0.0", "1.1.0", "1.2.0")
	w.push("shop/web", "1.0.0")
	staging, production := twoStages(w, map[string]string{"api": "1.1.0", "web": "1.0.0"}, map[string]string{"api": "1.0.0", "web": "1.0.0"})
	e := w.looking(true, staging, production)
	e.until("both are well", func(s *engine.Snapshot) bool {
		return s.Environments[0].Health == engine.Healthy && s.Environments[1].Health == engine.Healthy
	})
	p, err := e.Plan(t.Context(), engine.Request{Action: engine.ActionPromote, Environment: "production"})
	w.must(err)
	w.commit("staging goes on", map[string]string{"staging/kustomization.yaml": strings.Replace(w.files["staging/kustomization.yaml"], "1.1.0", "1.2.0", 1)})
	e.Refresh()
	e.imageIs("at 1.2.0", "staging", "api", func(i *engine.Image) bool { return i.Live == "1.2.0" })
	if _, err := e.Execute(t.Context(), p, nil); !errors.Is(err, engine.ErrStale) {
		t.Errorf("what is not there any more was promoted: %v", err)
	}
}
