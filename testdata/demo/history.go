package demo

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed shop history.yaml images.yaml
var files embed.FS

// history is what history.yaml says, see there.
type history struct {
	Authors map[string]string
	Commits []commit
}

type commit struct {
	Ago      age
	Author   string
	Subject  string
	Body     string
	Trailers []string
	Adds     []string
	Changes  []change
}

type change struct{ File, From, To string }

// tree is the content of every file by its path.
type tree map[string]string

// revision is a commit and the tree that it led to.
type revision struct {
	commit
	author string // "Name <address>"
	tree   tree
}

// revisions gives the shop's history, oldest first.
func revisions() ([]revision, error) {
	history, err := readHistory()
	if err != nil {
		return nil, fmt.Errorf("history.yaml: %w", err)
	}
	now, err := readTree()
	if err != nil {
		return nil, err
	}
	all := make([]revision, len(history.Commits))
	for i, c := range slices.Backward(history.Commits) {
		author, known := history.Authors[c.Author]
		if !known {
			return nil, fmt.Errorf("history.yaml: %q: the author %q is not among the authors", c.Subject, c.Author)
		}
		all[i] = revision{commit: c, author: author, tree: now}
		if now, err = c.undo(now); err != nil {
			return nil, fmt.Errorf("history.yaml: %q: %w", c.Subject, err)
		}
	}
	if len(now) > 0 {
		return nil, fmt.Errorf("history.yaml: no commit adds %v", slices.Sorted(maps.Keys(now)))
	}
	return all, nil
}

func readHistory() (history, error) {
	var h history
	data, err := files.ReadFile("history.yaml")
	if err != nil {
		return h, err
	}
	return h, decode(data, &h)
}

// decode reads YAML and accepts no key that it does not know.
func decode(data []byte, into any) error {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	return decoder.Decode(into)
}

func readTree() (tree, error) {
	shop, err := fs.Sub(files, "shop")
	if err != nil {
		return nil, err
	}
	t := tree{}
	err = fs.WalkDir(shop, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(shop, path)
		t[path] = string(data)
		return err
	})
	return t, err
}

// undo gives the tree before the commit from the one after it.
func (c commit) undo(after tree) (tree, error) {
	before := maps.Clone(after)
	for _, change := range slices.Backward(c.Changes) {
		text := before[change.File]
		if n := strings.Count(text, change.To); n != 1 {
			return nil, fmt.Errorf("%s contains %q %d times and not once", change.File, change.To, n)
		}
		before[change.File] = strings.Replace(text, change.To, change.From, 1)
	}
	for _, added := range c.Adds {
		size := len(before)
		maps.DeleteFunc(before, func(path, _ string) bool {
			return added == "." || path == added || strings.HasPrefix(path, added+"/")
		})
		if len(before) == size {
			return nil, fmt.Errorf("it adds %s, which is not there", added)
		}
	}
	return before, nil
}

// message is the commit's whole message. The parent is its parent's hash.
func (r revision) message(parent string) string {
	paragraphs := []string{r.Subject}
	if r.Body != "" {
		paragraphs = append(paragraphs, strings.TrimSpace(strings.ReplaceAll(r.Body, "$PARENT", parent)))
	}
	if len(r.Trailers) > 0 {
		paragraphs = append(paragraphs, strings.Join(r.Trailers, "\n"))
	}
	return strings.Join(paragraphs, "\n\n") + "\n"
}
