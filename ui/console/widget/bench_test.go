package widget_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

func BenchmarkRow(b *testing.B) {
	c := canvas(100, 1)
	at := widget.ParseFilter("chk").Highlight("checkout")
	b.ReportAllocs()
	for b.Loop() {
		_ = c.Row(themes.Cursor).Column(themes.Modified, "~", 1).Column(themes.Kind, "Deployment", 12).
			Highlight(themes.Strong, "checkout", at, 40).Gap(1).Column(themes.Modified, "Modified", 10).
			Column(themes.Healthy, "Healthy", 12).Right(themes.Age, "12m").String()
	}
}

func BenchmarkTextView(b *testing.B) {
	ascii := make([]string, 100_000)
	wide := make([]string, 100_000)
	for i := range ascii {
		ascii[i] = fmt.Sprintf("%06d level=info msg=%q component=controller", i, strings.Repeat("reconciled the object ", i%9))
		wide[i] = fmt.Sprintf("%06d %s 界 é", i, strings.Repeat("日本語 ", i%30))
	}
	for _, test := range []struct {
		name   string
		lines  []string
		wrap   bool
		search string
	}{
		{"plain", ascii, false, ""},
		{"wrapped", ascii, true, ""},
		{"searched", ascii, false, "e"},
		{"wide", wide, false, ""},
		{"wide-wrapped", wide, true, "本"},
		{"longest", []string{strings.Repeat("words of a line that never ends ", 10_000)}, false, "e"},
		{"longest-wrapped", []string{strings.Repeat("words of a line that never ends ", 10_000)}, true, "e"},
	} {
		b.Run(test.name, func(b *testing.B) {
			c := canvas(200, 60)
			x := &widget.Text{Paint: func(c widget.Canvas, line string) string {
				return c.Paint(themes.Screen, themes.Age, line[:6]) + c.Paint(themes.Screen, themes.Text, line[6:])
			}}
			x.SetLines(test.lines)
			x.SetWrap(test.wrap)
			x.View(c)
			x.Search(test.search)
			x.Scroll(50_000)
			b.ReportAllocs()
			for b.Loop() {
				x.Scroll(-1)
				x.View(c)
				x.Scroll(1)
			}
		})
	}
}

func BenchmarkBoxDraw(b *testing.B) {
	c := canvas(200, 60)
	box := widget.Box{
		Number: "2", Title: "Drift · production", Note: "3 of 41", Foot: "38 synced", From: 100, Shown: 57, Of: 10_000,
		Tabs: []widget.Tab{{Name: "Diff", Open: true}, {Name: "Fields"}, {Name: "Desired"}, {Name: "Live"}, {Name: "Events"}},
	}
	inside := box.Inside(c).Fill(nil)
	b.ReportAllocs()
	for b.Loop() {
		box.Draw(c, inside)
	}
}

// BenchmarkFilter chooses among as many objects as the console is measured with.
func BenchmarkFilter(b *testing.B) {
	names := make([]string, 10_000)
	for i := range names {
		names[i] = fmt.Sprintf("Deployment checkout-%d shop", i)
	}
	f := widget.ParseFilter("chk9 !status:synced kind:deploy")
	b.ReportAllocs()
	for b.Loop() {
		for _, name := range names {
			f.Match(func(term string) string {
				switch term {
				case "status":
					return "Modified"
				case "kind":
					return "Deployment"
				}
				return name
			})
		}
	}
}
