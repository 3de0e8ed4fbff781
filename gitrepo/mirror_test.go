package gitrepo_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/evenkeel/evenkeel/gitrepo"
)

// The environment of a process that is this test binary again, as another user of a mirror.
const (
	roleVariable = "GITREPO_TEST_ROLE"
	urlVariable  = "GITREPO_TEST_URL"
	dirVariable  = "GITREPO_TEST_DIR"
)

func TestMain(m *testing.M) {
	role, ok := map[string]func(context.Context) error{"fetch": fetchRole, "commit": commitRole}[os.Getenv(roleVariable)]
	if !ok {
		os.Exit(m.Run())
	}
	if err := role(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// another starts this test binary in a role.
func another(t *testing.T, role, url, dir string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(self)
	command.Env = append(os.Environ(), roleVariable+"="+role, urlVariable+"="+url, dirVariable+"="+dir)
	return command
}

// fetchRole fetches and reads every file, and prints the head.
func fetchRole(ctx context.Context) error {
	m, err := gitrepo.Open(ctx, gitrepo.Options{URL: os.Getenv(urlVariable), CacheDir: os.Getenv(dirVariable)})
	if err != nil {
		return err
	}
	head, err := m.Fetch(ctx)
	if err != nil {
		return err
	}
	if err := readAll(m, head); err != nil {
		return err
	}
	fmt.Println(head)
	return m.Close()
}

// commitRole commits and pushes until it is killed.
func commitRole(ctx context.Context) error {
	m, err := gitrepo.Open(ctx, gitrepo.Options{URL: os.Getenv(urlVariable), CacheDir: os.Getenv(dirVariable)})
	if err != nil {
		return err
	}
	base, err := m.Fetch(ctx)
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		base, err = m.CommitAndPush(ctx, gitrepo.CommitSpec{
			Base: base, Message: "Change", Author: person,
			Changes: []gitrepo.Change{{Path: "count", Content: fmt.Append(nil, os.Getpid(), i)}},
		})
		if err != nil {
			return err
		}
		fmt.Println(base)
	}
}

func readAll(m *gitrepo.Mirror, head gitrepo.Hash) error {
	tree, err := m.Tree(head)
	if err != nil {
		return err
	}
	return fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		_, err = tree.ReadFile(name)
		return err
	})
}

// packed is a repository whose mirror has a pack.
func packed(t testing.TB) (dir string, head gitrepo.Hash) {
	t.Helper()
	dir = bare(t)
	spec := gitrepo.CommitSpec{Message: "Begin", Author: person}
	for i := range 200 {
		spec.Changes = append(spec.Changes, gitrepo.Change{Path: fmt.Sprintf("apps/%d/deployment.yaml", i), Content: []byte(manifest(i, 0))})
	}
	head, err := open(t, gitrepo.Options{URL: dir}).CommitAndPush(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	needGit(t)
	git(t, dir, "repack", "-adq")
	return dir, head
}

// TestDamageIsMended breaks a mirror in many ways, both before it is opened and while it is open.
func TestDamageIsMended(t *testing.T) {
	remote, head := packed(t)
	for name, damage := range map[string]func(t *testing.T, mirror string){
		"no HEAD":            func(t *testing.T, mirror string) { remove(t, mirror, "HEAD") },
		"HEAD is nonsense":   func(t *testing.T, mirror string) { overwrite(t, mirror, "HEAD", "\x00\x00\x00") },
		"packed-refs is cut": func(t *testing.T, mirror string) { truncate(t, mirror, "packed-refs", 20) },
		"a ref to nothing": func(t *testing.T, mirror string) {
			overwrite(t, mirror, "packed-refs", strings.Repeat("1", 40)+" refs/heads/main\n")
		},
		"no pack":           func(t *testing.T, mirror string) { remove(t, mirror, "objects/pack/*.pack") },
		"no index":          func(t *testing.T, mirror string) { remove(t, mirror, "objects/pack/*.idx") },
		"the pack is cut":   func(t *testing.T, mirror string) { truncate(t, mirror, "objects/pack/*.pack", 700) },
		"the index is cut":  func(t *testing.T, mirror string) { truncate(t, mirror, "objects/pack/*.idx", 700) },
		"the pack is empty": func(t *testing.T, mirror string) { truncate(t, mirror, "objects/pack/*.pack", 0) },
		"bytes changed in the pack": func(t *testing.T, mirror string) {
			name := only(t, mirror, "objects/pack/*.pack")
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for i := 100; i < len(content)-100; i += 50 {
				content[i] ^= 0xff
			}
			replace(t, name, content)
		},
		"no mirror": func(t *testing.T, mirror string) {
			if err := os.RemoveAll(mirror); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, when := range []string{"closed", "open", "in use", "written"} {
				cache := t.TempDir()
				o := gitrepo.Options{URL: remote, CacheDir: cache}
				m, err := gitrepo.Open(t.Context(), o)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := m.Fetch(t.Context()); err != nil {
					t.Fatal(err)
				}
				if when == "closed" {
					if err := m.Close(); err != nil {
						t.Fatal(err)
					}
				}
				damage(t, mirrorDir(t, cache))
				if when == "closed" {
					m = open(t, o)
				} else {
					t.Cleanup(func() { m.Close() })
				}
				if when == "written" {
					// Only what must be read again is missed, so with some damage this just works.
					_, err := m.Write(t.Context(), gitrepo.CommitSpec{Base: head, Message: "Change", Author: person,
						Changes: []gitrepo.Change{{Path: "apps/7/deployment.yaml", Content: []byte("a: 1\n")}}})
					if err != nil {
						t.Fatalf("%s: %v", when, err)
					}
				}
				if when == "open" || when == "closed" {
					if got, err := m.Fetch(t.Context()); err != nil || got != head {
						t.Fatalf("%s: fetched %s, %v; want %s", when, got, err, head)
					}
				}
				if err := readAll(m, head); err != nil {
					t.Fatalf("%s: %v", when, err)
				}
				if got := fetch(t, m); got != head {
					t.Fatalf("%s: fetched %s, want %s", when, got, head)
				}
				if when == "in use" {
					// What was decoded before needs no mending, so only a new start tells.
					m = open(t, o)
					if fetch(t, m); readAll(m, head) != nil {
						t.Fatalf("the mirror was not mended")
					}
				}
				git(t, mirrorDir(t, cache), "fsck", "--full")
			}
		})
	}
}

