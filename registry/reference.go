package registry

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// dockerHub is what people and image names call the registry that answers at name.DefaultRegistry.
const dockerHub = "docker.io"

var (
	validPath = regexp.MustCompile(`^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$`)
	validTag  = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$`)
)

// Repository names a set of images: where it is, and what it is called there. It is made by [ParseRepository] or
// [ParseReference].
type Repository struct {
	// Host is the registry's, with its port if it has one; Docker Hub's is docker.io.
	Host string
	// Path is the name within the registry, as in library/nginx.
	Path string
}

// String is the full name, with the host.
func (r Repository) String() string { return r.Host + "/" + r.Path }

// Reference names an image: a tag or a digest of a repository, or both, when the digest counts.
type Reference struct {
	Repository Repository
	// Tag is "" when there is only a digest.
	Tag string
	// Digest has the form sha256:…, or is "".
	Digest string
}

// String is the full name, with the host.
func (r Reference) String() string {
	text := r.Repository.String()
	if r.Tag != "" {
		text += ":" + r.Tag
	}
	if r.Digest != "" {
		text += "@" + r.Digest
	}
	return text
}

// ParseRepository reads a repository as it is written in an image name, without tag and digest. Names without a host
// are on Docker Hub.
func ParseRepository(text string) (Repository, error) {
	parsed, err := name.NewRepository(text)
	if err != nil || !validPath.MatchString(parsed.RepositoryStr()) {
		return Repository{}, badReference(text, "a repository is written host/path, in lower case")
	}
	host := parsed.RegistryStr()
	if host == name.DefaultRegistry {
		host = dockerHub
	}
	return Repository{Host: host, Path: parsed.RepositoryStr()}, nil
}

// ParseReference reads an image as a pod names it. An image with neither tag nor digest is the one tagged latest.
func ParseReference(text string) (Reference, error) {
	rest, digest, pinned := strings.Cut(text, "@")
	if _, err := v1.NewHash(digest); pinned && err != nil {
		return Reference{}, badReference(text, "what follows the @ is not a digest")
	}
	tag := ""
	if colon := strings.LastIndexByte(rest, ':'); colon > strings.LastIndexByte(rest, '/') {
		rest, tag = rest[:colon], rest[colon+1:]
		if !validTag.MatchString(tag) {
			return Reference{}, badReference(text, "what follows the colon is not a tag")
		}
	}
	repository, err := ParseRepository(rest)
	if err != nil {
		return Reference{}, err
	}
	if tag == "" && !pinned {
		tag = name.DefaultTag
	}
	return Reference{Repository: repository, Tag: tag, Digest: digest}, nil
}

func badReference(text, why string) error {
	return &Error{Target: fmt.Sprintf("%.200q", text), Kind: ErrReference, Detail: why}
}

// Platform is what an image runs on. The zero value is any, linux/amd64 before others.
type Platform struct {
	OS           string `json:"os,omitempty"`
	Architecture string `json:"architecture,omitempty"`
	Variant      string `json:"variant,omitempty"`
}

// ParsePlatform reads a platform as in linux/arm64 or linux/arm/v7.
func ParsePlatform(text string) (Platform, error) {
	parts := strings.Split(text, "/")
	if len(parts) < 2 || len(parts) > 3 || parts[0] == "" || parts[1] == "" {
		return Platform{}, fmt.Errorf("%.100q is not a platform: write it as in linux/amd64", text)
	}
	platform := Platform{OS: parts[0], Architecture: parts[1]}
	if len(parts) == 3 {
		platform.Variant = parts[2]
	}
	return platform, nil
}

// String is the platform as in linux/arm/v7, or "" for any.
func (p Platform) String() string {
	if p == (Platform{}) {
		return ""
	}
	text := p.OS + "/" + p.Architecture
	if p.Variant != "" {
		text += "/" + p.Variant
	}
	return text
}

// runs tells whether an image for p runs where want is wanted. Variants count only where both name one.
func (p Platform) runs(want Platform) bool {
	return p.OS == want.OS && p.Architecture == want.Architecture &&
		(p.Variant == want.Variant || p.Variant == "" || want.Variant == "")
}
