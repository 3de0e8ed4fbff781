package registrytest_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/evenkeel/evenkeel/registry/registrytest"
)

func serve(t *testing.T) *registrytest.Server {
	t.Helper()
	server, err := registrytest.Serve(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return server
}

func TestPushedImagesArePulledAsTheyWereDescribed(t *testing.T) {
	created := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	labels := map[string]string{"org.opencontainers.image.version": "1.2.0"}
	for _, test := range []struct {
		name      string
		platforms []string
		pulled    v1.Platform
	}{
		{"single", nil, v1.Platform{OS: "linux", Architecture: "amd64"}},
		{"index", []string{"linux/amd64", "linux/arm64/v8"}, v1.Platform{OS: "linux", Architecture: "arm64", Variant: "v8"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := serve(t)
			options := registrytest.Options{Created: created, Labels: labels, Platforms: test.platforms}
			digest, err := server.Push(t.Context(), "shop/api", "1.2.0", options)
			if err != nil {
				t.Fatal(err)
			}
			ref, err := name.ParseReference(server.Host() + "/shop/api:1.2.0")
			if err != nil {
				t.Fatal(err)
			}
			head, err := remote.Head(ref)
			if err != nil {
				t.Fatal(err)
			}
			if head.Digest.String() != digest {
				t.Errorf("the tag is at %s, Push said %s", head.Digest, digest)
			}
			image, err := remote.Image(ref, remote.WithPlatform(test.pulled))
			if err != nil {
				t.Fatal(err)
			}
			if err := validate.Image(image); err != nil {
				t.Error(err)
			}
			config, err := image.ConfigFile()
			if err != nil {
				t.Fatal(err)
			}
			if !config.Created.Equal(created) || config.Config.Labels["org.opencontainers.image.version"] != "1.2.0" || !config.Platform().Equals(test.pulled) {
				t.Errorf("pulled %+v", config)
			}
		})
	}
}

func TestImagesAreDistinctAndReproducible(t *testing.T) {
	digests := map[string]string{}
	one, other := serve(t), serve(t)
	for _, tag := range []string{"1.0.0", "1.0.1"} {
		digest, err := one.Push(t.Context(), "shop/api", tag, registrytest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		again, err := other.Push(t.Context(), "shop/api", tag, registrytest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if digest != again {
			t.Errorf("%s is %s here and %s there", tag, digest, again)
		}
		if before, taken := digests[digest]; taken {
			t.Errorf("%s and %s are the same image", before, tag)
		}
		digests[digest] = tag
	}
}

func TestARegistryEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server, err := registrytest.Serve(ctx, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	if response, err := http.Get(server.URL() + "/v2/"); err == nil {
		_ = response.Body.Close()
		t.Error("it still answers")
	}
}
