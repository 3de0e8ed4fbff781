package detail

import (
	"fmt"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
)

// shownUpdates is how many images the overview names that would be promoted, and
// how many that would not.
const shownUpdates = 6

// layFirst lays the first of some images, and counts the others.
func layFirst(p *prose, all []engine.ImageUpdate, lay func(u *engine.ImageUpdate)) {
	for i := range all[:min(len(all), shownUpdates)] {
		lay(&all[i])
	}
	if more := len(all) - shownUpdates; more > 0 {
		p.line(0, said(themes.Dim, fmt.Sprintf("%s and %d more", p.c.Glyphs().Gap, more)))
	}
}

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
	if len(x.Updates) == 0 && x.Trouble == "" {
		p.wrap(0, said(themes.Dim, "There is nothing to promote."))
	}
	layFirst(p, x.Updates, func(u *engine.ImageUpdate) {
		p.line(0, said(themes.Modified, p.c.Glyphs().Newer+" "), told(themes.Strong, u.Object.Name+"/"+u.Container),
			told(themes.Modified, "  "+u.From+" "+p.c.Glyphs().Arrow+" "+u.To))
	})
	layFirst(p, x.Left, func(u *engine.ImageUpdate) {
		p.line(0, said(themes.Dim, p.c.Glyphs().None+" "), told(themes.Text, u.Object.Name+"/"+u.Container), told(themes.Warning, "  "+u.Reason))
	})
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
