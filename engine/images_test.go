package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/gitrepo"
	"github.com/evenkeel/evenkeel/registry/registrytest"
)

// imageWorld is a world with a registry.
type imageWorld struct {
	*world
	registry *registrytest.Server
}

func newImageWorld(t *testing.T) *imageWorld {
	t.Helper()
	w := &imageWorld{world: newWorld(t)}
	var err error
	w.registry, err = registrytest.Serve(context.Background(), "127.0.0.1:0")
	w.must(err)
	t.Cleanup(func() { _ = w.registry.Close() })
	return w
}

// push pushes tags of a repository, each built an hour after the one before.
func (w *imageWorld) push(repository string, tags ...string) {
	w.Helper()
	for i, tag := range tags {
		built := time.Date(2026, 11, 1, i, 0, 0, 0, time.UTC)
		_, err := w.registry.Push(w.Context(), repository, tag, registrytest.Options{
			Created: built, Labels: map[string]string{"org.opencontainers.image.revision": "c0ffee" + tag},
		})
		w.must(err)
	}
}

func (w *imageWorld) image(repository, tag string) string {
	return w.registry.Host() + "/" + repository + ":" + tag
}

// policed is a deployment whose container follows a policy.
func (w *imageWorld) policed(name, image, policy string) string {
	return strings.Replace(deployment(name, image, 1), "metadata:\n  name: "+name+"\n", fmt.Sprintf(
		"metadata:\n  name: %s\n  annotations:\n    evenkeel.dev/automated: \"true\"\n    evenkeel.dev/tag.main: %q\n", name, policy), 1)
}

func (w *imageWorld) with(images config.ImageMode, sync config.SyncMode, name string) config.Environment {
	env := w.environment(name, sync)
	env.Images = images
	return env
}

// looking runs an engine that asks registries.
func (w *imageWorld) looking(automation bool, environments ...config.Environment) *running {
	w.Helper()
	o := w.options(environments...)
	o.Config.Registries = config.Registries{Interval: time.Second, Insecure: []string{w.registry.Host()}}
	o.Images, o.Automation, o.Author = true, automation, "Ada Byron <ada@example.com>"
	return w.start(o)
}

// imageIs waits until an image satisfies the condition.
func (r *running) imageIs(what, environment, workload string, holds func(*engine.Image) bool) *engine.Image {
	r.w.Helper()
	var found *engine.Image
	s := r.until(fmt.Sprintf("%s in %s is %s", workload, environment, what), func(s *engine.Snapshot) bool {
		for _, i := range s.Environment(environment).Images {
			if i.Object.Name == workload && holds(i) {
				found = i
				return s.Environment(environment).ImagesSettled
			}
		}
		return false
	})
	_ = s
	return found
}

func in(state engine.ImageState) func(*engine.Image) bool {
	return func(i *engine.Image) bool { return i.State == state }
}

// text is a file at the head of the remote.
func (w *world) text(name string) string {
	w.Helper()
	head, err := w.mirror.Fetch(w.Context())
	w.must(err)
	tree, err := w.mirror.Tree(head)
	w.must(err)
	data, err := tree.ReadFile(name)
	w.must(err)
	return string(data)
}

func (w *world) head() gitrepo.Commit {
	w.Helper()
	head, err := w.mirror.Fetch(w.Context())
	w.must(err)
	commit, err := w.mirror.Commit(head)
	w.must(err)
	return commit
}

func (r *running) do(req engine.Request) engine.Outcome {
	r.w.Helper()
	p, err := r.Plan(r.w.Context(), req)
	r.w.must(err)
	o, err := r.Execute(r.w.Context(), p, nil)
	r.w.must(err)
	if o.Err != "" {
		r.w.Fatal(o.Err)
	}
	return o
}

