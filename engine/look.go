package engine

import (
	"context"
	"fmt"
	"slices"

	"github.com/evenkeel/evenkeel/gitrepo"
	"github.com/evenkeel/evenkeel/gitrepo/forge"
)

// watchProposals finds out how the requests stand, whenever that is asked for,
// until ctx ends.
func (e *Engine) watchProposals(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-e.proposals.again:
		}
		var l *look
		if e.ask(ctx, func() { l = e.newLook() }) != nil {
			return
		}
		found := l.all(ctx)
		if ctx.Err() != nil {
			return
		}
		e.post(func() { e.takeProposals(found) })
	}
}

// look is what has to be known to find out how the requests stand.
type look struct {
	forge    *forge.Forge
	carrier  *carrier
	branches map[string]gitrepo.Hash
	known    map[string]proposal // that wait, by branch
}

func (e *Engine) newLook() *look {
	l := &look{forge: e.proposals.forge, branches: e.proposals.branches, known: map[string]proposal{}}
	l.carrier = &carrier{mirror: e.repo.mirror.Load(), head: e.repo.head}
	for _, env := range e.envs {
		for _, r := range env.proposals {
			if r.waits() {
				l.known[r.Branch] = r
			}
		}
	}
	return l
}

// all tells how each of the requests stands that wait, or have waited when it was
// last looked.
func (l *look) all(ctx context.Context) []proposal {
	if l.forge == nil {
		return l.ofBranches(ctx)
	}
	waiting, err := l.forge.Waiting(ctx, branchRoot)
	if err != nil {
		return l.unknown(ctx, err)
	}
	var found []proposal
	for _, w := range waiting {
		r, ok := l.begun(ctx, w.Branch, gitrepo.Hash(w.Commit))
		if !ok {
			continue
		}
		if full, err := l.forge.Get(ctx, w.Number); err == nil {
			w = full
		}
		r.take(w)
		found = append(found, r)
	}
	for branch, r := range l.known {
		if slices.ContainsFunc(found, func(f proposal) bool {
			return f.Branch == branch && (f.Number == r.Number || r.Number == 0)
		}) {
			continue
		}
		found = append(found, l.ended(ctx, r))
	}
	return found
}

// begun is a request as it was known before, or as its branch tells of it.
func (l *look) begun(ctx context.Context, branch string, commit gitrepo.Hash) (proposal, bool) {
	if r, known := l.known[branch]; known && r.Commit == string(commit) {
		return r, true
	}
	environment, action, ok := parseBranch(branch)
	if _, listed := l.branches[branch]; !ok || !listed {
		return proposal{}, false
	}
	r := proposal{PullRequest: PullRequest{Environment: environment, Action: action, Branch: branch, Commit: string(commit)}}
	// What cannot be read of the commit is left out.
	if _, err := l.carrier.mirror.Resolve(ctx, branch); err != nil {
		return r, true
	}
	if c, err := l.carrier.mirror.Commit(commit); err == nil {
		r.Title, r.Created, r.Updated = c.Subject, c.Author.When, c.Author.When
		r.Author = fmt.Sprintf("%s <%s>", c.Author.Name, c.Author.Email)
		r.gives = givenBy(c)
	}
	return r, true
}

// ended finds out what became of a request that does not wait any more.
func (l *look) ended(ctx context.Context, r proposal) proposal {
	switch {
	case r.Number != 0:
		now, err := l.forge.Get(ctx, r.Number)
		if err != nil {
			r.State, r.Reason = PullRequestUnknown, err.Error()
			return r
		}
		r.take(now)
	case r.State == PullRequestUnknown:
		r.State = "" // a branch that nobody has asked to merge
	default:
		r = l.ofBranch(r)
	}
	return r
}

// unknown is what can be said while the forge does not answer.
func (l *look) unknown(ctx context.Context, err error) []proposal {
	var found []proposal
	for branch, head := range l.branches {
		r, ok := l.begun(ctx, branch, head)
		if _, known := l.known[branch]; !ok || !known && l.carrier.merged(head) {
			continue
		}
		r.State, r.Reason = PullRequestUnknown, err.Error()
		found = append(found, r)
	}
	return found
}

// ofBranches tells how the branches stand, where there is no forge.
func (l *look) ofBranches(ctx context.Context) []proposal {
	var found []proposal
	for branch, head := range l.branches {
		r, ok := l.begun(ctx, branch, head)
		if !ok {
			continue
		}
		_, known := l.known[branch]
		if r = l.ofBranch(r); known || r.waits() {
			found = append(found, r)
		}
	}
	for branch, r := range l.known {
		if _, there := l.branches[branch]; !there {
			found = append(found, l.ofBranch(r))
		}
	}
	return found
}

// ofBranch tells by a branch alone how its change stands.
func (l *look) ofBranch(r proposal) proposal {
	_, there := l.branches[r.Branch]
	switch {
	case l.carrier.merged(gitrepo.Hash(r.Commit)):
		r.State, r.Reason = PullRequestMerged, ""
	case !there:
		r.State, r.Reason = PullRequestClosed, ""
	default:
		r.State = PullRequestBranch
	}
	return r
}
