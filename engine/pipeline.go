package engine

// Pipeline is what an environment with promote: auto waits for.
type Pipeline struct {
	// Looking is set until it has been found out for the first time.
	Looking bool
	// Updates are the images that would be promoted, and Left those that are
	// left out; there are none when nothing is to be promoted.
	Updates, Left []ImageUpdate
	Gates         []Gate
	// Trouble says why it cannot go on: the commit was refused, or nobody can
	// tell what it would be.
	Trouble string
}
