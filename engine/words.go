package engine

import "github.com/evenkeel/evenkeel/kube"

// ID is the identity of an object inside one environment.
type ID = kube.ID

// Drift says how one object differs between Git and the cluster.
type Drift string

// The drift of an object. Pending is shown only until the first verdict.
const (
	DriftPending  Drift = "Pending"
	DriftSynced   Drift = "Synced"
	DriftModified Drift = "Modified"
	DriftMissing  Drift = "Missing" // in Git, not live
	DriftExtra    Drift = "Extra"   // applied earlier, no longer in Git
)

// Health says how an object, or an environment as a whole, is doing. It is
// computed by kstatus and spelled in the words of package kube.
type Health = kube.Health

// The health of an object or an environment.
const (
	Healthy     = kube.Healthy
	Progressing = kube.Progressing
	Degraded    = kube.Degraded
	Suspended   = kube.Suspended
	Missing     = kube.Missing
	Unknown     = kube.Unknown
)

// SyncState says how an environment stands to its revision.
type SyncState string

// The sync states of an environment.
const (
	StateSynced    SyncState = "Synced"
	StateOutOfSync SyncState = "OutOfSync"
	StateSyncing   SyncState = "Syncing"
	StateSuspended SyncState = "Suspended"
	StateBlocked   SyncState = "Blocked" // needs a person
	StateUnknown   SyncState = "Unknown" // cannot be read
)

// Operation is what a plan does to one object.
type Operation string

// The operations of a plan.
const (
	Create Operation = "Create"
	Update Operation = "Update"
	Delete Operation = "Delete"
)

// Action names what an operator, or the automation, asked for.
type Action string

// The actions that can be planned.
const (
	ActionSync    Action = "sync"
	ActionSuspend Action = "suspend"
	ActionResume  Action = "resume"
)

// Result says what evenkeel did with a commit in the cluster of an environment.
type Result string

// What became of a commit. One of which nothing is known has no result: it is
// not in the cluster's record, which goes back some twenty syncs.
const (
	// ResultApplied: everything the commit asks for was applied, and nothing was
	// left out.
	ResultApplied Result = "Applied"
	// ResultPartly: a sync of chosen objects, or one that left a deletion for a
	// person to approve, succeeded.
	ResultPartly Result = "Partly"
	// ResultFailed: the sync ended early, or the server refused an object.
	ResultFailed Result = "Failed"
	// ResultUnchanged: the cluster was found to be as the commit says already.
	ResultUnchanged Result = "Unchanged"
)
