package gitrepo

// Display is a repository's URL as it may be shown: without credentials, and a path on this machine in full. Of a URL
// that does not parse only the scheme is shown, as nobody can tell where credentials end in it.
func Display(url string) string {
	a, err := parseAddress(url)
	if err != nil {
		return schemed.FindString(url) + "…"
	}
	return a.display
}
