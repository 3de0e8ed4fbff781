package gitrepo_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/gitrepo"
)

// withUser puts credentials into a URL.
func withUser(t *testing.T, raw, user, password string) string {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(user, password)
	return u.String()
}

// seeded is a bare repository with one commit.
func seeded(t testing.TB) (dir string, head gitrepo.Hash) {
	t.Helper()
	dir = bare(t)
	return dir, commit(t, open(t, gitrepo.Options{URL: dir}), "", "Begin", "a.yaml", "a: 1\n")
}

// exercise pushes and fetches through the options.
func exercise(t *testing.T, o gitrepo.Options, head gitrepo.Hash) {
	t.Helper()
	writer := open(t, o)
	if got := fetch(t, writer); got != head {
		t.Fatalf("fetched %s, want %s", got, head)
	}
	next := commit(t, writer, head, "Change", "a.yaml", "a: 2\n", "b/c.yaml", "c: 1\n")
	reader := open(t, o)
	if got := fetch(t, reader); got != next {
		t.Fatalf("fetched %s, want %s", got, next)
	}
	last := commit(t, writer, next, "Remove", "b/c.yaml", "")
	if got := fetch(t, reader); got != last {
		t.Fatalf("fetched %s, want %s", got, last)
	}
	tree, err := reader.Tree(last)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tree.Stat("b"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the emptied directory is still there: %v", err)
	}
}

func TestHTTPFindsCredentials(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T, home, base string) gitrepo.Options{
		"in the URL": func(t *testing.T, _, base string) gitrepo.Options {
			return gitrepo.Options{URL: withUser(t, base, user, secret)}
		},
		"in the options": func(_ *testing.T, _, base string) gitrepo.Options {
			return gitrepo.Options{URL: base, Credentials: gitrepo.Credentials{Username: user, Password: secret}}
		},
		"in .netrc": func(t *testing.T, home, base string) gitrepo.Options {
			write(t, filepath.Join(home, ".netrc"), "machine example.com login x password y\nmachine 127.0.0.1\n  login "+user+"\n  password "+secret+"\n")
			return gitrepo.Options{URL: base}
		},
		"from a credential helper": func(t *testing.T, home, base string) gitrepo.Options {
			write(t, filepath.Join(home, ".gitconfig"), "[credential]\n\thelper = store\n")
			write(t, filepath.Join(home, ".git-credentials"), strings.TrimSuffix(withUser(t, base, user, secret), "/config.git")+"\n")
			return gitrepo.Options{URL: base}
		},
	} {
		t.Run(name, func(t *testing.T) {
			home := isolate(t)
			remote, head := seeded(t)
			server := serveHTTP(t, remote, false)
			o := prepare(t, home, server.URL+"/config.git")
			o.CacheDir = t.TempDir()
			exercise(t, o, head)
			if server.unauthorized.Load() > 0 {
				t.Errorf("wrong credentials were sent %d times", server.unauthorized.Load())
			}
			searchFor(t, o.CacheDir, secret, "s3cret%2Ft0ken")
		})
	}
}

func TestPublicHTTPNeedsNoCredentials(t *testing.T) {
	isolate(t)
	remote, head := seeded(t)
	server := serveHTTP(t, remote, true)
	o := gitrepo.Options{URL: server.URL + "/config.git", CacheDir: t.TempDir()}
	m := open(t, o)
	fetch(t, m)
	before := server.requests.Load()
	if got := fetch(t, m); got != head {
		t.Errorf("fetched %s, want %s", got, head)
	}
	if listed := server.requests.Load() - before; listed != 1 {
		t.Errorf("an unmoved branch took %d requests, want one listing", listed)
	}
	exercise(t, o, head)
}

func TestSSH(t *testing.T) {
	isolate(t)
	remote, head := seeded(t)
	server := serveSSH(t)
	o := gitrepo.Options{
		URL: server.url(remote), CacheDir: t.TempDir(),
		Credentials: gitrepo.Credentials{SSHKeyFile: server.keyFile, KnownHostsFile: server.knownHosts},
	}
	exercise(t, o, head)
}

