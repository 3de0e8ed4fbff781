package registry

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

// Login is what opens a registry: a name and a password, or a token.
type Login struct {
	Username, Password string
	// IdentityToken is exchanged for an access token at the registry's token service.
	IdentityToken string
	// RegistryToken is shown to the registry as it is.
	RegistryToken string
}

// String hides the login.
func (l Login) String() string { return "(a login)" }

// GoString hides the login.
func (l Login) GoString() string { return l.String() }

// MarshalText hides the login.
func (l Login) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// Credentials are logins of one source, each for the repositories it fits. The zero value has none.
type Credentials struct {
	entries []entry
}

// String hides the logins.
func (c Credentials) String() string { return fmt.Sprintf("(%d logins)", len(c.entries)) }

// GoString hides the logins.
func (c Credentials) GoString() string { return c.String() }

// entry is a login and what it is for.
type entry struct {
	key   string // as the source has it, without scheme and version: host, or host/path
	login login
}

// login is a Login that knows where it was found. The zero value is nobody in particular.
type login struct {
	Login
	source string
}

func (l login) who() string {
	if l.Login == (Login{}) {
		return "asked without credentials"
	}
	return "asked with those of " + l.source
}

func (l login) advice() string {
	if l.Login == (Login{}) {
		return "it was asked without credentials: log in to it, or check that the repository exists"
	}
	return "it refused the credentials of " + l.source + ": check that they are current and may read the repository"
}

// NewCredentials makes the login for a host, or for a path in a host. The source is how errors call it.
func NewCredentials(source, key string, l Login) Credentials {
	if l == (Login{}) {
		return Credentials{}
	}
	return Credentials{entries: []entry{{normalKey(key), login{l, source}}}}
}

// And is c with more logins, which are tried after its own.
func (c Credentials) And(more Credentials) Credentials {
	return Credentials{entries: slices.Concat(c.entries, more.entries)}
}

// ParsePullSecret reads the value of a pull secret, either of the two that Kubernetes has: .dockerconfigjson and the
// older .dockercfg. The source is how errors call it: "secret shop/regcred". Entries that cannot be read are left out
// and told in the error; the others are of use. Credential helpers are not run, whoever names them.
func ParsePullSecret(source string, data []byte) (Credentials, error) {
	var whole struct {
		Auths map[string]json.RawMessage `json:"auths"`
	}
	var auths map[string]json.RawMessage
	if err := json.Unmarshal(data, &auths); err != nil || json.Unmarshal(data, &whole) != nil && auths["auths"] != nil {
		return Credentials{}, &Error{Target: source, Kind: ErrCredentials, Detail: "it is not the JSON of a docker configuration"}
	}
	if _, current := auths["auths"]; current {
		auths = whole.Auths
	}
	entries, bad := parseAuths(source, auths)
	if len(bad) > 0 {
		return Credentials{entries}, &Error{Target: source, Kind: ErrCredentials,
			Detail: "the entry for " + oneLine(strings.Join(bad, ", ")) + " is not a login; write username and password, or auth"}
	}
	return Credentials{entries}, nil
}

// parseAuths reads entries as docker writes them, in the order in which the kubelet tries them: a longer key is ahead
// of those it begins with. The keys of those that cannot be read are in bad.
func parseAuths(source string, auths map[string]json.RawMessage) (entries []entry, bad []string) {
	for key, raw := range auths {
		var auth authn.AuthConfig
		if err := json.Unmarshal(raw, &auth); err != nil {
			bad = append(bad, key)
			continue
		}
		l := Login{auth.Username, strings.Trim(auth.Password, "\x00"), auth.IdentityToken, auth.RegistryToken}
		if l.IdentityToken == "" && l.RegistryToken == "" && (l.Username == "" || l.Password == "") {
			continue // where a credential helper keeps the login, docker leaves an empty entry
		}
		entries = append(entries, entry{normalKey(key), login{l, source}})
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(b.key, a.key) })
	slices.Sort(bad)
	return entries, bad
}

// normalKey is what a key is for: docker writes hosts as URLs of long ago, too.
func normalKey(key string) string {
	key = strings.TrimPrefix(strings.TrimPrefix(key, "https://"), "http://")
	host, rest, _ := strings.Cut(key, "/")
	if rest == "v1" || rest == "v2" {
		rest = ""
	}
	rest = strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(rest, "v1/"), "v2/"), "/")
	if host == name.DefaultRegistry || host == "registry-1.docker.io" {
		host = dockerHub
	}
	if rest == "" {
		return host
	}
	return host + "/" + rest
}

// fit finds the logins that fit the repository, in order, each once.
func fit(repository Repository, all ...Credentials) []login {
	var fitting []login
	for _, c := range all {
		for _, e := range c.entries {
			if e.fits(repository) && !slices.Contains(fitting, e.login) {
				fitting = append(fitting, e.login)
			}
		}
	}
	return fitting
}

// fits is the kubelet's rule: the host's parts match one by one, with * and ? within a part, the port is the same, and
// the path begins with the key's.
func (e entry) fits(repository Repository) bool {
	host, prefix, _ := strings.Cut(e.key, "/")
	pattern, wantPort := splitPort(host)
	have, havePort := splitPort(repository.Host)
	if havePort != wantPort || !strings.HasPrefix(repository.Path, prefix) {
		return false
	}
	patterns, parts := strings.Split(pattern, "."), strings.Split(have, ".")
	if len(patterns) != len(parts) {
		return false
	}
	for i, pattern := range patterns {
		// An address in brackets is no pattern.
		if matched, err := path.Match(pattern, parts[i]); pattern != parts[i] && (err != nil || !matched) {
			return false
		}
	}
	return true
}

func splitPort(host string) (name, port string) {
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		return host[:i], host[i+1:]
	}
	return host, ""
}
