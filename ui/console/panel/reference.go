package panel

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/evenkeel/evenkeel/ui"
)

// digestShown is how many characters of a digest tell it from others.
const digestShown = 7

// version is what tells an image from others of its repository, as short as that
// can be said: the tag, and the beginning of the digest where it is pinned. Of a
// reference to another repository the name goes before it.
func version(reference string) string {
	tag, digest, pinned := strings.Cut(ui.Clean(reference), "@")
	tag = tag[strings.LastIndex(tag, "/")+1:]
	if !pinned {
		return tag
	}
	if _, hash, ok := strings.Cut(digest, ":"); ok {
		digest = hash
	}
	return tag + "@" + ansi.Truncate(digest, digestShown, "")
}

// reference is an image as Git and pods write it.
func reference(repository, version string) string {
	switch {
	case version == "" || strings.HasPrefix(version, "@"):
		return ui.Clean(repository + version)
	}
	return ui.Clean(repository + ":" + version)
}
