package forge

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	gitlab "gitlab.com/gitlab-org/api/client-go"
)

// gitLab speaks with gitlab.com and GitLab of one's own.
type gitLab struct {
	client  *gitlab.Client
	project string
}

// unhurried lets every question go at once: there are few, and GitLab says when there were too many.
type unhurried struct{}

// Wait waits for nothing.
func (unhurried) Wait(context.Context) error { return nil }

// bearer is a token in the header that is left out of a request which was sent on to somebody else. It may be empty.
type bearer string

// Init has nothing to do.
func (bearer) Init(context.Context, *gitlab.Client) error { return nil }

// Header opens GitLab, or asks for what everybody may see.
func (b bearer) Header(context.Context) (key, value string, err error) {
	if b == "" {
		return "Accept", "application/json", nil
	}
	return "Authorization", "Bearer " + string(b), nil
}

func newGitLab(f *Forge, o opener) (client, error) {
	c, err := gitlab.NewAuthSourceClient(bearer(o.secret), gitlab.WithBaseURL(f.web.String()), gitlab.WithHTTPClient(f.http), gitlab.WithoutRetries(),
		gitlab.WithUserAgent(f.agent), gitlab.WithCustomLimiter(unhurried{}), gitlab.WithURLWarningLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		return nil, err
	}
	return &gitLab{client: c, project: f.project}, nil
}

func (g *gitLab) open(ctx context.Context, p Proposal) (PullRequest, error) {
	made, response, err := g.client.MergeRequests.CreateMergeRequest(g.project, &gitlab.CreateMergeRequestOptions{
		Title: &p.Title, Description: &p.Body, SourceBranch: &p.Branch, TargetBranch: &p.Onto,
	}, gitlab.WithContext(ctx))
	if err != nil {
		return PullRequest{}, g.explain(response, err)
	}
	return g.pullRequest(&made.BasicMergeRequest), nil
}

func (g *gitLab) waiting(ctx context.Context) ([]PullRequest, error) {
	return g.list(ctx, gitlab.ListProjectMergeRequestsOptions{State: gitlab.Ptr("opened")})
}

func (g *gitLab) from(ctx context.Context, branch string) ([]PullRequest, error) {
	return g.list(ctx, gitlab.ListProjectMergeRequestsOptions{SourceBranch: &branch})
}

func (g *gitLab) list(ctx context.Context, o gitlab.ListProjectMergeRequestsOptions) ([]PullRequest, error) {
	o.PerPage = 100
	var all []PullRequest
	for range mostPages {
		page, response, err := g.client.MergeRequests.ListProjectMergeRequests(g.project, &o, gitlab.WithContext(ctx))
		if err != nil {
			return nil, g.explain(response, err)
		}
		for _, m := range page {
			if m.SourceProjectID == m.TargetProjectID { // the others are of forks
				all = append(all, g.pullRequest(m))
			}
		}
		if o.Page = response.NextPage; o.Page == 0 {
			break
		}
	}
	return all, nil
}

func (g *gitLab) get(ctx context.Context, number int) (PullRequest, error) {
	m, response, err := g.client.MergeRequests.GetMergeRequest(g.project, int64(number), nil, gitlab.WithContext(ctx))
	if err != nil {
		return PullRequest{}, g.explain(response, err)
	}
	found := g.pullRequest(&m.BasicMergeRequest)
	if found.State != Open {
		return found, nil
	}
	switch {
	case m.HasConflicts || m.DetailedMergeStatus == "conflict":
		found.Reason = conflicts(m.TargetBranch)
	case m.HeadPipeline != nil && (m.HeadPipeline.Status == "failed" || m.HeadPipeline.Status == "canceled"):
		found.Reason = "its pipeline " + m.HeadPipeline.Status
	case m.DetailedMergeStatus == "need_rebase":
		found.Reason = "it is behind " + m.TargetBranch
	case m.DetailedMergeStatus == "not_approved":
		found.Reason = "an approval that the project requires is missing"
	}
	return found, nil
}

func (g *gitLab) close(ctx context.Context, number int) error {
	_, response, err := g.client.MergeRequests.UpdateMergeRequest(g.project, int64(number), &gitlab.UpdateMergeRequestOptions{
		StateEvent: gitlab.Ptr("close"),
	}, gitlab.WithContext(ctx))
	return g.explain(response, err)
}

func (g *gitLab) pullRequest(m *gitlab.BasicMergeRequest) PullRequest {
	found := PullRequest{
		Number: int(m.IID), URL: m.WebURL, Title: m.Title, State: Closed, Branch: m.SourceBranch, Commit: m.SHA,
	}
	if m.CreatedAt != nil {
		found.Created, found.Updated = *m.CreatedAt, *m.CreatedAt
	}
	if m.UpdatedAt != nil {
		found.Updated = *m.UpdatedAt
	}
	switch m.State {
	case "opened", "locked": // locked: it is being merged
		found.State = Open
	case "merged":
		found.State = Merged
	}
	return found
}

func (g *gitLab) explain(response *gitlab.Response, err error) error {
	var said *gitlab.ErrorResponse
	switch {
	case err == nil:
		return nil
	case errors.Is(err, gitlab.ErrNotFound):
		return &refusal{http.StatusNotFound, "GitLab knows no such project"}
	case errors.As(err, &said) && said.Response != nil:
		return &refusal{said.Response.StatusCode, said.Message}
	case response != nil && response.Response != nil && response.StatusCode >= 300:
		return &refusal{response.StatusCode, err.Error()}
	}
	return err
}
