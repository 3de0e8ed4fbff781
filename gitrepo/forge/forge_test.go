package forge_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/gitrepo/forge"
	"github.com/evenkeel/evenkeel/gitrepo/forge/forgetest"
)

// isolate keeps what opens the forges of whoever runs the tests out of them.
func isolate(t *testing.T) (home string) {
	t.Helper()
	home = t.TempDir()
	for name, value := range map[string]string{
		"HOME": home, "XDG_CONFIG_HOME": home, "NETRC": "", "GIT_CONFIG_GLOBAL": filepath.Join(home, ".gitconfig"), "GIT_CONFIG_NOSYSTEM": "1",
		"GITHUB_TOKEN": "", "GITLAB_TOKEN": "", "GITEA_TOKEN": "",
	} {
		t.Setenv(name, value)
	}
	return home
}

// kinds runs a test against every kind of forge.
func kinds(t *testing.T, run func(t *testing.T, s *forgetest.Server, o forge.Options)) {
	for _, kind := range []forge.Kind{forge.GitHub, forge.GitLab, forge.Gitea} {
		t.Run(string(kind), func(t *testing.T) {
			isolate(t)
			s := forgetest.New(t, map[string]string{"a.yaml": "a: 1\n"})
			run(t, s, forge.Options{Repository: s.Repository(), Kind: kind, Tokens: tokens(s.URL, forgetest.Token)})
		})
	}
}

func tokens(url, token string) map[string]string {
	return map[string]string{strings.TrimPrefix(url, "http://"): token}
}

