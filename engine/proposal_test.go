package engine_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/gitrepo"
	"github.com/evenkeel/evenkeel/gitrepo/forge/forgetest"
)

// forgeWorld is a world whose config repository is on a forge.
type forgeWorld struct {
	*imageWorld
	forge *forgetest.Server
	kind  config.ForgeKind
}

func newForgeWorld(t *testing.T, kind config.ForgeKind) *forgeWorld {
	t.Helper()
	w := &forgeWorld{imageWorld: newImageWorld(t), forge: forgetest.New(t, nil), kind: kind}
	w.remote = w.forge.Opened()
	w.must(w.mirror.Close())
	var err error
	w.mirror, err = gitrepo.Open(t.Context(), gitrepo.Options{URL: w.remote, Branch: "main", CacheDir: t.TempDir()})
	w.must(err)
	w.push("shop/api", "1.0.0", "1.1.0")
	w.commit("begin", map[string]string{"production/api.yaml": w.policed("api", w.image("shop/api", "1.0.0"), "semver:^1")})
	return w
}

// production is an environment whose changes wait for being merged.
func (w *forgeWorld) production(images config.ImageMode) config.Environment {
	env := w.with(images, config.SyncManual, "production")
	env.Changes = config.ChangePullRequest
	return env
}

func (w *forgeWorld) forged(o engine.Options) engine.Options {
	o.Config.Repository.Forge = w.kind
	o.Config.Registries = config.Registries{Interval: time.Second, Insecure: []string{w.registry.Host()}}
	o.Images, o.Author = true, "Ada Byron <ada@example.com>"
	o.Markdown = func(p *engine.Plan) string { return fmt.Sprintf("# %s, %d change\n", p.Branch, len(p.Changes)) }
	if w.forge != nil {
		o.Forges = map[string]config.Login{strings.TrimPrefix(w.forge.URL, "http://"): {Password: forgetest.Token}}
	}
	return o
}

// opening runs an engine on environments whose changes wait.
func (w *forgeWorld) opening(environments ...config.Environment) *running {
	w.Helper()
	return w.start(w.forged(w.options(environments...)))
}

var approveAPI = engine.Request{Action: engine.ActionApprove, Environment: "production"}

// approval is the request that gives api the newest tag, once it is known.
func (r *running) approval() engine.Request {
	r.w.Helper()
	r.imageIs("pending", "production", "api", func(i *engine.Image) bool { return i.State == engine.ImagePending })
	req := approveAPI
	req.Images = []engine.ImagePick{{Object: r.w.id("Deployment", "api"), Container: "main"}}
	return req
}

// request waits until the newest pull request of production is in a state.
func (r *running) request(state engine.PullRequestState) engine.PullRequest {
	r.w.Helper()
	s := r.until("a pull request is "+string(state), func(s *engine.Snapshot) bool {
		all := s.Environment("production").PullRequests
		return len(all) > 0 && all[0].State == state
	})
	return s.Environment("production").PullRequests[0]
}

func (r *running) tells(text string) {
	r.w.Helper()
	r.until(fmt.Sprintf("the activity tells %q", text), func(s *engine.Snapshot) bool { return strings.Contains(describe(s), text) })
}

