package engine

import (
	"context"
	"time"
)

// Deployment is a revision that an environment's cluster took, by the record
// that is kept there.
type Deployment struct {
	Commit
	Deployed time.Time
	// Until is when the next one replaced it; zero for the one that is there now.
	Until  time.Time
	Result Result
	// Health is how it went while it was the newest: Healthy, Degraded, or empty
	// when that was not seen.
	Health Health
	// Current is the one that the cluster has, and LastHealthy the newest before
	// it that was Healthy.
	Current, LastHealthy bool
	// Images are those that would change if the environment went back to it, from
	// what Git names now to what it named then.
	Images []ImageUpdate
	// Problem says why it cannot be gone back to; empty when it can.
	Problem string
}

// Deployments lists what an environment's cluster took, the newest first.
func (e *Engine) Deployments(ctx context.Context, environment string) ([]Deployment, error) {
	return nil, ErrNotReady
}
