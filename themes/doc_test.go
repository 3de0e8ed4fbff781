package themes_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/evenkeel/evenkeel/themes"
)

// named is a line of the lists in the package comment: a role or a surface, and what it looks like
// when it is left out.
var named = regexp.MustCompile(`(?m)^//\t([a-z]\w*)(?: → (\w+))?(?:   .*)?$`)

// TestDocumentation holds the package comment, which is the reference for writers of themes, to what
// the loader does.
func TestDocumentation(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	lines := named.FindAllStringSubmatch(string(text), -1)
	roles, surfaces := allRoles(), allSurfaces()
	if len(lines) != len(roles)+len(surfaces) {
		t.Fatalf("%d roles and surfaces are described, want %d and %d", len(lines), len(roles), len(surfaces))
	}
	for i, line := range lines {
		name, fallback := line[1], line[2]
		if fallback == "" {
			fallback = name
		}
		section := "roles"
		if i >= len(roles) {
			section = "surfaces"
		}
		dir := own(t, "mine", section+": {"+fallback+": 200}")
		theme, err := themes.Load(dir, "mine", themes.Options{Colors: themes.TrueColor})
		if err != nil {
			t.Errorf("%s is not as described: %v", name, err)
			continue
		}
		if section == "roles" {
			if got := theme.Paint(themes.Screen, roles[i], "x"); got != "\x1b[38;5;200mx\x1b[m" {
				t.Errorf("%s does not look like %s: %q", name, fallback, got)
			}
			continue
		}
		on := surfaces[i-len(roles)]
		if l := look(t, theme, on, themes.Text); l.background == nil {
			t.Errorf("%s does not look like %s: %+v", name, fallback, l)
		}
	}
}
