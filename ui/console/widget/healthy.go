package widget

import (
	"time"

	"github.com/evenkeel/evenkeel/engine"
)

// Failure is that what an environment's cluster took last has made it Degraded.
type Failure struct {
	Revision string // that it took
	Deployed time.Time
	// Back is the last revision at which it was well; empty when none is on record.
	Back string
}

// FailureOf is nil for an environment that is not Degraded, or was well with what
// it took last: then something else is the matter.
func FailureOf(e *engine.Environment) *Failure {
	if e.Health != engine.Degraded {
		return nil
	}
	var f *Failure
	for _, s := range e.Syncs {
		switch {
		case !s.Succeeded, !s.Whole && f != nil:
		case f == nil:
			if s.Health == engine.Healthy {
				return nil
			}
			f = &Failure{Revision: s.Revision, Deployed: s.Ended}
		case s.Health == engine.Healthy && s.Revision != f.Revision:
			f.Back = s.Revision
			return f
		}
	}
	return f
}

// LastHealthy is the revision at which an environment was well before what it
// took last made it Degraded; empty when it is not Degraded, or was so before.
func LastHealthy(e *engine.Environment) string {
	if f := FailureOf(e); f != nil {
		return f.Back
	}
	return ""
}

// Suffering is the object that makes an environment Degraded, one that has pods
// before others; nil when none does.
func Suffering(e *engine.Environment) *engine.Object {
	var found *engine.Object
	for _, o := range e.Objects {
		switch {
		case o.Health != engine.Degraded:
		case len(o.Containers) > 0:
			return o
		case found == nil:
			found = o
		}
	}
	return found
}
