package gitrepo

import (
	"cmp"
	"io/fs"
	"path"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
)

// Changed lists the files that differ between two commits: changed, added, removed, or of another mode. An empty a is
// the repository before its first commit.
func (m *Mirror) Changed(a, b Hash) ([]string, error) {
	var before node
	if a != "" {
		var err error
		if before, err = m.startNode(a); err != nil {
			return nil, err
		}
	}
	after, err := m.startNode(b)
	if err != nil {
		return nil, err
	}
	var paths []string
	if err := m.differ("", before.tree, after.tree, &paths); err != nil {
		return nil, err
	}
	slices.Sort(paths)
	return paths, nil
}

// differ appends the files in which two trees differ; it looks at no subtree that both have.
func (m *Mirror) differ(dir string, before, after plumbing.Hash, paths *[]string) error {
	if before == after {
		return nil
	}
	old, err := m.tree(before)
	if err != nil {
		return err
	}
	current, err := m.tree(after)
	if err != nil {
		return err
	}
	was := make(map[string]entry, len(old))
	for _, e := range old {
		was[e.name] = e
	}
	for _, e := range current {
		if err := m.differEntry(path.Join(dir, e.name), was[e.name], e, paths); err != nil {
			return err
		}
		delete(was, e.name)
	}
	for _, e := range was {
		if err := m.differEntry(path.Join(dir, e.name), e, entry{}, paths); err != nil {
			return err
		}
	}
	return nil
}

// differEntry compares what two trees have under one name; the zero entry is nothing.
func (m *Mirror) differEntry(name string, before, after entry, paths *[]string) error {
	if before.id == after.id && before.mode == after.mode {
		return nil
	}
	file := false
	var oldTree, newTree plumbing.Hash
	for _, side := range []struct {
		entry entry
		tree  *plumbing.Hash
	}{{before, &oldTree}, {after, &newTree}} {
		if side.entry.isDir() {
			*side.tree = side.entry.id
		} else if side.entry.mode != 0 {
			file = true
		}
	}
	if file {
		*paths = append(*paths, name)
	}
	return m.differ(name, oldTree, newTree, paths)
}

func sortByName(entries []fs.DirEntry) {
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
}