func open(t *testing.T, o forge.Options) *forge.Forge {
	t.Helper()
	f, err := forge.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFromOpeningToMerging(t *testing.T) {
	kinds(t, func(t *testing.T, s *forgetest.Server, o forge.Options) {
		f := open(t, o)
		ctx := t.Context()
		head := s.Branch("evenkeel/production/approve-1", "api", map[string]string{"a.yaml": "a: 2\n"})
		s.Branch("colleague/idea", "idea", map[string]string{"b.yaml": "b: 1\n"})
		s.Add(forgetest.PullRequest{Title: "an idea", Branch: "colleague/idea", Onto: "main"})
		s.Add(forgetest.PullRequest{Title: "of a stranger", Branch: "evenkeel/production/approve-9", Onto: "main", Fork: true})
		p := forge.Proposal{Title: "production: api: 1 -> 2", Body: "# Body\n", Branch: "evenkeel/production/approve-1", Onto: "main"}
		made, err := f.Open(ctx, p)
		if err != nil {
			t.Fatal(err)
		}
		if made.Number != 3 || made.State != forge.Open || made.Commit != head || made.Branch != p.Branch || made.Title != p.Title ||
			!strings.HasPrefix(made.URL, s.URL+"/acme/config/") || made.Created.IsZero() {
			t.Errorf("got %+v", made)
		}
		if got := s.PullRequests()[2]; got.Body != p.Body || got.Onto != "main" {
			t.Errorf("the forge has %+v", got)
		}
		if _, err := f.Open(ctx, p); !errors.Is(err, forge.ErrExists) {
			t.Errorf("opened again: %v", err)
		}
		waiting, err := f.Waiting(ctx, "evenkeel/")
		if err != nil || len(waiting) != 1 || waiting[0].Number != 3 {
			t.Errorf("waiting: %+v, %v", waiting, err)
		}
		from, err := f.From(ctx, p.Branch)
		if err != nil || len(from) != 1 || from[0].Number != 3 {
			t.Errorf("from the branch: %+v, %v", from, err)
		}

		s.Change(3, func(p *forgetest.PullRequest) { p.Failing = "build" })
		if got, err := f.Get(ctx, 3); err != nil || !strings.Contains(got.Reason, "fail") {
			t.Errorf("with a failing check: %+v, %v", got, err)
		}
		s.Change(3, func(p *forgetest.PullRequest) { p.Failing, p.Conflict = "", true })
		if got, err := f.Get(ctx, 3); err != nil || got.Reason != "it conflicts with main" {
			t.Errorf("with a conflict: %+v, %v", got, err)
		}
		s.Change(3, func(p *forgetest.PullRequest) { p.Conflict, p.Checking = false, 2 })
		if got, err := f.Get(ctx, 3); err != nil || got.Reason != "" || got.State != forge.Open {
			t.Errorf("when all is well: %+v, %v", got, err)
		}

		s.Merge(3, forgetest.Squash)
		s.Delete(p.Branch)
		if got, err := f.Get(ctx, 3); err != nil || got.State != forge.Merged || got.Branch != p.Branch {
			t.Errorf("merged: %+v, %v", got, err)
		}
		if err := f.Close(ctx, 1); err != nil {
			t.Fatal(err)
		}
		if got, err := f.Get(ctx, 1); err != nil || got.State != forge.Closed {
			t.Errorf("closed: %+v, %v", got, err)
		}
		if from, err := f.From(ctx, p.Branch); err != nil || len(from) != 1 || from[0].State != forge.Merged {
			t.Errorf("from a branch that has gone: %+v, %v", from, err)
		}
		s.Branch("evenkeel/production/revert-1", "revert", map[string]string{"c.yaml": "c: 1\n"})
		long := forge.Proposal{Title: strings.Repeat("é", 400), Branch: "evenkeel/production/revert-1", Onto: "main"}
		if made, err := f.Open(ctx, long); err != nil || len([]rune(made.Title)) != 250 || !strings.HasSuffix(made.Title, "é…") {
			t.Errorf("a title that is too long: %+v, %v", made, err)
		}
		if _, err := f.Get(ctx, 99); !errors.Is(err, forge.ErrNotFound) {
			t.Errorf("one that is not there: %v", err)
		}
	})
}

func TestWhatHasNotChangedIsNotSentAgain(t *testing.T) {
	kinds(t, func(t *testing.T, s *forgetest.Server, o forge.Options) {
		f := open(t, o)
		s.Add(forgetest.PullRequest{Title: "one", Branch: "evenkeel/a/b", Onto: "main"})
		for range 3 {
			if found, err := f.Waiting(t.Context(), "evenkeel/"); err != nil || len(found) != 1 {
				t.Fatalf("got %+v, %v", found, err)
			}
		}
		if all, unchanged := s.Requests(); len(all) != 3 || unchanged != 2 {
			t.Errorf("%d of %d requests were answered with nothing new", unchanged, len(all))
		}
		s.Change(1, func(p *forgetest.PullRequest) { p.Title = "another" })
		if found, err := f.Waiting(t.Context(), "evenkeel/"); err != nil || found[0].Title != "another" {
			t.Errorf("after a change: %+v, %v", found, err)
		}
	})
}

func TestTrouble(t *testing.T) {
	kinds(t, func(t *testing.T, s *forgetest.Server, o forge.Options) {
		variable := forge.Environment(o.Kind)
		p := forge.Proposal{Title: "t", Branch: "evenkeel/a/b", Onto: "main"}
		check := func(what string, o forge.Options, kind error, words ...string) {
			t.Helper()
			_, err := open(t, o).Open(t.Context(), p)
			var told *forge.Error
			if !errors.Is(err, kind) || !errors.As(err, &told) {
				t.Fatalf("%s: got %v, want %v", what, err, kind)
			}
			for _, word := range words {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("%s: %q is not in %v", what, word, err)
				}
			}
			for _, secret := range []string{forgetest.Token, "wrong-token"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("%s: the token is told: %v", what, err)
				}
			}
			t.Log(err)
		}
		host := strings.TrimPrefix(s.URL, "http://")
		none := o
		none.Tokens = nil
		check("no token", none, forge.ErrAuth, variable, "settings.yaml", host)
		wrong := o
		wrong.Tokens = tokens(s.URL, "wrong-token")
		check("a wrong one of the settings", wrong, forge.ErrAuth, "401", "settings.yaml")
		t.Setenv(variable, "wrong-token")
		check("a wrong one of the environment", none, forge.ErrAuth, "the token in "+variable)
		check("no such branch", o, forge.ErrRefused, "no such branch")
		other := o
		other.Repository = s.URL + "/acme/other.git"
		check("no such repository", other, forge.ErrNotFound, "repository")
		for status, kind := range map[int]error{
			http.StatusForbidden: forge.ErrAuth, http.StatusTooManyRequests: forge.ErrLimited, http.StatusBadGateway: forge.ErrUnreachable,
		} {
			s.Break(status)
			check(http.StatusText(status), o, kind, "broken for a test")
		}
		s.Server.Close()
		check("nobody there", o, forge.ErrUnreachable, "refused")
	})
}

