package gitrepo_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/gitrepo"
)

// transports are a repository with one commit, and options to reach it, for every way there is.
func transports(t *testing.T, run func(t *testing.T, remote string, o gitrepo.Options)) {
	t.Run("local", func(t *testing.T) {
		isolate(t)
		remote, _ := seeded(t)
		run(t, remote, gitrepo.Options{URL: remote})
	})
	t.Run("local without Git", func(t *testing.T) {
		isolate(t)
		remote, _ := seeded(t)
		t.Setenv("PATH", t.TempDir())
		run(t, remote, gitrepo.Options{URL: remote})
	})
	t.Run("HTTP", func(t *testing.T) {
		isolate(t)
		remote, _ := seeded(t)
		run(t, remote, gitrepo.Options{URL: withUser(t, serveHTTP(t, remote, false).URL+"/config.git", user, secret)})
	})
	t.Run("SSH", func(t *testing.T) {
		isolate(t)
		remote, _ := seeded(t)
		server := serveSSH(t)
		run(t, remote, gitrepo.Options{URL: server.url(remote), Credentials: gitrepo.Credentials{SSHKeyFile: server.keyFile, KnownHostsFile: server.knownHosts}})
	})
}

func TestPushComparesBeforeItMoves(t *testing.T) {
	transports(t, func(t *testing.T, _ string, o gitrepo.Options) {
		one, other := open(t, o), open(t, o)
		base := fetch(t, one)
		fetch(t, other)
		next := commit(t, one, base, "Change", "a.yaml", "a: 2\n")

		spec := gitrepo.CommitSpec{Base: base, Message: "Late", Author: person,
			Changes: []gitrepo.Change{{Path: "b.yaml", Content: []byte("b: 1\n")}}}
		late, err := other.Write(t.Context(), spec)
		if err != nil {
			t.Fatal(err)
		}
		if err := other.Push(t.Context(), late, base); !errors.Is(err, gitrepo.ErrStale) {
			t.Fatalf("pushing onto an old head: %v", err)
		}
		if err := other.Push(t.Context(), late, next); err == nil {
			t.Fatal("a push took a commit away")
		}
		rebuilt, err := other.CommitAndPush(t.Context(), spec)
		if err != nil {
			t.Fatal(err)
		}
		if made, err := other.Commit(rebuilt); err != nil || len(made.Parents) != 1 || made.Parents[0] != next {
			t.Errorf("the commit was not made anew on %s: %+v, %v", next, made, err)
		}
		if got := fetch(t, one); got != rebuilt {
			t.Errorf("the head is %s, want %s", got, rebuilt)
		}
		changed, err := one.Changed(base, rebuilt)
		if err != nil || strings.Join(changed, " ") != "a.yaml b.yaml" {
			t.Errorf("changed %v, %v", changed, err)
		}

		spec.Changes = []gitrepo.Change{{Path: "a.yaml", Content: []byte("a: 3\n")}}
		if _, err := other.CommitAndPush(t.Context(), spec); !errors.Is(err, gitrepo.ErrStale) || !strings.Contains(err.Error(), "a.yaml") {
			t.Errorf("overwriting somebody's change: %v", err)
		}
	})
}

func TestRefusalIsInTheServersWords(t *testing.T) {
	needGit(t)
	transports(t, func(t *testing.T, remote string, o gitrepo.Options) {
		hook := filepath.Join(remote, "hooks", "pre-receive")
		write(t, hook, "#!/bin/sh\necho 'main is protected: open a pull request'\nexit 1\n")
		if err := os.Chmod(hook, 0o700); err != nil {
			t.Fatal(err)
		}
		m := open(t, o)
		base := fetch(t, m)
		_, err := m.CommitAndPush(t.Context(), gitrepo.CommitSpec{Base: base, Message: "Change", Author: person,
			Changes: []gitrepo.Change{{Path: "a.yaml", Content: []byte("a: 2\n")}}})
		words := "main is protected: open a pull request"
		if _, err := exec.LookPath("git"); err != nil {
			words = "install Git"
		}
		if !errors.Is(err, gitrepo.ErrRejected) || !strings.Contains(err.Error(), words) {
			t.Fatalf("got %v", err)
		}
		t.Log(err)
		if got := fetch(t, m); got != base {
			t.Errorf("the head is %s, want %s", got, base)
		}
	})
}

