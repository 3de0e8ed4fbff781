package kube_test

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/evenkeel/evenkeel/kube"
)

func TestHealthOf(t *testing.T) {
	for name, tc := range map[string]struct {
		manifest string
		health   kube.Health
		says     string
	}{
		"config map":         {`{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}`, kube.Healthy, ""},
		"being deleted":      {`{apiVersion: v1, kind: ConfigMap, metadata: {name: a, deletionTimestamp: "2026-01-02T03:04:05Z"}}`, kube.Progressing, "being deleted"},
		"new deployment":     {`{apiVersion: apps/v1, kind: Deployment, metadata: {name: a, generation: 1}, spec: {replicas: 1}}`, kube.Progressing, ""},
		"paused deployment":  {`{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {paused: true}}`, kube.Suspended, "paused"},
		"suspended cron job": {`{apiVersion: batch/v1, kind: CronJob, metadata: {name: a}, spec: {suspend: true}}`, kube.Suspended, "suspend"},
		"cron job":           {`{apiVersion: batch/v1, kind: CronJob, metadata: {name: a}, spec: {suspend: false}}`, kube.Healthy, ""},
		"failed job": {`{apiVersion: batch/v1, kind: Job, metadata: {name: a}, status: {startTime: "2026-01-02T03:04:05Z",
			conditions: [{type: Failed, status: "True", reason: BackoffLimitExceeded, message: too often}]}}`, kube.Degraded, ""},
		"late deployment": {`{apiVersion: apps/v1, kind: Deployment, metadata: {name: a, generation: 1}, spec: {replicas: 1}, status: {observedGeneration: 1,
			conditions: [{type: Progressing, status: "False", reason: ProgressDeadlineExceeded}]}}`, kube.Degraded, "deadline"},
		"stalled resource": {`{apiVersion: example.com/v1, kind: A, metadata: {name: a}, status: {conditions: [{type: Stalled, status: "True", message: no more}]}}`, kube.Degraded, "no more"},
		"no sense":         {`{apiVersion: example.com/v1, kind: A, metadata: {name: a}, status: {conditions: 7}}`, kube.Unknown, ""},
	} {
		t.Run(name, func(t *testing.T) {
			health, message := kube.HealthOf(object(t, "", tc.manifest))
			if health != tc.health || !strings.Contains(strings.ToLower(message), tc.says) {
				t.Errorf("%s: %q", health, message)
			}
		})
	}
	if health, _ := kube.HealthOf(nil); health != kube.Missing {
		t.Errorf("nothing is %s", health)
	}
}

// deployment runs one container of an image. kwok's pods fail for tags of the
// right names, with the statuses of a kubelet.
func deployment(t *testing.T, ns, name, image string) *unstructured.Unstructured {
	t.Helper()
	return object(t, ns, strings.NewReplacer("NAME", name, "IMAGE", image).Replace(`{apiVersion: apps/v1, kind: Deployment, metadata: {name: NAME},
		spec: {replicas: 2, selector: {matchLabels: {app: NAME}}, template: {metadata: {labels: {app: NAME}}, spec: {containers: [{name: main, image: "IMAGE"}]}}}}`))
}

func TestBrokenPodsDegradeTheirWorkload(t *testing.T) {
	c := cluster(t)
	ns := namespace(t, c)
	set := c.Set(kube.SetOptions{Name: "broken", Namespace: ns})
	api, web := deployment(t, ns, "api", "example.com/api:1.0"), deployment(t, ns, "web", "example.com/web:1.0-crash")
	db := object(t, ns, `{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: db}, spec: {serviceName: db, selector: {matchLabels: {app: db}},
		template: {metadata: {labels: {app: db}}, spec: {containers: [{name: main, image: "example.com/db:1-broken"}]}}}}`)
	w := watch(t, c, set)
	w.follow(api, web, db)
	apply(t, c, set, api, web, db)
	for _, step := range []struct {
		object *unstructured.Unstructured
		health kube.Health
		says   string
	}{
		{api, kube.Healthy, ""},
		{web, kube.Degraded, "container main: CrashLoopBackOff"},
		{db, kube.Degraded, "db-0: container main: "},
	} {
		w.untilLive(step.object, "is "+string(step.health), func(l *kube.Live) bool {
			return l != nil && l.Health == step.health && strings.Contains(l.Message, step.says)
		})
	}

	// A bad release of what runs, and then its cure: the pods of the release
	// before do not speak for the one that follows.
	apply(t, c, set, deployment(t, ns, "api", "example.com/api:1.1-broken"))
	w.untilLive(api, "is Degraded", func(l *kube.Live) bool { return l.Health == kube.Degraded && strings.Contains(l.Message, "ImagePull") })
	apply(t, c, set, deployment(t, ns, "api", "example.com/api:1.2"))
	w.untilLive(api, "is Healthy", func(l *kube.Live) bool { return l.Health == kube.Healthy && l.Message == "" })
}

// A release that follows the one before within the same second: times of creation
// do not tell which of their pods are the newer ones.
func TestBrokenPodsOfTheSameSecondDegradeTheirWorkload(t *testing.T) {
	c := cluster(t)
	ns := namespace(t, c)
	set := c.Set(kube.SetOptions{Name: "shop", Namespace: ns})
	w := watch(t, c, set)
	var all []*unstructured.Unstructured
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		all = append(all, deployment(t, ns, name, "example.com/api:1.0"))
	}
	w.follow(all...)
	apply(t, c, set, all...)
	for i, o := range all {
		w.untilLive(o, "has a pod", func(l *kube.Live) bool {
			if l == nil {
				return false
			}
			n, _, _ := unstructured.NestedInt64(l.Object().Object, "status", "updatedReplicas")
			return n > 0
		})
		all[i] = deployment(t, ns, o.GetName(), "example.com/api:1.0-broken")
		apply(t, c, set, all[i])
	}
	for _, o := range all {
		w.untilLive(o, "is Degraded", func(l *kube.Live) bool { return l.Health == kube.Degraded })
	}
}
