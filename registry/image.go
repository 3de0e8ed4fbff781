package registry

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

const (
	manifestLimit = 4 << 20
	configLimit   = 8 << 20
)

// Image is what is known of an image.
type Image struct {
	Repository Repository
	// Tag is the one asked for; "" when it was a digest.
	Tag string
	// Digest is what the tag names: an index when the image has one, and else the image. It is the one to pin.
	Digest string
	// PlatformDigest is that of the image for the platform; the same as Digest when there is no index.
	PlatformDigest string
	MediaType      string
	// Platform is the image's own, Platforms those that the index has.
	Platform  Platform
	Platforms []Platform
	// Created is when the image was built; zero when it does not say, or only for the look of it.
	Created time.Time
	// Source, Revision and Version are where the image says it comes from.
	Source, Revision, Version string
	// Labels are all that it says in the words of OCI, Source, Revision and Version among them.
	Labels map[string]string
	// Size is what has to be pulled for the platform, compressed.
	Size int64
	// Note tells what the image does not say: "does not say when it was built".
	Note string
	// At is when the registry last said that the tag names this digest; zero for a digest.
	At time.Time
	// Previous is the digest that the tag named before, if it was seen to be moved, and MovedAt when that was seen.
	Previous string
	MovedAt  time.Time
}

// Image asks what a tag or digest names, and reads what is not known of it yet: with a tag that still names what it
// did that is one HEAD, and with a digest that was read before nothing at all.
func (c *Client) Image(ctx context.Context, ref Reference, platform Platform, credentials ...Credentials) (Image, error) {
	var image Image
	err := c.with(ctx, ref.Repository, credentials, func(s *session) error {
		var seen sighting
		digest := ref.Digest
		if digest == "" {
			var err error
			if seen, err = c.resolve(ctx, s, ref); err != nil {
				return err
			}
			digest = seen.Digest
		}
		top, err := c.facts(ctx, s, digest)
		if err != nil {
			return err
		}
		own, chosen := top, digest
		if top.Index {
			found, ok := top.choose(platform)
			if !ok {
				return noPlatform(top, platform)
			}
			chosen = found.Digest
			if own, err = c.facts(ctx, s, chosen); err != nil {
				return err
			}
			own.Platform = cmp.Or(own.Platform, found.Platform)
		}
		image = describe(ref, digest, chosen, top, own, seen)
		return nil
	})
	if err != nil {
		return Image{}, at(ref, err, ErrInvalid)
	}
	return image, nil
}

// LastImage is what Image last said, asking nothing. It is false when some of it was never read.
func (c *Client) LastImage(ref Reference, platform Platform) (Image, bool) {
	digest := ref.Digest
	var seen sighting
	if digest == "" {
		var known bool
		if seen, known = c.store.sighting(ref); !known {
			return Image{}, false
		}
		digest = seen.Digest
	}
	top, known := c.store.facts(digest)
	if !known {
		return Image{}, false
	}
	own, chosen := top, digest
	if top.Index {
		found, ok := top.choose(platform)
		if !ok {
			return Image{}, false
		}
		chosen = found.Digest
		if own, known = c.store.facts(chosen); !known {
			return Image{}, false
		}
		own.Platform = cmp.Or(own.Platform, found.Platform)
	}
	return describe(ref, digest, chosen, top, own, seen), true
}

func describe(ref Reference, digest, chosen string, top, own facts, seen sighting) Image {
	labels := map[string]string{}
	maps.Copy(labels, top.Labels)
	maps.Copy(labels, own.Labels)
	return Image{
		Repository: ref.Repository, Tag: ref.Tag,
		Digest: digest, PlatformDigest: chosen, MediaType: top.MediaType,
		Platform: own.Platform, Platforms: top.platforms(),
		Created: own.Created, Labels: labels, Size: own.Size, Note: own.Note,
		Source:   cmp.Or(labels["org.opencontainers.image.source"], labels["org.label-schema.vcs-url"]),
		Revision: cmp.Or(labels["org.opencontainers.image.revision"], labels["org.label-schema.vcs-ref"]),
		Version:  cmp.Or(labels["org.opencontainers.image.version"], labels["org.label-schema.version"]),
		At:       seen.At, Previous: seen.Previous, MovedAt: seen.MovedAt,
	}
}

