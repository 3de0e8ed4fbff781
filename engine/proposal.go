package engine

import (
	"time"

	"github.com/evenkeel/evenkeel/engine/config"
)

// The ways in which a commit reaches the branch.
const (
	ChangePush        = config.ChangePush
	ChangePullRequest = config.ChangePullRequest
)

// PullRequestState says what became of a pull request.
type PullRequestState string

// The states of a pull request.
const (
	PullRequestOpen   PullRequestState = "Open"
	PullRequestMerged PullRequestState = "Merged"
	PullRequestClosed PullRequestState = "Closed" // without having been merged
	// PullRequestBranch is a branch that was pushed where no forge is known:
	// whoever merges it opens the pull request.
	PullRequestBranch PullRequestState = "Branch"
	// PullRequestUnknown is one that the forge cannot be asked about.
	PullRequestUnknown PullRequestState = "Unknown"
)

// PullRequest is a change of an environment that waits for being merged. GitLab
// calls it a merge request.
type PullRequest struct {
	Environment string
	Action      Action
	Branch      string
	Commit      string // the newest of the branch
	Title       string
	Author      string // "Name <email>" of the commit
	Number      int    // 0 without a forge
	URL         string // empty without a forge
	State       PullRequestState
	// Reason says what keeps it: a conflict, checks that fail; or why the forge
	// cannot be asked.
	Reason           string
	Created, Updated time.Time
}
