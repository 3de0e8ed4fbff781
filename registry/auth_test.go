package registry_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/registry"
)

const password = "hunter2&co"

var robot = registry.Login{Username: "robot", Password: password}

// basic is a registry that one login opens.
func basic(t *testing.T, l registry.Login, next http.HandlerFunc) (host string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, pass, _ := r.BasicAuth()
		if user != l.Username || pass != l.Password {
			w.Header().Set("WWW-Authenticate", `Basic realm="a registry"`)
			w.WriteHeader(401)
			// It repeats what it was told, as no server should.
			_ = json.NewEncoder(w).Encode(map[string]any{"errors": []any{map[string]string{"code": "UNAUTHORIZED", "message": "not " + pass + " " + r.Header.Get("Authorization")}}})
			return
		}
		if r.URL.Path != "/v2/" {
			next(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func TestLoginsAreTried(t *testing.T) {
	host := basic(t, robot, status(200, `{"tags":["1"]}`))
	repo := repository(t, host+"/shop/api")
	secret := func(user, pass string) registry.Credentials {
		data := fmt.Sprintf(`{"auths":{%q:{"auth":%q}}}`, host, base64.StdEncoding.EncodeToString([]byte(user+":"+pass)))
		credentials, err := registry.ParsePullSecret("secret shop/"+user, []byte(data))
		if err != nil {
			t.Fatal(err)
		}
		return credentials
	}
	config := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(config, fmt.Appendf(nil, `{"auths":{"https://%s/v2/":{"username":"robot","password":%q}}}`, host, password), 0o600); err != nil {
		t.Fatal(err)
	}
	wrong := registry.Login{Username: "robot", Password: "wrong-word"}
	for _, test := range []struct {
		name   string
		logins registry.Credentials
		docker string
		given  []registry.Credentials
		ok     bool
		says   string
	}{
		{name: "nobody", says: "asked without credentials"},
		{name: "a person's own", logins: registry.NewCredentials("settings", host, robot), ok: true},
		{name: "a pull secret", given: []registry.Credentials{secret("robot", password)}, ok: true},
		{name: "the second pull secret", given: []registry.Credentials{secret("other", "no-good"), secret("robot", password)}, ok: true},
		{name: "docker's", docker: config, ok: true},
		{name: "docker's after a bad one", docker: config, given: []registry.Credentials{secret("other", "no-good")}, ok: true},
		{name: "none that is right", logins: registry.NewCredentials("settings", host, wrong), says: "credentials of settings"},
		{name: "another host's", logins: registry.NewCredentials("settings", "other.example.com", robot), says: "asked without credentials"},
		{name: "another path's", logins: registry.NewCredentials("settings", host+"/web", robot), says: "asked without credentials"},
	} {
		t.Run(test.name, func(t *testing.T) {
			client := open(t, registry.Options{Insecure: []string{host}, Logins: test.logins, DockerConfig: test.docker})
			for range 2 {
				_, err := client.Tags(t.Context(), repo, test.given...)
				if test.ok {
					if err != nil {
						t.Error(err)
					}
					continue
				}
				if !errors.Is(err, registry.ErrUnauthorized) || !strings.Contains(err.Error(), test.says) {
					t.Errorf("%v, want %q", err, test.says)
				}
				for _, secret := range []string{"wrong-word", "d3JvbmctaHV"} {
					if strings.Contains(err.Error(), secret) {
						t.Errorf("%v tells a secret", err)
					}
				}
				if test.name == "none that is right" && !strings.Contains(err.Error(), "withheld") {
					t.Error(err)
				}
			}
		})
	}
}

func TestALoginThatIsRefusedLaterIsChosenAnew(t *testing.T) {
	current := robot
	var mu sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if user, pass, _ := r.BasicAuth(); user != current.Username || pass != current.Password {
			w.Header().Set("WWW-Authenticate", `Basic realm="a registry"`)
			w.WriteHeader(401)
			return
		}
		_, _ = io.WriteString(w, `{"tags":["1"]}`)
	}))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	config := filepath.Join(t.TempDir(), "config.json")
	write := func(l registry.Login) {
		if err := os.WriteFile(config, fmt.Appendf(nil, `{"auths":{%q:{"username":%q,"password":%q}}}`, host, l.Username, l.Password), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(robot)
	client := open(t, registry.Options{Insecure: []string{host}, DockerConfig: config})
	if _, err := client.Tags(t.Context(), repository(t, host+"/shop/api")); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	current = registry.Login{Username: "robot", Password: "rotated"}
	mu.Unlock()
	write(current)
	if _, err := client.Tags(t.Context(), repository(t, host+"/shop/api")); err != nil {
		t.Error(err)
	}
}

// tokens is a registry that wants tokens, and the service that gives them.
type tokens struct {
	host    string
	asked   record
	mu      sync.Mutex
	valid   string
	issued  int
	expires int
	scope   string // what the registry wants beyond the usual
}

func newTokens(t *testing.T) *tokens {
	s := &tokens{}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.host = strings.TrimPrefix(server.URL, "http://")
	return s
}

func (s *tokens) revoke() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.valid = ""
}

func (s *tokens) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.URL.Path == "/token" {
		user, pass, _ := r.BasicAuth()
		s.asked.note("token for " + user + " to " + strings.Join(r.URL.Query()["scope"], " and "))
		if user != "" && (user != robot.Username || pass != robot.Password) {
			w.WriteHeader(401)
			return
		}
		s.issued++
		s.valid = fmt.Sprintf("token-%d", s.issued)
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": s.valid, "expires_in": s.expires, "refresh_token": "never-to-be-seen"})
		return
	}
	s.asked.note(r.Method + " " + r.URL.Path)
	if s.valid == "" || r.Header.Get("Authorization") != "Bearer "+s.valid {
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="http://%s/token",service="a registry",scope=%q`, s.host, s.scope))
		w.WriteHeader(401)
		return
	}
	_, _ = io.WriteString(w, `{"tags":["1"]}`)
}

func TestTokens(t *testing.T) {
	s := newTokens(t)
	s.expires = 300
	clock := newClock()
	client := open(t, registry.Options{Insecure: []string{s.host}, Now: clock.Now, Logins: registry.NewCredentials("settings", s.host, robot)})
	const list, token = "GET /v2/shop/api/tags/list", "token for robot to repository:shop/api:pull"
	for _, step := range []struct {
		name string
		do   func()
		want string
	}{
		{"the first time", func() {}, "GET /v2/|" + token + "|" + list},
		{"while the token is good", func() { clock.advance(time.Minute) }, list},
		{"when it has expired", func() { clock.advance(5 * time.Minute) }, token + "|" + list},
		{"when it is revoked", s.revoke, list + "|" + token + "|" + list},
		{"when another scope is wanted", func() { s.revoke(); s.scope = "project:shop:read" },
			list + "|token for robot to project:shop:read and repository:shop/api:pull|" + list},
	} {
		step.do()
		if _, err := client.Tags(t.Context(), repository(t, s.host+"/shop/api")); err != nil {
			t.Errorf("%s: %v", step.name, err)
		}
		if got := strings.Join(s.asked.take(), "|"); got != step.want {
			t.Errorf("%s: asked %s\nwant %s", step.name, got, step.want)
		}
	}
	// The registry was met already, so another repository needs a token and no handshake.
	s.scope = ""
	if _, err := client.Tags(t.Context(), repository(t, s.host+"/shop/web")); err != nil {
		t.Error(err)
	}
	if got := s.asked.take(); len(got) != 2 {
		t.Errorf("asked %q", got)
	}
}

func TestTokensOfAllWhoAskAtOnceAreOne(t *testing.T) {
	s := newTokens(t)
	client := open(t, registry.Options{Insecure: []string{s.host}})
	if _, err := client.Tags(t.Context(), repository(t, s.host+"/shop/api")); err != nil {
		t.Fatal(err)
	}
	s.asked.take()
	s.revoke()
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			_, err := client.Image(t.Context(), reference(t, fmt.Sprintf("%s/shop/api:%d", s.host, i)), registry.Platform{})
			if !errors.Is(err, registry.ErrInvalid) {
				t.Error(err) // it gives a tag list whatever it is asked
			}
		})
	}
	group.Wait()
	if got := s.asked.take(); count(got, "token") != 1 {
		t.Errorf("asked %q", got)
	}
}

func TestARefusedLoginOfATokenService(t *testing.T) {
	s := newTokens(t)
	wrong := registry.Login{Username: "robot", Password: "wrong-word"}
	client := open(t, registry.Options{Insecure: []string{s.host}, Logins: registry.NewCredentials("settings", s.host, wrong)})
	_, err := client.Tags(t.Context(), repository(t, s.host+"/shop/api"))
	if !errors.Is(err, registry.ErrUnauthorized) || !strings.Contains(err.Error(), "credentials of settings") {
		t.Error(err)
	}
}

func TestATokenServiceThatGivesNone(t *testing.T) {
	var host string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			_, _ = io.WriteString(w, `{"tokn":"never-to-be-seen"}`)
			return
		}
		w.Header().Set("WWW-Authenticate", `Bearer realm="http://`+host+`/token",service="a"`)
		w.WriteHeader(401)
	}))
	defer server.Close()
	host = strings.TrimPrefix(server.URL, "http://")
	_, err := open(t, registry.Options{Insecure: []string{host}}).Tags(t.Context(), repository(t, host+"/shop/api"))
	if !errors.Is(err, registry.ErrInvalid) || strings.Contains(err.Error(), "never") || !strings.Contains(err.Error(), "token") {
		t.Error(err)
	}
}

func TestCredentialsDoNotFollowARedirect(t *testing.T) {
	seen := make(chan http.Header, 4)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Header.Clone()
		_, _ = io.WriteString(w, `{"tags":["elsewhere"]}`)
	}))
	defer elsewhere.Close()
	other := strings.TrimPrefix(elsewhere.URL, "http://")
	away := func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL+r.URL.Path+"?signature=hidden", http.StatusTemporaryRedirect)
	}
	s := newTokens(t)
	tokenFront := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.Header.Get("Authorization"), "Bearer token-") {
			away(w, r)
			return
		}
		s.ServeHTTP(w, r)
	}))
	defer tokenFront.Close()
	s.host = strings.TrimPrefix(tokenFront.URL, "http://")

	for name, host := range map[string]string{"basic": basic(t, robot, away), "token": s.host} {
		t.Run(name, func(t *testing.T) {
			own := registry.NewCredentials("settings", host, robot)
			client := open(t, registry.Options{Insecure: []string{host, other}, Logins: own})
			list, err := client.Tags(t.Context(), repository(t, host+"/shop/api"))
			if err != nil || len(list.Tags) != 1 || list.Tags[0] != "elsewhere" {
				t.Fatalf("%+v %v", list, err)
			}
			if header := <-seen; header.Get("Authorization") != "" || header.Get("Cookie") != "" {
				t.Errorf("it was sent %q", header)
			}

			// And where it redirects to is a host that must be named, too.
			client = open(t, registry.Options{Insecure: []string{host}, Logins: own})
			_, err = client.Tags(t.Context(), repository(t, host+"/shop/api"))
			if !errors.Is(err, registry.ErrInsecure) || strings.Contains(err.Error(), "hidden") || strings.Contains(err.Error(), password) {
				t.Error(err)
			}
			if len(seen) != 0 {
				t.Error("it was asked")
			}
		})
	}
}

func TestPullSecretsFitAsTheKubeletHasIt(t *testing.T) {
	for _, test := range []struct {
		key, repository string
		fits            bool
	}{
		{"ghcr.io", "ghcr.io/acme/api", true},
		{"https://ghcr.io", "ghcr.io/acme/api", true},
		{"https://ghcr.io/v2/", "ghcr.io/acme/api", true},
		{"ghcr.io/acme", "ghcr.io/acme/api", true},
		{"ghcr.io/acme/", "ghcr.io/acme/api", true},
		{"ghcr.io/acme/web", "ghcr.io/acme/api", false},
		{"ghcr.io", "ghcr.io.example.com/acme/api", false},
		{"*.example.com", "registry.example.com/api", true},
		{"*.example.com", "a.registry.example.com/api", false},
		{"*.com", "registry.example.com/api", false},
		{"registry.example.com:5000", "registry.example.com:5000/api", true},
		{"registry.example.com", "registry.example.com:5000/api", false},
		{"registry.example.com:5000", "registry.example.com/api", false},
		{"*.example.com:5000/shop", "registry.example.com:5000/shop/api", true},
		{"https://index.docker.io/v1/", "nginx", true},
		{"docker.io", "acme/api", true},
		{"registry-1.docker.io", "acme/api", true},
		{"index.docker.io/acme", "other/api", false},
		{"[::1]:5000", "[::1]:5000/api", true},
	} {
		data := fmt.Appendf(nil, `{%q:{"username":"robot","password":%q}}`, test.key, password)
		for form, text := range map[string]string{"current": `{"auths":` + string(data) + `}`, "older": string(data)} {
			credentials, err := registry.ParsePullSecret("secret a/b", []byte(text))
			if err != nil {
				t.Error(err)
			}
			if got := opens(t, credentials, test.repository); got != test.fits {
				t.Errorf("%s form: %s fits %s: %v", form, test.key, test.repository, got)
			}
		}
	}
}

// opens tells whether the credentials are sent for the repository.
func opens(t *testing.T, credentials registry.Credentials, name string) bool {
	t.Helper()
	client := open(t, registry.Options{Transport: roundTrip(func(r *http.Request) *http.Response {
		answer := httptest.NewRecorder()
		switch {
		case r.URL.Path == "/v2/":
			answer.Header().Set("WWW-Authenticate", "Basic realm=a")
			answer.WriteHeader(401)
		case r.Header.Get("Authorization") == "":
			answer.WriteHeader(401)
		default:
			_, _ = answer.WriteString(`{}`)
		}
		return answer.Result()
	})})
	_, err := client.Tags(t.Context(), repository(t, name), credentials)
	if err != nil && !errors.Is(err, registry.ErrUnauthorized) {
		t.Error(err)
	}
	return err == nil
}

type roundTrip func(*http.Request) *http.Response

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }

func TestPullSecretsThatCannotBeRead(t *testing.T) {
	for _, text := range []string{
		``, `null x`, `[]`, `{"auths":[]}`, `{"auths":{"ghcr.io":{"username":12345678}}}`,
		`{"auths":{"ghcr.io":{"auth":"!!hunter2!!"}}}`, `{"auths":{"ghcr.io":{"auth":"aHVudGVyMg=="}}}`, `{"ghcr.io":"hunter2"}`,
	} {
		_, err := registry.ParsePullSecret("secret shop/regcred", []byte(text))
		if !errors.Is(err, registry.ErrCredentials) || !strings.HasPrefix(err.Error(), "secret shop/regcred: ") {
			t.Errorf("%s: %v", text, err)
		}
		for _, secret := range []string{"hunter2", "12345678", "aHVudGVyMg"} {
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("%v tells a secret", err)
			}
		}
	}
	// What else is in it is of use.
	credentials, err := registry.ParsePullSecret("secret shop/regcred", []byte(`{"auths":{"a.example.com":{"auth":"x"},"b.example.com":{"auth":"YTpi"},"c.example.com":{}}}`))
	if !errors.Is(err, registry.ErrCredentials) || strings.Contains(err.Error(), "b.example.com") || !strings.Contains(err.Error(), "a.example.com") {
		t.Error(err)
	}
	if !opens(t, credentials, "b.example.com/api") || opens(t, credentials, "a.example.com/api") || opens(t, credentials, "c.example.com/api") {
		t.Error("the wrong entries are of use")
	}
}

func TestLoginsAreNotPrinted(t *testing.T) {
	credentials := registry.NewCredentials("settings", "ghcr.io", robot)
	wrapped := struct {
		Login       registry.Login
		Credentials registry.Credentials
	}{robot, credentials}
	encoded, err := json.Marshal(wrapped)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		string(encoded), fmt.Sprint(wrapped), fmt.Sprintf("%v %+v %#v %s %q", wrapped, wrapped, wrapped, robot, credentials), fmt.Sprintf("%#v", &credentials),
	} {
		if strings.Contains(text, password) || strings.Contains(text, "hunter2") {
			t.Errorf("%s tells a secret", text)
		}
	}
}

// helper puts a credential helper in the path.
func helper(t *testing.T, name, script string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "docker-credential-"+name), []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

func TestCredentialHelpers(t *testing.T) {
	host := basic(t, robot, status(200, `{"tags":["1"]}`))
	login := `read -r for; echo "{\"ServerURL\":\"$for\",\"Username\":\"robot\",\"Secret\":\"` + password + `\"}"`
	for _, test := range []struct {
		name, config, script string
		kind                 error
		says                 string
	}{
		{name: "for the host", config: `{"credHelpers":{"HOST":"here"}}`, script: login},
		{name: "for all", config: `{"auths":{"HOST":{}},"credsStore":"here"}`, script: login},
		{name: "not for this host", config: `{"credHelpers":{"ghcr.io":"here"}}`, script: login, kind: registry.ErrUnauthorized, says: "without credentials"},
		{name: "that has none", config: `{"credsStore":"here"}`, script: `echo "credentials not found in native keychain"; exit 1`, kind: registry.ErrUnauthorized, says: "without credentials"},
		{name: "that fails", config: `{"credsStore":"here"}`, script: `echo hunter2; echo hunter2 >&2; exit 3`, kind: registry.ErrCredentials, says: "docker-credential-here: it ended with an error"},
		{name: "that is not there", config: `{"credsStore":"nowhere"}`, script: login, kind: registry.ErrCredentials, says: "no such program"},
		{name: "that babbles", config: `{"credsStore":"here"}`, script: `echo hunter2`, kind: registry.ErrCredentials, says: "ended with an error"},
		{name: "in a file that is none", config: `hunter2`, script: login, kind: registry.ErrCredentials, says: "not a docker configuration"},
	} {
		t.Run(test.name, func(t *testing.T) {
			helper(t, "here", test.script)
			config := filepath.Join(t.TempDir(), "config.json")
			if err := os.WriteFile(config, []byte(strings.ReplaceAll(test.config, "HOST", host)), 0o600); err != nil {
				t.Fatal(err)
			}
			client := open(t, registry.Options{Insecure: []string{host}, DockerConfig: config})
			_, err := client.Tags(t.Context(), repository(t, host+"/shop/api"))
			if !errors.Is(err, test.kind) || err != nil && (!strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "hunter2")) {
				t.Errorf("%v, want %v", err, test.kind)
			}
		})
	}
}

func TestPullSecretsCannotNameAHelper(t *testing.T) {
	host := basic(t, robot, status(200, `{"tags":["1"]}`))
	ran := filepath.Join(t.TempDir(), "ran")
	helper(t, "here", "touch "+ran)
	credentials, err := registry.ParsePullSecret("secret a/b", []byte(`{"auths":{},"credsStore":"here","credHelpers":{"`+host+`":"here"}}`))
	if err != nil {
		t.Fatal(err)
	}
	_, err = open(t, registry.Options{Insecure: []string{host}}).Tags(t.Context(), repository(t, host+"/shop/api"), credentials)
	if !errors.Is(err, registry.ErrUnauthorized) {
		t.Error(err)
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("a pull secret ran a program")
	}
}