func TestFirstPushCreatesTheBranch(t *testing.T) {
	isolate(t)
	remote := bare(t)
	server := serveHTTP(t, remote, true)
	m := open(t, gitrepo.Options{URL: server.URL + "/config.git", Branch: "main"})
	first := commit(t, m, "", "Begin", "a.yaml", "a: 1\n")
	if got := fetch(t, m); got != first {
		t.Errorf("the head is %s, want %s", got, first)
	}
}

// TestWrittenTreesAreGits makes changes of every kind and lets Git judge the result.
func TestWrittenTreesAreGits(t *testing.T) {
	needGit(t)
	work := t.TempDir()
	git(t, work, "init", "-q", "-b", "main")
	for _, name := range []string{"keep.sh", "a/b/c", "a/b.yaml", "a-b", "a.b", "only/one/file", "turned"} {
		write(t, filepath.Join(work, name), name+"\n")
	}
	if err := os.Chmod(filepath.Join(work, "keep.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("a-b", filepath.Join(work, "link")); err != nil {
		t.Fatal(err)
	}
	git(t, work, "add", "-A")
	git(t, work, "commit", "-qm", "Begin")
	remote := filepath.Join(t.TempDir(), "config.git")
	git(t, work, "clone", "-q", "--bare", work, remote)

	m := open(t, gitrepo.Options{URL: remote})
	base := fetch(t, m)
	head, err := m.CommitAndPush(t.Context(), gitrepo.CommitSpec{
		Base: base, Message: "Promote <shop>\n\nBecause.\n\nEvenkeel-Action: promote\nSigned-off-by: Ada <ada@example.com>\n",
		Author: gitrepo.Signature{Name: "Ada <&> Byron\n", Email: "ada@example.com", When: person.When},
		Changes: []gitrepo.Change{
			{Path: "keep.sh", Content: []byte("changed\n")},
			{Path: "only/one/file", Delete: true},
			{Path: "a/b/d", Content: []byte("d\n")},
			{Path: "a/run", Content: []byte("run\n"), Executable: true},
			{Path: "a0", Content: []byte("0\n")},
			{Path: "new/deep/er", Content: nil},
			{Path: "turned", Delete: true},
			{Path: "turned/into/directory", Content: []byte("t\n")},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	git(t, remote, "fsck", "--strict", "--full")
	listed := git(t, remote, "ls-tree", "-r", "--format=%(objectmode) %(path)", string(head))
	want := "100644 a-b\n100644 a.b\n100644 a/b.yaml\n100644 a/b/c\n100644 a/b/d\n100755 a/run\n100644 a0\n100755 keep.sh\n120000 link\n100644 new/deep/er\n100644 turned/into/directory"
	if listed != want {
		t.Errorf("the tree is\n%s\nwant\n%s", listed, want)
	}
	made, err := m.Commit(head)
	if err != nil || made.Subject != "Promote <shop>" || strings.Join(made.Trailers["Evenkeel-Action"], "") != "promote" ||
		made.Author.Name != "Ada & Byron" {
		t.Errorf("the commit is %+v, %v", made, err)
	}

	for name, test := range map[string]struct {
		change gitrepo.Change
		kind   error
	}{
		"nothing changes":       {gitrepo.Change{Path: "a0", Content: []byte("0\n")}, gitrepo.ErrNoChange},
		"removing what is gone": {gitrepo.Change{Path: "only/one/file", Delete: true}, fs.ErrNotExist},
		"out of the tree":       {gitrepo.Change{Path: "../x"}, nil},
		"absolute":              {gitrepo.Change{Path: "/x"}, nil},
		"Git's own":             {gitrepo.Change{Path: "a/.GIT/config"}, nil},
		"below a file":          {gitrepo.Change{Path: "a-b/x"}, nil},
		"below a link":          {gitrepo.Change{Path: "link/x"}, nil},
		"over a directory":      {gitrepo.Change{Path: "a"}, nil},
	} {
		for _, may := range []bool{false, true} {
			spec := gitrepo.CommitSpec{Base: head, Message: "m", Author: person, Changes: []gitrepo.Change{test.change}, AllowEmpty: may}
			if _, err := m.Write(t.Context(), spec); err == nil || (test.kind != nil && !errors.Is(err, test.kind)) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestCommitThatChangesNoFile(t *testing.T) {
	remote, _ := seeded(t)
	m := open(t, gitrepo.Options{URL: remote})
	base := fetch(t, m)
	spec := gitrepo.CommitSpec{Base: base, Message: "agree\n\nKey: value\n", Author: person}
	if _, err := m.Write(t.Context(), spec); !errors.Is(err, gitrepo.ErrNoChange) {
		t.Errorf("want it to be asked for, got %v", err)
	}
	spec.AllowEmpty = true
	head, err := m.CommitAndPush(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	git(t, remote, "fsck", "--strict", "--full")
	if got := git(t, remote, "log", "-1", "--format=%s|%(trailers:key=Key,valueonly,separator=)", string(head)); got != "agree|value" {
		t.Errorf("git log has %q", got)
	}
	if changed := git(t, remote, "diff", "--stat", string(base), string(head)); changed != "" {
		t.Errorf("it changes %s", changed)
	}
}

func TestOneOfManyWritersLosesNothing(t *testing.T) {
	remote, _ := seeded(t)
	const writers, commits = 3, 4
	failed := make(chan error, writers)
	for i := range writers {
		m := open(t, gitrepo.Options{URL: remote})
		base := fetch(t, m)
		go func() { failed <- writeMany(t.Context(), m, base, string(rune('a'+i)), commits) }()
	}
	for range writers {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	m := open(t, gitrepo.Options{URL: remote})
	fetch(t, m)
	page, err := m.History(t.Context(), gitrepo.HistoryOptions{})
	if err != nil || len(page.Commits) != 1+writers*commits {
		t.Errorf("%d commits, %v; want %d", len(page.Commits), err, 1+writers*commits)
	}
}

// writeMany commits to a file of its own, however often others are quicker.
func writeMany(ctx context.Context, m *gitrepo.Mirror, base gitrepo.Hash, name string, commits int) error {
	for i := 0; i < commits; {
		next, err := m.CommitAndPush(ctx, gitrepo.CommitSpec{Base: base, Message: name, Author: person,
			Changes: []gitrepo.Change{{Path: name, Content: []byte{byte('0' + i)}}}})
		if errors.Is(err, gitrepo.ErrStale) {
			if base, err = m.Fetch(ctx); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		base = next
		i++
	}
	return nil
}

// A tree that comes back after a revert is new against the remote in other
// things than against the commit before it.
func TestSeveralCommitsWithARevertArePushedWhole(t *testing.T) {
	remote := bare(t)
	m := open(t, gitrepo.Options{URL: remote, Branch: "main"})
	first := commit(t, m, "", "begin", "a/x.yaml", "one", "b.yaml", "one")
	head := first
	for i, content := range []string{"two", "three", "two", "three"} {
		spec := gitrepo.CommitSpec{Base: head, Message: fmt.Sprint("turn ", i), Author: person}
		spec.Changes = []gitrepo.Change{
			{Path: "a/x.yaml", Content: []byte(content)},
			{Path: "c/y.yaml", Content: []byte("the same in all of them")},
		}
		var err error
		if head, err = m.Write(t.Context(), spec); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Push(t.Context(), head, first); err != nil {
		t.Fatal(err)
	}
	elsewhere := open(t, gitrepo.Options{URL: remote, Branch: "main"})
	for at := fetch(t, elsewhere); at != first; {
		c, err := elsewhere.Commit(at)
		if err != nil {
			t.Fatal(err)
		}
		tree, err := elsewhere.Tree(at)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"a/x.yaml", "c/y.yaml"} {
			if _, err := fs.ReadFile(tree, name); err != nil {
				t.Errorf("%s at %q: %v", name, c.Subject, err)
			}
		}
		at = c.Parents[0]
	}
}
