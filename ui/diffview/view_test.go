package diffview_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/ui/diffview"
)

// counted are so many lines, of which some differ.
func counted(lines int, differ ...int) (before, after string) {
	var texts [2]strings.Builder
	for i := 1; i <= lines; i++ {
		fmt.Fprintf(&texts[0], "line %d\n", i)
		for _, d := range differ {
			if d == i {
				texts[1].WriteString("changed ")
			}
		}
		fmt.Fprintf(&texts[1], "line %d\n", i)
	}
	return texts[0].String(), texts[1].String()
}

func viewOf(before, after string) *diffview.View {
	v := &diffview.View{}
	v.Set(diffview.New(diffview.Options{}, before, after))
	frame(v)
	return v
}

// frame draws 20 lines of 60 cells.
func frame(v *diffview.View) string { return plain(v.Draw(standard(false), 60, 20, true)) }

// at is the text of the line that the cursor is at.
func at(v *diffview.View) string {
	for line := range strings.Lines(frame(v)) {
		if strings.HasPrefix(line, "❯") {
			return strings.TrimSpace(line[len("❯"):])
		}
	}
	return ""
}

func TestChanges(t *testing.T) {
	v := viewOf(counted(300, 50, 150, 151, 290))
	expect := func(did bool, want bool, position, line string) {
		t.Helper()
		if did != want || v.Position() != position || !strings.HasSuffix(at(v), line) {
			t.Errorf("%v, %s, at %q; not %v, %s, at %q", did, v.Position(), at(v), want, position, line)
		}
	}
	expect(true, true, "change 1 of 3", "- line 50")
	expect(v.Previous(), false, "change 1 of 3", "- line 50")
	expect(v.Next(), true, "change 2 of 3", "- line 150")
	v.Move(3)
	expect(true, true, "change 2 of 3", "+ changed line 151")
	expect(v.Previous(), true, "change 2 of 3", "- line 150")
	expect(v.Next(), true, "change 3 of 3", "- line 290")
	expect(v.Next(), false, "change 3 of 3", "- line 290")
	v.Top()
	expect(true, true, "3 changes", "line 1")
	v.Bottom()
	expect(true, true, "3 changes", "line 300")
	expect(v.Previous(), true, "change 3 of 3", "- line 290")
	if v.Changes() != 3 {
		t.Errorf("%d changes", v.Changes())
	}
}

func TestNothingToShow(t *testing.T) {
	var v diffview.View
	for _, set := range []func(){func() {}, func() { v.Set(nil) }, func() { v.Set(diffview.New(diffview.Options{}, "a\n", "a\n")) }} {
		set()
		frame(&v)
		v.Move(1)
		v.Scroll(1)
		v.SetFold(true)
		v.Click(0)
		if v.Next() || v.Previous() || v.Toggle() || v.NextMatch() || v.Search("a") != 0 || v.Changes() != 0 || v.Copy() != "" {
			t.Error("something was there")
		}
		if at, of := v.Matches(); at != 0 || of != 0 {
			t.Errorf("at match %d of %d", at, of)
		}
	}
}

func TestScrolling(t *testing.T) {
	v := viewOf(counted(100, 5))
	v.Scroll(50)
	if got := at(v); !strings.HasSuffix(got, "line 52") {
		t.Errorf("the cursor is at %q, not close to the first line in sight", got)
	}
	if from, shown, of := v.Extent(); from != 50 || shown != 20 || of != 101 {
		t.Errorf("%d lines from %d of %d", shown, from, of)
	}
	v.Scroll(500)
	if frame := frame(v); !strings.Contains(frame, "line 100") || !strings.Contains(frame, "line 82") {
		t.Errorf("the end leaves room:\n%s", frame)
	}
	v.Page(-1)
	v.Page(1)
	if frame := frame(v); !strings.Contains(frame, "line 100") {
		t.Errorf("there and back is not here:\n%s", frame)
	}
	v.Click(4)
	if got := at(v); !strings.HasSuffix(got, "line 85") {
		t.Errorf("the cursor is at %q", got)
	}
}

