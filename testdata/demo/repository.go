package demo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel/gitrepo"
)

// makeRepository makes the shop's bare repository in dir, with the history that
// led to what it holds now. It appears there whole or not at all.
func makeRepository(ctx context.Context, dir string, p place, now time.Time, tell func(Step)) (err error) {
	history, err := revisions()
	if err != nil {
		return err
	}
	workshop, err := os.MkdirTemp(filepath.Dir(dir), ".repository-*")
	if err != nil {
		return fmt.Errorf("making the config repository: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(workshop)) }()

	bare := filepath.Join(workshop, "bare.git")
	if err := gitrepo.InitBare(ctx, bare, branch); err != nil {
		return fmt.Errorf("making the config repository: %w", err)
	}
	mirror, err := gitrepo.Open(ctx, gitrepo.Options{URL: bare, Branch: branch, CacheDir: filepath.Join(workshop, "mirror")})
	if err != nil {
		return fmt.Errorf("making the config repository: %w", err)
	}
	defer func() { err = errors.Join(err, mirror.Close()) }()

	var head gitrepo.Hash
	var before tree
	for i, revision := range history {
		tell(Step{Name: stepRepository, Detail: revision.Subject, Done: i, Total: len(history)})
		after := p.settle(revision.tree)
		author, err := signature(revision.author, revision.Ago.before(now))
		if err != nil {
			return fmt.Errorf("history.yaml: %w", err)
		}
		head, err = mirror.Write(ctx, gitrepo.CommitSpec{
			Base:      head,
			Changes:   written(before, after),
			Message:   revision.message(string(head)),
			Author:    author,
			Committer: author,
		})
		if err != nil {
			return fmt.Errorf("committing %q: %w", revision.Subject, err)
		}
		before = after
	}
	if err := mirror.Push(ctx, head, ""); err != nil {
		return fmt.Errorf("pushing the history: %w", err)
	}
	return os.Rename(bare, dir)
}

// written are the files that differ from the tree before. The shop's history
// deletes none.
func written(before, after tree) []gitrepo.Change {
	var changes []gitrepo.Change
	for _, path := range slices.Sorted(maps.Keys(after)) {
		if before[path] != after[path] {
			changes = append(changes, gitrepo.Change{Path: path, Content: []byte(after[path])})
		}
	}
	return changes
}

func signature(author string, when time.Time) (gitrepo.Signature, error) {
	address, err := mail.ParseAddress(author)
	if err != nil {
		return gitrepo.Signature{}, fmt.Errorf("the author %q is not like \"Name <address>\": %w", author, err)
	}
	return gitrepo.Signature{Name: address.Name, Email: address.Address, When: when}, nil
}
