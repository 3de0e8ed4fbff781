package command

import (
	"time"

	"github.com/evenkeel/evenkeel/engine"
)

// planJSON is the document of every command with --plan.
type planJSON struct {
	Action         engine.Action       `json:"action"`
	Environment    string              `json:"environment"`
	BaseRevision   string              `json:"baseRevision"`
	Stale          bool                `json:"stale"`
	Protected      bool                `json:"protected"`
	Commit         *commitJSON         `json:"commit"`  // null when the plan makes none
	Updates        []updateJSON        `json:"updates"` // images that the commit changes
	Left           []updateJSON        `json:"left"`    // that a promotion could bring and does not
	Source         string              `json:"source"`  // the environment that a promotion comes from
	SourceRevision string              `json:"sourceRevision"`
	Revision       string              `json:"revision"`     // what was asked for: that a rollback goes back to
	Mode           engine.RollbackMode `json:"mode"`         // of a rollback
	Files          []promotableJSON    `json:"files"`        // that a promotion could copy whole
	OnlyInSource   []identityJSON      `json:"onlyInSource"` // workloads that a promotion has no place for
	Shared         []sharedJSON        `json:"shared"`       // files of a rollback that others read too
	Overlay        bool                `json:"overlay"`      // and that it leaves alone
	Sync           bool                `json:"sync"`         // what is committed is synced at once; changes are then the cluster's
	Branch         string              `json:"branch"`       // where the commit waits for a pull request; "" when it goes to the branch itself
	SignOff        bool                `json:"signOff"`      // it agrees to what it shows, and changes no file
	SignOffs       []signOffJSON       `json:"signOffs"`     // who has agreed, the oldest first
	Hold           bool                `json:"hold"`         // and keeps as they are then
	Reason         string              `json:"reason"`
	Changes        []changeJSON        `json:"changes"`
	Waiting        []changeJSON        `json:"waiting"`        // deletions that a person has to approve
	Contested      []changeJSON        `json:"contested"`      // left out: somebody else has the object
	BrokenRevision string              `json:"brokenRevision"` // the head, when it cannot be rendered; the plan is then for an older one
	Problems       []string            `json:"problems"`       // what is wrong with it
	Unchanged      int                 `json:"unchanged"`
	Gates          []gateJSON          `json:"gates"`
}

// commitJSON is the commit that a plan would make.
type commitJSON struct {
	Message string     `json:"message"`
	Author  string     `json:"author"`
	Files   []fileJSON `json:"files"`
}

// fileJSON is a file that a commit changes.
type fileJSON struct {
	Path      string           `json:"path"`
	Operation engine.Operation `json:"operation"`
	Diff      string           `json:"diff"`   // unified
	Hidden    string           `json:"hidden"` // why there is no diff
}

// promotableJSON is a file of the source that a promotion could copy whole.
type promotableJSON struct {
	fileJSON        // as it would be changed; path is where it comes to
	Name     string `json:"name"` // below the paths of both environments
	From     string `json:"from"`
	Picked   bool   `json:"picked"`
	Reason   string `json:"reason"` // why it cannot be copied
}

// sharedJSON is a file that other environments read too.
type sharedJSON struct {
	Path         string   `json:"path"`
	Environments []string `json:"environments"`
}

// signOffJSON is that somebody agreed to what a plan changes.
type signOffJSON struct {
	Name   string     `json:"name"`
	Email  string     `json:"email"`
	At     *time.Time `json:"at"`
	Commit string     `json:"commit"`
}

// updateJSON is an image that gets another tag.
type updateJSON struct {
	Group      string     `json:"group"`
	Kind       string     `json:"kind"`
	Namespace  string     `json:"namespace"`
	Workload   string     `json:"workload"`
	Container  string     `json:"container"`
	Repository string     `json:"repository"`
	From       string     `json:"from"`
	To         string     `json:"to"`
	Along      bool       `json:"along"`  // not asked for, but written in the same place
	Behind     int        `json:"behind"` // allowed tags from the one up to the other
	Built      *time.Time `json:"built"`
	Source     string     `json:"source"` // by the image's labels, as are the next two
	Revision   string     `json:"revision"`
	Version    string     `json:"version"`
	Platforms  []string   `json:"platforms"`
	Size       int64      `json:"size"`    // bytes to pull; 0 when not known
	Ran        *ranJSON   `json:"ran"`     // null when it runs nowhere before
	Reason     string     `json:"reason"`  // why a promotion leaves it out
	Differs    []string   `json:"differs"` // what else of the workload differs from the source
}

// ranJSON is how an image fares in the environment that it comes from.
type ranJSON struct {
	Environment string        `json:"environment"`
	Since       *time.Time    `json:"since"`
	Pods        int           `json:"pods"`
	Ready       int           `json:"ready"`
	Restarts    int           `json:"restarts"`
	Health      engine.Health `json:"health"`
}

// changeJSON is what a plan does to one object.
type changeJSON struct {
	Environment string `json:"environment"`
	identityJSON
	Operation engine.Operation `json:"operation"`
	File      string           `json:"file"`
	Line      int              `json:"line"`
	Reason    string           `json:"reason"`
	Refused   bool             `json:"refused"`
	Fields    []fieldJSON      `json:"fields"`
}

// gateJSON is a condition of a plan.
type gateJSON struct {
	Name       string     `json:"name"`
	Met        bool       `json:"met"`
	Reason     string     `json:"reason"`
	MetAt      *time.Time `json:"metAt"`
	Overridden bool       `json:"overridden"` // passed over although it is not met, for the plan's reason
}

// executedJSON is the document of a command that executed its plan.
type executedJSON struct {
	Plan    planJSON     `json:"plan"`
	Outcome *outcomeJSON `json:"outcome"` // null when there was nothing to do
}

// outcomeJSON is how an executed plan ended.
type outcomeJSON struct {
	Action      engine.Action    `json:"action"`
	Environment string           `json:"environment"`
	Revision    string           `json:"revision"`
	Commit      string           `json:"commit"`      // that was made; "" when none was
	Note        string           `json:"note"`        // that somebody else had done the same
	PullRequest *pullRequestJSON `json:"pullRequest"` // what the commit waits in; null when it was pushed to the branch itself
	By          string           `json:"by"`
	Started     *time.Time       `json:"started"`
	Ended       *time.Time       `json:"ended"`
	Steps       []stepJSON       `json:"steps"`
	Error       string           `json:"error"` // why it ended early
}

// stepJSON is one thing that was done.
type stepJSON struct {
	identityJSON
	Operation engine.Operation `json:"operation"`
	Error     string           `json:"error"` // the server's words
	Unchanged bool             `json:"unchanged"`
}
