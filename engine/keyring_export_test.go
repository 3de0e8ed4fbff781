package engine

import (
	"context"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/evenkeel/evenkeel/kube"
	"github.com/evenkeel/evenkeel/registry"
)

// Keyring reads the pull secrets of workloads as scans do.
type Keyring struct {
	keys    *keyring
	cluster *kube.Cluster
}

// NewKeyring makes one that remembers nothing.
func NewKeyring(cluster *kube.Cluster) *Keyring { return &Keyring{newKeyring(), cluster} }

// Credentials are those of workloads, and why others could not be read.
func (k *Keyring) Credentials(ctx context.Context, workloads ...*unstructured.Unstructured) ([]registry.Credentials, []error) {
	var sources []pullSource
	for _, o := range workloads {
		sources = append(sources, pullSourceOf(o))
	}
	return k.keys.credentials(ctx, k.cluster, sources)
}

// Forget makes it read everything again.
func (k *Keyring) Forget() { k.keys.forget() }
