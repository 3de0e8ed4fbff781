package panel_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/panel"
)

// names are the objects in the order in which the panel lists them.
func names(t testing.TB, p *panel.Drift) []string {
	t.Helper()
	var got []string
	do(t, p, keymap.Top)
	for {
		id, ok := p.Selected()
		if !ok {
			return got
		}
		name := id.Kind + "/" + id.Name
		if len(got) > 0 && got[len(got)-1] == name {
			return got
		}
		got = append(got, name)
		do(t, p, keymap.Down)
	}
}

func selected(t testing.TB, p *panel.Drift) string {
	t.Helper()
	id, _ := p.Selected()
	return id.Name
}

func typed(p *panel.Drift, text string) {
	for _, r := range text {
		p.Key(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
	}
}

// edit is the shop with one object changed.
func edit(e *engine.Environment, name string, change func(*engine.Object)) *engine.Environment {
	next := *e
	next.Objects = slices.Clone(e.Objects)
	next.Counts = map[engine.Drift]int{}
	for i, o := range next.Objects {
		if o.Name == name {
			next.Objects[i] = with(o, change)
		}
		next.Counts[next.Objects[i].Drift]++
	}
	return &next
}

// without is the shop without an object.
func without(e *engine.Environment, name string) *engine.Environment {
	next := *e
	next.Objects = slices.DeleteFunc(slices.Clone(e.Objects), func(o *engine.Object) bool { return o.Name == name })
	return &next
}

func TestDriftOrder(t *testing.T) {
	var p panel.Drift
	p.SetEnvironment(shop())
	byKind := []string{
		"Deployment/checkout", "Deployment/api", "StatefulSet/db", "Service/search", "ConfigMap/old", "Certificate/tls",
		"Deployment/web", "Service/api", "ConfigMap/adopted", "ConfigMap/api", "ConfigMap/left-alone", "Certificate/wild",
	}
	if got := names(t, &p); !slices.Equal(got, byKind) {
		t.Errorf("by kind: %v", got)
	}
	do(t, &p, keymap.Group)
	byApplication := []string{
		"Deployment/api", "ConfigMap/api", "Service/api", "Deployment/checkout", "StatefulSet/db", "ConfigMap/old", "Service/search",
		"Certificate/tls", "Deployment/web", "ConfigMap/adopted", "ConfigMap/left-alone", "Certificate/wild",
	}
	if got := names(t, &p); !slices.Equal(got, byApplication) {
		t.Errorf("by application: %v", got)
	}
	do(t, &p, keymap.Group)
	if got := names(t, &p)[:5]; !slices.Equal(got, []string{"StatefulSet/db", "Deployment/checkout", "Deployment/api", "Service/search", "ConfigMap/old"}) {
		t.Errorf("without groups: %v", got)
	}
	do(t, &p, keymap.Group)
	if got := names(t, &p); !slices.Equal(got, byKind) {
		t.Errorf("by kind again: %v", got)
	}
}

// TestDriftOrderAfterChanges compares a panel that followed an environment with
// one that sees it for the first time.
func TestDriftOrderAfterChanges(t *testing.T) {
	var p panel.Drift
	e := shop()
	p.SetEnvironment(e)
	for _, step := range []func(){
		func() { e = edit(e, "web", func(o *engine.Object) { o.Drift = engine.DriftMissing }) },
		func() { e = without(e, "checkout") },
		func() { e = edit(e, "wild", func(o *engine.Object) { o.Application = "aaa" }) },
		func() {
			e = environment(e.Name, append(slices.Clone(e.Objects), object("Deployment", "zebra", nil), object("Job", "a", nil))...)
		},
		func() {
			e = edit(without(e, "zebra"), "api", func(o *engine.Object) { o.Drift = engine.DriftModified })
		},
	} {
		step()
		p.SetEnvironment(e)
		var fresh panel.Drift
		fresh.SetEnvironment(e)
		for range 3 {
			if got, want := names(t, &p), names(t, &fresh); !slices.Equal(got, want) {
				t.Errorf("%v\nis not\n%v", got, want)
			}
			do(t, &p, keymap.Group)
			do(t, &fresh, keymap.Group)
		}
	}
}

func TestDriftCursorStays(t *testing.T) {
	var p panel.Drift
	e := shop()
	p.SetEnvironment(e)
	if got := selected(t, &p); got != "checkout" {
		t.Fatalf("%s is chosen first", got)
	}
	// Nobody has chosen anything yet: the first row is, whichever that is.
	e = edit(e, "checkout", func(o *engine.Object) { o.Drift = engine.DriftSynced })
	p.SetEnvironment(e)
	if got := selected(t, &p); got != "api" {
		t.Errorf("%s is chosen, and not the first row", got)
	}
	p.Select(engine.ID{Kind: "Service", Namespace: "shop", Name: "search"})
	e = edit(e, "search", func(o *engine.Object) { o.Drift, o.Health = engine.DriftSynced, engine.Healthy })
	p.SetEnvironment(e)
	if got := selected(t, &p); got != "search" {
		t.Errorf("%s is chosen after search was synced", got)
	}
	do(t, &p, keymap.Group)
	if got := selected(t, &p); got != "search" {
		t.Errorf("%s is chosen after grouping otherwise", got)
	}
	do(t, &p, keymap.Group, keymap.Group)
	p.SetFilter("!kind:configmap")
	if got := selected(t, &p); got != "search" {
		t.Errorf("%s is chosen while filtered", got)
	}
	p.SetFilter("")
	p.SetEnvironment(without(e, "search"))
	if got := selected(t, &p); got != "adopted" {
		t.Errorf("%s is chosen in place of what was below", got)
	}
}

// TestDriftLineStays scrolls down and lets rows appear above.
func TestDriftLineStays(t *testing.T) {
	var p panel.Drift
	e := large(200)
	p.SetEnvironment(e)
	p.View(canvas(60, 20))
	for range 50 {
		do(t, &p, keymap.Down)
	}
	before := strings.Split(frame(t, &p, 60, 20), "\n")
	at := slices.IndexFunc(before, func(s string) bool { return strings.HasSuffix(s, " <") })
	p.SetEnvironment(changed(e, 20, 3))
	after := strings.Split(frame(t, &p, 60, 20), "\n")
	if !strings.HasSuffix(after[at], " <") {
		t.Errorf("line %d is no longer the one that is chosen:\n%s", at, strings.Join(after, "\n"))
	}
}

func TestDriftComesBack(t *testing.T) {
	var p panel.Drift
	production, staging := shop(), shop()
	staging.Name = "staging"
	p.SetEnvironment(production)
	do(t, &p, keymap.NextChange, keymap.Mark)
	chosen := selected(t, &p)
	p.SetEnvironment(staging)
	if len(p.Marked()) > 0 || selected(t, &p) != "checkout" {
		t.Errorf("staging begins with %s chosen and %v marked", selected(t, &p), p.Marked())
	}
	p.SetEnvironment(production)
	if len(p.Marked()) != 1 || selected(t, &p) != chosen {
		t.Errorf("production is found again with %s chosen and %v marked", selected(t, &p), p.Marked())
	}
	p.SetEnvironment(nil)
	if _, ok := p.Selected(); ok || p.Marked() != nil || p.Copy() != "" {
		t.Error("something is chosen where there is no environment")
	}
}

func TestDriftMarks(t *testing.T) {
	var p panel.Drift
	e := shop()
	p.SetEnvironment(e)
	do(t, &p, keymap.Mark, keymap.Mark, keymap.Mark)
	marked := func() string {
		var got []string
		for _, id := range p.Marked() {
			got = append(got, id.Name)
		}
		return strings.Join(got, " ")
	}
	if marked() != "checkout api db" {
		t.Errorf("%q is marked", marked())
	}
	e = edit(e, "checkout", func(o *engine.Object) { o.Drift = engine.DriftSynced })
	p.SetEnvironment(e)
	if marked() != "api db checkout" {
		t.Errorf("%q is marked after a snapshot", marked())
	}
	p.SetEnvironment(without(e, "api"))
	if marked() != "db checkout" {
		t.Errorf("%q is marked after api has gone", marked())
	}
	p.SetEnvironment(e)
	if marked() != "db checkout" {
		t.Errorf("%q is marked after api came back as another", marked())
	}
	p.Select(engine.ID{Group: "apps", Kind: "StatefulSet", Namespace: "shop", Name: "db"})
	do(t, &p, keymap.Mark)
	if marked() != "checkout" {
		t.Errorf("%q is marked after the mark was taken away", marked())
	}
	p.Unmark("another")
	if marked() != "checkout" {
		t.Errorf("%q is marked after the marks of another environment were taken away", marked())
	}
	p.Unmark(e.Name)
	if marked() != "" {
		t.Errorf("%q is marked after all marks were taken away", marked())
	}
}

func TestDriftFilter(t *testing.T) {
	var p panel.Drift
	p.SetEnvironment(shop())
	for _, c := range []struct{ filter, want string }{
		{"", "checkout api db search old tls web api adopted api left-alone wild"},
		{"ch", "checkout search"},
		{"kind:deploy", "checkout api web"},
		{"!kind:deploy status:modified", ""},
		{"status:modified", "checkout api"},
		{"status:failed", "db"},
		{"status:ignored,unmanaged", "adopted left-alone"},
		{"health:degr", "web"},
		{"ns:edge", "wild"},
		{"app:api kind:cm", "api"},
	} {
		p.SetFilter(c.filter)
		var got []string
		for _, n := range names(t, &p) {
			got = append(got, n[strings.Index(n, "/")+1:])
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%q shows %v", c.filter, got)
		}
	}
	// What a filter shows follows the objects.
	p.SetFilter("status:modified")
	e := edit(shop(), "search", func(o *engine.Object) { o.Drift = engine.DriftModified })
	p.SetEnvironment(e)
	if got := names(t, &p); len(got) != 3 {
		t.Errorf("%v is shown after search was modified", got)
	}
	e = edit(e, "search", func(o *engine.Object) { o.Drift = engine.DriftSynced })
	p.SetEnvironment(e)
	if got := names(t, &p); len(got) != 2 {
		t.Errorf("%v is shown after search was synced", got)
	}
}

func TestDriftFilterEntry(t *testing.T) {
	var p panel.Drift
	p.SetEnvironment(shop())
	if _, mine := p.Do(keymap.Back); mine {
		t.Error("there is no filter to go back from")
	}
	do(t, &p, keymap.Filter)
	typed(&p, "sea")
	if got := selected(t, &p); got != "search" || !p.Editing() {
		t.Errorf("%s is chosen while typing", got)
	}
	p.Key(tea.KeyMsg{Type: tea.KeyEnter})
	if p.Editing() || len(names(t, &p)) != 1 {
		t.Error("enter keeps the filter and ends typing")
	}
	do(t, &p, keymap.Filter)
	typed(&p, "x")
	p.Key(tea.KeyMsg{Type: tea.KeyEsc})
	if p.Editing() || len(names(t, &p)) != 12 {
		t.Error("esc clears the filter and ends typing")
	}
	p.SetFilter("sea")
	do(t, &p, keymap.Back)
	if len(names(t, &p)) != 12 {
		t.Error("back clears the filter")
	}
}

func TestDriftJumps(t *testing.T) {
	var p panel.Drift
	p.SetEnvironment(shop())
	var got []string
	for range 6 {
		do(t, &p, keymap.NextChange)
		got = append(got, selected(t, &p))
	}
	do(t, &p, keymap.PrevChange, keymap.PrevChange)
	if s := strings.Join(append(got, selected(t, &p)), " "); s != "api db search old checkout api old" {
		t.Errorf("the jumps went to %s", s)
	}
	do(t, &p, keymap.Bottom, keymap.PrevChange)
	if got := selected(t, &p); got != "old" {
		t.Errorf("the last that differs is %s", got)
	}
}

func TestDriftOnly(t *testing.T) {
	var p panel.Drift
	p.SetEnvironment(shop())
	do(t, &p, keymap.Only)
	if got := names(t, &p); len(got) != 6 {
		t.Errorf("%v is shown", got)
	}
	do(t, &p, keymap.Only)
	if got := names(t, &p); len(got) != 12 {
		t.Errorf("%v is shown", got)
	}
}

func TestDriftWaiting(t *testing.T) {
	e := shop()
	e.Waiting = []engine.Change{{ID: engine.ID{Kind: "ConfigMap", Namespace: "shop", Name: "old"}, Reason: "more than half of the environment"}}
	var p panel.Drift
	p.SetFilter("status:waiting")
	p.SetEnvironment(e)
	if got := frame(t, &p, 80, 6); !strings.Contains(got, "- old Waiting") || !strings.Contains(got, "more than half") {
		t.Errorf("it is not told that the deletion waits:\n%s", got)
	}
	approved := *e
	approved.Waiting = nil
	p.SetEnvironment(&approved)
	if _, ok := p.Selected(); ok {
		t.Error("nothing waits any longer")
	}
}

func TestDriftOffers(t *testing.T) {
	disabled := func(p *panel.Drift) string {
		var off []string
		for _, o := range p.Offers() {
			if o.Disabled != "" {
				off = append(off, string(o.Action))
			}
		}
		return strings.Join(off, " ")
	}
	var p panel.Drift
	if got := disabled(&p); got != "open next-difference filter mark only-differences group previous-difference copy" {
		t.Errorf("with no environment: %s", got)
	}
	p.SetEnvironment(environment("staging", object("Service", "api", nil)))
	if got := disabled(&p); got != "next-difference previous-difference" {
		t.Errorf("with nothing that differs: %s", got)
	}
	p.SetEnvironment(shop())
	if got := disabled(&p); got != "" {
		t.Errorf("with differences: %s", got)
	}
	if p.Copy() != "Deployment/checkout" {
		t.Errorf("what is copied is %q", p.Copy())
	}
}

func TestDriftClicks(t *testing.T) {
	var p panel.Drift
	p.SetEnvironment(shop())
	p.View(canvas(60, 10))
	p.Click(5, 3, false) // below the border and a header
	if got := selected(t, &p); got != "api" {
		t.Errorf("%s was clicked", got)
	}
	p.Click(5, 4, false) // a header
	p.Click(5, 0, false) // the border
	p.Click(5, 9, false)
	if got := selected(t, &p); got != "api" {
		t.Errorf("%s is chosen after clicks on nothing", got)
	}
	p.Wheel(100)
	p.Wheel(-1)
	if _, ok := p.Selected(); !ok {
		t.Error("scrolling must not leave a header chosen")
	}
}

func TestDriftAges(t *testing.T) {
	var p panel.Drift
	p.SetEnvironment(shop())
	c := canvas(100, 8)
	before := strings.Join(p.View(c), "\n")
	c.Now = c.Now.Add(time.Minute)
	after := strings.Join(p.View(c), "\n")
	if !strings.Contains(before, "kubectl-edit 12m") || !strings.Contains(after, "kubectl-edit 13m") {
		t.Error("ages go on")
	}
}
