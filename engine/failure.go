package engine

import (
	"fmt"
	"time"
)

// Failure is that what an environment's cluster took last has made it Degraded.
type Failure struct {
	Revision string // that it took
	Deployed time.Time
	// Back is the last revision at which it was Healthy; empty when none is on
	// record.
	Back string
}

// Failure is nil for an environment that is not Degraded, or was well with what
// it took last: then something else is the matter.
func (e *Environment) Failure() *Failure {
	f, _ := failureOf(e.Health, e.Syncs)
	return f
}

// failureOf reads a record, which has the newest sync first. It is plain when
// nothing was well for long since the revision to go back to: otherwise something
// else than a revision may have been the matter.
func failureOf(health Health, syncs []Sync) (f *Failure, plain bool) {
	if health != Degraded {
		return nil, false
	}
	for _, s := range syncs {
		switch {
		case !s.Succeeded, !s.Whole && f != nil:
		case f == nil:
			if s.Health == Healthy || s.Proven {
				return nil, false
			}
			f, plain = &Failure{Revision: s.Revision, Deployed: s.Ended}, s.Whole
		case s.Health == Healthy && s.Revision != f.Revision:
			f.Back = s.Revision
			return f, plain
		default:
			plain = plain && !s.Proven
		}
	}
	return f, false
}

// Suffering is the object that makes an environment Degraded, one that has pods
// before others; nil when none does.
func (e *Environment) Suffering() *Object {
	var found *Object
	for _, o := range e.Objects {
		switch {
		case o.Health != Degraded || o.Ignored || o.Drift == DriftExtra:
		case len(o.Containers) > 0:
			return o
		case found == nil:
			found = o
		}
	}
	return found
}

// suffers names what makes the environment Degraded, and why it does.
func (e *Environment) suffers() string {
	if o := e.Suffering(); o != nil {
		return o.ID.String() + because(o.Message)
	}
	return ""
}

// degraded says of an environment that it is, since which revision if that
// brought it, and why.
func (e *Environment) degraded() string {
	text := "Degraded"
	if f := e.Failure(); f != nil {
		text += fmt.Sprintf(" since %.7s", f.Revision)
	}
	return text + because(e.suffers())
}
