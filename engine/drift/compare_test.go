package drift_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/engine/drift"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// scaled is a deployment as the server gave it, after evenkeel applied the one
// of testdata/objects.yaml and somebody scaled it by hand to one replica.
func scaled(t testing.TB) (desired, live *unstructured.Unstructured) {
	t.Helper()
	data, err := os.ReadFile("testdata/deployment-live.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range manifests(t, "testdata/objects.yaml") {
		if o.GetKind() == "Deployment" {
			o.SetNamespace("shop")
			return o, object(t, string(data))
		}
	}
	t.Fatal("no deployment")
	return nil, nil
}

// liveBy completes a live manifest with what evenkeel and someone own of it,
// each a FieldsV1 document; an empty one is no entry.
func liveBy(t testing.TB, manifest, evenkeel, someone string) *unstructured.Unstructured {
	t.Helper()
	live := object(t, manifest)
	var entries []any
	for _, owner := range []struct{ manager, operation, fields string }{
		{"evenkeel", "Apply", evenkeel}, {"someone", "Update", someone},
	} {
		if owner.fields == "" {
			continue
		}
		fields := object(t, `{"apiVersion":"v1","kind":"Fields","f":`+owner.fields+`}`).Object["f"]
		entries = append(entries, map[string]any{
			"manager": owner.manager, "operation": owner.operation, "apiVersion": live.GetAPIVersion(),
			"fieldsType": "FieldsV1", "fieldsV1": fields, "time": "2026-03-01T10:00:00Z",
		})
	}
	live.Object["metadata"].(map[string]any)["managedFields"] = entries
	return live
}

