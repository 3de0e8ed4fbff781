package diffview_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui/diffview"
)

// manifests are texts of about so many lines that differ in so many.
func manifests(lines, changes int) (before, after string) {
	random := rand.New(rand.NewPCG(1, 2))
	old := make([]string, 0, lines)
	for i := 0; len(old) < lines; i++ {
		old = append(old,
			"---", "apiVersion: apps/v1", "kind: Deployment", "metadata:", fmt.Sprintf("  name: service-%d # of many", i),
			"spec:", fmt.Sprintf("  replicas: %d", i%7), "  template:", "    spec:", "      containers:", "      - name: main",
			fmt.Sprintf("        image: registry.example.com/team/service-%d:1.%d.0", i, i%5), "        env:",
			"        - name: GREETING", `          value: "hello, world"`)
	}
	now := append([]string(nil), old...)
	for range changes {
		now[random.IntN(len(now))] += "-changed"
	}
	return strings.Join(old, "\n") + "\n", strings.Join(now, "\n") + "\n"
}

func BenchmarkNew(b *testing.B) {
	large := strings.Repeat("x", 100_000)
	same, differs := manifests(10_000, 100)
	other := strings.ReplaceAll(same, "e", "E")
	few := rand.New(rand.NewPCG(3, 4))
	noise := func() string {
		var s strings.Builder
		for range 10_000 {
			fmt.Fprintf(&s, "line %d\n", few.IntN(50))
		}
		return s.String()
	}
	for _, c := range []struct{ name, before, after string }{
		{"10000 lines, 100 changes", same, differs},
		{"10000 lines, nearly all differ", same, other},
		{"10000 lines of 50, in any order", noise(), noise()},
		{"a line of 100 kB", "data: " + large + " a " + large, "data: " + large + " b " + large},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				diffview.New(diffview.Options{Language: diffview.YAML}, c.before, c.after)
			}
		})
	}
}

func BenchmarkDraw(b *testing.B) {
	same, differs := manifests(10_000, 100)
	wide := strings.Repeat("日本語 émoji 🚢 ", 8_000)
	for _, c := range []struct {
		name, before, after string
		side                bool
	}{
		{"unified", same, differs, false},
		{"side by side", same, differs, true},
		{"lines of 100 kB", strings.Repeat("a: "+strings.Repeat("x", 100_000)+"\n", 60), "b\n", false},
		{"wide lines of 200 kB", strings.Repeat("a: "+wide+"\n", 60), "b\n", false},
	} {
		b.Run(c.name, func(b *testing.B) {
			var v diffview.View
			v.SetSide(c.side)
			v.Set(diffview.New(diffview.Options{Language: diffview.YAML}, c.before, c.after))
			theme := themes.Default(themes.Options{Colors: themes.TrueColor})
			v.Draw(theme, 200, 60, true)
			v.Sideways(200)
			for i := 0; b.Loop(); i++ {
				if i%150 == 149 {
					v.Top()
				}
				v.Page(1)
				v.Draw(theme, 200, 60, true)
			}
		})
	}
}
