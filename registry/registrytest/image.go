package registrytest

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Options describe an image. The same options under the same name make the
// same image, to the digest.
type Options struct {
	Created time.Time
	Labels  map[string]string
	// Platforms, "linux/arm64", make an index with an image for each. None
	// makes a single image for linux/amd64.
	Platforms []string
}

// Push makes a small image that differs from every other name's and platform's,
// pushes it, and gives its digest.
func (s *Server) Push(ctx context.Context, repository, tag string, o Options) (digest string, err error) {
	target := repository + ":" + tag
	defer func() {
		if err != nil {
			err = fmt.Errorf("pushing %s: %w", target, err)
		}
	}()
	ref, err := name.NewTag(s.host+"/"+target, name.Insecure)
	if err != nil {
		return "", err
	}
	image, err := build(target, o)
	if err != nil {
		return "", err
	}
	if err := s.pusher.Push(ctx, ref, image); err != nil {
		return "", err
	}
	hash, err := image.Digest()
	return hash.String(), err
}

// artifact is an image or an index of them.
type artifact interface {
	remote.Taggable
	partial.WithRawManifest
	Digest() (v1.Hash, error)
}

func build(target string, o Options) (artifact, error) {
	if len(o.Platforms) == 0 {
		return buildImage(target, v1.Platform{OS: "linux", Architecture: "amd64"}, o)
	}
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, text := range o.Platforms {
		platform, err := v1.ParsePlatform(text)
		if err != nil {
			return nil, err
		}
		image, err := buildImage(target, *platform, o)
		if err != nil {
			return nil, err
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add:        image,
			Descriptor: v1.Descriptor{Platform: platform},
		})
	}
	return index, nil
}

func buildImage(target string, platform v1.Platform, o Options) (v1.Image, error) {
	content, err := layer(target + " " + platform.String() + "\n")
	if err != nil {
		return nil, err
	}
	image, err := mutate.AppendLayers(
		mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON),
		content,
	)
	if err != nil {
		return nil, err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Variant = platform.OS, platform.Architecture, platform.Variant
	config.Created = v1.Time{Time: o.Created.UTC()}
	config.Config.Labels = o.Labels
	return mutate.ConfigFile(image, config)
}

// layer is a file system with one file.
func layer(text string) (v1.Layer, error) {
	var buffer bytes.Buffer
	archive := tar.NewWriter(&buffer)
	if err := archive.WriteHeader(&tar.Header{Name: "etc/image", Mode: 0o644, Size: int64(len(text))}); err != nil {
		return nil, err
	}
	if _, err := archive.Write([]byte(text)); err != nil {
		return nil, err
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(buffer.Bytes())), nil
	}, tarball.WithMediaType(types.OCILayer))
}
