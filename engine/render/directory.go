package render

import (
	"context"
	"io/fs"
	"path"
	"runtime"
	"strings"
	"sync"
)

// readDirectory reads the manifests of a directory and of the directories below
// it. Those whose names begin with a dot are left alone.
func readDirectory(ctx context.Context, t *tree, dir string) ([]document, Problems) {
	w := walker{tree: t, walked: map[string]bool{}}
	w.walk(ctx, dir)
	documents, problems := readFiles(ctx, t, w.files)
	return documents, append(w.problems, problems...)
}

// walker finds manifests.
type walker struct {
	tree     *tree
	files    []string
	problems Problems
	// walked are the directories on the way down, without links, so that a
	// link to one of them does not lead round for ever.
	walked map[string]bool
}

func (w *walker) walk(ctx context.Context, dir string) {
	if ctx.Err() != nil {
		return
	}
	at, _, err := w.tree.resolve(dir)
	if err != nil {
		w.problem(dir, reason(err))
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
		name := path.Join(dir, entry.Name())
		isDir := entry.IsDir()
		switch {
		case strings.HasPrefix(entry.Name(), "."):
			continue
		case entry.Type()&fs.ModeSymlink != 0:
			_, info, err := w.tree.resolve(name)
			if err != nil {
				w.problem(name, reason(err))
				continue
			}
			isDir = info.IsDir()
		}
		if isDir {
			w.walk(ctx, name)
		} else if isManifest(entry.Name()) {
			w.files = append(w.files, name)
		}
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
func readFiles(ctx context.Context, t *tree, files []string) ([]document, Problems) {
	type parsed struct {
		documents []document
		problems  Problems
	}
	results := make([]parsed, len(files))
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(files)) {
		workers.Go(func() {
			for i := range next {
				results[i].documents, results[i].problems = readManifests(t, files[i])
			}
		})
	}
	for i := range files {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	workers.Wait()

	var documents []document
	var problems Problems
	for _, r := range results {
		documents = append(documents, r.documents...)
		problems = append(problems, r.problems...)
	}
	return documents, problems
}

// readManifests parses one file and flattens its lists.
func readManifests(t *tree, file string) ([]document, Problems) {
	data, err := t.readFile(file)
	if err != nil {
		return nil, Problems{{File: file, Message: reason(err)}}
	}
	documents, problems := parse(file, data)
	return flatten(documents, problems)
}
