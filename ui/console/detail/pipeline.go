package detail

import (
	"fmt"

	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
)

// shownUpdates is how many images the overview names that would be promoted.
const shownUpdates = 6

// layPipeline says what an environment waits for that promotes by itself.
func (s *environment) layPipeline(p *prose) {
	x := s.env.Pipeline
	if x == nil {
		return
	}
	p.heading("Promotes by itself from " + ui.Clean(s.env.PromotesFrom))
	if x.Trouble != "" {
		p.wrap(0, said(themes.Error, p.c.Glyphs().Warning+" It cannot go on: "), told(themes.Error, x.Trouble))
	}
	if len(x.Updates) == 0 {
		if x.Trouble == "" {
			p.wrap(0, said(themes.Dim, "There is nothing to promote."))
		}
	}
	for i := range x.Updates {
		if i == shownUpdates {
			p.line(0, said(themes.Dim, fmt.Sprintf("%s and %d more", p.c.Glyphs().Gap, len(x.Updates)-i)))
			break
		}
		u := &x.Updates[i]
		p.line(0, said(themes.Modified, p.c.Glyphs().Newer+" "), told(themes.Strong, u.Object.Name+"/"+u.Container),
			told(themes.Modified, "  "+u.From+" "+p.c.Glyphs().Arrow+" "+u.To))
	}
	for i := range x.Left {
		u := &x.Left[i]
		p.line(0, said(themes.Dim, p.c.Glyphs().None+" "), told(themes.Text, u.Object.Name+"/"+u.Container), told(themes.Warning, "  "+u.Reason))
	}
	for i := range x.Gates {
		g := &x.Gates[i]
		status := p.c.GateStatus(g)
		spans := []span{shown(status), said(themes.Text, ": "), told(themes.Text, g.Name)}
		if g.Reason != "" {
			spans = append(spans, told(themes.Dim, ", "+g.Reason))
		}
		if when := p.c.MetAt(g); when != "" {
			spans = append(spans, said(themes.Age, "; "+when))
		}
		p.wrap(0, spans...)
	}
}
