package detail

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// tab is one of several views of the same thing.
type tab interface {
	name() string
	// load asks for what the open tab needs and has not been asked for. It is
	// called again after every answer.
	load() tea.Cmd
	// reload asks for all of it again.
	reload() tea.Cmd
	// rest gives up what is under way: the tab is not seen any more.
	rest()
	view(c widget.Canvas) []string
	// position says which part of something longer is seen; of is 0 when that
	// makes no sense.
	position() (from, shown, of int)
	offers() []keymap.Offer
	do(a keymap.Action) (tea.Cmd, bool)
	click(x, y int, twice bool) tea.Cmd
	wheel(n int)
	// copy is what is at hand, as a person would paste it.
	copy() string
	// document is all of it, for an editor.
	document() (name, text string)
}

// typist is a tab into which text can be entered.
type typist interface {
	editing() bool
	key(k tea.KeyMsg)
}