func TestAChangeWaitsInAPullRequest(t *testing.T) {
	for kind, way := range map[config.ForgeKind]string{
		config.ForgeGitHub: forgetest.Squash, config.ForgeGitLab: forgetest.Rebase, config.ForgeGitea: forgetest.MergeCommit,
	} {
		t.Run(string(kind), func(t *testing.T) {
			w := newForgeWorld(t, kind)
			e := w.opening(w.production(config.ImagesApprove))
			base := w.head().Hash
			p := e.plan(e.approval())
			if !strings.HasPrefix(p.Branch, "evenkeel/production/approve-") || p.Sync {
				t.Errorf("planned for the branch %q, with a sync: %v", p.Branch, p.Sync)
			}
			o, err := e.Execute(t.Context(), p, nil)
			w.must(err)
			r := o.PullRequest
			if o.Err != "" || r == nil || r.Number != 1 || r.State != engine.PullRequestOpen || r.Branch != p.Branch || r.Commit != o.Commit {
				t.Fatalf("got %+v, %+v", o, r)
			}
			if r.Author != "Ada Byron <ada@example.com>" || r.Title != "production: api: 1.0.0 -> 1.1.0" || r.Action != engine.ActionApprove {
				t.Errorf("got %+v", r)
			}
			if w.head().Hash != base {
				t.Error("the branch itself was pushed to")
			}
			if got := w.forge.File(p.Branch, "production/api.yaml"); !strings.Contains(got, "1.1.0") {
				t.Errorf("the branch says\n%s", got)
			}
			if got := w.forge.PullRequests()[0].Body; got != "# "+p.Branch+", 1 change\n" {
				t.Errorf("it says %q", got)
			}
			e.tells(fmt.Sprintf("opened pull request #1 for production: %s", r.URL))
			if got := e.request(engine.PullRequestOpen); got.URL != r.URL || got.Reason != "" {
				t.Errorf("shown as %+v", got)
			}
			e.imageIs("waiting", "production", "api", func(i *engine.Image) bool {
				return i.State == engine.ImagePending && i.Reason == "waits in pull request #1" && !i.Trouble
			})

			w.forge.Change(1, func(p *forgetest.PullRequest) { p.Conflict = true })
			e.Refresh()
			e.until("the conflict is told", func(s *engine.Snapshot) bool {
				return s.Environments[0].PullRequests[0].Reason == "it conflicts with main"
			})
			w.forge.Change(1, func(p *forgetest.PullRequest) { p.Conflict = false })
			merged := gitrepo.Hash(w.forge.Merge(1, way))
			w.forge.Delete(p.Branch)
			e.Refresh()
			e.request(engine.PullRequestMerged)
			e.tells("pull request #1 was merged: production: api: 1.0.0 -> 1.1.0")
			e.until("the merge is known", func(s *engine.Snapshot) bool { return s.Repository.Head == string(merged) })
			e.imageIs("named", "production", "api", func(i *engine.Image) bool { return i.Desired == "1.1.0" })

			// What has ended costs nothing more.
			asked, _ := w.forge.Requests()
			for range 3 {
				w.commit("elsewhere", map[string]string{"README": time.Now().String()})
				e.Refresh()
				e.until("fetched", func(s *engine.Snapshot) bool { return s.Repository.Head == string(w.head().Hash) })
			}
			if now, _ := w.forge.Requests(); len(now) != len(asked) {
				t.Errorf("it was asked again: %v", now[len(asked):])
			}
		})
	}
}

func TestEveryActionWaits(t *testing.T) {
	w := newForgeWorld(t, config.ForgeGitea)
	first := w.head().Hash
	e := w.opening(w.production(config.ImagesApprove))
	merge := func(what string, req engine.Request) engine.Outcome {
		t.Helper()
		before := w.head().Hash
		o := e.do(req)
		if o.PullRequest == nil || !strings.HasPrefix(o.PullRequest.Branch, "evenkeel/production/"+string(req.Action)+"-") {
			t.Fatalf("%s: got %+v", what, o)
		}
		if w.head().Hash != before {
			t.Errorf("%s: the branch itself was pushed to", what)
		}
		merged := w.forge.Merge(o.PullRequest.Number, forgetest.MergeCommit)
		e.Refresh()
		e.until(what+" is merged", func(s *engine.Snapshot) bool {
			return s.Repository.Head == merged && s.Environments[0].Revision == merged && s.Environments[0].PullRequests[0].State == engine.PullRequestMerged
		})
		return o
	}
	approved := merge("approve", e.approval())
	hold := engine.Request{Action: engine.ActionHold, Environment: "production", Reason: "the sale", Images: []engine.ImagePick{{Object: w.id("Deployment", "api")}}}
	merge("hold", hold)
	hold.Action = engine.ActionRelease
	merge("release", hold)
	merge("revert", engine.Request{Action: engine.ActionRollback, Environment: "production", Revision: approved.Commit, Mode: engine.RollbackRevert})
	if got := w.text("production/api.yaml"); !strings.Contains(got, "1.0.0") {
		t.Errorf("not taken back:\n%s", got)
	}
	release := engine.Request{Action: engine.ActionRelease, Environment: "production", Images: []engine.ImagePick{{Object: w.id("Deployment", "api")}}}
	merge("release again", release)
	again := merge("approve again", e.approval())
	if again.PullRequest.Branch == approved.PullRequest.Branch || !strings.HasPrefix(again.PullRequest.Branch, approved.PullRequest.Branch) {
		t.Errorf("a branch that was merged was used again: %s after %s", again.PullRequest.Branch, approved.PullRequest.Branch)
	}
	merge("rollback", engine.Request{Action: engine.ActionRollback, Environment: "production", Revision: string(first)})
}

