package forge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/go-github/v89/github"
)

// gitHub speaks with github.com and GitHub Enterprise Server.
type gitHub struct {
	client      *github.Client
	owner, name string
}

func newGitHub(f *Forge, o opener) (client, error) {
	options := []github.ClientOptionsFunc{github.WithHTTPClient(f.http), github.WithUserAgent(f.agent)}
	if o.secret != "" {
		options = append(options, github.WithAuthToken(o.secret))
	}
	if f.web.Host != "github.com" {
		options = append(options, github.WithEnterpriseURLs(f.web.String(), f.web.String()))
	}
	c, err := github.NewClient(options...)
	if err != nil {
		return nil, err
	}
	owner, name, _ := strings.Cut(f.project, "/")
	return &gitHub{client: c, owner: owner, name: name}, nil
}

func (g *gitHub) open(ctx context.Context, p Proposal) (PullRequest, error) {
	made, _, err := g.client.PullRequests.Create(ctx, g.owner, g.name, &github.NewPullRequest{
		Title: &p.Title, Body: &p.Body, Head: &p.Branch, Base: &p.Onto,
	})
	return g.pullRequest(made), g.explain(err)
}

func (g *gitHub) waiting(ctx context.Context) ([]PullRequest, error) {
	return g.list(ctx, github.PullRequestListOptions{State: "open"})
}

func (g *gitHub) from(ctx context.Context, branch string) ([]PullRequest, error) {
	return g.list(ctx, github.PullRequestListOptions{State: "all", Head: g.owner + ":" + branch})
}

func (g *gitHub) list(ctx context.Context, o github.PullRequestListOptions) ([]PullRequest, error) {
	o.PerPage = 100
	var all []PullRequest
	for range mostPages {
		page, response, err := g.client.PullRequests.List(ctx, g.owner, g.name, &o)
		if err != nil {
			return nil, g.explain(err)
		}
		for _, p := range page {
			if p.GetHead().GetRepo().GetID() == p.GetBase().GetRepo().GetID() { // the others are of forks
				all = append(all, g.pullRequest(p))
			}
		}
		if o.Page = response.NextPage; o.Page == 0 {
			break
		}
	}
	return all, nil
}

func (g *gitHub) get(ctx context.Context, number int) (PullRequest, error) {
	p, _, err := g.client.PullRequests.Get(ctx, g.owner, g.name, number)
	if err != nil {
		return PullRequest{}, g.explain(err)
	}
	found := g.pullRequest(p)
	if found.State == Open {
		found.Reason = g.reason(ctx, p)
	}
	return found, nil
}

// reason says what keeps an open pull request. The checks are asked for only when GitHub says that something is left.
func (g *gitHub) reason(ctx context.Context, p *github.PullRequest) string {
	switch p.GetMergeableState() {
	case "dirty":
		return conflicts(p.GetBase().GetRef())
	case "behind":
		return fmt.Sprintf("it is behind %s", p.GetBase().GetRef())
	case "unstable", "blocked":
		if failing := g.failing(ctx, p.GetHead().GetSHA()); len(failing) > 0 {
			return checksFail(failing)
		}
		if p.GetMergeableState() == "blocked" {
			return "a review or a check that the branch requires is missing"
		}
	}
	return ""
}

// failing are the checks that fail. What the token may not see of them is passed over: this is only to explain.
func (g *gitHub) failing(ctx context.Context, commit string) []string {
	var failing []string
	if status, _, err := g.client.Repositories.GetCombinedStatus(ctx, g.owner, g.name, commit, nil); err == nil {
		for _, s := range status.Statuses {
			if s.GetState() == "failure" || s.GetState() == "error" {
				failing = append(failing, s.GetContext())
			}
		}
	}
	if runs, _, err := g.client.Checks.ListCheckRunsForRef(ctx, g.owner, g.name, commit, nil); err == nil {
		for _, r := range runs.CheckRuns {
			switch r.GetConclusion() {
			case "failure", "timed_out", "cancelled", "action_required", "startup_failure":
				failing = append(failing, r.GetName())
			}
		}
	}
	return failing
}

func (g *gitHub) close(ctx context.Context, number int) error {
	closed := "closed"
	_, _, err := g.client.PullRequests.Edit(ctx, g.owner, g.name, number, &github.PullRequest{State: &closed})
	return g.explain(err)
}

func (g *gitHub) pullRequest(p *github.PullRequest) PullRequest {
	if p == nil {
		return PullRequest{}
	}
	found := PullRequest{
		Number: p.GetNumber(), URL: p.GetHTMLURL(), Title: p.GetTitle(), State: Closed,
		Branch: p.GetHead().GetRef(), Commit: p.GetHead().GetSHA(),
		Created: p.GetCreatedAt().Time, Updated: p.GetUpdatedAt().Time,
	}
	switch {
	case p.GetState() == "open":
		found.State = Open
	case !p.GetMergedAt().IsZero():
		found.State = Merged
	}
	return found
}

func (g *gitHub) explain(err error) error {
	var limited *github.RateLimitError
	var abused *github.AbuseRateLimitError
	var said *github.ErrorResponse
	switch {
	case errors.As(err, &limited):
		return &refusal{429, limited.Message}
	case errors.As(err, &abused):
		return &refusal{429, abused.Message}
	case errors.As(err, &said) && said.Response != nil:
		words := []string{said.Message}
		for _, e := range said.Errors {
			words = append(words, cmp.Or(e.Message, strings.TrimSpace(e.Resource+" "+e.Field+" "+e.Code)))
		}
		return &refusal{said.Response.StatusCode, strings.Join(words, ": ")}
	}
	return err
}
