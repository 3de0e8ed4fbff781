package render

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
)

const (
	// maxFileSize is well above the largest object that etcd takes (1.5 MB).
	maxFileSize = 5 << 20
	// maxLinks is where following symbolic links is taken to be a loop.
	maxLinks = 40
)

// tree is the file system of a repository at a revision, with symbolic links
// followed inside it, and the memory of what was read. Safe for concurrent use.
type tree struct {
	fsys fs.FS

	mu   sync.Mutex
	seen map[string]bool // by file: it carries a mark
}

func newTree(fsys fs.FS) *tree { return &tree{fsys: fsys, seen: map[string]bool{}} }

func (t *tree) closure() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Sorted(maps.Keys(t.seen))
}

func (t *tree) marked() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var files []string
	for file, marked := range t.seen {
		if marked {
			files = append(files, file)
		}
	}
	slices.Sort(files)
	return files
}

func (t *tree) saw(file string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, known := t.seen[file]; !known {
		t.seen[file] = false
	}
}

// mark is the key of the comments by which Flux v2's image automation finds
// the places that follow a policy.
const mark = `"$imagepolicy"`

// read notes what a file carries.
func (t *tree) read(file string, data []byte) {
	if bytes.Contains(data, []byte(mark)) {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.seen[file] = true
	}
}

// pathError is a failure whose text names all there is to name.
type pathError struct {
	message string
	cause   error
}

func (e *pathError) Error() string { return e.message }
func (e *pathError) Unwrap() error { return e.cause }

// reason is the text of an error of the tree.
func reason(err error) string {
	var named *pathError
	if errors.As(err, &named) {
		return named.message
	}
	return err.Error()
}

var errOutside = errors.New("outside the repository")

// resolve follows the symbolic links of a path and returns the path without
// them, and what is there.
func (t *tree) resolve(name string) (string, fs.FileInfo, error) {
	clean := path.Clean(name)
	if path.IsAbs(clean) || clean == ".." || strings.HasPrefix(clean, "../") {
		return "", nil, &pathError{fmt.Sprintf("the path %s leaves the repository", name), errOutside}
	}
	at, todo := ".", strings.Split(clean, "/")
	var info fs.FileInfo
	for links := 0; len(todo) > 0; {
		var step string
		step, todo = todo[0], todo[1:]
		switch step {
		case ".", "":
			continue
		case "..":
			if at == "." {
				return "", nil, &pathError{fmt.Sprintf("a symbolic link on the path %s leaves the repository", name), errOutside}
			}
			at = path.Dir(at)
			continue
		}
		next := path.Join(at, step)
		if !fs.ValidPath(next) {
			return "", nil, &pathError{fmt.Sprintf("the path %q is not valid", name), fs.ErrInvalid}
		}
		var err error
		info, err = fs.Lstat(t.fsys, next)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return "", nil, &pathError{fmt.Sprintf("%s does not exist%s", name, ifOther(next, name)), fs.ErrNotExist}
		case err != nil:
			return "", nil, fmt.Errorf("read %s: %w", next, err)
		case info.Mode()&fs.ModeSymlink == 0:
			if len(todo) > 0 && !info.IsDir() {
				return "", nil, &pathError{fmt.Sprintf("%s does not exist: %s is not a directory", name, next), fs.ErrNotExist}
			}
			at = next
			continue
		}
		target, err := fs.ReadLink(t.fsys, next)
		if err != nil {
			return "", nil, fmt.Errorf("read the symbolic link %s: %w", next, err)
		}
		if path.IsAbs(target) {
			return "", nil, &pathError{fmt.Sprintf("the symbolic link %s leaves the repository: it points to %s", next, target), errOutside}
		}
		if joined := path.Join(at, target); joined == ".." || strings.HasPrefix(joined, "../") {
			return "", nil, &pathError{fmt.Sprintf("the symbolic link %s leaves the repository: it points to %s", next, target), errOutside}
		}
		if links++; links > maxLinks {
			return "", nil, &pathError{fmt.Sprintf("the symbolic link %s leads round in a circle", next), nil}
		}
		t.saw(next)
		todo = append(strings.Split(target, "/"), todo...)
	}
	if info != nil && info.Name() == path.Base(at) {
		return at, info, nil
	}
	// The way ended with "." or "..".
	info, err := fs.Stat(t.fsys, at)
	if err != nil {
		return "", nil, fmt.Errorf("read %s: %w", at, err)
	}
	return at, info, nil
}

func ifOther(path, name string) string {
	if path == name {
		return ""
	}
	return fmt.Sprintf(" (there is no %s)", path)
}

// readFile reads a file, or what a symbolic link to one leads to.
func (t *tree) readFile(name string) ([]byte, error) {
	at, info, err := t.resolve(name)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, &pathError{name + " is a directory", nil}
	}
	return t.readPlain(at)
}

// readPlain reads a file whose path has no symbolic links in it.
func (t *tree) readPlain(name string) ([]byte, error) {
	t.saw(name)
	f, err := t.fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > maxFileSize {
		return nil, tooLarge(name, info.Size())
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if len(data) > maxFileSize {
		return nil, tooLarge(name, int64(len(data)))
	}
	t.read(name, data)
	return data, nil
}

func tooLarge(name string, size int64) error {
	return &pathError{fmt.Sprintf("%s has %.1f MB, more than the %d MB that a manifest may have", name, float64(size)/(1<<20), maxFileSize>>20), nil}
}

// kustomizationNames are the names by which kustomize knows its files.
var kustomizationNames = [...]string{"kustomization.yaml", "kustomization.yml", "Kustomization"}

// kustomizationFiles returns which of them a directory has.
func (t *tree) kustomizationFiles(dir string) ([]string, error) {
	entries, err := fs.ReadDir(t.fsys, dir)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", dir, err)
	}
	var found []string
	for _, name := range kustomizationNames {
		if slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == name && !e.IsDir() }) {
			found = append(found, name)
		}
	}
	return found, nil
}
