package gitrepo

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// refs are a mirror's references. They are kept in packed-refs alone, which can be replaced in one step: a reader
// without a lock never sees half an update, and a branch "a" that gives way to "a/b" is no special case.
type refs struct {
	head  string // the remote's default branch, as HEAD names it
	named map[string]plumbing.Hash
}

// readRefs fails when HEAD or packed-refs is not what writeRefs writes.
func readRefs(dir string) (refs, error) {
	content, err := os.ReadFile(filepath.Join(dir, "HEAD"))
	if err != nil {
		return refs{}, err
	}
	branch, ok := strings.CutPrefix(strings.TrimSuffix(string(content), "\n"), "ref: refs/heads/")
	if !ok || checkBranchName(branch) != nil {
		return refs{}, fmt.Errorf("%s does not name a branch", filepath.Join(dir, "HEAD"))
	}
	read := refs{head: branch, named: map[string]plumbing.Hash{}}
	content, err = os.ReadFile(filepath.Join(dir, "packed-refs"))
	if errors.Is(err, fs.ErrNotExist) {
		return read, nil
	}
	if err != nil {
		return refs{}, err
	}
	for number, line := range strings.Split(strings.TrimSuffix(string(content), "\n"), "\n") {
		if line == "" && number == 0 {
			break
		}
		hash, name, ok := strings.Cut(line, " ")
		if !ok || !Hash(hash).valid() || !strings.HasPrefix(name, "refs/") {
			return refs{}, fmt.Errorf("%s, line %d does not parse", filepath.Join(dir, "packed-refs"), number+1)
		}
		read.named[name] = plumbing.NewHash(hash)
	}
	return read, nil
}

// writeRefs replaces them; the caller holds the mirror's lock.
func writeRefs(dir string, r refs) error {
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(r.named)) {
		fmt.Fprintf(&text, "%s %s\n", r.named[name], name)
	}
	if err := replaceFile(filepath.Join(dir, "packed-refs"), []byte(text.String())); err != nil {
		return err
	}
	return replaceFile(filepath.Join(dir, "HEAD"), []byte("ref: "+branchRef(r.head)+"\n"))
}

// holds tells whether a reference points at id.
func (r refs) holds(id plumbing.Hash) bool {
	for _, at := range r.named {
		if at == id {
			return true
		}
	}
	return false
}
