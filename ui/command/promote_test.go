package command

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/drift"
)

const shop = "registry.acme.dev/shop/"

// thePromotion brings one image, leaves others, passes over a gate, is kept by
// another, and changes an environment that nobody named.
func thePromotion() *engine.Plan {
	return &engine.Plan{
		Request: engine.Request{
			Action: engine.ActionPromote, Environment: "production", By: "ops@host",
			Override: []string{"soaked"}, Reason: "fixes the checkout",
		},
		BaseRevision: headHash, Protected: true, Source: "staging", SourceRevision: oldHash,
		Updates: []engine.ImageUpdate{{
			Object: deployment("api"), Container: "main", Repository: shop + "api", From: "1.8.2", To: "1.9.0",
			Built: before(2 * time.Hour), Source: "https://git.acme.dev/shop/api", Revision: badHash, Behind: 2,
			Ran:     &engine.Ran{Environment: "staging", Since: before(20 * time.Minute), Pods: 1, Ready: 1, Health: engine.Healthy},
			Differs: []string{"spec.replicas: 1 there, 3 here", "spec.template.spec.containers[main].env[LOG_LEVEL].value: debug there, warn here"},
		}},
		Left: []engine.ImageUpdate{
			{
				Object: deployment("search"), Container: "main", Repository: shop + "search", From: "0.14.2", To: "0.15.0",
				Reason: "it is Degraded in staging: search-1: container main: CrashLoopBackOff",
				Ran:    &engine.Ran{Environment: "staging", Since: before(5 * time.Minute), Pods: 1, Restarts: 4, Health: engine.Degraded},
			},
			{Object: deployment("web"), Container: "main", Repository: shop + "web", From: "1.27.0", To: "1.27.1", Reason: "not picked"},
		},
		Files: []engine.PromotableFile{
			{
				FileChange: engine.FileChange{Path: "production/settings.env", Operation: engine.Update, Before: "level=info\n", After: "level=info\nregion=eu\n"},
				Name:       "settings.env", From: "staging/settings.env", Picked: true,
			},
			{FileChange: engine.FileChange{Path: "production/keys.env", Operation: engine.Create, Hidden: "a Secret is made from it"}, Name: "keys.env", From: "staging/keys.env"},
			{
				FileChange: engine.FileChange{Path: "production/roles.yaml", Operation: engine.Update, Before: "a\n", After: "b\n"},
				Name:       "roles.yaml", From: "staging/roles.yaml", Reason: "it names the namespace shop-staging",
			},
		},
		OnlyInSource: []engine.ID{deployment("mailer")},
		Commit: &engine.PlannedCommit{
			Message: "promote to production: api: 1.8.2 -> 1.9.0\n\nfixes the checkout\n\nEvenkeel-Action: promote\nEvenkeel-Source: staging " + oldHash + "\n",
			Author:  "Mira Holm <mira@acme.dev>",
			Files: []engine.FileChange{
				{Path: "production/kustomization.yaml", Operation: engine.Update, Concerns: true, Before: "newTag: 1.8.2 # ours\n", After: "newTag: 1.9.0 # ours\n"},
			},
		},
		Changes: []engine.Change{
			imageChange("production", "api", "api:1.8.2", "api:1.9.0"),
			imageChange("canary", "api", "api:1.8.2", "api:1.9.0"),
		},
		Gates: []engine.Gate{
			{Name: "source healthy", Met: true},
			{Name: "soaked", Reason: "api has run in staging for 20m0s of 30m0s", MetAt: noon.Add(10 * time.Minute), Overridden: true},
			{Name: "window open", Reason: "closed until Tue 5 May 08:00 (Mon-Fri 08:00-16:00 Europe/Berlin)", MetAt: noon.Add(20 * time.Hour)},
			{Name: "approved", Met: true, Reason: "2 of 2: Mira Holm, Tom Okoro"},
			{Name: "server accepts", Met: true},
		},
		SignOffs: []engine.SignOff{{Name: "Tom Okoro", Email: "tom@acme.dev", At: before(3 * time.Hour), Commit: badHash}},
	}
}

func imageChange(environment, name, from, to string) engine.Change {
	return engine.Change{
		Environment: environment, ID: deployment(name), Operation: engine.Update, File: "base/" + name + ".yaml", Line: 3,
		Fields: []engine.FieldChange{{Field: drift.Field{Path: "spec.template.spec.containers[main].image", Op: drift.Change, Desired: to, Live: from}}},
	}
}

// unpromoted is a promotion that leaves all there is.
func unpromoted() *engine.Plan {
	p := thePromotion()
	p.Updates, p.Commit, p.Changes, p.Gates, p.SignOffs, p.Override = nil, nil, nil, nil, nil, nil
	return p
}

