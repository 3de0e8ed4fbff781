package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel/gitrepo"
	"github.com/evenkeel/evenkeel/gitrepo/forge"
)

// errDeclined is returned when automation would propose again what somebody has
// closed.
var errDeclined = fmt.Errorf("%w: somebody has closed the pull request of just this", ErrNothing)

// proposed is what became of a commit that waits for being merged.
type proposed struct {
	commit  gitrepo.Hash // empty when Git says all of it already
	draft   *draft
	request *PullRequest
	note    string
}

// propose composes a plan's commit on the newest head, pushes it to a branch of
// its own and asks for it to be merged. A request that waits with the same change
// is found and not made again.
func (e *Engine) propose(ctx context.Context, p *Plan) (proposed, error) {
	m, err := e.mirror()
	if err != nil {
		return proposed{}, err
	}
	planned := gitrepo.Hash(p.BaseRevision)
	for try := range commitTries {
		if try > 0 {
			if err := pause(ctx, try); err != nil {
				return proposed{}, err
			}
		}
		head, err := m.Fetch(ctx)
		if err != nil {
			return proposed{}, err
		}
		if err := p.overtaken(m, planned, head); err != nil {
			return proposed{}, err
		}
		d, err := e.compose(ctx, p, head)
		if err != nil || d.hash == "" {
			return proposed{draft: d}, err
		}
		if !p.sameAlong(d) {
			return proposed{}, fmt.Errorf("%w: by now more images are written in the same place", ErrStale)
		}
		c := &carrier{mirror: m, head: head, environment: p.Environment}
		at, err := c.pushed(ctx, d)
		switch {
		case errors.Is(err, gitrepo.ErrStale):
			continue // somebody was quicker, maybe with the same
		case err != nil:
			return proposed{}, err
		}
		made := proposed{commit: at.commit, draft: d}
		made.request, made.note, err = e.request(ctx, p, at.branch, d)
		made.request.Commit = string(at.commit)
		if at.found {
			made.found(m)
		}
		return made, err
	}
	return proposed{}, fmt.Errorf("%w: branches appeared %d times while the commit was pushed", ErrStale, commitTries)
}

// found tells that somebody had made the same change, and who.
func (made *proposed) found(m *gitrepo.Mirror) {
	r := made.request
	if c, err := m.Commit(made.commit); err == nil {
		r.Author = fmt.Sprintf("%s <%s>", c.Author.Name, c.Author.Email)
	}
	if r.State == PullRequestBranch && r.Reason == "" {
		made.note = "the same change waits already on the branch " + r.Branch
	}
}

// branchNames bounds how many branches of one change there can be.
const branchNames = 20

// place is a branch that has a change.
type place struct {
	branch string
	commit gitrepo.Hash
	found  bool // somebody had pushed it before
}

// pushed brings a draft to a branch of its own, or finds one that has it.
func (c *carrier) pushed(ctx context.Context, d *draft) (place, error) {
	taken := c.mirror.Branches()
	for n := range branchNames {
		branch := d.branch
		if n > 0 {
			branch = fmt.Sprintf("%s-%d", d.branch, n+1)
		}
		there, exists := taken[branch]
		if !exists {
			if err := c.mirror.PushBranch(ctx, branch, d.hash, ""); err != nil {
				return place{}, fmt.Errorf("the branch %s: %w", branch, err)
			}
			return place{branch: branch, commit: d.hash}, nil
		}
		if _, err := c.mirror.Resolve(ctx, branch); err != nil {
			return place{}, err
		}
		if same, err := c.carries(there, d); err != nil || same {
			return place{branch: branch, commit: there, found: true}, err
		}
	}
	return place{}, fmt.Errorf("there are %d branches like %s with other content: delete those that are not needed any more", branchNames, d.branch)
}

