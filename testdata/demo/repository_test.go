package demo

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/gitrepo"
)

func TestTheRepositoryHoldsTheHistory(t *testing.T) {
	now := time.Now()
	dir := filepath.Join(t.TempDir(), "config.git")
	place := place{Registry: "127.0.0.1:7001", Repository: dir}
	if err := makeRepository(t.Context(), dir, place, now, func(Step) {}); err != nil {
		t.Fatal(err)
	}
	if siblings, _ := filepath.Glob(filepath.Join(filepath.Dir(dir), "*")); len(siblings) != 1 {
		t.Errorf("next to it lie %v", siblings)
	}

	mirror, err := gitrepo.Open(t.Context(), gitrepo.Options{URL: dir, CacheDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer mirror.Close()
	head, err := mirror.Fetch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	page, err := mirror.History(t.Context(), gitrepo.HistoryOptions{From: head, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	want := shopRevisions(t)
	if len(page.Commits) != len(want) {
		t.Fatalf("it has %d commits, history.yaml %d", len(page.Commits), len(want))
	}
	actions := map[string]int{}
	reverts := 0
	for i, commit := range page.Commits {
		r := want[len(want)-1-i]
		if commit.Subject != r.Subject || !commit.Author.When.Equal(r.Ago.before(now)) || commit.Committer.Name != commit.Author.Name {
			t.Errorf("commit %d is %q by %v, not %q", i, commit.Subject, commit.Author, r.Subject)
		}
		for _, action := range commit.Trailers["Evenkeel-Action"] {
			actions[action]++
		}
		if strings.HasPrefix(commit.Subject, "Revert") {
			reverts++
			if !strings.Contains(commit.Body, "This reverts commit "+string(commit.Parents[0])) {
				t.Errorf("%q says %q", commit.Subject, commit.Body)
			}
		}
	}
	if actions["update"] == 0 || actions["promote"] == 0 || actions["rollback"] == 0 || reverts == 0 {
		t.Errorf("its actions are %v, and %d are reverted", actions, reverts)
	}

	files, err := mirror.Tree(head)
	if err != nil {
		t.Fatal(err)
	}
	for path, text := range place.settle(want[len(want)-1].tree) {
		if data, err := files.ReadFile(path); err != nil || string(data) != text {
			t.Errorf("%s is not what shop/ says (%v)", path, err)
		}
	}
	if git, err := exec.LookPath("git"); err == nil {
		if out, err := exec.CommandContext(t.Context(), git, "-C", dir, "fsck", "--strict", "--full").CombinedOutput(); err != nil {
			t.Errorf("git fsck: %v\n%s", err, out)
		}
	}
}