// TestFilesAlone: files that could be copied are no pending work, as
// environments may well differ in them.
func TestFilesAlone(t *testing.T) {
	p := unpromoted()
	p.Left, p.OnlyInSource, p.Files = nil, nil, p.Files[1:]
	golden(t, "promote-files.txt", textOf(t, func(pr *printer) { printCommitPlan(pr, noon, p) }))
	if got := pendingCode(p); got != exitClean {
		t.Errorf("ends with %d", got)
	}
}

// TestSignOff: who agrees sees the change, and that nothing is changed by it.
func TestSignOff(t *testing.T) {
	plan := thePromotion()
	plan.SignOff, plan.Gates, plan.Commit.Files = true, nil, nil
	plan.Commit.Message = "agree to production: api: 1.8.2 -> 1.9.0\n\nEvenkeel-Action: sign-off\n"
	golden(t, "sign-off.txt", textOf(t, func(p *printer) { printCommitPlan(p, noon, plan) }))
	if got, _ := confirmation(plan); got != "Agree to promote from staging to production? [y/N] " {
		t.Errorf("asks %q", got)
	}
	if err := (promoteOptions{signOff: true, override: []string{"soak"}}).check(); err == nil {
		t.Error("who agrees passes over a gate")
	}
	if err := (approveOptions{all: true, signOff: true, hold: true, reason: "because"}).check(nil); err == nil {
		t.Error("who agrees holds")
	}
	plan = thePromotion()
	plan.Gates = []engine.Gate{{Name: engine.GateApproved, Reason: "1 of 2: Mira; one more has to agree"}}
	if err := unmet(plan); err == nil || !strings.HasSuffix(err.Error(), "one more has to agree (with --sign-off)") {
		t.Errorf("got %v", err)
	}
}

// inUTC has times shown as they are everywhere.
func inUTC(t *testing.T) {
	local := time.Local
	time.Local = time.UTC
	t.Cleanup(func() { time.Local = local })
}

func TestPromotion(t *testing.T) {
	inUTC(t)
	render := func(p *printer) { printCommitPlan(p, noon, thePromotion()) }
	golden(t, "promote.txt", textOf(t, render))
	golden(t, "promote.ansi", colouredOf(t, render))
	golden(t, "promote.json", documentOf(t, planDocument(thePromotion())))
	golden(t, "promote-nothing.txt", textOf(t, func(p *printer) { printCommitPlan(p, noon, unpromoted()) }))
}

// TestPromotionEnds: what could be promoted and is not is pending work.
func TestPromotionEnds(t *testing.T) {
	all := thePromotion()
	all.Left = nil
	for name, c := range map[string]struct {
		plan *engine.Plan
		code int
		none bool // nothing to agree to
	}{
		"some":      {thePromotion(), exitDiffers, false},
		"all":       {all, exitDiffers, false},
		"none":      {unpromoted(), exitDiffers, true},
		"as it was": {&engine.Plan{Request: engine.Request{Action: engine.ActionPromote}}, exitClean, true},
	} {
		if got := pendingCode(c.plan); got != c.code {
			t.Errorf("%s: ends with %d, want %d", name, got, c.code)
		}
		if got := nothingToDo(c.plan); got != c.none {
			t.Errorf("%s: nothing to do is %v", name, got)
		}
	}
	if got, _ := confirmation(thePromotion()); got != "Promote from staging to production? [y/N] " {
		t.Errorf("asks %q", got)
	}
}

// TestUnmetGates: every gate in the way is told, with what can be done about it;
// one that is passed over is not in the way.
func TestUnmetGates(t *testing.T) {
	plan := thePromotion()
	want := "nothing is committed for production: closed until Tue 5 May 08:00 (Mon-Fri 08:00-16:00 Europe/Berlin) (--override windows --reason TEXT passes over it)"
	if err := unmet(plan); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	plan.Gates = append(plan.Gates, engine.Gate{Name: "no hold", Reason: "main is held; release it first"})
	if err := unmet(plan); err == nil || !strings.HasSuffix(err.Error(), "passes over it)\nmain is held; release it first") {
		t.Errorf("got %v", err)
	}
	for i := range plan.Gates {
		plan.Gates[i].Overridden = true
	}
	if err := unmet(plan); err != nil {
		t.Errorf("everything is passed over, and still: %v", err)
	}
}