func TestCompare(t *testing.T) {
	const (
		pod  = `{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {template: {spec: {containers: [%s]}}}}`
		main = `{"f:spec":{"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"main\"}":%s}}}}}`
		cm   = `{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: %s}`
		sec  = `{apiVersion: v1, kind: Secret, metadata: {name: a}, %s}`
		net  = `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a}, spec: {ingress: [{ports: [%s]}]}}`
		own  = `{apiVersion: example.com/v1, kind: Thing, metadata: {name: a}, spec: %s}`
		svc  = `{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: %s}}`
		meta = `{apiVersion: v1, kind: ConfigMap, metadata: {name: a%s}}`
	)
	limits := fmt.Sprintf(main, `{".":{},"f:name":{},"f:resources":{"f:limits":{".":{},"f:cpu":{},"f:memory":{}}}}`)
	env := fmt.Sprintf(main, `{".":{},"f:name":{},"f:env":{"k:{\"name\":\"A\"}":{".":{},"f:name":{},"f:value":{}}}}`)
	ports := `{"f:spec":{"f:ports":{"k:{\"port\":80,\"protocol\":\"TCP\"}":{".":{},"f:port":{}},"k:{\"port\":80,\"protocol\":\"UDP\"}":{".":{},"f:port":{},"f:protocol":{}}}}}`
	data := `{"f:data":{"f:a":{}}}`
	container := func(rest string) string { return fmt.Sprintf(pod, "{name: main"+rest+"}") }

	tests := []struct {
		name           string
		git, live      string
		ours, someones string
		want           drift.Answer
	}{
		{"equal", fmt.Sprintf(cm, `{a: "1"}`), fmt.Sprintf(cm, `{a: "1"}`), data, "", drift.Same},
		{"a field that Git does not name", fmt.Sprintf(cm, `{a: "1"}`), fmt.Sprintf(cm, `{a: "1", b: "2"}`), data, `{"f:data":{"f:b":{}}}`, drift.Same},
		{"a changed value", fmt.Sprintf(cm, `{a: "1"}`), fmt.Sprintf(cm, `{a: "2"}`), "", data, drift.Differs},
		{"an equal value that someone else owns", fmt.Sprintf(cm, `{a: "1"}`), fmt.Sprintf(cm, `{a: "1"}`), "", data, drift.Same},
		{"a removed entry", fmt.Sprintf(cm, `{a: "1"}`), fmt.Sprintf(cm, `{}`), `{"f:data":{}}`, "", drift.Differs},
		{"removed from Git", fmt.Sprintf(cm, `{}`), fmt.Sprintf(cm, `{a: "1"}`), data, "", drift.Differs},
		{"removed from Git with its map", fmt.Sprintf(meta, ""), fmt.Sprintf(cm, `{a: "1"}`), data, "", drift.Differs},
		{"removed from Git, but someone owns it, too", fmt.Sprintf(cm, `{}`), fmt.Sprintf(cm, `{a: "1"}`), data, data, drift.Unsure},
		{"removed from Git and live", fmt.Sprintf(cm, `{b: "2"}`), fmt.Sprintf(cm, `{b: "2"}`), `{"f:data":{"f:a":{},"f:b":{}}}`, "", drift.Same},
		{"an immutable config map", strings.TrimSuffix(fmt.Sprintf(cm, `{a: "1"}`), "}") + ", immutable: true}",
			strings.TrimSuffix(fmt.Sprintf(cm, `{a: "2"}`), "}") + ", immutable: true}", `{"f:data":{"f:a":{}},"f:immutable":{}}`, "", drift.Unsure},
		{"no field sets", fmt.Sprintf(cm, `{a: "1"}`), fmt.Sprintf(cm, `{a: "1"}`), "", "", drift.Unsure},
		{"no field sets, nothing named", fmt.Sprintf(meta, ""), fmt.Sprintf(cm, `{a: "1"}`), "", "", drift.Same},
		{"a quantity in a config map is text", fmt.Sprintf(cm, `{limits: "1000m"}`), fmt.Sprintf(cm, `{limits: "1"}`), `{"f:data":{"f:limits":{}}}`, "", drift.Differs},

		{"not adopted yet", fmt.Sprintf(meta, ", labels: {applyset.kubernetes.io/part-of: x, a: b}"), fmt.Sprintf(meta, ", labels: {a: b}"),
			`{"f:metadata":{"f:labels":{"f:a":{}}}}`, "", drift.Same},
		{"adopted, and not named by Git", fmt.Sprintf(meta, ""), fmt.Sprintf(meta, ", labels: {applyset.kubernetes.io/part-of: x}"),
			`{"f:metadata":{"f:labels":{"f:applyset.kubernetes.io/part-of":{}}}}`, "", drift.Same},
		{"a new label", fmt.Sprintf(meta, ", labels: {a: b}"), fmt.Sprintf(meta, ""), data, "", drift.Differs},
		{"a label that the server refuses", fmt.Sprintf(meta, ", labels: {a: '?'}"), fmt.Sprintf(meta, ""), data, "", drift.Unsure},
		{"empty labels", fmt.Sprintf(meta, ", labels: {}"), fmt.Sprintf(meta, ""), data, "", drift.Same},
		{"a null creation time", fmt.Sprintf(meta, ", creationTimestamp: null"), fmt.Sprintf(meta, ", creationTimestamp: '2026-01-01T00:00:00Z'"), data, "", drift.Same},
		{"another uid", fmt.Sprintf(meta, ", uid: x"), fmt.Sprintf(meta, ", uid: y"), data, "", drift.Unsure},

		{"quantities", container(", resources: {limits: {cpu: 1000m, memory: 1024Mi}}"), container(`, resources: {limits: {cpu: "1", memory: 1Gi}}`), limits, "", drift.Same},
		{"quantities as numbers", container(", resources: {limits: {cpu: 0.5, memory: 1024}}"), container(`, resources: {limits: {cpu: 500m, memory: "1024"}}`), limits, "", drift.Same},
		{"other quantities", container(", resources: {limits: {cpu: 1000m, memory: 1Gi}}"), container(`, resources: {limits: {cpu: "2", memory: 1Gi}}`), limits, "", drift.Unsure},
		{"equal quantities that the server keeps apart", container(`, resources: {limits: {cpu: "1", memory: "1073741824"}}`),
			container(`, resources: {limits: {cpu: "1", memory: 1Gi}}`), limits, "", drift.Unsure},
		{"a quantity in the environment is text", container(`, env: [{name: A, value: 1000m}]`), container(`, env: [{name: A, value: "1"}]`), "", env, drift.Differs},
		{"a value that evenkeel still owns may have been rewritten", container(`, env: [{name: A, value: x}]`), container(`, env: [{name: A, value: y}]`), env, "", drift.Unsure},
		{"an empty value", container(`, env: [{name: A, value: ""}]`), container(`, env: [{name: A}]`), env, "", drift.Same},
		{"a false that the server dropped", container(`, tty: false`), container(``), fmt.Sprintf(main, `{".":{},"f:name":{},"f:tty":{}}`), "", drift.Same},
		{"a false that it may keep", container(`, imaginary: false`), container(``), fmt.Sprintf(main, `{".":{},"f:name":{}}`), "", drift.Unsure},
		{"an empty list", container(`, command: []`), container(``), fmt.Sprintf(main, `{".":{},"f:name":{}}`), "", drift.Same},
		{"an item that Git does not name", container(``), fmt.Sprintf(pod, "{name: main}, {name: injected}"),
			fmt.Sprintf(main, `{".":{},"f:name":{}}`), "", drift.Same},
		{"another order", fmt.Sprintf(pod, "{name: b}, {name: main}"), fmt.Sprintf(pod, "{name: main}, {name: b}"),
			fmt.Sprintf(main, `{".":{},"f:name":{}},"k:{\"name\":\"b\"}":{".":{},"f:name":{}}`), "", drift.Unsure},

		{"a port without protocol", fmt.Sprintf(svc, "[{port: 80}, {port: 80, protocol: UDP}]"),
			fmt.Sprintf(svc, "[{port: 80, protocol: TCP, targetPort: 80}, {port: 80, protocol: UDP, targetPort: 80}]"), ports, "", drift.Same},
		{"two ports with one key", fmt.Sprintf(svc, "[{port: 80}, {port: 80, protocol: TCP}]"),
			fmt.Sprintf(svc, "[{port: 80, protocol: TCP}, {port: 80, protocol: UDP}]"), ports, "", drift.Unsure},
		{"protocols inside an atomic list", fmt.Sprintf(net, "{port: 80}, {port: 53, protocol: UDP}"), fmt.Sprintf(net, "{port: 80, protocol: TCP}, {port: 53, protocol: UDP}"),
			`{"f:spec":{"f:ingress":{}}}`, "", drift.Same},
		{"another port inside an atomic list", fmt.Sprintf(net, "{port: 81}"), fmt.Sprintf(net, "{port: 80, protocol: TCP}"), `{"f:spec":{"f:ingress":{}}}`, "", drift.Unsure},

		{"base64 with line ends", fmt.Sprintf(sec, `data: {a: "c2Vj\ncmV0"}`), fmt.Sprintf(sec, "data: {a: c2VjcmV0}"), data, "", drift.Same},
		{"stringData", fmt.Sprintf(sec, "stringData: {a: secret}"), fmt.Sprintf(sec, "data: {a: c2VjcmV0}"), data, "", drift.Same},
		{"another secret", fmt.Sprintf(sec, "data: {a: bmV3}"), fmt.Sprintf(sec, "data: {a: c2VjcmV0}"), data, "", drift.Differs},
		{"what is no base64", fmt.Sprintf(sec, "data: {a: '?'}"), fmt.Sprintf(sec, "data: {a: c2VjcmV0}"), data, "", drift.Unsure},

		{"a custom kind's text is not a quantity", fmt.Sprintf(own, "{limits: {cpu: 1000m}}"), fmt.Sprintf(own, "{limits: {cpu: '1'}}"),
			`{"f:spec":{"f:limits":{"f:cpu":{}}}}`, "", drift.Unsure},
		{"a number with a point", fmt.Sprintf(own, "{n: 1.0}"), fmt.Sprintf(own, "{n: 1}"), `{"f:spec":{"f:n":{}}}`, "", drift.Same},
		{"a custom kind's default", fmt.Sprintf(own, "{list: [{a: 1}]}"), fmt.Sprintf(own, "{list: [{a: 1, b: 2}]}"), `{"f:spec":{"f:list":{}}}`, "", drift.Unsure},
		{"a key that the custom kind fills in", fmt.Sprintf(own, "{ports: [{port: 1}]}"), fmt.Sprintf(own, "{ports: [{port: 1, mode: x}]}"),
			`{"f:spec":{"f:ports":{"k:{\"mode\":\"x\",\"port\":1}":{".":{},"f:port":{}}}}}`, "", drift.Same},
		{"a set", fmt.Sprintf(own, "{tags: [b]}"), fmt.Sprintf(own, "{tags: [a, b]}"), `{"f:spec":{"f:tags":{"v:\"b\"":{}}}}`, "", drift.Same},
		{"a value taken from a set in Git", fmt.Sprintf(own, "{tags: [b]}"), fmt.Sprintf(own, "{tags: [a, b]}"), `{"f:spec":{"f:tags":{"v:\"a\"":{},"v:\"b\"":{}}}}`, "", drift.Unsure},
		{"status", strings.TrimSuffix(fmt.Sprintf(own, "{a: 1}"), "}") + ", status: {b: 1}}", fmt.Sprintf(own, "{a: 1}"), `{"f:spec":{"f:a":{}}}`, "", drift.Same},
		{"another version", strings.Replace(fmt.Sprintf(own, "{a: 1}"), "v1", "v2", 1), fmt.Sprintf(own, "{a: 1}"), `{"f:spec":{"f:a":{}}}`, "", drift.Unsure},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			live := liveBy(t, tt.live, tt.ours, tt.someones)
			if got := drift.Compare(object(t, tt.git), live); got != tt.want {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

func TestCompareWithTheServersObject(t *testing.T) {
	desired, live := scaled(t)
	if got := drift.Compare(desired, live); got != drift.Differs {
		t.Errorf("scaled by hand: %v", got)
	}
	setReplicas(t, desired, 1)
	if got := drift.Compare(desired, live); got != drift.Same {
		t.Errorf("Git followed: %v: %+v", got, drift.Fields(desired, live, nil))
	}
}

func TestCompareSeesWhatKubectlApplyLeft(t *testing.T) {
	const last = `{"metadata":{"name":"a"},"data":{"a":"1","b":"2"}}`
	live := liveBy(t, `{apiVersion: v1, kind: ConfigMap, metadata: {name: a, annotations: {}}, data: {a: "1", b: "2"}}`, "", `{"f:data":{"f:a":{},"f:b":{}}}`)
	live.SetAnnotations(map[string]string{"kubectl.kubernetes.io/last-applied-configuration": last})
	desired := object(t, `{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: "1"}}`)
	entry := live.Object["metadata"].(map[string]any)["managedFields"].([]any)[0].(map[string]any)
	if got := drift.Compare(desired, live); got != drift.Same {
		t.Errorf("not kubectl apply's: %v", got)
	}
	entry["manager"] = "kubectl-client-side-apply"
	if got := drift.Compare(desired, live); got != drift.Unsure {
		t.Errorf("kubectl apply's: %v", got)
	}
}

func TestJudge(t *testing.T) {
	const base = `{apiVersion: v1, kind: X, metadata: {name: a%s}, spec: {n: 1}%s}`
	tests := []struct {
		name             string
		metadata, others string
		want             drift.Answer
	}{
		{"nothing", "", "", drift.Same},
		{"bookkeeping", `, managedFields: [{manager: x}], resourceVersion: "7", generation: 2, creationTimestamp: null, selfLink: x`, "", drift.Same},
		{"part of a set", `, labels: {applyset.kubernetes.io/part-of: x}`, "", drift.Same},
		{"status", "", ", status: {a: 1}", drift.Same},
		{"a label", `, labels: {a: b}`, "", drift.Differs},
		{"an annotation of kubectl", `, annotations: {kubectl.kubernetes.io/last-applied-configuration: x}`, "", drift.Differs},
		{"another field", "", ", data: {}", drift.Differs},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, b := object(t, fmt.Sprintf(base, "", "")), object(t, fmt.Sprintf(base, tt.metadata, tt.others))
			if got := drift.Judge(a, b); got != tt.want {
				t.Errorf("%v, want %v", got, tt.want)
			}
			if got := drift.Judge(b, a); got != tt.want {
				t.Errorf("the other way round: %v, want %v", got, tt.want)
			}
		})
	}
}

// BenchmarkCompare is one comparison of a deployment that nobody changed.
func BenchmarkCompare(b *testing.B) {
	desired, live := scaled(b)
	setReplicas(b, desired, 1)
	b.ReportAllocs()
	for b.Loop() {
		if got := drift.Compare(desired, live); got != drift.Same {
			b.Fatal(got)
		}
	}
}

func setReplicas(t testing.TB, o *unstructured.Unstructured, n int64) {
	t.Helper()
	if err := unstructured.SetNestedField(o.Object, n, "spec", "replicas"); err != nil {
		t.Fatal(err)
	}
}

// FuzzCompare feeds arbitrary objects: nothing may panic, nothing may be changed.
func FuzzCompare(f *testing.F) {
	desired, live := scaled(f)
	for _, pair := range [][2]*unstructured.Unstructured{{desired, live}, {live, desired}} {
		a, errA := pair[0].MarshalJSON()
		b, errB := pair[1].MarshalJSON()
		if errA != nil || errB != nil {
			f.Fatal(errA, errB)
		}
		f.Add(a, b)
	}
	f.Add([]byte(`{"kind":"Secret","metadata":[]}`), []byte(`{"kind":"Secret","data":"x","metadata":{"managedFields":[{"fieldsV1":{"f:data":{}}}]}}`))
	f.Add([]byte(`{"kind":"X","metadata":{"name":{},"namespace":{},"creationTimestamp":[]},"l":[{"name":{}}]}`),
		[]byte(`{"kind":"X","metadata":{"name":{},"namespace":{},"creationTimestamp":[],"managedFields":[{"operation":"Update","manager":"before-first-apply","fieldsV1":{}}],"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"l\":[{\"name\":{}}]}"}},"l":[{"name":{}}]}`))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		x, y := &unstructured.Unstructured{}, &unstructured.Unstructured{}
		if x.UnmarshalJSON(a) != nil || y.UnmarshalJSON(b) != nil {
			return // no objects at all
		}
		before := asJSON(x, y)
		drift.Compare(x, y)
		drift.Judge(x, y)
		drift.Fields(x, y, nil)
		drift.Fields(x, y, y)
		want, have := drift.Diff(x, y, nil)
		drift.Unified("x", have, want)
		drift.Effective(x, []string{"/metadata/labels/a", "/spec/a/0/b"}, y)
		drift.MaskSecretPair(x, y)
		if asJSON(x, y) != before {
			t.Error("the arguments were changed")
		}
	})
}
