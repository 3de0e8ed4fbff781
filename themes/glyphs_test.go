package themes_test

import (
	"reflect"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/evenkeel/evenkeel/themes"
)

// TestGlyphsFillOneCell looks at every glyph there is, and so at those to come.
func TestGlyphsFillOneCell(t *testing.T) {
	for name, ascii := range map[string]bool{"Unicode": false, "ASCII": true} {
		glyphs := reflect.ValueOf(*themes.Default(themes.Options{ASCII: ascii}).Glyphs())
		for i := range glyphs.NumField() {
			field := glyphs.Type().Field(i).Name
			all := []string{}
			switch v := glyphs.Field(i).Interface().(type) {
			case string:
				all = append(all, v)
			case []string:
				all = v
			}
			if len(all) == 0 {
				t.Errorf("%s: %s is empty", name, field)
			}
			for _, g := range all {
				if ansi.StringWidth(g) != 1 || ansi.StringWidth(g+g) != 2 {
					t.Errorf("%s: %s is %q, which does not fill one cell", name, field, g)
				}
				if ascii && (len(g) != 1 || g[0] <= ' ' || g[0] > '~') {
					t.Errorf("%s: %s is %q, which is not ASCII", name, field, g)
				}
			}
		}
	}
}

// TestMarksTellApart makes sure that a state can be told by its mark alone.
func TestMarksTellApart(t *testing.T) {
	for name, ascii := range map[string]bool{"Unicode": false, "ASCII": true} {
		g := themes.Default(themes.Options{ASCII: ascii}).Glyphs()
		for what, marks := range map[string][]string{
			"drift":  {g.Synced, g.Modified, g.Missing, g.Extra, g.Pending},
			"health": {g.Healthy, g.Progressing, g.Degraded, g.Suspended, g.Unknown, g.None},
			"images": {g.Newer, g.Suspended, g.Modified, g.Progressing, g.Degraded, g.Synced},
			"bar":    {g.BarFull, g.BarPart, g.BarEmpty},
		} {
			seen := map[string]bool{}
			for _, m := range marks {
				if seen[m] {
					t.Errorf("%s: %q stands for two states of %s", name, m, what)
				}
				seen[m] = true
			}
		}
	}
}
