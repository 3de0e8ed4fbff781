package engine

import "context"

// Candidates lists the tags that an image of an environment could be given, by
// what is known: no registry is asked.
func (e *Engine) Candidates(ctx context.Context, environment string, object ID, container string) (*Candidates, error) {
	return nil, ErrNotReady
}

// LookUp asks the registry for the images behind tags of a repository that an
// environment uses.
func (e *Engine) LookUp(ctx context.Context, environment, repository string, tags []string) ([]Tag, error) {
	return nil, ErrNotReady
}

// Rescan asks for the tags of repositories now; without any, for all.
func (e *Engine) Rescan(repositories ...string) {}
