package diffview_test

import (
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui/diffview"
)

// expectDrawn checks that a text is drawn in one piece, in the look of a role.
func expectDrawn(t *testing.T, theme *themes.Theme, frame string, on themes.Surface, role themes.Role, text string) {
	t.Helper()
	if start, end := theme.Codes(on, role); !strings.Contains(frame, start+text+end) {
		t.Errorf("%q is not drawn as %d on %d in\n%q", text, role, on, frame)
	}
}

// vivid has a look of its own for most roles on all surfaces.
func vivid(t *testing.T) *themes.Theme {
	t.Helper()
	theme, err := themes.Load("", "dracula", themes.Options{Colors: themes.TrueColor})
	if err != nil {
		t.Fatal(err)
	}
	return theme
}

func TestYAMLColours(t *testing.T) {
	const key, str, num, word, comment, mark = themes.YAMLKey, themes.YAMLString, themes.YAMLNumber, themes.YAMLWord, themes.YAMLComment, themes.YAMLMark
	type piece struct {
		role themes.Role
		text string
	}
	theme := vivid(t)
	for _, c := range []struct {
		text string
		want []piece
	}{
		{"name: api # why", []piece{{key, "name"}, {mark, ":"}, {str, "api"}, {comment, "# why"}}},
		{"- port: 8080", []piece{{mark, "-"}, {key, "port"}, {num, "8080"}}},
		{"- 1.5e3", []piece{{num, "1.5e3"}}},
		{"mode: 0x1f", []piece{{num, "0x1f"}}},
		{"cpu: 100m", []piece{{str, "100m"}}},
		{"on: true", []piece{{word, "true"}}},
		{"off: null", []piece{{word, "null"}}},
		{"url: http://x/#y", []piece{{key, "url"}, {str, "http://x/#y"}}},
		{`quoted: "a: \"b\" # c"`, []piece{{str, `"a: \"b\" # c"`}}},
		{`single: 'it''s' # c`, []piece{{str, `'it''s'`}, {comment, "# c"}}},
		{`"a key": 1`, []piece{{key, `"a key"`}, {num, "1"}}},
		{`args: ["-v", 3, on]`, []piece{{mark, "["}, {str, `"-v"`}, {mark, ","}, {num, "3"}, {str, "on"}, {mark, "]"}}},
		{`{"a": {"b": false}}`, []piece{{key, `"a"`}, {key, `"b"`}, {word, "false"}}},
		{"base: &base !!map", []piece{{mark, "&base"}, {mark, "!!map"}}},
		{"<<: *base", []piece{{key, "<<"}, {mark, "*base"}}},
		{"--- # begins", []piece{{mark, "---"}, {comment, "# begins"}}},
		{"# a: b", []piece{{comment, "# a: b"}}},
		{"script: |-\n  a: 1\n\n  # b\nnext: 2", []piece{{key, "script"}, {mark, "|-"}, {str, "  a: 1"}, {str, "  # b"}, {key, "next"}, {num, "2"}}},
		{"- run: >\n    c: 3\n  name: d", []piece{{str, "    c: 3"}, {key, "name"}, {str, "d"}}},
		{"- |\n  e: 4\n- 5", []piece{{str, "  e: 4"}, {num, "5"}}},
		{"text: \"f\n  g: 6\"\nh: 7", []piece{{str, `"f`}, {str, `  g: 6"`}, {key, "h"}, {num, "7"}}},
	} {
		var v diffview.View
		v.Set(diffview.New(yaml(diffview.Options{}), c.text+"\n0\n", c.text+"\n"))
		frame := strings.Join(v.Draw(theme, 80, 8, false), "\n")
		for _, p := range c.want {
			expectDrawn(t, theme, frame, themes.Screen, p.role, p.text)
		}
	}
}

func TestChangedWords(t *testing.T) {
	for _, c := range []struct {
		name, before, after string
		removed, added      string // the parts, separated by spaces; "" for none
	}{
		{"a value", "replicas: 9", "replicas: 3", "9", "3"},
		{"whole words", "level: debug", "level: debugging", "debug", "debugging"},
		{"a version", "image: registry/api:1.8.2", "image: registry/api:1.9.0", "8.2", "9.0"},
		{"two of them", "one: two three four five six", "ones: two three four five seven", "one six", "ones seven"},
		{"only added", "args: [a]", "args: [a, b]", "", ",_b"},
		{"nothing alike", "first thing", "other words altogether", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			theme := vivid(t)
			var v diffview.View
			v.Set(diffview.New(diffview.Options{}, "same\n"+c.before+"\n", "same\n"+c.after+"\n"))
			frame := strings.Join(v.Draw(theme, 80, 8, false), "\n")
			for on, want := range map[themes.Surface]string{themes.RemovedPart: c.removed, themes.AddedPart: c.added} {
				start, end := theme.Codes(on, themes.Text)
				var got []string
				for _, rest := range strings.Split(frame, start)[1:] {
					part, _, _ := strings.Cut(rest, end)
					got = append(got, strings.ReplaceAll(part, " ", "_"))
				}
				if strings.Join(got, " ") != want {
					t.Errorf("%q is set off, not %q, in\n%q", got, want, frame)
				}
			}
		})
	}
}

func TestFinds(t *testing.T) {
	theme := vivid(t)
	var v diffview.View
	v.SetSide(true)
	v.Set(diffview.New(diffview.Options{}, "find and find\nold\n", "find and find\nnew\n"))
	v.Search("find")
	v.NextMatch()
	lines := v.Draw(theme, 100, 4, false)
	expectDrawn(t, theme, lines[1], themes.Screen, themes.Match, "find")
	start, _ := theme.Codes(themes.Found, themes.Match)
	if n := strings.Count(lines[1], start+"find"); n != 2 { // once on each side
		t.Errorf("the match that one stands at is set off %d times in %q", n, lines[1])
	}
}
