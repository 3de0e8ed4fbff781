package registry_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/registry"
	"github.com/evenkeel/evenkeel/registry/registrytest"
)

// clock is a clock that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
}

// record is what a server was asked.
type record struct {
	mu    sync.Mutex
	lines []string
}

func (r *record) note(line string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, line)
}

// take gives what was asked since it was last called.
func (r *record) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	lines := r.lines
	r.lines = nil
	return lines
}

func (r *record) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.note(q.Method + " " + q.URL.Path)
		next.ServeHTTP(w, q)
	})
}

func serve(t *testing.T) *registrytest.Server {
	t.Helper()
	server, err := registrytest.Serve(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return server
}

func push(t *testing.T, server *registrytest.Server, repository, tag string, o registrytest.Options) string {
	t.Helper()
	digest, err := server.Push(t.Context(), repository, tag, o)
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

func open(t *testing.T, o registry.Options) *registry.Client {
	t.Helper()
	client, err := registry.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func repository(t *testing.T, text string) registry.Repository {
	t.Helper()
	parsed, err := registry.ParseRepository(text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func reference(t *testing.T, text string) registry.Reference {
	t.Helper()
	parsed, err := registry.ParseReference(text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func count(lines []string, prefix string) int {
	n := 0
	for _, line := range lines {
		if strings.HasPrefix(line, prefix) {
			n++
		}
	}
	return n
}

var built = time.Date(2026, 11, 20, 8, 30, 0, 0, time.UTC)

func TestImagesAreDescribed(t *testing.T) {
	server := serve(t)
	labels := map[string]string{
		"org.opencontainers.image.source":   "https://git.example.com/shop/api",
		"org.opencontainers.image.revision": "4f1c2d",
		"org.opencontainers.image.version":  "1.2.0",
		"maintainer":                        "somebody",
	}
	single := push(t, server, "shop/api", "1.2.0", registrytest.Options{Created: built, Labels: labels})
	index := push(t, server, "shop/api", "1.3.0", registrytest.Options{Created: built, Labels: labels, Platforms: []string{"linux/amd64", "linux/arm64/v8"}})
	client := open(t, registry.Options{Insecure: []string{server.Host()}})

	for _, test := range []struct {
		name, ref, platform string
		digest              string
		same                bool // the platform's digest is the image's
		runs                string
		platforms           int
	}{
		{"single", ":1.2.0", "", single, true, "linux/amd64", 1},
		{"by digest", "@" + single, "linux/amd64", single, true, "linux/amd64", 1},
		{"index", ":1.3.0", "", index, false, "linux/amd64", 2},
		{"index for a platform", ":1.3.0", "linux/arm64", index, false, "linux/arm64/v8", 2},
		{"tag and digest", ":1.2.0@" + index, "linux/arm64/v8", index, false, "linux/arm64/v8", 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			var platform registry.Platform
			if test.platform != "" {
				var err error
				if platform, err = registry.ParsePlatform(test.platform); err != nil {
					t.Fatal(err)
				}
			}
			ref := reference(t, server.Host()+"/shop/api"+test.ref)
			image, err := client.Image(t.Context(), ref, platform)
			if err != nil {
				t.Fatal(err)
			}
			if image.Digest != test.digest || (image.PlatformDigest == test.digest) != test.same {
				t.Errorf("it is %s with %s, pushed was %s", image.Digest, image.PlatformDigest, test.digest)
			}
			if image.Platform.String() != test.runs || len(image.Platforms) != test.platforms {
				t.Errorf("it runs on %s of %v", image.Platform, image.Platforms)
			}
			if !image.Created.Equal(built) || image.Note != "" || image.Size == 0 {
				t.Errorf("it was built at %v, has %d bytes, and says %q", image.Created, image.Size, image.Note)
			}
			if image.Version != "1.2.0" || image.Revision != "4f1c2d" || image.Source != "https://git.example.com/shop/api" {
				t.Errorf("it comes from %q %q %q", image.Source, image.Revision, image.Version)
			}
			if _, kept := image.Labels["maintainer"]; kept {
				t.Error("a label was kept that nobody reads")
			}
			again, known := client.LastImage(ref, platform)
			if !known || again.Digest != image.Digest || again.Created != image.Created {
				t.Errorf("remembered is %+v", again)
			}
		})
	}
	if _, known := client.LastImage(reference(t, server.Host()+"/shop/api:9.9.9"), registry.Platform{}); known {
		t.Error("what was never asked is known")
	}
}

func TestScansAskLittle(t *testing.T) {
	server := serve(t)
	const repositories, tags = 5, 6
	for r := range repositories {
		for v := range tags {
			push(t, server, "shop/s"+string(rune('a'+r)), "1.0."+string(rune('0'+v)), registrytest.Options{Created: built})
		}
	}
	var asked record
	server.Intercept(asked.wrap)
	dir := t.TempDir()
	scan := func(client *registry.Client, all bool) {
		t.Helper()
		for r := range repositories {
			list, err := client.Tags(t.Context(), repository(t, server.Host()+"/shop/s"+string(rune('a'+r))))
			if err != nil || len(list.Tags) != tags {
				t.Fatalf("%v: %v", list.Tags, err)
			}
			candidates := list.Tags
			if !all {
				candidates = candidates[tags-1:]
			}
			for _, tag := range candidates {
				if _, err := client.Image(t.Context(), registry.Reference{Repository: list.Repository, Tag: tag}, registry.Platform{}); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	options := registry.Options{CacheDir: dir, Insecure: []string{server.Host()}}
	client := open(t, options)
	scan(client, true)
	lines := asked.take()
	for _, prefix := range []string{"GET /v2/shop/s" /* below: lists, manifests, configs */} {
		if got, want := count(lines, prefix), repositories*(1+2*tags); got != want {
			t.Errorf("%d requests for %s, want %d", got, prefix, want)
		}
	}
	seen := map[string]bool{}
	for _, line := range lines {
		if strings.Contains(line, "sha256:") && seen[line] {
			t.Errorf("%s was asked twice", line)
		}
		seen[line] = true
	}
	if got := count(lines, "GET /v2/") - count(lines, "GET /v2/shop/"); got != 1 {
		t.Errorf("%d handshakes", got)
	}

	scan(client, false)
	if lines := asked.take(); len(lines) != 2*repositories || count(lines, "HEAD") != repositories {
		t.Errorf("nothing changed, and it asked %q", lines)
	}
	if state := client.Hosts()[0]; state.Requests < int64(repositories*(3+3*tags)) {
		t.Errorf("it counted %d requests", state.Requests)
	}

	// Another process starts with what this one knew.
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	client = open(t, options)
	if notices := client.Notices(); notices != nil {
		t.Error(notices)
	}
	scan(client, true)
	if lines := asked.take(); count(lines, "GET /v2/shop/") != repositories {
		t.Errorf("what digests are was asked again: %q", lines)
	}
}

func TestADigestIsReadOnceByAll(t *testing.T) {
	server := serve(t)
	push(t, server, "shop/api", "1.0.0", registrytest.Options{Created: built})
	var asked record
	server.Intercept(asked.wrap)
	client := open(t, registry.Options{Insecure: []string{server.Host()}})
	ref := reference(t, server.Host()+"/shop/api:1.0.0")
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if _, err := client.Image(t.Context(), ref, registry.Platform{}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if lines := asked.take(); count(lines, "GET /v2/shop/") != 2 || count(lines, "HEAD") != 20 {
		t.Errorf("%q", lines)
	}
	state := client.Hosts()[0]
	if state.InFlight != 0 || state.Waiting != 0 || state.Limit != 4 {
		t.Errorf("%+v", state)
	}
}

func TestAMovedTagIsTold(t *testing.T) {
	server := serve(t)
	clock := newClock()
	client := open(t, registry.Options{Insecure: []string{server.Host()}, Now: clock.Now})
	first := push(t, server, "shop/api", "stable", registrytest.Options{Created: built})
	ref := reference(t, server.Host()+"/shop/api:stable")
	image, err := client.Image(t.Context(), ref, registry.Platform{})
	if err != nil || image.Previous != "" || !image.MovedAt.IsZero() {
		t.Fatalf("%+v %v", image, err)
	}
	clock.advance(time.Hour)
	moved := clock.Now()
	second := push(t, server, "shop/api", "stable", registrytest.Options{Created: built.Add(1)})
	for range 2 {
		if image, err = client.Image(t.Context(), ref, registry.Platform{}); err != nil {
			t.Fatal(err)
		}
		if image.Digest != second || image.Previous != first || !image.MovedAt.Equal(moved) {
			t.Errorf("%+v", image)
		}
		clock.advance(time.Hour)
	}
}

func TestReferences(t *testing.T) {
	const digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	for _, test := range []struct{ text, want string }{
		{"nginx", "docker.io/library/nginx:latest"},
		{"acme/api:1.2", "docker.io/acme/api:1.2"},
		{"index.docker.io/acme/api", "docker.io/acme/api:latest"},
		{"ghcr.io/acme/api:v1.2.0", "ghcr.io/acme/api:v1.2.0"},
		{"localhost:5000/api", "localhost:5000/api:latest"},
		{"registry.example.com:443/a/b/c:1@" + digest, "registry.example.com:443/a/b/c:1@" + digest},
		{"api@" + digest, "docker.io/library/api@" + digest},
		{"", ""},
		{"ACME/api", ""},
		{"acme/../api", ""},
		{"acme//api", ""},
		{"api:", ""},
		{"api:-x", ""},
		{"api:" + strings.Repeat("x", 129), ""},
		{"api@sha256:12", ""},
		{"api@", ""},
		{"https://ghcr.io/acme/api", ""},
		{"ghcr.io/acme/api?x=1", ""},
		{"user:secret@ghcr.io/acme/api", ""},
	} {
		ref, err := registry.ParseReference(test.text)
		if test.want == "" {
			if err == nil {
				t.Errorf("%q is taken for %v", test.text, ref)
			}
			continue
		}
		if err != nil || ref.String() != test.want {
			t.Errorf("%q is %v: %v, want %s", test.text, ref, err, test.want)
		}
	}
}

func TestTags(t *testing.T) {
	server := serve(t)
	hash := strings.Repeat("ab", 32)
	for _, tag := range []string{"1.10.0", "1.2.0", "latest", "sha256-" + hash, "sha256-" + hash + ".sig", "1.2.0.att", "sha-1234567"} {
		push(t, server, "shop/api", tag, registrytest.Options{Created: built})
	}
	clock := newClock()
	client := open(t, registry.Options{Insecure: []string{server.Host()}, Now: clock.Now})
	repo := repository(t, server.Host()+"/shop/api")
	if _, known := client.LastTags(repo); known {
		t.Error("what was never asked is known")
	}
	list, err := client.Tags(t.Context(), repo)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"1.10.0", "1.2.0", "latest", "sha-1234567"}; !slices.Equal(list.Tags, want) || list.Signatures != 3 || list.Invalid != 0 {
		t.Errorf("%+v", list)
	}
	if list.Unchanged || !list.At.Equal(clock.Now()) {
		t.Errorf("the first list: %+v", list)
	}
	asked := clock.Now()
	clock.advance(time.Minute)
	if list, err = client.Tags(t.Context(), repo); err != nil || !list.Unchanged {
		t.Errorf("the same list: %+v %v", list, err)
	}
	push(t, server, "shop/api", "1.3.0", registrytest.Options{Created: built})
	if list, err = client.Tags(t.Context(), repo); err != nil || list.Unchanged || len(list.Tags) != 5 {
		t.Errorf("a longer list: %+v %v", list, err)
	}
	clock.advance(time.Minute)
	if list, known := client.LastTags(repo); !known || len(list.Tags) != 5 || !list.At.Equal(asked.Add(time.Minute)) {
		t.Errorf("remembered: %+v", list)
	}
}
