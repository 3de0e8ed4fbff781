package dialog_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui/console/dialog"
)

var worker = engine.ID{Group: "apps", Kind: "Deployment", Namespace: "shop", Name: "worker"}

var promote = engine.Request{Action: engine.ActionPromote, Environment: "production"}

// candidates are the images that could be promoted in the world here: two are
// well in staging, and one is not.
func candidates() []engine.ImageUpdate {
	return []engine.ImageUpdate{
		{
			Object: api, Container: "main", Repository: "registry.acme.dev/api", From: "1.8.2", To: "1.9.0", Behind: 2,
			Built: noon.Add(-26 * time.Hour), Source: "https://git.acme.dev/shop/api", Revision: "c35c8592adbd8853eb4ee7f32ca726d6cb6e4063",
			Ran:     &engine.Ran{Environment: "staging", Since: noon.Add(-2 * time.Hour), Pods: 3, Ready: 3, Health: engine.Healthy},
			Differs: []string{"spec.replicas: 1 there, 3 here", "env LOG_LEVEL: debug there, info here"},
		},
		{
			Object: web, Container: "main", Repository: "registry.acme.dev/web", From: "1.25.3", To: "1.27.0", Behind: 4,
			Ran: &engine.Ran{Environment: "staging", Since: noon.Add(-4 * 24 * time.Hour), Pods: 2, Ready: 2, Restarts: 1, Health: engine.Healthy},
		},
		{
			Object: worker, Container: "main", Repository: "registry.acme.dev/worker", From: "2.0.1", To: "2.1.0", Behind: 1,
			Ran:    &engine.Ran{Environment: "staging", Since: noon.Add(-6 * time.Minute), Pods: 2, Restarts: 9, Health: engine.Degraded},
			Reason: "it is Degraded in staging: 0 of 2 ready, CrashLoopBackOff",
		},
	}
}

// promotion is the plan of a promotion in the world here.
func promotion(r engine.Request) *engine.Plan {
	p := commitFor(approve(api, web))
	p.Request, p.Source, p.SourceRevision, p.Updates = r, "staging", head, nil
	healthy := true
	for _, u := range candidates() {
		goes := u.Reason == ""
		if len(r.Images) > 0 {
			goes = slices.ContainsFunc(r.Images, func(pick engine.ImagePick) bool { return pick.Object == u.Object })
		}
		if !goes {
			if u.Reason == "" {
				u.Reason = "not picked"
			}
			p.Left = append(p.Left, u)
			continue
		}
		healthy = healthy && u.Reason == ""
		u.Reason = ""
		p.Updates = append(p.Updates, u)
	}
	p.Gates = []engine.Gate{
		{Name: "source healthy", Met: healthy, Reason: "staging is Healthy"},
		{Name: "soaked", Met: true, Reason: "2h of 30m"},
		{Name: "window open", Met: true, Reason: "till 16:00"},
		{Name: "no hold", Met: true},
	}
	if !healthy {
		p.Gates[0].Reason = "worker is Degraded in staging"
	}
	pass(p)
	return p
}

// pass overrides the gates that the request names.
func pass(p *engine.Plan) {
	for i := range p.Gates {
		g := &p.Gates[i]
		g.Overridden = !g.Met && p.Reason != "" && slices.Contains(p.Override, g.Name)
	}
}

// closedWindow is a plan that has to wait.
func closedWindow(p *engine.Plan) {
	p.Gates[1] = engine.Gate{Name: "soaked", Reason: "12m of 30m", MetAt: noon.Add(18 * time.Minute)}
	p.Gates[2] = engine.Gate{Name: "window open", Reason: "Mon-Fri 08:00-16:00 Europe/Berlin; it is Sunday there", MetAt: noon.Add(20 * time.Hour)}
	pass(p)
}

