package render

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// maxLinkedDirectories keeps links that double at every level from keeping
// evenkeel busy for ever.
const maxLinkedDirectories = 1000

// readDirectory reads the manifests of a directory and of the directories below
// it. Those whose names begin with a dot are left alone.
func readDirectory(ctx context.Context, t *tree, dir string) ([]document, Problems) {
	w := walker{tree: t, walked: map[string]bool{}}
	at, _, err := t.resolve(dir)
	if err != nil {
		return nil, Problems{{File: dir, Message: reason(err)}}
	}
	w.walk(ctx, dir, at)
	documents, problems := readFiles(ctx, t, w.files)
	return documents, append(w.problems, problems...)
}

// IsPlain tells whether a path is a directory that Render reads file by file.
// An object is then what its own file says and no other, except that a custom
// resource definition may say whether its kind lives in namespaces.
func IsPlain(fsys fs.FS, dir string) bool {
	t := newTree(fsys)
	at, info, err := t.resolve(dir)
	if err != nil || !info.IsDir() {
		return false
	}
	return !slices.ContainsFunc(kustomizationNames[:], func(name string) bool {
		_, err := fs.Lstat(fsys, path.Join(at, name))
		return !errors.Is(err, fs.ErrNotExist)
	})
}

// manifestFile is a file by the name that it goes by, and by its path without
// symbolic links.
type manifestFile struct{ name, at string }

// walker finds manifests.
type walker struct {
	tree     *tree
	files    []manifestFile
	problems Problems
	// walked are the directories on the way down, without links, so that a
	// link to one of them does not lead round for ever.
	walked map[string]bool
	links  int
}

func (w *walker) walk(ctx context.Context, dir, at string) {
	if ctx.Err() != nil {
		return
	}
	if w.walked[at] {
		w.problem(dir, "the symbolic link leads back to a directory that holds it: "+at)
		return
	}
	w.walked[at] = true
	defer delete(w.walked, at)
	entries, err := fs.ReadDir(w.tree.fsys, at)
	if err != nil {
		w.problem(dir, "list the directory: "+err.Error())
		return
	}
	for _, entry := range entries {
		w.entry(ctx, path.Join(dir, entry.Name()), path.Join(at, entry.Name()), entry)
	}
}

func (w *walker) entry(ctx context.Context, name, at string, entry fs.DirEntry) {
	if strings.HasPrefix(entry.Name(), ".") {
		return
	}
	isDir := entry.IsDir()
	if entry.Type()&fs.ModeSymlink != 0 {
		target, info, err := w.tree.resolve(at)
		if err != nil {
			w.problem(name, reason(err))
			return
		}
		if at, isDir = target, info.IsDir(); isDir {
			if w.links++; w.links > maxLinkedDirectories {
				w.problem(name, fmt.Sprintf("more than %d symbolic links to directories", maxLinkedDirectories))
				return
			}
		}
	}
	if isDir {
		w.walk(ctx, name, at)
	} else if isManifest(entry.Name()) {
		w.files = append(w.files, manifestFile{name, at})
	}
}

func (w *walker) problem(file, message string) {
	w.problems = append(w.problems, Problem{File: file, Message: message})
}

func isManifest(name string) bool {
	switch path.Ext(name) {
	case ".yaml", ".yml", ".json":
		return true
	}
	return false
}

// readFiles parses files, several at a time, and returns their documents in the
// order of the files.
func readFiles(ctx context.Context, t *tree, files []manifestFile) ([]document, Problems) {
	type parsed struct {
		documents []document
		problems  Problems
	}
	results := make([]parsed, len(files))
	inParallel(ctx, len(files), func(i int) {
		results[i].documents, results[i].problems = readManifests(t, files[i])
	})
	var documents []document
	var problems Problems
	for _, r := range results {
		documents = append(documents, r.documents...)
		problems = append(problems, r.problems...)
	}
	return documents, problems
}

// readManifests parses one file and flattens its lists.
func readManifests(t *tree, file manifestFile) ([]document, Problems) {
	data, err := t.readPlain(file.at)
	if err != nil {
		return nil, Problems{{File: file.name, Message: reason(err)}}
	}
	documents, problems := parse(file.name, data)
	return flatten(documents, problems)
}
