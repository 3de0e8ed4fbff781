package scan_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evenkeel/evenkeel/engine/imagepolicy"
	"github.com/evenkeel/evenkeel/engine/scan"
	"github.com/evenkeel/evenkeel/registry"
)

func TestFollowReplaces(t *testing.T) {
	s := newStore(t)
	for _, path := range []string{"shop/api", "shop/web", "shop/jobs"} {
		s.push(path, "1", built(1))
		s.push(path, "2", built(2))
	}
	inTime(t, s, func(w *scanning) {
		api, web, jobs := s.repository("shop/api"), s.repository("shop/web"), s.repository("shop/jobs")
		w.Follow([]scan.Target{{Repository: api}, {Repository: web}})
		w.next()
		w.next()
		s.take()
		w.quiet(interval / 2)

		w.Follow([]scan.Target{{Repository: api}, {Repository: jobs}})
		if r := w.next(); r.Repository != jobs {
			t.Errorf("first is %s", r.Repository)
		}
		lines(t, s.take(), "GET /shop/jobs/tags/list")
		r := w.next()
		if r.Repository != api {
			t.Errorf("then %s", r.Repository)
		}
		s.take()

		// What is newly wanted of one that stays is asked at once, and nothing else.
		due := r.Next
		w.Follow([]scan.Target{{Repository: api, Current: []string{"2", "not a tag"}, Need: func(known []imagepolicy.Tag) []string {
			if known[0].Created.IsZero() {
				return []string{"1"}
			}
			return nil
		}}})
		if r := w.next(); r.Err != nil || len(r.Images) != 2 || !r.Changed || !r.Next.Equal(due) || time.Now().After(due) {
			t.Errorf("%+v", r)
		}
		for _, line := range s.take() {
			if strings.HasSuffix(line, "tags/list") {
				t.Error(line)
			}
		}
		w.Follow([]scan.Target{{Repository: api, Current: []string{"1"}}})
		synctest.Wait()
		lines(t, s.take())
		if r := w.next(); !time.Now().Equal(due) || r.Repository != api {
			t.Errorf("it lost its schedule, or %s is followed still", r.Repository)
		}

		w.Follow(nil)
		s.take()
		w.quiet(3 * interval)
		lines(t, s.take())
	})
}

func TestFollowEndsScans(t *testing.T) {
	s := newStore(t)
	arrived := make(chan struct{})
	s.is(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v2/" {
			close(arrived)
			<-r.Context().Done()
		}
	})
	s.push("shop/api", "1", built(1))
	inTime(t, s, func(w *scanning) {
		w.Follow([]scan.Target{{Repository: s.repository("shop/api")}})
		<-arrived
		before := time.Now()
		w.Follow(nil)
		synctest.Wait()
		if host := w.client.Hosts()[0]; host.InFlight != 0 || !time.Now().Equal(before) {
			t.Errorf("%d in flight after %v", host.InFlight, time.Since(before))
		}
		w.quiet(time.Hour)
	})
}

func TestRescanAsksForEachCurrentTag(t *testing.T) {
	s := newStore(t)
	s.push("shop/api", "1", built(1))
	s.push("shop/api", "2", built(2))
	inTime(t, s, func(w *scanning) {
		api := s.repository("shop/api")
		w.Follow([]scan.Target{{Repository: api, Current: []string{"1", "2"}}})
		w.next()
		s.take()
		w.Rescan(api, s.repository("shop/unknown"))
		w.next()
		lines(t, s.take(), "GET /shop/api/tags/list", "HEAD /shop/api/manifests/1", "HEAD /shop/api/manifests/2")
		// One that is in vain is made up for.
		s.is(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusBadGateway) })
		w.Rescan(api)
		w.next()
		s.is(nil)
		s.take()
		if w.next(); len(s.take()) != 3 {
			t.Error("it was made up for with less")
		}
		before := time.Now()
		w.Rescan()
		w.next()
		if n := len(s.take()); n != 2 || !time.Now().Equal(before) {
			t.Errorf("%d requests, %v later", n, time.Since(before))
		}
	})
}

func TestARescanDuringAScanIsNotLost(t *testing.T) {
	s := newStore(t)
	s.push("shop/api", "1", built(1))
	reached, gate := make(chan struct{}), make(chan struct{})
	var once atomic.Bool
	s.is(func(rw http.ResponseWriter, r *http.Request) {
		s.images.ServeHTTP(rw, r)
		if strings.HasSuffix(r.URL.Path, "/tags/list") && once.CompareAndSwap(false, true) {
			close(reached)
			<-gate
		}
	})
	inTime(t, s, func(w *scanning) {
		w.Follow([]scan.Target{{Repository: s.repository("shop/api")}})
		<-reached
		s.push("shop/api", "2", built(2)) // the list has been read
		w.Rescan(s.repository("shop/api"))
		close(gate)
		before := time.Now()
		w.next()
		if r := w.next(); len(r.Tags.Tags) != 2 || !time.Now().Equal(before) {
			t.Errorf("%v after %v", r.Tags.Tags, time.Since(before))
		}
	})
}

