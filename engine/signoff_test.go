package engine_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/gitrepo"
)

// team is several people with an engine each, at one repository and cluster.
// Staging runs 2.0.0 of both images, production 1.0.0.
type team struct {
	*world
	people map[string]*running
}

// newTeam lets the environment of production be changed; addresses are the
// people's.
func newTeam(t *testing.T, change func(*config.Environment), addresses ...string) *team {
	w := newWorld(t)
	w.commit("begin", map[string]string{
		"base/kustomization.yaml":       "resources: [api.yaml, web.yaml]\n",
		"base/api.yaml":                 deployment("api", "registry.acme.dev/shop/api:0.0.1", 1),
		"base/web.yaml":                 deployment("web", "registry.acme.dev/shop/web:0.0.1", 1),
		"staging/kustomization.yaml":    overlay(tags{"2.0.0", "2.0.0"}),
		"production/kustomization.yaml": overlay(tags{"1.0.0", "1.0.0"}),
	})
	other := w.ns + "-b"
	w.namespace(other)
	staging, production := w.environment("staging", config.SyncAuto), w.environment("production", config.SyncManual)
	production.Namespace, production.PromotesFrom = other, "staging"
	change(&production)
	all := &team{world: w, people: map[string]*running{}}
	for i, address := range addresses {
		o := w.options(staging, production)
		o.Automation, o.Author = i == 0, address
		name, _, _ := strings.Cut(address, " ")
		all.people[name] = w.start(o)
	}
	all.everybody("staging is well", func(s *engine.Snapshot) bool {
		return s.Environments[0].Health == engine.Healthy && s.Environments[1].Settled
	})
	return all
}

func asking(approvals int) func(*config.Environment) {
	return func(e *config.Environment) { e.Gates.Approvals = approvals }
}

// everybody waits until all engines have come to this.
func (w *team) everybody(what string, holds func(*engine.Snapshot) bool) {
	w.Helper()
	for _, e := range w.people {
		e.Refresh()
		e.until(what, holds)
	}
}

// know waits until everybody has fetched the newest commit.
func (w *team) know() gitrepo.Commit {
	w.Helper()
	head := w.head()
	w.everybody("the head is known", func(s *engine.Snapshot) bool { return s.Environments[1].Revision == string(head.Hash) })
	return head
}

// promotion plans one, of the workloads that are named.
func (w *team) promotion(by string, workloads ...string) *engine.Plan {
	w.Helper()
	p, err := w.people[by].Plan(w.Context(), w.request(workloads...))
	w.must(err)
	return p
}

func (w *team) request(workloads ...string) engine.Request {
	r := engine.Request{Action: engine.ActionPromote, Environment: "production"}
	for _, name := range workloads {
		id := w.id("Deployment", name)
		id.Namespace = w.ns + "-b"
		r.Images = append(r.Images, engine.ImagePick{Object: id})
	}
	return r
}

// agrees has somebody sign off a promotion.
func (w *team) agrees(by string, workloads ...string) engine.Outcome {
	w.Helper()
	r := w.request(workloads...)
	r.SignOff = true
	p, err := w.people[by].Plan(w.Context(), r)
	w.must(err)
	o, err := w.people[by].Execute(w.Context(), p, nil)
	w.must(err)
	w.know()
	return o
}

// approved is the gate of the approvals.
func approved(t *testing.T, p *engine.Plan) engine.Gate {
	t.Helper()
	i := slices.IndexFunc(p.Gates, func(g engine.Gate) bool { return g.Name == engine.GateApproved })
	if i < 0 {
		t.Fatalf("nobody has to agree: %+v", p.Gates)
	}
	return p.Gates[i]
}

