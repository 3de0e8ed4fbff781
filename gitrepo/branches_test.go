package gitrepo_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/evenkeel/evenkeel/gitrepo"
)

func TestBranchesOfTheirOwn(t *testing.T) {
	transports(t, func(t *testing.T, _ string, o gitrepo.Options) {
		o.Branches = "evenkeel/"
		one, other := open(t, o), open(t, o)
		base := fetch(t, one)
		if got := one.Branches(); len(got) != 0 {
			t.Errorf("at first there are %v", got)
		}
		made := written(t, one, base, "a.yaml", "a: 2\n")
		if err := one.PushBranch(t.Context(), "evenkeel/production/approve-1", made, ""); err != nil {
			t.Fatal(err)
		}
		if err := one.PushBranch(t.Context(), "colleague/idea", made, ""); err != nil {
			t.Fatal(err)
		}
		if got := one.Branches(); len(got) != 1 || got["evenkeel/production/approve-1"] != made {
			t.Errorf("after the push there are %v", got)
		}
		if got := fetch(t, other); got != base {
			t.Errorf("the followed branch has moved to %s", got)
		}
		want := map[string]gitrepo.Hash{"evenkeel/production/approve-1": made}
		if got := other.Branches(); !maps.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		if brought, err := other.Resolve(t.Context(), "evenkeel/production/approve-1"); err != nil || brought != made {
			t.Errorf("brought %s, %v", brought, err)
		}

		another := written(t, other, base, "a.yaml", "a: 3\n")
		if err := other.PushBranch(t.Context(), "evenkeel/production/approve-1", another, ""); !errors.Is(err, gitrepo.ErrStale) {
			t.Errorf("a branch that is there was created: %v", err)
		}
		if err := other.DeleteBranch(t.Context(), "evenkeel/production/approve-1", another); !errors.Is(err, gitrepo.ErrStale) {
			t.Errorf("a branch that is elsewhere was taken away: %v", err)
		}
		if err := other.DeleteBranch(t.Context(), "evenkeel/production/approve-1", made); err != nil {
			t.Errorf("taking a branch away: %v", err)
		}
		if fetch(t, one); len(one.Branches()) != 0 {
			t.Errorf("there are still %v", one.Branches())
		}
		if err := one.PushBranch(t.Context(), "a..b", made, ""); err == nil {
			t.Error("a branch of a bad name was pushed")
		}
	})
}

// written makes a commit that nobody knows of yet.
func written(t *testing.T, m *gitrepo.Mirror, base gitrepo.Hash, path, content string) gitrepo.Hash {
	t.Helper()
	made, err := m.Write(t.Context(), gitrepo.CommitSpec{Base: base, Message: "Change " + path, Author: person,
		Changes: []gitrepo.Change{{Path: path, Content: []byte(content)}}})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestProtectedBranch(t *testing.T) {
	needGit(t)
	for name, words := range map[string]string{
		"GitHub": "error: GH006: Protected branch update failed for refs/heads/main.",
		"GitLab": "GitLab: You are not allowed to push code to protected branches on this project.",
		"Gitea":  "Gitea: Not allowed to push to protected branch main",
	} {
		t.Run(name, func(t *testing.T) {
			isolate(t)
			remote, _ := seeded(t)
			hook := filepath.Join(remote, "hooks", "update")
			write(t, hook, "#!/bin/sh\n[ \"$1\" != refs/heads/main ] || { echo '"+words+"' >&2; exit 1; }\n")
			if err := os.Chmod(hook, 0o700); err != nil {
				t.Fatal(err)
			}
			m := open(t, gitrepo.Options{URL: remote})
			base := fetch(t, m)
			made := written(t, m, base, "a.yaml", "a: 2\n")
			if err := m.Push(t.Context(), made, base); !errors.Is(err, gitrepo.ErrProtected) || !errors.Is(err, gitrepo.ErrRejected) {
				t.Errorf("got %v", err)
			}
			if err := m.PushBranch(t.Context(), "evenkeel/a/b", made, ""); err != nil {
				t.Errorf("a branch of its own: %v", err)
			}
			write(t, hook, "#!/bin/sh\necho 'the tests fail' >&2\nexit 1\n")
			if err := m.Push(t.Context(), made, base); errors.Is(err, gitrepo.ErrProtected) || !errors.Is(err, gitrepo.ErrRejected) {
				t.Errorf("another refusal: %v", err)
			}
		})
	}
}

func TestLocate(t *testing.T) {
	for url, want := range map[string]struct{ at, web string }{
		"https://ada:secret@git.acme.dev:8443/acme/config.git/": {"git.acme.dev acme/config", "https://git.acme.dev:8443"},
		"http://[::1]:3000/acme/config":                         {"::1 acme/config", "http://[::1]:3000"},
		"ssh://git@git.acme.dev:2222/acme/config.git":           {"git.acme.dev acme/config", "https://git.acme.dev"},
		"git@git.acme.dev:acme/sub/config.git":                  {"git.acme.dev acme/sub/config", "https://git.acme.dev"},
	} {
		got, err := gitrepo.Locate(url)
		if err != nil || got.Host+" "+got.Path != want.at || got.Web().String() != want.web {
			t.Errorf("%s: got %+v, %s, %v", url, got, got.Web(), err)
		}
	}
	if _, err := gitrepo.Locate("ftp://a/b"); err == nil {
		t.Error("ftp was understood")
	}
}

func TestPassword(t *testing.T) {
	needGit(t)
	home := isolate(t)
	if name, password := gitrepo.Password(t.Context(), "https://git.acme.dev/acme/config"); name+password != "" {
		t.Errorf("from nowhere: %q, %q", name, password)
	}
	write(t, filepath.Join(home, ".gitconfig"), "[credential]\n\thelper = \"!f() { echo username=helped; echo password=out; }; f\"\n")
	write(t, filepath.Join(home, ".netrc"), "machine git.acme.dev login noted password down\n")
	for url, want := range map[string]string{
		"https://ada:secret@git.acme.dev/acme/config": "ada secret",
		"https://git.acme.dev/acme/config":            "noted down",
		"https://elsewhere.dev/acme/config":           "helped out",
		"ssh://git@git.acme.dev/acme/config":          " ",
		"/srv/config":                                 " ",
	} {
		if name, password := gitrepo.Password(t.Context(), url); name+" "+password != want {
			t.Errorf("%s: %q, %q", url, name, password)
		}
	}
}
