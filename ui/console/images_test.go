package console

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/drift"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
)

// deployed is the identity of a workload of the shop.
func deployed(environment, name string) engine.ID {
	return engine.ID{Group: "apps", Kind: "Deployment", Namespace: "shop-" + environment, Name: name}
}

// newerImages is the shop with images in about every state: two updates are
// pending in production, and one in staging.
func newerImages() *engine.Snapshot {
	return with(shop(), func(s *engine.Snapshot) {
		pending := func(i *engine.Image) {
			i.State, i.Allowed, i.Newest, i.NotNewest = engine.ImagePending, "1.9.0", "2.0.0-rc1", "a pre-release, which ~1 does not include"
			i.Behind, i.AllowedBuilt = 2, noon.Add(-2*time.Hour)
		}
		for n, e := range s.Environments {
			next := *e
			add := func(name string, change func(*engine.Image)) {
				o := object("Deployment", "shop-"+e.Name, name, engine.DriftSynced, engine.Healthy)
				i := picture(o, o.Containers[0])
				change(i)
				next.Images = append(next.Images, i)
			}
			next.Images = nil
			next.ImageMode = engine.ImagesApprove
			add("api", pending)
			if e.Name == "production" {
				add("checkout", func(i *engine.Image) {
					i.State, i.Live, i.Reason = engine.ImageRollingOut, "1.8.1", "1 of 3 updated"
				})
				add("mail", func(i *engine.Image) {
					i.Policy, i.PolicyFrom, i.Allowed, i.Newest, i.AsOf = "", "", "", "", time.Time{}
				})
				add("search", func(i *engine.Image) {
					i.State, i.Live, i.Reason = engine.ImageFailed, "1.8.1", "0 of 3 ready, CrashLoopBackOff"
				})
				add("web", pending)
				add("worker", func(i *engine.Image) {
					pending(i)
					i.State = engine.ImageHeld
					i.Hold = &engine.Hold{Image: i.Repository, By: "mira", Reason: "the queue drains first", Since: noon.Add(-26 * time.Hour)}
				})
				next.Holds = []engine.Hold{*next.Images[5].Hold}
			}
			s.Environments[n] = &next
		}
	})
}

// registryDown is the shop when a registry does not answer.
func registryDown() *engine.Snapshot {
	return with(newerImages(), func(s *engine.Snapshot) {
		s.Registries = []engine.Registry{{Host: "registry.acme.dev", Err: "connection refused", DownSince: noon.Add(-3 * time.Minute), NextTry: noon.Add(time.Minute)}}
	})
}

// asked is the last request that became a plan.
func (s *scripted) lastRequest() engine.Request {
	if len(s.requests) == 0 {
		return engine.Request{}
	}
	r := s.requests[len(s.requests)-1]
	return r
}

func mains(objects ...engine.ID) []engine.ImagePick {
	var all []engine.ImagePick
	for _, id := range objects {
		all = append(all, engine.ImagePick{Object: id, Container: "main"})
	}
	return all
}

// wants fails unless the last request is what is wanted.
func (c *console) wants(e *scripted, want engine.Request) {
	c.t.Helper()
	if got := e.lastRequest(); !reflect.DeepEqual(got, want) {
		c.t.Errorf("the request is\n%+v\nand should be\n%+v", got, want)
	}
}

func TestApprove(t *testing.T) {
	e := newScripted(newerImages())
	c := opened(t, e, 120, 40, nil)
	c.shows("3 updates", "2 pending · 1 elsewhere")
	c.press("3", "a")
	c.wants(e, engine.Request{Action: engine.ActionApprove, Environment: "production", Images: mains(deployed("production", "api")), Sync: true})
	c.shows("approve in production", "Commit 1 image", "One commit on main; then a sync of")
	c.press("right", "enter")
	c.sees("committed")
	c.press("esc", "3", "x", "x", "x") // api, web and worker, which is held
	c.shows("3 marked")
	c.press("a")
	c.wants(e, engine.Request{Action: engine.ActionApprove, Environment: "production", Images: mains(deployed("production", "api"), deployed("production", "web")), Sync: true})
	c.press("right", "enter")
	c.sees("committed")
	c.hides("marked")
}

