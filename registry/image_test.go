package registry_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/registry"
	"github.com/evenkeel/evenkeel/registry/registrytest"
)

func digestOf(text string) string { return fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(text))) }

// contents is a registry with what it is given, by tag or digest.
type contents map[string]string

func (c contents) add(text string) (digest string) {
	digest = digestOf(text)
	c[digest] = text
	return digest
}

func (c contents) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	text, known := c[name]
	if !known {
		w.WriteHeader(404)
		return
	}
	w.Header().Set("Docker-Content-Digest", digestOf(text))
	_, _ = io.WriteString(w, text)
}

// image makes a manifest with a config.
func (c contents) image(config string) string {
	return fmt.Sprintf(`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
		"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":%q,"size":%d},
		"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":%q,"size":1000}]}`,
		c.add(config), len(config), digestOf("layer"))
}

func TestImagesThatDoNotSayMuch(t *testing.T) {
	c := contents{}
	const empty = `"layers":[]`
	descriptor := func(mediaType, digest string) string {
		return fmt.Sprintf(`{"mediaType":%q,"digest":%q,"size":2}`, mediaType, digest)
	}
	const config = "application/vnd.oci.image.config.v1+json"
	manifest := `{"schemaVersion":2,"annotations":{"org.opencontainers.image.created":"2026-11-20T08:30:00Z","org.opencontainers.image.version":"3"},`
	for _, test := range []struct {
		name, manifest string
		created        bool
		note           string
	}{
		{"no date", c.image(`{"os":"linux","architecture":"amd64"}`), false, "does not say when"},
		{"a date of 1970", c.image(`{"created":"1970-01-01T00:00:00Z"}`), false, "does not say when"},
		{"a date of 1980", c.image(`{"created":"1980-01-01T00:00:01Z"}`), false, "does not say when"},
		{"a date in a label", c.image(`{"created":"1970-01-01T00:00:00Z","config":{"Labels":{"org.opencontainers.image.created":"2026-11-20T08:30:00Z"}}}`), true, ""},
		{"a date that is none", c.image(`{"created":"yesterday"}`), false, "cannot be read"},
		{"a config that is none", c.image(`<html>`), false, "cannot be read"},
		{"a date in an annotation", manifest + `"config":` + descriptor(config, c.add(`{}`)) + `,` + empty + `}`, true, ""},
		{"no config", `{"schemaVersion":2,` + empty + `}`, false, "has no config"},
		{"a config that is missing", `{"schemaVersion":2,"config":` + descriptor(config, digestOf("missing")) + `,` + empty + `}`, false, "does not have"},
		{"a chart", `{"schemaVersion":2,"config":` + descriptor("application/vnd.cncf.helm.config.v1+json", digestOf("chart")) + `,` + empty + `}`, false, "not a container image but application/vnd.cncf.helm"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c["1.0"] = test.manifest
			c.add(test.manifest)
			host := fake(t, c.ServeHTTP)
			client := open(t, registry.Options{Insecure: []string{host}})
			image, err := client.Image(t.Context(), reference(t, host+"/shop/api:1.0"), registry.Platform{})
			if err != nil {
				t.Fatal(err)
			}
			if image.Digest != digestOf(test.manifest) || image.Created.Equal(built) != test.created || !test.created && !image.Created.IsZero() {
				t.Errorf("%+v", image)
			}
			if !strings.Contains(image.Note, test.note) || test.note == "" && image.Note != "" {
				t.Errorf("it says %q, want %q", image.Note, test.note)
			}
		})
	}
}

