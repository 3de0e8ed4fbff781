package widget_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

var theme = themes.Default(themes.Options{Colors: themes.TrueColor})

func canvas(width, height int) widget.Canvas {
	return widget.Canvas{
		Theme: theme, Now: time.Unix(1_800_000_000, 0), Width: width, Height: height, Focused: true,
	}
}

// plain is a canvas whose lines are what one reads, for tests that are about
// text. Monochrome still has attributes, so they are stripped.
func plain(lines ...string) string {
	for i, l := range lines {
		lines[i] = strings.TrimRight(ansi.Strip(l), " ")
	}
	return strings.Join(lines, "\n")
}

// atoms are what hard texts are made of: characters of no cell, of two, of
// several runes, and those that join with their neighbours.
var atoms = []string{
	"a", "B", "word", "longer-word", " ", "  ", ":", "é", "e\u0301", "日本", "語", "界", "👩\u200d👩\u200d👧", "🇩🇪", "👍🏽", "1\ufe0f\u20e3",
	"\u0301", "ﬀ", "한", "العربية", "…", "─", "\u200d", "☸️", "x",
}

func text(r *rand.Rand, n int) string {
	var b strings.Builder
	for range r.IntN(n + 1) {
		b.WriteString(atoms[r.IntN(len(atoms))])
	}
	return b.String()
}

func texts(r *rand.Rand, count, n int) []string {
	out := make([]string, r.IntN(count+1))
	for i := range out {
		out[i] = text(r, n)
	}
	return out
}

// random calls a test with random sizes, small ones above all.
func random(t *testing.T, test func(r *rand.Rand, c *widget.Canvas) (name string, lines []string)) {
	t.Helper()
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 7))
		c := canvas(r.IntN(r.IntN(120)+1), r.IntN(r.IntN(40)+1))
		c.Focused = r.IntN(2) == 0
		name, lines := test(r, &c)
		if len(lines) != c.Height {
			t.Fatalf("seed %d: %s is %d lines high, not %d", seed, name, len(lines), c.Height)
		}
		for i, line := range lines {
			if w := ansi.StringWidth(line); w != c.Width {
				t.Fatalf("seed %d: line %d of %s is %d cells wide, not %d: %q", seed, i, name, w, c.Width, line)
			}
		}
	}
}

// one makes lines of a view that is one line.
func one(c *widget.Canvas, line func() string) []string {
	c.Height = 1
	return []string{line()}
}

func TestBoxIsExactlyAsLargeAsItsCanvas(t *testing.T) {
	random(t, func(r *rand.Rand, c *widget.Canvas) (string, []string) {
		b := widget.Box{Title: text(r, 20), Note: text(r, 10), Foot: text(r, 10)}
		if r.IntN(2) == 0 {
			b.Number = "1"
		}
		b.Of = r.IntN(1000)
		b.From, b.Shown = r.IntN(b.Of+1), r.IntN(b.Of+1)
		open := r.IntN(5)
		for i := range r.IntN(6) {
			b.Tabs = append(b.Tabs, widget.Tab{Name: text(r, 4), Open: i == open})
		}
		return fmt.Sprintf("%+v", b), b.Draw(*c, b.Inside(*c).Fill(nil))
	})
}

func TestTextIsExactlyAsLargeAsItsCanvas(t *testing.T) {
	random(t, func(r *rand.Rand, c *widget.Canvas) (string, []string) {
		x := &widget.Text{}
		if r.IntN(2) == 0 {
			x.Paint = func(c widget.Canvas, line string) string {
				key, value, ok := strings.Cut(line, ":")
				if !ok {
					return line
				}
				return c.Paint(themes.Screen, themes.YAMLKey, key) + ":" + c.Paint(themes.Screen, themes.Strong, value)
			}
		}
		lines := texts(r, 60, 60)
		x.SetLines(lines)
		x.SetWrap(r.IntN(2) == 0)
		x.SetLimit(r.IntN(60))
		x.View(*c)
		for range r.IntN(20) {
			switch r.IntN(9) {
			case 0:
				x.Scroll(r.IntN(40) - 20)
			case 1:
				x.Right()
			case 2:
				x.Left()
			case 3:
				x.Bottom()
			case 4:
				x.Append(texts(r, 5, 30)...)
			case 5:
				x.Search(text(r, 1))
			case 6:
				x.NextMatch()
			case 7:
				x.Follow(r.IntN(2) == 0)
			case 8:
				*c = c.Size(r.IntN(100), r.IntN(30))
				x.View(*c)
			}
		}
		return fmt.Sprintf("%q", lines), x.View(*c)
	})
}

func TestRowsAreExactlyAsWideAsTheirCanvas(t *testing.T) {
	random(t, func(r *rand.Rand, c *widget.Canvas) (string, []string) {
		on := themes.Surface(r.IntN(int(themes.Alarm) + 1))
		row := c.Row(on)
		name := text(r, 20)
		filter := widget.ParseFilter(text(r, 2))
		n := r.IntN(20)
		lines := one(c, func() string {
			// A part that may join with the one before is apart from it.
			return row.Highlight(themes.Text, name, filter.Highlight(name), n).Gap(1).
				Column(themes.Dim, text(r, 5), r.IntN(10)).ColumnRight(themes.Dim, text(r, 5), r.IntN(10)).
				Bar(r.IntN(20), r.IntN(20), r.IntN(20)).Gap(1).Right(themes.Age, "12m").String()
		})
		return fmt.Sprintf("%q", name), lines
	})
}

