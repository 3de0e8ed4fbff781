package widget

import "github.com/evenkeel/evenkeel/engine"

// LastHealthy is the revision at which an environment was well before what it
// took last made it Degraded; empty when it is not Degraded, or was so before.
func LastHealthy(e *engine.Environment) string {
	if f := e.Failure(); f != nil {
		return f.Back
	}
	return ""
}
