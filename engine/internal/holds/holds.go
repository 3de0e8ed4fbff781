// Package holds reads and edits the holds of an environment, which Git keeps in
// a file of their own:
//
//	# What evenkeel leaves alone in production until it is released.
//	holds:
//	  - image: registry.acme.dev/shop/api
//	    by: "Ada Byron <ada@acme.dev>"
//	    reason: "1.5 loses orders"
//	    since: 2026-11-23T22:40:00Z
//
// People may write in it, too. What does not parse is neither passed over nor
// edited, since a hold that is not seen is one that is not kept; and an edit
// changes the lines of the holds it is about, and no others.
//
// The package only computes: bytes come in, bytes go out.
package holds

import (
	"path"
	"regexp"
	"strings"
	"time"
)

// Hold keeps an image at what Git names until it is released.
type Hold struct {
	// Image is a repository in full, without tag and digest, such as
	// registry.acme.dev/shop/api; [Everything] is the whole environment.
	Image string
	// By and Reason tell a person who holds it and why. Both may be empty.
	By, Reason string
	// Since is kept to the second; zero when nobody wrote it down.
	Since time.Time
}

// Everything is the Image of a hold on the whole environment.
const Everything = "*"

// File is where the holds of an environment lie in the config repository.
func File(environment string) string {
	return path.Join(".evenkeel", "holds", environment+".yaml")
}

var repositorySyntax = regexp.MustCompile(`^[a-zA-Z0-9.:\[\]-]+(/[a-z0-9._-]+)+$`)

// isImage tells what can be held. A name without its registry cannot: it would
// never be that of an image, and so hold nothing.
func isImage(s string) bool {
	host, _, _ := strings.Cut(s, "/")
	return s == Everything || repositorySyntax.MatchString(s) && (host == "localhost" || strings.ContainsAny(host, ".:"))
}