func TestAPromotionWaits(t *testing.T) {
	w := newForgeWorld(t, config.ForgeGitLab)
	w.push("shop/web", "1.0.0")
	staging, production := twoStages(w.imageWorld, map[string]string{"api": "1.1.0", "web": "1.0.0"}, map[string]string{"api": "1.0.0", "web": "1.0.0"})
	production.Changes = config.ChangePullRequest
	w.commit("no file of its own", map[string]string{"production/api.yaml": ""})
	o := w.forged(w.options(staging, production))
	o.Automation = true
	e := w.start(o)
	e.until("both are well", func(s *engine.Snapshot) bool {
		return s.Environments[0].Health == engine.Healthy && s.Environments[1].Health == engine.Healthy
	})
	made := e.do(engine.Request{Action: engine.ActionPromote, Environment: "production"})
	if made.PullRequest == nil || made.PullRequest.Number != 1 {
		t.Fatalf("got %+v", made)
	}
	w.forge.Merge(1, forgetest.Squash)
	e.Refresh()
	e.imageIs("live", "production", "api", func(i *engine.Image) bool { return i.State == engine.ImageLive && i.Live == "1.1.0" })
}

func TestTheSameChangeWaitsOnce(t *testing.T) {
	w := newForgeWorld(t, config.ForgeGitHub)
	one := w.opening(w.production(config.ImagesApprove))
	o := w.forged(w.options(w.production(config.ImagesApprove)))
	o.Author = "Tom Okoro <tom@example.com>"
	other := w.start(o)
	made := one.do(one.approval())
	other.Refresh()
	other.request(engine.PullRequestOpen)
	again := other.do(other.approval())
	if again.PullRequest == nil || again.PullRequest.Number != 1 || again.PullRequest.Author != made.PullRequest.Author || again.Commit != made.Commit || !strings.Contains(again.Note, "waits already in pull request #1") {
		t.Errorf("got %+v", again)
	}
	// Elsewhere in the repository things go on.
	w.commit("elsewhere", map[string]string{"README": "x"})
	if again := one.do(one.approval()); again.PullRequest.Number != 1 {
		t.Errorf("got %+v", again)
	}
	hold := engine.Request{Action: engine.ActionHold, Environment: "production", Images: []engine.ImagePick{{Object: w.id("Deployment", "api")}}}
	if a, b := one.do(hold), other.do(hold); a.PullRequest.Number != 2 || b.PullRequest.Number != 2 {
		t.Errorf("the same hold: %+v, %+v", a.PullRequest, b.PullRequest)
	}
	if all := w.forge.PullRequests(); len(all) != 2 {
		t.Errorf("there are %+v", all)
	}

	late := w.opening(w.production(config.ImagesApprove))
	s := late.until("both are found again", func(s *engine.Snapshot) bool { return s.Settled() })
	found := s.Environments[0].PullRequests
	if len(found) != 2 || found[0].Number != 2 || found[1].Action != engine.ActionApprove || found[1].Author != "Ada Byron <ada@example.com>" ||
		found[1].Commit != made.Commit || found[1].State != engine.PullRequestOpen {
		t.Errorf("found %+v", found)
	}
}

func TestABranchThatIsTaken(t *testing.T) {
	w := newForgeWorld(t, config.ForgeGitea)
	e := w.opening(w.production(config.ImagesApprove))
	p := e.plan(e.approval())
	w.forge.Branch(p.Branch, "something else", map[string]string{"production/api.yaml": "kind: Other\n"})
	o, err := e.Execute(t.Context(), p, nil)
	w.must(err)
	if o.PullRequest == nil || o.PullRequest.Branch != p.Branch+"-2" || o.PullRequest.Number != 1 {
		t.Errorf("got %+v", o.PullRequest)
	}
}