// request asks for a branch to be merged. What it returns is never nil: without
// a forge, or when that fails, it is the branch alone.
func (e *Engine) request(ctx context.Context, p *Plan, branch string, d *draft) (*PullRequest, string, error) {
	r := &PullRequest{
		Environment: p.Environment, Action: p.Action, Branch: branch, State: PullRequestBranch,
		Title: subjectOf(d.commit), Author: d.commit.Author, Created: time.Now(), Updated: time.Now(),
	}
	f := e.proposals.forge
	if f == nil {
		return r, "", nil
	}
	waiting, err := waitsAlready(ctx, f, branch)
	note := ""
	switch {
	case err != nil:
	case waiting != nil && waiting.State == forge.Open:
		note = fmt.Sprintf("the same change waits already in pull request #%d", waiting.Number)
	case waiting != nil && waiting.State == forge.Closed && p.byItself():
		r.take(*waiting)
		return r, "", fmt.Errorf("%w: #%d, %s", errDeclined, waiting.Number, waiting.URL)
	default:
		var made forge.PullRequest
		made, err = f.Open(ctx, forge.Proposal{Title: r.Title, Body: e.pullRequestBody(p, d), Branch: branch, Onto: e.repo.mirror.Load().Branch()})
		waiting = &made
		if errors.Is(err, forge.ErrExists) {
			waiting, err = waitsAlready(ctx, f, branch)
		}
	}
	if err != nil {
		r.Reason = err.Error()
		return r, "", fmt.Errorf("no pull request could be opened for the branch %s, which stands: %w; do the same again, or open it there", branch, err)
	}
	if waiting != nil {
		r.take(*waiting)
	}
	return r, note, nil
}

// waitsAlready finds the newest pull request of a branch, an open one first; nil
// when there is none.
func waitsAlready(ctx context.Context, f *forge.Forge, branch string) (*forge.PullRequest, error) {
	all, err := f.From(ctx, branch)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	if i := slices.IndexFunc(all, func(r forge.PullRequest) bool { return r.State == forge.Open }); i >= 0 {
		return &all[i], nil
	}
	return &all[0], nil
}

// take fills in what a forge says.
func (r *PullRequest) take(f forge.PullRequest) {
	r.Number, r.URL, r.Title, r.Reason = f.Number, f.URL, f.Title, f.Reason
	r.State = map[forge.State]PullRequestState{forge.Open: PullRequestOpen, forge.Merged: PullRequestMerged, forge.Closed: PullRequestClosed}[f.State]
	r.Created, r.Updated = f.Created, f.Updated
}

// pullRequestBody is what a pull request says of its plan.
func (e *Engine) pullRequestBody(p *Plan, d *draft) string {
	if e.opts.Markdown == nil {
		return d.commit.Message
	}
	return e.opts.Markdown(p)
}

// replaces closes the requests of automation that a newer one takes the place of.
func (e *Engine) replaces(ctx context.Context, env *environment, by *PullRequest) {
	f := e.proposals.forge
	if f == nil || by.Number == 0 {
		return
	}
	var old []proposal
	if e.ask(ctx, func() {
		for _, r := range env.proposals {
			if r.waits() && r.Action == by.Action && r.Author == by.Author && r.Number != 0 && r.Number != by.Number {
				old = append(old, r)
			}
		}
	}) != nil {
		return
	}
	for _, r := range old {
		if err := f.Close(ctx, r.Number); err != nil {
			e.post(func() {
				e.note(env.spec.Name, true, "pull request #%d takes the place of #%d, which could not be closed: %v", by.Number, r.Number, err)
			})
			continue
		}
		// The forge takes away the branches of what it merges. This one is nobody's.
		_ = e.repo.mirror.Load().DeleteBranch(ctx, r.Branch, gitrepo.Hash(r.Commit))
		r.State, r.Reason = PullRequestClosed, fmt.Sprintf("#%d takes its place", by.Number)
		e.post(func() { e.takeProposal(env, r) })
	}
}
