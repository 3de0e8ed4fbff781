package gitrepo

import (
	"context"
	"fmt"
	"maps"

	"github.com/go-git/go-git/v5/plumbing"
)

// maxHaves is how many commits the remote is told of, so that it need not send what follows from them. More than the
// head matter only when the branch was rewritten.
const maxHaves = 64

// Fetch brings the mirror up to date and returns the branch's head, also when the branch was rewritten. While the
// branch has not moved, that is one listing of the remote's references. Its errors are *FetchError.
func (m *Mirror) Fetch(ctx context.Context) (Hash, error) {
	conn, err := m.remote.connect(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Close()

	m.list(conn)
	branch, head, err := m.headOn(conn)
	if err != nil {
		return "", err
	}
	if m.current(branch, head) {
		return hashOf(head), nil
	}
	if err := m.update(ctx, conn, map[string]plumbing.Hash{branchRef(branch): head}); err != nil {
		return "", err
	}
	return hashOf(head), nil
}

// current tells whether the mirror has the branch at head already, and shows no damage.
func (m *Mirror) current(branch string, head plumbing.Hash) bool {
	r, err := readRefs(m.dir)
	return err == nil && r.named[branchRef(branch)] == head && (m.branch != "" || r.head == branch) &&
		inspect(m.dir) == nil && m.sound(head)
}

// headOn finds the followed branch on the remote.
func (m *Mirror) headOn(conn connection) (branch string, head plumbing.Hash, err error) {
	branch = m.branch
	if branch == "" {
		if branch = conn.defaultBranch(); branch == "" {
			return "", plumbing.ZeroHash, m.address.fail(ErrNoBranch, nil, "the remote names no default branch; set repository.branch")
		}
	}
	head, ok := conn.find(branchRef(branch))
	if !ok {
		return "", plumbing.ZeroHash, m.address.fail(ErrNoBranch, nil,
			fmt.Sprintf("the remote has no branch %q; set repository.branch to one it has, or push the branch", branch))
	}
	return branch, head, nil
}

// sound tells whether a head and its files' tree can be read: a sample, taken at every fetch.
func (m *Mirror) sound(head plumbing.Hash) bool {
	s := m.objects()
	return whole(s, head)
}

func whole(s *store, head plumbing.Hash) bool {
	kind, content, err := s.read(head)
	if err != nil {
		s.refresh()
		if kind, content, err = s.read(head); err != nil {
			return false
		}
	}
	if kind == plumbing.TagObject {
		return true
	}
	n, err := parseNode(content)
	if err != nil {
		return false
	}
	_, _, err = s.read(n.tree)
	return err == nil
}

// update fetches references from an open connection into the mirror.
func (m *Mirror) update(ctx context.Context, conn connection, wanted map[string]plumbing.Hash) error {
	unlock, err := m.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()

	current, err := readRefs(m.dir)
	if err != nil || inspect(m.dir) != nil {
		return m.cloneWith(ctx, conn, wanted)
	}
	if err := m.catchUp(); err != nil {
		return m.broken(err)
	}
	for name, head := range wanted {
		// Only a reference promises that everything is there.
		if current.named[name] == head && m.sound(head) {
			continue
		}
		haves, err := m.haves(current)
		if err != nil {
			return m.cloneWith(ctx, conn, wanted)
		}
		if err := conn.fetch(ctx, m.objects(), []plumbing.Hash{head}, haves); err != nil {
			return err
		}
		if !m.sound(head) {
			// The remote sent only what the haves lack, and the haves lack more than they should.
			return m.cloneAnewWith(ctx, wanted)
		}
	}
	return m.record(m.dir, current, conn, wanted)
}

// record writes the references after their objects are there.
func (m *Mirror) record(dir string, current refs, conn connection, wanted map[string]plumbing.Hash) error {
	maps.Copy(current.named, wanted)
	if branch := conn.defaultBranch(); branch != "" {
		current.head = branch
	}
	if err := writeRefs(dir, current); err != nil {
		return m.broken(err)
	}
	return nil
}

func (m *Mirror) broken(err error) error {
	return fmt.Errorf("writing the mirror of %s in %s: %w", m.address.display, m.dir, err)
}

// haves are the heads and a stretch of the history before them. An error means that the mirror is damaged.
func (m *Mirror) haves(current refs) ([]plumbing.Hash, error) {
	s := m.objects()
	var list []plumbing.Hash
	seen := map[plumbing.Hash]bool{}
	for _, head := range current.named {
		for range maxHaves {
			if seen[head] {
				break
			}
			kind, content, err := s.read(head)
			if err != nil {
				return nil, err
			}
			seen[head] = true
			list = append(list, head)
			if kind != plumbing.CommitObject {
				break
			}
			n, err := parseNode(content)
			if err != nil {
				return nil, err
			}
			if len(n.parents) == 0 {
				break
			}
			head = n.parents[0]
		}
	}
	return list, nil
}

// cloneAnew replaces the mirror by a fresh clone of every reference that was in it; the caller holds the lock.
func (m *Mirror) cloneAnew(ctx context.Context) error {
	return m.cloneAnewWith(ctx, nil)
}

func (m *Mirror) cloneAnewWith(ctx context.Context, wanted map[string]plumbing.Hash) error {
	conn, err := m.remote.connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return m.cloneWith(ctx, conn, wanted)
}

// cloneWith is cloneAnew on an unused connection. The old mirror stays until the new one is complete: a damaged mirror
// is better than none while the remote cannot be reached.
func (m *Mirror) cloneWith(ctx context.Context, conn connection, wanted map[string]plumbing.Hash) error {
	branch, head, err := m.headOn(conn)
	if err != nil {
		return err
	}
	named := map[string]plumbing.Hash{branchRef(branch): head}
	if old, err := readRefs(m.dir); err == nil {
		for name := range old.named {
			if at, ok := conn.find(name); ok {
				named[name] = at
			}
		}
	}
	maps.Copy(named, wanted)

	fresh, err := m.blank()
	if err != nil {
		return err
	}
	target := openStore(fresh)
	wants := make([]plumbing.Hash, 0, len(named))
	for _, at := range named {
		wants = append(wants, at)
	}
	err = conn.fetch(ctx, target, wants, nil)
	if closing := target.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return err
	}
	if err := m.record(fresh, refs{head: branch, named: map[string]plumbing.Hash{}}, conn, named); err != nil {
		return err
	}
	if err := m.replace(fresh); err != nil {
		return err
	}
	if err := m.reopen(); err != nil {
		return m.broken(err)
	}
	return nil
}
