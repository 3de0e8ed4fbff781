package kube_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"github.com/evenkeel/evenkeel/kube"
	"github.com/evenkeel/evenkeel/testdata/controlplane/controlplanetest"
)

func TestMain(m *testing.M) { os.Exit(controlplanetest.Main(m)) }

// patience is how long a test waits for a state; what is right never takes as long.
const patience = 60 * time.Second

// cluster connects to the shared control plane as somebody who may do everything.
func cluster(tb testing.TB) *kube.Cluster {
	tb.Helper()
	return connect(tb, controlplanetest.ForTest(tb).Kubeconfig())
}

func connect(tb testing.TB, kubeconfig string) *kube.Cluster {
	tb.Helper()
	c, err := kube.Connect(kube.Options{Kubeconfig: kubeconfig, UserAgent: "evenkeel/v1.2.3"})
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// namespace makes a namespace that goes with the test.
func namespace(tb testing.TB, c *kube.Cluster) string {
	tb.Helper()
	name := strings.ToLower(strings.NewReplacer("/", "-", "_", "-").Replace(tb.Name()))
	name = fmt.Sprintf("kube-%.40s-%x", name, time.Now().UnixNano()&0xffffff)
	apply(tb, c, nil, object(tb, "", `{apiVersion: v1, kind: Namespace, metadata: {name: `+name+`}}`))
	tb.Cleanup(func() {
		if err := c.Delete(context.Background(), kube.ID{Kind: "Namespace", Name: name}, ""); err != nil {
			tb.Error(err)
		}
	})
	return name
}

// object reads a manifest, whose namespace may be left out.
func object(tb testing.TB, namespace, manifest string) *unstructured.Unstructured {
	tb.Helper()
	text, err := yaml.YAMLToJSON([]byte(manifest))
	if err != nil {
		tb.Fatal(err)
	}
	o := &unstructured.Unstructured{}
	if err := o.UnmarshalJSON(text); err != nil {
		tb.Fatal(err)
	}
	if namespace != "" {
		o.SetNamespace(namespace)
	}
	return o
}

func configMap(tb testing.TB, namespace, name, value string) *unstructured.Unstructured {
	tb.Helper()
	return object(tb, namespace, fmt.Sprintf(`{apiVersion: v1, kind: ConfigMap, metadata: {name: %s}, data: {key: %q}}`, name, value))
}

// apply applies objects, as members of a set when one is given.
func apply(tb testing.TB, c *kube.Cluster, set *kube.Set, objects ...*unstructured.Unstructured) {
	tb.Helper()
	for _, o := range objects {
		if set != nil {
			set.Stamp(o)
		}
		if _, err := c.Apply(tb.Context(), o, kube.ApplyOptions{}); err != nil {
			tb.Fatal(err)
		}
	}
}

// watcher runs a view and waits for its states.
type watcher struct {
	*kube.View
	tb      testing.TB
	news    chan struct{}
	mu      sync.Mutex
	changed map[kube.ID]int
}

func watch(tb testing.TB, c *kube.Cluster, set *kube.Set) *watcher {
	tb.Helper()
	w := &watcher{tb: tb, news: make(chan struct{}, 1), changed: map[kube.ID]int{}}
	w.View = c.View(set, func() {
		select {
		case w.news <- struct{}{}:
		default:
		}
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = w.Run(ctx)
	}()
	tb.Cleanup(func() {
		cancel()
		<-done
	})
	return w
}

func (w *watcher) follow(objects ...*unstructured.Unstructured) {
	want := map[kube.ID]schema.GroupVersionKind{}
	for _, o := range objects {
		want[kube.IDOf(o)] = o.GroupVersionKind()
	}
	w.Follow(want, nil)
}

// until takes what changes until a condition holds. The state is looked at
// again now and then, because its age changes without notice.
func (w *watcher) until(what string, holds func(kube.ViewState) bool) kube.ViewState {
	w.tb.Helper()
	deadline := time.After(patience)
	for {
		changed, state := w.Take()
		w.mu.Lock()
		for _, id := range changed {
			w.changed[id]++
		}
		w.mu.Unlock()
		if holds(state) {
			return state
		}
		again := time.NewTimer(time.Second)
		select {
		case <-w.news:
		case <-again.C:
		case <-deadline:
			w.tb.Fatalf("not seen in %s: %s; state %+v, objects %v", patience, what, state, w.IDs())
		}
		again.Stop()
	}
}

func (w *watcher) untilReady() kube.ViewState {
	w.tb.Helper()
	return w.until("ready", func(s kube.ViewState) bool { return s.Ready })
}

// untilLive waits for a condition of one object; nil is not live.
func (w *watcher) untilLive(o *unstructured.Unstructured, what string, holds func(*kube.Live) bool) *kube.Live {
	w.tb.Helper()
	id := kube.IDOf(o)
	w.until(fmt.Sprintf("%s %s", id, what), func(s kube.ViewState) bool { return s.Ready && holds(w.Get(id)) })
	return w.Get(id)
}

func isMember(l *kube.Live) bool { return l != nil && l.Member }
func isGone(l *kube.Live) bool   { return l == nil }
