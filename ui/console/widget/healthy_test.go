package widget_test

import (
	"testing"
	"time"

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

func TestFailureOf(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	e := &engine.Environment{Health: engine.Degraded, Syncs: []engine.Sync{{Revision: "a", Ended: at, Succeeded: true, Whole: true}}}
	if f := widget.FailureOf(e); f == nil || *f != (widget.Failure{Revision: "a", Deployed: at}) {
		t.Errorf("got %+v", f)
	}
	e.Syncs[0].Health = engine.Healthy // something else is the matter
	if f := widget.FailureOf(e); f != nil {
		t.Errorf("got %+v", f)
	}
	if f := widget.FailureOf(&engine.Environment{Health: engine.Degraded}); f != nil {
		t.Errorf("with no record: %+v", f)
	}
}

// TestSuffering: what has pods tells more of why than what depends on them.
func TestSuffering(t *testing.T) {
	object := func(name string, health engine.Health, containers ...engine.Container) *engine.Object {
		return &engine.Object{ID: engine.ID{Name: name}, Health: health, Containers: containers}
	}
	e := &engine.Environment{Objects: []*engine.Object{
		object("config", engine.Healthy), object("claim", engine.Degraded), object("well", engine.Healthy, engine.Container{}), object("api", engine.Degraded, engine.Container{}),
	}}
	if o := widget.Suffering(e); o == nil || o.Name != "api" {
		t.Errorf("got %+v", o)
	}
	e.Objects = e.Objects[:3]
	if o := widget.Suffering(e); o == nil || o.Name != "claim" {
		t.Errorf("got %+v", o)
	}
	e.Objects = e.Objects[:1]
	if o := widget.Suffering(e); o != nil {
		t.Errorf("got %+v", o)
	}
}
