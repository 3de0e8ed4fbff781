package themes_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"github.com/evenkeel/evenkeel/themes"
)

func TestProblemsHaveTheirPlaces(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"empty":             {"", []string{"1:1: the file is empty"}},
		"comment":           {"# nothing", []string{"1:1: the file is empty"}},
		"a list":            {"- roles", []string{"1:1: the file must be a mapping of keys to values, not a list"}},
		"nothing":           {"roles:", []string{"1:7: roles must be a mapping of keys to values, not empty"}},
		"unknown key":       {"role: {}", []string{`1:1: unknown key "role" (did you mean "roles"?)`}},
		"far key":           {"elephants: {}", []string{`1:1: unknown key "elephants"`}},
		"unknown role":      {"roles:\n  txet: red\n  tab_opn: red", []string{`2:3: unknown role "txet" (did you mean "text"?)`, `3:3: unknown role "tab_opn" (did you mean "tabOpen"?)`}},
		"unknown surface":   {"surfaces: {cursors: red}", []string{`1:12: unknown surface "cursors" (did you mean "cursor"?)`}},
		"unknown attribute": {"roles: {text: {blod: true}}", []string{`1:16: unknown key "blod" in roles.text (did you mean "bold"?)`}},
		"unknown colour":    {"roles: {text: grene}", []string{`1:15: roles.text is "grene", which is no colour (did you mean "green"?)`}},
		"palette colour":    {"palette: {seafoam: 3}\nroles: {text: {foreground: seefoam}}", []string{`2:28: roles.text.foreground is "seefoam", which is no colour (did you mean "seafoam"?)`}},
		"palette of itself": {"palette: {a: 3, b: a}", []string{`1:20: palette.b is "a", which is no colour`}},
		"bare #":            {"surfaces:\n  screen: #112233\n", []string{"2:10: surfaces.screen is empty; a colour that begins with # has to be in quotes"}},
		"short #":           {`roles: {text: "#fff"}`, []string{`1:15: roles.text is "#fff", but a colour in figures is # and six of them, such as #89b4fa`}},
		"number":            {"roles: {text: 256, dim: -1}", []string{"1:15: roles.text is 256, but the numbers of colours are 0 to 255", "1:25: roles.dim is -1, but the numbers of colours are 0 to 255"}},
		"colour list":       {"roles: {text: {foreground: [red]}}", []string{"1:28: roles.text.foreground must be a colour, not a list"}},
		"style list":        {"roles: {text: [red]}", []string{"1:15: roles.text must be a mapping of keys to values, not a list"}},
		"attribute":         {"roles: {text: {bold: yes}}", []string{`1:22: roles.text.bold must be true or false, not "yes"`}},
		"description":       {"description: [x]", []string{"1:14: description must be text, not a list"}},
		"control sequence":  {`description: "\e[31mred"`, []string{"1:14: description must be one line of printable text"}},
		"hostile name":      {`palette: {"\e[31m": nocolour}`, []string{"1:21: palette.\uFFFD[31m is \"nocolour\", which is no colour"}},
		"twice":             {"roles: {text: red}\nroles: {dim: red}", []string{`2:1: the key "roles" is already given in line 1`}},
		"key":               {"? [roles]\n: {}", []string{"1:3: a key of the file must be a word"}},
		"two documents":     {"roles: {}\n---\nroles: {}", []string{"2:1: the file has a second document; a theme is one"}},
		"not YAML":          {"roles: {}\n  text: red", []string{"2:1: not valid YAML: "}},
		"not UTF-8":         {"description: \xff", []string{"1:1: the file is not UTF-8"}},
		"in order":          {"surfaces: {x1: red}\nroles: {x1: red}\npalette: {x: blau}", []string{`1:12: unknown surface "x1"`, `2:9: unknown role "x1"`, `3:14: palette.x is "blau", which is no colour`}},
	} {
		dir := own(t, "mine", c.text)
		_, err := themes.Load(dir, "mine", themes.Options{})
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		lines := strings.Split(err.Error(), "\n")
		if len(lines) != len(c.want) {
			t.Errorf("%s: got %q", name, lines)
			continue
		}
		for i, want := range c.want {
			want = filepath.Join(dir, "mine.yaml") + ":" + want
			if lines[i] != want && !strings.HasSuffix(want, ": ") || !strings.HasPrefix(lines[i], want) {
				t.Errorf("%s:\ngot  %s\nwant %s", name, lines[i], want)
			}
		}
	}
}

