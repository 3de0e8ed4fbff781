package detail

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
	"github.com/evenkeel/evenkeel/ui/diffview"
)

// textPane shows a text in YAML.
type textPane struct {
	*desk
	text   widget.Text
	finder finder
	shown  string
	lines  []string
}

func newTextPane(d *desk) *textPane {
	p := &textPane{desk: d}
	p.finder.in = searchedText{&p.text}
	return p
}

// set shows a text, and stays where one is.
func (p *textPane) set(text string) {
	if text == p.shown {
		return
	}
	p.shown, p.lines = text, ui.CleanLines(text)
	painter := diffview.NewPainter(p.lines)
	p.text.Paint = func(c widget.Canvas, line string) string { return painter.Paint(c.Theme, line) }
	p.text.SetLines(p.lines)
}

func (p *textPane) draw(c widget.Canvas) []string {
	if p.text.Wrapped() != p.taste.wrap {
		p.text.SetWrap(p.taste.wrap)
	}
	return p.finder.draw(c, margined(p.text.View))
}

func (p *textPane) offers() []keymap.Offer {
	if len(p.lines) == 0 {
		return nil
	}
	wrap := "wrap lines"
	if p.taste.wrap {
		wrap = "cut lines"
	}
	return append(p.finder.offers(), keymap.Offer{Action: keymap.Wrap, Label: wrap}, keymap.Offer{Action: keymap.Copy}, keymap.Offer{Action: keymap.Edit})
}

func (p *textPane) do(a keymap.Action) (tea.Cmd, bool) {
	if a == keymap.Wrap {
		p.taste.wrap = !p.taste.wrap
		return nil, true
	}
	return nil, p.finder.do(a) || p.text.Do(a)
}

func (p *textPane) click(int)                       {}
func (p *textPane) wheel(n int)                     { p.text.Scroll(n) }
func (p *textPane) position() (from, shown, of int) { return p.text.Position() }
func (p *textPane) editing() bool                   { return p.finder.typing }
func (p *textPane) key(k tea.KeyMsg)                { p.finder.key(k) }

func (p *textPane) copy() string {
	text, _ := p.whole()
	return text
}

func (p *textPane) whole() (text, extension string) { return joined(p.lines), ".yaml" }

// margined leaves a column free at both sides of what a view draws.
func margined(view func(widget.Canvas) []string) func(widget.Canvas) []string {
	return func(c widget.Canvas) []string {
		if c.Width < 3 {
			return view(c)
		}
		lines := view(c.Size(c.Width-2, c.Height))
		for i, line := range lines {
			lines[i] = " " + line + " "
		}
		return lines
	}
}

// joined makes one text of lines.
func joined(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return strings.Join(lines, "\n") + "\n"
}