func TestLinesAreExactlyAsWideAsTheirCanvas(t *testing.T) {
	random(t, func(r *rand.Rand, c *widget.Canvas) (string, []string) {
		s := text(r, 30)
		switch r.IntN(3) {
		case 0:
			var in widget.Input
			in.Hint = text(r, 5)
			in.SetValue(s)
			return fmt.Sprintf("%q", s), one(c, func() string { return in.View(*c) })
		case 1:
			return fmt.Sprintf("%q", s), one(c, func() string {
				return c.Pad(themes.Cursor, c.Paint(themes.Cursor, themes.Text, s)+c.Paint(themes.Cursor, themes.Dim, " "+s))
			})
		}
		return fmt.Sprintf("%q", s), one(c, func() string {
			if r.IntN(2) == 0 {
				return c.FitRight(s, c.Width)
			}
			return c.Fit(s, c.Width)
		})
	})
}

func TestFit(t *testing.T) {
	c := canvas(0, 0)
	for _, test := range []struct {
		s           string
		width       int
		left, right string
	}{
		{"api", 3, "api", "api"},
		{"api", 5, "api  ", "  api"},
		{"checkout", 5, "chec…", "chec…"},
		{"日本語", 6, "日本語", "日本語"},
		{"日本語", 5, "日本…", "日本…"},
		{"日本語", 4, "日… ", "日… "},
		{"api", 1, "…", "…"},
		{"api", 0, "", ""},
		{"api", -1, "", ""},
		{"", 2, "  ", "  "},
	} {
		if got := c.Fit(test.s, test.width); got != test.left {
			t.Errorf("Fit(%q, %d) is %q, want %q", test.s, test.width, got, test.left)
		}
		if got := c.FitRight(test.s, test.width); got != test.right {
			t.Errorf("FitRight(%q, %d) is %q, want %q", test.s, test.width, got, test.right)
		}
	}
}

func TestHighlight(t *testing.T) {
	c := canvas(12, 1)
	match := func(s string) string { return c.Paint(themes.Screen, themes.Match, s) }
	for name, test := range map[string]struct {
		s, filter, want string
	}{
		"some":     {"checkout", "co", match("c") + "heck" + match("o") + "ut    "},
		"cut away": {"a-long-name-with-z", "z", "a-long-name…"},
		"kept":     {"a-long-name-with-z", "lz", "a-" + match("l") + "ong-name…"},
		"none":     {"api", "", "api         "},
		"combined": {"e\u0301a", "e", match("e\u0301") + "a          "},
	} {
		got := c.Row(themes.Screen).Highlight(themes.Text, test.s, widget.ParseFilter(test.filter).Highlight(test.s), 12).String()
		if got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestWrap(t *testing.T) {
	for name, test := range map[string]struct {
		s     string
		width int
		want  []string
	}{
		"empty":           {"", 10, []string{""}},
		"fits":            {"one two", 10, []string{"one two"}},
		"words":           {"the object was refused", 11, []string{"the object", "was refused"}},
		"exactly":         {"one two", 3, []string{"one", "two"}},
		"a long word":     {"abcdefghij", 4, []string{"abcd", "efgh", "ij"}},
		"wide":            {"日本語界", 5, []string{"日本", "語界"}},
		"wider than that": {"日本", 1, []string{"日", "本"}},
		"no room":         {"a", 0, nil},
	} {
		if got := widget.Wrap(test.s, test.width); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestWrapLosesNothing(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 1))
		s, width := text(r, 40), 2+r.IntN(30)
		got := widget.Wrap(s, width)
		if have, want := strings.ReplaceAll(strings.Join(got, ""), " ", ""), strings.ReplaceAll(s, " ", ""); have != want {
			t.Fatalf("%q became %q", want, have)
		}
		for _, line := range got {
			if ansi.StringWidth(line) > width {
				t.Fatalf("%q is wider than %d", line, width)
			}
		}
	}
}

func TestSpinnerTurnsWithTime(t *testing.T) {
	c := canvas(1, 1)
	seen := map[string]bool{}
	for range c.Glyphs().Spinner {
		seen[c.Spinner()] = true
		c.Now = c.Now.Add(100 * time.Millisecond)
	}
	if len(seen) != len(c.Glyphs().Spinner) {
		t.Errorf("a turn shows %d frames of %d", len(seen), len(c.Glyphs().Spinner))
	}
	c.Now = time.Time{}
	if c.Spinner() == "" {
		t.Error("there is no frame at time zero")
	}
}

func TestBar(t *testing.T) {
	for _, test := range []struct {
		width, done, of int
		want            string
	}{
		{15, 3, 6, "━━━━━━━╸───────"},
		{9, 1, 6, "━╸───────"},
		{15, 6, 6, "━━━━━━━━━━━━━━━"},
		{15, 9, 6, "━━━━━━━━━━━━━━━"},
		{15, 0, 0, "───────────────"},
		{0, 3, 6, ""},
	} {
		c := canvas(test.width, 1)
		if got := plain(c.Row(themes.Screen).Bar(test.done, test.of, test.width).String()); got != test.want {
			t.Errorf("%d of %d in %d: %q, want %q", test.done, test.of, test.width, got, test.want)
		}
	}
}
