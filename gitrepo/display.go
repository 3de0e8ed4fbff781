package gitrepo

import (
	"path/filepath"
	"strings"
)

// Display is a repository's URL as it may be shown: without credentials, and a path on this machine in full. Of a URL
// that does not parse only the scheme is shown, as nobody can tell where credentials end in it.
func Display(url string) string {
	a, err := parseAddress(url)
	if err != nil {
		return schemed.FindString(url) + "…"
	}
	return a.display
}

// Identity is what stays the same of a repository's URL however it is reached:
// the host and the path, without scheme, user, port and a final ".git".
func Identity(url string) string {
	a, err := parseAddress(url)
	if err != nil {
		return Display(url)
	}
	return a.host + "/" + strings.Trim(strings.TrimSuffix(filepath.ToSlash(a.path), ".git"), "/")
}