// promoting opens a promotion; change may be nil.
func (d *desk) promoting(change func(*engine.Plan)) *dialog.Plan {
	d.t.Helper()
	d.engine.plan = func(_ context.Context, r engine.Request) (*engine.Plan, error) {
		p := promotion(r)
		if change != nil {
			change(p)
		}
		return p, nil
	}
	s := running(situation(), "1.8.2", engine.ImagePending)
	p, cmd := dialog.NewPlan(d.work, promote, s)
	d.run(p, cmd)
	return p
}

// last is the request that was planned last.
func (d *desk) last() engine.Request { return d.engine.requests[len(d.engine.requests)-1] }

// raised is the dialog that was put above the others last.
func (d *desk) raised() dialog.Dialog {
	d.t.Helper()
	for _, msg := range slices.Backward(d.told) {
		if o, is := msg.(dialog.Opened); is {
			return o.Dialog
		}
	}
	d.t.Fatal("no dialog was opened")
	return nil
}

func TestPromoteGolden(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*engine.Plan)
		keys   []string
	}{
		{name: "promote"},
		{name: "promote-left", keys: []string{"down", "down"}},
		{name: "promote-cluster", keys: []string{"]"}},
		{name: "promote-git", keys: []string{"]", "]"}},
		{name: "promote-gates", keys: []string{"["}, change: closedWindow},
		{name: "promote-waits", change: closedWindow},
		{name: "promote-none", change: func(p *engine.Plan) {
			p.Left, p.Updates, p.Changes, p.Commit, p.Gates = append(p.Left, p.Updates...), nil, nil, nil, nil
			for i := range p.Left {
				p.Left[i].Reason = "it does not run in staging"
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t)
			p := d.promoting(test.change)
			d.view(p, 80, 24)
			d.press(p, test.keys...)
			d.golden(p, test.name)
		})
	}
}

// TestMarksArePlanned: each mark is a plan of its own, and the row stays chosen.
func TestMarksArePlanned(t *testing.T) {
	d := newDesk(t)
	p := d.promoting(nil)
	d.shows(p, "Built 26h ago · from c35c859 · https://git.acme.dev/shop/api")
	d.shows(p, "From staging 3f2a91c. One commit on main", "[x] api/main", "[x] web/main", "[ ] worker/main", "Promote 2 workloads")
	d.press(p, "down", "x")
	if want := mains(api); !reflect.DeepEqual(d.last().Images, want) {
		t.Errorf("%v are asked for, not %v", d.last().Images, want)
	}
	d.shows(p, "[ ] web/main", "not picked", "Promote 1 workload")
	n := len(d.engine.requests)
	d.press(p, "up", "space")
	d.shows(p, "It is the only one that goes.", "[x] api/main")
	if len(d.engine.requests) != n {
		t.Error("a promotion of nothing is planned")
	}
	d.press(p, "down", "x", "down", "x")
	if want := mains(api, web, worker); !reflect.DeepEqual(d.last().Images, want) {
		t.Errorf("%v are asked for, not %v", d.last().Images, want)
	}
	d.shows(p, "[x] worker/main", "✗ source healthy not met", "Not met: source healthy, worker is Degraded in staging")
	d.press(p, "tab", "tab", "enter")
	if len(d.engine.executed) > 0 {
		t.Error("it is promoted though a gate is not met")
	}
	d.press(p, "up", "x", "tab", "tab", "enter")
	if len(d.engine.executed) != 1 || len(d.engine.executed[0].Updates) != 2 {
		t.Errorf("executed: %v", d.engine.executed)
	}
}

func mains(objects ...engine.ID) []engine.ImagePick { return approve(objects...).Images }

// TestBeginsWithWhatGoes: the first image that goes is chosen, and not one that is
// left out.
func TestBeginsWithWhatGoes(t *testing.T) {
	d := newDesk(t)
	p := d.promoting(func(p *engine.Plan) {
		p.Left, p.Updates = append(p.Left, p.Updates[0]), p.Updates[1:]
	})
	d.shows(p, "Deployment web/main")
}

