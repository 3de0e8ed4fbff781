package command

import (
	"bytes"
	"strings"
	"testing"

	"github.com/clipperhouse/displaywidth"

	"github.com/evenkeel/evenkeel/engine"
)

func TestImages(t *testing.T) {
	render := func(p *printer) { printImages(p, theImages()) }
	golden(t, "images.txt", textOf(t, render))
	golden(t, "images.ansi", colouredOf(t, render))
	golden(t, "images.json", documentOf(t, imagesDocument(theImages())))
}

func TestImagesCode(t *testing.T) {
	environment := func(change func(*engine.Environment)) *engine.Snapshot {
		e := &engine.Environment{Name: "staging", State: engine.StateSynced, Images: []*engine.Image{{State: engine.ImageLive}, {State: engine.ImageHeld}}}
		change(e)
		return &engine.Snapshot{Environments: []*engine.Environment{e}}
	}
	state := func(s engine.ImageState) func(*engine.Environment) {
		return func(e *engine.Environment) { e.Images = append(e.Images, &engine.Image{State: s}) }
	}
	for name, c := range map[string]struct {
		change func(*engine.Environment)
		want   int
	}{
		"as it should be":    {func(*engine.Environment) {}, exitClean},
		"approved":           {state(engine.ImageApproved), exitClean},
		"pending":            {state(engine.ImagePending), exitDiffers},
		"committing":         {state(engine.ImageCommitting), exitDiffers},
		"failed":             {state(engine.ImageFailed), exitDiffers},
		"registry down":      {func(e *engine.Environment) { e.Images[0].Trouble = true }, exitTrouble},
		"pending in trouble": {func(e *engine.Environment) { e.Images[0].Trouble = true; state(engine.ImagePending)(e) }, exitTrouble},
		"cluster away":       {func(e *engine.Environment) { e.State = engine.StateUnknown }, exitTrouble},
		"broken commit":      {func(e *engine.Environment) { e.BrokenRevision = badHash }, exitTrouble},
		"holds unreadable":   {func(e *engine.Environment) { e.HoldsErr = "not YAML" }, exitTrouble},
	} {
		if got := imagesCode(environment(c.change)); got != c.want {
			t.Errorf("%s: ends with %d, want %d", name, got, c.want)
		}
	}
}

// TestRegistriesInTrouble: those of images that are shown are told, once each and
// beside the output.
func TestRegistriesInTrouble(t *testing.T) {
	var out, errs bytes.Buffer
	a := &app{Streams: Streams{Out: &out, Err: &errs}}
	a.warnRegistries(theImages())
	want := "evenkeel: registry quay.io, down for 20m, last answer 1h ago: dial tcp: connection refused\n"
	if errs.String() != want || out.Len() > 0 {
		t.Errorf("got %q and %q, want %q", errs.String(), out.String(), want)
	}
	errs.Reset()
	if a.warnRegistries(only(theImages(), []string{"staging"})); errs.Len() > 0 {
		t.Errorf("a registry of other images is told: %s", errs.String())
	}
}

// TestImagesInNarrowTerminals: a line keeps to what it may take, and says the
// state first.
func TestImagesInNarrowTerminals(t *testing.T) {
	for _, limit := range []int{10, 20, 40, 79} {
		for name, render := range map[string]func(*printer){
			"images": func(p *printer) { printImages(p, theImages()) },
			"plan":   func(p *printer) { printCommitPlan(p, noon, theApproval()) },
		} {
			var b bytes.Buffer
			render(&printer{w: &b, limit: limit})
			for line := range strings.Lines(b.String()) {
				if w := displaywidth.String(strings.TrimSuffix(line, "\n")); w > limit {
					t.Errorf("%s: a line takes %d columns of %d: %q", name, w, limit, line)
				}
			}
			if limit >= 20 && name == "images" && !strings.Contains(b.String(), "~ Pending") {
				t.Errorf("in %d columns there is no state:\n%s", limit, b.String())
			}
		}
	}
}

func TestImageName(t *testing.T) {
	digest := "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	for _, c := range []struct{ repository, tag, want string }{
		{"registry.acme.dev:5000/shop/api", "1.8.2", "api:1.8.2"},
		{"docker.io/library/nginx", "", "nginx"},
		{"docker.io/library/nginx", "1.27@" + digest, "nginx:1.27@sha256:0123456789ab"},
		{"docker.io/library/nginx", digest, "nginx@sha256:0123456789ab"},
		{"nginx", "sha256:01", "nginx@sha256:01"},
	} {
		if got := imageName(c.repository, c.tag); got != c.want {
			t.Errorf("%s with %q is written %s, want %s", c.repository, c.tag, got, c.want)
		}
	}
}

func TestApprovalPlan(t *testing.T) {
	render := func(p *printer) { printCommitPlan(p, noon, theApproval()) }
	golden(t, "approve.txt", textOf(t, render))
	golden(t, "approve.ansi", colouredOf(t, render))
	golden(t, "approve.json", documentOf(t, planDocument(theApproval())))
}

func TestHoldPlans(t *testing.T) {
	plan := func(action engine.Action, images ...string) *engine.Plan {
		p := &engine.Plan{Request: engine.Request{Action: action, Environment: "production"}, BaseRevision: headHash,
			Commit: &engine.PlannedCommit{Message: "hold", Files: []engine.FileChange{{Path: "a"}}}}
		for _, i := range images {
			p.Images = append(p.Images, engine.ImagePick{Repository: i})
		}
		return p
	}
	pinned := theApproval()
	pinned.Hold = true
	for _, c := range []struct {
		plan *engine.Plan
		want string
	}{
		{plan(engine.ActionHold, "a/b"), "Hold a/b in production? [y/N] "},
		{plan(engine.ActionHold), "Hold all of production? [y/N] "},
		{plan(engine.ActionRelease, "a/b", "c"), "Release a/b, c in production? [y/N] "},
		{theApproval(), "Approve in production? [y/N] "},
		{pinned, "Approve in production and hold? [y/N] "},
	} {
		if got, _ := confirmation(c.plan); got != c.want {
			t.Errorf("asks %q, want %q", got, c.want)
		}
		if pendingCode(c.plan) != exitDiffers || nothingToDo(c.plan) {
			t.Errorf("%q: a plan with a commit is something to do", c.want)
		}
	}
	empty := plan(engine.ActionHold)
	empty.Commit = nil
	if !nothingToDo(empty) || pendingCode(empty) != exitClean {
		t.Error("a plan with no commit is nothing to do")
	}
}

func TestCommitted(t *testing.T) {
	for _, c := range []struct {
		outcome engine.Outcome
		want    string
	}{
		{engine.Outcome{Commit: headHash}, "committed 19ce4aa: production: api: 1.8.2 -> 1.9.0\n"},
		{engine.Outcome{Commit: headHash, Note: "1 image was there"}, "committed 19ce4aa: production: api: 1.8.2 -> 1.9.0\n1 image was there\n"},
		{engine.Outcome{Note: "nothing was committed: Git says it already"}, "nothing was committed: Git says it already\n"},
		{engine.Outcome{}, "nothing was committed\n"},
	} {
		if got := string(textOf(t, func(p *printer) { printCommitted(p, theApproval(), &c.outcome) })); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// TestUnmetGate: it is said what keeps a commit from being made.
func TestUnmetGate(t *testing.T) {
	if err := unmet(theApproval()); err == nil || !strings.HasPrefix(err.Error(), "nothing is committed for production: main of Deployment") {
		t.Errorf("got %v", err)
	}
}
