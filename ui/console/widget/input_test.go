package widget_test

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

func typed(s string) tea.KeyMsg { return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(s)} }

func TestInput(t *testing.T) {
	var in widget.Input
	for _, step := range []struct {
		key     tea.KeyMsg
		value   string
		changed bool
	}{
		{typed("a"), "a", true},
		{typed("pi"), "api", true},
		{tea.KeyMsg{Type: tea.KeyLeft}, "api", false},
		{typed("日"), "ap日i", true},
		{tea.KeyMsg{Type: tea.KeyBackspace}, "api", true},
		{tea.KeyMsg{Type: tea.KeyCtrlA}, "api", false},
		{tea.KeyMsg{Type: tea.KeySpace, Runes: []rune{' '}}, " api", true},
		{tea.KeyMsg{Type: tea.KeyCtrlK}, " ", true},
		{tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("x\x1b[31my\nz"), Paste: true}, " xy z", true},
		{tea.KeyMsg{Type: tea.KeyCtrlU}, "", true},
		{tea.KeyMsg{Type: tea.KeyCtrlV}, "", false},
		{tea.KeyMsg{Type: tea.KeyEnter}, "", false},
	} {
		if changed := in.Key(step.key); changed != step.changed || in.Value() != step.value {
			t.Errorf("after %q: %q, changed %v; want %q, %v", step.key, in.Value(), changed, step.value, step.changed)
		}
	}
	in.SetValue("production\x1b[2J")
	if in.Value() != "production" {
		t.Errorf("the value set is %q", in.Value())
	}
}

func TestInputShowsWhereOneTypes(t *testing.T) {
	c := canvas(6, 1)
	cursor := func(s string) string { return c.Paint(themes.Cursor, themes.Text, s) }
	var in widget.Input
	in.Hint = "name"
	if got, want := in.View(c), cursor("n")+c.Paint(themes.Screen, themes.Dim, "ame")+"  "; got != want {
		t.Errorf("empty: %q, want %q", got, want)
	}
	in.SetValue("abcdefgh")
	if got, want := in.View(c), "defgh"+cursor(" "); got != want {
		t.Errorf("at the end: %q, want %q", got, want)
	}
	in.Key(tea.KeyMsg{Type: tea.KeyHome})
	if got, want := in.View(c), cursor("a")+"bcdef"; got != want {
		t.Errorf("at the beginning: %q, want %q", got, want)
	}
	in.SetValue("日本語")
	if got, want := in.View(c), " 本語"+cursor(" "); got != want {
		t.Errorf("half a character: %q, want %q", got, want)
	}
	c.Focused = false
	if got := in.View(c); strings.Contains(got, "\x1b") {
		t.Errorf("a cursor without the focus: %q", got)
	}
}
