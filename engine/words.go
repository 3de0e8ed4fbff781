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
	ActionApprove Action = "approve" // gives images another tag, in Git
	ActionUpdate  Action = "update"  // is what automation does in the place of approve
	ActionHold    Action = "hold"    // keeps images as they are, in Git
	ActionRelease Action = "release" // ends that

	ActionPromote  Action = "promote"  // gives images the tags that run where the environment promotes from
	ActionRollback Action = "rollback" // brings back what Git said at an earlier revision, by a new commit
)

// RollbackMode says how much of an earlier revision comes back.
type RollbackMode string

// The modes of a rollback.
const (
	// RollbackWhole makes the environment what it was at the revision: every
	// file that it read then is as it was.
	RollbackWhole RollbackMode = "whole"
	// RollbackImages brings back the images only, of all workloads or of the
	// objects that are named, where this environment alone says them.
	RollbackImages RollbackMode = "images"
	// RollbackRevert undoes what one commit has changed, and keeps what came
	// after it.
	RollbackRevert RollbackMode = "revert"
)

// Result says what became of a commit in the cluster of an environment, by the
// record that is kept there.
type Result string

// The results. A commit that the record does not tell of, because it is newer,
// or older than the last twenty syncs or so, has none.
const (
	ResultApplied   Result = "Applied"   // all it asks for was applied, and nothing left out
	ResultIncluded  Result = "Included"  // it was applied together with a later commit
	ResultUnchanged Result = "Unchanged" // the cluster was as it asks already
	ResultPartly    Result = "Partly"    // chosen objects were applied, or a deletion was left to a person
	ResultFailed    Result = "Failed"    // the server refused an object, or the sync ended early
)
