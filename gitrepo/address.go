package gitrepo

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
)

// address is where a repository is, taken apart, with the credentials kept aside.
type address struct {
	scheme string // https, http, ssh or file
	host   string
	port   int
	path   string // on the host; for file, the absolute path on this machine
	// display is the URL as it may be shown and stored: without credentials.
	display string

	username, password string
}

var (
	schemed  = regexp.MustCompile(`^([a-zA-Z][a-zA-Z0-9+.-]*)://`)
	scpLike  = regexp.MustCompile(`^(?:([^@/:]+)@)?(\[[^\]/]+\]|[^@/:]+):(.*)$`)
	nameless = regexp.MustCompile(`[^a-zA-Z0-9._-]+`)
)

// parseAddress understands the URL forms of Options.URL. Its errors do not repeat the URL's user part.
func parseAddress(raw string) (address, error) {
	if raw == "" {
		return address{}, fmt.Errorf("no repository URL is given")
	}
	if match := schemed.FindStringSubmatch(raw); match != nil {
		return parseURL(strings.ToLower(match[1]), raw)
	}
	drive := runtime.GOOS == "windows" && filepath.VolumeName(raw) != ""
	if match := scpLike.FindStringSubmatch(raw); match != nil && !drive {
		return sshAddress(match[1], strings.Trim(match[2], "[]"), 0, match[3]), nil
	}
	return localAddress(raw)
}

func parseURL(scheme, raw string) (address, error) {
	u, err := url.Parse(raw)
	if err != nil {
		// Neither the URL nor url.Error, which quotes it, can be shown: where the password ends is not known.
		return address{}, fmt.Errorf("the repository URL (%s://…) does not parse; a password in it must be percent-encoded", scheme)
	}
	port := 0
	if u.Port() != "" {
		if port, err = strconv.Atoi(u.Port()); err != nil {
			return address{}, fmt.Errorf("the repository URL has the port %q, which is no number", u.Port())
		}
	}
	switch scheme {
	case "file":
		path := u.Path
		if runtime.GOOS == "windows" {
			path = strings.TrimPrefix(path, "/")
		}
		return localAddress(filepath.FromSlash(path))
	case "ssh", "git+ssh", "ssh+git":
		a := sshAddress(u.User.Username(), u.Hostname(), port, u.Path)
		a.password, _ = u.User.Password()
		return a, nil
	case "https", "http":
		if u.Host == "" {
			return address{}, fmt.Errorf("the repository URL names no host")
		}
		a := address{scheme: scheme, host: u.Hostname(), port: port, path: u.Path, username: u.User.Username()}
		a.password, _ = u.User.Password()
		a.display = (&url.URL{Scheme: scheme, Host: u.Host, Path: u.Path}).String()
		return a, nil
	default:
		return address{}, fmt.Errorf("the repository URL begins with %s://; https, http, ssh and file are understood", scheme)
	}
}

// sshAddress keeps the user name in what is shown: with SSH it is part of the place, not a secret.
func sshAddress(user, host string, port int, path string) address {
	if user == "" {
		user = "git"
	}
	shown := url.URL{Scheme: "ssh", User: url.User(user), Host: host, Path: "/" + strings.TrimPrefix(path, "/")}
	if strings.Contains(host, ":") {
		shown.Host = "[" + host + "]"
	}
	if port != 0 {
		shown.Host += ":" + strconv.Itoa(port)
	}
	return address{scheme: "ssh", host: host, port: port, path: path, display: shown.String(), username: user}
}

func localAddress(path string) (address, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return address{}, fmt.Errorf("finding the repository %s: %w", path, err)
	}
	return address{scheme: "file", path: absolute, display: absolute}, nil
}

// secrets are the strings that must not be shown, as they are and as they look inside a URL.
func (a address) secrets() []string {
	var found []string
	add := func(s string) {
		// A shorter one would blacken ordinary text and is no secret worth it.
		if len(s) >= 4 {
			found = append(found, s)
			if escaped := url.QueryEscape(s); escaped != s {
				found = append(found, escaped, url.PathEscape(s))
			}
		}
	}
	add(a.password)
	if a.scheme == "http" || a.scheme == "https" {
		// Tokens are given as the user name as often as not.
		if a.username != "" && a.password == "" {
			add(a.username)
		}
	}
	return found
}

// directory names the mirror's directory: the end of the path for people, a digest of the whole for certainty.
func (a address) directory() string {
	sum := sha256.Sum256([]byte(a.display))
	name := strings.TrimSuffix(filepath.Base(filepath.FromSlash(strings.TrimRight(a.path, "/"))), ".git")
	name = strings.Trim(nameless.ReplaceAllString(name, "-"), "-.")
	if len(name) > 40 {
		name = name[:40]
	}
	return strings.TrimPrefix(name+"-", "-") + hex.EncodeToString(sum[:8])
}
