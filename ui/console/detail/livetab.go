package detail

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// liveTab shows the object as the cluster has it.
type liveTab struct {
	*object
	reader
	yaml load[string]
	text *textPane
}

func newLiveTab(o *object) *liveTab {
	t := &liveTab{object: o, text: newTextPane(o.desk)}
	t.pane = t.text
	return t
}

func (t *liveTab) name() string { return "Live" }

func (t *liveTab) load() tea.Cmd {
	if t.yaml.known {
		t.text.set(t.yaml.value)
	}
	if !t.yaml.wanted(t.state) {
		return nil
	}
	return t.read(t.patience)
}

func (t *liveTab) reload() tea.Cmd { return t.read(0) }
func (t *liveTab) rest()           { t.yaml.stop() }

func (t *liveTab) read(pause time.Duration) tea.Cmd {
	src, environment, id := t.src, t.env.Name, t.object.object.ID
	return t.yaml.start(t.state, pause, func(ctx context.Context) (string, error) { return src.LiveYAML(ctx, environment, id) })
}

func (t *liveTab) view(c widget.Canvas) []string {
	p := prose{c: c}
	if t.yaml.err != nil {
		p.failure(t.desk, "The live object cannot be read", t.yaml.err)
	}
	switch {
	case t.yaml.known && t.yaml.value == "":
		p.wrap(0, said(themes.Missing, "The cluster does not have this object."))
	case t.yaml.known:
		p.line(0, said(themes.Dim, "read "), said(themes.Age, c.Age(t.yaml.at)+" ago"))
	case t.yaml.err == nil:
		p.loading("the live object")
	}
	return t.draw(c, p.lines)
}

func (t *liveTab) document() (name, text string) { return t.file(t.pane) }
