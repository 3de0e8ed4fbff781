package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/evenkeel/evenkeel/engine/render"
)

// FileChange is a file that a commit changed.
type FileChange struct {
	Path      string
	Operation Operation
	Concerns  bool // the environment reads it
	// Before and After are the texts; empty where the file is not there, and
	// when Hidden says why they are not shown.
	Before, After string
	Hidden        string
}

// How much text of a commit is shown. Nobody reads more, and a commit can
// change a whole repository.
const (
	maxFileText   = 512 << 10
	maxCommitText = 8 << 20
)

// files lists what the commit changed. The values of Secrets are kept back.
func (c *comparison) files(ctx context.Context) ([]FileChange, error) {
	paths, err := c.mirror.Changed(c.before.hash, c.after.hash)
	if err != nil {
		return nil, err
	}
	files := make([]FileChange, len(paths))
	reads := c.reads()
	for i, name := range paths {
		files[i] = FileChange{Path: name, Operation: Update, Concerns: reads(name)}
	}
	slices.SortStableFunc(files, func(a, b FileChange) int {
		return cmp.Compare(btoi(b.Concerns), btoi(a.Concerns))
	})
	var surveys []*render.Secrecy
	for _, s := range []*side{&c.before, &c.after} {
		if s.tree != nil && len(paths) > 0 {
			survey, err := render.Survey(ctx, s.tree)
			if err != nil {
				return nil, err
			}
			surveys = append(surveys, survey)
		}
	}
	left := maxCommitText
	for i := range files {
		if err := c.file(ctx, &files[i], surveys, left); err != nil {
			return nil, err
		}
		left -= len(files[i].Before) + len(files[i].After)
	}
	return files, nil
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// file reads both versions of a file, unless they must not be shown or are
// more than is left.
func (c *comparison) file(ctx context.Context, f *FileChange, surveys []*render.Secrecy, left int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	before, err := c.before.version(f.Path)
	if err != nil {
		return err
	}
	after, err := c.after.version(f.Path)
	if err != nil {
		return err
	}
	switch {
	case !before.exists:
		f.Operation = Create
	case !after.exists:
		f.Operation = Delete
	}
	for _, v := range []version{before, after} {
		f.Hidden = cmp.Or(f.Hidden, v.hidden)
		if v.link || v.hidden != "" || !v.exists {
			continue
		}
		for _, survey := range surveys {
			// What either tree makes a Secret from is secret in both.
			f.Hidden = cmp.Or(f.Hidden, survey.Withholds(f.Path, v.text))
		}
	}
	if f.Hidden == "" && len(before.text)+len(after.text) > left {
		f.Hidden = "the commit changes more than can be shown"
	}
	if f.Hidden == "" {
		f.Before, f.After = string(before.text), string(after.text)
	}
	return nil
}

// version is a file on one side of a commit.
type version struct {
	exists bool
	link   bool // the text is where it points to
	text   []byte
	hidden string // why there is no text
}

func (s *side) version(name string) (version, error) {
	if s.tree == nil {
		return version{}, nil
	}
	info, err := s.tree.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return version{}, nil
	case err != nil:
		return version{}, err
	case info.IsDir():
		inside, err := s.tree.ReadDir(name)
		if err != nil || len(inside) > 0 {
			return version{}, err // a file on the other side only
		}
		return version{exists: true, hidden: "it is a submodule"}, nil
	case info.Size() > maxFileText:
		return version{exists: true, hidden: fmt.Sprintf("it is too large, %.1f MB", float64(info.Size())/(1<<20))}, nil
	}
	text, err := s.tree.ReadFile(name)
	if err != nil {
		return version{}, err
	}
	return version{exists: true, link: info.Mode()&fs.ModeSymlink != 0, text: text}, nil
}

// reads tells of a file whether the environment reads it, on either side. Of a
// side that does not render, it is taken to read its own directory, and what it
// reads now.
func (c *comparison) reads() func(name string) bool {
	read := map[string]bool{}
	broken := false
	for _, d := range []*desired{c.before.desired, c.after.desired} {
		if d == nil {
			broken, d = true, c.now
		}
		if d != nil {
			for _, name := range d.closure {
				read[name] = true
			}
		}
	}
	return func(name string) bool {
		return read[name] || broken && within(c.spec.Path, name)
	}
}
