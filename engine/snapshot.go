package engine

import (
	"time"

	"github.com/evenkeel/evenkeel/engine/config"
)

// Snapshot is the whole state at one moment. It is immutable: readers may keep
// it and pass it on, and share what it points to.
type Snapshot struct {
	// Number grows by one with each snapshot of an engine.
	Number int64
	// At is when the snapshot was taken.
	At           time.Time
	Repository   Repository
	Environments []*Environment // in the order of evenkeel.yaml
	Activity     []Event        // oldest first, the last of them only
	// Automation is true in an engine that syncs by itself, and false in one
	// that only looks (every command but the console and the demo).
	Automation bool
	// Registries are those that were asked, by host. There are none in an
	// engine that asks none.
	Registries []Registry
}

// Environment returns the environment of that name, or nil.
func (s *Snapshot) Environment(name string) *Environment {
	for _, e := range s.Environments {
		if e.Name == name {
			return e
		}
	}
	return nil
}

// Settled tells whether everything that can be known is known: each
// environment has verdicts for all its objects, or a reason why not.
func (s *Snapshot) Settled() bool {
	for _, e := range s.Environments {
		if !e.Settled {
			return false
		}
	}
	return true
}

// Repository is the state of the config repository.
type Repository struct {
	URL       string // without credentials
	Branch    string
	Head      string    // the newest commit known; empty before the first fetch
	FetchedAt time.Time // the last fetch that succeeded
	Fetching  bool
	Err       string // why the last fetch failed; empty when it did not
}

// Environment is the state of one environment.
type Environment struct {
	Name      string
	Context   string // kubeconfig context; empty is the current one
	Server    string // address of the API server; empty when not known
	Path      string
	Namespace string
	Auto      bool // sync: auto, which an engine with automation heeds
	Protected bool

	State   SyncState
	Health  Health
	Message string // what a person should know first; empty when all is well

	Revision        string // the revision that Objects are compared with
	AppliedRevision string // the last one that the cluster took whole
	// BrokenRevision is the head when it cannot be rendered; Revision is then
	// the last good one.
	BrokenRevision string
	Problems       []string // what is wrong with BrokenRevision, file and line first

	Counts  map[Drift]int
	Objects []*Object // sorted by kind, group, namespace, name
	// Waiting are the deletions that a person has to approve; each says why.
	Waiting []Change

	// Current is true while the live side is being watched, so that Objects are
	// what is there now. Otherwise AsOf says how old they are; it is zero when
	// the live side has never been read.
	Current bool
	AsOf    time.Time
	// Settled is true once every object has its verdict, or it is known why
	// none can be had.
	Settled bool

	// ImageMode says what happens to an update, and Images are all that Git names,
	// sorted by object and container, init containers first.
	ImageMode ImageMode
	// PromotesFrom is the environment whose images are promoted to this one;
	// empty when there is none.
	PromotesFrom string
	Images       []*Image
	// Holds are those that Git has, also of images that nothing runs any more,
	// and HoldsErr why they cannot be read: everything is held then.
	Holds    []Hold
	HoldsErr string
	// ImagesSettled is true once the registry of every image with a policy has
	// been asked, or has refused. It is never in an engine that asks none.
	ImagesSettled bool

	// Changes says how commits reach the branch, and PullRequests are those that
	// wait, and those that ended lately, the newest first.
	Changes      config.ChangeMode
	PullRequests []PullRequest
	// Verification is nil when the environment names none.
	Verification *Verification
	// Pipeline is nil when the environment does not promote by itself.
	Pipeline *Pipeline
	// RollsBack tells whether it goes back by itself when a sync made it Degraded.
	// It is false once that was left to a person: Message says why.
	RollsBack bool

	Suspension *Suspension
	Syncs      []Sync // newest first, from the cluster's own record
	Running    *Progress
}

// Object finds an object of the environment, or nil.
func (e *Environment) Object(id ID) *Object {
	for _, o := range e.Objects {
		if o.ID == id {
			return o
		}
	}
	return nil
}

// Differing counts the objects that are not as Git says.
func (e *Environment) Differing() int {
	return e.Counts[DriftModified] + e.Counts[DriftMissing] + e.Counts[DriftExtra]
}

// Object is the state of one object in one environment.
type Object struct {
	ID
	Version string // of the API, as Git writes it (or as it is served, when Extra)
	File    string // where Git says it; empty when Extra
	Line    int
	Drift   Drift
	Health  Health
	// Message explains drift or health: the server's words when it refused the
	// object, a pod's trouble, why an Extra object is kept.
	Message string
	// Failed is set when the last attempt to apply or delete the object was
	// refused; Message then says why.
	Failed bool
	// Ignored objects are neither applied, compared nor pruned.
	Ignored bool
	// Managed is false for a live object that was never applied by evenkeel.
	Managed bool
	// Application is what the object is a part of, by the labels that Kubernetes
	// recommends for it, or the label app; empty when it has none of them.
	Application string
	// Containers are those of a workload, init containers first.
	Containers []Container
	// ChangedBy is the field manager that was the last to set one of the fields
	// in which a Modified object differs, and ChangedAt when; they are empty when
	// that is not known.
	ChangedBy string
	ChangedAt time.Time
}

// Container is a container of a workload.
type Container struct {
	Name string
	Init bool
	// Desired and Live are the image references in Git and in the live object's
	// pod template; empty where the container is not there.
	Desired, Live string
}

// Suspension says that an environment is left alone, and why.
type Suspension struct {
	By     string
	Reason string
	At     time.Time
}

// Sync is one entry of an environment's record in its cluster.
type Sync struct {
	Revision       string
	Started, Ended time.Time
	Succeeded      bool
	Whole          bool // everything that Git named was applied, not a part of it
	Message        string
	Created        int
	Changed        int
	Deleted        int
	Unchanged      int
	Failed         int
	By             string
	Through        string // the newest of the later revisions that changed nothing; may be empty
	Corrected      int    // objects that were put right since
	// Health is what became of it while it was the newest: Healthy or Degraded;
	// empty when that was not seen.
	Health Health
	// Proven is set once it has been Healthy for a while.
	Proven bool
}

// Progress is an action being executed.
type Progress struct {
	Action  Action
	By      string
	Started time.Time
	Done    int
	Failed  int
	Total   int
}

// Event is a line of the activity log.
type Event struct {
	At          time.Time
	Environment string // empty for the repository
	Text        string
	Trouble     bool
}
