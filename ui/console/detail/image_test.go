package detail_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
)

// pictured is production with an image of api; change may be nil.
func pictured(change func(*engine.Environment, *engine.Image)) (*engine.Environment, *engine.Image) {
	_, o, _ := modified("api")
	env := world(o)
	i := &engine.Image{
		Object: o.ID, Container: "main", Repository: "registry.acme.dev/shop/api", Desired: "1.8.2", Live: "1.8.2",
		Policy: "semver:~1", PolicyFrom: "annotation evenkeel.dev/tag.main", Automated: true, Allowed: "1.9.0", Newest: "2.0.0-rc1",
		NotNewest: "a pre-release, which ~1 does not include", Behind: 2, DesiredBuilt: ago(34 * 24 * time.Hour), AllowedBuilt: ago(2 * time.Hour),
		State: engine.ImagePending, AsOf: ago(20 * time.Second),
	}
	env.ImageMode, env.Images = engine.ImagesApprove, []*engine.Image{i}
	if change != nil {
		change(env, i)
	}
	return env, i
}

// candidates are tags of an image, those of the policy among others.
func candidates(i *engine.Image, names ...string) func() (*engine.Candidates, error) {
	return func() (*engine.Candidates, error) {
		c := &engine.Candidates{Image: *i, Signatures: 4, Invalid: 1}
		for _, name := range names {
			t := engine.Tag{Name: name, Allowed: strings.HasPrefix(name, "1."), Desired: name == i.Desired, Live: name == i.Live}
			if !t.Allowed {
				t.Reason = "no release that semver:~1 allows"
			}
			c.Tags = append(c.Tags, t)
		}
		return c, nil
	}
}

// labelled knows something of every tag.
func labelled(tags []string) ([]engine.Tag, error) {
	var all []engine.Tag
	for _, name := range tags {
		all = append(all, engine.Tag{
			Name: name, Known: true, Built: ago(time.Duration(len(name)) * time.Hour), Digest: "sha256:" + strings.Repeat("0123456789abcdef", 4),
			Source: "https://git.acme.dev/api", Revision: "5e1f0aa", Version: name, Platforms: []string{"linux/amd64", "linux/arm64"}, Size: 41_200_000,
		})
	}
	return all, nil
}

var someTags = []string{"2.0.0-rc1", "1.9.0", "1.8.3", "1.8.2", "1.8.1", "nightly"}

// framed shows an image in a tab.
func framed(tab string, change func(*engine.Environment, *engine.Image), down ...string) func(*testing.T) *user {
	return func(t *testing.T) *user {
		env, i := pictured(change)
		var registries []engine.Registry
		for _, host := range down {
			registries = append(registries, engine.Registry{Host: host, Err: "dial tcp: connection refused", DownSince: ago(3 * time.Minute), NextTry: ago(-time.Minute)})
		}
		src := &script{tags: candidates(i, someTags...), lookUp: labelled}
		u := drive(t, src)
		u.run(u.ShowImage(env, i, registries))
		u.tab(tab)
		u.stay()
		return u
	}
}

