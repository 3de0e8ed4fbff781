package demo

import (
	"cmp"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel/registry/registrytest"
)

// image is one tag in the shop's registry.
type image struct {
	Repository string    `json:"repository"`
	Tag        string    `json:"tag"`
	Created    time.Time `json:"created"`
	Platforms  []string  `json:"platforms,omitempty"`
}

// images are what images.yaml says, oldest first.
func images(now time.Time) ([]image, error) {
	data, err := files.ReadFile("images.yaml")
	if err != nil {
		return nil, err
	}
	var repositories map[string]struct {
		Platforms []string
		Tags      map[string]age
	}
	if err := decode(data, &repositories); err != nil {
		return nil, fmt.Errorf("images.yaml: %w", err)
	}
	var all []image
	for repository, r := range repositories {
		for tag, age := range r.Tags {
			all = append(all, image{repository, tag, age.before(now), r.Platforms})
		}
	}
	slices.SortFunc(all, func(a, b image) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.Repository, b.Repository), cmp.Compare(a.Tag, b.Tag))
	})
	return all, nil
}

func (i image) name() string { return i.Repository + ":" + i.Tag }

func (i image) push(ctx context.Context, server *registrytest.Server) error {
	_, err := server.Push(ctx, i.Repository, i.Tag, registrytest.Options{
		Created:   i.Created,
		Labels:    i.labels(),
		Platforms: i.Platforms,
	})
	return err
}

func (i image) labels() map[string]string {
	return map[string]string{
		"org.opencontainers.image.created":  i.Created.Format(time.RFC3339),
		"org.opencontainers.image.revision": i.revision(),
		"org.opencontainers.image.source":   "https://git.acme.dev/" + i.Repository,
		"org.opencontainers.image.title":    i.Repository[strings.LastIndex(i.Repository, "/")+1:],
		"org.opencontainers.image.version":  i.Tag,
	}
}

var commitInTag = regexp.MustCompile(`\b[0-9a-f]{7}\b`)

// revision is a made-up commit of the image's source, which begins as the tag
// says when it says one.
func (i image) revision() string {
	sum := sha1.Sum([]byte(i.name()))
	digits := hex.EncodeToString(sum[:])
	short := commitInTag.FindString(i.Tag)
	return short + digits[len(short):]
}

var (
	release = regexp.MustCompile(`^(\d+\.\d+\.)(\d+)$`)
	build   = regexp.MustCompile(`^(main-)[0-9a-f]{7}-(\d+)$`)
)

// nextImage is what the repository's builds bring after its newest image.
func nextImage(all []image, repository string, now time.Time) image {
	next := image{Repository: repository, Created: now.UTC().Truncate(time.Second)}
	for _, image := range slices.Backward(all) {
		if image.Repository != repository {
			continue
		}
		next.Platforms = image.Platforms
		if parts := release.FindStringSubmatch(image.Tag); parts != nil {
			next.Tag = parts[1] + increment(parts[2])
			return next
		}
		if parts := build.FindStringSubmatch(image.Tag); parts != nil {
			sum := sha1.Sum([]byte(image.Tag))
			next.Tag = parts[1] + hex.EncodeToString(sum[:])[:7] + "-" + increment(parts[2])
			return next
		}
	}
	next.Tag = "0.1.0"
	return next
}

func increment(number string) string {
	n, _ := strconv.Atoi(number) // it is digits alone
	return strconv.Itoa(n + 1)
}
