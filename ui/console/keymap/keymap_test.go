package keymap_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/ui/console/keymap"
)

func actions(m *keymap.Map) []keymap.Action {
	var all []keymap.Action
	for _, s := range m.Sections() {
		all = append(all, s.Actions...)
	}
	return all
}

func typed(s string) tea.KeyMsg { return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(s)} }

func TestEveryStandardKeyStartsOneAction(t *testing.T) {
	m, wrong := keymap.New(nil)
	if len(wrong) > 0 {
		t.Errorf("the standard keys are wrong: %q", wrong)
	}
	owner := map[string]keymap.Action{}
	for _, a := range actions(m) {
		b := m.Binding(a)
		if len(b.Keys()) == 0 || b.Help().Key == "" || m.Help(a) == "" || m.Key(a) == "" {
			t.Errorf("%s: keys %q, help %q, name %q", a, b.Keys(), b.Help(), m.Key(a))
		}
		for _, k := range b.Keys() {
			if other, taken := owner[k]; taken {
				t.Errorf("%q starts %s and %s", k, other, a)
			}
			owner[k] = a
		}
	}
	for _, s := range m.Sections() {
		if s.Name == "" {
			t.Errorf("a section without a name: %v", s.Actions)
		}
	}
}

// A standard key that no terminal sends, and one that only loses a clash, would
// both be dropped in silence; so each is bound on purpose once more.
func TestStandardKeysAreSentByTerminals(t *testing.T) {
	m, _ := keymap.New(nil)
	for _, a := range actions(m) {
		keys := m.Binding(a).Keys()
		again, wrong := keymap.New(map[string][]string{string(a): keys})
		if len(wrong) > 0 || !slices.Equal(again.Binding(a).Keys(), keys) {
			t.Errorf("%s: %q became %q: %q", a, keys, again.Binding(a).Keys(), wrong)
		}
	}
}

func TestAction(t *testing.T) {
	m, _ := keymap.New(nil)
	for _, test := range []struct {
		msg  tea.KeyMsg
		want keymap.Action
	}{
		{typed("j"), keymap.Down},
		{typed("G"), keymap.Bottom},
		{typed("g"), keymap.Top},
		{tea.KeyMsg{Type: tea.KeyDown}, keymap.Down},
		{tea.KeyMsg{Type: tea.KeyEnter}, keymap.Open},
		{tea.KeyMsg{Type: tea.KeyCtrlS}, keymap.SyncPick},
		{tea.KeyMsg{Type: tea.KeyShiftTab}, keymap.PrevPanel},
		{tea.KeyMsg{Type: tea.KeySpace, Runes: []rune{' '}}, keymap.Mark},
		{typed("ü"), ""},
		{tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("j"), Alt: true}, ""},
		{tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("s"), Paste: true}, ""},
	} {
		if got := m.Action(test.msg); got != test.want {
			t.Errorf("%q starts %q, want %q", test.msg, got, test.want)
		}
	}
}

