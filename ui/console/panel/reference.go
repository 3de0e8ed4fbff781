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
	return r
}

// digestShown is how many characters of a digest tell it from others.
const digestShown = 7

// version is the tag, with the beginning of the digest where it is pinned.
func (r *reference) version() string {
	switch {
	case r.digest != "":
		hash := r.digest
		if _, behind, ok := strings.Cut(hash, ":"); ok {
			hash = behind
		}
		return r.tag + "@" + ansi.Truncate(hash, digestShown, "")
	case r.tag == "" && r.text != "":
		return "latest"
	}
	return r.tag
}

// named is the version with the name of the image before it.
func (r *reference) named() string {
	v := r.version()
	if !strings.HasPrefix(v, "@") {
		v = ":" + v
	}
	return r.repository[strings.LastIndex(r.repository, "/")+1:] + v
}

// where is where the image comes from, as far as it does not go without saying.
func (r *reference) where(shared string) string {
	if r.registry == shared {
		return r.repository
	}
	return r.registry + "/" + r.repository
}

// width is the width of where.
func (r *reference) width(shared string) int {
	w := widget.Width(r.repository)
	if r.registry != shared {
		w += 1 + widget.Width(r.registry)
	}
	return w
}

// shorten leaves out where a repository comes from, as much of it as it takes: what
// it is stands at its end.
func shorten(c widget.Canvas, repository string, width int) string {
	if widget.Width(repository) <= width {
		return repository
	}
	rest := repository
	for {
		_, after, more := strings.Cut(rest, "/")
		if !more {
			return rest
		}
		rest = after
		if s := c.Glyphs().Ellipsis + "/" + rest; widget.Width(s) <= width {
			return s
		}
	}
}
