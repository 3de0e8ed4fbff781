package widget_test

import (
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/ui/console/widget"
)

func TestBox(t *testing.T) {
	tabs := []widget.Tab{{Name: "Diff"}, {Name: "Fields"}, {Name: "Desired", Open: true}, {Name: "Live"}, {Name: "Events"}}
	for name, test := range map[string]struct {
		box           widget.Box
		width, height int
		want          string
	}{
		"all of it": {
			widget.Box{Number: "2", Title: "Drift", Note: "3 of 41", Foot: "38 synced", From: 0, Shown: 2, Of: 4}, 34, 4, `
╭─ 2 Drift · 3 of 41 ────────────╮
│                                ┃
│                                │
╰──────────────────── 38 synced ─╯`,
		},
		"wide title": {widget.Box{Title: "日本語"}, 9, 2, `
╭─ 日… ─╮
╰───────╯`},
		"tabs": {widget.Box{Title: "api", Tabs: tabs}, 45, 3, `
╭─ api ─────────────────────────────────────╮
│  Diff   Fields   Desired   Live   Events  │
╰───────────────────────────────────────────╯`},
		"tabs without room": {widget.Box{Title: "api", Tabs: tabs}, 25, 3, `
╭─ api ─────────────────╮
│‹ Fields   Desired    ›│
╰───────────────────────╯`},
		"no room for tabs": {widget.Box{Title: "api", Tabs: tabs}, 10, 2, `
╭─ api ──╮
╰────────╯`},
		"no room": {widget.Box{Title: "api", Tabs: tabs}, 3, 2, "\n\n"},
	} {
		t.Run(name, func(t *testing.T) {
			c := canvas(test.width, test.height)
			if got := "\n" + plain(test.box.Draw(c, nil)...); got != test.want {
				t.Errorf("%s\nwant:%s", got, test.want)
			}
		})
	}
}

// What is drawn and what is clicked come from the same places: so each tab that
// can be read is found under its letters.
func TestTabAt(t *testing.T) {
	names := []string{"Diff", "Fields", "日本", "Live", "Events"}
	for width := range 60 {
		for open := range names {
			var b widget.Box
			for i, n := range names {
				b.Tabs = append(b.Tabs, widget.Tab{Name: n, Open: i == open})
			}
			c := canvas(width, 5)
			line := plain(b.Draw(c, nil)[1])
			for i, n := range names {
				before, _, there := strings.Cut(line, n)
				if !there {
					if i == open && width > 14 {
						t.Errorf("the open tab %s is not in %q", n, line)
					}
					continue
				}
				if got := b.TabAt(c, widget.Width(before)-1); got != i {
					t.Errorf("%q: %d is where %s is", line, got, n)
				}
			}
			if before, _, there := strings.Cut(line, "›"); there {
				if next := b.TabAt(c, widget.Width(before)-1); next <= 0 || strings.Contains(line, names[next]) {
					t.Errorf("%q: › leads to %d", line, next)
				}
			}
			for _, x := range []int{-1, width, width + 9} {
				if got := b.TabAt(c, x); got != -1 {
					t.Errorf("%d is at column %d of %d", got, x, width)
				}
			}
		}
	}
}

func TestThumbTouchesAnEndOnlyWhenItIsSeen(t *testing.T) {
	const shown, of = 10, 1000
	thumb := theme.Glyphs().ScrollThumb
	for from := 0; from <= of-shown; from++ {
		c := canvas(10, 12)
		lines := widget.Box{From: from, Shown: shown, Of: of}.Draw(c, nil)
		if first := strings.Contains(lines[1], thumb); first != (from == 0) {
			t.Fatalf("from %d: at the top: %v", from, first)
		}
		if last := strings.Contains(lines[10], thumb); last != (from == of-shown) {
			t.Fatalf("from %d: at the end: %v", from, last)
		}
	}
}
