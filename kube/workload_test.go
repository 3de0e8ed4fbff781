package kube_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/kube"
)

func TestPodsAndEventsOfAWorkload(t *testing.T) {
	c := cluster(t)
	ns := namespace(t, c)
	set := c.Set(kube.SetOptions{Name: "pods", Namespace: ns})
	api := deployment(t, ns, "api", "example.com/api:1.0-broken")
	other := deployment(t, ns, "other", "example.com/other:1.0")
	apply(t, c, set, api, other)
	w := watch(t, c, set)
	w.follow(api, other)
	w.untilLive(api, "is Degraded", func(l *kube.Live) bool { return l != nil && l.Health == kube.Degraded })

	pods, err := c.Pods(t.Context(), kube.IDOf(api))
	if err != nil {
		t.Fatal(err)
	}
	if len(pods) != 2 {
		t.Fatalf("the pods are %+v", pods)
	}
	for _, pod := range pods {
		if !strings.HasPrefix(pod.ID.Name, "api-") || pod.ID.Namespace != ns || len(pod.Containers) != 1 || pod.Ready {
			t.Errorf("a pod is %+v", pod)
		}
	}
	troubled := slices.ContainsFunc(pods, func(p kube.Pod) bool {
		return strings.Contains(p.Containers[0].State, "ImagePull") && p.Containers[0].Image == "example.com/api:1.0-broken"
	})
	if !troubled {
		t.Errorf("no pod says why: %+v", pods)
	}
	alone, err := c.Pods(t.Context(), pods[0].ID)
	if err != nil || len(alone) != 1 || alone[0].ID != pods[0].ID {
		t.Errorf("a pod's own pods are %+v, %v", alone, err)
	}

	events, err := c.Events(t.Context(), kube.IDOf(api))
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]bool{}
	for i, event := range events {
		kinds[event.Object.Kind] = true
		if strings.Contains(event.Object.Name, "other") {
			t.Errorf("an event of another: %+v", event)
		}
		if i > 0 && event.Last.Before(events[i-1].Last) {
			t.Error("the newest is not the last")
		}
	}
	if !kinds["Deployment"] || !kinds["ReplicaSet"] || !kinds["Pod"] {
		t.Errorf("the events are about %v", kinds)
	}

	none := kube.ID{Group: "apps", Kind: "Deployment", Namespace: ns, Name: "none"}
	if _, err := c.Pods(t.Context(), none); kube.ReasonOf(err) != kube.NotFound {
		t.Errorf("the pods of nothing: %v", err)
	}
	if events, err := c.Events(t.Context(), none); err != nil || len(events) != 0 {
		t.Errorf("the events of nothing: %v, %v", events, err)
	}
}

func TestLogsAreStreamed(t *testing.T) {
	g := newGate(t)
	more := make(chan struct{})
	g.misbehave(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/api/v1/namespaces/shop/pods/api-1/log" || r.URL.RawQuery != "container=main&follow=true&previous=true&tailLines=10" {
			t.Errorf("asked for %s", r.URL)
		}
		_, _ = io.WriteString(w, "first\n")
		w.(http.Flusher).Flush()
		<-more
		_, _ = io.WriteString(w, "second\n")
		return true
	})
	c := connect(t, write(t, g.kubeconfig("any")))
	log, err := c.Logs(t.Context(), "shop", "api-1", "main", kube.LogOptions{Tail: 10, Follow: true, Previous: true})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	line := make([]byte, len("first\n"))
	if _, err := io.ReadFull(log, line); err != nil || string(line) != "first\n" {
		t.Fatalf("read %q, %v", line, err)
	}
	close(more)
	if rest, err := io.ReadAll(log); err != nil || string(rest) != "second\n" {
		t.Errorf("read %q, %v", rest, err)
	}
	if _, err := cluster(t).Logs(t.Context(), "default", "none", "", kube.LogOptions{}); kube.ReasonOf(err) != kube.NotFound {
		t.Errorf("the log of nothing: %v", err)
	}
}
