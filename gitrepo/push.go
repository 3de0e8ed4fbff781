package gitrepo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

// pushTries bounds how often CommitAndPush follows a branch that keeps moving.
const pushTries = 5

// Push moves the branch on the remote from expectedOld to commit; an empty expectedOld creates the branch. It fails with
// ErrStale when the branch is elsewhere, and with ErrRejected and the server's words when the server refuses.
func (m *Mirror) Push(ctx context.Context, commit, expectedOld Hash) error {
	if _, err := m.start(commit); err != nil {
		return err
	}
	p := push{branch: cmp.Or(m.Branch(), m.remote.unborn()), commit: commit.id()}
	if expectedOld != "" {
		p.onto = expectedOld.id()
	}
	err := m.remote.push(ctx, m.objects(), p)
	// Whoever gave up wants to know all the more what became of it.
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), settlePatience)
	defer stop()
	if err != nil {
		if err = m.settle(ctx, p, err); err != nil {
			return err
		}
	}
	// The remote has taken it. A mirror that cannot note that learns it from the next fetch.
	_ = m.landed(ctx, p)
	return nil
}

// settlePatience is how long it may take, once a push has ended, to find out and note where the branch is.
const settlePatience = 5 * time.Second

// settle finds out what became of a push that ended in an error: the answer may have been lost on the way, and a
// server words a lost race as it likes.
func (m *Mirror) settle(ctx context.Context, p push, failure error) error {
	if errors.Is(failure, ErrStale) || errors.Is(failure, ErrAuth) {
		return failure
	}
	conn, err := m.remote.connect(ctx)
	if err != nil {
		return failure
	}
	defer conn.Close()
	now, _ := conn.find(branchRef(p.branch))
	switch now {
	case p.commit:
		return nil
	case p.onto, plumbing.ZeroHash:
		return failure
	default:
		return m.address.stale(p, now)
	}
}

// landed notes in the mirror where the branch is now.
func (m *Mirror) landed(ctx context.Context, p push) error {
	unlock, err := m.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	current, err := readRefs(m.dir)
	if err != nil {
		return m.broken(err)
	}
	if len(current.named) == 0 {
		current.head = p.branch
	}
	current.named[branchRef(p.branch)] = p.commit
	if err := writeRefs(m.dir, current); err != nil {
		return m.broken(err)
	}
	return nil
}

// CommitAndPush writes a commit and pushes it. When the branch has moved meanwhile and none of the files that the commit
// touches has changed, the commit is made again on the new head; when one has, it fails with ErrStale.
func (m *Mirror) CommitAndPush(ctx context.Context, spec CommitSpec) (Hash, error) {
	original := spec.Base
	for range pushTries {
		commit, err := m.Write(ctx, spec)
		if err != nil {
			return "", err
		}
		err = m.Push(ctx, commit, spec.Base)
		if err == nil {
			return commit, nil
		}
		if !errors.Is(err, ErrStale) {
			return "", err
		}
		head, fetching := m.Fetch(ctx)
		if fetching != nil {
			return "", fetching
		}
		if err := m.untouched(spec.Changes, original, head); err != nil {
			return "", err
		}
		spec.Base = head
	}
	return "", m.address.fail(ErrStale, nil, fmt.Sprintf("it moved again %d times while the commit was pushed; try again", pushTries))
}

// untouched fails with ErrStale when a file that is to be changed is another at the new head than at the old.
func (m *Mirror) untouched(changes []Change, old, head Hash) error {
	var before node
	if old != "" {
		var err error
		if before, err = m.startNode(old); err != nil {
			return err
		}
	}
	after, err := m.startNode(head)
	if err != nil {
		return err
	}
	for _, change := range changes {
		was, _, err := m.entryAt(before.tree, change.Path)
		if err != nil {
			return err
		}
		is, _, err := m.entryAt(after.tree, change.Path)
		if err != nil {
			return err
		}
		if was.id != is.id || was.mode != is.mode {
			return m.address.fail(ErrStale, nil, fmt.Sprintf("%s was changed in %s; plan again", change.Path, head.Short()))
		}
	}
	return nil
}
