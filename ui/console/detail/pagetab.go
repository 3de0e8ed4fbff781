package detail

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// pageTab is a tab that is a page, about what is known without asking.
type pageTab struct {
	called string
	file   func() string
	page   page
}

func newPageTab(called string, file func() string, lay func(*prose)) *pageTab {
	return &pageTab{called: called, file: file, page: page{lay: lay}}
}

// stale is a tab that can be told that what it tells has changed.
type stale interface{ stale() }

func (t *pageTab) stale()                             { t.page.stale() }
func (t *pageTab) name() string                       { return t.called }
func (t *pageTab) load() tea.Cmd                      { return nil }
func (t *pageTab) reload() tea.Cmd                    { return nil }
func (t *pageTab) rest()                              {}
func (t *pageTab) view(c widget.Canvas) []string      { return t.page.view(c) }
func (t *pageTab) position() (from, shown, of int)    { return t.page.position() }
func (t *pageTab) do(a keymap.Action) (tea.Cmd, bool) { return nil, t.page.move(a) }
func (t *pageTab) click(int, int, bool) tea.Cmd       { return nil }
func (t *pageTab) wheel(n int)                        { t.page.scroll(n) }
func (t *pageTab) copy() string                       { return t.page.text() }
func (t *pageTab) document() (name, text string)      { return t.file(), t.page.text() }

func (t *pageTab) offers() []keymap.Offer {
	return []keymap.Offer{{Action: keymap.Copy}, {Action: keymap.Edit}}
}
