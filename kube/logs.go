package kube

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
)

// LogOptions say which part of a log is wanted.
type LogOptions struct {
	Tail     int64 // the last lines; 0 means all
	Follow   bool  // go on until the container ends
	Previous bool  // of the container's previous run
}

// Logs streams the log of a container. The caller closes it; the context ends it.
func (c *Cluster) Logs(ctx context.Context, namespace, pod, container string, o LogOptions) (io.ReadCloser, error) {
	query := url.Values{}
	if container != "" {
		query.Set("container", container)
	}
	if o.Tail > 0 {
		query.Set("tailLines", strconv.FormatInt(o.Tail, 10))
	}
	if o.Follow {
		query.Set("follow", "true")
	}
	if o.Previous {
		query.Set("previous", "true")
	}
	resp, err := c.send(ctx, request{
		method: http.MethodGet, path: podResource.path(namespace, pod) + "/log", query: query, accept: "*/*",
	})
	if err != nil {
		return nil, objectError(ID{Kind: "Pod", Namespace: namespace, Name: pod}, "read the log", err)
	}
	return resp.Body, nil
}
