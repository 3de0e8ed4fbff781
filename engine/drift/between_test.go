package drift_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/engine/drift"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestBetween(t *testing.T) {
	const (
		pod = `{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {template: {spec: {containers: [%s]}}}}`
		cm  = `{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: %s}`
		sec = `{apiVersion: v1, kind: Secret, metadata: {name: a, annotations: {note: %s}}, data: %s}`
	)
	with := func(format string, values ...string) string {
		for _, v := range values {
			format = strings.Replace(format, "%s", v, 1)
		}
		return format
	}
	for name, c := range map[string]struct {
		before, after string
		want          []string
	}{
		"nothing":  {with(cm, "{a: b}"), with(cm, "{a: b}"), nil},
		"a value":  {with(cm, "{a: b}"), with(cm, "{a: c}"), []string{"Change data.a b c"}},
		"an entry": {with(cm, "{a: b}"), with(cm, "{a: b, c: d}"), []string{"Add data.c <nil> d"}},
		"gone":     {with(cm, "{a: b, c: d}"), with(cm, "{a: b}"), []string{"Remove data.c d <nil>"}},
		"containers by name, whatever their order": {
			with(pod, "{name: main, image: a}, {name: side, image: b}"), with(pod, "{name: new, image: n}, {name: side, image: c}, {name: main, image: a}"),
			[]string{"Add spec.template.spec.containers[new]", "Change spec.template.spec.containers[side].image b c"},
		},
		"variables inside of containers": {
			with(pod, "{name: main, env: [{name: A, value: '1'}, {name: B, value: '2'}]}"), with(pod, "{name: main, env: [{name: B, value: '3'}]}"),
			[]string{"Remove spec.template.spec.containers[main].env[A]", "Change spec.template.spec.containers[main].env[B].value 2 3"},
		},
		"arguments as a whole": {
			with(pod, "{name: main, args: [a, b]}"), with(pod, "{name: main, args: [b, a]}"),
			[]string{"Change spec.template.spec.containers[main].args [a b] [b a]"},
		},
		"only the order": {
			with(pod, "{name: main}, {name: side}"), with(pod, "{name: side}, {name: main}"),
			[]string{"Change spec.template.spec.containers"},
		},
		"a Secret": {
			with(sec, "one", "{a: b25l, b: c2FtZQ==}"), with(sec, "two", "{a: dHdv, b: c2FtZQ==}"),
			[]string{"Change data.a <nil> <nil>", "Change metadata.annotations.note <nil> <nil>"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			fields, before, after := drift.Between(object(t, c.before), object(t, c.after))
			var got []string
			for _, f := range fields {
				got = append(got, strings.Join([]string{string(f.Op), f.Path, fmt.Sprint(f.Live), fmt.Sprint(f.Desired)}, " "))
			}
			if !slices.EqualFunc(got, c.want, strings.HasPrefix) {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if (before != after) != (len(c.want) > 0) {
				t.Errorf("the texts do not go with it:\n%s\n%s", before, after)
			}
			for _, secret := range []string{"b25l", "dHdv", "c2FtZQ", "one", "two"} {
				if strings.Contains(before+after, secret) {
					t.Errorf("%s can be read in\n%s\n%s", secret, before, after)
				}
			}
		})
	}
}

func TestBetweenNothing(t *testing.T) {
	o := object(t, `{apiVersion: v1, kind: Secret, metadata: {name: a}, stringData: {password: hunter2}}`)
	for _, pair := range [][2]*unstructured.Unstructured{{nil, o}, {o, nil}, {nil, nil}} {
		fields, before, after := drift.Between(pair[0], pair[1])
		if len(fields) != 0 || (before == "") != (pair[0] == nil) || (after == "") != (pair[1] == nil) || strings.Contains(before+after, "hunter2") {
			t.Errorf("got %v\n%s\n%s", fields, before, after)
		}
	}
}

func TestWhole(t *testing.T) {
	o := object(t, `{apiVersion: v1, kind: Secret, metadata: {name: a, uid: u, managedFields: [{manager: m}], annotations: {
		kubectl.kubernetes.io/last-applied-configuration: '{"data":{"password":"hunter2"}}', copy: hunter2}}, data: {password: aHVudGVyMg==}}`)
	got := drift.Whole(o)
	want := "apiVersion: v1\nkind: Secret\nmetadata:\n  annotations:\n    copy: (hidden)\n  name: a\n  uid: u\ndata:\n  password: (hidden)\n"
	if got != want {
		t.Errorf("got\n%s", got)
	}
	if o.GetAnnotations()["copy"] != "hunter2" || o.Object["metadata"].(map[string]any)["managedFields"] == nil {
		t.Error("the object itself was changed")
	}
	plain := object(t, `{apiVersion: v1, kind: Thing, metadata: {name: a, annotations: {kubectl.kubernetes.io/last-applied-configuration: x}}, status: {ready: true}}`)
	if got := drift.Whole(plain); got != "apiVersion: v1\nkind: Thing\nmetadata:\n  name: a\nstatus:\n  ready: true\n" {
		t.Errorf("got\n%s", got)
	}
}