func TestSSHDefaultKeyAndKnownHosts(t *testing.T) {
	home := isolate(t)
	remote, head := seeded(t)
	server := serveSSH(t)
	for name, from := range map[string]string{"id_ed25519": server.keyFile, "known_hosts": server.knownHosts} {
		content, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(home, ".ssh", name), string(content))
	}
	exercise(t, gitrepo.Options{URL: server.url(remote), CacheDir: t.TempDir()}, head)
}

// TestTroubleIsNamed goes through what can be wrong with a remote. Each error has its kind, tells what to do, and
// keeps the password to itself.
func TestTroubleIsNamed(t *testing.T) {
	home := isolate(t)
	remote, _ := seeded(t)
	private := serveHTTP(t, remote, false)
	empty := filepath.Join(filepath.Dir(remote), "empty.git")
	if err := gitrepo.InitBare(t.Context(), empty, "main"); err != nil {
		t.Fatal(err)
	}
	git(t, empty, "config", "http.uploadpack", "true")
	server := serveSSH(t)
	strangers := serveSSH(t)
	key := func(s, k *sshServer) gitrepo.Credentials {
		return gitrepo.Credentials{SSHKeyFile: k.keyFile, KnownHostsFile: s.knownHosts, Password: secret}
	}
	otherHost := filepath.Join(home, "changed")
	content, err := os.ReadFile(strangers.knownHosts)
	if err != nil {
		t.Fatal(err)
	}
	write(t, otherHost, strings.ReplaceAll(string(content), fmt.Sprint(strangers.port), fmt.Sprint(server.port)))
	moving := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, withUserOrFail("http://127.0.0.1:1/x", user, secret)+r.URL.Path, http.StatusFound)
	}))
	t.Cleanup(moving.Close)
	talkative := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, password, _ := r.BasicAuth()
		http.Error(w, "trouble with "+name+":"+password, http.StatusInternalServerError)
	}))
	t.Cleanup(talkative.Close)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + closed.Addr().String() + "/config.git"
	closed.Close()

	for name, test := range map[string]struct {
		options gitrepo.Options
		kind    error
		says    string
	}{
		"no password":           {gitrepo.Options{URL: private.URL + "/config.git"}, gitrepo.ErrAuth, "token"},
		"wrong password":        {gitrepo.Options{URL: withUser(t, private.URL+"/config.git", user, secret+"x")}, gitrepo.ErrAuth, "token"},
		"no such repository":    {gitrepo.Options{URL: withUser(t, private.URL+"/none.git", user, secret)}, gitrepo.ErrNotFound, "URL"},
		"empty over HTTP":       {gitrepo.Options{URL: withUser(t, private.URL+"/empty.git", user, secret)}, gitrepo.ErrEmpty, "commit"},
		"no branch over HTTP":   {gitrepo.Options{URL: withUser(t, private.URL+"/config.git", user, secret), Branch: "gone"}, gitrepo.ErrNoBranch, `"gone"`},
		"nobody listens":        {gitrepo.Options{URL: withUser(t, nobody, user, secret)}, gitrepo.ErrUnreachable, "refused"},
		"no such host":          {gitrepo.Options{URL: withUser(t, "http://git.invalid/config.git", user, secret)}, gitrepo.ErrUnreachable, "git.invalid"},
		"a redirect":            {gitrepo.Options{URL: moving.URL + "/config.git", Credentials: gitrepo.Credentials{Username: user, Password: secret}}, gitrepo.ErrUnreachable, ""},
		"an error page":         {gitrepo.Options{URL: withUser(t, talkative.URL+"/config.git", user, secret)}, gitrepo.ErrUnreachable, "500"},
		"local, missing":        {gitrepo.Options{URL: filepath.Join(home, "nothing")}, gitrepo.ErrNotFound, "path"},
		"local, no repository":  {gitrepo.Options{URL: home}, gitrepo.ErrNotFound, "path"},
		"local, empty":          {gitrepo.Options{URL: empty}, gitrepo.ErrEmpty, "commit"},
		"local, no branch":      {gitrepo.Options{URL: remote, Branch: "gone"}, gitrepo.ErrNoBranch, `"gone"`},
		"SSH, unknown host":     {gitrepo.Options{URL: server.url(remote), Credentials: key(strangers, server)}, gitrepo.ErrHostKey, "fingerprint"},
		"SSH, changed host":     {gitrepo.Options{URL: server.url(remote), Credentials: gitrepo.Credentials{SSHKeyFile: server.keyFile, KnownHostsFile: otherHost}}, gitrepo.ErrHostKey, "changed:1"},
		"SSH, no known_hosts":   {gitrepo.Options{URL: server.url(remote)}, gitrepo.ErrHostKey, "fingerprint"},
		"SSH, wrong key":        {gitrepo.Options{URL: server.url(remote), Credentials: key(server, strangers)}, gitrepo.ErrAuth, "agent"},
		"SSH, no key":           {gitrepo.Options{URL: server.url(remote), Credentials: gitrepo.Credentials{KnownHostsFile: server.knownHosts}}, gitrepo.ErrAuth, "agent"},
		"SSH, missing key file": {gitrepo.Options{URL: server.url(remote), Credentials: gitrepo.Credentials{SSHKeyFile: "/nothing", KnownHostsFile: server.knownHosts}}, gitrepo.ErrAuth, "/nothing"},
		"SSH, no repository":    {gitrepo.Options{URL: server.url("/nothing.git"), Credentials: key(server, server)}, gitrepo.ErrNotFound, "URL"},
		"SSH, nobody listens":   {gitrepo.Options{URL: "ssh://ada:" + url.QueryEscape(secret) + "@" + closed.Addr().String() + "/x", Credentials: key(server, server)}, gitrepo.ErrUnreachable, "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			test.options.CacheDir = t.TempDir()
			m := open(t, test.options)
			_, err := m.Fetch(t.Context())
			var fetching *gitrepo.FetchError
			if !errors.As(err, &fetching) || !errors.Is(err, test.kind) {
				t.Fatalf("got %v, want %v", err, test.kind)
			}
			if !strings.Contains(err.Error(), test.says) {
				t.Errorf("%q does not speak of %q", err, test.says)
			}
			shown := fmt.Sprintf("%v %+v %#v", err, fetching, fetching)
			for _, hidden := range []string{secret, "s3cret%2Ft0ken"} {
				if strings.Contains(shown, hidden) {
					t.Errorf("the error shows the password: %s", shown)
				}
			}
			searchFor(t, test.options.CacheDir, secret, "s3cret%2Ft0ken")
			t.Log(err)
		})
	}
}

func withUserOrFail(raw, user, password string) string {
	u, err := url.Parse(raw)
	if err != nil {
		panic(err)
	}
	u.User = url.UserPassword(user, password)
	return u.String()
}

func TestURLsThatAreRefused(t *testing.T) {
	for _, raw := range []string{"", "git://example.com/x", "https://" + user + ":" + secret + "@/x", "https://" + user + ":%zz" + secret + "@host/x", "ftp://ada:" + "secret@host/x"} {
		_, err := gitrepo.Open(t.Context(), gitrepo.Options{URL: raw, CacheDir: t.TempDir()})
		if err == nil {
			t.Errorf("%q is accepted", raw)
		} else if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("the error shows the password: %v", err)
		}
	}
}

// write writes a file that only its owner may read.
func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// searchFor fails when a name or a content below dir holds one of the words.
func searchFor(t *testing.T, dir string, words ...string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		text := name
		if d.Type().IsRegular() {
			content, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			text += string(content)
		}
		for _, word := range words {
			if strings.Contains(text, word) {
				t.Errorf("%s holds %q", name, word)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
