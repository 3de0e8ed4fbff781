package gitrepo

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

// Tree is the repository's files at one revision, as a file system. Nothing is read before it is asked for; sizes are known
// without reading contents. Symbolic links are not followed, neither by Open nor by Stat: ReadLink tells where they
// point. A submodule is an empty directory. A Tree may be used by several goroutines.
type Tree struct {
	mirror *Mirror
	root   plumbing.Hash
	when   time.Time
}

var _ interface {
	fs.ReadDirFS
	fs.ReadFileFS
	fs.StatFS
	fs.ReadLinkFS
} = (*Tree)(nil)

// Tree returns the files of a commit.
func (m *Mirror) Tree(h Hash) (*Tree, error) {
	n, err := m.startNode(h)
	if err != nil {
		return nil, err
	}
	return &Tree{mirror: m, root: n.tree, when: time.Unix(n.when, 0)}, nil
}

// HashOf is the Git hash of the file or directory at a path; "." is the whole tree. It is equal for equal contents, at
// any revision. The flag is false when there is nothing at the path.
func (t *Tree) HashOf(name string) (Hash, bool) {
	e, err := t.lookup("hash", name)
	if err != nil {
		return "", false
	}
	return hashOf(e.id), true
}

// Open implements fs.FS. An opened symbolic link reads as its target's path.
func (t *Tree) Open(name string) (fs.File, error) {
	e, err := t.lookup("open", name)
	if err != nil {
		return nil, err
	}
	info := t.info(name, e)
	if info.IsDir() {
		return &openDir{tree: t, name: name, info: info}, nil
	}
	content, err := t.blob("open", name, e)
	if err != nil {
		return nil, err
	}
	return &openFile{Reader: bytes.NewReader(content), info: info}, nil
}

// Stat implements fs.StatFS.
func (t *Tree) Stat(name string) (fs.FileInfo, error) {
	e, err := t.lookup("stat", name)
	if err != nil {
		return nil, err
	}
	info := t.info(name, e)
	return info, info.measure()
}

// Lstat implements fs.ReadLinkFS.
func (t *Tree) Lstat(name string) (fs.FileInfo, error) { return t.Stat(name) }

// ReadFile implements fs.ReadFileFS.
func (t *Tree) ReadFile(name string) ([]byte, error) {
	e, err := t.lookup("read", name)
	if err != nil {
		return nil, err
	}
	if e.isDir() || e.mode == modeSubmodule {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("is a directory")}
	}
	return t.blob("read", name, e)
}

// ReadLink implements fs.ReadLinkFS.
func (t *Tree) ReadLink(name string) (string, error) {
	e, err := t.lookup("readlink", name)
	if err != nil {
		return "", err
	}
	if e.mode != modeSymlink {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	target, err := t.blob("readlink", name, e)
	return string(target), err
}

// ReadDir implements fs.ReadDirFS.
func (t *Tree) ReadDir(name string) ([]fs.DirEntry, error) {
	e, err := t.lookup("readdir", name)
	if err != nil {
		return nil, err
	}
	if e.mode == modeSubmodule {
		return nil, nil
	}
	if !e.isDir() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errors.New("not a directory")}
	}
	entries, err := t.mirror.tree(e.id)
	if err != nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: err}
	}
	listed := make([]fs.DirEntry, 0, len(entries))
	for _, child := range entries {
		// A hostile tree can hold names that lead elsewhere; no path can reach them, so they are not listed either.
		if !fs.ValidPath(child.name) || child.name == "." || strings.Contains(child.name, "/") {
			continue
		}
		listed = append(listed, t.info(child.name, child))
	}
	sortByName(listed)
	return listed, nil
}

