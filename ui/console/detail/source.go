package detail

import (
	"context"
	"io"

	"github.com/evenkeel/evenkeel/engine"
)

// Source answers what is asked about the things that are shown.
type Source interface {
	Inspect(ctx context.Context, environment string, id engine.ID) (*engine.Inspection, error)
	Explain(ctx context.Context, in *engine.Inspection) (*engine.Inspection, error)
	LiveYAML(ctx context.Context, environment string, id engine.ID) (string, error)
	Events(ctx context.Context, environment string, id engine.ID) ([]engine.ClusterEvent, error)
	Pods(ctx context.Context, environment string, id engine.ID) ([]engine.Pod, error)
	Logs(ctx context.Context, q engine.LogQuery) (io.ReadCloser, error)
	Revision(ctx context.Context, environment, hash string) (*engine.Revision, error)
	Moment(ctx context.Context, at engine.At) (*engine.Moment, error)
	Deployments(ctx context.Context, environment string) ([]engine.Deployment, error)
	Candidates(ctx context.Context, environment string, object engine.ID, container string) (*engine.Candidates, error)
	LookUp(ctx context.Context, environment, repository string, tags []string) ([]engine.Tag, error)
}