func TestFolds(t *testing.T) {
	v := viewOf(counted(100, 50))
	v.SetFold(true)
	if frame := frame(v); strings.Count(frame, "unchanged") != 2 || !strings.Contains(frame, "⋯ 46 lines unchanged") {
		t.Fatalf("not folded:\n%s", frame)
	}
	if v.Toggle() {
		t.Error("there is no fold at the change")
	}
	v.Top()
	if !v.Toggle() || !strings.HasSuffix(at(v), "line 1") || strings.Count(frame(v), "unchanged") != 0 {
		t.Errorf("not opened:\n%s", frame(v))
	}
	v.Move(20)
	if !v.Toggle() || !strings.HasSuffix(at(v), "46 lines unchanged") {
		t.Errorf("not closed:\n%s", frame(v))
	}
	v.Click(0)
	if strings.Contains(frame(v), "46 lines") {
		t.Errorf("a click does not open:\n%s", frame(v))
	}
	v.Bottom()
	v.SetFold(false)
	if got := at(v); !strings.HasSuffix(got, "line 54") {
		t.Errorf("the cursor is at %q, not at the first line of what was folded", got)
	}
}

func TestSearch(t *testing.T) {
	v := viewOf(counted(300, 150))
	v.SetFold(true)
	v.Top()
	if n := v.Search("LINE 29"); n != 0 {
		t.Errorf("%d in capitals", n)
	}
	if n := v.Search("line 29"); n != 11 {
		t.Errorf("%d found, not 11", n)
	}
	expect := func(match int, line string) {
		t.Helper()
		if now, of := v.Matches(); now != match || of != 11 || !strings.HasSuffix(at(v), line) {
			t.Errorf("match %d of %d, at %q; not %d, at %q", now, of, at(v), match, line)
		}
	}
	expect(1, "line 29")
	v.NextMatch()
	expect(2, "line 290")
	v.PreviousMatch()
	v.PreviousMatch()
	expect(11, "line 299")
	v.NextMatch()
	expect(1, "line 29")
	if n := v.Search("changed"); n != 1 || !strings.HasSuffix(at(v), "+ changed line 150") {
		t.Errorf("%d found, at %q", n, at(v))
	}
	v.Search("")
	if v.NextMatch() {
		t.Error("the search did not end")
	}
}

func TestSearchScrollsSideways(t *testing.T) {
	long := strings.Repeat("x", 50_000)
	v := viewOf("a\n"+long+"日本 needle "+long+"\n", "b\n"+long+"日本 needle "+long+"\n")
	v.Search("needle")
	if !strings.Contains(frame(v), "日本 needle") {
		t.Errorf("not in sight:\n%s", frame(v))
	}
	v = viewOf(long+" was "+long, long+" is "+long)
	if frame := frame(v); !strings.Contains(frame, " was ") || !strings.Contains(frame, " is ") {
		t.Errorf("what changed is not in sight:\n%s", frame)
	}
}

func TestUpdateStays(t *testing.T) {
	v := viewOf(counted(100, 30, 60))
	v.Next()
	v.Move(5)
	was, line := frame(v), at(v)
	before, after := counted(100, 60)
	v.Update(diffview.New(diffview.Options{}, before, after))
	if got := at(v); got != line {
		t.Errorf("the cursor went from %q to %q", line, got)
	}
	if is := frame(v); is != was {
		t.Errorf("what is shown went from\n%s\nto\n%s", was, is)
	}
	v.Update(diffview.New(diffview.Options{}, after, after))
	if !strings.Contains(frame(v), "= before and after are the same") {
		t.Errorf("still differs:\n%s", frame(v))
	}
}

func TestSideFallsBack(t *testing.T) {
	v := viewOf(counted(100, 50))
	v.SetSide(true)
	const says = "side by side needs 90 columns; unified here"
	if got := frame(v); !strings.Contains(got, says) || !strings.HasSuffix(at(v), "- line 50") {
		t.Errorf("narrow:\n%s", got)
	}
	wide := plain(v.Draw(standard(false), 90, 20, true))
	if strings.Contains(wide, says) || !strings.Contains(wide, "- line 50") || !strings.Contains(wide, "│  50 + changed line 50") {
		t.Errorf("wide:\n%s", wide)
	}
	if created := viewOf("", "a\n"); !created.Side() {
		created.SetSide(true)
		if got := frame(created); strings.Contains(got, says) {
			t.Errorf("there is nothing to set beside:\n%s", got)
		}
	}
}

func TestCopy(t *testing.T) {
	v := viewOf(counted(30, 10, 20))
	v.Next()
	const hunk = " line 17\n line 18\n line 19\n-line 20\n+changed line 20\n line 21\n line 22\n line 23\n"
	if got := v.Copy(); got != hunk {
		t.Errorf("copied\n%s\nnot\n%s", got, hunk)
	}
	v.Top()
	if got := v.Copy(); !strings.HasSuffix(got, "@@ 3 lines unchanged @@\n"+hunk+"@@ 7 lines unchanged @@\n") {
		t.Errorf("copied\n%s", got)
	}
}