func TestTwoPeopleHaveToAgree(t *testing.T) {
	w := newTeam(t, asking(2), "Ada <ada@example.com>", "Grace <grace@example.com>")
	p := w.promotion("Ada")
	if g := approved(t, p); g.Met || g.Reason != "1 of 2: Ada; one more has to agree" {
		t.Errorf("got %+v", g)
	}
	if _, err := w.people["Ada"].Execute(t.Context(), p, nil); !errors.Is(err, engine.ErrGate) {
		t.Errorf("it was done alone: %v", err)
	}
	r := w.request()
	r.Override, r.Reason = []string{engine.GateApproved}, "in a hurry"
	if p, err := w.people["Ada"].Plan(t.Context(), r); err == nil {
		if _, err = w.people["Ada"].Execute(t.Context(), p, nil); !errors.Is(err, engine.ErrGate) {
			t.Errorf("others were passed over: %v", err)
		}
	}

	before := w.head()
	r = w.request()
	r.SignOff = true
	p, err := w.people["Grace"].Plan(t.Context(), r)
	w.must(err)
	if len(p.Commit.Files) != 0 || len(p.Gates) != 0 || len(p.Changes) != 2 || len(p.Updates) != 2 {
		t.Errorf("want what is agreed to, and a commit that changes no file: %+v", p)
	}
	w.agrees("Grace")
	c := w.head()
	changed, err := w.mirror.Changed(before.Hash, c.Hash)
	w.must(err)
	if len(changed) > 0 || c.Subject != "agree to production: new images of api, web" || c.Author.Name != "Grace" ||
		c.Trailers["Evenkeel-Action"][0] != "sign-off" || len(c.Trailers["Evenkeel-Image"]) != 2 || len(c.Trailers["Evenkeel-Change"]) != 1 {
		t.Errorf("it changes %v: %+v", changed, c)
	}

	// Who agreed once has said all that there is to say.
	if _, err := w.people["Grace"].Plan(t.Context(), r); !errors.Is(err, engine.ErrNothing) || !strings.Contains(err.Error(), "Grace has agreed to it already") {
		t.Errorf("agreed twice: %v", err)
	}
	if g := approved(t, w.promotion("Grace")); g.Met || g.Reason != "1 of 2: Grace; one more has to agree" {
		t.Errorf("one person counts twice: %+v", g)
	}
	p = w.promotion("Ada")
	if g := approved(t, p); !g.Met || g.Reason != "2 of 2: Ada, Grace" || len(p.SignOffs) != 1 || p.SignOffs[0].Name != "Grace" || p.SignOffs[0].Commit != string(c.Hash) {
		t.Errorf("got %+v, %+v", g, p.SignOffs)
	}
	_, err = w.people["Ada"].Execute(t.Context(), p, nil)
	w.must(err)
	made := w.head()
	if w.tagsAt(made.Hash) != (tags{"2.0.0", "2.0.0"}) || strings.Join(made.Trailers["Evenkeel-Approved-By"], ";") != "Grace <grace@example.com>" {
		t.Errorf("got %+v of %+v", w.tagsAt(made.Hash), made)
	}
	h, err := w.people["Ada"].History(t.Context(), engine.HistoryQuery{Environment: "production"})
	w.must(err)
	if len(h.Commits) != 2 || h.Commits[0].Hash != string(made.Hash) {
		t.Errorf("want the commits that change production, got %+v", h.Commits)
	}
}

func TestOnePersonByTwoNames(t *testing.T) {
	w := newTeam(t, asking(2), "Ada <ada@example.com>", "Countess <ADA@Example.com>")
	w.agrees("Countess", "api")
	if g := approved(t, w.promotion("Ada", "api")); g.Met || g.Reason != "1 of 2: Ada; one more has to agree" {
		t.Errorf("the address is the same: %+v", g)
	}
	// What automation commits is nobody's word, even if it says just the same.
	c := w.head()
	spec := gitrepo.CommitSpec{Base: c.Hash, Message: c.Subject + "\n\n" + c.Body, AllowEmpty: true,
		Author: gitrepo.Signature{Name: "evenkeel", Email: "evenkeel@evenkeel.dev", When: time.Now()}}
	_, err := w.mirror.CommitAndPush(t.Context(), spec)
	w.must(err)
	w.know()
	if g := approved(t, w.promotion("Ada", "api")); g.Met {
		t.Errorf("automation agreed: %+v", g)
	}
	spec.Base, spec.Author = w.head().Hash, gitrepo.Signature{Name: "Grace", Email: "grace@example.com", When: time.Now()}
	_, err = w.mirror.CommitAndPush(t.Context(), spec)
	w.must(err)
	w.know()
	if g := approved(t, w.promotion("Ada", "api")); !g.Met {
		t.Errorf("Grace's word does not count: %+v", g)
	}
}

