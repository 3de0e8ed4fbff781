package engine

import (
	"context"
	"fmt"
	"io"

	"github.com/evenkeel/evenkeel/engine/drift"
	"github.com/evenkeel/evenkeel/kube"
)

// What a cluster tells of an object while it runs.
type (
	// ClusterEvent is something that the cluster reported about an object.
	ClusterEvent = kube.Event
	// Pod is one pod of a workload.
	Pod = kube.Pod
	// PodContainer is one container of a pod.
	PodContainer = kube.Container
)

// LogQuery asks for the log of one container.
type LogQuery struct {
	Environment string
	Namespace   string
	Pod         string
	Container   string // empty: the only one
	Tail        int64  // the last lines; 0 is all
	Follow      bool   // go on until the container ends
	Previous    bool   // of the container's previous run
}

// LiveYAML reads the whole live object, without the server's record of who set
// what, and with the values of a Secret hidden. It is empty when the object is
// not there.
func (e *Engine) LiveYAML(ctx context.Context, environment string, id ID) (string, error) {
	l, err := e.linkOf(environment)
	if err != nil {
		return "", err
	}
	o, err := l.cluster.Read(ctx, id)
	if o == nil || err != nil {
		return "", err
	}
	return drift.Whole(o), nil
}

// Events lists what the cluster reported about an object, and for a workload
// about its pods and what stands between: the newest last.
func (e *Engine) Events(ctx context.Context, environment string, id ID) ([]ClusterEvent, error) {
	l, err := e.linkOf(environment)
	if err != nil {
		return nil, err
	}
	return l.cluster.Events(ctx, id)
}

// Pods lists the pods of a workload, the oldest first; none for what is no
// workload.
func (e *Engine) Pods(ctx context.Context, environment string, id ID) ([]Pod, error) {
	l, err := e.linkOf(environment)
	if err != nil {
		return nil, err
	}
	return l.cluster.Pods(ctx, id)
}

// Logs streams the log of a container. The caller closes it; ctx ends it.
func (e *Engine) Logs(ctx context.Context, q LogQuery) (io.ReadCloser, error) {
	l, err := e.linkOf(q.Environment)
	if err != nil {
		return nil, err
	}
	return l.cluster.Logs(ctx, q.Namespace, q.Pod, q.Container, kube.LogOptions{Tail: q.Tail, Follow: q.Follow, Previous: q.Previous})
}

// linkOf returns the connection of an environment.
func (e *Engine) linkOf(environment string) (*link, error) {
	env, err := e.find(environment)
	if err != nil {
		return nil, err
	}
	l := env.link.Load()
	if l == nil {
		return nil, fmt.Errorf("%w: %s has no connection to its cluster", ErrNotReady, environment)
	}
	return l, nil
}
