package engine

import (
	"context"
	"errors"
)

// Revision is a commit looked at closely, for one environment.
type Revision struct {
	Commit
	Environment string
	Message     string              // all of it
	Trailers    map[string][]string // the "Key: value" lines that end it
	Parent      string              // the first one; empty for the first commit
	// Files are those that the commit changed against its first parent; those
	// that the environment reads come first.
	Files []FileChange
	// Changes are what the commit changed in what the environment renders to:
	// Live is before, Desired after. No cluster is asked.
	Changes []Change
	// Problems say why Changes cannot be told: one of the two does not render.
	Problems []string
}

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

// Revision looks at a commit: what it changed in the files, and what that
// changed in the objects of an environment.
func (e *Engine) Revision(ctx context.Context, environment, hash string) (*Revision, error) {
	return nil, errors.New("looking at commits has not been built yet")
}
