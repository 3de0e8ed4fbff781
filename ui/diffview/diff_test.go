package diffview_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui/diffview"
)

// texts takes a difference with all its context apart into both texts.
func texts(t *testing.T, unified string) (before, after string, changed int) {
	t.Helper()
	var sides [2]strings.Builder
	for _, line := range strings.SplitAfter(strings.TrimSuffix(unified, "\n"), "\n") {
		line = strings.TrimSuffix(line, "\n")
		if line == "" {
			continue
		}
		switch line[0] {
		case '-':
			sides[0].WriteString(line[1:] + "\n")
			changed++
		case '+':
			sides[1].WriteString(line[1:] + "\n")
			changed++
		case ' ':
			sides[0].WriteString(line[1:] + "\n")
			sides[1].WriteString(line[1:] + "\n")
		default:
			t.Fatalf("a line of neither text: %q", line)
		}
	}
	return sides[0].String(), sides[1].String(), changed
}

// reassembles checks that a difference has all of both texts, and returns how
// many lines differ.
func reassembles(t *testing.T, before, after string) int {
	t.Helper()
	d := diffview.New(diffview.Options{Context: 1 << 30}, before, after)
	if d.Changes() == 0 {
		if before != after {
			t.Fatalf("%q and %q differ", before, after)
		}
		return 0
	}
	was, is, changed := texts(t, d.Unified())
	if was != before || is != after {
		t.Fatalf("the difference of\n%q\n%q\nis of\n%q\n%q", before, after, was, is)
	}
	return changed
}

func TestBothTextsAreWhole(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 3000 {
		before, after := someLines(random, 4, 12), someLines(random, 4, 12)
		changed := reassembles(t, join(before), join(after))
		if least := len(before) + len(after) - 2*common(before, after); changed != least {
			t.Fatalf("%q and %q differ in %d lines, not in %d", before, after, least, changed)
		}
	}
	for range 100 {
		reassembles(t, join(someLines(random, 30, 300)), join(someLines(random, 30, 300)))
	}
}

// TestManyLines has more different lines than there are runes before the
// surrogates, and than fit into two bytes.
func TestManyLines(t *testing.T) {
	before := make([]string, 80_000)
	for i := range before {
		before[i] = fmt.Sprintf("line %d", i)
	}
	after := slices.Clone(before)
	for i := 0; i < len(after); i += 997 {
		after[i] += " changed"
	}
	for _, i := range []int{3, 55_300, 79_990} {
		after[i], after[i+1] = after[i+1], after[i]
	}
	if got, want := reassembles(t, join(before), join(after)), 2*(len(before)/997+1+3); got != want {
		t.Errorf("%d lines differ, not %d", got, want)
	}
}

// TestLargeBlock has more lines in one place than are compared with each other.
func TestLargeBlock(t *testing.T) {
	var texts [2]strings.Builder
	for i := range 300 {
		fmt.Fprintf(&texts[0], "key-%d: was\n", i)
		fmt.Fprintf(&texts[1], "key-%d: is\n", i)
	}
	theme := vivid(t)
	var v diffview.View
	v.Set(diffview.New(diffview.Options{}, texts[0].String(), texts[1].String()))
	expectDrawn(t, theme, strings.Join(v.Draw(theme, 80, 20, false), "\n"), themes.RemovedPart, themes.Text, "was")
}

