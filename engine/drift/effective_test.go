package drift_test

import (
	"fmt"
	"testing"

	"github.com/evenkeel/evenkeel/engine/drift"
	"k8s.io/apimachinery/pkg/api/equality"
)

func TestEffective(t *testing.T) {
	const (
		workload = `{apiVersion: apps/v1, kind: Deployment, metadata: {name: a%s}, spec: {replicas: %s, template: {spec: {containers: [%s]}}}}`
		items    = `"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"main\"}":{".":{},"f:name":{},"f:image":{}},"k:{\"name\":\"side\"}":{".":{},"f:name":{},"f:image":{}}}}}`
	)
	git := fmt.Sprintf(workload, "", "3", "{name: side, image: side:1}, {name: main, image: main:1}")
	live := fmt.Sprintf(workload, "", "5", "{name: main, image: main:2}, {name: side, image: side:2}")
	tests := []struct {
		name      string
		ignore    string
		git, live string
		ours      string
		want      string
	}{
		{"owned: the live value", "/spec/replicas", git, live, `{"f:spec":{"f:replicas":{}}}`,
			fmt.Sprintf(workload, "", "5", "{name: side, image: side:1}, {name: main, image: main:1}")},
		{"not owned: left out", "/spec/replicas", git, live, `{"f:spec":{` + items + `}}`,
			`{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {template: {spec: {containers: [{name: side, image: side:1}, {name: main, image: main:1}]}}}}`},
		{"on creation: as in Git", "/spec/replicas", git, "", "", git},
		{"not named by Git", "/spec/paused", git, live, `{"f:spec":{"f:replicas":{}}}`, git},
		{"nothing like a pointer", "spec", git, live, `{"f:spec":{"f:replicas":{}}}`, git},
		{"identity", "/metadata/name", git, live, `{"f:spec":{"f:replicas":{}}}`, git},
		{"an item that stands elsewhere", "/spec/template/spec/containers/1/image", git, live, `{"f:spec":{` + items + `}}`,
			fmt.Sprintf(workload, "", "3", "{name: side, image: side:1}, {name: main, image: main:2}")},
		{"an index that Git does not have", "/spec/template/spec/containers/7/image", git, live, `{"f:spec":{` + items + `}}`, git},
		{"a whole item", "/spec/template/spec/containers/0", git, live, `{"f:spec":{` + items + `}}`,
			fmt.Sprintf(workload, "", "3", "{name: side, image: side:2}, {name: main, image: main:1}")},
		{"an escaped name, and the map it empties", "/metadata/annotations/example.com~1note",
			fmt.Sprintf(workload, ", annotations: {example.com/note: a}", "3", ""), fmt.Sprintf(workload, "", "3", ""), `{"f:spec":{"f:replicas":{}}}`,
			fmt.Sprintf(workload, "", "3", "")},
		{"field by field", "/metadata/annotations", fmt.Sprintf(workload, ", annotations: {a: git, b: git}", "3", ""),
			fmt.Sprintf(workload, ", annotations: {a: live, b: live}", "3", ""), `{"f:metadata":{"f:annotations":{"f:a":{}}}}`,
			fmt.Sprintf(workload, ", annotations: {a: live}", "3", "")},
		{"inside an atomic list", "/spec/ingress/0/ports/0/port",
			`{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a}, spec: {ingress: [{ports: [{port: 80}]}]}}`,
			`{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a}, spec: {ingress: [{ports: [{port: 81, protocol: TCP}]}]}}`,
			`{"f:metadata":{"f:labels":{}}}`,
			`{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a}, spec: {ingress: [{ports: [{port: 81}]}]}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			desired, want := object(t, tt.git), object(t, tt.want)
			got := drift.Effective(desired, []string{tt.ignore}, nil)
			if tt.live != "" {
				got = drift.Effective(desired, []string{tt.ignore}, liveBy(t, tt.live, tt.ours, ""))
			}
			if !equality.Semantic.DeepEqual(got, want) {
				t.Errorf("got %swant %s", asJSON(got), asJSON(want))
			}
			if !equality.Semantic.DeepEqual(desired, object(t, tt.git)) {
				t.Errorf("the desired object was changed: %s", asJSON(desired))
			}
		})
	}
}
