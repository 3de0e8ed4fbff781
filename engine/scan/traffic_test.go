package scan_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine/scan"
	"github.com/evenkeel/evenkeel/registry"
)

// traffic scans many repositories over the network, twice, and counts.
type traffic struct {
	digests, first, second map[string]int // requests, by what was asked
	took                   [2]time.Duration
}

func measure(t testing.TB, repositories, tags int) traffic {
	s := newStore(t)
	targets := make([]scan.Target, repositories)
	for r := range targets {
		path := fmt.Sprintf("shop/%03d", r)
		for i := range tags {
			s.push(path, fmt.Sprint("build-", i), built(r*tags+i))
		}
		targets[r] = scan.Target{Repository: s.repository(path), Current: []string{"build-0"}, Need: newest}
	}
	client, err := registry.Open(registry.Options{Insecure: []string{s.host}, CacheDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	results := make(chan scan.Result, repositories)
	scanner := scan.New(client, time.Hour, func(r scan.Result) { results <- r })
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- scanner.Run(ctx) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	round := func(begin func(), changed bool) (map[string]int, time.Duration) {
		before := time.Now()
		begin()
		for range repositories {
			r := <-results
			if r.Err != nil || len(r.Images) != tags || r.Changed != changed {
				t.Fatalf("%s: %v, %d images, changed: %v", r.Repository, r.Err, len(r.Images), r.Changed)
			}
		}
		asked := map[string]int{}
		for _, line := range s.take() {
			asked[line]++
		}
		return asked, time.Since(before)
	}
	var m traffic
	m.first, m.took[0] = round(func() { scanner.Follow(targets) }, true)
	m.second, m.took[1] = round(func() { scanner.Rescan() }, false)
	m.digests = map[string]int{}
	for line, n := range m.first {
		if strings.HasPrefix(line, "GET ") && strings.Contains(line, "sha256:") {
			m.digests[line[strings.LastIndex(line, "/")+1:]] += n
		}
	}
	return m
}

func TestTraffic(t *testing.T) {
	const repositories, tags = 30, 10
	m := measure(t, repositories, tags)
	// Each image has a manifest and a config.
	if len(m.digests) != 2*repositories*tags {
		t.Errorf("%d digests were read, there are %d", len(m.digests), 2*repositories*tags)
	}
	for what, n := range m.first {
		if n != 1 {
			t.Errorf("%s: asked %d times", what, n)
		}
	}
	each := map[string]int{}
	for what, n := range m.second {
		each[strings.Join(strings.Split(what, "/")[1:3], "/")] += n
	}
	for repository, n := range each {
		if n > 2 {
			t.Errorf("with nothing changed, %s was asked %d times", repository, n)
		}
	}
}

// What a whole company costs: 200 repositories with 100 tags each.
func BenchmarkTraffic(b *testing.B) {
	for b.Loop() {
		m := measure(b, 200, 100)
		total := func(asked map[string]int) (n int) {
			for _, times := range asked {
				n += times
			}
			return n
		}
		again := 0
		for _, n := range m.digests {
			again += n - 1
		}
		b.ReportMetric(float64(total(m.first)), "first-requests")
		b.ReportMetric(float64(len(m.digests)), "digests")
		b.ReportMetric(float64(again), "digests-again")
		b.ReportMetric(float64(total(m.second))/200, "second-requests/repository")
		b.ReportMetric(m.took[0].Seconds(), "first-s")
		b.ReportMetric(m.took[1].Seconds(), "second-s")
	}
}
