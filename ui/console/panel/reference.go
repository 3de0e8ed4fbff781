package panel

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// reference is an image reference in its parts: registry/repository:tag@digest.
type reference struct {
	text                              string
	registry, repository, tag, digest string
}

// hub is the registry of a reference that names none.
const hub = "docker.io"

func parseReference(s string) reference {
	r := reference{text: s}
	rest, digest, _ := strings.Cut(s, "@")
	r.digest = digest
	if i := strings.LastIndex(rest, ":"); i > strings.LastIndex(rest, "/") {
		rest, r.tag = rest[:i], rest[i+1:]
	}
	r.registry, r.repository = hub, rest
	if host, path, ok := strings.Cut(rest, "/"); ok && (strings.ContainsAny(host, ".:") || host == "localhost") {
		r.registry, r.repository = host, path
	}
	r.repository = strings.TrimPrefix(r.repository, "library/")
	if s == "" {
		r.registry = ""
	}
	return r
}

// digestShown is how many characters of a digest tell it from others.
const digestShown = 7

// short is the tag, with the beginning of the digest where it is pinned.
func (r reference) short(c widget.Canvas) string {
	if r.digest == "" {
		if r.tag == "" && r.text != "" {
			return "latest"
		}
		return r.tag
	}
	_, hash, ok := strings.Cut(r.digest, ":")
	if !ok {
		hash = r.digest
	}
	digest := "@" + ansi.Truncate(hash, digestShown, "")
	return r.tag + digest
}

// named is short with the name of the image before it.
func (r reference) named(c widget.Canvas) string {
	if r.text == "" {
		return ""
	}
	sep := ":"
	if strings.HasPrefix(r.short(c), "@") {
		sep = ""
	}
	return r.repository[strings.LastIndex(r.repository, "/")+1:] + sep + r.short(c)
}

// middle cuts a repository in the middle when it is too long: where it comes
// from and what it is are at its ends.
func middle(c widget.Canvas, s string, width int) string {
	w := widget.Width(s)
	if w <= width || width < 5 {
		return s
	}
	tail := (width - 1) * 2 / 3
	return ansi.Truncate(s, width-1-tail, "") + c.Glyphs().Ellipsis + ansi.TruncateLeft(s, w-tail, "")
}