// TestThreePeopleAtOnce: two agree at the same moment, and both count; a third
// makes the change, from a plan that was there before the last of them.
func TestThreePeopleAtOnce(t *testing.T) {
	w := newTeam(t, asking(3), "Ada <ada@example.com>", "Grace <grace@example.com>", "Alan <alan@example.com>", "Mara <mara@example.com>")
	var all sync.WaitGroup
	errs := make([]error, 2)
	for i, name := range []string{"Grace", "Alan"} {
		r := w.request("api")
		r.SignOff = true
		p, err := w.people[name].Plan(t.Context(), r)
		w.must(err)
		all.Go(func() { _, errs[i] = w.people[name].Execute(context.WithoutCancel(t.Context()), p, nil) })
	}
	all.Wait()
	w.must(errors.Join(errs...))
	w.know()
	p := w.promotion("Ada", "api")
	if g := approved(t, p); !g.Met || len(p.SignOffs) != 2 {
		t.Fatalf("got %+v, %+v", g, p.SignOffs)
	}
	if w.agrees("Mara", "api").Commit == "" {
		t.Error("Mara may agree too")
	}
	_, err := w.people["Ada"].Execute(t.Context(), p, nil)
	w.must(err)
	c := w.head()
	if got := c.Trailers["Evenkeel-Approved-By"]; len(got) != 3 || !slices.Contains(got, "Mara <mara@example.com>") || w.tagsAt(c.Hash) != (tags{"2.0.0", "1.0.0"}) {
		t.Errorf("want all who have agreed by then: %q", got)
	}
}

// TestAgreedToSomethingElse: a sign-off is of just one change.
func TestAgreedToSomethingElse(t *testing.T) {
	w := newTeam(t, asking(2), "Ada <ada@example.com>", "Grace <grace@example.com>")
	w.agrees("Grace", "api")
	if g := approved(t, w.promotion("Ada")); g.Met || g.Reason != "1 of 2: Ada; one more has to agree; 1 sign-off was for other tags or files" {
		t.Errorf("agreed to api, and not to web: %+v", g)
	}
	planned := w.promotion("Ada", "api")
	if g := approved(t, planned); !g.Met {
		t.Fatalf("got %+v", g)
	}

	// Something else of production changes: that is not what was agreed to.
	changed := w.commit("quieter", map[string]string{"production/kustomization.yaml": overlay(tags{"1.0.0", "1.0.0"}) + "replicas: [{name: web, count: 2}]\n"})
	if _, err := w.people["Ada"].Execute(t.Context(), planned, nil); !errors.Is(err, engine.ErrStale) || !strings.Contains(err.Error(), "not agreed to any more") {
		t.Errorf("it was done: %v", err)
	}
	w.know()
	want := "1 of 2: Ada; one more has to agree; 1 sign-off was made before " + changed.Short() + " changed the environment"
	if g := approved(t, w.promotion("Ada", "api")); g.Met || g.Reason != want {
		t.Errorf("got %+v, want %s", g, want)
	}

	// Once it is done, it is done: the next change is another one.
	w.agrees("Grace", "api")
	_, err := w.people["Ada"].Execute(t.Context(), w.promotion("Ada", "api"), nil)
	w.must(err)
	w.know()
	if g := approved(t, w.promotion("Ada", "web")); g.Met || g.Reason != "1 of 2: Ada; one more has to agree" {
		t.Errorf("got %+v", g)
	}
}

func TestWhereNobodyAgrees(t *testing.T) {
	w := newTeam(t, asking(0), "Ada <ada@example.com>")
	r := w.request()
	r.SignOff = true
	if _, err := w.people["Ada"].Plan(t.Context(), r); !errors.Is(err, engine.ErrNothing) {
		t.Errorf("agreed to what nobody has to: %v", err)
	}
	r.Action = engine.ActionHold
	if _, err := w.people["Ada"].Plan(t.Context(), r); err == nil {
		t.Error("agreed to a hold")
	}
	if slices.ContainsFunc(w.promotion("Ada").Gates, func(g engine.Gate) bool { return g.Name == engine.GateApproved }) {
		t.Error("somebody has to agree")
	}
}

