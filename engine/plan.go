package engine

import (
	"errors"
	"time"

	"github.com/evenkeel/evenkeel/engine/drift"
)

// Errors of planning and executing; use errors.Is.
var (
	// ErrStale is returned for a plan whose ground has moved: what it was
	// computed from has changed since. Plan again and look again.
	ErrStale = errors.New("the plan is stale")
	// ErrBusy is returned while another action runs in the environment.
	ErrBusy = errors.New("another action is running")
	// ErrGate is returned when a gate of the plan is not met.
	ErrGate = errors.New("a gate is not met")
	// ErrNothing is returned when there is nothing to be done: Git says already
	// what was asked for.
	ErrNothing = errors.New("nothing to do")
	// ErrNotReady is returned when the environment cannot be read, so nothing
	// can be said of what an action would do.
	ErrNotReady = errors.New("the environment cannot be read")
)

// Request is what somebody wants done.
type Request struct {
	Action      Action
	Environment string
	// Revision to compare with or sync to; empty is what the environment
	// follows. Another one can be planned, to see, but not executed.
	Revision string
	// Objects narrows a sync to these; empty is all.
	Objects []ID
	// Prune approves the deletions that wait for a person.
	Prune bool
	// TakeOver approves that the environment takes a record in the cluster that
	// is kept for another repository or path.
	TakeOver bool
	// Images are what an approval, a hold or a release is about. A hold or a
	// release without any is of the whole environment.
	Images []ImagePick
	// Hold makes an approval keep the images at what it gives them.
	Hold bool
	// Mode is how a rollback to Revision is meant; empty is RollbackWhole.
	Mode RollbackMode
	// Override names gates that are passed over although they are not met. It
	// needs a Reason, and both go into the commit.
	Override []string
	Reason   string
	// SignOff agrees to a promotion or an approval in the place of making it: the
	// commit changes no file, and counts for the gate of the approvals.
	SignOff bool
	// Files are those that a promotion copies whole from the source's path to the
	// environment's, relative to both. With Files and without Images it brings the
	// files alone.
	Files []string
	// Overlay makes a whole rollback leave the files alone that other
	// environments read too, and say in the environment's own directory what
	// differs.
	Overlay bool
	// Sync has what is committed synced at once, in an environment that waits for
	// a person with it. Changes are then what the cluster undergoes.
	Sync bool
	// Wait says that whoever asks stays until what is synced has been rolled out
	// and verified.
	Wait bool
	By   string // who asks, for the record

	automatic bool // nobody asks: evenkeel promotes or rolls back by itself
	// failed is the revision that a rollback goes back from by itself.
	failed string
}

// byItself tells what evenkeel does without being asked.
func (r *Request) byItself() bool { return r.Action == ActionUpdate || r.automatic }

// Plan is what a request would do, computed before it is done.
type Plan struct {
	Request
	// BaseRevision is the revision that the plan was computed from.
	BaseRevision string
	// BrokenRevision is the head when it cannot be rendered, and Problems why:
	// the plan is then for the last good revision.
	BrokenRevision string
	Problems       []string
	Protected      bool // executing deletions asks for the environment's name
	Changes        []Change
	// Waiting are deletions that the plan leaves out because a person has to
	// approve them; each says why in Reason.
	Waiting []Change
	// Contested are objects that Git names and that the plan leaves out because
	// another environment, or another ApplySet, has them; each says who in
	// Reason.
	Contested []Change
	// Unchanged counts the objects that are already as Git says.
	Unchanged int
	Gates     []Gate
	// Commit is what is written to Git, and nil for an action that leaves it
	// alone. Changes then are what becomes of the desired state: Live is before
	// the commit, Desired after.
	Commit *PlannedCommit
	// Updates are the images that the commit changes.
	Updates []ImageUpdate
	// Left are the images that a promotion could bring and does not, each with
	// its Reason: those that are not healthy in the source, and those that were
	// not picked.
	Left []ImageUpdate
	// OnlyInSource are the workloads that the source of a promotion has and the
	// environment has not: they are told, and cannot be picked.
	OnlyInSource []ID
	// Source is the environment that a promotion comes from, and SourceRevision
	// what it stands at.
	Source, SourceRevision string
	// Files are those that a promotion could copy whole, the picked ones among
	// them.
	Files []PromotableFile
	// Shared are the files that a whole rollback brings back and that other
	// environments read too.
	Shared []SharedFile
	// SignOffs are who has agreed to just this change, the oldest first.
	SignOffs []SignOff
	// Branch is where the commit is pushed when it needs a pull request; empty
	// when it goes to the branch of the config repository.
	Branch string

	fabric *fabric
	owns   bool // executing it takes over another source's record
}