func noPlatform(index facts, want Platform) error {
	var have []string
	for _, p := range index.platforms() {
		have = append(have, p.String())
	}
	text := strings.Join(have, ", ")
	if text == "" {
		text = "nothing that runs"
	}
	return &Error{Kind: ErrPlatform, Detail: "wanted " + cmp.Or(want.String(), "any") + ", it is for " + oneLine(text)}
}

// resolve asks which digest a tag names.
func (c *Client) resolve(ctx context.Context, s *session, ref Reference) (sighting, error) {
	q := question{method: http.MethodHead, path: manifestPath(ref.Repository, ref.Tag), header: http.Header{"Accept": {accepted}}, most: manifestLimit}
	got, err := c.ask(ctx, s, q)
	var refused *Error
	if errors.As(err, &refused) && slices.Contains([]int{http.StatusMethodNotAllowed, http.StatusNotImplemented}, refused.Status) {
		got, err = answer{}, nil
	}
	if err != nil {
		return sighting{}, err
	}
	digest, err := v1.NewHash(got.header.Get("Docker-Content-Digest"))
	if err != nil {
		// It does not say, so the whole is read.
		q.method = http.MethodGet
		if got, err = c.ask(ctx, s, q); err != nil {
			return sighting{}, err
		}
		if digest, err = sum("sha256", got.body); err != nil {
			return sighting{}, err
		}
	}
	return c.store.see(ref, digest.String(), c.options.Now()), nil
}

// facts are what is known of a digest, read if need be. Each is read once, however many want it at the same time.
func (c *Client) facts(ctx context.Context, s *session, digest string) (facts, error) {
	if known, ok := c.store.facts(digest); ok {
		return known, nil
	}
	leave, err := c.learn.enter(ctx, digest)
	if err != nil {
		return facts{}, err
	}
	defer leave()
	if known, ok := c.store.facts(digest); ok {
		return known, nil
	}
	body, err := c.content(ctx, s, manifestPath(s.repository, digest), digest, manifestLimit)
	if err != nil {
		return facts{}, err
	}
	f, config, err := readManifest(body)
	if err != nil {
		return facts{}, err
	}
	if config != nil {
		path := "/v2/" + s.repository.Path + "/blobs/" + config.Digest.String()
		body, err := c.content(ctx, s, path, config.Digest.String(), configLimit)
		if errors.Is(err, ErrNotFound) {
			// Not remembered: it may still be on its way.
			f.Note = "names a config that the registry does not have: its date and platform are not known"
			return f, nil
		}
		if err != nil {
			return facts{}, err
		}
		f.readConfig(body)
	}
	c.store.putFacts(digest, f)
	return f, nil
}

// content reads what a digest names, and makes sure that it does.
func (c *Client) content(ctx context.Context, s *session, path, digest string, most int64) ([]byte, error) {
	got, err := c.ask(ctx, s, question{method: http.MethodGet, path: path, header: http.Header{"Accept": {accepted + ", */*;q=0.1"}}, most: most})
	if err != nil {
		return nil, err
	}
	want, err := v1.NewHash(digest)
	if err != nil {
		return nil, &Error{Kind: ErrInvalid, Detail: "it names a digest that is not one"}
	}
	have, err := sum(want.Algorithm, got.body)
	if err != nil {
		return nil, err
	}
	if have != want {
		return nil, &Error{Kind: ErrDigest, Detail: "asked for " + want.String() + ", it gave " + have.String() + "; do not trust this image"}
	}
	return got.body, nil
}

func sum(algorithm string, content []byte) (v1.Hash, error) {
	hasher, err := v1.Hasher(algorithm)
	if err != nil {
		return v1.Hash{}, &Error{Kind: ErrInvalid, Detail: "it names a digest of an unknown kind"}
	}
	_, _ = hasher.Write(content)
	return v1.Hash{Algorithm: algorithm, Hex: hex.EncodeToString(hasher.Sum(nil))}, nil
}

func manifestPath(repository Repository, reference string) string {
	return "/v2/" + repository.Path + "/manifests/" + url.PathEscape(reference)
}
