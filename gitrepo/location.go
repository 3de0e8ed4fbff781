package gitrepo

import (
	"context"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/transport"
	githttp "github.com/go-git/go-git/v5/plumbing/transport/http"
)

// Location is where a repository is, for whoever serves it in other ways than Git's too.
type Location struct {
	Scheme string // https, http, ssh or file
	Host   string
	Port   int // 0 is the scheme's own
	// Path is that on the host, without slashes at its ends and without ".git".
	Path string
}

// Locate takes a URL of any form that Options.URL may have apart.
func Locate(url string) (Location, error) {
	a, err := parseAddress(url)
	if err != nil {
		return Location{}, err
	}
	path := strings.Trim(a.path, "/")
	return Location{Scheme: a.scheme, Host: a.host, Port: a.port, Path: strings.TrimSuffix(path, ".git")}, nil
}

// Web is the address of the host's web server: of the same scheme and port when the repository is read over HTTP, and
// https for everything else.
func (l Location) Web() *url.URL {
	web := &url.URL{Scheme: "https", Host: bracketed(l.Host)}
	if l.Scheme == "https" || l.Scheme == "http" {
		web.Scheme = l.Scheme
		if l.Port != 0 {
			web.Host = net.JoinHostPort(l.Host, strconv.Itoa(l.Port))
		}
	}
	return web
}

// Password is what Git has on this machine to log in at an http or https URL with: what stands in the URL, in .netrc, or
// is known to a credential helper. It is empty when there is nothing.
func Password(ctx context.Context, url string) (username, password string) {
	a, err := parseAddress(url)
	if err != nil || a.scheme != "https" && a.scheme != "http" {
		return "", ""
	}
	if user, password, ok := basicLogin(firstLogin(a)); ok {
		return user, password
	}
	username, password, _ = basicLogin(credentialHelper(ctx, a))
	return username, password
}

func basicLogin(auth transport.AuthMethod) (username, password string, ok bool) {
	basic, ok := auth.(*githttp.BasicAuth)
	if !ok || basic.Password == "" {
		return "", "", false
	}
	return basic.Username, basic.Password, true
}