// Count returns how many changes of one operation the plan holds.
func (p *Plan) Count(op Operation) int {
	n := 0
	for _, c := range p.Changes {
		if c.Operation == op {
			n++
		}
	}
	return n
}

// Empty tells whether executing the plan would change no object.
func (p *Plan) Empty() bool { return len(p.Changes) == 0 && p.Action == ActionSync }

// Change is what a plan does to one object.
type Change struct {
	Environment string
	ID
	Operation Operation
	Fields    []FieldChange
	// Diff is a unified diff from live to desired of what Git names, in YAML,
	// the values of Secrets hidden.
	Diff string
	// Live and Desired are the two texts of which Diff shows the difference.
	Live, Desired string
	// Reason says why the server would refuse the change (Refused), or why a
	// deletion waits for a person.
	Reason  string
	Refused bool
	File    string
	Line    int
}

// FieldChange is one differing field, with who set it on both sides.
type FieldChange struct {
	drift.Field
	// Commit is the commit that gave the field the value it has in Git; zero
	// when that was not looked for or lies further back than was searched.
	Commit *Commit
}

// Gate is a condition that a plan must meet.
type Gate struct {
	Name   string
	Met    bool
	Reason string
	MetAt  time.Time // when it will be met; zero when that cannot be said
	// Overridden is set when the request passes over a gate that is not met.
	Overridden bool
}

// PromotableFile is a file of the source that a promotion can copy whole.
type PromotableFile struct {
	// FileChange is what the copy would change: Path is where the file comes to.
	FileChange
	// Name is the file relative to the paths of both environments, and From where
	// it comes from, relative to the repository.
	Name, From string
	Picked     bool
	// Reason says why it cannot be copied; empty when it can.
	Reason string
}

// SharedFile is a file that several environments read.
type SharedFile struct {
	Path         string
	Environments []string // the others
}

// SignOff is that somebody agreed to a change.
type SignOff struct {
	Name, Email string
	At          time.Time
	Commit      string
}

// Step is one thing done while a plan is executed.
type Step struct {
	ID
	Operation Operation
	Err       string // the server's words when it was refused
	Took      time.Duration
	// Unchanged is set when the server found nothing to change.
	Unchanged bool
	// Replaced are the fields that an automatic sync took back from others.
	Replaced []drift.Field
}

// Outcome is how an executed plan ended.
type Outcome struct {
	Action      Action
	Environment string
	Revision    string
	By          string
	// Commit is the one that was made; empty when none was. Note says what a
	// person should know of it: that another had done the same before.
	Commit, Note string
	// PullRequest is what the commit waits in; nil when it was pushed to the
	// branch itself.
	PullRequest    *PullRequest
	Started, Ended time.Time
	Steps          []Step
	Err            string // why it ended early; empty when it ran to its end
}

// Failed counts the steps that were refused.
func (o *Outcome) Failed() int {
	n := 0
	for _, s := range o.Steps {
		if s.Err != "" {
			n++
		}
	}
	return n
}

// Succeeded tells whether everything that was planned was done.
func (o *Outcome) Succeeded() bool { return o.Err == "" && o.Failed() == 0 }

// Commit is a commit of the config repository as people need to see it.
type Commit struct {
	Hash    string
	Author  string
	Email   string
	Time    time.Time
	Subject string
}