func TestAutomationCommitsWhatThePolicyAllows(t *testing.T) {
	w := newImageWorld(t)
	w.push("shop/api", "1.0.0")
	w.push("shop/web", "2.0.0")
	manifest := "# the api\n" + w.policed("api", w.image("shop/api", "1.0.0")+" # the newest", "semver:^1")
	w.commit("begin", map[string]string{
		"staging/api.yaml": manifest,
		"staging/web.yaml": w.policed("web", w.image("shop/web", "2.0.0"), "semver:^2"),
	})
	e := w.looking(true, w.with(config.ImagesAuto, config.SyncAuto, "staging"))
	e.imageIs("live", "staging", "api", in(engine.ImageLive))
	begun := w.head()

	w.push("shop/api", "1.1.0", "2.0.0", "1.2.0-rc.1")
	i := e.imageIs("live at 1.1.0", "staging", "api", func(i *engine.Image) bool { return i.State == engine.ImageLive && i.Live == "1.1.0" })
	if i.Allowed != "1.1.0" || i.Newest != "2.0.0" || i.NotNewest == "" || i.Behind != 0 {
		t.Errorf("what is known of the image is wrong: %+v", i)
	}
	if got, want := w.text("staging/api.yaml"), strings.Replace(manifest, "api:1.0.0", "api:1.1.0", 1); got != want {
		t.Errorf("more than the tag has changed:\n%s", got)
	}
	c := w.head()
	if len(c.Parents) != 1 || c.Parents[0] != begun.Hash {
		t.Errorf("want one commit after the first, got %+v", c)
	}
	if want := "staging: api: 1.0.0 -> 1.1.0"; c.Subject != want || c.Author.Name != "evenkeel" {
		t.Errorf("want %q by evenkeel, got %q by %s", want, c.Subject, c.Author.Name)
	}
	if got := c.Trailers["Evenkeel-Image"]; len(got) != 1 || got[0] != w.registry.Host()+"/shop/api 1.0.0 -> 1.1.0" {
		t.Errorf("the trailers are wrong: %v", c.Trailers)
	}

	t.Run("taken back by a person", func(t *testing.T) {
		back := w.commit("api: back to 1.0.0", map[string]string{"staging/api.yaml": manifest})
		e.Refresh()
		i := e.imageIs("taken back", "staging", "api", func(i *engine.Image) bool { return i.State == engine.ImagePending })
		if i.Reverted != string(c.Hash) {
			t.Errorf("want the commit that was taken back, %s, got %q", c.Hash, i.Reverted)
		}
		// Something newer is another thing.
		w.push("shop/web", "2.1.0")
		e.imageIs("live at 2.1.0", "staging", "web", func(i *engine.Image) bool { return i.Live == "2.1.0" })
		if now := w.head(); now.Parents[0] != back || w.text("staging/api.yaml") != manifest {
			t.Errorf("the update was made again: %+v", now)
		}
	})
}

