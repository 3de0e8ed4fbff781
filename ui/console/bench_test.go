package console

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui/console/screen"
)

// large is an environment of n objects, one in a hundred of which differs.
func large(n int) *engine.Snapshot {
	return shopWith(func(e *engine.Environment) {
		objects := make([]*engine.Object, n)
		for i := range objects {
			d := engine.DriftSynced
			if i%100 == 0 {
				d = engine.DriftModified
			}
			kind := []string{"ConfigMap", "Deployment", "Service", "Ingress"}[i*4/n]
			objects[i] = object(kind, fmt.Sprintf("shop-%02d", i%20), fmt.Sprintf("service-%05d", i), d, engine.Healthy)
		}
		*e = *environment(*e, objects...)
	})
}

// changed is a snapshot in which every hundredth object is another than before.
func changed(s *engine.Snapshot) *engine.Snapshot {
	return with(s, func(s *engine.Snapshot) {
		p := *s.Environments[1]
		p.Objects = slices.Clone(p.Objects)
		for i := 0; i < len(p.Objects); i += 100 {
			o := *p.Objects[i]
			if o.Drift == engine.DriftModified {
				o.Drift = engine.DriftSynced
			} else {
				o.Drift = engine.DriftModified
			}
			p.Objects[i] = &o
		}
		s.Environments[1] = environment(p, p.Objects...)
	})
}

// painted is a console on a terminal that takes everything.
func painted(t testing.TB, e Engine, width, height int) *console {
	c := opened(t, e, width, height, nil)
	c.press("2")
	if err := c.out.Open(); err != nil {
		t.Fatal(err)
	}
	c.paint()
	return c
}

// paint shows the frame and waits until it is written.
func (c *console) paint() {
	c.View()
	c.out.Flush()
}

// BenchmarkKey measures from a key to the bytes of the frame that it leads to,
// with 10,000 objects on 200 by 60 cells.
func BenchmarkKey(b *testing.B) {
	for name, keys := range map[string][]string{
		"down":    {"down"},
		"page":    {"pgdown", "pgdown", "pgdown", "home"},
		"focus":   {"tab"},
		"next":    {"n"},
		"palette": {":", "esc"},
		"zoom":    {"+"},
		"only":    {"o"},
	} {
		b.Run(name, func(b *testing.B) {
			c := painted(b, newScripted(large(10_000)), 200, 60)
			took := make([]time.Duration, 0, b.N)
			for i := 0; b.Loop(); i++ {
				key := keyOf(keys[i%len(keys)])
				begun := time.Now()
				_, cmd := c.model.Update(key)
				c.paint()
				took = append(took, time.Since(begun))
				b.StopTimer()
				c.run(cmd)
				c.calm()
				b.StartTimer()
			}
			report(b, took)
		})
	}
}

// BenchmarkFilter measures a letter of a filter over 10,000 objects.
func BenchmarkFilter(b *testing.B) {
	c := painted(b, newScripted(large(10_000)), 200, 60)
	c.press("/")
	keys := []string{"s", "e", "4", "2", "backspace", "backspace", "backspace", "backspace"}
	took := make([]time.Duration, 0, b.N)
	for i := 0; b.Loop(); i++ {
		begun := time.Now()
		_, cmd := c.model.Update(keyOf(keys[i%len(keys)]))
		c.paint()
		took = append(took, time.Since(begun))
		b.StopTimer()
		c.run(cmd)
		c.calm()
		b.StartTimer()
	}
	report(b, took)
}

// BenchmarkSnapshot takes a snapshot in, in which 100 of 10,000 objects changed.
func BenchmarkSnapshot(b *testing.B) {
	s := large(10_000)
	c := painted(b, newScripted(s), 200, 60)
	took := make([]time.Duration, 0, b.N)
	for b.Loop() {
		b.StopTimer()
		s = changed(s)
		b.StartTimer()
		begun := time.Now()
		_, cmd := c.model.Update(snapshotMsg{s})
		took = append(took, time.Since(begun))
		b.StopTimer()
		c.paint()
		c.run(cmd)
		c.calm()
		b.StartTimer()
	}
	report(b, took)
}

