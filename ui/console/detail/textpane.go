package detail

import (
	"strings"

	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// textPane shows a text that can be searched.
type textPane struct {
	*desk
	text  widget.Text
	shown string
}

// set shows a text, and stays where one is.
func (p *textPane) set(text string) {
	if text != p.shown {
		p.shown = text
		p.text.SetLines(ui.CleanLines(text))
	}
}

func (p *textPane) draw(c widget.Canvas) []string {
	if p.text.Wrapped() != p.taste.wrap {
		p.text.SetWrap(p.taste.wrap)
	}
	return p.text.View(c)
}

func (p *textPane) offers() []keymap.Offer {
	wrap := "wrap lines"
	if p.taste.wrap {
		wrap = "cut lines"
	}
	return []keymap.Offer{{Action: keymap.Wrap, Label: wrap}, {Action: keymap.Copy}, {Action: keymap.Edit}}
}

func (p *textPane) do(a keymap.Action) bool {
	if a == keymap.Wrap {
		p.taste.wrap = !p.taste.wrap
		return true
	}
	return p.text.Do(a)
}

// content is the whole text, clean.
func (p *textPane) content() string { return strings.Join(ui.CleanLines(p.shown), "\n") + "\n" }
