package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/evenkeel/evenkeel/gitrepo"
)

// trailerAction is the trailer of a commit that says which action made it.
const trailerAction = "Evenkeel-Action"

// defaultHistory is how many commits a page of history has when the query does
// not say.
const defaultHistory = 50

// HistoryQuery asks for the commits that touch an environment.
type HistoryQuery struct {
	Environment string
	Limit       int    // commits in the page; 0 is a sensible number
	After       string // History.Next of the page before
}

// History is a page of commits, newest first.
type History struct {
	Commits []HistoryCommit
	Next    string // empty: there are no more
}

// HistoryCommit is a commit that touches files which an environment reads.
type HistoryCommit struct {
	Commit
	Action string // which action of evenkeel made it; empty when none did
	// DeployedAt is when the environment's cluster took it; zero when it did
	// not, or longer ago than its record goes.
	DeployedAt time.Time
	// Result is what evenkeel did with it in the environment's cluster, as far as
	// the record there goes: one of the Result words, or empty.
	Result Result
	// Environments are the names of those that stand at this commit now.
	Environments []string
}

// History lists the commits that touch what an environment reads.
func (e *Engine) History(ctx context.Context, q HistoryQuery) (History, error) {
	env, err := e.find(q.Environment)
	if err != nil {
		return History{}, err
	}
	m, err := e.mirror()
	if err != nil {
		return History{}, err
	}
	if q.Limit <= 0 {
		q.Limit = defaultHistory
	}
	var head gitrepo.Hash
	var paths []string
	var syncs []Sync
	stands := map[string]gitrepo.Hash{}
	if err := e.ask(ctx, func() {
		head, paths = e.repo.head, env.reads()
		syncs = syncsOf(env.record.Syncs)
		for _, other := range e.envs {
			if rev := other.appliedRevision(); rev != "" {
				stands[other.spec.Name] = gitrepo.Hash(rev)
			}
		}
	}); err != nil {
		return History{}, err
	}
	if head == "" {
		return History{}, fmt.Errorf("history of %s: %w: nothing has been fetched yet", q.Environment, ErrNotReady)
	}
	page, err := m.History(ctx, gitrepo.HistoryOptions{From: head, Paths: paths, Limit: q.Limit, After: gitrepo.Cursor(q.After)})
	if err != nil {
		return History{}, fmt.Errorf("history of %s: %w", q.Environment, err)
	}
	at := map[gitrepo.Hash][]string{}
	for _, other := range e.envs { // in the order of evenkeel.yaml
		if rev := stands[other.spec.Name]; rev != "" {
			if c := newestAt(ctx, m, rev, paths); c != "" {
				at[c] = append(at[c], other.spec.Name)
			}
		}
	}
	h := History{Next: string(page.Next)}
	for _, c := range page.Commits {
		hc := HistoryCommit{Commit: commitOf(c), Environments: at[c.Hash]}
		if values := c.Trailers[trailerAction]; len(values) > 0 {
			hc.Action = values[0]
		}
		for _, s := range syncs {
			if s.Revision == string(c.Hash) && s.Succeeded && s.Whole {
				hc.DeployedAt = s.Ended
			}
		}
		h.Commits = append(h.Commits, hc)
	}
	return h, nil
}

// reads are the paths whose commits concern the environment: the files that its
// rendering reads, and its own directory, where a new file would be read too.
func (env *environment) reads() []string {
	paths := []string{env.spec.Path}
	if env.desired != nil {
		paths = append(paths, env.desired.closure...)
	}
	return paths
}

// newestAt is the newest commit at or before a revision that touches the paths.
func newestAt(ctx context.Context, m *gitrepo.Mirror, rev gitrepo.Hash, paths []string) gitrepo.Hash {
	page, err := m.History(ctx, gitrepo.HistoryOptions{From: rev, Paths: paths, Limit: 1})
	if err != nil || len(page.Commits) == 0 {
		return "" // the cluster may stand at a commit that the branch has lost
	}
	return page.Commits[0].Hash
}

func commitOf(c gitrepo.Commit) Commit {
	return Commit{Hash: string(c.Hash), Author: c.Author.Name, Email: c.Author.Email, Time: c.Author.When, Subject: c.Subject}
}
