package detail

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// deploymentsTab lists what the cluster of an environment took, and how it fared
// with it, the newest first.
type deploymentsTab struct {
	*environment
	pageTab
	all load[[]engine.Deployment]

	state int    // counts what the deployments depend on
	of    string // the revisions that were asked about last
}

func newDeploymentsTab(s *environment) *deploymentsTab {
	t := &deploymentsTab{environment: s}
	t.pageTab = *newPageTab("Deployments", func() string { return ui.Clean(s.env.Name) + "-deployments.txt" }, t.lay)
	return t
}

func (t *deploymentsTab) load() tea.Cmd {
	t.page.stale()
	if of := t.env.Revision + " " + t.env.AppliedRevision + " " + string(t.env.Health); of != t.of {
		t.of = of
		t.state++
	}
	if !t.all.wanted(t.state) {
		return nil
	}
	return t.reload()
}

func (t *deploymentsTab) reload() tea.Cmd {
	src, environment := t.src, t.env.Name
	return t.all.start(max(1, t.state), 0, func(ctx context.Context) ([]engine.Deployment, error) { return src.Deployments(ctx, environment) })
}

func (t *deploymentsTab) rest() { t.all.stop() }

func (t *deploymentsTab) lay(p *prose) {
	if t.all.err != nil {
		p.failure(t.desk, "What was deployed cannot be read", t.all.err)
		p.blank()
	}
	switch {
	case t.all.known && len(t.all.value) == 0:
		p.wrap(0, said(themes.Text, "The cluster has no record of a deployment yet."))
	case t.all.known:
		p.wrap(0, t.press(keymap.Rollback, "rolls back to one of them")...)
		p.blank()
	case t.all.err == nil:
		p.loading("deployments")
	}
	for i := range t.all.value {
		layDeployment(p, &t.all.value[i])
	}
}

// layDeployment tells what was deployed, when and for how long, how it went, and
// which images would go back with it.
func layDeployment(p *prose, d *engine.Deployment) {
	spans := []span{told(themes.Hash, widget.ShortHash(d.Hash))}
	if d.Health != "" {
		spans = append(spans, said(themes.Text, "  "), shown(p.c.HealthStatus(d.Health)))
	}
	if d.Current {
		spans = append(spans, said(themes.Active, "  "+p.c.Glyphs().Here+" now, for "+p.c.Age(d.Deployed)))
	} else {
		spans = append(spans, said(themes.Age, "  "+p.c.Age(d.Deployed)+" ago"))
		if !d.Until.IsZero() {
			spans = append(spans, said(themes.Dim, ", for "+widget.Span(d.Until.Sub(d.Deployed))))
		}
	}
	if d.LastHealthy {
		spans = append(spans, said(themes.Success, "  last healthy"))
	}
	p.line(0, spans...)
	p.line(2, told(themes.Author, d.Author), told(themes.Text, "  "+d.Subject))
	for i := range d.Images {
		u := &d.Images[i]
		p.line(2, told(themes.Strong, u.Object.Name+"/"+u.Container), said(themes.Text, "  "), told(themes.Modified, u.From+" "+p.c.Glyphs().Arrow+" "+u.To))
	}
	if d.Problem != "" {
		p.wrap(2, told(themes.Warning, "Not to be gone back to: "+d.Problem))
	}
	p.blank()
}
