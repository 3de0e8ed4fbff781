package detail

import (
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// finder is a search in what a pane shows, with its line at the bottom.
type finder struct {
	in     searched
	input  widget.Input
	typing bool
}

// searched is what can be searched.
type searched interface {
	Search(words string) int
	NextMatch() bool
	PreviousMatch() bool
	matches() (at, of int)
}

// on tells whether something is searched for.
func (f *finder) on() bool { return f.typing || f.input.Value() != "" }

// key takes a key while the words are typed.
func (f *finder) key(k tea.KeyMsg) {
	switch k.Type {
	case tea.KeyEnter:
		f.typing = false
	case tea.KeyEsc, tea.KeyCtrlC:
		f.end()
	default:
		if f.input.Key(k) {
			f.in.Search(f.input.Value())
		}
	}
}

// end forgets the search.
func (f *finder) end() {
	f.typing = false
	f.input.SetValue("")
	f.in.Search("")
}

// again searches in a text that was replaced.
func (f *finder) again() {
	if words := f.input.Value(); words != "" {
		f.in.Search(words)
	}
}

// do begins a search, walks through what was found, and ends it.
func (f *finder) do(a keymap.Action) bool {
	switch {
	case a == keymap.Filter:
		f.typing = true
	case !f.on():
		return false
	case a == keymap.NextChange:
		f.in.NextMatch()
	case a == keymap.PrevChange:
		f.in.PreviousMatch()
	case a == keymap.Back:
		f.end()
	default:
		return false
	}
	return true
}

// offers are those of the search.
func (f *finder) offers() []keymap.Offer {
	offers := []keymap.Offer{{Action: keymap.Filter, Label: "search"}}
	if f.on() {
		offers = append(offers, keymap.Offer{Action: keymap.NextChange, Label: "next match"},
			keymap.Offer{Action: keymap.PrevChange, Label: "previous match"}, keymap.Offer{Action: keymap.Back, Label: "end the search"})
	}
	return offers
}

// draw draws what is searched, and the line of the search below it.
func (f *finder) draw(c widget.Canvas, body func(widget.Canvas) []string) []string {
	if !f.on() || c.Height < 2 {
		return body(c)
	}
	lines := body(c.Size(c.Width, c.Height-1))
	at, of := f.in.matches()
	status := fmt.Sprintf(" %d of %d ", at, of)
	switch {
	case f.input.Value() == "":
		status = " search "
	case of == 0:
		status = " not found "
	}
	entry := c.Size(max(1, c.Width-1-widget.Width(status)), 1)
	entry.Focused = f.typing && c.Focused
	return append(lines, c.Pad(themes.Screen, c.Paint(themes.Screen, themes.Key, "/")+f.input.View(entry)+c.Paint(themes.Screen, themes.Dim, status)))
}

// searchedText searches a text.
type searchedText struct{ *widget.Text }

func (t searchedText) matches() (at, of int) {
	_, at, of = t.Searched()
	return at, of
}
