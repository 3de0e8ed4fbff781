package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel/engine/internal/holds"
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
	// Text, Author, Workload and Image narrow the page to the commits that have
	// them, whatever their case: every word of Text in the message, Author in the
	// name or the address of the author, and Workload and Image among what the
	// commit changed in what the environment renders to. A workload is meant by
	// the beginning of its name, or of its kind and name as in deployment/api; an
	// image by any part of it, as in api:1.9.
	//
	// A search tells within a moment what it has found: its page may have fewer
	// commits than Limit, or none, and there may be more behind Next all the same.
	Text, Author, Workload, Image string
}

// History is a page of commits, newest first.
type History struct {
	Commits []HistoryCommit
	Next    string // empty: there are no more
	// Looked counts the commits that were looked at for the page, and LookedTo is
	// how far back they go; zero when there were none.
	Looked   int
	LookedTo time.Time
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
	// Environments are the names of those that read it and stand at it now.
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
	var stands []stand
	f := &fabric{env: env}
	if err := e.ask(ctx, func() {
		head, paths, f.desired = e.repo.head, env.reads(), env.desired
		syncs = syncsOf(env.record.Syncs)
		for _, other := range e.envs {
			if rev := other.appliedRevision(); rev != "" {
				stands = append(stands, stand{other.spec.Name, gitrepo.Hash(rev), other.reads()})
			}
		}
	}); err != nil {
		return History{}, err
	}
	if head == "" {
		return History{}, fmt.Errorf("history of %s: %w: nothing has been fetched yet", q.Environment, ErrNotReady)
	}
	o := gitrepo.HistoryOptions{From: head, Paths: paths, Limit: q.Limit}
	if q.After != "" {
		o.From, o.After = "", gitrepo.Cursor(q.After) // which goes on where the head was then
	}
	found, err := e.findCommits(ctx, f, m, o, q)
	if err != nil {
		return History{}, fmt.Errorf("history of %s: %w", q.Environment, err)
	}
	h := History{Next: string(found.next), Looked: found.looked, LookedTo: found.lookedTo}
	if len(found.commits) == 0 {
		return h, ctx.Err()
	}
	at := map[gitrepo.Hash][]string{}
	for _, other := range stands {
		// Where another environment stands is of no interest at a commit that it
		// does not read.
		c := newestAt(ctx, m, other.revision, paths)
		if c != "" && (other.name == q.Environment || newestAt(ctx, m, c, other.reads) == c) {
			at[c] = append(at[c], other.name)
		}
	}
	fates := fatesOf(syncs, func(revision string) []gitrepo.Hash {
		return touching(ctx, m, gitrepo.Hash(revision), paths, maxIncluded)
	})
	for _, c := range found.commits {
		fate := fates[c.Hash]
		hc := HistoryCommit{
			Commit: commitOf(c), Action: trailerOf(c, trailerAction),
			Environments: at[c.Hash], Result: fate.result, DeployedAt: fate.deployed,
		}
		h.Commits = append(h.Commits, hc)
	}
	return h, ctx.Err()
}

// stand is where an environment stands, and what it reads.
type stand struct {
	name     string
	revision gitrepo.Hash
	reads    []string
}

// fate is what became of a commit in a cluster.
type fate struct {
	result   Result
	deployed time.Time // when the cluster first took it whole
}

// maxIncluded is how many commits are looked at that one sync may have brought.
const maxIncluded = 20

// fatesOf reads a record, which has the newest sync first. A sync is of whatever
// was the head at the time; touching lists the commits at or before it that
// touched the environment, the newest first.
func fatesOf(syncs []Sync, touching func(revision string) []gitrepo.Hash) map[gitrepo.Hash]fate {
	fates := map[gitrepo.Hash]fate{}
	for i, s := range slices.Backward(syncs) {
		brought := touching(s.Revision)
		if len(brought) == 0 {
			continue // the branch has lost it
		}
		f := fates[brought[0]]
		switch {
		case !s.Succeeded:
			f.result = ResultFailed
		case s.Whole:
			f.result = ResultApplied
			if f.deployed.IsZero() {
				f.deployed = s.Ended
			}
		case f.result != ResultApplied:
			f.result = ResultPartly
		}
		fates[brought[0]] = f
		if s.Whole && s.Succeeded && i < len(syncs)-1 {
			// What the sync before did not bring yet came with this one.
			for _, c := range brought[1:] {
				if _, known := fates[c]; known {
					break
				}
				fates[c] = fate{result: ResultIncluded, deployed: s.Ended}
			}
		}
		if s.Through == "" {
			continue
		}
		for _, c := range touching(s.Through) {
			if _, known := fates[c]; known {
				break
			}
			fates[c] = fate{result: ResultUnchanged, deployed: s.Ended}
		}
	}
	return fates
}

// reads are the paths whose commits concern the environment: the files that its
// rendering reads, and its own directory, where a new file would be read too.
func (env *environment) reads() []string { return env.readsOf(env.desired) }

// readsOf is reads for what the environment was rendered to at another revision.
func (env *environment) readsOf(d *desired) []string {
	paths := []string{env.spec.Path, holds.File(env.spec.Name)}
	if d != nil {
		paths = append(paths, d.closure...)
	}
	return paths
}

// newestAt is the newest commit at or before a revision that touches the paths.
func newestAt(ctx context.Context, m *gitrepo.Mirror, rev gitrepo.Hash, paths []string) gitrepo.Hash {
	if commits := touching(ctx, m, rev, paths, 1); len(commits) > 0 {
		return commits[0]
	}
	return ""
}

// touching lists the commits at or before a revision that touch the paths, the
// newest first. There are none at a commit that the branch has lost: a cluster
// may stand there.
func touching(ctx context.Context, m *gitrepo.Mirror, rev gitrepo.Hash, paths []string, limit int) []gitrepo.Hash {
	page, err := m.History(ctx, gitrepo.HistoryOptions{From: rev, Paths: paths, Limit: limit})
	if err != nil {
		return nil
	}
	commits := make([]gitrepo.Hash, len(page.Commits))
	for i, c := range page.Commits {
		commits[i] = c.Hash
	}
	return commits
}

// trailerOf is the first value of a trailer; empty when there is none.
func trailerOf(c gitrepo.Commit, key string) string {
	if values := c.Trailers[key]; len(values) > 0 {
		return values[0]
	}
	return ""
}

func commitOf(c gitrepo.Commit) Commit {
	return Commit{Hash: string(c.Hash), Author: c.Author.Name, Email: c.Author.Email, Time: c.Author.When, Subject: c.Subject}
}
