package command_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/evenkeel/evenkeel/"

// top is the root of the module, seen from here.
var top = filepath.Join("..", "..")

// TestTopLevel keeps the house to its rooms.
func TestTopLevel(t *testing.T) {
	allowed := []string{
		"main.go", "ui", "engine", "kube", "gitrepo", "registry", "themes", "testdata",
		"go.mod", "go.sum", "README.md", "LICENSE",
	}
	entries, err := os.ReadDir(top)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		// What git ignores, such as a binary built in place, is not of the house.
		built := e.Name() == "evenkeel" || e.Name() == "evenkeel.exe" ||
			strings.HasSuffix(e.Name(), ".test") || strings.HasSuffix(e.Name(), ".prof")
		if !slices.Contains(allowed, e.Name()) && !strings.HasPrefix(e.Name(), ".") && !built {
			t.Errorf("%s is at the top level, where only %s are", e.Name(), strings.Join(allowed, ", "))
		}
	}
}

// outside says which rooms alone import a library.
var outside = []struct {
	library string
	rooms   []string
}{
	{"k8s.io/client-go", []string{"kube"}},
	{"github.com/go-git/", []string{"gitrepo"}},
	{"github.com/google/go-containerregistry", []string{"registry"}},
	{"github.com/charmbracelet/", []string{"ui/console", "ui/diffview", "themes"}},
	{"k8s.io/kubernetes", nil},
}

// inside says what of ours a room may import, besides itself.
var inside = map[string][]string{
	"kube":        {},
	"gitrepo":     {},
	"registry":    {},
	"themes":      {},
	"engine":      {"kube", "gitrepo", "registry"},
	"ui":          {"engine", "themes"},
	"ui/command":  {"engine", "themes", "ui", "testdata/demo"},
	"testdata":    {"kube", "gitrepo", "registry"},
	"main":        {"ui", "engine", "kube"},
	"engine/pure": {"kube"},
}

// pure are the parts of the engine that compute and do no I/O: of ours, they
// know the identity of an object and each other.
var pure = []string{"engine/render", "engine/drift", "engine/config", "engine/imagepolicy", "engine/edit", "engine/internal"}

func TestRooms(t *testing.T) {
	seen := map[string]bool{}
	err := filepath.WalkDir(top, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(top, file)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if d.IsDir() {
			// A module of its own has rules of its own.
			if _, err := os.Stat(filepath.Join(file, "go.mod")); err == nil && name != "." || strings.HasPrefix(d.Name(), ".git") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		dir := path.Dir(name)
		seen[roomOf(dir)] = true
		for _, imported := range importsOf(t, file) {
			if why := forbidden(dir, imported); why != "" {
				t.Errorf("%s imports %s: %s", name, imported, why)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, room := range []string{"main", "ui", "ui/command", "engine", "engine/pure", "kube", "gitrepo", "testdata"} {
		if !seen[room] {
			t.Errorf("no file of %s was looked at", room)
		}
	}
}

// TestForbidden makes sure that the rules can be broken.
func TestForbidden(t *testing.T) {
	for _, c := range []struct {
		dir, imported string
		ok            bool
	}{
		{"kube", "k8s.io/client-go/rest", true},
		{"kube/kubetest", "k8s.io/client-go/rest", true},
		{"engine", "k8s.io/client-go/rest", false},
		{"engine/render", "k8s.io/apimachinery/pkg/runtime", true},
		{"engine", "github.com/go-git/go-git/v5", false},
		{"kubernetes", "k8s.io/client-go/rest", false},
		{"ui/command", "github.com/charmbracelet/lipgloss", false},
		{"ui/console", "github.com/charmbracelet/lipgloss", true},
		{"ui/command", module + "kube", false},
		{"ui/command", module + "testdata/demo", true},
		{"ui/console", module + "testdata/demo", false},
		{"ui/console", module + "ui", true},
		{"ui/command", module + "engine/drift", true},
		{"engine", module + "ui", false},
		{"engine", module + "kube", true},
		{"engine/drift", module + "kube", true},
		{"engine/drift", module + "gitrepo", false},
		{"kube", module + "gitrepo", false},
		{"gitrepo", module + "engine", false},
		{"registry/registrytest", module + "registry", true},
		{"themes", module + "engine", false},
		{"testdata/demo", module + "gitrepo", true},
		{"engine", module + "testdata/demo", false},
		{".", module + "ui/command", true},
	} {
		if why := forbidden(c.dir, c.imported); (why == "") != c.ok {
			t.Errorf("%s importing %s: %q", c.dir, c.imported, why)
		}
	}
}

// forbidden says why a package in dir may not import another, or "".
func forbidden(dir, imported string) string {
	room := roomOf(dir)
	own, ours := strings.CutPrefix(imported, module)
	if !ours {
		for _, rule := range outside {
			if strings.HasPrefix(imported, rule.library) &&
				!slices.ContainsFunc(rule.rooms, func(r string) bool { return within(dir, r) }) {
				return "only " + strings.Join(rule.rooms, ", ") + " may"
			}
		}
		return ""
	}
	base, _, _ := strings.Cut(room, "/")
	if within(own, base) && room != "ui/command" && room != "engine/pure" {
		return ""
	}
	if within(own, dir) || room == "engine/pure" && slices.ContainsFunc(pure, func(p string) bool { return within(own, p) }) {
		return ""
	}
	for _, allowed := range inside[room] {
		if within(own, allowed) {
			return ""
		}
	}
	return room + " may import only " + strings.Join(inside[room], ", ")
}

// roomOf is the room of a directory, by the names of inside.
func roomOf(dir string) string {
	switch {
	case dir == ".":
		return "main"
	case within(dir, "ui/command"):
		return "ui/command"
	case slices.ContainsFunc(pure, func(p string) bool { return within(dir, p) }):
		return "engine/pure"
	}
	room, _, _ := strings.Cut(dir, "/")
	return room
}

func within(dir, room string) bool { return dir == room || strings.HasPrefix(dir, room+"/") }

func importsOf(t *testing.T, file string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	var imports []string
	for _, i := range parsed.Imports {
		name, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		imports = append(imports, name)
	}
	return imports
}
