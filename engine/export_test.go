package engine

import "time"

// Renderings counts the earlier revisions that were rendered so far.
func (e *Engine) Renderings() int { return e.archive.Rendered() }

// Hurry has the engine believe sooner what it sees. It is for one that does not
// run yet.
func (e *Engine) Hurry(proof, grace time.Duration) { e.waits = waits{proof: proof, grace: grace} }
