package panel_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

var update = flag.Bool("update", false, "write the golden files anew")

// now is the time in all frames.
var now = time.Date(2026, 5, 4, 14, 3, 11, 0, time.UTC)

func ago(d time.Duration) time.Time { return now.Add(-d) }

// plain is a theme without colours.
var plain = themes.Default(themes.Options{})

// canvas is a canvas without colours, with the focus.
func canvas(width, height int) widget.Canvas {
	return widget.Canvas{Theme: plain, Now: now, Width: width, Height: height, Focused: true}
}

// pane is what every panel can do.
type pane interface {
	Offers() []keymap.Offer
	Do(keymap.Action) (tea.Cmd, bool)
	Click(x, y int, twice bool) tea.Cmd
	Wheel(lines int) tea.Cmd
	View(widget.Canvas) []string
	Copy() string
}

// frame is what is seen, with > behind the line of what is chosen.
func frame(t testing.TB, p pane, width, height int) string {
	t.Helper()
	c := canvas(width, height)
	lines := p.View(c)
	exact(t, c, lines)
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(ansi.Strip(line))
		if strings.Contains(line, "\x1b[7m") {
			b.WriteString(" <")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// exact fails unless the lines are exactly as many and as wide as the canvas.
func exact(t testing.TB, c widget.Canvas, lines []string) {
	t.Helper()
	if len(lines) != c.Height {
		t.Errorf("%d lines on a canvas of %dx%d", len(lines), c.Width, c.Height)
	}
	for i, line := range lines {
		if w := ansi.StringWidth(line); w != c.Width {
			t.Errorf("line %d is %d cells wide on a canvas of %dx%d: %q", i, w, c.Width, c.Height, line)
		}
		if strings.ContainsAny(ansi.Strip(line), "\x1b\x07\x00\n\r\t\u009b\u202e") {
			t.Errorf("line %d has a control character: %q", i, line)
		}
	}
}

// golden compares text with a file below testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s has changed; it is now\n%s\nand was\n%s", file, got, want)
	}
}

// frames draws a panel in many sizes.
func frames(t testing.TB, p pane, sizes ...[2]int) string {
	t.Helper()
	var b strings.Builder
	for _, s := range sizes {
		fmt.Fprintf(&b, "%dx%d\n%s\n", s[0], s[1], frame(t, p, s[0], s[1]))
	}
	return b.String()
}

// object makes an object of the shop that is as Git says; change may be nil.
func object(kind, name string, change func(*engine.Object)) *engine.Object {
	groups := map[string]string{"Deployment": "apps", "StatefulSet": "apps", "CronJob": "batch", "Certificate": "cert-manager.io"}
	o := &engine.Object{
		ID:    engine.ID{Group: groups[kind], Kind: kind, Namespace: "shop", Name: name},
		Drift: engine.DriftSynced, Health: engine.Healthy, Managed: true, Application: name,
	}
	if change != nil {
		change(o)
	}
	return o
}

// environment makes an environment of objects.
func environment(name string, objects ...*engine.Object) *engine.Environment {
	slices.SortFunc(objects, func(a, b *engine.Object) int { return a.ID.Compare(b.ID) })
	e := &engine.Environment{
		Name: name, Path: "environments/" + name, Namespace: "shop",
		Revision: "3f2a91c0de", AppliedRevision: "a81c0de111", State: engine.StateSynced, Health: engine.Healthy,
		Counts: map[engine.Drift]int{}, Objects: objects, Current: true, AsOf: now, Settled: true,
	}
	for _, o := range objects {
		e.Counts[o.Drift]++
	}
	if e.Differing() > 0 {
		e.State, e.Message = engine.StateOutOfSync, fmt.Sprintf("%d objects differ", e.Differing())
	}
	return e
}

// with is an object that is changed.
func with(o *engine.Object, change func(*engine.Object)) *engine.Object {
	c := *o
	change(&c)
	return &c
}

// shop is an environment in which about everything can be seen.
func shop() *engine.Environment {
	return environment("production",
		object("Deployment", "api", func(o *engine.Object) {
			o.Drift, o.ChangedBy, o.ChangedAt = engine.DriftModified, "kubectl-edit", ago(12*time.Minute)
		}),
		object("Deployment", "checkout", func(o *engine.Object) {
			o.Drift, o.Health, o.ChangedBy, o.ChangedAt = engine.DriftModified, engine.Progressing, "kubectl scale", ago(3*time.Minute)
			o.Message = "2 of 9 updated"
		}),
		object("Deployment", "web", func(o *engine.Object) {
			o.Health, o.Message = engine.Degraded, "0 of 3 ready, CrashLoopBackOff"
		}),
		object("StatefulSet", "db", func(o *engine.Object) {
			o.Drift, o.Failed, o.Message = engine.DriftModified, true, "spec.serviceName: field is immutable"
		}),
		object("Service", "search", func(o *engine.Object) { o.Drift, o.Health = engine.DriftMissing, "" }),
		object("Service", "api", nil),
		object("ConfigMap", "old", func(o *engine.Object) { o.Drift = engine.DriftExtra }),
		object("ConfigMap", "api", nil),
		object("ConfigMap", "adopted", func(o *engine.Object) { o.Managed = false }),
		object("ConfigMap", "left-alone", func(o *engine.Object) { o.Ignored = true }),
		object("Certificate", "tls", func(o *engine.Object) { o.Drift = engine.DriftPending }),
		object("Certificate", "wild", func(o *engine.Object) { o.Namespace, o.Application = "edge", "" }),
	)
}

// do does actions.
func do(t testing.TB, p pane, actions ...keymap.Action) {
	t.Helper()
	for _, a := range actions {
		if _, mine := p.Do(a); !mine {
			t.Fatalf("%s was not done", a)
		}
	}
}
