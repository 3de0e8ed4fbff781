package themes_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/themes"
)

// own writes a theme of the user's and returns the directory it lies in.
func own(t testing.TB, name, text string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name+".yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestStyles says how a role and a surface become a look.
func TestStyles(t *testing.T) {
	dir := own(t, "mine", `
description: Mine
palette: {red: "#010203", sea: 200, rose: red}
roles:
  text: sea
  dim: {faint: true}
  strong: {bold: true, foreground: default}
  success: rose
  safe: {foreground: black, background: red}
  off: {italic: true, underline: true, strikethrough: true, reverse: true, bold: false}
  yamlNumber: 7
surfaces:
  cursor: {background: brightBlue, foreground: "#0A0b0C", faint: false}
  added: green
  bar: {reverse: true}
  alarm: {background: default, foreground: brightRed}
`)
	theme, err := themes.Load(dir, "mine", themes.Options{Colors: themes.TrueColor})
	if err != nil {
		t.Fatal(err)
	}
	if theme.Name() != "mine" || theme.Description() != "Mine" || theme.Ground() != "" {
		t.Errorf("%q, %q, %q", theme.Name(), theme.Description(), theme.Ground())
	}
	for name, c := range map[string]struct {
		on   themes.Surface
		role themes.Role
		want string
	}{
		"a number":                         {themes.Screen, themes.Text, "38;5;200"},
		"an attribute keeps the text's":    {themes.Screen, themes.Dim, "2;38;5;200"},
		"the terminal's own":               {themes.Screen, themes.Strong, "1"},
		"a palette names before terminal":  {themes.Screen, themes.Success, "31"},
		"a fallback":                       {themes.Screen, themes.Synced, "31"},
		"a fallback of a fallback":         {themes.Screen, themes.YAMLWord, "37"},
		"attributes":                       {themes.Screen, themes.Off, "3;4;7;38;5;200;4;9"},
		"a background of its own":          {themes.Screen, themes.Safe, "30;48;2;1;2;3"},
		"kept on a surface":                {themes.Cursor, themes.Safe, "30;48;2;1;2;3"},
		"the foreground of a surface":      {themes.Cursor, themes.Success, "38;2;10;11;12;104"},
		"an attribute a surface forbids":   {themes.Cursor, themes.Dim, "38;2;10;11;12;104"},
		"the background of a surface":      {themes.Added, themes.Success, "31;42"},
		"a surface that was left out":      {themes.AddedPart, themes.Success, "31;42"},
		"the one left out is the cursor's": {themes.Found, themes.Success, "38;2;10;11;12;104"},
		"attributes of both":               {themes.Bar, themes.Dim, "7;2;38;5;200"},
		"given, it has no fallback":        {themes.Alarm, themes.Dim, "2;91"},
	} {
		want := "\x1b[" + c.want + "m"
		if start, end := theme.Codes(c.on, c.role); start != want || end != "\x1b[m" {
			t.Errorf("%s: %q and %q, want %q", name, start, end, want)
		}
		if got := theme.Paint(c.on, c.role, "x y"); got != want+"x y\x1b[m" {
			t.Errorf("%s: painted %q", name, got)
		}
		if got := theme.Paint(c.on, c.role, ""); got != "" {
			t.Errorf("%s: nothing was painted %q", name, got)
		}
	}
}

// TestPlainTextCostsNothing makes sure that what needs no codes gets none.
func TestPlainTextCostsNothing(t *testing.T) {
	theme := themes.Default(themes.Options{Colors: themes.TrueColor})
	if start, end := theme.Codes(themes.Screen, themes.Text); start != "" || end != "" {
		t.Errorf("plain text is between %q and %q", start, end)
	}
	if got := theme.Paint(themes.Screen, themes.Text, "x"); got != "x" {
		t.Errorf("plain text is painted %q", got)
	}
}

// TestGround makes sure that a background covers the cells that nobody painted.
func TestGround(t *testing.T) {
	dir := own(t, "mine", `{roles: {text: "#ffffff", key: {bold: true}, hint: default}, surfaces: {screen: "#000010"}}`)
	theme, err := themes.Load(dir, "mine", themes.Options{Colors: themes.TrueColor})
	if err != nil {
		t.Fatal(err)
	}
	const ground = "\x1b[0;38;2;255;255;255;48;2;0;0;16m"
	if got := theme.Ground(); got != ground {
		t.Errorf("the ground is %q", got)
	}
	want := "\x1b[0;1;38;2;255;255;255;48;2;0;0;16m" + "k" + ground
	if got := theme.Paint(themes.Screen, themes.Key, "k"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	// On a ground, the terminal's own colour has to be brought back.
	if got := theme.Paint(themes.Screen, themes.Hint, "h"); got != "\x1b[0;48;2;0;0;16mh"+ground {
		t.Errorf("got %q", got)
	}
	if l := look(t, theme, themes.Cursor, themes.Text); !strings.Contains(l.attributes, "7 ") {
		t.Errorf("a cursor that was left out is not reversed: %+v", l)
	}
}

// TestNoColorKeepsAttributes makes sure that a theme without colours stays the user's.
func TestNoColorKeepsAttributes(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no colours": {"surfaces: {cursor: {underline: true, italic: true}}", "\x1b[3;4;4m"},
		"colours":    {"surfaces: {cursor: {underline: true, background: red}}", "\x1b[7m"},
	} {
		theme, err := themes.Load(own(t, "mine", c.text), "mine", themes.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if start, _ := theme.Codes(themes.Cursor, themes.Text); start != c.want {
			t.Errorf("%s: %q, want %q", name, start, c.want)
		}
	}
}

// TestPaintIsCheap holds Paint, which draws every part of every frame, to one allocation.
func TestPaintIsCheap(t *testing.T) {
	for _, name := range []string{"default", "nord"} {
		theme := load(t, name, themes.Options{Colors: themes.TrueColor})
		var painted string
		allocations := testing.AllocsPerRun(100, func() { painted = theme.Paint(themes.Cursor, themes.Synced, "Deployment api") })
		if allocations > 1 || !strings.Contains(painted, "Deployment api") {
			t.Errorf("%s: %v allocations for %q", name, allocations, painted)
		}
	}
}

func TestDetect(t *testing.T) {
	for name, c := range map[string]struct {
		env  string
		want themes.Profile
	}{
		"nothing":           {"", themes.NoColor},
		"xterm":             {"TERM=xterm", themes.ANSI},
		"256":               {"TERM=xterm-256color", themes.ANSI256},
		"COLORTERM":         {"TERM=xterm-256color COLORTERM=truecolor", themes.TrueColor},
		"the other word":    {"TERM=xterm COLORTERM=24bit", themes.TrueColor},
		"COLORTERM, vague":  {"TERM=xterm COLORTERM=yes", themes.ANSI},
		"NO_COLOR":          {"TERM=xterm-256color COLORTERM=truecolor NO_COLOR=1", themes.NoColor},
		"NO_COLOR, 0":       {"TERM=xterm-256color NO_COLOR=0", themes.NoColor},
		"NO_COLOR, empty":   {"TERM=xterm-256color NO_COLOR=", themes.ANSI256},
		"dumb":              {"TERM=dumb COLORTERM=truecolor", themes.NoColor},
		"vt100":             {"TERM=vt100", themes.NoColor},
		"direct":            {"TERM=xterm-direct", themes.TrueColor},
		"kitty":             {"TERM=xterm-kitty", themes.TrueColor},
		"virtual console":   {"TERM=linux COLORTERM=truecolor", themes.ANSI},
		"tmux":              {"TERM=tmux-256color TMUX=/tmp/tmux", themes.ANSI256},
		"tmux as screen":    {"TERM=screen TMUX=/tmp/tmux", themes.ANSI256},
		"tmux in truecolor": {"TERM=screen-256color TMUX=/tmp/tmux COLORTERM=truecolor", themes.TrueColor},
		"screen":            {"TERM=screen.xterm-256color COLORTERM=truecolor", themes.ANSI256},
		"macOS":             {"TERM=xterm-256color TERM_PROGRAM=Apple_Terminal", themes.ANSI256},
		"iTerm":             {"TERM=xterm-256color TERM_PROGRAM=iTerm.app", themes.TrueColor},
		"Windows":           {"OS=Windows_NT", themes.TrueColor},
		"Windows, NO_COLOR": {"OS=Windows_NT NO_COLOR=1", themes.NoColor},
		"Windows Terminal":  {"WT_SESSION=1 TERM=xterm-256color", themes.TrueColor},
	} {
		env := map[string]string{}
		for _, pair := range strings.Fields(c.env) {
			k, v, _ := strings.Cut(pair, "=")
			env[k] = v
		}
		if got := themes.Detect(func(k string) string { return env[k] }); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func BenchmarkPaint(b *testing.B) {
	for name, theme := range map[string]string{"16 colours": "default", "true colour": "catppuccin-mocha"} {
		b.Run(name, func(b *testing.B) {
			t := load(b, theme, themes.Options{Colors: themes.TrueColor})
			b.ReportAllocs()
			var painted string
			for b.Loop() {
				painted = t.Paint(themes.Screen, themes.Synced, "Deployment api")
			}
			runtime.KeepAlive(&painted)
		})
	}
}

// BenchmarkLoad is a part of the time from start to the first frame.
func BenchmarkLoad(b *testing.B) {
	for name, p := range map[string]themes.Profile{"16 colours": themes.ANSI, "256 colours": themes.ANSI256, "true colour": themes.TrueColor} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				load(b, "catppuccin-mocha", themes.Options{Colors: p})
			}
		})
	}
}
