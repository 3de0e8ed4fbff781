package command

import (
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/engine"
)

// aisle is an environment whose names are easily mistaken for each other.
func aisle() *engine.Environment {
	image := func(object engine.ID, container, repository string) *engine.Image {
		return &engine.Image{Object: object, Container: container, Repository: repository, Desired: "1", Policy: "newest"}
	}
	other := deployment("web")
	other.Namespace = "other"
	return &engine.Environment{
		Name: "staging",
		Images: []*engine.Image{
			image(deployment("api"), "main", "registry.acme.dev/shop/api"),
			{Object: deployment("api"), Container: "proxy", Repository: "docker.io/envoyproxy/envoy", Desired: "1"},
			image(deployment("backend"), "main", "registry.acme.dev/shop/service"),
			image(deployment("cache"), "main", "docker.io/library/redis"),
			image(deployment("tools"), "main", "registry.acme.dev/ops/cache"),
			image(deployment("queue"), "main", "registry.acme.dev/one/broker"),
			image(deployment("stream"), "main", "registry.acme.dev/two/broker"),
			image(deployment("web"), "main", "registry.acme.dev/shop/site"),
			image(other, "main", "registry.acme.dev/shop/site"),
		},
		Holds: []engine.Hold{{Image: "registry.acme.dev/shop/gone"}, {}},
	}
}

func TestNamingImages(t *testing.T) {
	const api, envoy = "Deployment.apps shop/api main", "Deployment.apps shop/api proxy"
	const site, otherSite = "Deployment.apps shop/web main", "Deployment.apps other/web main"
	for _, c := range []struct {
		args string
		want []string
		err  string
	}{
		{args: ""},
		{args: "api", want: []string{api}}, // the image: the workload runs it
		{args: "shop/api", want: []string{api}},
		{args: "registry.acme.dev/shop/api", want: []string{api}},
		{args: "deployment/api", want: []string{api, envoy}},
		{args: "deploy/api", want: []string{api, envoy}},
		{args: "shop/deployment.apps/api", want: []string{api, envoy}},
		{args: "deployment api", want: []string{api, envoy}},
		{args: "Deployment.apps shop/api envoy", want: []string{api, envoy, envoy}},
		{args: "backend", want: []string{"Deployment.apps shop/backend main"}},
		{args: "service", want: []string{"Deployment.apps shop/backend main"}},
		{args: "site", want: []string{site, otherSite}},
		{args: "shop/deployment/web", want: []string{site}},
		{args: "gone", want: nil}, // held, and nothing runs it
		{args: "redis tools", want: []string{"Deployment.apps shop/cache main", "Deployment.apps shop/tools main"}},
		{args: "cache", err: "cache may mean several things in staging: write registry.acme.dev/ops/cache or shop/deployment.apps/cache"},
		{args: "broker", err: "broker may mean several things in staging: write registry.acme.dev/one/broker or registry.acme.dev/two/broker"},
		{args: "web", err: "web may mean several things in staging: write shop/deployment.apps/web or other/deployment.apps/web"},
		{args: "deployment/web", err: "deployment/web may mean several things in staging: write shop/deployment.apps/web or other/deployment.apps/web"},
		{args: "aip", err: "there is no workload and no image aip in staging; did you mean api?"},
		{args: "shop/apo", err: "there is no workload and no image shop/apo in staging"},
		{args: "deployment/apo", err: "there is no workload and no image deployment/apo in staging; did you mean shop/deployment.apps/api?"},
		{args: "registry.acme.dev/shop/apu", err: "there is no workload and no image registry.acme.dev/shop/apu in staging; did you mean registry.acme.dev/shop/api"},
		{args: "zzzzzzzz", err: "there is no workload and no image zzzzzzzz in staging; evenkeel images staging lists what there is"},
		{args: "deployment", err: "deployment is a kind without a name: write deployment/NAME"},
	} {
		all, err := newCatalogue(aisle()).find(strings.Split(c.args, " "))
		var got []string
		for _, n := range all {
			for _, i := range n.images {
				got = append(got, i.Object.String()+" "+i.Container)
			}
		}
		switch {
		case c.err == "" && err != nil:
			t.Errorf("%q: %v", c.args, err)
		case c.err != "" && (err == nil || !strings.HasPrefix(err.Error(), c.err)):
			t.Errorf("%q: got error %v, want %s", c.args, err, c.err)
		case c.err == "" && !slices.Equal(got, c.want):
			t.Errorf("%q means %q, want %q", c.args, got, c.want)
		}
	}
	if _, err := newCatalogue(&engine.Environment{Name: "empty"}).find([]string{"api"}); err == nil || !strings.Contains(err.Error(), "Git names no image in empty") {
		t.Errorf("where there is no image it says %v", err)
	}
}

// TestOffers: what is offered can be given back, and all there is can be named.
func TestOffers(t *testing.T) {
	c := newCatalogue(aisle())
	reached := map[*engine.Image]bool{}
	offers := c.offers()
	for _, offer := range offers {
		all, err := c.find([]string{offer})
		if err != nil || len(all) != 1 {
			t.Fatalf("%s is offered, and means %v, %v", offer, all, err)
		}
		for _, i := range all[0].images {
			reached[i] = true
		}
	}
	for _, i := range c.images {
		if !reached[i] {
			t.Errorf("%s %s cannot be named by what is offered: %q", i.Object, i.Container, offers)
		}
	}
	if got, want := c.releaseCommand([]string{"registry.acme.dev/shop/api", "registry.acme.dev/one/broker"}), "evenkeel release staging api registry.acme.dev/one/broker"; got != want {
		t.Errorf("released with %q, want %q", got, want)
	}
}

