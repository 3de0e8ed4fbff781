package widget_test

import (
	"testing"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

func TestLastHealthy(t *testing.T) {
	took := func(revision string, health engine.Health) engine.Sync {
		return engine.Sync{Revision: revision, Succeeded: true, Whole: true, Health: health}
	}
	refused := took("c", engine.Healthy)
	refused.Succeeded = false
	well := took("e", engine.Degraded)
	well.Proven = true
	partly := took("d", engine.Healthy)
	partly.Whole = false
	for name, test := range map[string]struct {
		now   engine.Health
		syncs []engine.Sync
		want  string
	}{
		"nothing on record":        {engine.Degraded, nil, ""},
		"well":                     {engine.Healthy, []engine.Sync{took("a", engine.Degraded), took("b", engine.Healthy)}, ""},
		"broken by the newest":     {engine.Degraded, []engine.Sync{took("a", engine.Degraded), took("b", engine.Healthy)}, "b"},
		"not judged yet":           {engine.Degraded, []engine.Sync{took("a", ""), took("b", engine.Healthy)}, "b"},
		"broken by something else": {engine.Degraded, []engine.Sync{took("a", engine.Healthy), took("b", engine.Healthy)}, ""},
		"well for long":            {engine.Degraded, []engine.Sync{well, took("b", engine.Healthy)}, ""},
		"broken before":            {engine.Degraded, []engine.Sync{took("a", engine.Degraded), took("b", engine.Degraded), took("c", engine.Healthy)}, "c"},
		"the same again":           {engine.Degraded, []engine.Sync{took("a", engine.Degraded), took("a", engine.Healthy), took("b", engine.Healthy)}, "b"},
		"refused and partly":       {engine.Degraded, []engine.Sync{refused, took("a", engine.Degraded), partly, took("b", engine.Healthy)}, "b"},
		"never well":               {engine.Degraded, []engine.Sync{took("a", engine.Degraded), took("b", "")}, ""},
	} {
		if got := widget.LastHealthy(&engine.Environment{Health: test.now, Syncs: test.syncs}); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
