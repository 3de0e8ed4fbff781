package engine

// Renderings counts the earlier revisions that were rendered so far.
func (e *Engine) Renderings() int { return e.archive.Rendered() }
