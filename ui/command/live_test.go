package command

import (
	"bytes"
	"strings"
	"testing"

	"github.com/clipperhouse/displaywidth"

	"github.com/evenkeel/evenkeel/engine"
)

func TestLive(t *testing.T) {
	first := only(theSnapshot(), []string{"staging", "production"})
	first.Activity = []engine.Event{{At: noon, Environment: "staging", Text: "synced 19ce4aa"}}
	second := *first
	second.Activity = append(second.Activity[:1:1], engine.Event{At: noon, Text: "fetch failed: not found", Trouble: true})

	var b bytes.Buffer
	l := live{p: &printer{w: &b}, told: map[string]standing{}}
	l.show(first)
	l.show(first)
	l.show(&second)
	out := b.String()
	for line, times := range map[string]int{"synced 19ce4aa": 1, "fetch failed": 1, "staging     = Synced": 1} {
		if got := strings.Count(out, line); got != times {
			t.Errorf("%q is told %d times, want %d:\n%s", line, got, times, out)
		}
	}
	if strings.Contains(out, "\x1b") {
		t.Errorf("a log is not drawn over:\n%q", out)
	}
}

// TestAfter: only news are news, and all of them when the last one seen has
// fallen out of the log.
func TestAfter(t *testing.T) {
	a, b, c := engine.Event{Text: "a"}, engine.Event{Text: "b"}, engine.Event{Text: "c"}
	for _, test := range []struct {
		events []engine.Event
		last   engine.Event
		want   int
	}{
		{[]engine.Event{a, b, c}, engine.Event{}, 3},
		{[]engine.Event{a, b, c}, b, 1},
		{[]engine.Event{a, b, c}, c, 0},
		{[]engine.Event{b, c}, a, 2},
		{nil, engine.Event{}, 0},
	} {
		if got := after(test.events, test.last); len(got) != test.want {
			t.Errorf("after %v of %v come %v", test.last, test.events, got)
		}
	}
}

// TestParagraph: nothing is cut, and nothing is wider than it may be.
func TestParagraph(t *testing.T) {
	const text = "put right Deployment.apps shop-production/checkout: spec.replicas 4 → 2, set by kubectl (scale)"
	for _, limit := range []int{5, 10, 11, 20, 40, 80, 200} {
		var b bytes.Buffer
		p := printer{w: &b, limit: limit}
		p.paragraph(logIndent, span{"12:00:00  ", dim}, span{text, plain})
		for line := range strings.Lines(b.String()) {
			if w := displaywidth.String(strings.TrimSuffix(line, "\n")); w > limit {
				t.Errorf("a line takes %d columns of %d: %q", w, limit, line)
			}
		}
		if got, want := strings.Join(strings.Fields(b.String()), ""), strings.Join(strings.Fields("12:00:00 "+text), ""); got != want {
			t.Errorf("in %d columns it says %q", limit, b.String())
		}
	}
}
