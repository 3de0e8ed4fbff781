package render

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// jailRoot is where the repository lies for kustomize. It is not "/", so that a
// path that leaves the repository can be told from one that does not.
const jailRoot = "/repository"

var errReadOnly = errors.New("the repository is read, never written")

// jail is the file system that kustomize sees: the tree, and nothing else.
type jail struct {
	tree *tree
}

var _ filesys.FileSystem = jail{}

// inside turns a path of kustomize into one of the tree.
func inside(name string) (string, error) {
	clean := path.Clean(filepath.ToSlash(name))
	if clean == jailRoot {
		return ".", nil
	}
	if rel, ok := strings.CutPrefix(clean, jailRoot+"/"); ok {
		return rel, nil
	}
	return "", &pathError{fmt.Sprintf("the path %s leaves the repository", name), errOutside}
}

func inJail(name string) string {
	rel, err := inside(name)
	if err != nil {
		return ""
	}
	return rel
}

func (j jail) resolve(name string) (string, fs.FileInfo, error) {
	rel, err := inside(name)
	if err != nil {
		return "", nil, err
	}
	return j.tree.resolve(rel)
}

// CleanedAbs returns the directory and the file that a path leads to.
func (j jail) CleanedAbs(name string) (filesys.ConfirmedDir, string, error) {
	at, info, err := j.resolve(name)
	if err != nil {
		return "", "", err
	}
	file := ""
	if !info.IsDir() {
		at, file = path.Dir(at), path.Base(at)
	}
	return filesys.ConfirmedDir(filepath.FromSlash(path.Join(jailRoot, at))), file, nil
}

// ReadFile reads a file of the tree.
func (j jail) ReadFile(name string) ([]byte, error) {
	rel, err := inside(name)
	if err != nil {
		return nil, err
	}
	return j.tree.readFile(rel)
}

// IsDir tells whether a path leads to a directory.
func (j jail) IsDir(name string) bool {
	_, info, err := j.resolve(name)
	return err == nil && info.IsDir()
}

// Exists tells whether a path leads to anything.
func (j jail) Exists(name string) bool {
	_, _, err := j.resolve(name)
	return err == nil
}

// ReadDir lists a directory.
func (j jail) ReadDir(name string) ([]string, error) {
	at, _, err := j.resolve(name)
	if err != nil {
		return nil, err
	}
	entries, err := fs.ReadDir(j.tree.fsys, at)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", at, err)
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, nil
}

// Open is not needed to render.
func (j jail) Open(name string) (filesys.File, error) {
	return nil, fmt.Errorf("open %s: %w", name, errors.ErrUnsupported)
}

// Glob is not needed to render.
func (j jail) Glob(pattern string) ([]string, error) {
	return nil, fmt.Errorf("glob %s: %w", pattern, errors.ErrUnsupported)
}

// Walk is not needed to render.
func (j jail) Walk(name string, _ filepath.WalkFunc) error {
	return fmt.Errorf("walk %s: %w", name, errors.ErrUnsupported)
}

// Create is refused.
func (j jail) Create(string) (filesys.File, error) { return nil, errReadOnly }

// Mkdir is refused.
func (j jail) Mkdir(string) error { return errReadOnly }

// MkdirAll is refused.
func (j jail) MkdirAll(string) error { return errReadOnly }

// RemoveAll is refused.
func (j jail) RemoveAll(string) error { return errReadOnly }

// WriteFile is refused.
func (j jail) WriteFile(string, []byte) error { return errReadOnly }
