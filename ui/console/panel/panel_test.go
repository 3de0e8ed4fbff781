package panel_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/panel"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// hostile are texts that try to do something to a terminal, or to a table.
var hostile = []string{
	"plain", "", "数据库-服务", "e\u0301clair-café", "👩‍🚀-rocket", "\x1b[2J\x1b]0;gone\a", "a\nb\tc\rd", "\u202eright", "\u009b31mred",
	strings.Repeat("long-", 40), "\xff\xfe", "ｗｉｄｅ", "a\x00b", "한국어",
}

// anything makes environments that no cluster would have.
type anything struct{ *rand.Rand }

func (r anything) text() string {
	return hostile[r.IntN(len(hostile))] + fmt.Sprint(r.IntN(50))
}

func of[T any](r anything, all ...T) T { return all[r.IntN(len(all))] }

func (r anything) time() time.Time {
	return of(r, time.Time{}, ago(time.Duration(r.IntN(1e9))*time.Millisecond))
}

func (r anything) object() *engine.Object {
	o := &engine.Object{
		ID:          engine.ID{Group: of(r, "", "apps", r.text()), Kind: of(r, "Deployment", "Service", r.text()), Namespace: of(r, "", "shop", r.text()), Name: r.text()},
		Drift:       of(r, engine.DriftSynced, engine.DriftModified, engine.DriftMissing, engine.DriftExtra, engine.DriftPending, "", "Odd"),
		Health:      of(r, "", engine.Healthy, engine.Progressing, engine.Degraded, engine.Suspended, engine.Missing, engine.Unknown),
		Message:     of(r, "", r.text()),
		Failed:      r.IntN(8) == 0,
		Ignored:     r.IntN(8) == 0,
		Managed:     r.IntN(4) > 0,
		Application: of(r, "", r.text()),
		ChangedBy:   of(r, "", r.text()),
		ChangedAt:   r.time(),
	}
	return o
}

func (r anything) image(o *engine.Object) *engine.Image {
	i := &engine.Image{
		Object: o.ID, Container: r.text(), Init: r.IntN(3) == 0, Repository: r.text(),
		Desired: of(r, "", r.text(), "1@sha256:"+r.text()), Live: of(r, "", r.text(), ":", "@", "/"),
		Policy: of(r, "", r.text()), Allowed: of(r, "", r.text()), Newest: of(r, "", r.text()), Behind: r.IntN(3),
		DesiredBuilt: r.time(), AllowedBuilt: r.time(), Reason: of(r, "", r.text()), Trouble: r.IntN(4) == 0,
		State: of(r, engine.ImagePending, engine.ImagePending, engine.ImageHeld, engine.ImageFailed, engine.ImageLive, engine.ImageApproved, "", "Odd"),
	}
	if r.IntN(3) == 0 {
		i.Hold = &engine.Hold{By: of(r, "", r.text()), Reason: of(r, "", r.text())}
	}
	return i
}

// both are the environment, if there is one, and another one.
func both(e *engine.Environment) []*engine.Environment {
	if e == nil {
		return nil
	}
	return []*engine.Environment{e, elsewhere()}
}

func (r anything) environment(name string) *engine.Environment {
	var objects []*engine.Object
	seen := map[engine.ID]bool{}
	for range r.IntN(30) {
		if o := r.object(); !seen[o.ID] {
			seen[o.ID] = true
			objects = append(objects, o)
		}
	}
	e := environment(name, objects...)
	e.State = of(r, engine.StateSynced, engine.StateOutOfSync, engine.StateSyncing, engine.StateSuspended, engine.StateBlocked, engine.StateUnknown)
	e.Health = of(r, "", engine.Healthy, engine.Progressing, engine.Degraded)
	e.Message, e.Protected, e.AppliedRevision, e.Namespace = of(r, "", r.text()), r.IntN(2) == 0, of(r, "", r.text()), of(r, "", "shop", r.text())
	e.Current, e.AsOf = r.IntN(2) == 0, r.time()
	if r.IntN(4) == 0 {
		e.Problems = []string{r.text(), r.text()}
	}
	for _, o := range objects {
		for range r.IntN(3) {
			e.Images = append(e.Images, r.image(o))
		}
		if r.IntN(4) == 0 {
			e.Waiting = append(e.Waiting, engine.Change{ID: o.ID, Reason: of(r, "", r.text())})
		}
	}
	return e
}

func (r anything) history(context.Context, engine.HistoryQuery) (engine.History, error) {
	if r.IntN(5) == 0 {
		return engine.History{}, fmt.Errorf("no %s", r.text())
	}
	h := engine.History{Next: of(r, "", r.text())}
	for range r.IntN(60) {
		h.Commits = append(h.Commits, engine.HistoryCommit{
			Commit:     engine.Commit{Hash: r.text(), Author: r.text(), Subject: r.text(), Time: r.time()},
			Action:     of(r, "", r.text()),
			DeployedAt: r.time(),
			Result:     of(r, "", engine.ResultApplied, engine.ResultFailed, engine.ResultPartly, engine.ResultUnchanged),
		})
		if r.IntN(3) == 0 {
			h.Commits[len(h.Commits)-1].Environments = []string{r.text(), r.text()}
		}
	}
	return h, nil
}

