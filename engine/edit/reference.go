package edit

import (
	"regexp"
	"strings"
)

// reference is an image as it is written: name[:tag][@digest].
type reference struct{ name, tag, digest string }

// parseReference splits an image where kustomize does. A colon before the last
// slash belongs to the port of the registry.
func parseReference(s string) reference {
	var r reference
	r.name, r.digest, _ = strings.Cut(s, "@")
	if i := strings.LastIndexByte(r.name, ':'); i > strings.LastIndexByte(r.name, '/') {
		r.name, r.tag = r.name[:i], r.name[i+1:]
	}
	return r
}

func (r reference) String() string {
	s := r.name
	if r.tag != "" {
		s += ":" + r.tag
	}
	if r.digest != "" {
		s += "@" + r.digest
	}
	return s
}

var (
	nameSyntax   = regexp.MustCompile(`^[a-zA-Z0-9._-]+(:[0-9]+)?(/[a-zA-Z0-9._-]+)*$`)
	tagSyntax    = regexp.MustCompile(`^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$`)
	digestSyntax = regexp.MustCompile(`^[a-z0-9]+([+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]{32,}$`)
)

// to is the tag and digest that an image is to have.
type to struct{ tag, digest string }

// check makes sure that what is written can be nothing but an image.
func (t to) check() error {
	switch {
	case !tagSyntax.MatchString(t.tag):
		return refuse("", 0, "%q is not a valid tag", t.tag)
	case t.digest != "" && !digestSyntax.MatchString(t.digest):
		return refuse("", 0, "%q is not a valid digest", t.digest)
	}
	return nil
}

// apply gives an image another tag and digest. An image that is pinned to a
// digest stays pinned, with a tag or without, and so needs the new one.
func (r reference) apply(t to) (_ reference, reason string) {
	switch {
	case r.digest != "" && t.digest == "":
		return r, "the image is pinned to a digest, and the digest of the new one is not known"
	case r.digest != "" && r.tag == "":
		return reference{r.name, "", t.digest}, ""
	}
	return reference{r.name, t.tag, t.digest}, ""
}