// TestRepositories: holding a workload holds what a policy covers of it.
func TestRepositories(t *testing.T) {
	for args, want := range map[string]string{
		"deployment/api":   "registry.acme.dev/shop/api",
		"envoy":            "docker.io/envoyproxy/envoy",
		"gone":             "registry.acme.dev/shop/gone",
		"deployment/queue": "registry.acme.dev/one/broker",
	} {
		all, err := newCatalogue(aisle()).find([]string{args})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(all[0].repositories(), " "); got != want {
			t.Errorf("%s holds %s, want %s", args, got, want)
		}
	}
}

func TestChoosing(t *testing.T) {
	production := theImages().Environment("production")
	for _, c := range []struct {
		options approveOptions
		args    string
		want    string // workload/container:tag of what is picked
		nothing string // or what is said
		err     string
	}{
		{options: approveOptions{all: true}, want: "sitemap/main api/main flapping/main"},
		{args: "api", want: "api/main"},
		{args: "deployment/api cronjob/sitemap", want: "api/main sitemap/main"},
		{args: "api deployment/api", want: "api/main"},
		{args: "worker", want: "worker/main"}, // the plan says who holds it
		{args: "deployment/api", options: approveOptions{container: "main"}, want: "api/main"},
		{args: "deployment/api", options: approveOptions{container: "migrate"}, nothing: "Deployment.apps shop/api migrate: no policy says which tag is next; name one with --tag"},
		{args: "deployment/api", options: approveOptions{container: "mian"}, err: "deployment/api has no container mian in production, it has migrate, main, proxy"},
		{args: "search", nothing: "Deployment.apps shop/search main: nothing is pending: Git has 0.14.2, and semver:0.x allows nothing newer"},
		{args: "misread", err: "Deployment.apps shop/misread main: the policy does not parse"},
		{args: "search", options: approveOptions{tag: "0.13.0"}, want: "search/main:0.13.0"},
		{args: "deployment/api", options: approveOptions{tag: "1.7.0"}, want: "api/main:1.7.0"}, // of those with a policy
		{args: "deployment/api search", options: approveOptions{tag: "1.7.0"}, err: "--tag is for one image, and these are several"},
	} {
		var args []string
		if c.args != "" {
			args = strings.Fields(c.args)
		}
		chosen, err := c.options.choose(production, args)
		var picked, said []string
		if err == nil {
			for _, p := range c.options.picks(chosen) {
				s := p.Object.Name + "/" + p.Container
				if p.Tag != "" {
					s += ":" + p.Tag
				}
				if p.Repository != "" {
					t.Errorf("%q: a pick of one container names the repository too", c.args)
				}
				picked = append(picked, s)
			}
			if len(picked) == 0 {
				said, err = nothingPending(production, chosen)
			}
		}
		switch {
		case c.err != "" && (err == nil || !strings.HasPrefix(err.Error(), c.err)), c.err == "" && err != nil:
			t.Errorf("%q: got error %v, want %q", c.args, err, c.err)
		case c.err == "" && (strings.Join(picked, " ") != c.want || strings.Join(said, "\n") != c.nothing):
			t.Errorf("%q picks %q and says %q, want %q and %q", c.args, picked, said, c.want, c.nothing)
		}
	}
	calm := &engine.Environment{Name: "calm", Images: []*engine.Image{{State: engine.ImageLive}}}
	if lines, err := nothingPending(calm, nil); err != nil || strings.Join(lines, "") != "nothing is pending in calm" {
		t.Errorf("got %q, %v", lines, err)
	}
	calm.Images[0].Trouble = true
	if _, err := nothingPending(calm, nil); err == nil || !strings.Contains(err.Error(), "for 1 image it cannot be told") {
		t.Errorf("nothing is certain, and it says %v", err)
	}
}

func TestReleasable(t *testing.T) {
	production, preview := theImages().Environment("production"), theImages().Environment("preview")
	const worker, api = "registry.acme.dev/shop/worker", "registry.acme.dev/shop/api"
	for _, c := range []struct {
		environment *engine.Environment
		images      []string
		want        string // of what is left to release
		nothing     string
		err         string
	}{
		{environment: production, images: []string{worker}, want: worker},
		{environment: production, images: []string{api, worker}, want: worker},
		{environment: production, images: []string{api}, nothing: api + " is not held in production"},
		{environment: production, err: "production is not held as a whole: name what to release, of " + worker + ", registry.acme.dev/shop/search"},
		{environment: preview, want: ""},
		{environment: preview, images: []string{api}, err: api + " is held with all of preview: evenkeel release preview"},
		{environment: &engine.Environment{Name: "free"}, nothing: "nothing is held in free"},
		{environment: theImages().Environment("muddled"), images: []string{api}, err: "the holds of muddled cannot be read"},
	} {
		r := &engine.Request{Action: engine.ActionRelease, Environment: c.environment.Name}
		for _, i := range c.images {
			r.Images = append(r.Images, engine.ImagePick{Repository: i})
		}
		lines, err := releasable(c.environment, r)
		switch {
		case c.err != "" && (err == nil || !strings.HasPrefix(err.Error(), c.err)), c.err == "" && err != nil:
			t.Errorf("%v: got error %v, want %q", c.images, err, c.err)
		case c.err == "" && strings.Join(lines, "\n") != c.nothing:
			t.Errorf("%v: says %q, want %q", c.images, lines, c.nothing)
		case c.err == "" && c.nothing == "" && strings.Join(pickedRepositories(r.Images), " ") != c.want:
			t.Errorf("%v: releases %q, want %s", c.images, pickedRepositories(r.Images), c.want)
		}
	}
}