func TestSettings(t *testing.T) {
	type keys = map[string][]string
	for name, test := range map[string]struct {
		settings keys
		want     map[keymap.Action][]string
		wrong    []string
	}{
		"override": {
			settings: keys{"sync": {"i", "F5"}},
			want:     map[keymap.Action][]string{keymap.Sync: {"i", "f5"}},
		},
		"a standard key goes to another": {
			settings: keys{"sync": {"j"}},
			want:     map[keymap.Action][]string{keymap.Sync: {"j"}, keymap.Down: {"down"}},
		},
		"spellings": {
			settings: keys{"sync": {"Ctrl+T", "shift+u", "escape", "pgdn", "space", "alt+space", "alt+U"}, "back": {"q"}, "quit": {"Q"}},
			want: map[keymap.Action][]string{
				keymap.Sync: {"ctrl+t", "U", "esc", "pgdown", " ", "alt+ ", "alt+U"}, keymap.PageDown: {"ctrl+f", "ctrl+d"},
			},
		},
		"written twice": {
			settings: keys{"sync": {"i", "i"}},
			want:     map[keymap.Action][]string{keymap.Sync: {"i"}},
		},
		"no key on purpose": {
			settings: keys{"theme": {}},
			want:     map[keymap.Action][]string{keymap.Theme: nil},
		},
		"unknown action": {
			settings: keys{"snyc": {"i"}, "zzzzzz": {"v"}},
			wrong: []string{
				`keys.snyc: there is no action of that name (did you mean "sync"?)`,
				`keys.zzzzzz: there is no action of that name`,
			},
		},
		"clash": {
			settings: keys{"sync": {"i"}, "refresh": {"i", "m"}},
			want:     map[keymap.Action][]string{keymap.Sync: {"i"}, keymap.Refresh: {"m"}},
			wrong:    []string{`keys.refresh: i is a key of sync too, which keeps it`},
		},
		"no such key": {
			settings: keys{"sync": {"ctl+t", "", "hyper+q", "U"}},
			want:     map[keymap.Action][]string{keymap.Sync: {"U"}},
			wrong: []string{
				`keys.sync: no terminal sends "ctl+t" (did you mean "ctrl+t"?)`,
				`keys.sync: no terminal sends ""`,
				`keys.sync: no terminal sends "hyper+q"`,
			},
		},
		"the last key is lost": {
			settings: keys{"sync": {"T"}},
			want:     map[keymap.Action][]string{keymap.Sync: {"T"}, keymap.Theme: nil},
			wrong:    []string{`keys.theme: no key is left for it; the palette still has it`},
		},
		"keys that are kept": {
			settings: keys{"open": {}, "sync": {"q", "ctrl+c"}, "back": {"nonsense"}},
			want:     map[keymap.Action][]string{keymap.Open: {"enter"}, keymap.Back: {"esc"}, keymap.Quit: {"q"}, keymap.Sync: {"ctrl+c"}},
			wrong: []string{
				`keys.back: no terminal sends "nonsense"`,
				`keys.open: it cannot do without a key and keeps enter`,
				`keys.back: it cannot do without a key and keeps esc`,
				`keys.quit: it cannot do without a key and keeps q`,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			m, wrong := keymap.New(test.settings)
			if !reflect.DeepEqual(wrong, test.wrong) {
				t.Errorf("wrong:\n%s\nwant:\n%s", strings.Join(wrong, "\n"), strings.Join(test.wrong, "\n"))
			}
			for a, want := range test.want {
				if got := m.Binding(a).Keys(); !slices.Equal(got, want) {
					t.Errorf("%s has %q, want %q", a, got, want)
				}
			}
		})
	}
}

func TestWhatStartsAnActionIsWhatItsBindingSays(t *testing.T) {
	m, _ := keymap.New(map[string][]string{"sync": {"q", "ctrl+c", "down"}, "open": {"up", "k"}})
	for _, a := range actions(m) {
		for _, k := range m.Binding(a).Keys() {
			msg := typed(k)
			for _, t := range []tea.KeyType{tea.KeyUp, tea.KeyDown, tea.KeyCtrlC} {
				if t.String() == k {
					msg = tea.KeyMsg{Type: t}
				}
			}
			if got := m.Action(msg); got != a {
				t.Errorf("%q is a key of %s and starts %q", k, a, got)
			}
		}
	}
}

func TestSplit(t *testing.T) {
	pasted := tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("jj"), Paste: true}
	for name, test := range map[string]struct {
		msg  tea.KeyMsg
		want []tea.KeyMsg
	}{
		"one":    {typed("j"), []tea.KeyMsg{typed("j")}},
		"three":  {typed("2jG"), []tea.KeyMsg{typed("2"), typed("j"), typed("G")}},
		"pasted": {pasted, []tea.KeyMsg{pasted}},
		"named":  {tea.KeyMsg{Type: tea.KeyEnter}, []tea.KeyMsg{{Type: tea.KeyEnter}}},
	} {
		if got := keymap.Split(test.msg); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

func TestName(t *testing.T) {
	for k, want := range map[string]string{" ": "space", "alt+ ": "alt+space", "enter": "enter", "G": "G"} {
		if got := keymap.Name(k); got != want {
			t.Errorf("%q is called %q, want %q", k, got, want)
		}
	}
}
