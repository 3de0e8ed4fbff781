package forge

import (
	"context"
	"strings"
	"time"

	"code.gitea.io/sdk/gitea"
)

// giteaServer speaks with Gitea and Forgejo.
type giteaServer struct {
	client      *gitea.Client
	owner, name string
}

// newGitea makes a client for one question: the library keeps the context in it.
func newGitea(f *Forge, o opener) (client, error) {
	options := []gitea.ClientOption{
		gitea.SetHTTPClient(f.http), gitea.SetUserAgent(f.agent),
		gitea.SetGiteaVersion(""), // it need not be asked: all that is used here is old
	}
	switch {
	case o.username != "":
		options = append(options, gitea.SetBasicAuth(o.username, o.secret))
	case o.secret != "":
		options = append(options, gitea.SetToken(o.secret))
	}
	c, err := gitea.NewClient(f.web.String(), options...)
	if err != nil {
		return nil, err
	}
	owner, name, _ := strings.Cut(f.project, "/")
	return &giteaServer{client: c, owner: owner, name: name}, nil
}

func (g *giteaServer) open(ctx context.Context, p Proposal) (PullRequest, error) {
	g.client.SetContext(ctx)
	made, response, err := g.client.CreatePullRequest(g.owner, g.name, gitea.CreatePullRequestOption{
		Title: p.Title, Body: p.Body, Head: p.Branch, Base: p.Onto,
	})
	if err != nil {
		return PullRequest{}, g.explain(response, err)
	}
	return g.pullRequest(made), nil
}

func (g *giteaServer) waiting(ctx context.Context) ([]PullRequest, error) {
	return g.list(ctx, gitea.StateOpen)
}

// from looks through the newest: a branch cannot be asked for.
func (g *giteaServer) from(ctx context.Context, branch string) ([]PullRequest, error) {
	all, err := g.list(ctx, gitea.StateAll)
	var found []PullRequest
	for _, p := range all {
		if p.Branch == branch {
			found = append(found, p)
		}
	}
	return found, err
}

func (g *giteaServer) list(ctx context.Context, state gitea.StateType) ([]PullRequest, error) {
	g.client.SetContext(ctx)
	o := gitea.ListPullRequestsOptions{State: state, ListOptions: gitea.ListOptions{Page: 1, PageSize: 50}}
	var all []PullRequest
	for range mostPages {
		page, response, err := g.client.ListRepoPullRequests(g.owner, g.name, o)
		if err != nil {
			return nil, g.explain(response, err)
		}
		for _, p := range page {
			if p.Head != nil && p.Base != nil && p.Head.RepoID == p.Base.RepoID { // the others are of forks
				all = append(all, g.pullRequest(p))
			}
		}
		if o.Page = response.NextPage; o.Page == 0 {
			break
		}
	}
	return all, nil
}

func (g *giteaServer) get(ctx context.Context, number int) (PullRequest, error) {
	g.client.SetContext(ctx)
	p, err := g.settled(ctx, number)
	if err != nil {
		return PullRequest{}, err
	}
	found := g.pullRequest(p)
	if found.State != Open {
		return found, nil
	}
	if !p.Mergeable && !p.Draft {
		found.Reason = conflicts(p.Base.Ref)
		return found, nil
	}
	var failing []string
	// What the token may not see of the checks is passed over: this is only to explain.
	if status, _, err := g.client.GetCombinedStatus(g.owner, g.name, found.Commit); err == nil {
		for _, s := range status.Statuses {
			if s.State == gitea.StatusFailure || s.State == gitea.StatusError {
				failing = append(failing, s.Context)
			}
		}
	}
	if len(failing) > 0 {
		found.Reason = checksFail(failing)
	}
	return found, nil
}

// Gitea says of a pull request that it cannot be merged also while it finds that out.
const (
	mergeableTries = 4
	mergeableWait  = 500 * time.Millisecond
)

// settled is a pull request of which it is known whether it can be merged.
func (g *giteaServer) settled(ctx context.Context, number int) (*gitea.PullRequest, error) {
	for try := 1; ; try++ {
		p, response, err := g.client.GetPullRequest(g.owner, g.name, int64(number))
		if err != nil {
			return nil, g.explain(response, err)
		}
		if p.Mergeable || p.Draft || p.State != gitea.StateOpen || try == mergeableTries {
			return p, nil
		}
		select {
		case <-time.After(mergeableWait):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (g *giteaServer) close(ctx context.Context, number int) error {
	g.client.SetContext(ctx)
	closed := gitea.StateClosed
	_, response, err := g.client.EditPullRequest(g.owner, g.name, int64(number), gitea.EditPullRequestOption{State: &closed})
	if err != nil {
		return g.explain(response, err)
	}
	return nil
}

func (g *giteaServer) pullRequest(p *gitea.PullRequest) PullRequest {
	found := PullRequest{Number: int(p.Index), URL: p.HTMLURL, Title: p.Title, State: Closed}
	if p.Head != nil {
		// The label stays when the branch has gone.
		found.Branch, found.Commit = p.Head.Name, p.Head.Sha
	}
	if p.Created != nil {
		found.Created, found.Updated = *p.Created, *p.Created
	}
	if p.Updated != nil {
		found.Updated = *p.Updated
	}
	switch {
	case p.HasMerged:
		found.State = Merged
	case p.State == gitea.StateOpen:
		found.State = Open
	}
	return found
}

func (g *giteaServer) explain(response *gitea.Response, err error) error {
	if response != nil && response.Response != nil && response.StatusCode >= 300 {
		return &refusal{response.StatusCode, err.Error()}
	}
	return err
}
