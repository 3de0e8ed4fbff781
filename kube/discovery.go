package kube

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// resource is how the server serves one version of a kind.
type resource struct {
	gvk        schema.GroupVersionKind
	plural     string
	namespaced bool
}

// path is the address of a collection, or of one object in it.
func (r resource) path(namespace, name string) string {
	parts := []string{"api", r.gvk.Version}
	if r.gvk.Group != "" {
		parts = []string{"apis", r.gvk.Group, r.gvk.Version}
	}
	if r.namespaced && namespace != "" {
		parts = append(parts, "namespaces", namespace)
	}
	parts = append(parts, r.plural)
	if name != "" {
		parts = append(parts, name)
	}
	return strings.Join(parts, "/")
}

// unknownKindError is a kind, or a version of one, that the server does not serve.
type unknownKindError struct {
	gvk    schema.GroupVersionKind
	served []string
}

func (e *unknownKindError) Error() string {
	if len(e.served) > 0 {
		return fmt.Sprintf("the cluster does not serve %s in version %s: it has %s",
			e.gvk.GroupKind(), e.gvk.Version, strings.Join(e.served, ", "))
	}
	return fmt.Sprintf("the cluster does not know the kind %s", e.gvk.GroupKind())
}

// missInterval bounds how often a kind that is not known makes evenkeel ask again.
const missInterval = 2 * time.Second

// discovery knows what the server serves. It asks once, and again for a kind
// that it does not know, when a CRD changed, or when a path turned out wrong.
type discovery struct {
	cluster *Cluster

	refreshing sync.Mutex // held during the requests, so that callers share them

	mu      sync.Mutex
	kinds   map[schema.GroupKind][]resource // the preferred version first
	etags   map[string]string
	parts   map[string][]resource // by address that was asked
	asked   time.Time             // when the last successful answer was asked for
	changed chan struct{}         // closed when the next different answer arrives
}

func newDiscovery(c *Cluster) *discovery {
	return &discovery{
		cluster: c,
		etags:   map[string]string{},
		parts:   map[string][]resource{},
		changed: make(chan struct{}),
	}
}

// Scope tells whether a kind lives in namespaces, and whether the cluster
// knows it at all.
func (c *Cluster) Scope(ctx context.Context, gk schema.GroupKind) (namespaced, known bool, err error) {
	r, err := c.discovery.find(ctx, gk.WithVersion(""))
	if err != nil {
		if ReasonOf(err) == UnknownKind {
			return false, false, nil
		}
		return false, false, err
	}
	return r.namespaced, true, nil
}

// find looks a kind up. An empty version means the one that the server prefers.
func (d *discovery) find(ctx context.Context, gvk schema.GroupVersionKind) (resource, error) {
	if r, err := d.lookup(gvk); err == nil {
		return r, nil
	}
	d.mu.Lock()
	asked := d.asked
	d.mu.Unlock()
	if time.Since(asked) > missInterval {
		if err := d.refresh(ctx, asked.Add(1)); err != nil {
			return resource{}, err
		}
	}
	return d.lookup(gvk)
}

func (d *discovery) lookup(gvk schema.GroupVersionKind) (resource, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	versions := d.kinds[gvk.GroupKind()]
	served := make([]string, 0, len(versions))
	for _, r := range versions {
		if gvk.Version == "" || gvk.Version == r.gvk.Version {
			return r, nil
		}
		served = append(served, r.gvk.Version)
	}
	return resource{}, &unknownKindError{gvk: gvk, served: served}
}

// news returns a channel that is closed when the server serves something else
// than it does now.
func (d *discovery) news() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.changed
}

// refresh asks the server, unless somebody else already did after notBefore.
func (d *discovery) refresh(ctx context.Context, notBefore time.Time) error {
	d.refreshing.Lock()
	defer d.refreshing.Unlock()
	d.mu.Lock()
	fresh := !d.asked.Before(notBefore)
	d.mu.Unlock()
	if fresh {
		return nil
	}
	asked := time.Now()
	paths := []string{"api", "apis"}
	answers := make([]*discoveryAnswer, len(paths))
	group, groupCtx := errgroup.WithContext(ctx)
	for i, path := range paths {
		group.Go(func() (err error) {
			answers[i], err = d.ask(groupCtx, path)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("asking the cluster for its kinds: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = asked
	different := false
	for i, path := range paths {
		if answers[i] == nil {
			continue
		}
		different = true
		d.etags[path] = answers[i].etag
		d.parts[path] = answers[i].resources(d.kinds)
	}
	if !different {
		return nil
	}
	d.kinds = map[schema.GroupKind][]resource{}
	for _, path := range paths {
		for _, r := range d.parts[path] {
			gk := r.gvk.GroupKind()
			d.kinds[gk] = append(d.kinds[gk], r)
		}
	}
	close(d.changed)
	d.changed = make(chan struct{})
	return nil
}

// discoveryAnswer is what of an APIGroupDiscoveryList matters here.
type discoveryAnswer struct {
	etag  string
	Items []struct {
		Metadata struct{ Name string }
		Versions []struct {
			Version   string
			Freshness string
			Resources []struct {
				Resource     string
				Scope        string
				ResponseKind struct{ Kind string }
				Verbs        []string
			}
		}
	}
}

// acceptDiscovery asks for everything in one document.
const acceptDiscovery = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList," +
	"application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList"

// ask returns nil when nothing changed since the last answer.
func (d *discovery) ask(ctx context.Context, path string) (*discoveryAnswer, error) {
	d.mu.Lock()
	etag := d.etags[path]
	d.mu.Unlock()
	resp, err := d.cluster.send(ctx, request{method: http.MethodGet, path: path, accept: acceptDiscovery, etag: etag})
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusNotModified {
		return nil, nil
	}
	answer := &discoveryAnswer{etag: resp.Header.Get("ETag")}
	if err := json.NewDecoder(resp.Body).Decode(answer); err != nil {
		return nil, fmt.Errorf("reading /%s: %w", path, err)
	}
	return answer, nil
}

// resources lists what can be listed. A group whose own server is down keeps
// what was known of it: its kinds are unavailable, not unknown.
func (a *discoveryAnswer) resources(known map[schema.GroupKind][]resource) []resource {
	var all []resource
	for _, group := range a.Items {
		for _, version := range group.Versions {
			gv := schema.GroupVersion{Group: group.Metadata.Name, Version: version.Version}
			if version.Freshness == "Stale" {
				all = append(all, ofVersion(known, gv)...)
				continue
			}
			for _, r := range version.Resources {
				if r.ResponseKind.Kind == "" || !slices.Contains(r.Verbs, "list") {
					continue
				}
				all = append(all, resource{
					gvk:        gv.WithKind(r.ResponseKind.Kind),
					plural:     r.Resource,
					namespaced: r.Scope == "Namespaced",
				})
			}
		}
	}
	return all
}

func ofVersion(known map[schema.GroupKind][]resource, gv schema.GroupVersion) []resource {
	var found []resource
	for _, versions := range known {
		for _, r := range versions {
			if r.gvk.GroupVersion() == gv {
				found = append(found, r)
			}
		}
	}
	return found
}
