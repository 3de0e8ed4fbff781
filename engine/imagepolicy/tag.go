package imagepolicy

import (
	"regexp"
	"strings"
	"time"
)

// Tag is one tag of an image's repository.
type Tag struct {
	Name string
	// Created is when the image was built; zero when that is not known.
	Created time.Time
	// Undated: the registry was asked, and the image does not say when it was
	// built.
	Undated bool
	// Digest is what the tag points to, if known.
	Digest string
}

// tagSyntax is what the OCI distribution specification allows.
var tagSyntax = regexp.MustCompile(`^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$`)

// ValidTag tells whether a name can be a tag at all.
func ValidTag(name string) bool { return tagSyntax.MatchString(name) }

// Attached tells whether a tag holds something about another image, such as a
// signature, an attestation or a bill of materials, and not an image.
func Attached(name string) bool {
	switch {
	case strings.HasPrefix(name, "sha256-"), strings.HasPrefix(name, "sha512-"):
		return true
	case strings.HasSuffix(name, ".sig"), strings.HasSuffix(name, ".att"), strings.HasSuffix(name, ".sbom"):
		return true
	}
	return false
}
