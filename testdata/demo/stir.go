package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/evenkeel/evenkeel/gitrepo"
	"github.com/evenkeel/evenkeel/kube"
)

// Stir makes something happen in the world every so often, until the context
// ends: somebody scales a deployment by hand, edits a ConfigMap or deletes a
// Service, a new image is pushed, a colleague commits. Tell gets a line about
// each. The order is the same in every run.
func (w *World) Stir(ctx context.Context, every time.Duration, tell func(string)) (err error) {
	cluster, err := w.kubectl()
	if err != nil {
		return err
	}
	mirror, err := gitrepo.Open(ctx, gitrepo.Options{URL: w.Repository(), Branch: branch, CacheDir: w.path("colleague")})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, mirror.Close()) }()
	history, err := readHistory()
	if err != nil {
		return err
	}
	s := &stirrer{world: w, cluster: cluster, mirror: mirror, authors: history.Authors, random: rand.New(rand.NewPCG(7, 41))}

	acts := []func(context.Context) (string, error){s.scale, s.editConfig, s.deleteService, s.pushImage, s.commit}
	due := time.NewTicker(every)
	defer due.Stop()
	for {
		for _, i := range s.random.Perm(len(acts)) {
			select {
			case <-ctx.Done():
				return nil
			case <-due.C:
			}
			what, err := acts[i](ctx)
			switch {
			case ctx.Err() != nil:
				return nil
			case err != nil:
				tell(fmt.Sprintf("%s, in vain: %v", what, err))
			default:
				tell(what)
			}
		}
	}
}

// kubectl connects as somebody with kubectl would.
func (w *World) kubectl() (*kube.Cluster, error) {
	return kube.Connect(kube.Options{Kubeconfig: w.Kubeconfig(), Context: w.Context(), UserAgent: "kubectl/v1.37.2"})
}

// stirrer is everybody who does something in a stirred world.
type stirrer struct {
	world   *World
	cluster *kube.Cluster
	mirror  *gitrepo.Mirror
	authors map[string]string
	random  *rand.Rand
}

func pick[T any](s *stirrer, from ...T) T { return from[s.random.IntN(len(from))] }

func (s *stirrer) namespace() string { return pick(s, "shop-production", "shop-staging") }

func (s *stirrer) scale(ctx context.Context) (string, error) {
	id := kube.ID{Group: "apps", Kind: "Deployment", Namespace: s.namespace(), Name: pick(s, "api", "checkout", "search", "web")}
	replicas := 4 + s.random.IntN(6)
	what := fmt.Sprintf("somebody scaled %s to %d", id, replicas)
	patch := fmt.Sprintf(`{"spec":{"replicas":%d}}`, replicas)
	return what, s.cluster.Edit(ctx, id, []byte(patch), kube.EditOptions{Manager: "kubectl", Subresource: "scale"})
}

func (s *stirrer) editConfig(ctx context.Context) (string, error) {
	setting := pick(s,
		struct{ config, key string }{"api", "PAGE_SIZE"},
		struct{ config, key string }{"checkout", "PAYMENT_RETRIES"},
		struct{ config, key string }{"search", "MAX_RESULTS"},
		struct{ config, key string }{"worker", "CONCURRENCY"},
	)
	id := kube.ID{Kind: "ConfigMap", Namespace: s.namespace(), Name: setting.config}
	value := strconv.Itoa(100 + s.random.IntN(900))
	what := fmt.Sprintf("somebody edited %s: %s is now %s", id, setting.key, value)
	patch, err := json.Marshal(map[string]any{"data": map[string]string{setting.key: value}})
	if err != nil {
		return what, err
	}
	return what, s.cluster.Edit(ctx, id, patch, kube.EditOptions{Manager: "kubectl-edit"})
}

func (s *stirrer) deleteService(ctx context.Context) (string, error) {
	id := kube.ID{Kind: "Service", Namespace: s.namespace(), Name: pick(s, "cache", "notifier", "search")}
	return fmt.Sprintf("somebody deleted %s", id), s.cluster.Delete(ctx, id, "")
}

func (s *stirrer) pushImage(ctx context.Context) (string, error) {
	w := s.world
	next := nextImage(w.record.Images, pick(s, "shop/api", "shop/checkout", "shop/search", "shop/web"), time.Now())
	what := fmt.Sprintf("CI pushed %s", next.name())
	if err := next.push(ctx, w.server); err != nil {
		return what, err
	}
	w.record.Images = append(w.record.Images, next)
	return what, w.save()
}
