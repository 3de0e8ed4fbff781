package command

import (
	"io"
	"strings"

	"github.com/clipperhouse/displaywidth"

	"github.com/evenkeel/evenkeel/ui"
)

// style is how a piece of text looks, in the terminal's own colours.
type style string

const (
	plain  style = ""
	bold   style = "1"
	dim    style = "2"
	red    style = "31"
	green  style = "32"
	yellow style = "33"
	blue   style = "34"
	cyan   style = "36"
)

// span is a piece of text in one style.
type span struct {
	text  string
	style style
}

// cell is one cell of a table.
type cell []span

func text(s string) cell             { return cell{{s, plain}} }
func styled(s string, st style) cell { return cell{{s, st}} }

// width is how many columns a cell takes on a terminal, once it is clean.
func (c cell) width() int {
	n := 0
	for _, s := range c {
		n += displaywidth.String(ui.Clean(s.text))
	}
	return n
}

// printer writes text for people. It cleans all of it and adds the colours
// itself. The first error of the writer is kept, and ends the writing.
type printer struct {
	w      io.Writer
	colour bool
	limit  int // columns that a line may take; 0 is no limit
	err    error
}

// line writes spans and ends the line.
func (p *printer) line(spans ...span) {
	p.write(strings.TrimRight(p.painted(spans), " ") + "\n")
}

// paragraph writes spans on as many lines as they take, broken between words, the
// later ones indented.
func (p *printer) paragraph(indent int, spans ...span) {
	if p.limit == 0 {
		p.line(spans...)
		return
	}
	if indent >= p.limit {
		indent = 0
	}
	var line []span
	used := 0
	add := func(text string, st style) {
		if last := len(line) - 1; last >= 0 && line[last].style == st {
			line[last].text += text
		} else {
			line = append(line, span{text, st})
		}
		used += displaywidth.String(text)
	}
	wrap := func() {
		p.line(line...)
		line, used = []span{{strings.Repeat(" ", indent), plain}}, indent
	}
	for _, s := range spans {
		for _, word := range wordsOf(ui.Clean(s.text)) {
			if used > indent && used+displaywidth.String(word) > p.limit {
				wrap()
				word = strings.TrimLeft(word, " ")
			}
			for displaywidth.String(word) > p.limit-used {
				head := displaywidth.TruncateString(word, p.limit-used, "")
				if head == "" {
					break // not even one character fits
				}
				add(head, s.style)
				wrap()
				word = word[len(head):]
			}
			add(word, s.style)
		}
	}
	p.line(line...)
}

// wordsOf cuts a text into words, each with the spaces before it.
func wordsOf(text string) []string {
	var words []string
	for text != "" {
		blank := len(text) - len(strings.TrimLeft(text, " "))
		end := strings.IndexByte(text[blank:], ' ')
		if end < 0 {
			end = len(text) - blank
		}
		words = append(words, text[:blank+end])
		text = text[blank+end:]
	}
	return words
}

// part writes spans and stays on the line.
func (p *printer) part(spans ...span) { p.write(p.painted(spans)) }

// painted is spans, cleaned, coloured and cut to what a line may take.
func (p *printer) painted(spans []span) string {
	var b strings.Builder
	room := p.limit
	for _, s := range spans {
		content := ui.Clean(s.text)
		if p.limit > 0 {
			if room <= 0 {
				break
			}
			content = displaywidth.TruncateString(content, room, "…")
			room -= displaywidth.String(content)
		}
		p.paint(&b, content, s.style)
	}
	return b.String()
}

// paint adds one piece of clean text in its style.
func (p *printer) paint(b *strings.Builder, content string, st style) {
	if content == "" {
		return
	}
	if !p.colour || st == plain {
		b.WriteString(content)
		return
	}
	b.WriteString("\x1b[" + string(st) + "m" + content + "\x1b[0m")
}

func (p *printer) write(s string) {
	if p.err == nil {
		_, p.err = io.WriteString(p.w, s)
	}
}

// blank writes an empty line.
func (p *printer) blank() { p.write("\n") }

// table is rows whose cells stand below each other. A row of one cell spans
// all columns and does not widen the first.
type table struct {
	indent int
	rows   [][]cell
}

func (t *table) add(cells ...cell) { t.rows = append(t.rows, cells) }

// widths are those of the columns.
func (t *table) widths() []int {
	var w []int
	for _, row := range t.rows {
		if len(row) == 1 {
			continue
		}
		for i, c := range row {
			if i == len(w) {
				w = append(w, 0)
			}
			w[i] = max(w[i], c.width())
		}
	}
	return w
}

// print writes every row.
func (t *table) print(p *printer) {
	widths := t.widths()
	for i := range t.rows {
		t.printRow(p, i, widths)
	}
}

// printRow writes one row in columns of these widths. A column that is empty in
// every row leaves no gap.
func (t *table) printRow(p *printer, i int, widths []int) {
	spans := []span{{strings.Repeat(" ", t.indent), plain}}
	row := t.rows[i]
	for len(row) > 0 && row[len(row)-1].width() == 0 {
		row = row[:len(row)-1]
	}
	for j, c := range row {
		spans = append(spans, c...)
		if j < len(row)-1 && widths[j] > 0 {
			spans = append(spans, span{strings.Repeat(" ", widths[j]-c.width()+2), plain})
		}
	}
	p.line(spans...)
}
