package kube

import (
	"fmt"
	"maps"
	"net/http"
	"sync"
	"time"
)

// Options say which cluster to talk to, and as whom.
type Options struct {
	// Kubeconfig is the file to read. Empty means the files of KUBECONFIG,
	// ~/.kube/config, or the service account of the pod evenkeel runs in.
	Kubeconfig string
	// Context is the kubeconfig context. Empty means the current one.
	Context string
	// UserAgent is the tool's name and version, "evenkeel/v1.2.3". It is what
	// the server's audit log shows and what ApplySet parents are stamped with.
	UserAgent string
}

// Cluster is a connection to one API server. It is safe for concurrent use.
type Cluster struct {
	source    source
	userAgent string
	discovery *discovery
	requests  counter

	mu       sync.Mutex
	conn     *connection
	reloaded time.Time
}

// Connect reads the configuration of a cluster. It sends no request, so a
// cluster that cannot be reached is noticed by the first use.
func Connect(o Options) (*Cluster, error) {
	src, err := newSource(o)
	if err != nil {
		return nil, err
	}
	c := &Cluster{source: src, userAgent: o.UserAgent}
	if c.userAgent == "" {
		c.userAgent = "evenkeel/v0.0.0"
	}
	c.discovery = newDiscovery(c)
	if c.conn, err = c.dial(); err != nil {
		return nil, err
	}
	return c, nil
}

// Server is the address of the API server.
func (c *Cluster) Server() string { return c.connection().base.String() }

// Context is the kubeconfig context that is used, or "" inside a pod.
func (c *Cluster) Context() string { return c.source.context }

// Requests counts the requests sent so far by verb. Watches count as "WATCH"
// and dry runs as "DRYRUN".
func (c *Cluster) Requests() map[string]int64 { return c.requests.snapshot() }

func (c *Cluster) connection() *connection {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.conn
}

// reloadInterval bounds how often the configuration is read again.
const reloadInterval = 2 * time.Second

// reload reads the configuration again after the server refused the
// credentials or could not be reached, and reports whether it changed: tokens
// and certificates are renewed on disk, and local clusters move to other ports.
func (c *Cluster) reload(failed *connection) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn != failed {
		return true
	}
	if time.Since(c.reloaded) < reloadInterval {
		return false
	}
	c.reloaded = time.Now()
	fresh, err := c.dial()
	if err != nil || fresh.fingerprint == failed.fingerprint {
		return false
	}
	c.conn = fresh
	failed.transport.CloseIdleConnections()
	return true
}

func (c *Cluster) dial() (*connection, error) {
	config, err := c.source.load()
	if err != nil {
		return nil, err
	}
	config.UserAgent = c.userAgent
	conn, err := newConnection(config, &c.requests)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.source, err)
	}
	return conn, nil
}

// counter counts requests by verb on their way out.
type counter struct {
	mu     sync.Mutex
	counts map[string]int64
}

func (n *counter) snapshot() map[string]int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return maps.Clone(n.counts)
}

func (n *counter) add(verb string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.counts == nil {
		n.counts = map[string]int64{}
	}
	n.counts[verb]++
}

// countingTransport sits below authentication, so that it sees every request
// that really leaves.
type countingTransport struct {
	next    http.RoundTripper
	counter *counter
}

func (t countingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	verb, query := r.Method, r.URL.Query()
	switch {
	case query.Has("watch"):
		verb = "WATCH"
	case query.Has("dryRun"):
		verb = "DRYRUN"
	}
	t.counter.add(verb)
	return t.next.RoundTrip(r)
}