func TestSpellings(t *testing.T) {
	for name, text := range map[string]string{
		"BOM":     "\xef\xbb\xbfroles: {error: red}",
		"CRLF":    "roles:\r\n  error: red\r\n",
		"JSON":    `{"roles": {"error": {"foreground": "red"}}}`,
		"anchors": "palette: {a: &c red}\nroles: {error: &r {foreground: *c}, info: *r}",
		"number":  "roles: {error: 1}",
		"quoted":  `roles: {"error": "red"}`,
	} {
		theme, err := themes.Load(own(t, "mine", text), "mine", themes.Options{Colors: themes.ANSI})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := theme.Paint(themes.Screen, themes.Error, "x"); got != "\x1b[31mx\x1b[m" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestTheUsersOwnWin(t *testing.T) {
	dir := own(t, "nord", "description: Not that one\nroles: {text: red}")
	theme, err := themes.Load(dir, "nord", themes.Options{Colors: themes.ANSI})
	if err != nil {
		t.Fatal(err)
	}
	if theme.Description() != "Not that one" || theme.Paint(themes.Screen, themes.Text, "x") != "\x1b[31mx\x1b[m" {
		t.Errorf("%q: %q", theme.Description(), theme.Paint(themes.Screen, themes.Text, "x"))
	}
	theme, err = themes.Load(dir, "dracula", themes.Options{ASCII: true})
	if err != nil || theme.Glyphs().Horizontal != "-" {
		t.Errorf("a shipped one beside it: %v", err)
	}
}

func TestNames(t *testing.T) {
	dir := own(t, "mine", "description: Mine")
	for name, text := range map[string]string{"bad.yaml": "rolls: {}", "notes.txt": "", ".hidden.yaml": "", "nord.yaml": "description: Not that one"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "folder.yaml"), 0o700); err != nil {
		t.Fatal(err)
	}
	choices, err := themes.Names(dir)
	if err != nil {
		t.Fatal(err)
	}
	var ours []string
	last := ""
	for _, c := range choices {
		if c.Name <= last {
			t.Errorf("%s comes after %s", c.Name, last)
		}
		last = c.Name
		if c.Own {
			ours = append(ours, c.Name+" "+c.Description+" "+strconv.FormatBool(c.Err == nil))
		}
	}
	want := []string{"bad  false", "folder  false", "mine Mine true", "nord Not that one true"}
	if strings.Join(ours, ", ") != strings.Join(want, ", ") {
		t.Errorf("got %q, want %q", ours, want)
	}
	if got := len(choices) - len(shipped(t)); got != 3 {
		t.Errorf("%d more than are shipped, want 3", got)
	}
	if _, err := themes.Names(filepath.Join(dir, "none")); err != nil {
		t.Errorf("a directory that there is not: %v", err)
	}
	if choices, err := themes.Names(filepath.Join(dir, "notes.txt")); err == nil || len(choices) != len(shipped(t)) {
		t.Errorf("a directory that is a file: %d choices, %v", len(choices), err)
	}
}

func TestLoadRefuses(t *testing.T) {
	dir := own(t, "large", strings.Repeat("# large\n", 10_000))
	if err := os.Mkdir(filepath.Join(dir, "folder.yaml"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"nrod":         `there is no theme "nrod", neither shipped nor in ` + dir + ` (did you mean "nord"?)`,
		"larg":         `(did you mean "large"?)`,
		"":             `"" cannot be the name of a theme`,
		"../large":     `"../large" cannot be the name of a theme`,
		"a\\b":         `cannot be the name of a theme`,
		".large":       `cannot be the name of a theme`,
		"a\x1b[31m":    `"a\x1b[31m" cannot be the name of a theme`,
		"large":        filepath.Join(dir, "large.yaml") + ": it has more than 65536 bytes",
		"folder":       filepath.Join(dir, "folder.yaml") + ": it is not a regular file",
		"nothing-near": `there is no theme "nothing-near"`,
	} {
		if _, err := themes.Load(dir, name, themes.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", name, err, want)
		}
	}
}

var place = regexp.MustCompile(`mine\.yaml:(\d+):(\d+): `)

// FuzzLoad feeds the loader whatever comes: it says where a file is wrong, or else makes a theme
// that changes nothing but the look of a text.
func FuzzLoad(f *testing.F) {
	f.Add("description: x\npalette: {a: \"#102030\"}\nroles: {text: a, dim: {faint: true}}\nsurfaces: {screen: a, cursor: 3}")
	f.Add("roles: &r {text: red}\nsurfaces: *r")
	f.Add("roles: {text: {bold: maybe}, dim: #fff")
	f.Add("? [a]\n: b\n---\n!!binary x")
	f.Add("a: &a [*a]")
	dir := f.TempDir()
	file := filepath.Join(dir, "mine.yaml")
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, p := range profiles {
			theme, err := themes.Load(dir, "mine", themes.Options{Colors: p})
			if err != nil {
				for _, line := range strings.Split(err.Error(), "\n") {
					m := place.FindStringSubmatch(line)
					if m == nil && len(text) <= 1<<16 {
						t.Errorf("no place in %q", line)
					}
					if m != nil && (m[1] == "0" || m[2] == "0") {
						t.Errorf("places count from 1: %q", line)
					}
					if !utf8.ValidString(line) || strings.ContainsFunc(line, unicode.IsControl) {
						t.Errorf("%q is not fit for a terminal", line)
					}
				}
				return
			}
			for _, on := range allSurfaces() {
				for _, r := range allRoles() {
					painted := theme.Paint(on, r, "text")
					if ansi.Strip(painted) != "text" {
						t.Fatalf("painted %q", painted)
					}
					look(t, theme, on, r)
				}
			}
		}
	})
}