// BenchmarkFirstFrame measures from nothing to the first frame on the terminal.
func BenchmarkFirstFrame(b *testing.B) {
	o := options(b, nil, nil)
	var took []time.Duration
	for b.Loop() {
		begun := time.Now()
		ctx, cancel := context.WithCancel(b.Context())
		out := screen.New(screen.Options{Out: io.Discard, Width: 120, Height: 40})
		if err := out.Open(); err != nil {
			b.Fatal(err)
		}
		m := newModel(ctx, o, out)
		m.width, m.height = 120, 40
		m.View()
		out.Flush()
		took = append(took, time.Since(begun))
		cancel()
		_ = out.Close()
	}
	report(b, took)
}

// report tells the median and the slowest but one in a hundred.
func report(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	at := func(share float64) float64 {
		return float64(took[int(share*float64(len(took)-1))].Microseconds()) / 1000
	}
	b.ReportMetric(at(0.5), "p50-ms")
	b.ReportMetric(at(0.99), "p99-ms")
}

// TestBytes: a step of the cursor costs less than a kilobyte.
func TestBytes(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
		c := painted(t, newScripted(large(10_000)), size[0], size[1])
		c.press("down", "down")
		c.paint()
		most := 0
		for range 30 {
			before := c.out.Stats().Bytes
			c.send(keyOf("down"))
			c.paint() // before the answers about the object come
			most = max(most, c.out.Stats().Bytes-before)
			c.calm()
			c.paint()
		}
		t.Logf("%dx%d: %d bytes", size[0], size[1], most)
		if most >= 1024 {
			t.Errorf("%dx%d: a step of the cursor costs %d bytes", size[0], size[1], most)
		}
	}
}

// TestRest: when nothing changes nothing is written, and nothing runs but the
// clock, whose ticks are far apart.
func TestRest(t *testing.T) {
	var written bytes.Buffer
	c := opened(t, newScripted(synced()), 120, 40, func(o *Options) { o.Out = &written })
	if err := c.out.Open(); err != nil {
		t.Fatal(err)
	}
	c.paint()
	before := c.out.Stats()
	for range 20 {
		c.paint()
	}
	c.send(nil)
	c.paint()
	if got := c.out.Stats(); got != before {
		t.Errorf("nothing changed, and %d bytes were written", got.Bytes-before.Bytes)
	}

	if len(c.ticks) == 0 {
		t.Fatal("the ages stand still")
	}
	c.passes(time.Minute) // whatever moved before has come to rest
	ticks := 0
	for until := c.now().Add(time.Minute); len(c.ticks) > 0 && !c.ticks[0].due.After(until); ticks++ {
		c.passes(c.ticks[0].due.Sub(c.now()))
	}
	if most := int(time.Minute / ageStep); ticks > most || ticks == 0 {
		t.Errorf("%d ticks in a minute at rest, want at most %d", ticks, most)
	}
	if c.asked > 0 {
		t.Errorf("%d questions are asked at rest", c.asked)
	}
}

// TestMovingTicks: the clock goes fast while something turns, and slows down
// again by itself.
func TestMovingTicks(t *testing.T) {
	e := newScripted(synced())
	c := opened(t, e, 120, 40, nil)
	running := func(p *engine.Progress) {
		e.publish(with(e.snapshot, func(s *engine.Snapshot) {
			env := *s.Environments[1]
			env.Running = p
			s.Environments[1] = &env
		}))
		c.until("it is known", func() bool { return (c.snapshot.Environments[1].Running != nil) == (p != nil) })
	}
	running(&engine.Progress{Action: engine.ActionSync, Started: noon, Total: 2})
	if c.clock.due.After(c.now().Add(turnStep)) {
		t.Errorf("the next tick is due in %v", c.clock.due.Sub(c.now()))
	}
	running(nil)
	c.passes(2 * turnStep)
	if left := c.clock.due.Sub(c.now()); left < ageStep-2*turnStep {
		t.Errorf("the next tick is due in %v", left)
	}
}
