package diffview_test

import (
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/diffview"
)

// codes takes out of a line what a theme writes into it.
func codes(t *themes.Theme) *strings.Replacer {
	known := map[string]bool{}
	for on := themes.Screen; on <= themes.Alarm; on++ {
		for role := themes.Text; role <= themes.SignRemoved; role++ {
			start, end := t.Codes(on, role)
			known[start], known[end] = true, true
		}
	}
	delete(known, "")
	var pairs []string
	for code := range known {
		pairs = append(pairs, code, "")
	}
	return strings.NewReplacer(pairs...)
}

// frames draws a view in the sizes and themes, and checks what is drawn.
type frames struct {
	themes []*themes.Theme
	strip  []*strings.Replacer
}

func newFrames() *frames {
	f := &frames{}
	for _, o := range []themes.Options{{}, {Colors: themes.TrueColor}, {Colors: themes.ANSI, ASCII: true}} {
		theme := themes.Default(o)
		f.themes, f.strip = append(f.themes, theme), append(f.strip, codes(theme))
	}
	return f
}

func (f *frames) check(t *testing.T, v *diffview.View, width, height int) {
	t.Helper()
	for i, theme := range f.themes {
		lines := v.Draw(theme, width, height, i%2 == 0)
		if len(lines) != height {
			t.Fatalf("%d lines, not %d", len(lines), height)
		}
		for _, line := range lines {
			if w := ansi.StringWidth(line); w != width {
				t.Fatalf("%d cells, not %d: %q", w, width, line)
			}
			if said := f.strip[i].Replace(line); said != ui.Clean(said) {
				t.Fatalf("not clean: %q", line)
			}
		}
	}
}

// drive does to a view what the bytes say, and checks every frame.
func (f *frames) drive(t *testing.T, v *diffview.View, steps []byte, again *diffview.Diff, query string) {
	width, height := 80, 24
	for _, step := range steps {
		n := int(step>>5) - 3
		switch step & 31 {
		case 0:
			v.Move(n)
		case 1:
			v.Scroll(n * 3)
		case 2:
			v.Page(n)
		case 3:
			v.Sideways(n * 7)
		case 4:
			v.Top()
		case 5:
			v.Bottom()
		case 6:
			v.Next()
		case 7:
			v.Previous()
		case 8:
			v.SetSide(!v.Side())
		case 9:
			v.SetFold(!v.Folded())
		case 10:
			v.Toggle()
		case 11:
			v.Search(query)
		case 12:
			v.NextMatch()
		case 13:
			v.PreviousMatch()
		case 14:
			v.Click(n + 3)
		case 15:
			v.Update(again)
		case 16:
			v.Update(v.Diff())
		case 17:
			v.Set(again)
		case 18, 19, 20:
			width = []int{0, 1, 7, 23, 40, 91, 120, 200}[n+3]
		case 21, 22, 23:
			height = []int{0, 1, 2, 3, 5, 10, 30, 60}[n+3]
		}
		f.check(t, v, width, height)
		if from, shown, of := v.Extent(); from < 0 || shown < 0 || from+shown > of {
			t.Fatalf("%d lines are shown from %d on of %d", shown, from, of)
		}
		if text := v.Copy() + v.Position(); strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && ui.Clean(string(r)) != string(r) }) {
			t.Fatalf("what is copied is not clean: %q", text)
		}
	}
}

func FuzzDraw(f *testing.F) {
	f.Add(live, git, []byte{0, 9, 11, 12, 10, 8, 0xd2, 6, 6, 6, 3, 0x63, 15}, "name")
	f.Add("a: \x1b]0;title\x07\u202e\n", "a: 日本語\t\x9b31m\xff\r\n🚢", []byte{0, 8, 0x72, 3, 0xe3, 3, 0x32}, "")
	f.Add("", "b\n", []byte{0, 8, 0xf2, 17}, "b")
	f.Add("x\n", "x\n", []byte{0, 11, 9, 5, 10, 14}, "x")
	f.Add("\u0301a\n#\ufe0f\u20e3\n", "\u200d👨\u200d\n1\ufe0f\n", []byte{0, 0x12, 0x32, 0x52, 0x72, 8}, "👨")
	check := newFrames()
	f.Fuzz(func(t *testing.T, before, after string, steps []byte, query string) {
		if len(steps) > 40 {
			steps = steps[:40]
		}
		var v diffview.View
		o := yaml(diffview.Options{})
		v.Set(diffview.New(o, before, after))
		o.IgnoreWhitespace = true
		check.drive(t, &v, steps, diffview.New(o, after, before), query)
	})
}

// TestAnyText drives views of random texts, so that an ordinary run of the
// tests tries more than what the fuzzer is seeded with.
func TestAnyText(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	pieces := []string{"a: ", "- ", "  ", "|\n", "'", `"`, "\n", "\n", "\r\n", "\t", "é", "e\u0301", "日本", "🚢", "👨‍👩‍👧", "🇩🇪", "\x1b[31m", "\x1b]8;;x\x07", "\x9b", "\xff",
		"\u200b", "\u202e", "\ufe0f", "\u20e3", "#", "1", "word ", "{x: [1, b]}", "\x00", strings.Repeat("long ", 300), strings.Repeat("長い", 300)}
	text := func() string {
		var b strings.Builder
		for range random.IntN(40) {
			b.WriteString(pieces[random.IntN(len(pieces))])
		}
		return b.String()
	}
	check := newFrames()
	for range 25 {
		before := text()
		after := text()
		if random.IntN(2) == 0 {
			after = strings.Replace(before, "a", pieces[random.IntN(len(pieces))], 2)
		}
		var v diffview.View
		v.Set(diffview.New(yaml(diffview.Options{}), before, after))
		steps := binary.LittleEndian.AppendUint64(nil, random.Uint64())
		check.drive(t, &v, append(steps, 0x92, 8), diffview.New(diffview.Options{}, text(), after), pieces[random.IntN(len(pieces))])
	}
}
