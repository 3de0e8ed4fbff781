package gitrepo_test

import (
	"io/fs"
	"testing"

	"github.com/evenkeel/evenkeel/gitrepo"
)

// BenchmarkHistory lists the history of a directory over 5,000 commits, with nothing decoded and with everything.
func BenchmarkHistory(b *testing.B) {
	remote := longHistory(b, 5000)
	cache := b.TempDir()
	o := gitrepo.Options{URL: remote, CacheDir: cache}
	fetch(b, open(b, o))
	list := func(m *gitrepo.Mirror, limit int) {
		page, err := m.History(b.Context(), gitrepo.HistoryOptions{Paths: []string{"apps/team-07"}, Limit: limit})
		if err != nil || len(page.Commits) < 40 {
			b.Fatalf("%d commits, %v", len(page.Commits), err)
		}
	}
	b.Run("cold", func(b *testing.B) {
		for b.Loop() {
			list(open(b, o), 0)
		}
	})
	b.Run("cold-page", func(b *testing.B) {
		for b.Loop() {
			list(open(b, o), 50)
		}
	})
	b.Run("warm", func(b *testing.B) {
		m := open(b, o)
		list(m, 0)
		for b.Loop() {
			list(m, 0)
		}
	})
}

// BenchmarkRead opens an up-to-date mirror, fetches and reads a thousand files, as every start of evenkeel does.
func BenchmarkRead(b *testing.B) {
	remote := longHistory(b, 5000)
	cache := b.TempDir()
	o := gitrepo.Options{URL: remote, CacheDir: cache}
	fetch(b, open(b, o))
	for b.Loop() {
		m := open(b, o)
		tree, err := m.Tree(fetch(b, m))
		if err != nil {
			b.Fatal(err)
		}
		files := 0
		err = fs.WalkDir(tree, ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			files++
			_, err = tree.ReadFile(path)
			return err
		})
		if err != nil || files != 1000 {
			b.Fatal(files, err)
		}
	}
}

// BenchmarkClone makes a mirror of 5,000 commits.
func BenchmarkClone(b *testing.B) {
	remote := longHistory(b, 5000)
	for b.Loop() {
		fetch(b, open(b, gitrepo.Options{URL: remote}))
	}
}
