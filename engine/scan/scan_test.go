package scan_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine/scan"
	"github.com/evenkeel/evenkeel/registry"
)

// between fails unless d is near what is wanted, and not longer.
func between(t *testing.T, what string, d, wanted time.Duration) {
	t.Helper()
	if d > wanted || d < wanted*8/10 {
		t.Errorf("%s: %v, want %v at most and little less", what, d, wanted)
	}
}

func lines(t *testing.T, have []string, want ...string) {
	t.Helper()
	slices.Sort(have)
	slices.Sort(want)
	if !slices.Equal(have, want) {
		t.Errorf("asked:\n%s\nwant:\n%s", strings.Join(have, "\n"), strings.Join(want, "\n"))
	}
}

func TestWhatChangesIsLookedAtOften(t *testing.T) {
	s := newStore(t)
	s.push("shop/api", "1", built(1))
	inTime(t, s, func(w *scanning) {
		w.Follow([]scan.Target{{Repository: s.repository("shop/api")}})
		r := w.next()
		if r.Err != nil || !r.Changed || !slices.Equal(r.Tags.Tags, []string{"1"}) || !r.At.Equal(time.Now()) {
			t.Fatalf("%+v", r)
		}
		wait := func() (time.Duration, scan.Result) {
			before := time.Now()
			r := w.next()
			return time.Since(before), r
		}
		d, r := wait()
		between(t, "after the first scan", d, interval)
		if r.Changed {
			t.Error("nothing changed, and it says so")
		}
		s.push("shop/api", "2", built(2))
		d, r = wait()
		between(t, "with nothing new", d, interval)
		if !r.Changed || !slices.Equal(r.Tags.Tags, []string{"1", "2"}) {
			t.Errorf("%+v", r)
		}
		for i, factor := range []float64{0.2, 0.3, 0.45, 0.675, 1, 1} {
			next := time.Until(r.Next)
			if d, r = wait(); d != next {
				t.Errorf("it came after %v, and said %v", d, next)
			}
			between(t, fmt.Sprintf("scan %d after a change", i+1), d, time.Duration(factor*float64(interval)))
		}
	})
}

func TestEachDigestIsReadOnce(t *testing.T) {
	s := newStore(t)
	for i := range 20 {
		s.push("shop/api", fmt.Sprint("build-", i), built(i))
	}
	inTime(t, s, func(w *scanning) {
		w.Follow([]scan.Target{{Repository: s.repository("shop/api"), Current: []string{"build-3", "build-7"}, Need: newest}})
		r := w.next()
		asked := s.take()
		seen := map[string]bool{}
		for _, line := range asked {
			if seen[line] {
				t.Errorf("asked twice: %s", line)
			}
			seen[line] = true
		}
		if r.Err != nil || len(r.Images) != 20 || len(asked) != 1+3*20 {
			t.Errorf("%d images, %d requests: %v", len(r.Images), len(asked), r.Err)
		}
		for _, tag := range r.Known() {
			if tag.Created.IsZero() || tag.Undated || tag.Digest == "" {
				t.Errorf("%+v", tag)
			}
		}
		for i := range 4 {
			w.next()
			turn := []string{"build-7", "build-3"}[i%2]
			lines(t, s.take(), "GET /shop/api/tags/list", "HEAD /shop/api/manifests/"+turn)
		}
		// A tag that is pushed costs its own three requests more.
		s.push("shop/api", "build-20", built(20))
		if r := w.next(); !r.Images["build-20"].Created.Equal(built(20)) {
			t.Errorf("%+v", r.Images["build-20"])
		}
		if n := len(s.take()); n != 5 {
			t.Errorf("%d requests for a new tag", n)
		}
	})
}

func TestAMovedTagIsNoticed(t *testing.T) {
	s := newStore(t)
	first := s.push("shop/api", "stable", built(1))
	inTime(t, s, func(w *scanning) {
		w.Follow([]scan.Target{{Repository: s.repository("shop/api"), Current: []string{"stable"}}})
		if r := w.next(); r.Images["stable"].Digest != first {
			t.Fatalf("%+v", r)
		}
		second := s.push("shop/api", "stable", built(2))
		r := w.next()
		image := r.Images["stable"]
		if !r.Changed || image.Digest != second || image.Previous != first || !image.Created.Equal(built(2)) {
			t.Errorf("%+v", image)
		}
		between(t, "then", time.Until(r.Next), interval/5)

		// Taken away: what it was stays known, and that it is gone is told.
		s.push("shop/api", "other", built(3))
		s.remove("shop/api", "stable")
		r = w.next()
		if r.Err != nil || !errors.Is(r.Broken["stable"], registry.ErrNotFound) || !r.Images["stable"].Created.Equal(built(2)) {
			t.Errorf("%+v", r)
		}
		// Made anew, it is not taken for what it was.
		third := s.push("shop/api", "stable", built(4))
		if r = w.next(); r.Images["stable"].Digest != third || r.Broken["stable"] != nil {
			t.Errorf("%+v", r)
		}
	})
}

