package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

const (
	// mendTimeout bounds the cloning anew that a read may cause.
	mendTimeout = 5 * time.Minute
	// mendInterval keeps a mirror whose remote is damaged too from being cloned over and over.
	mendInterval = time.Minute
)

// read returns an object that must be there, as something else refers to it. When it is not, or does not decode, the
// mirror is damaged: it is cloned anew and read again.
func (m *Mirror) read(kind plumbing.ObjectType, id plumbing.Hash) ([]byte, error) {
	content, err := m.peek(kind, id)
	if err == nil {
		return content, nil
	}
	if mending := m.mend(id); mending != nil {
		return nil, fmt.Errorf("the mirror of %s is damaged at object %s (%v): %w", m.address.display, id, err, mending)
	}
	return m.peek(kind, id)
}

// peek returns an object that need not be there.
func (m *Mirror) peek(kind plumbing.ObjectType, id plumbing.Hash) ([]byte, error) {
	s := m.objects()
	found, content, err := s.read(id)
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		// Another process may have fetched since.
		s.refresh()
		found, content, err = s.read(id)
	}
	if err != nil {
		return nil, err
	}
	if found != kind {
		return nil, fmt.Errorf("%s is a %s, not a %s", id, found, kind)
	}
	return content, nil
}

// mend makes the mirror whole again because id cannot be read.
func (m *Mirror) mend(id plumbing.Hash) error {
	m.mending.Lock()
	defer m.mending.Unlock()
	ctx, cancel := context.WithTimeout(m.life, mendTimeout)
	defer cancel()

	unlock, err := m.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	// It may have been mended while this waited, by a goroutine or a process.
	if err := m.reopen(); err == nil {
		if _, _, err := m.objects().read(id); err == nil {
			return nil
		}
	}
	if time.Since(m.mended) < mendInterval {
		return errors.New("it was cloned anew already; the remote may be damaged as well")
	}
	m.mended = time.Now()
	return m.cloneAnew(ctx)
}

// decoded keeps what was decoded of trees and commits. Objects never change, so it is only ever too full.
type decoded struct {
	mu    sync.Mutex
	trees map[plumbing.Hash][]entry
	lines int // entries in trees, which is what takes the room
	nodes map[plumbing.Hash]node
}

const (
	maxTreeLines = 200_000
	maxNodes     = 100_000
)

func newDecoded() *decoded {
	return &decoded{trees: map[plumbing.Hash][]entry{}, nodes: map[plumbing.Hash]node{}}
}

func (d *decoded) tree(id plumbing.Hash) ([]entry, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	entries, ok := d.trees[id]
	return entries, ok
}

func (d *decoded) putTree(id plumbing.Hash, entries []entry) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lines += len(entries) + 1; d.lines > maxTreeLines {
		clear(d.trees)
		d.lines = len(entries) + 1
	}
	d.trees[id] = entries
}

func (d *decoded) node(id plumbing.Hash) (node, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, ok := d.nodes[id]
	return n, ok
}

func (d *decoded) putNode(id plumbing.Hash, n node) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.nodes) >= maxNodes {
		clear(d.nodes)
	}
	d.nodes[id] = n
}

// tree returns a tree's entries, which are shared: do not change them. The zero hash is the empty tree.
func (m *Mirror) tree(id plumbing.Hash) ([]entry, error) {
	return m.decodeTree(id, m.read)
}

// treeLocked is tree for a caller who holds the lock, so that the mirror cannot be mended meanwhile.
func (m *Mirror) treeLocked(id plumbing.Hash) ([]entry, error) {
	return m.decodeTree(id, m.peek)
}

func (m *Mirror) decodeTree(id plumbing.Hash, read func(plumbing.ObjectType, plumbing.Hash) ([]byte, error)) ([]entry, error) {
	if id.IsZero() {
		return nil, nil
	}
	if entries, ok := m.decoded.tree(id); ok {
		return entries, nil
	}
	content, err := read(plumbing.TreeObject, id)
	if err != nil {
		return nil, fmt.Errorf("reading tree %s: %w", id, err)
	}
	entries, err := parseTree(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", id, err)
	}
	m.decoded.putTree(id, entries)
	return entries, nil
}

// node returns a commit that something refers to.
func (m *Mirror) node(id plumbing.Hash) (node, error) {
	if n, ok := m.decoded.node(id); ok {
		return n, nil
	}
	content, err := m.read(plumbing.CommitObject, id)
	if err != nil {
		return node{}, err
	}
	n, err := parseNode(content)
	if err != nil {
		return node{}, fmt.Errorf("%s: %w", id, err)
	}
	m.decoded.putNode(id, n)
	return n, nil
}

// start returns the content of a commit that the caller names: one that no reference is known to reach may be missing
// without the mirror being damaged.
func (m *Mirror) start(h Hash) ([]byte, error) {
	if !h.valid() {
		return nil, fmt.Errorf("%q is no commit: %w", h, ErrNoRevision)
	}
	content, err := m.peek(plumbing.CommitObject, h.id())
	if err == nil {
		return content, nil
	}
	r, reading := readRefs(m.dir)
	damaged := reading != nil || r.holds(h.id()) || !errors.Is(err, plumbing.ErrObjectNotFound)
	if damaged {
		return m.read(plumbing.CommitObject, h.id())
	}
	return nil, fmt.Errorf("the mirror of %s has no commit %s: %w", m.address.display, h, ErrNoRevision)
}

// Commit reads one commit.
func (m *Mirror) Commit(h Hash) (Commit, error) {
	content, err := m.start(h)
	if err != nil {
		return Commit{}, err
	}
	return parseCommit(h.id(), content)
}

// startNode is start, as a node.
func (m *Mirror) startNode(h Hash) (node, error) {
	if n, ok := m.decoded.node(h.id()); ok && h.valid() {
		return n, nil
	}
	content, err := m.start(h)
	if err != nil {
		return node{}, err
	}
	n, err := parseNode(content)
	if err != nil {
		return node{}, fmt.Errorf("%s: %w", h, err)
	}
	m.decoded.putNode(h.id(), n)
	return n, nil
}