// lookup finds the entry at a path. The root is an entry without a name.
func (t *Tree) lookup(op, name string) (entry, error) {
	if !fs.ValidPath(name) {
		return entry{}, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	at, ok, err := t.mirror.entryAt(t.root, name)
	if err != nil {
		return entry{}, &fs.PathError{Op: op, Path: name, Err: err}
	}
	if !ok {
		return entry{}, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	return at, nil
}

// entryAt follows a path down from a tree.
func (m *Mirror) entryAt(root plumbing.Hash, name string) (entry, bool, error) {
	at := entry{mode: modeDir, id: root}
	if name == "." {
		return at, true, nil
	}
	for part := range strings.SplitSeq(name, "/") {
		if !at.isDir() {
			return entry{}, false, nil
		}
		entries, err := m.tree(at.id)
		if err != nil {
			return entry{}, false, err
		}
		var ok bool
		if at, ok = find(entries, part); !ok {
			return entry{}, false, nil
		}
	}
	return at, true, nil
}

func (t *Tree) blob(op, name string, e entry) ([]byte, error) {
	content, err := t.mirror.read(plumbing.BlobObject, e.id)
	if err != nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: err}
	}
	return content, nil
}

// info describes an entry; it is its directory entry as well.
func (t *Tree) info(name string, e entry) *fileInfo {
	return &fileInfo{tree: t, name: path.Base(name), entry: e, size: -1}
}

type fileInfo struct {
	tree  *Tree
	name  string
	entry entry
	size  int64 // -1 before measure
}

func (i *fileInfo) Name() string       { return i.name }
func (i *fileInfo) ModTime() time.Time { return i.tree.when }
func (i *fileInfo) IsDir() bool        { return i.Mode().IsDir() }
func (i *fileInfo) Type() fs.FileMode  { return i.Mode().Type() }
func (i *fileInfo) Sys() any           { return nil }
func (i *fileInfo) Size() int64        { return max(i.size, 0) }
func (i *fileInfo) String() string     { return fs.FormatDirEntry(i) }

// Info implements fs.DirEntry.
func (i *fileInfo) Info() (fs.FileInfo, error) {
	described := *i
	return &described, described.measure()
}

func (i *fileInfo) Mode() fs.FileMode {
	switch i.entry.mode {
	case modeDir, modeSubmodule:
		return fs.ModeDir | 0o555
	case modeSymlink:
		return fs.ModeSymlink | 0o777
	case modeExecutable:
		return 0o555
	default:
		return 0o444
	}
}

// measure finds the size without reading the content.
func (i *fileInfo) measure() error {
	if i.IsDir() || i.size >= 0 {
		return nil
	}
	size, err := i.tree.mirror.sizeOf(i.entry.id)
	if err != nil {
		return &fs.PathError{Op: "stat", Path: i.name, Err: err}
	}
	i.size = size
	return nil
}

// openFile is a file's content with its description.
type openFile struct {
	*bytes.Reader
	info *fileInfo
}

func (f *openFile) Close() error { return nil }

func (f *openFile) Stat() (fs.FileInfo, error) {
	f.info.size = f.Reader.Size()
	return f.info, nil
}

// openDir is a directory that is being listed.
type openDir struct {
	tree   *Tree
	name   string
	info   *fileInfo
	listed []fs.DirEntry
	begun  bool
}

func (d *openDir) Close() error               { return nil }
func (d *openDir) Stat() (fs.FileInfo, error) { return d.info, nil }

func (d *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.name, Err: errors.New("is a directory")}
}

func (d *openDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if !d.begun {
		listed, err := d.tree.ReadDir(d.name)
		if err != nil {
			return nil, err
		}
		d.listed, d.begun = listed, true
	}
	if n <= 0 {
		n = len(d.listed)
	} else if len(d.listed) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(d.listed))
	page := d.listed[:n]
	d.listed = d.listed[n:]
	return page, nil
}

// sizeOf is the size of a blob that must be there.
func (m *Mirror) sizeOf(id plumbing.Hash) (int64, error) {
	s := m.objects()
	size, err := s.size(id)
	if err == nil {
		return size, nil
	}
	content, err := m.read(plumbing.BlobObject, id)
	if err != nil {
		return 0, fmt.Errorf("measuring: %w", err)
	}
	return int64(len(content)), nil
}