func TestATagMadeAnewIsNotRecalled(t *testing.T) {
	s := newStore(t)
	s.push("shop/api", "1", built(1))
	s.push("shop/api", "2", built(2))
	inTime(t, s, func(w *scanning) {
		w.Follow([]scan.Target{{Repository: s.repository("shop/api"), Need: newest}})
		w.next()
		s.remove("shop/api", "2")
		if r := w.next(); len(r.Images) != 1 {
			t.Errorf("what is gone is known: %+v", r.Images)
		}
		s.push("shop/api", "2", built(9))
		if r := w.next(); !r.Images["2"].Created.Equal(built(9)) {
			t.Errorf("%+v", r.Images["2"])
		}
	})
}

func TestBrokenImagesDoNotStopAPolicy(t *testing.T) {
	s := newStore(t)
	s.push("shop/api", "1", built(1))
	s.pushManifest("shop/api", "2", `{"welcome":true}`)
	s.pushManifest("shop/api", "3", `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","layers":[]}`)
	inTime(t, s, func(w *scanning) {
		w.Follow([]scan.Target{{Repository: s.repository("shop/api"), Need: newest}})
		r := w.next()
		if r.Err != nil || !errors.Is(r.Broken["2"], registry.ErrInvalid) || len(newest(r.Known())) != 0 {
			t.Errorf("%v %v, %v not dated", r.Err, r.Broken, newest(r.Known()))
		}
		if image, known := r.Images["3"]; !known || !image.Created.IsZero() {
			t.Errorf("%+v", image)
		}
		s.push("shop/api", "2", built(5))
		if r = w.next(); !r.Changed || r.Broken["2"] != nil || !r.Images["2"].Created.Equal(built(5)) {
			t.Errorf("it was mended: %v %+v", r.Broken, r.Images["2"])
		}
		if len(r.Broken) != 0 {
			t.Error(r.Broken)
		}
	})
}

func TestATagThatTheRegistryFailsOn(t *testing.T) {
	s := newStore(t)
	for i := range 8 {
		s.push("shop/api", fmt.Sprint(i), built(i))
	}
	s.is(func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/manifests/1") {
			rw.WriteHeader(http.StatusInternalServerError)
			return
		}
		s.images.ServeHTTP(rw, r)
	})
	inTime(t, s, func(w *scanning) {
		w.Follow([]scan.Target{{Repository: s.repository("shop/api"), Need: newest}})
		for i := range 2 {
			if r := w.next(); !errors.Is(r.Err, registry.ErrUnavailable) || len(r.Images) != 7 || r.Broken["1"] != nil || !r.At.IsZero() {
				t.Errorf("scan %d: %v, %d images, broken %v", i, r.Err, len(r.Images), r.Broken)
			}
		}
		if r := w.next(); r.Err != nil || r.Broken["1"] == nil || len(newest(r.Known())) != 0 {
			t.Errorf("%v %v", r.Err, r.Broken)
		}
	})
}

func TestARegistryThatIsDown(t *testing.T) {
	s := newStore(t)
	s.push("shop/api", "1", built(1))
	inTime(t, s, func(w *scanning) {
		w.Follow([]scan.Target{{Repository: s.repository("shop/api"), Current: []string{"1"}}})
		fine := w.next()
		s.is(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusBadGateway) })
		s.push("shop/api", "2", built(2))
		began, told := time.Now(), 0
		for time.Since(began) < time.Hour {
			r := w.next()
			told++
			if !errors.Is(r.Err, registry.ErrUnavailable) || !r.At.Equal(fine.At) || len(r.Tags.Tags) != 1 || len(r.Images) != 1 || r.Changed {
				t.Fatalf("%+v", r)
			}
		}
		if n := len(s.take()); n > 30 || told > 30 {
			t.Errorf("in an hour it was asked %d times, and that was told %d times", n, told)
		}
		s.is(nil)
		w.Rescan(s.repository("shop/api"))
		if r := w.next(); r.Err != nil || len(r.Tags.Tags) != 2 || !r.Changed {
			t.Errorf("up again: %+v", r)
		}
	})
}

func TestALimitIsKept(t *testing.T) {
	s := newStore(t)
	s.push("shop/api", "1", built(1))
	s.is(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v2/" {
			rw.Header().Set("Retry-After", "600")
			rw.WriteHeader(http.StatusTooManyRequests)
		}
	})
	inTime(t, s, func(w *scanning) {
		w.Follow([]scan.Target{{Repository: s.repository("shop/api")}})
		r := w.next()
		if !errors.Is(r.Err, registry.ErrLimited) || time.Until(r.Next) != 10*time.Minute {
			t.Errorf("%v, next in %v", r.Err, time.Until(r.Next))
		}
		s.is(nil)
		s.take()
		w.Rescan()
		if r := w.next(); !errors.Is(r.Err, registry.ErrLimited) || len(s.take()) != 0 || time.Until(r.Next) != 10*time.Minute {
			t.Errorf("on demand: %v, next in %v", r.Err, time.Until(r.Next))
		}
		before := time.Now()
		if r := w.next(); r.Err != nil || time.Since(before) != 10*time.Minute {
			t.Errorf("after %v: %v", time.Since(before), r.Err)
		}
	})
}
