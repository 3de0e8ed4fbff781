package widget_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// numbered makes lines "1", "2" and so on.
func numbered(from, to int) []string {
	var out []string
	for i := from; i <= to; i++ {
		out = append(out, fmt.Sprint(i))
	}
	return out
}

// seen is what one reads in a text, line by line.
func seen(x *widget.Text, c widget.Canvas) string {
	return strings.ReplaceAll(plain(x.View(c)...), "\n", "|")
}

func TestTextMoves(t *testing.T) {
	c := canvas(10, 4)
	x := &widget.Text{}
	x.SetLines(numbered(1, 10))
	check := func(what, want string) {
		t.Helper()
		if got := seen(x, c); got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	do := func(a keymap.Action) {
		t.Helper()
		if !x.Do(a) {
			t.Errorf("%s is not done", a)
		}
	}
	check("at first", "1|2|3|4")
	do(keymap.Up)
	check("up at the top", "1|2|3|4")
	do(keymap.Down)
	check("down", "2|3|4|5")
	do(keymap.PageDown)
	check("a page on", "5|6|7|8")
	do(keymap.PageDown)
	check("not past the end", "7|8|9|10")
	if from, shown, of := x.Position(); from != 6 || shown != 4 || of != 10 {
		t.Errorf("at the end the position is %d, %d of %d", from, shown, of)
	}
	do(keymap.Up)
	check("up", "6|7|8|9")
	do(keymap.PageUp)
	check("a page back", "3|4|5|6")
	do(keymap.Bottom)
	check("the bottom", "7|8|9|10")
	do(keymap.Top)
	check("the top", "1|2|3|4")
	x.Scroll(1)
	x.SetLines(numbered(11, 20))
	check("other lines at the same place", "12|13|14|15")
	x.SetLines(numbered(1, 2))
	check("fewer lines than fit", "1|2||")
	x.SetLines(nil)
	check("no lines", "|||")
	if x.Do(keymap.Sync) {
		t.Error("a text says that it syncs")
	}
}

func TestTextFollows(t *testing.T) {
	c := canvas(10, 3)
	x := &widget.Text{}
	x.SetLines(numbered(1, 5))
	check := func(what, want string, following bool) {
		t.Helper()
		if got := seen(x, c); got != want || x.Following() != following {
			t.Errorf("%s: %s, following: %v; want %s, %v", what, got, x.Following(), want, following)
		}
	}
	check("at first", "1|2|3", false)
	x.Append("6")
	check("appended below", "1|2|3", false)
	x.Follow(true)
	check("following", "4|5|6", true)
	x.Append("7", "8")
	check("appended", "6|7|8", true)
	x.Scroll(-1)
	x.Append("9")
	check("scrolled up", "5|6|7", false)
	x.Bottom()
	x.Append("10")
	check("back at the end", "8|9|10", true)
	x.Follow(false)
	x.Append("11")
	check("no longer", "8|9|10", false)

	x = &widget.Text{}
	x.Follow(true) // before there is anything
	for _, line := range numbered(1, 9) {
		x.Append(line)
	}
	check("from the beginning", "7|8|9", true)
}

func TestTextDropsTheOldest(t *testing.T) {
	c := canvas(40, 4)
	x := &widget.Text{}
	x.SetLimit(5)
	x.SetLines(numbered(1, 4))
	x.Scroll(1)
	x.Search("3")
	if got := seen(x, c); got != "1|2|3|4" {
		t.Errorf("within the limit: %s", got)
	}
	x.Append("5", "6")
	if got := seen(x, c); got != "1 earlier line was dropped|2|3|4" {
		t.Errorf("over the limit: %s", got)
	}
	x.Scroll(2)
	if got := seen(x, c); got != "3|4|5|6" {
		t.Errorf("scrolled: %s", got)
	}
	x.Append("7")
	if got := seen(x, c); got != "3|4|5|6" {
		t.Errorf("what is seen moved: %s", got)
	}
	x.Append(numbered(8, 12)...)
	if got := seen(x, c); got != "7 earlier lines were dropped|8|9|10" || x.Count() != 5 {
		t.Errorf("what was seen is gone: %s, %d lines", got, x.Count())
	}
	if _, at, of := x.Searched(); at != 0 || of != 0 {
		t.Errorf("the match was dropped, but it is %d of %d", at, of)
	}
	x.SetLines(numbered(1, 3))
	if got := seen(x, c); got != "1|2|3|" {
		t.Errorf("a new text: %s", got)
	}
}

// The lines that were given may be shared with others.
func TestTextLeavesGivenLinesAlone(t *testing.T) {
	all := numbered(1, 6)
	x := &widget.Text{}
	x.SetLines(all[:3])
	x.SetLimit(4)
	x.Append("four")
	x.Append("five")
	if want := numbered(1, 6); !slices.Equal(all, want) {
		t.Errorf("%q, want %q", all, want)
	}
}

func TestTextWraps(t *testing.T) {
	c := canvas(10, 4)
	x := &widget.Text{}
	x.SetLines([]string{"one", "the object was refused", "three", "日本語日本語日本語"})
	x.SetWrap(true)
	want := []string{
		"one|the object|↳ was|↳ refused",
		"the object|↳ was|↳ refused|three",
		"↳ was|↳ refused|three|日本語日本",
		"↳ refused|three|日本語日本|↳ 語日本語",
	}
	for i, want := range want {
		if got := seen(x, c); got != want {
			t.Errorf("%d rows down: %s, want %s", i, got, want)
		}
		x.Scroll(1)
	}
	x.Scroll(9)
	if got := seen(x, c); got != want[3] {
		t.Errorf("past the end: %s", got)
	}
	for i := len(want) - 1; i >= 0; i-- {
		if got := seen(x, c); got != want[i] {
			t.Errorf("%d rows down, coming back: %s, want %s", i, got, want[i])
		}
		x.Scroll(-1)
	}
	if x.Do(keymap.Right) {
		t.Error("a wrapped text goes sideways")
	}
	x.SetWrap(false)
	if got, want := seen(x, c), "one|the objec›|three|日本語日 ›"; got != want {
		t.Errorf("not wrapped: %s, want %s", got, want)
	}
}

func TestTextGoesSideways(t *testing.T) {
	c := canvas(10, 3)
	x := &widget.Text{}
	x.SetLines([]string{"0123456789abcdefghij", "short", "日本語日本語日本語"})
	steps := []string{"012345678›|short|日本語日 ›", "‹9abcdefg›|‹|‹ 語日本語", "‹hij|‹|‹"}
	for i, want := range steps {
		if got := seen(x, c); got != want {
			t.Errorf("%d times: %s, want %s", i, got, want)
		}
		x.Do(keymap.Right)
	}
	if got := seen(x, c); got != steps[2] {
		t.Errorf("past the right end: %s", got)
	}
	for range 5 {
		x.Do(keymap.Left)
	}
	if got := seen(x, c); got != steps[0] {
		t.Errorf("back: %s", got)
	}
}

func TestTextSearches(t *testing.T) {
	c := canvas(30, 3)
	x := &widget.Text{Paint: func(c widget.Canvas, line string) string { return c.Paint(themes.Screen, themes.Strong, line) }}
	lines := numbered(1, 20)
	lines[4], lines[15] = "an Error here: error", "ERROR"
	x.SetLines(lines)
	x.View(c)
	if n := x.Search("error"); n != 3 {
		t.Errorf("%d matches without regard to capitals, want 3", n)
	}
	strong := func(s string) string { return c.Paint(themes.Screen, themes.Strong, s) }
	current := func(s string) string { return c.Paint(themes.Found, themes.Match, s) }
	match := func(s string) string { return c.Paint(themes.Screen, themes.Match, s) }
	want := strong("an ") + current("Error") + strong(" here: ") + match("error")
	if view := x.View(c); !slices.ContainsFunc(view, func(l string) bool { return strings.HasPrefix(l, want) }) {
		t.Errorf("%q has no line %q", view, want)
	}
	for i, want := range []int{2, 3, 1, 2} {
		x.NextMatch()
		if _, at, of := x.Searched(); at != want || of != 3 {
			t.Errorf("%d times next: %d of %d, want %d", i+1, at, of, want)
		}
	}
	x.PreviousMatch()
	x.PreviousMatch()
	if view := strings.Join(x.View(c), "\n"); !strings.Contains(view, current("ERROR")) {
		t.Errorf("backwards from the first, the last is not seen: %q", view)
	}
	x.Append("one more Error")
	if _, at, of := x.Searched(); at != 3 || of != 4 {
		t.Errorf("after one more: %d of %d", at, of)
	}
	if n := x.Search("Error"); n != 2 {
		t.Errorf("%d matches with a capital, want 2", n)
	}
	if n := x.Search("nowhere"); n != 0 || x.NextMatch() {
		t.Errorf("%d matches of what is not there", n)
	}
	x.Search("")
	if view := strings.Join(x.View(c), ""); strings.Contains(view, match("")) && match("") != "" {
		t.Error("the search does not end")
	}
}

func TestTextShowsAMatchFarToTheRight(t *testing.T) {
	c := canvas(20, 2)
	for _, wrap := range []bool{false, true} {
		x := &widget.Text{}
		x.SetLines([]string{"", strings.Repeat("日本 ", 50) + "needle" + strings.Repeat(" more", 20), "", "", "end"})
		x.SetWrap(wrap)
		x.View(c)
		x.Search("NEEDLE")
		if x.Search("needle"); !strings.Contains(seen(x, c), "needle") {
			t.Errorf("wrapped %v: %s", wrap, seen(x, c))
		}
	}
}

func TestTextBreaksLinesThatAreTooLong(t *testing.T) {
	c := canvas(20, 3)
	x := &widget.Text{}
	long := strings.Repeat("日", 2000)
	x.SetLines([]string{"first", long, "last"})
	if x.Count() <= 3 {
		t.Errorf("%d lines", x.Count())
	}
	var got strings.Builder
	for from := range x.Count() {
		x.Top()
		x.Scroll(from)
		c := c.Size(5000, 1)
		got.WriteString(seen(x, c))
	}
	if got.String() != "first"+long+"last" {
		t.Error("something is lost where a line is broken")
	}
}

func TestTextMeasuresOnlyWhatIsSeen(t *testing.T) {
	painted := 0
	x := &widget.Text{Paint: func(_ widget.Canvas, line string) string { painted++; return line }}
	x.SetLines(numbered(1, 100_000))
	c := canvas(80, 40)
	x.View(c)
	x.Bottom()
	x.View(c)
	if painted != 80 {
		t.Errorf("two views of 40 lines painted %d", painted)
	}
}