func TestOverride(t *testing.T) {
	for _, c := range []struct {
		override []string
		reason   string
		want     []string
		err      string
	}{
		{},
		{reason: "because"},
		{override: []string{"soak"}, reason: "because", want: []string{"soaked"}},
		{override: []string{"Soaked", "soak", "window open", "healthy"}, reason: "because", want: []string{"soaked", "window open", "source healthy"}},
		{override: []string{"soak"}, err: "--override needs --reason TEXT"},
		{override: []string{"soak"}, reason: "  ", err: "--override needs --reason TEXT"},
		{override: []string{"no hold"}, reason: "because", err: `no gate "no hold" can be passed over, only healthy, soak, verify or windows`},
	} {
		got, err := promoteOptions{override: c.override, reason: c.reason}.gates()
		if c.err == "" && (err != nil || !slices.Equal(got, c.want)) || c.err != "" && (err == nil || !strings.HasPrefix(err.Error(), c.err)) {
			t.Errorf("%q: got %q, %v, want %q %s", c.override, got, err, c.want, c.err)
		}
	}
}

func TestPromotable(t *testing.T) {
	source := &engine.Environment{Name: "test"}
	for _, name := range []string{"api", "web"} {
		id := deployment(name)
		id.Namespace = "test"
		source.Images = append(source.Images, &engine.Image{Object: id, Container: "main"})
	}
	for _, c := range []struct{ args, want, err string }{
		{},
		{args: "api", want: "api/main"}, // the image
		{args: "deployment/api", want: "api/main api/proxy"},
		{args: "deployment/api api backend", want: "api/main api/proxy backend/main"},
		{args: "site", want: "web/main web/main"},      // in two namespaces
		{args: "deployment/queue", want: "queue/main"}, // which it has not, and that is told
		{args: "redis broker", err: "broker may mean several things"},
		{args: "gone", err: "nothing in staging runs gone"}, // and not: everything
		{args: "aip", err: "there is no workload and no image aip in staging; did you mean api?"},
	} {
		picks, err := promotable(aisle(), source, strings.Fields(c.args))
		var got []string
		for _, p := range picks {
			got = append(got, p.Object.Name+"/"+p.Container)
		}
		if c.err == "" && (err != nil || strings.Join(got, " ") != c.want) || c.err != "" && (err == nil || !strings.HasPrefix(err.Error(), c.err)) {
			t.Errorf("%q: got %q, %v, want %q %s", c.args, got, err, c.want, c.err)
		}
	}
}

// TestUnmoved: who names what is not promoted is told why.
func TestUnmoved(t *testing.T) {
	image := func(object engine.ID, container, repository, live string) *engine.Image {
		return &engine.Image{Object: object, Container: container, Repository: repository, Desired: live, Live: live}
	}
	there := func(name string) engine.ID {
		id := deployment(name)
		id.Namespace = "shop-staging"
		return id
	}
	target := &engine.Environment{Name: "production", Images: []*engine.Image{
		image(deployment("api"), "main", shop+"api", "1"), image(deployment("search"), "main", shop+"search", "2"),
		image(deployment("alone"), "main", shop+"alone", "1"), image(deployment("late"), "main", shop+"late", "1"),
		image(deployment("other"), "main", shop+"other", "1"),
	}}
	source := &engine.Environment{Name: "staging", Images: []*engine.Image{
		image(there("api"), "main", shop+"api", "2"), image(there("search"), "main", shop+"search", "2"), image(there("alone"), "proxy", shop+"alone", "2"),
		image(there("late"), "main", shop+"late", ""), image(there("other"), "main", shop+"another", "1"),
	}}
	for asked, want := range map[string]string{
		"":       "",
		"api":    "", // it is promoted
		"search": "Deployment.apps shop/search main: staging runs 2, and Git names it for production already",
		"alone":  "error: Deployment.apps shop/alone main has no counterpart in staging",
		"late":   "error: Deployment.apps shop/late main does not run in staging",
		"other":  "error: Deployment.apps shop/other main has another image in staging, " + shop + "another",
	} {
		plan := &engine.Plan{Updates: []engine.ImageUpdate{{Object: deployment("api"), Container: "main"}}}
		if asked != "" {
			plan.Images = []engine.ImagePick{{Object: deployment(asked), Container: "main"}}
		}
		lines, err := unmoved(plan, target, source)
		got := strings.Join(lines, "\n")
		if err != nil {
			got += "error: " + err.Error()
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", asked, got, want)
		}
	}
	for _, i := range source.Images {
		i.Live = ""
	}
	if _, err := unmoved(&engine.Plan{}, target, source); err == nil || err.Error() != "nothing that production has runs in staging: evenkeel status staging" {
		t.Errorf("nothing runs in the source, and it says %v", err)
	}
}
