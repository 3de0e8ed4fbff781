package keymap

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"
)

// Name spells a key as a person knows it, in letters that every terminal shows.
func Name(k string) string {
	if strings.HasSuffix(k, " ") {
		return strings.TrimSuffix(k, " ") + "space"
	}
	return k
}

// shown spells the keys of one action.
func shown(keys []string) string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = Name(k)
	}
	return strings.Join(names, " ")
}

// Split takes keys apart that were read at once, as happens when they are typed
// faster than frames are drawn. What was pasted stays one piece.
func Split(msg tea.KeyMsg) []tea.KeyMsg {
	if msg.Paste || msg.Type != tea.KeyRunes || len(msg.Runes) < 2 {
		return []tea.KeyMsg{msg}
	}
	out := make([]tea.KeyMsg, len(msg.Runes))
	for i, r := range msg.Runes {
		out[i] = tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}, Alt: msg.Alt}
	}
	return out
}

// normal spells a key as Bubble Tea does, whatever people write.
func normal(k string) string {
	if utf8.RuneCountInString(k) == 1 {
		return k
	}
	if letter, ok := strings.CutPrefix(k, "shift+"); ok && utf8.RuneCountInString(letter) == 1 {
		return strings.ToUpper(letter)
	}
	if rest, ok := strings.CutPrefix(k, "alt+"); ok {
		return "alt+" + normal(rest)
	}
	k = strings.ToLower(k)
	switch k {
	case "space":
		return " "
	case "escape":
		return "esc"
	case "return":
		return "enter"
	case "pageup":
		return "pgup"
	case "pagedown", "pgdn":
		return "pgdown"
	case "del":
		return "delete"
	case "ctrl+space":
		return "ctrl+@"
	// These three are the same bytes on a terminal.
	case "ctrl+i":
		return "tab"
	case "ctrl+m":
		return "enter"
	case "ctrl+[":
		return "esc"
	}
	return k
}

// sent tells whether there is a key that a terminal sends under that name.
func sent(k string) bool {
	k = strings.TrimPrefix(k, "alt+")
	if r, size := utf8.DecodeRuneInString(k); size == len(k) {
		return size > 0 && r != utf8.RuneError && unicode.IsGraphic(r)
	}
	for _, name := range named() {
		if k == name {
			return true
		}
	}
	return false
}

// named lists the keys that have a name and not a character.
func named() []string {
	var names []string
	// Bubble Tea numbers control characters as they are, and other keys below.
	for t := tea.KeyType(unicode.MaxASCII); t.String() != "" || t >= 0; t-- {
		if t != tea.KeyRunes && t != tea.KeySpace && t.String() != "" {
			names = append(names, t.String())
		}
	}
	return names
}

// didYouMean is the end of a sentence that names the word that was probably
// meant, or nothing when none is near.
func didYouMean(word string, known []string) string {
	best, least := "", max(1, len(word)/3)+1
	for _, k := range known {
		if d := distance(strings.ToLower(word), k); d < least {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}

// distance counts the bytes that must be put in, taken out or exchanged to make
// one word of the other; two that changed places count once.
func distance(a, b string) int {
	before, above, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before, above, row = above, row, before
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(above[j+1]+1, row[j]+1, above[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
