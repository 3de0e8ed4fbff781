package panel_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/panel"
)

// picture makes an image of a Deployment of the shop that runs what Git names;
// change may be nil.
func picture(workload, container, tag string, change func(*engine.Image)) *engine.Image {
	i := &engine.Image{
		Object:    engine.ID{Group: "apps", Kind: "Deployment", Namespace: "shop", Name: workload},
		Container: container, Repository: "registry.acme.dev/shop/" + workload, Desired: tag, Live: tag, State: engine.ImageLive,
		Policy: "semver:~1", PolicyFrom: "annotation evenkeel.dev/tag." + container, Automated: true,
		DesiredBuilt: ago(34 * 24 * time.Hour), AsOf: ago(20 * time.Second),
	}
	if change != nil {
		change(i)
	}
	return i
}

// updated gives an image a newer one.
func updated(tag string, behind int, built time.Duration) func(*engine.Image) {
	return func(i *engine.Image) {
		i.State, i.Allowed, i.Newest, i.Behind, i.AllowedBuilt = engine.ImagePending, tag, tag, behind, ago(built)
	}
}

// gallery is an environment with an image in about every state.
func gallery() *engine.Environment {
	e := environment("production")
	e.Images = []*engine.Image{
		picture("admin", "main", "3", func(i *engine.Image) { i.Policy, i.PolicyFrom, i.Automated, i.AsOf = "", "", false, time.Time{} }),
		picture("api", "main", "1.8.2", updated("1.9.0", 2, 2*time.Hour)),
		picture("cart", "main", "1.4.1", func(i *engine.Image) { i.State, i.Live = engine.ImageApproved, "1.4.0" }),
		picture("checkout", "main", "2.0.1", func(i *engine.Image) { i.State, i.Live, i.Reason = engine.ImageRollingOut, "2.0.0", "1 of 3 updated" }),
		picture("checkout", "proxy", "0.4@sha256:0123456789abcdef", nil),
		picture("mail", "main", "5.0.0", func(i *engine.Image) {
			updated("5.1.0", 1, time.Hour)(i)
			i.State = engine.ImageCommitting
		}),
		picture("search", "main", "7.1", func(i *engine.Image) {
			i.Trouble, i.Reason = true, "registry.acme.dev: connection refused"
		}),
		picture("web", "main", "1.27.0", func(i *engine.Image) {
			i.State, i.Reason, i.Live = engine.ImageFailed, "0 of 3 ready, CrashLoopBackOff", "1.25.3"
		}),
		picture("worker", "main", "2.0.1", func(i *engine.Image) {
			updated("2.1.0", 3, 4*24*time.Hour)(i)
			i.State, i.Hold = engine.ImageHeld, &engine.Hold{Image: i.Repository, By: "mira", Reason: "the queue drains first", Since: ago(26 * time.Hour)}
		}),
	}
	return e
}

// elsewhere is another environment with updates.
func elsewhere() *engine.Environment {
	e := environment("eu-production")
	e.Images = []*engine.Image{
		picture("api", "main", "1.8.2", updated("1.9.0", 2, 2*time.Hour)),
		picture("web", "main", "1.25.3", updated("1.27.0", 4, 4*24*time.Hour)),
	}
	return e
}

// hang shows the images of the first environment.
func hang(p *panel.Images, all ...*engine.Environment) {
	name := ""
	if len(all) > 0 {
		name = all[0].Name
	}
	p.SetSnapshot(&engine.Snapshot{Environments: all}, name)
}

func TestImageFrames(t *testing.T) {
	var p panel.Images
	hang(&p, gallery(), elsewhere())
	do(t, &p, keymap.Mark)
	golden(t, "images", frames(t, &p, [2]int{20, 6}, [2]int{42, 13}, [2]int{60, 11}, [2]int{100, 13}))
	do(t, &p, keymap.Everywhere)
	golden(t, "images-everywhere", frames(t, &p, [2]int{42, 6}, [2]int{78, 6}, [2]int{110, 6}))

	var ascii panel.Images
	hang(&ascii, gallery())
	c := canvas(76, 12)
	c.Theme = themes.Default(themes.Options{ASCII: true})
	text := strings.Join(ascii.View(c), "\n")
	if strings.IndexFunc(text, func(r rune) bool { return r > 0x7e }) >= 0 {
		t.Errorf("not everything is ASCII:\n%s", text)
	}
}

// TestWhatIsHeldComesBeforeWhatIsLive also where nothing is newer, as after a
// rollback.
func TestWhatIsHeldComesBeforeWhatIsLive(t *testing.T) {
	e := environment("production")
	e.Images = []*engine.Image{
		picture("api", "main", "1.8.2", nil),
		picture("web", "main", "1.27.0", func(i *engine.Image) {
			i.State, i.Hold = engine.ImageHeld, &engine.Hold{Image: i.Repository, By: "mira", Reason: "rolled back to 627ecaf"}
		}),
	}
	var p panel.Images
	hang(&p, e)
	if _, first := p.Chosen(); first == nil || first.Object.Name != "web" {
		t.Errorf("want web to come first, got %+v", first)
	}
}

