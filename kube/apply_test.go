package kube_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/evenkeel/evenkeel/kube"
	"github.com/evenkeel/evenkeel/testdata/controlplane/controlplanetest"
)

func TestApplyAnswersWithWhatTheServerMadeOfIt(t *testing.T) {
	c := cluster(t)
	ns := namespace(t, c)
	o := object(t, ns, `{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {clusterIP: None, ports: [{port: 80}]}}`)
	before := c.Requests()
	planned, err := c.Apply(t.Context(), o, kube.ApplyOptions{DryRun: true})
	if err != nil {
		t.Fatal(err)
	}
	applied, err := c.Apply(t.Context(), o, kube.ApplyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range []*unstructured.Unstructured{planned, applied} {
		ports, _, _ := unstructured.NestedSlice(got.Object, "spec", "ports")
		if len(ports) != 1 || ports[0].(map[string]any)["targetPort"] != int64(80) {
			t.Errorf("the port was not completed: %v", ports)
		}
	}
	after := c.Requests()
	for verb, want := range map[string]int64{"DRYRUN": 1, http.MethodPatch: 1, http.MethodGet: 0} {
		if got := after[verb] - before[verb]; got != want {
			t.Errorf("%d requests %s instead of %d", got, verb, want)
		}
	}
	managers := applied.GetManagedFields()
	if len(managers) != 1 || managers[0].Manager != kube.FieldManager || managers[0].Operation != "Apply" {
		t.Errorf("the fields are managed by %v", managers)
	}
}

func TestApplyTakesOverFromKubectl(t *testing.T) {
	c := cluster(t)
	ns := namespace(t, c)
	set := c.Set(kube.SetOptions{Name: "takeover", Namespace: ns})
	writeAs(t, "kubectl-client-side-apply", http.MethodPost, "/api/v1/namespaces/"+ns+"/configmaps", "application/json",
		`{"apiVersion": "v1", "kind": "ConfigMap", "data": {"stays": "1", "goes": "1"}, "metadata": {"name": "old", "annotations":
		  {"kubectl.kubernetes.io/last-applied-configuration": "{\"data\":{\"stays\":\"1\",\"goes\":\"1\"}}"}}}`)

	want := object(t, ns, `{apiVersion: v1, kind: ConfigMap, metadata: {name: old}, data: {stays: "2"}}`)
	w := watch(t, c, set)
	w.follow(want)
	live := w.untilLive(want, "is there", func(l *kube.Live) bool { return l != nil })
	if !live.Legacy || !live.LastApplied || live.Member {
		t.Fatalf("the object is seen as %+v", live)
	}
	// Somebody else writes after it was seen: the takeover looks again.
	writeAs(t, "somebody", http.MethodPatch, "/api/v1/namespaces/"+ns+"/configmaps/old", "application/merge-patch+json",
		`{"metadata": {"annotations": {"note": "new"}}}`)

	set.Stamp(want)
	if _, err := c.Apply(t.Context(), want, kube.ApplyOptions{Live: live}); err != nil {
		t.Fatal(err)
	}
	live = w.untilLive(want, "is a member", isMember)
	if live.Legacy || live.LastApplied {
		t.Errorf("the object is still kubectl's: %+v", live)
	}
	data, _, _ := unstructured.NestedStringMap(live.Object().Object, "data")
	if len(data) != 1 || data["stays"] != "2" {
		t.Errorf("data is %v", data)
	}
	if live.Object().GetAnnotations()["note"] != "new" {
		t.Error("the annotation of somebody else is lost")
	}
}

// writeAs writes an object as another tool does that knows nothing of server-side apply.
func writeAs(t *testing.T, manager, method, path, contentType, body string) {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", controlplanetest.ForTest(t).Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, config.Host+path+"?fieldManager="+manager, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if answer, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode >= 300 {
		t.Fatalf("%s %s: %s %s %v", method, path, resp.Status, answer, err)
	}
}