func imageStates() []state {
	hold := func(h engine.Hold) func(*engine.Environment, *engine.Image) {
		return func(env *engine.Environment, i *engine.Image) {
			if h.Annotation == "" {
				h.Since = ago(26 * time.Hour)
			}
			i.State, i.Hold = engine.ImageHeld, &h
			env.Holds = []engine.Hold{h}
		}
	}
	return []state{
		{"image-pending", framed("Image", nil)},
		{"image-held", framed("Image", hold(engine.Hold{Image: "registry.acme.dev/shop/api", By: "mira", Reason: "the queue drains first"}))},
		{"image-held-all", framed("Image", hold(engine.Hold{By: "mira", Reason: "a freeze"}))},
		{"image-locked", framed("Image", hold(engine.Hold{Image: "registry.acme.dev/shop/api", Annotation: "fluxcd.io/locked", File: "environments/production/api.yaml"}))},
		{"image-failed", framed("Image", func(_ *engine.Environment, i *engine.Image) {
			i.State, i.Desired, i.Live, i.Behind, i.Reason = engine.ImageFailed, "1.9.0", "1.8.2", 0, "0 of 3 ready, CrashLoopBackOff"
		})},
		{"image-rolling-out", framed("Image", func(_ *engine.Environment, i *engine.Image) {
			i.State, i.Desired, i.Live, i.Behind, i.Reason = engine.ImageRollingOut, "1.9.0", "1.8.2", 0, "1 of 3 updated"
		})},
		{"image-no-policy", framed("Image", func(_ *engine.Environment, i *engine.Image) {
			*i = engine.Image{Object: i.Object, Container: "main", Repository: i.Repository, Desired: "1.8.2", Live: "1.8.2", State: engine.ImageLive}
		})},
		{"image-registry-down", framed("Image", func(_ *engine.Environment, i *engine.Image) {
			i.State, i.Trouble, i.Reason, i.AsOf = engine.ImageLive, true, "registry.acme.dev cannot be reached", ago(3*time.Minute)
			i.Moved, i.Reverted = "1.8.2 was sha256:0123 and is sha256:4567", "19ce4aab00112233"
		}, "registry.acme.dev")},
		{"image-tags", framed("Tags", nil)},
		{"image-tags-search", func(t *testing.T) *user {
			u := framed("Tags", nil)(t)
			u.press(keymap.Filter)
			u.typed("1.8")
			return u
		}},
		{"image-tags-error", func(t *testing.T) *user {
			env, i := pictured(nil)
			u := drive(t, &script{tags: func() (*engine.Candidates, error) { return nil, errors.New("the cache of tags cannot be read") }})
			u.run(u.ShowImage(env, i, nil))
			u.tab("Tags")
			return u
		}},
		{"image-hostile", framed("Image", hostileImage)},
		{"image-tags-hostile", func(t *testing.T) *user {
			env, i := pictured(hostileImage)
			u := drive(t, &script{tags: candidates(i, nasty, "1."+nasty, i.Desired), lookUp: func(tags []string) ([]engine.Tag, error) {
				all, _ := labelled(tags)
				for k := range all {
					all[k].Source, all[k].Revision, all[k].Version, all[k].Digest, all[k].Platforms = nasty, nasty, nasty, nasty, []string{nasty}
				}
				return all, nil
			}})
			u.run(u.ShowImage(env, i, nil))
			u.tab("Tags")
			u.stay()
			return u
		}},
	}
}

const nasty = "\x1b]0;owned\x07\x1b[2Ja\u202eb\x00c\u009b26日本語👩‍👩‍👧é\r\nd"

func hostileImage(env *engine.Environment, i *engine.Image) {
	i.Container, i.Repository, i.Desired, i.Live, i.Policy, i.PolicyFrom = nasty, nasty, nasty, "x"+nasty, nasty, nasty
	i.Allowed, i.Newest, i.NotNewest, i.Reason, i.Moved, i.Reverted = "1."+nasty, nasty, nasty, nasty, nasty, nasty
	i.Hold = &engine.Hold{Image: nasty, By: nasty, Reason: nasty, Annotation: nasty, File: nasty}
	env.HoldsErr = nasty
}

// shows an image of a workload whose candidates are so many tags.
func crowded(t *testing.T, n int) (*user, *script) {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("1.0.%d", n-i)
	}
	env, i := pictured(func(_ *engine.Environment, i *engine.Image) { i.Allowed = names[0] })
	src := &script{tags: candidates(i, names...), lookUp: labelled}
	u := drive(t, src)
	u.run(u.ShowImage(env, i, nil))
	return u, src
}

// looked are the tags that were looked up.
func (s *script) looked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for _, a := range s.asked {
		if tags, ok := strings.CutPrefix(a, "LookUp "); ok {
			all = append(all, strings.Fields(tags)...)
		}
	}
	return all
}

// TestOnlyTagsThatAreSeenAreLookedUp: of 50,000 tags those on the screen are,
// each once, and none that one only passes by.
func TestOnlyTagsThatAreSeenAreLookedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u, src := crowded(t, 50000)
		u.stay()
		if got := src.looked(); !slices.Equal(got, []string{"1.0.50000"}) {
			t.Errorf("the tab Image looks up %q, and not the newest allowed one alone", got)
		}
		u.tab("Tags")
		u.screen(80, 24)
		u.press(keymap.Down) // as the program does after each message
		u.stay()
		rows := strings.Count(u.screen(80, 24), "allowed")
		got := src.looked()
		if len(got) < 10 || len(got) > 30 {
			t.Errorf("%d tags are looked up for about %d rows: %q", len(got), rows, got)
		}
		for i, name := range got {
			if slices.Contains(got[:i], name) {
				t.Errorf("%s is looked up twice", name)
			}
		}
		before := len(got)
		for range 40 { // passing by, without staying
			u.press(keymap.PageDown)
		}
		if now := len(src.looked()); now != before {
			t.Errorf("%d tags are looked up in passing", now-before)
		}
		u.press(keymap.Bottom)
		u.screen(80, 24)
		u.stay()
		if got := src.looked()[before:]; len(got) == 0 || !slices.Contains(got, "1.0.1") || len(got) > 30 {
			t.Errorf("%q are looked up at the end", got)
		}
		u.sees("1.0.1 ")
	})
}