// TestWhyNothingIsApproved: the reason is told, and no plan is made.
func TestWhyNothingIsApproved(t *testing.T) {
	for _, test := range []struct {
		name, image, why string
		change           func(*engine.Environment, *engine.Image)
		options          func(*Options)
	}{
		{"elsewhere", "", "choose an image in 3 Images first", nil, nil},
		{"held", "worker", "worker is held by mira: h releases it", nil, nil},
		{"no policy", "mail", "no policy says which tags mail may have; X pins it to one", nil, nil},
		{"newest", "checkout", "nothing is pending for checkout", nil, nil},
		{"read-only", "api", "evenkeel was started read-only", nil, func(o *Options) { o.ReadOnly = true }},
		{"all held", "worker", "all images of production are held: H releases them", func(_ *engine.Environment, i *engine.Image) { i.Hold = &engine.Hold{By: "ops"} }, nil},
		{"locked", "worker", "held by the annotation fluxcd.io/locked in api.yaml: change it there", func(_ *engine.Environment, i *engine.Image) {
			i.Hold = &engine.Hold{Annotation: "fluxcd.io/locked", File: "api.yaml"}
		}, nil},
		{"registry", "checkout", "registry.acme.dev: 401", func(_ *engine.Environment, i *engine.Image) {
			i.State, i.Trouble, i.Reason = engine.ImageLive, true, "registry.acme.dev: 401"
		}, nil},
		{"holds unreadable", "api", "the holds cannot be read: production.yaml:3", func(e *engine.Environment, _ *engine.Image) { e.HoldsErr = "production.yaml:3" }, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newerImages()
			production := s.Environments[1]
			for _, i := range production.Images {
				if i.Object.Name == test.image && test.change != nil {
					test.change(production, i)
				}
			}
			e := newScripted(s)
			c := opened(t, e, 120, 40, test.options)
			c.press("2")
			if test.image != "" {
				c.press("3", "home")
				for range production.Images {
					if _, i := c.images.Chosen(); i.Object.Name != test.image {
						c.press("down")
					}
				}
			}
			c.press("a")
			c.shows(test.why)
			if len(e.requests) > 0 {
				t.Errorf("a plan is asked for: %+v", e.requests)
			}
		})
	}
}

func TestHoldAndRelease(t *testing.T) {
	e := newScripted(newerImages())
	c := opened(t, e, 120, 40, nil)
	c.press("3", "h")
	c.shows("Hold api at 1.8.2")
	c.enter("a demo")
	c.press("enter")
	c.wants(e, engine.Request{Action: engine.ActionHold, Environment: "production", Images: mains(deployed("production", "api")), Reason: "a demo"})
	c.shows("Commit the hold")
	c.press("esc", "down", "down", "h") // worker
	c.wants(e, engine.Request{Action: engine.ActionRelease, Environment: "production", Images: mains(deployed("production", "worker"))})
	c.press("esc", "home", "x", "x", "h")
	c.shows("Hold 2 images")
	c.press("esc", "1", "H")
	c.shows("Hold all images of production")
	c.enter("a freeze")
	c.press("enter")
	c.wants(e, engine.Request{Action: engine.ActionHold, Environment: "production", Reason: "a freeze"})
	c.press("esc")

	held := with(newerImages(), func(s *engine.Snapshot) {
		next := *s.Environments[1]
		next.Holds = []engine.Hold{{By: "ops", Reason: "a freeze", Since: noon.Add(-time.Hour)}}
		s.Environments[1] = &next
	})
	held.Number = 5
	c.send(snapshotMsg{held})
	c.shows("All images are held by ops 1h ago: a freeze", "images held")
	c.press("H")
	c.wants(e, engine.Request{Action: engine.ActionRelease, Environment: "production"})
}

func TestPin(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}} {
		e := newScripted(newerImages())
		c := opened(t, e, size[0], size[1], nil)
		c.press("3", "X")
		if c.focus != areaDetail {
			t.Error("the tags do not have the focus")
		}
		c.shows("2.0.0-rc1", "no release", "choose a tag; X pins api to it")
		if len(e.requests) > 0 {
			t.Errorf("a plan is asked for before a tag was chosen: %+v", e.requests)
		}
		c.press("down", "down", "X")
		c.shows("Pin api to 1.8.3")
		c.hides("choose a tag")
		c.enter("1.9 leaks")
		c.press("enter")
		pick := engine.ImagePick{Object: deployed("production", "api"), Container: "main", Tag: "1.8.3"}
		c.wants(e, engine.Request{Action: engine.ActionApprove, Environment: "production", Images: []engine.ImagePick{pick}, Hold: true, Reason: "1.9 leaks", Sync: true})
		c.shows("Commit and hold 1 image")
	}
}