func TestImageFramesSayWhatIsWrong(t *testing.T) {
	down := []engine.Registry{
		{Host: "ghcr.io", LastAnswer: now},
		{Host: "registry.acme.dev", Err: "connection refused", DownSince: ago(3 * time.Minute), NextTry: now.Add(time.Minute)},
	}
	var got string
	for _, s := range []*engine.Snapshot{
		{},
		{Environments: []*engine.Environment{{Name: "new", State: engine.StateUnknown, Message: "being read"}}},
		{Environments: []*engine.Environment{environment("empty")}},
		{Environments: []*engine.Environment{gallery()}, Registries: down},
		{Environments: []*engine.Environment{gallery()}, Registries: append(down, engine.Registry{Host: "quay.io", LimitedSince: ago(time.Minute)})},
	} {
		var p panel.Images
		name := ""
		if len(s.Environments) > 0 {
			name = s.Environments[0].Name
		}
		p.SetSnapshot(s, name)
		got += frames(t, &p, [2]int{42, 5}, [2]int{64, 5})
	}
	var p panel.Images
	hang(&p, gallery())
	do(t, &p, keymap.Filter)
	for _, r := range "status:held" {
		p.Key(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
	}
	got += frames(t, &p, [2]int{42, 6})
	p.SetFilter("nothing-like-it")
	got += frames(t, &p, [2]int{42, 6})
	golden(t, "images-states", got)
}

// chosen is the label of the chosen row, as it is drawn.
func chosenImage(p *panel.Images) string {
	environment, i := p.Chosen()
	if i == nil {
		return ""
	}
	return environment + "/" + i.Object.Name + "/" + i.Container
}

func TestImagesChoice(t *testing.T) {
	var p panel.Images
	e := gallery()
	hang(&p, e)
	if got := chosenImage(&p); got != "production/api/main" {
		t.Errorf("%s is chosen first, and not what is pending", got)
	}
	do(t, &p, keymap.Down, keymap.Down)
	if got := chosenImage(&p); got != "production/web/main" || p.Copy() != "registry.acme.dev/shop/web:1.27.0" {
		t.Errorf("%s with %s is chosen, and not what failed", got, p.Copy())
	}
	next := gallery()
	next.Images = slices.Insert(next.Images, 0, picture("aaa", "main", "1", updated("2", 1, time.Hour)))
	hang(&p, next)
	if got := chosenImage(&p); got != "production/web/main" {
		t.Errorf("%s is chosen after other rows came", got)
	}
	next = gallery()
	next.Images = next.Images[:3]
	hang(&p, next)
	if _, i := p.Chosen(); i == nil {
		t.Error("nothing is chosen after the image has gone")
	}
}

func TestImagesMarks(t *testing.T) {
	var p panel.Images
	hang(&p, gallery(), elsewhere())
	names := func() string {
		var all []string
		for _, i := range p.Marked() {
			all = append(all, i.Object.Name)
		}
		return strings.Join(all, " ")
	}
	do(t, &p, keymap.Mark, keymap.Mark)
	if names() != "api worker" {
		t.Errorf("%q are marked", names())
	}
	do(t, &p, keymap.Top, keymap.Mark)
	if names() != "worker" {
		t.Errorf("%q are marked after one was unmarked", names())
	}
	hang(&p, elsewhere(), gallery())
	do(t, &p, keymap.Mark)
	if names() != "api" {
		t.Errorf("%q are marked in the other environment", names())
	}
	p.Unmark("eu-production")
	if names() != "" {
		t.Errorf("%q are marked after all were unmarked", names())
	}
	less := gallery()
	less.Images = less.Images[:8]
	hang(&p, less)
	if hang(&p, gallery()); names() != "" {
		t.Errorf("%q is marked after it was gone", names())
	}
}

func TestImagesEverywhere(t *testing.T) {
	var p panel.Images
	hang(&p, gallery(), elsewhere())
	if text := frame(t, &p, 60, 8); !strings.Contains(text, "1 pending · 2 elsewhere") {
		t.Errorf("it is not told how many are pending elsewhere:\n%s", text)
	}
	do(t, &p, keymap.Everywhere)
	text := frame(t, &p, 90, 8)
	if strings.Count(text, "Pending") != 3 || !strings.Contains(text, "eu-production") || strings.Contains(text, "Held") {
		t.Errorf("not the pending ones of all environments:\n%s", text)
	}
	p.SetFilter("env:eu web")
	if got := chosenImage(&p); got != "eu-production/web/main" {
		t.Errorf("%s is left by the filter", got)
	}
	do(t, &p, keymap.Back, keymap.Everywhere)
	if text := frame(t, &p, 90, 14); !strings.Contains(text, "Held") || strings.Contains(text, "eu-production") {
		t.Errorf("not the images of one environment:\n%s", text)
	}
}

// TestImagesNeverAloneByColour makes sure that every state is a word.
func TestImagesNeverAloneByColour(t *testing.T) {
	var p panel.Images
	hang(&p, gallery())
	text := frame(t, &p, 100, 14)
	for _, i := range gallery().Images {
		if !strings.Contains(text, string(i.State)) {
			t.Errorf("%s is not said:\n%s", i.State, text)
		}
	}
}

func TestImagesFilterTerms(t *testing.T) {
	for filter, want := range map[string]string{
		"status:pending": "1 of 9", "checkout": "2 of 9", "!checkout": "7 of 9", "policy:semver": "8 of 9", "kind:deploy": "9 of 9",
		"env:staging": "0 of 9", "name:web": "1 of 9", "ns:shop": "9 of 9",
	} {
		var p panel.Images
		hang(&p, gallery())
		p.SetFilter(filter)
		if text := frame(t, &p, 100, 14); !strings.Contains(text, want+" match "+filter) {
			t.Errorf("%s does not leave %s:\n%s", filter, want, text)
		}
	}
}
