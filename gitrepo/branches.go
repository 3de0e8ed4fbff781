package gitrepo

import (
	"context"
	"maps"
	"strings"
)

// Branches are those of the remote whose names begin with Options.Branches, each with its newest commit, as of the last
// fetch or push.
func (m *Mirror) Branches() map[string]Hash {
	m.listed.Lock()
	defer m.listed.Unlock()
	return maps.Clone(m.branches)
}

// list notes the branches that an open connection tells of, at no cost.
func (m *Mirror) list(conn connection) {
	if m.prefix == "" {
		return
	}
	found := map[string]Hash{}
	for branch, head := range conn.branches(m.prefix) {
		found[branch] = hashOf(head)
	}
	m.listed.Lock()
	defer m.listed.Unlock()
	m.branches = found
}

// PushBranch moves another branch than the followed one from expectedOld to commit; an empty expectedOld creates it. It
// fails as Push does.
func (m *Mirror) PushBranch(ctx context.Context, branch string, commit, expectedOld Hash) error {
	if err := checkBranchName(branch); err != nil {
		return err
	}
	if _, err := m.start(commit); err != nil {
		return err
	}
	p := push{branch: branch, commit: commit.id()}
	if expectedOld != "" {
		p.onto = expectedOld.id()
	}
	if err := m.remote.push(ctx, m.objects(), p); err != nil {
		ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), settlePatience)
		defer stop()
		if err := m.settle(ctx, p, err); err != nil {
			return err
		}
	}
	m.listed.Lock()
	defer m.listed.Unlock()
	if m.branches != nil && strings.HasPrefix(branch, m.prefix) {
		m.branches[branch] = commit
	}
	return nil
}

// DeleteBranch takes a branch away from the remote as long as it is at a commit.
func (m *Mirror) DeleteBranch(ctx context.Context, branch string, at Hash) error {
	if err := checkBranchName(branch); err != nil {
		return err
	}
	if err := m.remote.push(ctx, m.objects(), push{branch: branch, onto: at.id()}); err != nil {
		return err
	}
	m.listed.Lock()
	defer m.listed.Unlock()
	delete(m.branches, branch)
	return nil
}