// TestAlong: what moves along is one row, also when the plan counts it among what
// was left, and its mark stays.
func TestAlong(t *testing.T) {
	d := newDesk(t)
	p := d.promoting(func(p *engine.Plan) {
		along := p.Left[0]
		along.Along, along.Reason = true, ""
		p.Updates = append(p.Updates, along)
	})
	d.shows(p, "[x] worker/main", "moves along", "Promote 3 workloads")
	d.hides(p, "[ ]")
	n := len(d.engine.requests)
	d.press(p, "end", "x")
	d.shows(p, "It is written in the same place as one that goes.", "[x] worker/main")
	if len(d.engine.requests) != n {
		t.Error("a plan without it is asked for")
	}
	d.press(p, "home", "x")
	if want := mains(web); !reflect.DeepEqual(d.last().Images, want) {
		t.Errorf("%v are asked for, not %v", d.last().Images, want)
	}
}

// TestMarkMeanwhile: while the plan of a mark is computed nothing can be done,
// and the answer to the mark before it is dropped.
func TestMarkMeanwhile(t *testing.T) {
	d := newDesk(t)
	p := d.promoting(nil)
	first := d.key(p, "x") // which leaves api out
	d.shows(p, "[ ] api/main", "It is being planned again")
	d.press(p, "tab", "tab", "enter")
	if len(d.engine.executed) > 0 {
		t.Fatal("what is not shown was executed")
	}
	d.press(p, "down", "home")
	second := d.key(p, "x") // and takes it back
	d.run(p, second)
	d.run(p, first)
	d.shows(p, "[x] api/main", "Promote 2 workloads")
	d.hides(p, "planned again")
}

// TestMarkInVain: what cannot be planned leaves the plan as it was.
func TestMarkInVain(t *testing.T) {
	d := newDesk(t)
	p := d.promoting(nil)
	d.engine.plan = func(context.Context, engine.Request) (*engine.Plan, error) {
		return nil, errors.New("environments/production/worker.yaml:3: the tag is written by a generator")
	}
	d.press(p, "end", "x")
	d.shows(p, "That cannot be planned: environments/production/worker.yaml:3", "[ ] worker/main", "[x] api/main", "Promote 2 workloads")
	d.press(p, "tab", "tab", "enter")
	if len(d.engine.executed) != 1 || len(d.engine.executed[0].Images) != 0 {
		t.Errorf("executed: %+v", d.engine.executed)
	}
}

// TestOverride: a gate that is a matter of judgement is passed over with a
// reason, and never called met.
func TestOverride(t *testing.T) {
	d := newDesk(t)
	p := d.promoting(closedWindow)
	d.shows(p, "✗ soaked not met", "✗ window open not met", "Not met: soaked, 12m of 30m", "in 18m", "O overrides it with a reason")
	d.press(p, "O")
	why := d.raised()
	d.shows(p, "met from 2026-11-23 12:18, in 18m")
	d.shows(why, "Override soaked, window open")
	d.press(why, "the shop is down")
	d.run(p, d.key(why, "enter"))
	if r := d.last(); !slices.Equal(r.Override, []string{"soaked", "window open"}) || r.Reason != "the shop is down" {
		t.Errorf("asked for: %+v", r)
	}
	d.shows(p, "! overridden: soaked", "overridden: the shop is down")
	d.hides(p, "met: soaked", "Not met")
	d.golden(p, "promote-overridden")
	d.press(p, "]")
	d.shows(p, "! soaked overridden", "! window open overridden", "✓ no hold")
	d.press(p, "O")
	if r := d.last(); len(r.Override) > 0 || r.Reason != "" {
		t.Errorf("asked for: %+v", r)
	}
	d.shows(p, "Not met: soaked")
}

// TestHeldTwice: a gate that two images do not meet is one on the line of gates.
func TestHeldTwice(t *testing.T) {
	d := newDesk(t)
	p := d.promoting(func(p *engine.Plan) {
		p.Gates = []engine.Gate{{Name: "no hold", Reason: "api is held in staging"}, {Name: "no hold", Reason: "web is held in staging"}}
	})
	d.shows(p, "✗ no hold not met", "Not met: no hold, api is held in staging")
	d.hides(p, "not met  ✗ no hold")
}