// mirrorDir is the one mirror in a cache directory.
func mirrorDir(t *testing.T, cache string) string {
	t.Helper()
	entries, err := os.ReadDir(cache)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.IsDir() {
			return filepath.Join(cache, entry.Name())
		}
	}
	t.Fatal("there is no mirror")
	return ""
}

func only(t *testing.T, dir, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %v, %v", pattern, found, err)
	}
	return found[0]
}

func remove(t *testing.T, dir, pattern string) {
	t.Helper()
	if err := os.Remove(only(t, dir, pattern)); err != nil {
		t.Fatal(err)
	}
}

func overwrite(t *testing.T, dir, pattern, content string) {
	t.Helper()
	replace(t, only(t, dir, pattern), []byte(content))
}

func truncate(t *testing.T, dir, pattern string, size int) {
	t.Helper()
	name := only(t, dir, pattern)
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	replace(t, name, content[:size])
}

// replace changes a file in place, read-only or not, so that whoever has it open sees it.
func replace(t *testing.T, name string, content []byte) {
	t.Helper()
	if err := os.Chmod(name, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestProcessesShareAMirror(t *testing.T) {
	remote, head := packed(t)
	cache := t.TempDir()
	run := func(want gitrepo.Hash) {
		var group sync.WaitGroup
		for range 4 {
			command := another(t, "fetch", remote, cache)
			group.Go(func() {
				output, err := command.CombinedOutput()
				if err != nil || strings.TrimSpace(string(output)) != string(want) {
					t.Errorf("%v: %s, want %s", err, output, want)
				}
			})
		}
		group.Wait()
	}
	run(head)
	writer := open(t, gitrepo.Options{URL: remote})
	next := commit(t, writer, fetch(t, writer), "Change", "new", "content")
	run(next)
	git(t, mirrorDir(t, cache), "fsck", "--strict")
}

func TestKilledWritersLeaveAWholeBranch(t *testing.T) {
	remote, head := packed(t)
	cache := t.TempDir()
	for round := range 8 {
		command := another(t, "commit", remote, cache)
		output, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		// Killed after some commit was reported, at whatever the next one is at by then.
		first := make([]byte, 41)
		if _, err := output.Read(first); err != nil {
			t.Errorf("the writer ended without a commit: %v", err)
		}
		if err := command.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = command.Wait()
		git(t, remote, "fsck", "--full")
		m := open(t, gitrepo.Options{URL: remote, CacheDir: cache})
		now := fetch(t, m)
		if now == head {
			t.Fatalf("round %d: the reported commit %s is lost", round, first)
		}
		if err := readAll(m, now); err != nil {
			t.Fatal(err)
		}
		head = now
	}
}

func TestWaitingForTheLockEndsWithTheContext(t *testing.T) {
	remote, head := seeded(t)
	cache := t.TempDir()
	m := open(t, gitrepo.Options{URL: remote, CacheDir: cache})
	fetch(t, m)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := m.Write(ctx, gitrepo.CommitSpec{Base: head, Message: "m", Author: person, Changes: []gitrepo.Change{{Path: "x", Content: []byte("x")}}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("writing with an ended context: %v", err)
	}
	if _, err := m.Fetch(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("fetching with an ended context: %v", err)
	}
}

func TestRewrittenBranchIsFollowed(t *testing.T) {
	needGit(t)
	remote, first := seeded(t)
	writer := open(t, gitrepo.Options{URL: remote})
	second := commit(t, writer, fetch(t, writer), "Second", "a.yaml", "a: 2\n")
	reader := open(t, gitrepo.Options{URL: remote})
	if got := fetch(t, reader); got != second {
		t.Fatalf("fetched %s, want %s", got, second)
	}
	git(t, remote, "update-ref", "refs/heads/main", string(first))
	if got := fetch(t, reader); got != first {
		t.Fatalf("fetched %s, want %s", got, first)
	}
	if head, err := reader.Head(); err != nil || head != first {
		t.Errorf("the head is %s, %v; want %s", head, err, first)
	}
	git(t, remote, "update-ref", "-d", "refs/heads/main", string(first))
	git(t, remote, "update-ref", "refs/heads/other", string(second))
	if _, err := reader.Fetch(t.Context()); !errors.Is(err, gitrepo.ErrNoBranch) {
		t.Errorf("fetching a branch that is gone: %v", err)
	}
	if head, err := reader.Head(); err != nil || head != first {
		t.Errorf("without the branch the head is %s, %v; want %s still", head, err, first)
	}
	if got, err := reader.Resolve(t.Context(), "other"); err != nil || got != second {
		t.Errorf("other resolves to %s, %v; want %s", got, err, second)
	}
}

func TestTreeIsAFileSystem(t *testing.T) {
	needGit(t)
	work := t.TempDir()
	git(t, work, "init", "-q", "-b", "main")
	write(t, filepath.Join(work, "dir", "sub", "file.yaml"), "a: 1\n")
	write(t, filepath.Join(work, "dir", "run.sh"), "true\n")
	write(t, filepath.Join(work, "large"), strings.Repeat("large\n", 1<<20))
	if err := os.Chmod(filepath.Join(work, "dir", "run.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../../outside", filepath.Join(work, "dir", "link")); err != nil {
		t.Fatal(err)
	}
	git(t, work, "add", "-A")
	git(t, work, "update-index", "--add", "--cacheinfo", "160000,"+strings.Repeat("1", 40)+",module")
	git(t, work, "commit", "-qm", "Everything")
	m := open(t, gitrepo.Options{URL: work})
	tree, err := m.Tree(fetch(t, m))
	if err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(tree, "dir/sub/file.yaml", "dir/run.sh", "large", "dir/link", "module"); err != nil {
		t.Error(err)
	}
	for name, want := range map[string]fs.FileMode{
		"dir": fs.ModeDir | 0o555, "dir/run.sh": 0o555, "dir/link": fs.ModeSymlink | 0o777, "module": fs.ModeDir | 0o555, "large": 0o444,
	} {
		if info, err := tree.Stat(name); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v; want the mode %v", name, info, err, want)
		}
	}
	if info, err := tree.Stat("large"); err != nil || info.Size() != 6<<20 {
		t.Errorf("large: %v, %v", info, err)
	}
	if target, err := tree.ReadLink("dir/link"); err != nil || target != "../../outside" {
		t.Errorf("the link leads to %q, %v", target, err)
	}
	if listed, err := tree.ReadDir("module"); err != nil || len(listed) > 0 {
		t.Errorf("the submodule holds %v, %v", listed, err)
	}
	for _, outside := range []string{"../x", "/etc/passwd", "dir/../large", "dir/link/x", "large/x", ""} {
		if _, err := tree.Open(outside); err == nil {
			t.Errorf("%q opens", outside)
		}
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			content, err := tree.ReadFile("large")
			if err != nil || !bytes.HasPrefix(content, []byte("large\n")) {
				t.Errorf("reading beside others: %v", err)
			}
		})
	}
	group.Wait()
}

func TestOpenNeedsNoRemote(t *testing.T) {
	remote, head := seeded(t)
	o := gitrepo.Options{URL: remote, CacheDir: t.TempDir()}
	fetch(t, open(t, o))
	if err := os.RemoveAll(remote); err != nil {
		t.Fatal(err)
	}
	m := open(t, o)
	if got, err := m.Head(); err != nil || got != head {
		t.Errorf("the head is %s, %v; want %s", got, err, head)
	}
	if err := readAll(m, head); err != nil {
		t.Error(err)
	}
	written, err := m.Commit(head)
	if err != nil || written.Subject != "Begin" || written.Author.Name != person.Name || !written.Author.When.Equal(person.When) {
		t.Errorf("the commit is %+v, %v", written, err)
	}
}
