package scan_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evenkeel/evenkeel/engine/imagepolicy"
	"github.com/evenkeel/evenkeel/engine/scan"
	"github.com/evenkeel/evenkeel/registry"
	"github.com/evenkeel/evenkeel/registry/registrytest"
)

const interval = time.Minute

// store is a registry that is asked without a network, so that its time can be
// a test's, and what it was asked.
type store struct {
	testing.TB
	host   string
	images http.Handler

	mu    sync.Mutex
	lines []string
	front http.HandlerFunc
}

func newStore(t testing.TB) *store {
	t.Helper()
	server, err := registrytest.Serve(context.Background(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	s := &store{TB: t, host: server.Host()}
	server.Intercept(func(images http.Handler) http.Handler {
		s.images = images
		return s
	})
	return s
}

func (s *store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.lines = append(s.lines, r.Method+" "+strings.TrimPrefix(r.URL.Path, "/v2"))
	front := s.front
	s.mu.Unlock()
	if front != nil {
		front(w, r)
		return
	}
	s.images.ServeHTTP(w, r)
}

// RoundTrip lets the store take the place of the network.
func (s *store) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	response := w.Result()
	response.Request = r
	return response, nil
}

// is lets a handler answer in place of the registry; nil ends that.
func (s *store) is(front http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.front = front
}

// take gives what was asked since it was last called, but for handshakes.
func (s *store) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var lines []string
	for _, line := range s.lines {
		if line != "GET /" {
			lines = append(lines, line)
		}
	}
	s.lines = nil
	return lines
}

// put sends something to the registry and gives its digest.
func (s *store) put(method, path, mediaType string, body []byte) string {
	s.Helper()
	r := httptest.NewRequest(method, path, bytes.NewReader(body))
	r.Header.Set("Content-Type", mediaType)
	w := httptest.NewRecorder()
	s.images.ServeHTTP(w, r)
	if w.Code/100 != 2 {
		s.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	return fmt.Sprintf("sha256:%x", sha256.Sum256(body))
}

// push makes the smallest image there can be and tags it. The same date makes
// the same image.
func (s *store) push(path, tag string, built time.Time) string {
	s.Helper()
	config := fmt.Appendf(nil, `{"os":"linux","architecture":"amd64","created":%q,"config":{}}`, built.Format(time.RFC3339))
	digest := fmt.Sprintf("sha256:%x", sha256.Sum256(config))
	s.put(http.MethodPost, "/v2/"+path+"/blobs/uploads/?digest="+digest, "application/octet-stream", config)
	return s.pushManifest(path, tag, fmt.Sprintf(
		`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","layers":[],"config":{"mediaType":"application/vnd.oci.image.config.v1+json","size":%d,"digest":%q}}`,
		len(config), digest))
}

func (s *store) pushManifest(path, tag, manifest string) string {
	s.Helper()
	return s.put(http.MethodPut, "/v2/"+path+"/manifests/"+tag, "application/vnd.oci.image.manifest.v1+json", []byte(manifest))
}

func (s *store) remove(path, tag string) {
	s.Helper()
	s.put(http.MethodDelete, "/v2/"+path+"/manifests/"+tag, "", nil)
}

func (s *store) repository(path string) registry.Repository {
	return registry.Repository{Host: s.host, Path: path}
}

// built is the day on which something was built.
func built(day int) time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, day) }

// newest is the need of a policy that chooses by build time.
func newest(known []imagepolicy.Tag) []string {
	policy, err := imagepolicy.Parse("newest")
	if err != nil {
		panic(err)
	}
	return imagepolicy.Choose(policy, imagepolicy.Tag{}, known).Undated
}

// scanning is a scanner at work in a bubble of time.
type scanning struct {
	*scan.Scanner
	t       *testing.T
	client  *registry.Client
	results chan scan.Result
}

// inTime runs a test with a scanner, in a time that passes when all wait.
func inTime(t *testing.T, s *store, test func(*scanning)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		client, err := registry.Open(registry.Options{Insecure: []string{s.host}, Transport: s})
		if err != nil {
			t.Fatal(err)
		}
		w := start(t, client)
		defer func() { _ = client.Close() }()
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- w.Run(ctx) }()
		test(w)
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func start(t *testing.T, client *registry.Client) *scanning {
	w := &scanning{t: t, client: client, results: make(chan scan.Result, 1000)}
	w.Scanner = scan.New(client, interval, func(r scan.Result) { w.results <- r })
	return w
}

// next waits for a result.
func (w *scanning) next() scan.Result {
	w.t.Helper()
	select {
	case r := <-w.results:
		return r
	case <-time.After(24 * time.Hour):
		w.t.Fatal("nothing was told for a day")
		return scan.Result{}
	}
}

// quiet tells that nothing is told for a while.
func (w *scanning) quiet(d time.Duration) {
	w.t.Helper()
	select {
	case r := <-w.results:
		w.t.Fatalf("told: %+v", r)
	case <-time.After(d):
	}
}