// TestAnything shows random environments in random sizes, and does random
// things: nothing fails, and every frame is exact.
func TestAnything(t *testing.T) {
	actions := []keymap.Action{
		keymap.Up, keymap.Down, keymap.PageUp, keymap.PageDown, keymap.Top, keymap.Bottom, keymap.NextChange, keymap.PrevChange,
		keymap.Group, keymap.Only, keymap.Mark, keymap.Back, keymap.Filter, keymap.Copy, keymap.Open,
		keymap.Everywhere,
	}
	looks := []*themes.Theme{plain, themes.Default(themes.Options{ASCII: true}), themes.Default(themes.Options{Colors: themes.ANSI})}
	for seed := range uint64(40) {
		r := anything{rand.New(rand.NewPCG(seed, 7))}
		var environments panel.Environments
		var drift panel.Drift
		var images panel.Images
		var history panel.History
		history.SetSource(r.history)
		panes := []pane{&environments, &drift, &images, &history}
		for range 15 {
			e := of(r, nil, r.environment("one"), r.environment("two"))
			if e != nil {
				environments.SetSnapshot(&engine.Snapshot{Environments: []*engine.Environment{e, r.environment(r.text())}})
				run(t, &history, history.SetEnvironment(e.Name, e.Revision, e.AppliedRevision))
			}
			drift.SetEnvironment(e)
			hang(&images, both(e)...)
			if r.IntN(4) == 0 {
				drift.SetFilter(of(r, "", "a", "!a", "status:modified", "kind:", "zzz", "zz:z"))
			}
			c := canvas(r.IntN(110), r.IntN(34))
			c.Focused = r.IntN(2) == 0
			c.Theme = of(r, looks...)
			for _, p := range panes {
				exact(t, c, p.View(c))
				p.Do(of(r, actions...))
				p.Click(r.IntN(40), r.IntN(40)-2, r.IntN(2) == 0)
				p.Wheel(r.IntN(9) - 4)
				p.Offers()
				if s := p.Copy(); ansi.Strip(s) != s {
					t.Errorf("what is copied has control sequences: %q", s)
				}
				exact(t, c, p.View(c))
			}
			if x, ok := drift.Selected(); ok && e != nil && e.Object(x) == nil {
				t.Errorf("%s is chosen, which is not there", x)
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func TestHostileNames(t *testing.T) {
	var objects []*engine.Object
	for _, s := range hostile {
		objects = append(objects, object("ConfigMap", s, func(o *engine.Object) {
			o.Drift, o.ChangedBy, o.Message = engine.DriftModified, s, s
		}))
	}
	e := environment("production", objects...)
	e.Name, e.Message, e.State = hostile[5]+"production", hostile[5], engine.StateBlocked
	var environments panel.Environments
	environments.SetSnapshot(&engine.Snapshot{Environments: []*engine.Environment{e}})
	var drift panel.Drift
	drift.SetEnvironment(e)
	var pictures panel.Images
	for _, s := range hostile {
		e.Images = append(e.Images, &engine.Image{
			Object: engine.ID{Kind: "Deployment", Namespace: "shop", Name: s}, Container: s, Repository: s, Desired: s, Live: s, Policy: s,
			Allowed: s + "2", State: engine.ImagePending, Reason: s, Hold: &engine.Hold{By: s, Reason: s},
		})
	}
	hang(&pictures, e)
	got := frames(t, &environments, [2]int{60, 6}) + frames(t, &drift, [2]int{60, 18}) + frames(t, &pictures, [2]int{60, 18})
	golden(t, "hostile", got)
}

func TestEnvironmentsChoice(t *testing.T) {
	var p panel.Environments
	one, two, three := environment("one"), environment("two"), environment("three")
	three.Message = "told below"
	p.SetSnapshot(&engine.Snapshot{Environments: []*engine.Environment{one, three, two}})
	p.View(canvas(40, 8))
	p.Click(3, 3, false) // the second line of three
	if p.Selected() != "three" || p.Copy() != "three" {
		t.Errorf("%s was clicked", p.Selected())
	}
	p.SetSnapshot(&engine.Snapshot{Environments: []*engine.Environment{two, one, three}})
	if p.Selected() != "three" {
		t.Errorf("%s is chosen after another order", p.Selected())
	}
	p.Select("two")
	if p.Selected() != "two" {
		t.Errorf("%s was chosen", p.Selected())
	}
	p.SetSnapshot(&engine.Snapshot{Repository: engine.Repository{Err: "no such host"}})
	if p.Selected() != "" || !strings.Contains(frame(t, &p, 50, 5), "no such host") {
		t.Error("it is not told why there are no environments")
	}
}

// TestKeptRowsAreTheSame draws the same frame twice, with and without what
// was kept from before.
func TestKeptRowsAreTheSame(t *testing.T) {
	var kept panel.Drift
	e := shop()
	for i, c := range []widget.Canvas{canvas(60, 20), canvas(70, 20), canvas(60, 20)} {
		c.Focused = i != 1
		e = edit(e, "api", func(o *engine.Object) { o.Message = fmt.Sprint("told ", i) })
		kept.SetEnvironment(e)
		kept.SetFilter(strings.Repeat("a", i%2))
		var fresh panel.Drift
		fresh.SetEnvironment(e)
		fresh.SetFilter(strings.Repeat("a", i%2))
		kept.View(c)
		if got, want := strings.Join(kept.View(c), "\n"), strings.Join(fresh.View(c), "\n"); got != want {
			t.Errorf("%s\nis not\n%s", got, want)
		}
	}
}