func TestApprovalHoldAndRelease(t *testing.T) {
	w := newImageWorld(t)
	w.push("shop/api", "1.0.0", "1.1.0", "1.2.0")
	base := "resources: [api.yaml]\n"
	own := func(env, tag string) string {
		return fmt.Sprintf("resources: [../base]\nimages:\n  - name: %s/shop/api # ours\n    newTag: %s\n", w.registry.Host(), tag)
	}
	w.commit("begin", map[string]string{
		"base/kustomization.yaml":       base,
		"base/api.yaml":                 w.policed("api", w.image("shop/api", "0.0.1"), "semver:^1"),
		"staging/kustomization.yaml":    own("staging", "1.2.0"),
		"production/kustomization.yaml": own("production", "1.0.0"),
	})
	other := w.ns + "-b"
	w.namespace(other)
	production := w.with(config.ImagesApprove, config.SyncAuto, "production")
	production.Namespace, production.PromotesFrom = other, "staging"
	staging := w.with(config.ImagesOff, config.SyncAuto, "staging")
	e := w.looking(true, staging, production)
	e.until("both are healthy", func(s *engine.Snapshot) bool {
		return s.Environments[0].Health == engine.Healthy && s.Environments[1].Health == engine.Healthy
	})
	i := e.imageIs("pending", "production", "api", in(engine.ImagePending))
	if i.Allowed != "1.2.0" || i.Behind != 2 || i.AllowedBuilt.IsZero() {
		t.Errorf("want 1.2.0, two versions on: %+v", i)
	}
	pick := engine.ImagePick{Object: i.Object, Container: "main"}

	hold := e.do(engine.Request{Action: engine.ActionHold, Environment: "production", Images: []engine.ImagePick{pick}, Reason: "the sale"})
	if hold.Commit == "" {
		t.Fatalf("nothing was committed: %+v", hold)
	}
	held := e.imageIs("held", "production", "api", in(engine.ImageHeld))
	if held.Hold == nil || held.Hold.Reason != "the sale" || held.Hold.By != "Ada Byron <ada@example.com>" || held.Hold.Since.IsZero() {
		t.Errorf("want who, why and since when: %+v", held.Hold)
	}
	p, err := e.Plan(t.Context(), engine.Request{Action: engine.ActionApprove, Environment: "production", Images: []engine.ImagePick{{Object: i.Object, Container: "main", Tag: "1.1.0"}}})
	w.must(err)
	if _, err := e.Execute(t.Context(), p, nil); !errors.Is(err, engine.ErrGate) {
		t.Errorf("a held image was approved: %v", err)
	}
	e.do(engine.Request{Action: engine.ActionRelease, Environment: "production", Images: []engine.ImagePick{pick}})
	e.imageIs("pending again", "production", "api", in(engine.ImagePending))

	p, err = e.Plan(t.Context(), engine.Request{Action: engine.ActionApprove, Environment: "production", Images: []engine.ImagePick{pick}})
	w.must(err)
	if len(p.Updates) != 1 || len(p.Changes) != 1 || len(p.Commit.Files) != 1 || p.Commit.Files[0].Path != "production/kustomization.yaml" {
		t.Fatalf("want one change in one file: %+v", p)
	}
	u := p.Updates[0]
	if u.From != "1.0.0" || u.To != "1.2.0" || u.Revision != "c0ffee1.2.0" || u.Built.IsZero() || u.Behind != 2 {
		t.Errorf("what is known of the new image is wrong: %+v", u)
	}
	if u.Ran == nil || u.Ran.Environment != "staging" || u.Ran.Pods != 1 {
		t.Errorf("want how it ran in staging: %+v", u.Ran)
	}
	// Somebody else commits meanwhile, to the same file.
	changed := strings.Replace(own("production", "1.0.0"), "# ours", "# ours too", 1)
	w.commit("a comment", map[string]string{"production/kustomization.yaml": changed})
	o, err := e.Execute(t.Context(), p, nil)
	w.must(err)
	if o.Err != "" || o.Commit == "" {
		t.Fatalf("the approval failed: %+v", o)
	}
	if got, want := w.text("production/kustomization.yaml"), strings.Replace(changed, "1.0.0", "1.2.0", 1); got != want {
		t.Errorf("want\n%s\ngot\n%s", want, got)
	}
	e.imageIs("live", "production", "api", func(i *engine.Image) bool { return i.State == engine.ImageLive && i.Live == "1.2.0" })
	if _, err := e.Execute(t.Context(), p, nil); err != nil {
		t.Errorf("what is there already is no error: %v", err)
	}
	if w.head().Hash != gitrepo.Hash(o.Commit) {
		t.Error("it was committed twice")
	}

	// A pin is a tag of one's own with a hold.
	e.do(engine.Request{Action: engine.ActionApprove, Environment: "production", Hold: true, Reason: "1.2.0 loses orders",
		Images: []engine.ImagePick{{Object: i.Object, Container: "main", Tag: "1.1.0"}}})
	pinned := e.imageIs("pinned", "production", "api", in(engine.ImageHeld))
	if pinned.Desired != "1.1.0" || pinned.Allowed != "1.2.0" {
		t.Errorf("want it held at 1.1.0: %+v", pinned)
	}
	e.imageIs("pinned and running", "production", "api", func(i *engine.Image) bool { return i.Live == "1.1.0" })
}

func TestAnImageWhosePolicyDoesNotParseKeepsItsName(t *testing.T) {
	w := newImageWorld(t)
	w.push("shop/api", "1.8.2")
	w.commit("begin", map[string]string{"production/api.yaml": w.policed("api", w.image("shop/api", "1.8.2"), "semver:^^1")})
	r := w.looking(false, w.with(config.ImagesApprove, config.SyncManual, "production"))
	image := r.imageIs("in trouble", "production", "api", func(i *engine.Image) bool { return i.Trouble })
	if want := w.registry.Host() + "/shop/api"; image.Repository != want || image.Desired != "1.8.2" {
		t.Errorf("it is %s with the tag %s, want %s with 1.8.2", image.Repository, image.Desired, want)
	}
}

