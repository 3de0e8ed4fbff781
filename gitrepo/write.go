package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

// Change is what a commit does to one file.
type Change struct {
	// Path is slash-separated and relative to the root of the repository.
	Path    string
	Content []byte
	// Delete removes the file, and the directories that become empty by it. It is an error when there is no such file.
	Delete bool
	// Executable sets the mode of the file; a file that is executable already stays so.
	Executable bool
}

// CommitSpec describes a commit to be made.
type CommitSpec struct {
	// Base is the commit to build on; empty makes the first commit of a repository.
	Base    Hash
	Changes []Change
	Message string
	Author  Signature
	// Committer is the Author when left out; a time left out is now.
	Committer Signature
	// AllowEmpty lets the commit have no Changes: it says something, and leaves every file as it is.
	AllowEmpty bool
}

// Write makes a commit in the mirror. The remote knows nothing of it before it is pushed.
func (m *Mirror) Write(ctx context.Context, spec CommitSpec) (Hash, error) {
	header, err := spec.header()
	if err != nil {
		return "", err
	}
	var base plumbing.Hash
	if spec.Base != "" {
		n, err := m.startNode(spec.Base)
		if err != nil {
			return "", err
		}
		base = n.tree
	}
	edits, err := plan(spec.Changes)
	if err != nil {
		return "", err
	}
	// Every tree that is to be changed is read once before the lock is taken: a damaged one can be mended only now.
	for _, change := range spec.Changes {
		if _, _, err := m.entryAt(base, change.Path); err != nil {
			return "", err
		}
	}
	// The lock keeps a mending of the mirror from losing what is written.
	unlock, err := m.lock(ctx)
	if err != nil {
		return "", err
	}
	defer unlock()
	if inspect(m.dir) != nil {
		err = m.cloneAnew(ctx)
	} else {
		err = m.catchUp()
	}
	if err != nil {
		return "", m.broken(err)
	}
	empty := spec.AllowEmpty && len(spec.Changes) == 0
	root := base
	if !empty {
		if root, err = m.writeTree(base, edits, "."); err != nil {
			return "", fmt.Errorf("committing to %s: %w", m.address.display, err)
		}
	}
	if root.IsZero() {
		if root, err = m.objects().add(plumbing.TreeObject, nil); err != nil {
			return "", m.broken(err)
		}
	}
	if root == base && !empty {
		return "", fmt.Errorf("every file is as the commit would make it: %w", ErrNoChange)
	}
	var text bytes.Buffer
	fmt.Fprintf(&text, "tree %s\n", root)
	if spec.Base != "" {
		fmt.Fprintf(&text, "parent %s\n", spec.Base)
	}
	text.WriteString(header)
	id, err := m.objects().add(plumbing.CommitObject, text.Bytes())
	if err != nil {
		return "", m.broken(err)
	}
	return hashOf(id), nil
}

// header is the part of the commit that does not depend on its tree.
func (c CommitSpec) header() (string, error) {
	author, committer := c.Author, c.Committer
	if author.When.IsZero() {
		author.When = time.Now()
	}
	if committer.Name == "" && committer.Email == "" {
		committer.Name, committer.Email = author.Name, author.Email
	}
	if committer.When.IsZero() {
		committer.When = author.When
	}
	message := strings.ToValidUTF8(strings.ReplaceAll(c.Message, "\x00", ""), "\uFFFD")
	message = strings.Trim(message, "\n")
	if strings.TrimSpace(message) == "" {
		return "", errors.New("a commit needs a message")
	}
	by, err := author.line()
	if err != nil {
		return "", err
	}
	with, err := committer.line()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("author %s\ncommitter %s\n\n%s\n", by, with, message), nil
}

// line is the signature as a commit holds it. What Git cannot hold is left out.
func (s Signature) line() (string, error) {
	clean := func(text string) string {
		text = strings.Map(func(r rune) rune {
			if r < ' ' || r == '<' || r == '>' || r == 0x7f {
				return -1
			}
			return r
		}, strings.ToValidUTF8(text, ""))
		return strings.TrimSpace(text)
	}
	name, email := clean(s.Name), clean(s.Email)
	if name == "" {
		name, _, _ = strings.Cut(email, "@")
	}
	if name == "" {
		return "", errors.New("a commit needs the name of its author")
	}
	return fmt.Sprintf("%s <%s> %d %s", name, email, max(s.When.Unix(), 0), s.When.Format("-0700")), nil
}