func TestTheForgeIsDown(t *testing.T) {
	w := newForgeWorld(t, config.ForgeGitea)
	e := w.opening(w.production(config.ImagesApprove))
	req := e.approval()
	for status, words := range map[int][]string{
		http.StatusBadGateway:   {"unreachable"},
		http.StatusUnauthorized: {"access denied", "under forges in settings.yaml", "GITEA_TOKEN"},
	} {
		w.forge.Break(status)
		o, err := e.Execute(t.Context(), e.plan(req), nil)
		w.must(err)
		if o.PullRequest == nil || o.PullRequest.State != engine.PullRequestBranch || o.PullRequest.Number != 0 || o.Commit == "" {
			t.Fatalf("got %+v", o)
		}
		for _, word := range append(words, "no pull request could be opened", o.PullRequest.Branch, "which stands", "do the same again") {
			if !strings.Contains(o.Err, word) {
				t.Errorf("%q is not in %s", word, o.Err)
			}
		}
		if strings.Contains(o.Err, forgetest.Token) {
			t.Errorf("the token is told: %s", o.Err)
		}
		if w.forge.Head(o.PullRequest.Branch) != o.Commit {
			t.Error("the branch does not stand")
		}
	}
	if len(w.forge.PullRequests()) != 0 {
		t.Fatal("there is a pull request")
	}
	w.forge.Break(0)
	if o := e.do(req); o.PullRequest.Number != 1 || o.PullRequest.State != engine.PullRequestOpen {
		t.Errorf("got %+v", o.PullRequest)
	}
	if n := len(w.forge.Branches()); n != 2 {
		t.Errorf("there are the branches %v", w.forge.Branches())
	}

	w.forge.Break(http.StatusBadGateway)
	e.Refresh()
	if r := e.request(engine.PullRequestUnknown); r.Number != 1 || !strings.Contains(r.Reason, "unreachable") {
		t.Errorf("got %+v", r)
	}
	late := w.opening(w.production(config.ImagesApprove))
	if r := late.request(engine.PullRequestUnknown); r.Number != 0 || r.Branch == "" {
		t.Errorf("after a restart: %+v", r)
	}
	w.forge.Break(0)
	e.Refresh()
	late.Refresh()
	for _, r := range []*running{e, late} {
		if r := r.request(engine.PullRequestOpen); r.Number != 1 {
			t.Errorf("got %+v", r)
		}
	}
}

func TestWithoutAForge(t *testing.T) {
	w := newForgeWorld(t, "")
	e := w.opening(w.production(config.ImagesApprove))
	o := e.do(e.approval())
	if o.PullRequest == nil || o.PullRequest.State != engine.PullRequestBranch || o.PullRequest.URL != "" || o.Err != "" {
		t.Fatalf("got %+v", o)
	}
	e.tells("pushed the branch " + o.PullRequest.Branch + " for production")
	if again := e.do(e.approval()); again.Commit != o.Commit || again.Note != "the same change waits already on the branch "+o.PullRequest.Branch {
		t.Errorf("once more: %+v", again)
	}
	late := w.opening(w.production(config.ImagesApprove))
	if r := late.request(engine.PullRequestBranch); r.Branch != o.PullRequest.Branch || r.Title != o.PullRequest.Title || r.Action != engine.ActionApprove {
		t.Errorf("after a restart: %+v", r)
	}
	w.forge.Add(forgetest.PullRequest{Title: "by hand", Branch: o.PullRequest.Branch, Onto: "main"})
	w.forge.Merge(1, forgetest.Squash)
	e.Refresh()
	e.request(engine.PullRequestMerged)
	e.tells("branch " + o.PullRequest.Branch + " was merged")

	hold := e.do(engine.Request{Action: engine.ActionHold, Environment: "production", Images: []engine.ImagePick{{Object: w.id("Deployment", "api")}}})
	w.forge.Delete(hold.PullRequest.Branch)
	e.Refresh()
	e.request(engine.PullRequestClosed)
	last := w.opening(w.production(config.ImagesApprove))
	if _, err := last.Settle(t.Context()); err != nil || len(last.Snapshot().Environments[0].PullRequests) != 0 {
		t.Errorf("what has ended waits again: %+v, %v", last.Snapshot().Environments[0].PullRequests, err)
	}
	if all, _ := w.forge.Requests(); len(all) != 0 {
		t.Errorf("somebody asked a forge: %v", all)
	}
}