func TestCredentials(t *testing.T) {
	s := newStore(t)
	s.push("shop/api", "1", built(1))
	s.is(func(rw http.ResponseWriter, r *http.Request) {
		if _, password, _ := r.BasicAuth(); password != "sesame" {
			rw.Header().Set("WWW-Authenticate", `Basic realm="shop"`)
			rw.WriteHeader(http.StatusUnauthorized)
			return
		}
		s.images.ServeHTTP(rw, r)
	})
	inTime(t, s, func(w *scanning) {
		var password atomic.Value
		password.Store("mellon")
		w.Follow([]scan.Target{{
			Repository: s.repository("shop/api"), Current: []string{"1"},
			Credentials: func(context.Context) ([]registry.Credentials, []error) {
				login := registry.Login{Username: "ada", Password: password.Load().(string)}
				return []registry.Credentials{registry.NewCredentials("secret shop/regcred", s.host, login)},
					[]error{errors.New("secret shop/other: it is not there")}
			},
		}})
		r := w.next()
		if !errors.Is(r.Err, registry.ErrUnauthorized) || !strings.Contains(r.Err.Error(), "secret shop/other: it is not there") ||
			!strings.Contains(r.Err.Error(), "secret shop/regcred") || strings.Contains(r.Err.Error(), "mellon") {
			t.Errorf("%v", r.Err)
		}
		between(t, "the next try", time.Until(r.Next), 5*time.Second)
		password.Store("sesame")
		if r = w.next(); r.Err != nil || len(r.Images) != 1 {
			t.Errorf("%+v", r)
		}
	})
}

func TestTroubleIsTriedLessAndLess(t *testing.T) {
	s := newStore(t)
	inTime(t, s, func(w *scanning) {
		w.Follow([]scan.Target{{Repository: s.repository("shop/missing")}})
		for _, wait := range []time.Duration{5, 10, 20, 40, 80, 160, 300, 300} {
			r := w.next()
			if !errors.Is(r.Err, registry.ErrNotFound) {
				t.Fatal(r.Err)
			}
			between(t, "the next try", time.Until(r.Next), wait*time.Second)
		}
	})
}

// A process that has ended left its cache behind.
func TestWhatWasKnownIsToldWithTrouble(t *testing.T) {
	s := newStore(t)
	for i := range 5 {
		s.push("shop/api", fmt.Sprint(i), built(i))
	}
	inTime(t, s, func(w *scanning) {
		target := scan.Target{Repository: s.repository("shop/api"), Current: []string{"1"}, Need: newest}
		w.Follow([]scan.Target{target})
		fine := w.next()
		w.Follow(nil)
		s.is(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusBadGateway) })
		w.Follow([]scan.Target{target})
		r := w.next()
		if r.Err == nil || len(r.Tags.Tags) != 5 || len(r.Images) != 5 || !r.At.Equal(fine.At) {
			t.Errorf("%v: %d tags, %d images, at %v", r.Err, len(r.Tags.Tags), len(r.Images), r.At)
		}
		s.is(nil)
		s.take()
		if r = w.next(); r.Err != nil {
			t.Error(r.Err)
		}
		lines(t, s.take(), "GET /shop/api/tags/list", "HEAD /shop/api/manifests/1")
	})
}

func TestASlowHostDoesNotKeepOthersWaiting(t *testing.T) {
	slow, quick := newStore(t), newStore(t)
	quick.push("shop/api", "1", built(1))
	slow.is(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	synctest.Test(t, func(t *testing.T) {
		client, err := registry.Open(registry.Options{Insecure: []string{slow.host, quick.host}, Transport: byHost{slow.host: slow, quick.host: quick}})
		if err != nil {
			t.Fatal(err)
		}
		w := start(t, client)
		var targets []scan.Target
		for i := range 50 {
			targets = append(targets, scan.Target{Repository: slow.repository(fmt.Sprint("shop/", i))})
		}
		w.Follow(append(targets, scan.Target{Repository: quick.repository("shop/api")}))
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		before := time.Now()
		go func() { ended <- w.Run(ctx) }()
		if r := w.next(); r.Repository.Host != quick.host || !time.Now().Equal(before) {
			t.Errorf("%s after %v: %v", r.Repository, time.Since(before), r.Err)
		}
		synctest.Wait()
		for _, h := range client.Hosts() {
			if h.InFlight+h.Waiting > 4 {
				t.Errorf("%d scans of %s are under way", h.InFlight+h.Waiting, h.Host)
			}
		}
		stop()
		if err := <-ended; err != nil || !time.Now().Equal(before) {
			t.Errorf("it ended with %v after %v", err, time.Since(before))
		}
		if w.Run(t.Context()) == nil {
			t.Error("it was started twice")
		}
	})
}

// byHost is a network with several registries.
type byHost map[string]http.RoundTripper

func (b byHost) RoundTrip(r *http.Request) (*http.Response, error) { return b[r.URL.Host].RoundTrip(r) }
