package kube_test

import (
	"testing"

	"github.com/evenkeel/evenkeel/kube"
)

func TestDeploymentOfARecord(t *testing.T) {
	whole := func(revision, through string) kube.Sync {
		return kube.Sync{Revision: revision, Through: through, Result: kube.Succeeded, Whole: true}
	}
	part := kube.Sync{Revision: "c", Result: kube.Succeeded}
	failed := kube.Sync{Revision: "c", Result: kube.Failed, Whole: true}
	tests := []struct {
		name  string
		syncs []kube.Sync // the newest first
		want  string
	}{
		{"none", nil, ""},
		{"never whole", []kube.Sync{failed, part}, ""},
		{"the only one", []kube.Sync{whole("a", "")}, "a"},
		{"a later revision that asked for the same", []kube.Sync{whole("a", "b")}, "a"},
		{"the next one", []kube.Sync{whole("b", ""), whole("a", "")}, "b"},
		{"put right by a person", []kube.Sync{whole("a", ""), whole("a", "")}, "a"},
		{"put right by a person, later", []kube.Sync{whole("b", ""), whole("b", ""), whole("a", "b")}, "a"},
		{"back to an earlier one", []kube.Sync{whole("a", ""), whole("b", ""), whole("a", "")}, "a"},
		{"what it did not take whole", []kube.Sync{failed, part, whole("a", "b")}, "a"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := ""
			if s := (kube.Record{Syncs: test.syncs}).Deployment(); s != nil {
				got = s.Revision
			}
			if got != test.want {
				t.Errorf("want %q, got %q", test.want, got)
			}
		})
	}
}