// TestReviewsAreTheForges: where changes wait in pull requests, people agree
// there.
func TestReviewsAreTheForges(t *testing.T) {
	w := newTeam(t, func(e *config.Environment) {
		e.Gates.Approvals, e.Changes = 2, config.ChangePullRequest
	}, "Ada <ada@example.com>")
	r := w.request()
	r.SignOff = true
	if _, err := w.people["Ada"].Plan(t.Context(), r); err == nil || !strings.Contains(err.Error(), "review") {
		t.Errorf("got %v", err)
	}
	if slices.ContainsFunc(w.promotion("Ada").Gates, func(g engine.Gate) bool { return g.Name == engine.GateApproved }) {
		t.Error("somebody has to agree before the pull request")
	}
}

// TestAutomationWaitsForPeople: what is promoted by itself goes once enough people
// have agreed to it, and automation is none of them.
func TestAutomationWaitsForPeople(t *testing.T) {
	w := newTeam(t, func(e *config.Environment) {
		e.Gates.Approvals, e.Promote = 2, config.ActAuto
	}, "Ada <ada@example.com>", "Grace <grace@example.com>")
	waits := func(reason string) {
		t.Helper()
		w.people["Ada"].until("it waits: "+reason, func(s *engine.Snapshot) bool {
			p := s.Environments[1].Pipeline
			return p != nil && slices.ContainsFunc(p.Gates, func(g engine.Gate) bool { return g.Name == engine.GateApproved && !g.Met && g.Reason == reason })
		})
	}
	waits("0 of 2; 2 more have to agree")
	w.agrees("Grace")
	waits("1 of 2: Grace; one more has to agree")
	o := w.agrees("Ada")
	w.people["Ada"].until("it is promoted", func(s *engine.Snapshot) bool {
		return s.Repository.Head != o.Commit && w.head().Hash != gitrepo.Hash(o.Commit)
	})
	c := w.head()
	if c.Author.Name != "evenkeel" || len(c.Trailers["Evenkeel-Approved-By"]) != 2 || w.tagsAt(c.Hash) != (tags{"2.0.0", "2.0.0"}) {
		t.Errorf("got %+v", c)
	}
}

// TestAnApprovalIsAgreedTo: newer images want as many people as promotions do.
func TestAnApprovalIsAgreedTo(t *testing.T) {
	w := newImageWorld(t)
	w.push("shop/api", "1.0.0", "1.1.0")
	w.commit("begin", map[string]string{"shop/api.yaml": w.policed("api", w.image("shop/api", "1.0.0"), "semver:^1")})
	env := w.with(config.ImagesApprove, config.SyncManual, "shop")
	env.Gates.Approvals = 2
	var people []*running
	for _, author := range []string{"Ada <ada@example.com>", "Grace <grace@example.com>"} {
		o := w.options(env)
		o.Config.Registries = config.Registries{Interval: time.Minute, Insecure: []string{w.registry.Host()}}
		o.Images, o.Author = true, author
		people = append(people, w.start(o))
	}
	r := engine.Request{Action: engine.ActionApprove, Environment: "shop", Images: []engine.ImagePick{{Object: w.id("Deployment", "api")}}}
	p, err := people[0].Plan(t.Context(), r)
	w.must(err)
	if g := approved(t, p); g.Met {
		t.Errorf("got %+v", g)
	}
	r.SignOff = true
	o := people[1].do(r)
	if c := w.head(); string(c.Hash) != o.Commit || c.Subject != "agree to shop: api: 1.0.0 -> 1.1.0" {
		t.Errorf("got %+v", c)
	}
	if i := people[1].Snapshot().Environments[0].Images[0]; i.State != engine.ImagePending {
		t.Errorf("want it pending still: %+v", i)
	}
	r.SignOff = false
	people[0].Refresh()
	people[0].until("it is known", func(s *engine.Snapshot) bool { return s.Environments[0].Revision == o.Commit })
	people[0].do(r)
	if c := w.head(); c.Author.Name != "Ada" || !slices.Equal(c.Trailers["Evenkeel-Approved-By"], []string{"Grace <grace@example.com>"}) || !strings.Contains(w.text("shop/api.yaml"), ":1.1.0") {
		t.Errorf("got %+v", c)
	}
}
