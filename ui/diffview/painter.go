package diffview

import (
	"strings"

	"github.com/evenkeel/evenkeel/themes"
)

// Painter colours the lines of a YAML text that is shown without a difference.
type Painter struct {
	// states are those of the lines that lie inside a scalar of several lines, by
	// what they say: whoever draws a line knows its text, and need not know where
	// it is. The same words elsewhere in the text get the same colours.
	states map[string]yamlState
}

// NewPainter reads a text, whose lines are clean.
func NewPainter(lines []string) *Painter {
	p := &Painter{states: map[string]yamlState{}}
	s := yamlScanner{}
	for _, line := range lines {
		if s.state.within != noScalar {
			p.states[line] = s.state
		}
		s.scan(line)
	}
	return p
}

// Paint colours one of the lines.
func (p *Painter) Paint(t *themes.Theme, line string) string {
	var b strings.Builder
	at := int32(0)
	write := func(to int32, role themes.Role) {
		b.WriteString(t.Paint(themes.Screen, role, line[at:to]))
		at = to
	}
	for _, k := range p.states[line].tokens(line, nil) {
		write(k.from, themes.Text)
		write(k.to, k.role)
	}
	write(int32(len(line)), themes.Text)
	return b.String()
}
