package gitrepo_test

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/gitrepo"
)

var person = gitrepo.Signature{Name: "Ada Byron", Email: "ada@example.com", When: time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)}

// bare makes a bare repository with the branch main.
func bare(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "config.git")
	if err := gitrepo.InitBare(t.Context(), dir, "main"); err != nil {
		t.Fatal(err)
	}
	return dir
}

// open opens a mirror with a cache directory of its own, unless the options name one.
func open(t testing.TB, o gitrepo.Options) *gitrepo.Mirror {
	t.Helper()
	if o.CacheDir == "" {
		o.CacheDir = t.TempDir()
	}
	m, err := gitrepo.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

// commit pushes a commit with the files, given as path and content in turn; an empty content deletes.
func commit(t testing.TB, m *gitrepo.Mirror, base gitrepo.Hash, message string, files ...string) gitrepo.Hash {
	t.Helper()
	spec := gitrepo.CommitSpec{Base: base, Message: message, Author: person}
	for i := 0; i < len(files); i += 2 {
		spec.Changes = append(spec.Changes, gitrepo.Change{Path: files[i], Content: []byte(files[i+1]), Delete: files[i+1] == ""})
	}
	hash, err := m.CommitAndPush(t.Context(), spec)
	if err != nil {
		t.Fatalf("%s: %v", message, err)
	}
	return hash
}

func fetch(t testing.TB, m *gitrepo.Mirror) gitrepo.Hash {
	t.Helper()
	head, err := m.Fetch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return head
}

// needGit ends a test that compares with Git, where there is none.
func needGit(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Fatal("git is not installed, and the tests compare with it")
	}
}

// git runs Git in dir and returns its output.
func git(t testing.TB, dir string, arguments ...string) string {
	t.Helper()
	command := exec.Command("git", arguments...)
	command.Dir = dir
	command.Env = append(command.Environ(),
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.com",
		"GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.com")
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(arguments, " "), err, output)
	}
	return strings.TrimSpace(string(output))
}

func TestFirstCommitToReadingItElsewhere(t *testing.T) {
	remote := bare(t)
	writer := open(t, gitrepo.Options{URL: remote})
	if _, err := writer.Fetch(t.Context()); !errors.Is(err, gitrepo.ErrEmpty) {
		t.Fatalf("fetching from an empty repository: %v", err)
	}
	first := commit(t, writer, "", "Begin", "apps/shop.yaml", "replicas: 1\n", "README.md", "hello\n")
	second := commit(t, writer, first, "Scale", "apps/shop.yaml", "replicas: 2\n")

	reader := open(t, gitrepo.Options{URL: "file://" + remote})
	head := fetch(t, reader)
	if head != second {
		t.Fatalf("head is %s, want %s", head, second)
	}
	if reader.Branch() != "main" {
		t.Errorf("the branch is %q, want main", reader.Branch())
	}
	tree, err := reader.Tree(head)
	if err != nil {
		t.Fatal(err)
	}
	content, err := tree.ReadFile("apps/shop.yaml")
	if err != nil || string(content) != "replicas: 2\n" {
		t.Fatalf("read %q, %v", content, err)
	}
	changed, err := reader.Changed(first, second)
	if err != nil || fmt.Sprint(changed) != "[apps/shop.yaml]" {
		t.Errorf("changed: %v, %v", changed, err)
	}
	for rev, want := range map[string]gitrepo.Hash{
		"main": second, "HEAD": second, "HEAD~1": first, "HEAD^": first, second.Short() + "~": first, string(first): first,
	} {
		if got, err := reader.Resolve(t.Context(), rev); err != nil || got != want {
			t.Errorf("%s resolves to %s, %v; want %s", rev, got, err, want)
		}
	}
	if _, err := reader.Resolve(t.Context(), "nothing"); !errors.Is(err, gitrepo.ErrNoRevision) {
		t.Errorf("resolving nothing: %v", err)
	}
	needGit(t)
	git(t, remote, "fsck", "--strict", "--full")
}
