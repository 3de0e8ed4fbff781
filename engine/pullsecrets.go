package engine

import (
	"context"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/evenkeel/evenkeel/kube"
	"github.com/evenkeel/evenkeel/registry"
)

type pullSource struct{}
type keyring struct{}

func pullSourceOf(o *unstructured.Unstructured) pullSource { return pullSource{} }
func newKeyring() *keyring                                 { return &keyring{} }
func (k *keyring) credentials(ctx context.Context, cluster *kube.Cluster, sources []pullSource) ([]registry.Credentials, []error) {
	return nil, nil
}
func (k *keyring) forget() {}