// TestNotEverythingIsOverridden: some gates are no matter of judgement.
func TestNotEverythingIsOverridden(t *testing.T) {
	d := newDesk(t)
	p := d.promoting(func(p *engine.Plan) {
		p.Gates = []engine.Gate{{Name: "server accepts", Reason: "Deployment api: exceeded quota"}}
	})
	d.hides(p, "O overrides")
	d.press(p, "O")
	if slices.ContainsFunc(d.told, func(msg tea.Msg) bool { _, is := msg.(dialog.Opened); return is }) {
		t.Error("a reason is asked for")
	}
	d.shows(p, "Not met: server accepts, Deployment api: exceeded quota")
}

// TestPromoteShowsTheDiff of the chosen workload.
func TestPromoteShowsTheDiff(t *testing.T) {
	d := newDesk(t)
	p := d.promoting(nil)
	d.press(p, "enter")
	d.shows(p, "shop/api", "registry.acme.dev/api:1.9.0")
	d.press(p, "esc", "end", "enter") // worker stays as it is
	d.shows(p, "[ ] worker/main")
}

// TestPromoteByMouse: a click on a mark changes it, one on the name chooses.
func TestPromoteByMouse(t *testing.T) {
	d := newDesk(t)
	p := d.promoting(nil)
	y := slices.IndexFunc(strings.Split(d.view(p, 120, 40), "\n"), func(line string) bool { return strings.Contains(line, "web/main") })
	n := len(d.engine.requests)
	d.run(p, p.Click(20, y, false))
	if len(d.engine.requests) != n {
		t.Error("a click on the name marks")
	}
	d.run(p, p.Click(3, y, false))
	if want := mains(api); !reflect.DeepEqual(d.last().Images, want) {
		t.Errorf("%v are asked for, not %v", d.last().Images, want)
	}
}

// TestManyCandidates: a long list scrolls, and keeps what is told of the chosen
// one in sight.
func TestManyCandidates(t *testing.T) {
	d := newDesk(t)
	p := d.promoting(func(p *engine.Plan) {
		for i := range 60 {
			u := p.Updates[0]
			u.Object.Name = fmt.Sprintf("zebra-%02d", i)
			p.Updates = append(p.Updates, u)
		}
	})
	d.view(p, 80, 24)
	d.press(p, "end")
	if text := d.view(p, 80, 24); !strings.Contains(text, "[x] zebra-59/main") || !strings.Contains(text, "Deployment zebra-59/main") {
		t.Errorf("the end is not seen:\n%s", text)
	}
}

func TestHostilePromotion(t *testing.T) {
	const bad = "\x1b]0;owned\x07\x1b[2Ja\u202eb\x00c\u009b26日本語\r\nd"
	for _, keys := range [][]string{nil, {"end"}, {"]"}, {"]", "]"}, {"["}} {
		d := newDesk(t)
		p := d.promoting(func(p *engine.Plan) {
			p.Source, p.SourceRevision, p.Reason, p.Override = bad, bad, bad, []string{bad}
			for _, all := range [][]engine.ImageUpdate{p.Updates, p.Left} {
				for i := range all {
					u := &all[i]
					u.Source, u.Revision = bad, bad
					u.Object.Name, u.Object.Kind, u.Container, u.From, u.To, u.Reason, u.Differs = bad, bad, bad, bad, bad, bad, []string{bad}
					u.Ran.Environment = bad
				}
			}
			p.Gates = []engine.Gate{{Name: bad, Reason: bad}, {Name: bad, Reason: bad, Overridden: true}, {Name: bad, Met: true, Reason: bad}}
		})
		d.press(p, keys...)
		for _, size := range [][2]int{{20, 6}, {40, 10}, {80, 24}, {120, 40}} {
			if text := d.view(p, size[0], size[1]); strings.ContainsAny(text, "\x1b\x07\x00\u202e\u009b\r") {
				t.Errorf("%v at %v: %q", keys, size, text)
			}
		}
	}
}