func TestApplyErrors(t *testing.T) {
	c := cluster(t)
	ns := namespace(t, c)
	apply(t, c, nil, object(t, ns, `{apiVersion: apps/v1, kind: Deployment, metadata: {name: web},
		spec: {replicas: 0, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: main, image: a}]}}}}`))
	reader := connect(t, readerOf(t, c, ns))
	apply(t, c, nil, object(t, ns, `{apiVersion: v1, kind: ResourceQuota, metadata: {name: few}, spec: {hard: {count/services: "0"}}}`))
	nobody, err := kube.Connect(kube.Options{Kubeconfig: unreachableKubeconfig(t)})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name     string
		cluster  *kube.Cluster
		manifest string
		reason   kube.Reason
		says     string
		retry    bool
	}{
		{"immutable", c, `{apiVersion: apps/v1, kind: Deployment, metadata: {name: web},
			spec: {selector: {matchLabels: {app: other}}, template: {metadata: {labels: {app: other}}, spec: {containers: [{name: main, image: a}]}}}}`,
			kube.Immutable, "field is immutable", false},
		{"unknown field", c, `{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, dota: {}}`, kube.Invalid, ".dota", false},
		{"invalid", c, `{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 100000}]}}`, kube.Invalid, "100000", false},
		{"unknown kind", c, `{apiVersion: example.com/v1, kind: Widget, metadata: {name: a}}`, kube.UnknownKind, "does not know the kind Widget.example.com", true},
		{"unknown version", c, `{apiVersion: apps/v7, kind: Deployment, metadata: {name: a}}`, kube.UnknownKind, "it has v1", true},
		{"forbidden", reader, `{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}`, kube.Forbidden, "cannot patch", true},
		{"quota", c, `{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 80}]}}`, kube.Denied, "quota", true},
		{"unreachable", nobody, `{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}`, kube.Unreachable, "refused", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := object(t, ns, tc.manifest)
			_, err := tc.cluster.Apply(t.Context(), o, kube.ApplyOptions{})
			expect(t, err, kube.IDOf(o), tc.reason, tc.says, tc.retry)
		})
	}
	t.Run("no namespace", func(t *testing.T) {
		o := object(t, "", `{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}`)
		_, err := c.Apply(t.Context(), o, kube.ApplyOptions{})
		expect(t, err, kube.IDOf(o), kube.Invalid, "namespace", false)
	})
	t.Run("namespace missing", func(t *testing.T) {
		o := configMap(t, ns+"-not", "a", "b")
		_, err := c.Apply(t.Context(), o, kube.ApplyOptions{})
		expect(t, err, kube.IDOf(o), kube.NotFound, "not found", true)
	})
}

func expect(t *testing.T, err error, id kube.ID, reason kube.Reason, says string, retry bool) {
	t.Helper()
	var object *kube.ObjectError
	if !errors.As(err, &object) {
		t.Fatalf("the error is %v", err)
	}
	if object.ID != id || object.Reason != reason || object.Retry != retry || !strings.Contains(object.Message, says) {
		t.Errorf("the error is %+v", object)
	}
}

func TestApplyIntoATerminatingNamespace(t *testing.T) {
	c := cluster(t)
	ns := namespace(t, c)
	held := configMap(t, ns, "held", "a")
	held.SetFinalizers([]string{"evenkeel.dev/test"})
	apply(t, c, nil, held)
	t.Cleanup(func() {
		if _, err := c.Apply(context.Background(), configMap(t, ns, "held", "a"), kube.ApplyOptions{}); err != nil {
			t.Error(err)
		}
	})
	if err := c.Delete(t.Context(), kube.ID{Kind: "Namespace", Name: ns}, ""); err != nil {
		t.Fatal(err)
	}
	o := configMap(t, ns, "late", "a")
	_, err := c.Apply(t.Context(), o, kube.ApplyOptions{})
	expect(t, err, kube.IDOf(o), kube.NamespaceTerminating, "being terminated", true)
}