func TestWhatOpensIt(t *testing.T) {
	kinds(t, func(t *testing.T, s *forgetest.Server, o forge.Options) {
		o.Tokens = nil
		works := func(what string, o forge.Options) {
			t.Helper()
			if _, err := open(t, o).Waiting(t.Context(), ""); err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
		inURL := o
		inURL.Repository = s.Opened()
		works("the login in the URL", inURL)

		elsewhere := inURL
		elsewhere.Repository = strings.Replace(s.Opened(), "127.0.0.1", "git.acme.dev", 1)
		elsewhere.URL = s.URL
		if _, err := open(t, elsewhere).Waiting(t.Context(), ""); !errors.Is(err, forge.ErrAuth) {
			t.Errorf("the login of another host was taken: %v", err)
		}

		netrc := filepath.Join(t.TempDir(), "netrc")
		if err := os.WriteFile(netrc, []byte("machine 127.0.0.1 login "+forgetest.User+" password "+forgetest.Token+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv("NETRC", netrc)
		works(".netrc", o)
		ssh := o
		ssh.Repository, ssh.URL = "git@127.0.0.1:acme/config.git", s.URL
		works(".netrc, for a repository over SSH", ssh)
		t.Setenv("NETRC", "")

		helper := "[credential]\n\thelper = \"!f() { echo username=" + forgetest.User + "; echo password=" + forgetest.Token + "; }; f\"\n"
		if err := os.WriteFile(os.Getenv("GIT_CONFIG_GLOBAL"), []byte(helper), 0o600); err != nil {
			t.Fatal(err)
		}
		works("a credential helper", o)

		t.Setenv(forge.Environment(o.Kind), forgetest.Token)
		works("the environment", o)
	})
}

func TestWhichForge(t *testing.T) {
	isolate(t)
	for url, want := range map[string]struct {
		o    forge.Options
		kind forge.Kind
		host string
	}{
		"https://github.com/acme/config.git":           {kind: forge.GitHub, host: "github.com"},
		"git@github.com:acme/config.git":               {kind: forge.GitHub, host: "github.com"},
		"ssh://git@ssh.github.com:443/acme/config.git": {kind: forge.GitHub, host: "github.com"},
		"ssh://git@gitlab.com/acme/sub/group/config":   {kind: forge.GitLab, host: "gitlab.com"},
		"https://codeberg.org/acme/config":             {kind: forge.Gitea, host: "codeberg.org"},
		"git@git.acme.dev:acme/config.git":             {},
		"ssh://git@git.acme.dev:2222/acme/config.git":  {o: forge.Options{Kind: forge.Gitea}, kind: forge.Gitea, host: "git.acme.dev"},
		"https://git.acme.dev:8443/acme/config.git":    {o: forge.Options{Kind: forge.Gitea}, kind: forge.Gitea, host: "git.acme.dev:8443"},
		"https://acme.dev/git/acme/config.git":         {o: forge.Options{Kind: forge.Gitea, URL: "https://acme.dev/git/"}, kind: forge.Gitea, host: "acme.dev"},
		"ssh://git@ssh.acme.dev/acme/config.git":       {o: forge.Options{Kind: forge.GitLab, URL: "https://git.acme.dev:8443"}, kind: forge.GitLab, host: "git.acme.dev:8443"},
	} {
		want.o.Repository = url
		f, err := forge.New(want.o)
		switch {
		case err != nil:
			t.Errorf("%s: %v", url, err)
		case want.kind == "" && f != nil:
			t.Errorf("%s: %s", url, f.Kind())
		case want.kind != "" && (f == nil || f.Kind() != want.kind || f.Host() != want.host):
			t.Errorf("%s: got %+v", url, f)
		}
	}
	for url, o := range map[string]forge.Options{
		"/srv/config.git":                       {Kind: forge.Gitea},
		"https://git.acme.dev/config.git":       {Kind: forge.Gitea},
		"https://git.acme.dev/a/b/c.git":        {Kind: forge.GitHub},
		"https://git.acme.dev/acme/config":      {Kind: "bitbucket"},
		"https://ada:secret@github.com/acme":    {},
		"git@ssh.acme.dev:acme/config.git":      {Kind: forge.Gitea, URL: "acme"},
		"ftp://git.acme.dev/acme/config.git":    {Kind: forge.Gitea},
		"https://git.acme.dev/%zz/config.git":   {Kind: forge.Gitea},
		"https://github.com/acme/config/x.git/": {},
	} {
		o.Repository = url
		if f, err := forge.New(o); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v, %v", url, f, err)
		}
	}
}

func TestNobodyElseIsTold(t *testing.T) {
	kinds(t, func(t *testing.T, s *forgetest.Server, o forge.Options) {
		told := false
		elsewhere := forgetest.Elsewhere(t, s.URL, func(r *http.Request) { told = told || r.Header.Get("Authorization") != "" })
		moved := forgetest.Elsewhere(t, elsewhere, nil)
		o.Repository, o.Tokens = moved+"/acme/config.git", tokens(moved, forgetest.Token)
		_, err := open(t, o).Waiting(t.Context(), "")
		if !errors.Is(err, forge.ErrUnreachable) || !strings.Contains(err.Error(), "repository.forgeURL") {
			t.Errorf("got %v", err)
		}
		if told {
			t.Error("the token went to another host")
		}
	})
}