func TestRunsBeginWhereTheyAreRead(t *testing.T) {
	const item = "  - name: %s\n    value: x\n"
	list := func(names ...string) string {
		text := "env:\n"
		for _, n := range names {
			text += fmt.Sprintf(item, n)
		}
		return text + "args: []\n"
	}
	for _, c := range []struct{ name, before, after, want string }{
		{"an item put in", list("a", "c"), list("a", "b", "c"), "+  - name: b\n+    value: x\n"},
		{"an item taken out", list("a", "b", "c"), list("a", "c"), "-  - name: b\n-    value: x\n"},
		{"one of the same", list("a"), list("a", "a"), "+  - name: a\n+    value: x\n"},
		{"a document", "---\na: 1\n---\na: 3\n", "---\na: 1\n---\na: 2\n---\na: 3\n", "+---\n+a: 2\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got strings.Builder
			for line := range strings.Lines(diffview.New(diffview.Options{}, c.before, c.after).Unified()) {
				if line[0] != ' ' && line[0] != '@' {
					got.WriteString(line)
				}
			}
			if got.String() != c.want {
				t.Errorf("what differs is\n%s\nnot\n%s", got.String(), c.want)
			}
		})
	}
}

func TestWhitespace(t *testing.T) {
	ignore := diffview.Options{IgnoreWhitespace: true}
	for _, c := range []struct {
		before, after   string
		heeded, ignored int
	}{
		{"a: b\n", "a: b\n", 0, 0},
		{"a: b\n", "a:   b \n", 1, 0},
		{"a: b\n", "\ta: b\r\n", 2, 0},
		{"a: b\n", "a: b", 1, 0},
		{"a: 1\nb: 2\nc: 3\n", "a:  1\nb: 2\nc: 4\n", 2, 1},
		{"a: 1\r\nb: 1\r\n", "a: 1\nb: 2\n", 2, 1},
		{"", "\n", 1, 1},
	} {
		if got := diffview.New(diffview.Options{}, c.before, c.after).Changes(); got != c.heeded {
			t.Errorf("%q and %q have %d changes, not %d", c.before, c.after, got, c.heeded)
		}
		if got := diffview.New(ignore, c.before, c.after).Changes(); got != c.ignored {
			t.Errorf("but for white space %q and %q have %d changes, not %d", c.before, c.after, got, c.ignored)
		}
	}
}

// TestWhatDiffersLooksDifferent has lines that differ in what cannot be seen.
func TestWhatDiffersLooksDifferent(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 5))
	parts := []string{"key: ", "value", " ", "  ", "\t", "\r", "\u200b", "\u200d", "\u00a0", "\ufe0f", "\u202e", "\x1b[31m", "\x1b", "\x9b", "\xff",
		"e\u0301", "é", "\u2028", "\x00", `\t`, `\u200b`, `\x20`, `\\`, "\u0301", "\u3000", "日", "🚢"}
	line := func() string {
		s := "key: "
		for range 1 + random.IntN(4) {
			s += parts[random.IntN(len(parts))]
		}
		return s
	}
	for range 3000 {
		before, after := line(), line()
		if before == after {
			continue
		}
		unified := diffview.New(diffview.Options{}, "0\n"+before+"\n0\n", "0\n"+after+"\n0\n").Unified()
		lines := strings.Split(unified, "\n")
		if len(lines) != 5 || lines[1][1:] == lines[2][1:] {
			t.Fatalf("%q and %q look the same:\n%s", before, after, unified)
		}
	}
}

// someLines are up to most lines of so many kinds.
func someLines(random *rand.Rand, kinds, most int) []string {
	lines := make([]string, random.IntN(most+1))
	for i := range lines {
		n := random.IntN(kinds)
		lines[i] = strings.Repeat("  ", n%3) + string(rune('a'+n))
	}
	return lines
}

func join(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return strings.Join(lines, "\n") + "\n"
}

// common is how many lines two texts have in common, in order.
func common(a, b []string) int {
	best := make([][]int, len(a)+1)
	best[len(a)] = make([]int, len(b)+1)
	for i := len(a) - 1; i >= 0; i-- {
		best[i] = make([]int, len(b)+1)
		for j := len(b) - 1; j >= 0; j-- {
			best[i][j] = max(best[i+1][j], best[i][j+1])
			if a[i] == b[j] {
				best[i][j] = best[i+1][j+1] + 1
			}
		}
	}
	return best[0][0]
}