func TestSecretsStayOutOfErrors(t *testing.T) {
	c := cluster(t)
	ns := namespace(t, c)
	const value = "hunter2hunter2"
	for name, manifest := range map[string]string{
		"not base64":    `{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {password: "` + value + `!"}}`,
		"not a string":  `{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {password: {` + value + `: 1}}}`,
		"unknown field": `{apiVersion: v1, kind: Secret, metadata: {name: a}, ` + value + `: a}`,
		"bad key":       `{apiVersion: v1, kind: Secret, metadata: {name: a}, stringData: {"a b": "` + value + `"}}`,
		"bad type":      `{apiVersion: v1, kind: Secret, metadata: {name: a}, type: kubernetes.io/dockerconfigjson, stringData: {".dockerconfigjson": "` + value + `"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.Apply(t.Context(), object(t, ns, manifest), kube.ApplyOptions{})
			if err == nil {
				t.Fatal("it was accepted")
			}
			if text := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(text, value) {
				t.Errorf("the error tells the value: %s", text)
			}
			if !strings.Contains(err.Error(), "not shown") {
				t.Errorf("the error does not say that something was left out: %v", err)
			}
		})
	}
}

func TestDeleteDeletesOnlyWhatWasSeen(t *testing.T) {
	c := cluster(t)
	ns := namespace(t, c)
	o := configMap(t, ns, "a", "b")
	first, err := c.Apply(t.Context(), o, kube.ApplyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	remove := func(uid string) {
		t.Helper()
		if err := c.Delete(t.Context(), kube.IDOf(o), uid); err != nil {
			t.Fatal(err)
		}
	}
	remove(string(first.GetUID()))
	remove(string(first.GetUID())) // gone already
	second, err := c.Apply(t.Context(), o, kube.ApplyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	remove(string(first.GetUID())) // another of the same name
	third, err := c.Apply(t.Context(), o, kube.ApplyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if third.GetUID() != second.GetUID() {
		t.Error("an object that nobody had seen was deleted")
	}
}

func TestEstablishedMakesInstancesPossible(t *testing.T) {
	c := cluster(t)
	ns := namespace(t, c)
	group := fmt.Sprintf("g%x.example.com", time.Now().UnixNano())
	crd := object(t, "", strings.ReplaceAll(`{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: widgets.GROUP},
		spec: {group: GROUP, scope: Namespaced, names: {plural: widgets, singular: widget, kind: Widget, listKind: WidgetList},
		versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]}}`, "GROUP", group))
	widget := object(t, ns, `{apiVersion: `+group+`/v1, kind: Widget, metadata: {name: one}, spec: {size: 3}}`)
	gk := schema.GroupKind{Group: group, Kind: "Widget"}
	set := c.Set(kube.SetOptions{Name: "crd", Namespace: ns})

	w := watch(t, c, set)
	w.follow(widget)
	state := w.untilReady()
	if kube.ReasonOf(state.Kinds[gk]) != kube.UnknownKind || state.Err != nil {
		t.Fatalf("the state is %+v", state)
	}
	apply(t, c, nil, crd)
	removed := false
	remove := func() {
		if err := c.Delete(context.Background(), kube.IDOf(crd), ""); err != nil {
			t.Error(err)
		}
		removed = true
	}
	t.Cleanup(func() {
		if !removed {
			remove()
		}
	})
	if err := c.Established(t.Context(), crd.GetName()); err != nil {
		t.Fatal(err)
	}
	apply(t, c, set, widget)
	w.untilLive(widget, "is a member", isMember)
	if namespaced, known, err := c.Scope(t.Context(), gk); !namespaced || !known || err != nil {
		t.Errorf("its scope is %v, %v, %v", namespaced, known, err)
	}
	remove()
	state = w.until("the kind is gone", func(s kube.ViewState) bool { return s.Kinds[gk] != nil })
	if w.Get(kube.IDOf(widget)) != nil {
		t.Error("an object of a kind that is gone is still there")
	}
}
