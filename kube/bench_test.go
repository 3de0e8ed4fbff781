package kube_test

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/evenkeel/evenkeel/kube"
	"github.com/evenkeel/evenkeel/testdata/controlplane/controlplanetest"
)

// thousand makes 200 objects each of five kinds.
func thousand(tb testing.TB, ns string) []*unstructured.Unstructured {
	tb.Helper()
	var all []*unstructured.Unstructured
	for i := range 200 {
		app := fmt.Sprintf("app-%03d", i)
		for _, manifest := range []string{
			`{apiVersion: v1, kind: ConfigMap, metadata: {name: APP}, data: {key: value, file: "a: 1\nb: 2\n"}}`,
			`{apiVersion: v1, kind: ServiceAccount, metadata: {name: APP}}`,
			`{apiVersion: v1, kind: Service, metadata: {name: APP}, spec: {clusterIP: None, selector: {app: APP}, ports: [{port: 80, targetPort: http}]}}`,
			`{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: APP}, spec: {podSelector: {matchLabels: {app: APP}}, policyTypes: [Ingress]}}`,
			`{apiVersion: apps/v1, kind: Deployment, metadata: {name: APP}, spec: {replicas: 0, selector: {matchLabels: {app: APP}}, template: {metadata: {labels: {app: APP}},
			  spec: {serviceAccountName: APP, containers: [{name: main, image: "example.com/APP:1.0", ports: [{name: http, containerPort: 8080}],
			  env: [{name: A, value: b}], resources: {requests: {cpu: 10m, memory: 32Mi}}, readinessProbe: {httpGet: {path: /, port: http}}}]}}}}`,
		} {
			all = append(all, object(tb, ns, replaceApp(manifest, app)))
		}
	}
	return all
}

func applyAll(tb testing.TB, c *kube.Cluster, set *kube.Set, objects []*unstructured.Unstructured, workers int) {
	tb.Helper()
	group, ctx := errgroup.WithContext(tb.Context())
	group.SetLimit(workers)
	for _, o := range objects {
		set.Stamp(o)
		group.Go(func() error {
			_, err := c.Apply(ctx, o, kube.ApplyOptions{})
			return err
		})
	}
	if err := group.Wait(); err != nil {
		tb.Fatal(err)
	}
}

// BenchmarkFirstLook measures a cold view of 1,000 objects, from the kubeconfig
// to ready, against plain lists of the same objects over one connection.
func BenchmarkFirstLook(b *testing.B) {
	c := cluster(b)
	ns := namespace(b, c)
	set := c.Set(kube.SetOptions{Name: "look", Namespace: ns})
	objects := thousand(b, ns)
	applyAll(b, c, set, objects, 16)

	b.Run("view", func(b *testing.B) {
		for range b.N {
			c := cluster(b)
			w := watch(b, c, c.Set(kube.SetOptions{Name: "look", Namespace: ns}))
			w.follow(objects...)
			w.untilReady()
			if got := len(w.IDs()); got != len(objects) {
				b.Fatalf("%d objects of %d", got, len(objects))
			}
		}
	})
	b.Run("lists", func(b *testing.B) {
		for range b.N {
			config, err := clientcmd.BuildConfigFromFlags("", controlplanetest.ForTest(b).Kubeconfig())
			if err != nil {
				b.Fatal(err)
			}
			client, err := rest.HTTPClientFor(config)
			if err != nil {
				b.Fatal(err)
			}
			var wait sync.WaitGroup
			for _, path := range []string{
				"api/v1/namespaces/%s/configmaps", "api/v1/namespaces/%s/serviceaccounts", "api/v1/namespaces/%s/services",
				"apis/networking.k8s.io/v1/namespaces/%s/networkpolicies", "apis/apps/v1/namespaces/%s/deployments",
			} {
				wait.Go(func() {
					resp, err := client.Get(config.Host + "/" + fmt.Sprintf(path, ns))
					if err != nil {
						b.Error(err)
						return
					}
					defer resp.Body.Close()
					if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
						b.Error(err, resp.Status)
					}
				})
			}
			wait.Wait()
			client.CloseIdleConnections()
		}
	})
	b.Run("memory", func(b *testing.B) {
		for range b.N {
			before := heap()
			w := watch(b, c, set)
			w.follow(objects...)
			w.untilReady()
			b.ReportMetric(float64(heap()-before)/float64(len(objects)), "B/object")
		}
	})
}

func heap() uint64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// BenchmarkApply measures the first apply of 1,000 objects by 16 workers.
func BenchmarkApply(b *testing.B) {
	c := cluster(b)
	for range b.N {
		b.StopTimer()
		ns := namespace(b, c)
		set := c.Set(kube.SetOptions{Name: "apply", Namespace: ns})
		objects := thousand(b, ns)
		b.StartTimer()
		began := time.Now()
		applyAll(b, c, set, objects, 16)
		b.ReportMetric(float64(len(objects))/time.Since(began).Seconds(), "objects/s")
	}
}

func replaceApp(manifest, app string) string { return strings.ReplaceAll(manifest, "APP", app) }
