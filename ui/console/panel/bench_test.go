package panel_test

import (
	"fmt"
	"testing"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/panel"
)

// large is an environment of so many objects, half of them workloads.
func large(n int) *engine.Environment {
	kinds := []string{"Deployment", "Service", "ConfigMap", "Deployment", "ServiceAccount", "NetworkPolicy"}
	objects := make([]*engine.Object, n)
	for i := range objects {
		objects[i] = object(kinds[i%len(kinds)], fmt.Sprintf("service-%05d", i), func(o *engine.Object) {
			o.Application = fmt.Sprintf("app-%d", i%200)
		})
	}
	e := environment("production", objects...)
	for i, o := range objects {
		if o.Kind == "Deployment" {
			e.Images = append(e.Images, picture(o.Name, "main", fmt.Sprintf("1.0.%d", i), nil))
		}
	}
	return e
}

// changed is the environment with other versions of so many of its objects.
func changed(e *engine.Environment, n, round int) *engine.Environment {
	next := *e
	next.Objects = append([]*engine.Object(nil), e.Objects...)
	for i := range n {
		at := (i*97 + round) % len(next.Objects)
		next.Objects[at] = with(next.Objects[at], func(o *engine.Object) {
			if o.Drift == engine.DriftSynced {
				o.Drift, o.ChangedBy, o.ChangedAt = engine.DriftModified, "kubectl-edit", now
			} else {
				o.Drift = engine.DriftSynced
			}
		})
	}
	next.Images = append([]*engine.Image(nil), e.Images...)
	for i := range min(n/10, len(next.Images)) {
		at := (i*97 + round) % len(next.Images)
		image := *next.Images[at]
		updated(fmt.Sprintf("2.0.%d", round), 1, 0)(&image)
		next.Images[at] = &image
	}
	next.Counts = map[engine.Drift]int{}
	for _, o := range next.Objects {
		next.Counts[o.Drift]++
	}
	return &next
}

// rounds are versions of an environment: in each, and from the last to the first,
// 100 objects are others.
func rounds() []*engine.Environment {
	versions := []*engine.Environment{large(10000)}
	for i := range 20 {
		versions = append(versions, changed(versions[i], 100, i))
	}
	for i := 19; i > 0; i-- {
		versions = append(versions, versions[i])
	}
	return versions
}

func BenchmarkDriftSnapshot(b *testing.B) {
	for _, filter := range []string{"", "service kind:deploy"} {
		b.Run("filter="+filter, func(b *testing.B) {
			versions := rounds()
			var p panel.Drift
			p.SetFilter(filter)
			p.SetEnvironment(versions[0])
			do(b, &p, keymap.Bottom)
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				i++
				p.SetEnvironment(versions[i%len(versions)])
			}
		})
	}
}

func BenchmarkImagesSnapshot(b *testing.B) {
	versions := rounds()
	var p panel.Images
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		hang(&p, versions[i%len(versions)])
	}
}

func BenchmarkDriftView(b *testing.B) {
	var p panel.Drift
	p.SetEnvironment(changed(large(10000), 100, 1))
	c := canvas(60, 60)
	b.Run("cursor", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			p.Do(keymap.Down)
			p.View(c)
		}
	})
	b.Run("page", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			p.Do(keymap.PageDown)
			if id, _ := p.Selected(); id.Name == "" {
				b.Fatal("nothing is selected")
			}
			p.View(c)
		}
	})
}

func BenchmarkImagesView(b *testing.B) {
	var p panel.Images
	hang(&p, large(10000))
	c := canvas(60, 60)
	b.ReportAllocs()
	for b.Loop() {
		p.Do(keymap.Down)
		p.View(c)
	}
}

func BenchmarkDriftFilterKey(b *testing.B) {
	var p panel.Drift
	p.SetEnvironment(large(10000))
	words := []string{"s", "se", "ser", "ser9", "ser", "se"}
	i := 0
	for b.Loop() {
		i++
		p.SetFilter(words[i%len(words)])
	}
}

func BenchmarkDriftGroup(b *testing.B) {
	var p panel.Drift
	p.SetEnvironment(large(10000))
	for b.Loop() {
		p.Do(keymap.Group)
	}
}

func BenchmarkDriftEnvironment(b *testing.B) {
	var p panel.Drift
	one, other := large(10000), large(10000)
	other.Name = "staging"
	p.SetEnvironment(one)
	p.SetEnvironment(other)
	for b.Loop() {
		p.SetEnvironment(one)
		p.SetEnvironment(other)
	}
}
