package detail_test

import (
	"fmt"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui/console/detail"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
)

// take runs a command, and what comes of it, to its end.
func take(d *detail.Detail, cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	msg := cmd()
	if batch, ok := msg.(tea.BatchMsg); ok {
		for _, cmd := range batch {
			take(d, cmd)
		}
		return
	}
	cmd, _ = d.Update(msg)
	take(d, cmd)
}

// BenchmarkView draws a tab again and again, as when something else on the
// screen has changed. The ages on it stay the same.
func BenchmarkView(b *testing.B) {
	env, o, in := modified("api")
	src := scripted(in)
	c := canvas(120, 58)
	d := detail.New(src)
	take(d, d.ShowObject(env, o))
	for _, tab := range []string{"Diff", "Fields", "Desired"} {
		b.Run(tab, func(b *testing.B) {
			for b.Loop() {
				d.View(c)
			}
		})
		cmd, _ := d.Do(keymap.NextTab)
		take(d, cmd)
	}
	env = richWorld()
	for i := range 10000 {
		env.Objects = append(env.Objects, &engine.Object{ID: deployment(fmt.Sprint(i)), Drift: engine.DriftSynced})
	}
	take(d, d.ShowEnvironment(env))
	b.Run("Overview", func(b *testing.B) {
		for b.Loop() {
			d.View(c)
		}
	})
}

// BenchmarkMove shows another object, and draws what is known of it at once, as
// when the cursor moves in a list.
func BenchmarkMove(b *testing.B) {
	env, o, in := modified("api")
	_, other, _ := modified("web")
	d := detail.New(scripted(in))
	c := canvas(120, 58)
	for b.Loop() {
		d.ShowObject(env, o)
		d.View(c)
		o, other = other, o
	}
}