// edit is what happens to one directory: files changed in it, and directories in it that change.
type edit struct {
	files map[string]Change
	dirs  map[string]*edit
}

// plan sorts changes into directories, and refuses paths that cannot be in a repository.
func plan(changes []Change) (*edit, error) {
	root := &edit{}
	for _, change := range changes {
		parts := strings.Split(change.Path, "/")
		if err := checkPath(change.Path, parts); err != nil {
			return nil, err
		}
		at := root
		for _, part := range parts[:len(parts)-1] {
			if at.dirs == nil {
				at.dirs = map[string]*edit{}
			}
			if at.dirs[part] == nil {
				at.dirs[part] = &edit{}
			}
			at = at.dirs[part]
		}
		name := parts[len(parts)-1]
		if at.files == nil {
			at.files = map[string]Change{}
		}
		if _, twice := at.files[name]; twice {
			return nil, fmt.Errorf("%s is changed twice in one commit", change.Path)
		}
		at.files[name] = change
	}
	return root, nil
}

func checkPath(name string, parts []string) error {
	if !fs.ValidPath(name) || name == "." || strings.ContainsRune(name, 0) {
		return fmt.Errorf("%q is no path in a repository", name)
	}
	for _, part := range parts {
		// What some file system takes for .git would let a commit configure Git on a checkout.
		switch strings.ToLower(strings.TrimRight(part, ". ")) {
		case "", ".git", "git~1":
			return fmt.Errorf("%q is a path that Git refuses", name)
		}
	}
	return nil
}

// writeTree writes the tree that the edit makes of base and returns its hash, zero when nothing is left in it.
func (m *Mirror) writeTree(base plumbing.Hash, e *edit, dir string) (plumbing.Hash, error) {
	before, err := m.treeLocked(base)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	// By name and not in order, as a change can turn a file into a directory.
	entries := make(map[string]entry, len(before))
	for _, kept := range before {
		entries[kept.name] = kept
	}
	set := func(name string, changed entry) {
		if changed.id.IsZero() {
			delete(entries, name)
		} else {
			entries[name] = changed
		}
	}
	for name, change := range e.files {
		old, exists := entries[name]
		written, err := m.writeFile(change, old, exists)
		if err != nil {
			return plumbing.ZeroHash, err
		}
		set(name, written)
	}
	for name, below := range e.dirs {
		old := entries[name]
		if old.mode != 0 && !old.isDir() {
			return plumbing.ZeroHash, fmt.Errorf("%s is not a directory", path.Join(dir, name))
		}
		id, err := m.writeTree(old.id, below, path.Join(dir, name))
		if err != nil {
			return plumbing.ZeroHash, err
		}
		set(name, entry{name: name, mode: modeDir, id: id})
	}
	if len(entries) == 0 {
		return plumbing.ZeroHash, nil
	}
	return m.objects().add(plumbing.TreeObject, encodeTree(slices.Collect(maps.Values(entries))))
}

// writeFile writes one blob and returns its entry, the zero one for a file that goes.
func (m *Mirror) writeFile(change Change, old entry, exists bool) (entry, error) {
	if exists && (old.isDir() || old.mode == modeSubmodule) {
		return entry{}, fmt.Errorf("%s is a directory, not a file", change.Path)
	}
	if change.Delete {
		if !exists {
			return entry{}, fmt.Errorf("%s cannot be removed: %w", change.Path, fs.ErrNotExist)
		}
		return entry{}, nil
	}
	id, err := m.objects().add(plumbing.BlobObject, change.Content)
	if err != nil {
		return entry{}, err
	}
	written := entry{name: path.Base(change.Path), mode: modeFile, id: id}
	if change.Executable || old.mode == modeExecutable {
		written.mode = modeExecutable
	}
	return written, nil
}
