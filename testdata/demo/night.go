package demo

import (
	"context"
	"fmt"

	"github.com/evenkeel/evenkeel/kube"
)

// production is the namespace in which the night's changes were made.
const production = "shop-production"

// Night changes production by hand, as somebody did who was called at night and
// had no time for commits: more replicas, a setting, and a Service that is gone.
// Production must have been synced before.
func (w *World) Night(ctx context.Context) error {
	cluster, err := w.kubectl()
	if err != nil {
		return err
	}
	edits := []struct {
		id    kube.ID
		patch string
	}{
		{kube.ID{Group: "apps", Kind: "Deployment", Namespace: production, Name: "web"}, `{"spec":{"replicas":9}}`},
		{kube.ID{Kind: "ConfigMap", Namespace: production, Name: "checkout"}, `{"data":{"PAYMENT_RETRIES":"12"}}`},
	}
	for _, e := range edits {
		if err := cluster.Edit(ctx, e.id, []byte(e.patch), kube.EditOptions{Manager: "kubectl-edit"}); err != nil {
			return fmt.Errorf("changing %s by hand: %w", e.id, err)
		}
	}
	gone := kube.ID{Kind: "Service", Namespace: production, Name: "notifier"}
	if err := cluster.Delete(ctx, gone, ""); err != nil {
		return fmt.Errorf("deleting %s by hand: %w", gone, err)
	}
	return nil
}