func TestWhatIsNoImage(t *testing.T) {
	c := contents{}
	good := c.image(`{"created":"2026-11-20T08:30:00Z","os":"linux","architecture":"amd64"}`)
	index := func(manifests ...string) string {
		return `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[` + strings.Join(manifests, ",") + `]}`
	}
	child := func(digest, os, arch string) string {
		return fmt.Sprintf(`{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":%q,"size":1,"platform":{"os":%q,"architecture":%q}}`, digest, os, arch)
	}
	for _, test := range []struct {
		name, manifest string
		platform       registry.Platform
		kind           error
	}{
		{name: "a website", manifest: `<html>`, kind: registry.ErrInvalid},
		{name: "nothing", manifest: ``, kind: registry.ErrInvalid},
		{name: "other JSON", manifest: `{"tags":[]}`, kind: registry.ErrInvalid},
		{name: "a list", manifest: `[]`, kind: registry.ErrInvalid},
		{name: "the manifest of long ago", manifest: `{"schemaVersion":1,"fsLayers":[]}`, kind: registry.ErrInvalid},
		{name: "a config of another shape", manifest: `{"schemaVersion":2,"config":[],"layers":7}`, kind: registry.ErrInvalid},
		{name: "a digest that is none", manifest: `{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:../../etc"},"layers":[]}`, kind: registry.ErrInvalid},
		{name: "an empty index", manifest: index(), kind: registry.ErrPlatform},
		{name: "an index of others", manifest: index(child(digestOf(good), "windows", "amd64")), platform: registry.Platform{OS: "linux", Architecture: "amd64"}, kind: registry.ErrPlatform},
		{name: "an index of attestations", manifest: index(child(digestOf(good), "unknown", "unknown")), kind: registry.ErrPlatform},
		{name: "an index of what is missing", manifest: index(child(digestOf("missing"), "linux", "amd64")), kind: registry.ErrNotFound},
		{name: "too long", manifest: `{"schemaVersion":2,"layers":[],"pad":"` + strings.Repeat("x", 5<<20) + `"}`, kind: registry.ErrTooLarge},
	} {
		t.Run(test.name, func(t *testing.T) {
			c["1.0"] = test.manifest
			c.add(test.manifest)
			host := fake(t, c.ServeHTTP)
			client := open(t, registry.Options{Insecure: []string{host}})
			ref := reference(t, host+"/shop/api:1.0")
			_, err := client.Image(t.Context(), ref, test.platform)
			if !errors.Is(err, test.kind) || !strings.HasPrefix(err.Error(), ref.String()) {
				t.Errorf("%v, want %v", err, test.kind)
			}
		})
	}
	host := fake(t, c.ServeHTTP)
	_, err := open(t, registry.Options{Insecure: []string{host}}).Image(t.Context(), reference(t, host+"/shop/api:9"), registry.Platform{})
	if !errors.Is(err, registry.ErrNotFound) {
		t.Error(err)
	}
}

func TestADigestThatDoesNotMatch(t *testing.T) {
	for _, what := range []string{"manifest", "config"} {
		t.Run(what, func(t *testing.T) {
			c := contents{}
			manifest := c.image(`{"created":"2026-11-20T08:30:00Z"}`)
			digest := c.add(manifest)
			c["1.0"] = manifest
			if what == "manifest" {
				c[digest] = manifest + " "
			} else {
				c[digestOf(`{"created":"2026-11-20T08:30:00Z"}`)] = `{"created":"2026-11-21T00:00:00Z"}`
			}
			host := fake(t, c.ServeHTTP)
			client := open(t, registry.Options{Insecure: []string{host}})
			for _, text := range []string{":1.0", "@" + digest} {
				ref := reference(t, host+"/shop/api"+text)
				if _, err := client.Image(t.Context(), ref, registry.Platform{}); !errors.Is(err, registry.ErrDigest) {
					t.Errorf("%s: %v", text, err)
				}
				if image, known := client.LastImage(ref, registry.Platform{}); known {
					t.Errorf("%s: remembered is %+v", text, image)
				}
			}
		})
	}
}

func TestARegistryThatKnowsNoHead(t *testing.T) {
	for name, front := range map[string]func(http.ResponseWriter, *http.Request) bool{
		"at all": func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodHead {
				w.WriteHeader(405)
			}
			return r.Method == http.MethodHead
		},
		"with a digest": func(_ http.ResponseWriter, r *http.Request) bool { return r.Method == http.MethodHead },
	} {
		t.Run(name, func(t *testing.T) {
			c := contents{}
			manifest := c.image(`{"created":"2026-11-20T08:30:00Z"}`)
			c.add(manifest)
			c["1.0"] = manifest
			host := fake(t, func(w http.ResponseWriter, r *http.Request) {
				if !front(w, r) {
					c.ServeHTTP(w, r)
				}
			})
			client := open(t, registry.Options{Insecure: []string{host}})
			image, err := client.Image(t.Context(), reference(t, host+"/shop/api:1.0"), registry.Platform{})
			if err != nil || image.Digest != digestOf(manifest) || !image.Created.Equal(built) {
				t.Errorf("%+v %v", image, err)
			}
		})
	}
}