func TestTenEnginesApproveAtOnce(t *testing.T) {
	w := newImageWorld(t)
	const n = 10
	files := map[string]string{}
	kustomization, images := "resources:\n", "images:\n"
	for i := range n {
		name := fmt.Sprintf("app%d", i)
		w.push("shop/"+name, "1.0.0", "1.1.0")
		files["production/"+name+".yaml"] = w.policed(name, w.image("shop/"+name, "0.0.1"), "semver:^1")
		kustomization += "  - " + name + ".yaml\n"
		images += fmt.Sprintf("  - name: %s/shop/%s\n    newTag: 1.0.0\n", w.registry.Host(), name)
	}
	files["production/kustomization.yaml"] = kustomization + images
	w.commit("begin", files)

	engines := make([]*running, n)
	for i := range engines {
		engines[i] = w.looking(false, w.with(config.ImagesApprove, config.SyncManual, "production"))
	}
	var g errgroup.Group
	for i, e := range engines {
		// Two of them want the same.
		name := fmt.Sprintf("app%d", min(i, n-2))
		image := e.imageIs("pending", "production", name, in(engine.ImagePending))
		p, err := e.Plan(t.Context(), engine.Request{Action: engine.ActionApprove, Environment: "production",
			Images: []engine.ImagePick{{Object: image.Object, Container: "main"}}})
		w.must(err)
		g.Go(func() error {
			o, err := e.Execute(t.Context(), p, nil)
			if err == nil && o.Err != "" {
				err = errors.New(o.Err)
			}
			return err
		})
	}
	w.must(g.Wait())
	head := w.head()
	history, err := w.mirror.History(t.Context(), gitrepo.HistoryOptions{From: head.Hash})
	w.must(err)
	if len(history.Commits) != n {
		t.Errorf("want %d commits after the first, none of them twice, got %d", n-1, len(history.Commits)-1)
	}
	if got := strings.Count(w.text("production/kustomization.yaml"), "newTag: 1.1.0"); got != n-1 {
		t.Errorf("want %d images to have moved, got %d", n-1, got)
	}
}

func TestAnImageOfTheSamePlaceMovesAlong(t *testing.T) {
	w := newImageWorld(t)
	w.push("shop/web", "1.0.0", "1.1.0")
	kustomization := fmt.Sprintf("resources: [web.yaml, sitemap.yaml]\nimages:\n  - name: %s/shop/web\n    newTag: 1.0.0\n", w.registry.Host())
	w.commit("begin", map[string]string{
		"production/kustomization.yaml": kustomization,
		"production/web.yaml":           w.policed("web", w.image("shop/web", "0"), "semver:^1"),
		"production/sitemap.yaml":       w.policed("sitemap", w.image("shop/web", "0"), "semver:~1.0"),
	})
	e := w.looking(false, w.with(config.ImagesApprove, config.SyncManual, "production"))
	web := e.imageIs("pending", "production", "web", in(engine.ImagePending))
	r := engine.Request{Action: engine.ActionApprove, Environment: "production", Images: []engine.ImagePick{{Object: web.Object, Container: "main"}}}
	if _, err := e.Plan(t.Context(), r); err == nil || !strings.Contains(err.Error(), "semver:~1.0") {
		t.Errorf("an image went along that must not: %v", err)
	}
	w.commit("sitemap may too", map[string]string{"production/sitemap.yaml": w.policed("sitemap", w.image("shop/web", "0"), "semver:~1")})
	e.Refresh()
	e.imageIs("pending too", "production", "sitemap", in(engine.ImagePending))
	p, err := e.Plan(t.Context(), r)
	w.must(err)
	if len(p.Updates) != 2 || p.Updates[0].Along || !p.Updates[1].Along || len(p.Changes) != 2 {
		t.Errorf("want both images, one of them along: %+v", p.Updates)
	}
}
func TestImagesOfARepositoryForFlux(t *testing.T) {
	w := newImageWorld(t)
	w.push("shop/web", "1.0.0", "1.1.0", "2.0.0")
	w.commit("begin", map[string]string{
		"apps/web.yaml": deployment("web", w.image("shop/web", "1.0.0")+` # {"$imagepolicy": "flux-system:web"}`, 1),
		"flux/images.yaml": fmt.Sprintf(`apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageRepository
metadata: {name: web, namespace: flux-system}
spec: {image: %s/shop/web, interval: 5m}
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata: {name: web, namespace: flux-system}
spec:
  imageRepositoryRef: {name: web}
  policy: {semver: {range: 1.x}}
`, w.registry.Host()),
	})
	e := w.looking(true, w.with(config.ImagesAuto, config.SyncAuto, "apps"))
	i := e.imageIs("live at 1.1.0", "apps", "web", func(i *engine.Image) bool { return i.Live == "1.1.0" })
	if i.PolicyFrom != "ImagePolicy flux-system/web" {
		t.Errorf("want where the policy stands, got %q", i.PolicyFrom)
	}
	if !strings.Contains(w.text("apps/web.yaml"), `web:1.1.0 # {"$imagepolicy": "flux-system:web"}`) {
		t.Errorf("the file is not as it should be:\n%s", w.text("apps/web.yaml"))
	}
}
