package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// minPrefix is how many digits a shortened hash needs, as in Git.
const minPrefix = 4

// Resolve finds the commit that a person means: a branch, a tag, a hash or its beginning, HEAD for the followed
// branch, with ~2 or ^2 behind it to step to ancestors. Branches and tags are asked of the remote and fetched; while that
// cannot be reached, they are what they were when last fetched.
func (m *Mirror) Resolve(ctx context.Context, rev string) (Hash, error) {
	name, steps := rev, ""
	if at := strings.IndexAny(rev, "~^"); at >= 0 {
		name, steps = rev[:at], rev[at:]
	}
	id, err := m.resolveName(ctx, name)
	if err != nil {
		return "", err
	}
	if id, err = m.peel(id); err != nil {
		return "", err
	}
	if id, err = m.ancestor(rev, id, steps); err != nil {
		return "", err
	}
	return hashOf(id), nil
}

func (m *Mirror) resolveName(ctx context.Context, name string) (plumbing.Hash, error) {
	if name == "" || name == "HEAD" || name == "@" || name == m.Branch() {
		head, err := m.Head()
		if err == nil && head == "" {
			head, err = m.Fetch(ctx)
		}
		return head.id(), err
	}
	if Hash(name).valid() {
		return m.resolveHash(ctx, Hash(name))
	}
	remembered, known := m.remembered(name)
	if !known && len(name) >= minPrefix && isHex(strings.ToLower(name)) {
		id, found, err := m.complete(strings.ToLower(name))
		if found || err != nil {
			return id, err
		}
	}
	id, err := m.fetchName(ctx, name)
	if known && errors.Is(err, ErrUnreachable) {
		return remembered, nil
	}
	return id, err
}

// candidates are the references that a short name can mean, the likeliest first.
func candidates(name string) []string {
	return []string{branchRef(name), "refs/tags/" + name, name}
}

func (m *Mirror) remembered(name string) (plumbing.Hash, bool) {
	r, err := readRefs(m.dir)
	if err != nil {
		return plumbing.ZeroHash, false
	}
	for _, candidate := range candidates(name) {
		if id, ok := r.named[candidate]; ok {
			return id, true
		}
	}
	return plumbing.ZeroHash, false
}

// fetchName brings a branch or tag of the remote into the mirror.
func (m *Mirror) fetchName(ctx context.Context, name string) (plumbing.Hash, error) {
	conn, err := m.remote.connect(ctx)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	defer conn.Close()
	for _, candidate := range candidates(name) {
		if !strings.HasPrefix(candidate, "refs/") {
			continue
		}
		id, ok := conn.find(candidate)
		if !ok {
			continue
		}
		r, err := readRefs(m.dir)
		if err == nil && r.named[candidate] == id && m.sound(id) {
			return id, nil
		}
		return id, m.update(ctx, conn, map[string]plumbing.Hash{candidate: id})
	}
	return plumbing.ZeroHash, m.address.fail(ErrNoRevision, nil, fmt.Sprintf("%q is no branch, tag or commit of it", name))
}

// resolveHash looks for a commit that is named in full, also on branches that are not mirrored.
func (m *Mirror) resolveHash(ctx context.Context, h Hash) (plumbing.Hash, error) {
	if m.present(h.id()) {
		return h.id(), nil
	}
	conn, err := m.remote.connect(ctx)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	defer conn.Close()
	unlock, err := m.lock(ctx)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	defer unlock()
	// Servers may refuse a commit that no reference names, which tells nothing but that it is not to be had.
	err = conn.fetch(ctx, m.objects(), []plumbing.Hash{h.id()}, nil)
	if err == nil && m.present(h.id()) {
		return h.id(), nil
	}
	if ctx.Err() != nil {
		return plumbing.ZeroHash, err
	}
	return plumbing.ZeroHash, m.address.fail(ErrNoRevision, nil, fmt.Sprintf("there is no commit %s on the branches that are mirrored, nor does the remote hand it out", h))
}

func (m *Mirror) present(id plumbing.Hash) bool {
	s := m.objects()
	if s.has(id) {
		return true
	}
	s.refresh()
	return s.has(id)
}

// complete finds the one commit whose hash begins with the digits.
func (m *Mirror) complete(digits string) (id plumbing.Hash, found bool, err error) {
	s := m.objects()
	ids, err := s.withPrefix(digits)
	if err != nil {
		return plumbing.ZeroHash, false, fmt.Errorf("looking for %s in the mirror of %s: %w", digits, m.address.display, err)
	}
	for _, candidate := range ids {
		kind, _, err := s.read(candidate)
		if err != nil || (kind != plumbing.CommitObject && kind != plumbing.TagObject) {
			continue
		}
		if found && candidate != id {
			return plumbing.ZeroHash, true, fmt.Errorf("%s is the beginning of several commits; give more digits: %w", digits, ErrNoRevision)
		}
		id, found = candidate, true
	}
	return id, found, nil
}

// peel follows annotated tags to the commit.
func (m *Mirror) peel(id plumbing.Hash) (plumbing.Hash, error) {
	for {
		content, err := m.peek(plumbing.TagObject, id)
		if err != nil {
			// No tag: a commit, which node will read or refuse.
			_, err := m.node(id)
			return id, err
		}
		target, ok := tagTarget(content)
		if !ok {
			return plumbing.ZeroHash, fmt.Errorf("tag %s: %w", id, errMalformed)
		}
		id = target
	}
}

// ancestor walks suffixes such as ~2, ^ and ^2~1.
func (m *Mirror) ancestor(rev string, id plumbing.Hash, steps string) (plumbing.Hash, error) {
	for steps != "" {
		kind := steps[0]
		end := 1
		for end < len(steps) && steps[end] >= '0' && steps[end] <= '9' {
			end++
		}
		count := 1
		if end > 1 {
			var err error
			if count, err = strconv.Atoi(steps[1:end]); err != nil {
				return plumbing.ZeroHash, fmt.Errorf("%q does not parse: %w", rev, ErrNoRevision)
			}
		}
		if end < len(steps) && steps[end] != '~' && steps[end] != '^' {
			return plumbing.ZeroHash, fmt.Errorf("%q does not parse: %w", rev, ErrNoRevision)
		}
		steps = steps[end:]
		generations, parent := count, 0
		if kind == '^' {
			generations, parent = min(count, 1), count-1
		}
		for range generations {
			n, err := m.node(id)
			if err != nil {
				return plumbing.ZeroHash, err
			}
			if parent >= len(n.parents) {
				return plumbing.ZeroHash, fmt.Errorf("%q goes back before the first commit: %w", rev, ErrNoRevision)
			}
			id = n.parents[parent]
		}
	}
	return id, nil
}
