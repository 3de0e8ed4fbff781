package widget

import "github.com/evenkeel/evenkeel/engine"

// LastHealthy is the revision at which an environment was well before what it
// took last made it Degraded; empty when it is not Degraded, or was so before.
func LastHealthy(e *engine.Environment) string {
	if e.Health != engine.Degraded {
		return ""
	}
	newest := ""
	for _, s := range e.Syncs {
		switch {
		case !s.Succeeded, !s.Whole && newest != "":
		case newest == "":
			newest = s.Revision
			if s.Health == engine.Healthy {
				return "" // it was well with it, so something else is the matter
			}
		case s.Health == engine.Healthy && s.Revision != newest:
			return s.Revision
		}
	}
	return ""
}
