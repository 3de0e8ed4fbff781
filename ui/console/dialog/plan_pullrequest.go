package dialog

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// proposal says in a line where the commit of a plan waits that is not pushed to
// the branch itself.
func (p *Plan) proposal(c widget.Canvas) []string {
	into := "the branch of the config repository"
	if p.snapshot != nil && p.snapshot.Repository.Branch != "" {
		into = ui.Clean(p.snapshot.Repository.Branch)
	}
	return paragraph(c, themes.Text, fmt.Sprintf("%sOne commit on the branch %s, and a pull request to %s. Nothing changes before that is merged.",
		p.origin(), ui.Clean(p.plan.Branch), into))
}

// proposed is the pull request that an execution has opened, as it stands now;
// nil when it opened none.
func (e *Execution) proposed() *engine.PullRequest {
	r := e.outcome.PullRequest
	if env := e.now(); r != nil && env != nil {
		if i := slices.IndexFunc(env.PullRequests, func(o engine.PullRequest) bool { return o.Branch == r.Branch && o.Number == r.Number }); i >= 0 {
			return &env.PullRequests[i]
		}
	}
	return r
}

// opened names a pull request.
func opened(r *engine.PullRequest) string {
	if r.State == engine.PullRequestBranch || r.Number == 0 {
		return "pushed the branch " + ui.Clean(r.Branch)
	}
	return fmt.Sprintf("opened the pull request #%d", r.Number)
}

// address is what one needs to find a pull request.
func address(r *engine.PullRequest) string { return ui.Clean(cmp.Or(r.URL, r.Branch)) }

// addressed says what address is.
func addressed(r *engine.PullRequest) string {
	if r.URL == "" {
		return "the name of the branch"
	}
	return "the address"
}

// layProposed tells of the pull request, and what comes next.
func (e *Execution) layProposed(c widget.Canvas, r *engine.PullRequest) []string {
	status := c.PullRequestStatus(r.State)
	out := paragraph(c, status.Role, status.String()+"  "+ui.Clean(r.Title))
	out = append(out, paragraph(c, themes.Text, address(r))...)
	if r.Reason != "" {
		out = append(out, paragraph(c, themes.Warning, ui.Clean(r.Reason))...)
	}
	next := ui.Clean(e.environment) + " changes once it is merged."
	switch r.State {
	case engine.PullRequestBranch:
		next = "No forge is known: open the pull request where the repository is. " + next
	case engine.PullRequestMerged:
		next = "It is merged. " + capital(cmp.Or(follows(e.snapshot, e.environment, e.keys), "the next sync brings it")) + "."
	case engine.PullRequestClosed:
		next = "It was closed, and nothing changes."
	}
	out = append(out, paragraph(c, themes.Dim, next)...)
	return append(out, paragraph(c, themes.Hint, e.keys.Key(keymap.Copy)+" copies "+addressed(r)+".")...)
}
