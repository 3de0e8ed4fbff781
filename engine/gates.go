package engine

import (
	"fmt"
	"slices"
)

// The names of the gates of a sync.
const (
	// GateNotSuspended is met by an environment that nobody has suspended.
	GateNotSuspended = "not suspended"
	// GateOwnRecord is met when the record in the cluster is kept for this
	// repository and path, or the request approves to take it over.
	GateOwnRecord = "own record"
)

// gates are the conditions that a sync has to meet; those that hold as a matter
// of course are not told.
func (e *Engine) gates(env *environment, takeOver bool) []Gate {
	var gates []Gate
	if s := env.record.Suspended; s != nil {
		gates = append(gates, Gate{Name: GateNotSuspended, Reason: fmt.Sprintf("suspended by %s%s; resume it first", s.By, because(s.Reason))})
	}
	if reason := e.foreign(env); reason != "" {
		gates = append(gates, Gate{Name: GateOwnRecord, Met: takeOver, Reason: reason})
	}
	return gates
}

// contestants lists the objects that cannot be applied because somebody else
// has them.
func (env *environment) contestants() []Change {
	var contested []Change
	for id, o := range env.objects {
		if o.want == nil || o.want.ignore || o.shown == nil || env.contested(o) == "" {
			continue
		}
		c := Change{Environment: env.spec.Name, ID: id, Operation: Update, File: o.want.file, Line: o.want.line, Reason: o.shown.Message}
		if o.live == nil {
			c.Operation = Create
		}
		contested = append(contested, c)
	}
	slices.SortFunc(contested, func(a, b Change) int { return a.ID.Compare(b.ID) })
	return contested
}