func TestRescan(t *testing.T) {
	e := newScripted(newerImages())
	c := opened(t, e, 120, 40, nil)
	c.press("3", "R")
	if !slices.Equal(e.rescanned, []string{"registry.acme.dev/api"}) || e.refreshed != 0 {
		t.Errorf("%q are scanned again, and Git is fetched %d times", e.rescanned, e.refreshed)
	}
	c.shows("asking the registry for the tags of registry.acme.dev/api")
}

// TestTagsAreLookedUpWhenSeen: the console asks without a key being pressed.
func TestTagsAreLookedUpWhenSeen(t *testing.T) {
	e := newScripted(newerImages())
	c := opened(t, e, 120, 40, nil)
	c.press("3", "]")
	c.until("all tags are looked up", func() bool {
		e.mu.Lock()
		defer e.mu.Unlock()
		return len(slices.Concat(e.lookedUp...)) >= 6
	})
	c.shows("5e1f0aa", "linux/arm64")
}

// TestEverywhere: the environment follows the chosen update, so that everything
// on the screen is about one.
func TestEverywhere(t *testing.T) {
	e := newScripted(newerImages())
	c := opened(t, e, 120, 40, nil)
	c.press("3", "A")
	c.shows("3 pending everywhere")
	if name, i := c.images.Chosen(); name != "production" || i.Object.Name != "api" {
		t.Errorf("%s of %s is chosen, and was not before", i.Object.Name, name)
	}
	c.press("home")
	seen := map[string]bool{}
	for range 3 {
		name, i := c.images.Chosen()
		if c.environment().Name != name || c.image() != i {
			t.Errorf("the environment is %s, and the image is of %s", c.environment().Name, name)
		}
		seen[name] = true
		c.press("a")
		c.wants(e, engine.Request{Action: engine.ActionApprove, Environment: name, Images: mains(i.Object), Sync: name == "production"})
		c.press("esc", "down")
	}
	if len(seen) != 2 {
		t.Errorf("the updates are of %v", seen)
	}
	c.press("A")
	c.shows("1 elsewhere")
}

// TestKeysToTheSide: h holds, so that the side is for the arrows; and who wants
// the letters can have them.
func TestKeysToTheSide(t *testing.T) {
	keys, _ := keymap.New(nil)
	if a := keys.Action(keyOf("h")); a != keymap.Hold {
		t.Errorf("h is %s", a)
	}
	if a := keys.Action(keyOf("l")); a != "" {
		t.Errorf("l is %s, while its other half is not", a)
	}
	keys, _ = keymap.New(map[string][]string{"left": {"left", "h"}, "right": {"right", "l"}, "hold": {"K"}})
	if keys.Action(keyOf("h")) != keymap.Left || keys.Action(keyOf("K")) != keymap.Hold {
		t.Error("the settings do not give them back")
	}
}

// committed answers a request about images.
func committing(env *engine.Environment, p *engine.Plan) {
	p.Commit = &engine.PlannedCommit{
		Message: env.Name + ": " + string(p.Action) + "\n", Author: "Mira <mira@acme.dev>",
		Files: []engine.FileChange{{Path: env.Path + "/api.yaml", Operation: engine.Update, Concerns: true, Before: "image: api:1.8.2\n", After: "image: api:1.9.0\n"}},
	}
	switch p.Action {
	case engine.ActionPromote:
		promoted(env, p)
	case engine.ActionRollback:
		restored(env, p)
	}
	if p.Action != engine.ActionApprove {
		return
	}
	for _, pick := range p.Images {
		for _, i := range env.Images {
			if i.Object != pick.Object || i.Container != pick.Container {
				continue
			}
			to := i.Allowed
			if pick.Tag != "" {
				to = pick.Tag
			}
			p.Updates = append(p.Updates, engine.ImageUpdate{
				Object: i.Object, Container: i.Container, Repository: i.Repository, From: i.Desired, To: to, Behind: i.Behind, Built: i.AllowedBuilt,
				Source: "https://git.acme.dev/api", Revision: "5e1f0aa",
				Ran: &engine.Ran{Environment: "staging", Since: noon.Add(-2 * time.Hour), Pods: 3, Ready: 3, Health: engine.Healthy},
			})
			p.Changes = append(p.Changes, engine.Change{
				Environment: env.Name, ID: i.Object, Operation: engine.Update, Live: "image: api:1.8.2\n", Desired: "image: api:1.9.0\n",
				Fields: []engine.FieldChange{{Field: drift.Field{Path: "spec.template.spec.containers[main].image", Live: strings.Join([]string{i.Repository, i.Desired}, ":"), Desired: strings.Join([]string{i.Repository, to}, ":")}}},
			})
		}
	}
}