func TestAutomationAsksOnce(t *testing.T) {
	w := newForgeWorld(t, config.ForgeGitHub)
	automatic := func() *running {
		o := w.forged(w.options(w.production(config.ImagesAuto)))
		o.Automation = true
		return w.start(o)
	}
	e := automatic()
	first := e.request(engine.PullRequestOpen)
	if first.Number != 1 || first.Action != engine.ActionUpdate || first.Author != "evenkeel <evenkeel@evenkeel.dev>" {
		t.Errorf("got %+v", first)
	}
	// Another engine sees that it waits, and scans come and go.
	other := automatic()
	other.imageIs("waiting", "production", "api", func(i *engine.Image) bool { return i.Reason == "waits in pull request #1" })
	for range 3 {
		e.Rescan()
		other.Rescan()
		w.commit("elsewhere", map[string]string{"README": time.Now().String()})
		e.Refresh()
		e.until("fetched", func(s *engine.Snapshot) bool {
			return s.Repository.Head == string(w.head().Hash) && s.Environments[0].ImagesSettled
		})
	}
	if n := len(w.forge.PullRequests()); n != 1 {
		t.Fatalf("there are %d requests", n)
	}
	for _, r := range []*running{e, other} {
		if text := describe(r.Snapshot()); strings.Contains(text, "waits already") {
			t.Errorf("it was asked for again and again:\n%s", text)
		}
	}

	w.push("shop/api", "1.2.0")
	e.Rescan()
	e.until("a newer one took its place", func(s *engine.Snapshot) bool {
		all := s.Environments[0].PullRequests
		return len(all) == 2 && all[0].State == engine.PullRequestOpen && all[1].State == engine.PullRequestClosed
	})
	all := w.forge.PullRequests()
	if slices.Contains(w.forge.Branches(), first.Branch) {
		t.Error("the branch of the old one is still there")
	}
	if all[0].State != "closed" || all[1].State != "open" || !strings.Contains(all[1].Title, "1.2.0") {
		t.Errorf("the forge has %+v", all)
	}

	w.forge.Change(2, func(p *forgetest.PullRequest) { p.State = "closed" })
	e.Refresh()
	e.request(engine.PullRequestClosed)
	last := automatic()
	last.until("it is known there too that somebody has closed it", func(s *engine.Snapshot) bool {
		return len(s.Environments[0].PullRequests) > 0 && s.Environments[0].PullRequests[0].State == engine.PullRequestClosed
	})
	last.tells("what it asked for is not asked for again")
	if n := slices.IndexFunc(w.forge.PullRequests(), func(p forgetest.PullRequest) bool { return p.State == "open" }); n >= 0 {
		t.Errorf("it was asked for again: %+v", w.forge.PullRequests()[n])
	}
}

func TestARefusedPushTellsTheWayRound(t *testing.T) {
	w := newForgeWorld(t, config.ForgeGitea)
	w.forge.Hook("update", "case $1 in refs/heads/main) echo 'Gitea: Not allowed to push to protected branch main' >&2; exit 1;; esac\n")
	pushing := w.production(config.ImagesApprove)
	pushing.Changes = config.ChangePush
	e := w.opening(pushing)
	o, err := e.Execute(t.Context(), e.plan(e.approval()), nil)
	w.must(err)
	if o.Commit != "" || !strings.Contains(o.Err, "protected branch main") || !strings.Contains(o.Err, "changes: pull-request") {
		t.Errorf("got %+v", o)
	}
	e = w.opening(w.production(config.ImagesApprove))
	if o := e.do(e.approval()); o.PullRequest.Number != 1 {
		t.Errorf("a branch of its own: %+v", o)
	}

	w.forge.Hook("update", "echo 'nobody pushes on Fridays' >&2; exit 1\n")
	o, err = e.Execute(t.Context(), e.plan(engine.Request{Action: engine.ActionHold, Environment: "production"}), nil)
	w.must(err)
	if o.PullRequest != nil || o.Commit != "" || !strings.Contains(o.Err, "nobody pushes on Fridays") || !strings.Contains(o.Err, "the branch evenkeel/production/hold-") {
		t.Errorf("got %+v", o)
	}
}

func TestAForgeThatCannotBe(t *testing.T) {
	w := newForgeWorld(t, config.ForgeGitea)
	o := w.forged(w.options(w.production(config.ImagesApprove)))
	o.Config.Repository.URL = w.forge.Dir()
	if _, err := engine.New(o); err == nil || !strings.Contains(err.Error(), "pull requests cannot be opened") {
		t.Errorf("got %v", err)
	}
	o.Config.Environments[0].Changes = config.ChangePush
	if _, err := engine.New(o); err != nil {
		t.Errorf("nobody needs it: %v", err)
	}
}

func TestAWaitingPlanIsStaleWhenItsGroundMoves(t *testing.T) {
	w := newForgeWorld(t, config.ForgeGitea)
	e := w.opening(w.production(config.ImagesApprove))
	p := e.plan(e.approval())
	w.commit("somebody else", map[string]string{"production/api.yaml": w.policed("api", w.image("shop/api", "1.0.1"), "semver:^1")})
	if _, err := e.Execute(t.Context(), p, nil); !errors.Is(err, engine.ErrStale) {
		t.Errorf("got %v", err)
	}
	if len(w.forge.PullRequests()) != 0 || len(w.forge.Branches()) != 1 {
		t.Errorf("something was left: %v, %v", w.forge.PullRequests(), w.forge.Branches())
	}
}
