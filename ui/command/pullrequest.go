package command

import (
	"fmt"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel/engine"
)

// printProposed writes in what an executed plan's commit waits.
func printProposed(p *printer, plan *engine.Plan, o *engine.Outcome) {
	r := o.PullRequest
	switch {
	case o.Note != "":
		p.line(span{o.Note, yellow})
	case r.Number != 0:
		p.line(span{fmt.Sprintf("opened pull request #%d", r.Number), bold}, span{": " + r.Title, plain})
	default:
		p.line(span{"pushed the branch " + r.Branch, bold}, span{": " + subjectOf(plan.Commit.Message), plain})
	}
	if r.URL != "" {
		p.line(span{r.URL, cyan})
		p.line(span{"next: merge it; " + plan.Environment + " follows", plain})
		return
	}
	p.line(span{"next: open a pull request of the branch, or merge it; " + plan.Environment + " follows", plain})
}

// printPullRequests writes a line for each request of an environment, and below it
// what keeps one.
func printPullRequests(p *printer, now time.Time, e *engine.Environment) {
	if len(e.PullRequests) == 0 {
		return
	}
	t := table{indent: 2}
	for i := range e.PullRequests {
		r := &e.PullRequests[i]
		t.add(pullRequestMark(r.State), text(pullRequestName(r)), text(r.Title), styled(ago(now, r.Updated), dim))
	}
	widths := t.widths()
	for i, r := range e.PullRequests {
		t.printRow(p, i, widths)
		if r.Reason != "" {
			p.line(span{"      " + r.Reason, yellow})
		}
		if r.URL != "" && r.State != engine.PullRequestMerged && r.State != engine.PullRequestClosed {
			p.line(span{"      " + r.URL, dim})
		}
	}
}

func pullRequestName(r *engine.PullRequest) string {
	if r.Number == 0 {
		return "branch " + r.Branch
	}
	return fmt.Sprintf("pull request #%d", r.Number)
}

// pullRequestMark is the state of a request as glyph and word.
func pullRequestMark(s engine.PullRequestState) cell {
	switch s {
	case engine.PullRequestMerged:
		return styled(glyphSame+" "+strings.ToLower(string(s)), green)
	case engine.PullRequestClosed:
		return styled(glyphDelete+" "+strings.ToLower(string(s)), dim)
	case engine.PullRequestUnknown:
		return styled(glyphNone+" "+strings.ToLower(string(s)), red)
	case engine.PullRequestBranch:
		return styled(glyphChange+" waits", yellow)
	}
	return styled(glyphChange+" "+strings.ToLower(string(s)), yellow)
}

func pullRequestDocument(r engine.PullRequest) pullRequestJSON {
	return pullRequestJSON{
		Number: r.Number, URL: r.URL, State: r.State, Reason: r.Reason, Title: r.Title, Author: r.Author, Action: r.Action,
		Branch: r.Branch, Commit: r.Commit, Created: known(r.Created), Updated: known(r.Updated),
	}
}