// TestNothingWaitsForTags: the list is there and can be moved in while what is
// behind the tags is still asked for.
func TestNothingWaitsForTags(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		env, i := pictured(nil)
		held := make(chan struct{})
		src := &script{tags: candidates(i, someTags...), lookUp: labelled, hold: map[string]chan struct{}{"LookUp": held}}
		u := drive(t, src)
		u.run(u.ShowImage(env, i, nil))
		u.tab("Tags")
		u.sees("nightly", "no release that semver:~1 allows", "loading its labels")
		u.press(keymap.Down)
		if got := u.Tag(); got != "1.9.0" {
			t.Errorf("%s is chosen", got)
		}
		u.stay()
		close(held)
		u.stay()
		u.sees("5e1f0aa", "linux/arm64", "41.2 MB")
		u.seesNot("loading")
	})
}

// TestFailedLookUpIsToldOnce: and tried again only when somebody asks.
func TestFailedLookUpIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		env, i := pictured(nil)
		src := &script{tags: candidates(i, "1.9.0"), lookUp: func([]string) ([]engine.Tag, error) { return nil, errRefused }}
		u := drive(t, src)
		u.run(u.ShowImage(env, i, nil))
		u.tab("Tags")
		u.stay()
		u.sees("The image cannot be looked up", "connection refused")
		n := len(src.looked())
		u.press(keymap.Down)
		u.stay()
		if len(src.looked()) != n {
			t.Error("it is asked again by itself")
		}
		src.lookUp = labelled
		u.press(keymap.Refresh)
		u.stay()
		u.sees("5e1f0aa")
	})
}

// TestTagWithoutAnAnswer: the registry tells of the one and not of the other.
func TestTagWithoutAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		env, i := pictured(nil)
		src := &script{tags: candidates(i, "1.9.0", "1.8.3"), lookUp: func(tags []string) ([]engine.Tag, error) {
			all, _ := labelled(tags)
			all[0] = engine.Tag{Name: all[0].Name, Reason: "manifest unknown"}
			return all, nil
		}}
		u := drive(t, src)
		u.run(u.ShowImage(env, i, nil))
		u.tab("Tags")
		u.stay()
		u.sees("The image cannot be looked up: manifest unknown")
		u.press(keymap.Down)
		u.sees("5e1f0aa")
	})
}

// TestImageKeepsTheTabsOfItsWorkload: they come behind those of the image.
func TestImageKeepsTheTabsOfItsWorkload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		env, i := pictured(nil)
		_, _, in := modified("api")
		src := scripted(in)
		src.tags, src.lookUp, src.pods = candidates(i, someTags...), labelled, twoPods
		u := drive(t, src)
		u.run(u.ShowImage(env, i, nil))
		for _, name := range []string{"Image", "Tags", "Diff", "Fields", "Desired", "Live", "Events", "Pods", "Logs"} {
			if got := u.openTab(); got != name {
				t.Errorf("the tab is %s, not %s", got, name)
			}
			u.press(keymap.NextTab)
		}
		u.tab("Pods")
		u.sees("restarts")
		env, i = pictured(nil)
		env.Objects = nil
		u.run(u.ShowEnvironment(env))
		u.run(u.ShowImage(env, i, nil))
		u.tab("Tags")
		u.press(keymap.NextTab)
		if got := u.openTab(); got != "Image" {
			t.Errorf("behind the tags of an image without a workload comes %s", got)
		}
	})
}

// TestTagsFollowTheImage: what is chosen stays chosen when the tags are listed
// again, which happens only when something about them has changed.
func TestTagsFollowTheImage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		env, i := pictured(nil)
		src := &script{tags: candidates(i, someTags...), lookUp: labelled}
		u := drive(t, src)
		u.run(u.ShowImage(env, i, nil))
		u.tab("Tags")
		u.press(keymap.Down, keymap.Down)
		next, same := pictured(nil)
		same.AsOf = i.AsOf
		same.DesiredBuilt, same.AllowedBuilt = i.DesiredBuilt, i.AllowedBuilt
		u.run(u.ShowImage(next, same, nil))
		if n := src.count("Candidates api/main"); n != 1 {
			t.Errorf("the tags are listed %d times", n)
		}
		next, newer := pictured(func(_ *engine.Environment, i *engine.Image) { i.Allowed, i.AsOf = "1.9.1", time.Now() })
		src.tags = candidates(newer, append([]string{"1.9.1"}, someTags...)...)
		u.run(u.ShowImage(next, newer, nil))
		u.sees("1.9.1")
		if got := u.Tag(); got != "1.8.3" {
			t.Errorf("%s is chosen after another tag came", got)
		}
		u.press(keymap.Filter)
		u.typed("RC")
		if got := u.Tag(); got != "2.0.0-rc1" {
			t.Errorf("%s is found", got)
		}
	})
}