func TestManyTagsOfOneDate(t *testing.T) {
	const tags = 1000
	c := contents{}
	config := `{"created":"2026-11-20T08:30:00Z","os":"linux","architecture":"amd64"}`
	for i := range tags {
		manifest := strings.TrimSuffix(c.image(config), "}") + fmt.Sprintf(`,"annotations":{"n":"%d"}}`, i)
		c.add(manifest)
		c[fmt.Sprintf("build-%d", i)] = manifest
	}
	host := fake(t, c.ServeHTTP)
	client := open(t, registry.Options{Insecure: []string{host}, CacheDir: t.TempDir()})
	digests := map[string]bool{}
	for i := range tags {
		image, err := client.Image(t.Context(), reference(t, fmt.Sprintf("%s/shop/api:build-%d", host, i)), registry.Platform{})
		if err != nil || !image.Created.Equal(built) {
			t.Fatalf("%+v %v", image, err)
		}
		digests[image.Digest] = true
	}
	if len(digests) != tags {
		t.Errorf("%d images", len(digests))
	}
}

func TestLabelsAreKeptShort(t *testing.T) {
	server := serve(t)
	push(t, server, "shop/api", "1", registrytest.Options{Created: built, Labels: map[string]string{
		"org.opencontainers.image.description": strings.Repeat("ü", 10_000),
		"org.label-schema.vcs-ref":             "4f1c2d",
	}})
	client := open(t, registry.Options{Insecure: []string{server.Host()}})
	image, err := client.Image(t.Context(), reference(t, server.Host()+"/shop/api:1"), registry.Platform{})
	if err != nil {
		t.Fatal(err)
	}
	if text := image.Labels["org.opencontainers.image.description"]; len(text) > 1100 || !strings.HasSuffix(text, "ü…") {
		t.Errorf("%d bytes", len(text))
	}
	if image.Revision != "4f1c2d" {
		t.Errorf("revision %q", image.Revision)
	}
}

func TestPlatforms(t *testing.T) {
	for _, text := range []string{"linux/amd64", "linux/arm/v7", "windows/amd64"} {
		if p, err := registry.ParsePlatform(text); err != nil || p.String() != text {
			t.Errorf("%s is %s: %v", text, p, err)
		}
	}
	for _, text := range []string{"", "linux", "linux/", "/amd64", "a/b/c/d"} {
		if p, err := registry.ParsePlatform(text); err == nil {
			t.Errorf("%q is %s", text, p)
		}
	}
	server := serve(t)
	push(t, server, "shop/api", "1", registrytest.Options{Created: built, Platforms: []string{"linux/arm64", "linux/arm/v6", "linux/arm/v7", "linux/amd64"}})
	push(t, server, "shop/api", "arm", registrytest.Options{Created: built, Platforms: []string{"linux/arm64/v8"}})
	client := open(t, registry.Options{Insecure: []string{server.Host()}, Timeout: time.Minute})
	for _, test := range []struct{ tag, want, got string }{
		{"1", "", "linux/amd64"},
		{"1", "linux/arm/v7", "linux/arm/v7"},
		{"1", "linux/arm64/v8", "linux/arm64"},
		{"1", "linux/arm/v5", ""},
		{"1", "linux/s390x", ""},
		{"arm", "", "linux/arm64/v8"},
		{"arm", "linux/arm64", "linux/arm64/v8"},
		{"arm", "linux/amd64", ""},
	} {
		want, _ := registry.ParsePlatform(test.want)
		image, err := client.Image(t.Context(), reference(t, server.Host()+"/shop/api:"+test.tag), want)
		if image.Platform.String() != test.got || errors.Is(err, registry.ErrPlatform) != (test.got == "") {
			t.Errorf("%s for %q is %s: %v", test.tag, test.want, image.Platform, err)
		}
	}
}
