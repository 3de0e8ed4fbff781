package panel

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// sieve is the filter of a list, with the line in which it is typed.
type sieve struct {
	filter     widget.Filter
	generation int // of the filter
	input      widget.Input
	editing    bool
}

// begin begins to type another filter.
func (s *sieve) begin() {
	s.editing = true
	s.input.SetValue("")
}

// use takes another filter, and tells whether it is one.
func (s *sieve) use(words string, terms ...string) bool {
	if words == s.filter.String() {
		return false
	}
	s.filter = widget.ParseFilter(words, terms...)
	s.generation++
	return true
}

// Editing tells whether the filter is being typed, so that keys are text.
func (s *sieve) Editing() bool { return s.editing }

// typed takes a key while the filter is being typed: set takes a filter, and
// move moves about.
func (s *sieve) typed(msg tea.KeyMsg, set func(string), move func(keymap.Action) bool) {
	switch msg.Type {
	case tea.KeyEnter:
		s.editing = false
	case tea.KeyEsc, tea.KeyCtrlC:
		s.editing = false
		set("")
	case tea.KeyUp:
		move(keymap.Up)
	case tea.KeyDown:
		move(keymap.Down)
	default:
		if s.input.Key(msg) {
			set(s.input.Value())
		}
	}
}

// offers are those of the filter while it is typed.
func (s *sieve) offers() []keymap.Offer {
	return []keymap.Offer{{Action: keymap.Open, Label: "keep the filter"}, {Action: keymap.Back, Label: "clear the filter"}}
}

// foot is the line in which the filter is typed, or what is wrong with it.
func (s *sieve) foot(in widget.Canvas) string {
	switch {
	case in.Height < 1:
		return ""
	case s.editing:
		const label = " filter "
		return in.Pad(themes.Screen, in.Paint(themes.Screen, themes.Label, label)+s.input.View(in.Size(in.Width-len(label), 1)))
	case s.filter.Problem() != "":
		return in.Row(themes.Screen).Gap(1).Fit(themes.Warning, s.filter.Problem(), in.Width-2).String()
	}
	return ""
}

// underline puts the line of the filter below the rows, at the bottom.
func underline(in widget.Canvas, body []string, foot string) []string {
	if foot == "" {
		return body
	}
	return append(in.Size(in.Width, in.Height-1).Fill(body), foot)
}
