package console

import (
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/engine"
)

// hash is a commit of the history here.
func hash(begin string) string { return begin + strings.Repeat("0", 40-len(begin)) }

func TestCompareFromTheKeyboard(t *testing.T) {
	e := newScripted(shop())
	c := opened(t, e, 200, 60, nil)
	compared := func(from, to engine.At) {
		t.Helper()
		if n := len(e.compared); n == 0 || e.compared[n-1] != [2]engine.At{from, to} {
			t.Errorf("want %v to be compared with %v, got %v", from, to, e.compared)
		}
	}
	staging, production := engine.At{Environment: "staging"}, engine.At{Environment: "production"}
	c.press("c")
	c.shows("Compare staging → production")
	compared(staging, production)
	c.press("esc", "4")
	c.shows("History · production")
	c.press("c") // the newest one is what production is now
	c.shows("it is what production is now: x marks a commit to compare others with")
	c.press("down", "c")
	c.shows("Compare a81c0de → production now")
	compared(engine.At{Environment: "production", Revision: hash("a81c0de")}, production)
	c.press("esc", "x", "down", "down")
	c.shows("a81c0de marked")
	if o := c.comparing(c.environment()); o.Label != "compare with a81c0de" || o.Disabled != "" {
		t.Errorf("what is offered: %+v", o)
	}
	c.press("c") // the older one comes first
	compared(engine.At{Environment: "production", Revision: hash("19ce4aa")}, engine.At{Environment: "production", Revision: hash("a81c0de")})
	c.press("esc", "up", "up", "up", "c")
	compared(engine.At{Environment: "production", Revision: hash("a81c0de")}, engine.At{Environment: "production", Revision: hash("3f2a91c")})
}

func TestCompareNeedsAnother(t *testing.T) {
	s := shop()
	s.Environments = s.Environments[1:]
	c := opened(t, newScripted(s), 120, 40, nil)
	c.press("c")
	c.shows("there is no other environment to compare production with")
}

func TestSearchFromTheKeyboard(t *testing.T) {
	c := opened(t, newScripted(shop()), 120, 40, nil)
	c.press("4", "/")
	c.enter("replicas")
	c.shows("1 found: replicas", "raise web replicas")
	c.hides("promote web 1.25.3")
	c.press("esc")
	c.shows("promote web 1.25.3")
}
