package gitrepo

// Display is a repository's URL as it may be shown: without credentials, and a
// path on this machine in full. A URL that does not parse is shown without
// whatever could be credentials.
func Display(url string) string {
	a, err := parseAddress(url)
	if err != nil {
		return userinfo.ReplaceAllString(url, "://")
	}
	return a.display
}
