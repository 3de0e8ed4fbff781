package console

import (
	"slices"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine"
)

// promoted answers a request to promote: what is pending goes, and of what fails
// in the source it is told why it does not.
func promoted(env *engine.Environment, p *engine.Plan) {
	p.Source, p.SourceRevision = env.PromotesFrom, head
	for _, i := range env.Images {
		u := engine.ImageUpdate{
			Object: i.Object, Container: i.Container, Repository: i.Repository, From: i.Desired, To: "1.9.0", Behind: 2,
			Ran:     &engine.Ran{Environment: env.PromotesFrom, Since: noon.Add(-2 * time.Hour), Pods: 3, Ready: 3, Health: engine.Healthy},
			Differs: []string{"spec.replicas: 1 there, 3 here"},
		}
		asked := slices.ContainsFunc(p.Images, func(pick engine.ImagePick) bool { return pick.Object == i.Object })
		switch {
		case i.State == engine.ImageFailed:
			u.Ran.Ready, u.Ran.Restarts, u.Ran.Health = 0, 12, engine.Degraded
			u.Reason = "Degraded in staging: 0 of 3 ready, CrashLoopBackOff"
		case i.Hold != nil:
			u.Reason = "held by " + i.Hold.By
		case len(p.Images) > 0 && !asked:
			u.Reason = "not picked"
		}
		if u.Reason != "" && !asked {
			p.Left = append(p.Left, u)
			continue
		}
		p.Updates = append(p.Updates, u)
	}
	p.Gates = []engine.Gate{
		{Name: "source healthy", Met: true},
		{Name: "soaked", Met: true, Reason: "2h of 30m"},
		{Name: "window open", Overridden: p.Reason != "", Reason: "Mon-Fri 08:00-16:00", MetAt: noon.Add(20 * time.Hour)},
	}
}

func TestPromote(t *testing.T) {
	e := newScripted(newerImages())
	c := opened(t, e, 120, 40, nil)
	c.shows("p promote  ")
	c.press("p")
	c.wants(e, engine.Request{Action: engine.ActionPromote, Environment: "production"})
	c.shows("Plan · promote to production", "From staging 3f2a91c. One commit on main", "[x] api/main", "[ ] search/main", "window open not met", "O overrides it with a reason")
	c.press("O")
	c.enter("it burns")
	c.press("enter")
	c.wants(e, engine.Request{Action: engine.ActionPromote, Environment: "production", Override: []string{"window open"}, Reason: "it burns"})
	c.shows("overridden: it burns")
	c.press("tab", "enter")
	c.sees("committed")
}

// TestPromoteMarked: what is marked in 3 Images is what goes.
func TestPromoteMarked(t *testing.T) {
	e := newScripted(newerImages())
	c := opened(t, e, 120, 40, nil)
	c.press("3", "home", "x", "x")
	c.shows("p promote 2 marked")
	c.press("p")
	c.wants(e, engine.Request{Action: engine.ActionPromote, Environment: "production", Images: mains(deployed("production", "api"), deployed("production", "web"))})
}

// TestWhyNothingIsPromoted: the reason is told, and no plan is made.
func TestWhyNothingIsPromoted(t *testing.T) {
	e := newScripted(shop())
	c := opened(t, e, 120, 40, nil)
	c.press("1", "up", "p")
	c.shows("staging promotes from no other environment; choose production, which promotes from it")
	c.press("down", "ctrl+r", "p")
	c.shows("this console is read-only; ctrl+r allows actions again")
	if len(e.requests) > 0 {
		t.Errorf("a plan is asked for: %+v", e.requests)
	}
}
