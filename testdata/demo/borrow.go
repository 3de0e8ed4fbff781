package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/evenkeel/evenkeel/kube"
)

// belongings are what stands for all that the shop puts into a cluster: the
// rest lives in the namespaces, or is of the kind.
func belongings() []kube.ID {
	return []kube.ID{
		{Kind: "Namespace", Name: "shop-staging"},
		{Kind: "Namespace", Name: "shop-production"},
		{Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition", Name: "promocampaigns.shop.acme.dev"},
		{Group: "scheduling.k8s.io", Kind: "PriorityClass", Name: "shop-critical"},
		{Kind: "ConfigMap", Namespace: "default", Name: "evenkeel-platform"},
		{Kind: "ConfigMap", Namespace: "default", Name: "evenkeel-staging"},
		{Kind: "ConfigMap", Namespace: "default", Name: "evenkeel-production"},
	}
}

// borrow takes an existing cluster, unless the shop would take over what is
// already there.
func (w *World) borrow(ctx context.Context, o Options, known bool, tell func(Step)) error {
	tell(Step{Name: stepCluster, Detail: "looking at the cluster of context " + o.Context, Total: 1})
	cluster, err := kube.Connect(kube.Options{Kubeconfig: o.Kubeconfig, Context: o.Context})
	if err != nil {
		return err
	}
	if !known {
		for _, id := range belongings() {
			there, err := cluster.Read(ctx, id)
			if err != nil {
				return fmt.Errorf("looking for room in the cluster of context %q: %w", o.Context, err)
			}
			if there != nil {
				return fmt.Errorf("the cluster of context %q already has %s, which the demo would take over: delete it, or choose another cluster", o.Context, id)
			}
		}
	}
	w.borrowed, w.kubeconfig = cluster, o.Kubeconfig
	tell(Step{Name: stepCluster, Detail: "ready", Done: 1, Total: 1})
	return nil
}

// giveBack deletes what the shop has put into a cluster, and returns when it is
// gone: a world made right afterwards finds room.
func giveBack(ctx context.Context, cluster *kube.Cluster) error {
	var errs []error
	for _, id := range belongings() {
		if err := cluster.Delete(ctx, id, ""); err != nil {
			errs = append(errs, err)
		}
	}
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	for _, id := range belongings() {
		if err := waitGone(ctx, cluster, id); err != nil {
			return err
		}
	}
	return nil
}

func waitGone(ctx context.Context, cluster *kube.Cluster, id kube.ID) error {
	again := time.NewTicker(200 * time.Millisecond)
	defer again.Stop()
	for {
		there, err := cluster.Read(ctx, id)
		if err != nil {
			return err
		}
		if there == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s is still being deleted", id)
		case <-again.C:
		}
	}
}
