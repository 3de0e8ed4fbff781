package registry

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// session asks one repository with one login.
type session struct {
	wire       hostWire
	host       *host
	registry   name.Registry
	repository Repository
	login      login
	// given is what the login was chosen from.
	given []login
	// renew lets one request at a time fetch a token.
	renew flights

	mu        sync.Mutex
	challenge *transport.Challenge
	scopes    []string
	token     string
	expires   time.Time
}

func newSession(w *wire, h *host, repository Repository, l login, given []login) (*session, error) {
	var options []name.Option
	hostname := repository.Host
	if hostname == dockerHub {
		hostname = name.DefaultRegistry
	}
	if w.isInsecure(hostname) {
		options = append(options, name.Insecure)
	}
	registry, err := name.NewRegistry(hostname, options...)
	if err != nil {
		return nil, badReference(repository.String(), "its host is not one")
	}
	return &session{
		wire: hostWire{w, h}, host: h, registry: registry, repository: repository, login: l, given: given,
		scopes: []string{"repository:" + repository.Path + ":" + transport.PullScope},
	}, nil
}

// do sends a request to the registry, after the handshake. The path is below /v2/.
func (s *session) do(ctx context.Context, method, path string, header http.Header) (*http.Response, error) {
	if err := s.shake(ctx); err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, method, s.origin()+path, nil)
	if err != nil {
		return nil, err
	}
	request.Header = header.Clone()
	if request.Header == nil {
		request.Header = http.Header{}
	}
	client := http.Client{Transport: s, CheckRedirect: follow}
	return client.Do(request)
}

// origin is where the registry is, after the handshake: "https://ghcr.io".
func (s *session) origin() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	scheme := "https"
	if s.challenge != nil && s.challenge.Insecure {
		scheme = "http"
	}
	return scheme + "://" + s.registry.RegistryStr()
}

// shake learns what the registry wants from those who connect. A registry is asked once.
func (s *session) shake(ctx context.Context) error {
	s.mu.Lock()
	known := s.challenge != nil
	s.mu.Unlock()
	if known {
		return nil
	}
	leave, err := s.host.meet.enter(ctx, "")
	if err != nil {
		return err
	}
	defer leave()
	s.host.mu.Lock()
	challenge := s.host.challenge
	s.host.mu.Unlock()
	if challenge == nil {
		if challenge, err = transport.Ping(ctx, s.registry, s.wire); err != nil {
			return err
		}
		s.host.mu.Lock()
		s.host.challenge = challenge
		s.host.mu.Unlock()
	}
	s.mu.Lock()
	s.challenge = challenge
	s.mu.Unlock()
	return nil
}

// forget makes the next session ask anew what the registry wants.
func (s *session) forget() {
	s.host.mu.Lock()
	defer s.host.mu.Unlock()
	s.host.challenge = nil
}

func (s *session) bearer() bool { return strings.EqualFold(s.challenge.Scheme, "bearer") }

// RoundTrip authenticates what goes to the registry itself, and nothing else: it sees redirects one by one.
func (s *session) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme+"://"+r.URL.Host != s.origin() {
		return s.wire.RoundTrip(r)
	}
	used, err := s.authorization(r.Context(), "")
	if err != nil {
		return nil, err
	}
	response, err := s.send(r, used)
	if err != nil || response.StatusCode != http.StatusUnauthorized || !s.bearer() || s.login.RegistryToken != "" {
		return response, err
	}
	// The token has expired, or the registry wants another scope than is usual.
	_, _ = io.CopyN(io.Discard, response.Body, errorLimit)
	_ = response.Body.Close()
	s.addScope(response.Header)
	if used, err = s.authorization(r.Context(), used); err != nil {
		return nil, err
	}
	return s.send(r, used)
}

func (s *session) send(r *http.Request, authorization string) (*http.Response, error) {
	r = r.Clone(r.Context())
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	return s.wire.RoundTrip(r)
}

var wantedScope = regexp.MustCompile(`(?i)\bscope="([^"]+)"`)

// addScope asks for what the registry said it misses, first, as some look at the first scope alone.
func (s *session) addScope(h http.Header) {
	for _, value := range h.Values("WWW-Authenticate") {
		match := wantedScope.FindStringSubmatch(value)
		if match == nil {
			continue
		}
		s.mu.Lock()
		if !slices.Contains(s.scopes, match[1]) {
			s.scopes = slices.Insert(s.scopes, 0, match[1])
		}
		s.mu.Unlock()
	}
}

// authorization is the header that opens the repository, "" for none, and never the refused one again if it can be
// renewed.
func (s *session) authorization(ctx context.Context, refused string) (string, error) {
	switch {
	case s.login.RegistryToken != "":
		return "Bearer " + s.login.RegistryToken, nil
	case !s.bearer() && s.login.Username != "":
		return "Basic " + s.login.basic(), nil
	case !s.bearer():
		return "", nil
	}
	leave, err := s.renew.enter(ctx, "")
	if err != nil {
		return "", err
	}
	defer leave()
	s.mu.Lock()
	current, expires, scopes := s.token, s.expires, slices.Clone(s.scopes)
	s.mu.Unlock()
	if header := "Bearer " + current; current != "" && header != refused && s.host.now().Before(expires) {
		return header, nil
	}
	asked := s.host.now()
	token, err := transport.Exchange(ctx, s.registry, s.login.authenticator(), s.wire, scopes, s.challenge)
	if err != nil {
		return "", tokenError(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token = token.Token; s.token == "" {
		s.token = token.AccessToken
	}
	s.expires = asked.Add(lifetime(token.ExpiresIn))
	return "Bearer " + s.token, nil
}

// lifetime is how long a token may be used that is said to be good for so many seconds. A minute is what it is when
// nothing is said.
func lifetime(seconds int) time.Duration {
	const unsaid, margin, most = 60, 5 * time.Second, 24 * 3600
	if seconds <= 0 {
		seconds = unsaid
	}
	whole := time.Duration(min(seconds, most)) * time.Second
	return max(whole-margin, whole/2)
}

// tokenError keeps the status of a token service that answered, and nothing that it sent: an answer without a token
// in the right place may have one in the wrong place.
func tokenError(err error) error {
	var status *transport.Error
	var request *url.Error
	if errors.As(err, &status) || errors.As(err, &request) {
		return err
	}
	if canceled(err) != nil {
		return err
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	return &Error{Kind: ErrInvalid, Detail: "its token service: " + oneLine(query.ReplaceAllString(text, ""))}
}

// secrets are what must not be repeated, in the forms a server could repeat it.
func (s *session) secrets() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for _, secret := range []string{s.login.Password, s.login.IdentityToken, s.login.RegistryToken, s.token} {
		if secret != "" {
			all = append(all, secret, url.QueryEscape(secret), base64.StdEncoding.EncodeToString([]byte(secret)))
		}
	}
	if s.login.Username != "" {
		all = append(all, s.login.basic())
	}
	return all
}

func (l login) basic() string {
	return base64.StdEncoding.EncodeToString([]byte(l.Username + ":" + l.Password))
}

func (l login) authenticator() authn.Authenticator {
	if l.Login == (Login{}) {
		return authn.Anonymous
	}
	return authn.FromConfig(authn.AuthConfig{
		Username: l.Username, Password: l.Password, IdentityToken: l.IdentityToken, RegistryToken: l.RegistryToken,
	})
}
