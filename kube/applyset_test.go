package kube_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/evenkeel/evenkeel/kube"
)

var (
	deployments = schema.GroupKind{Group: "apps", Kind: "Deployment"}
	configMaps  = schema.GroupKind{Kind: "ConfigMap"}
	services    = schema.GroupKind{Kind: "Service"}
)

func TestSetIDFollowsTheSpecification(t *testing.T) {
	c, err := kube.Connect(kube.Options{Kubeconfig: unreachableKubeconfig(t)})
	if err != nil {
		t.Fatal(err)
	}
	// base64url(sha256("<name>.<namespace>.<kind>.<group>")), without padding
	hash := sha256.Sum256([]byte("evenkeel-staging.shop.ConfigMap."))
	want := "applyset-" + base64.RawURLEncoding.EncodeToString(hash[:]) + "-v1"
	set := c.Set(kube.SetOptions{Name: "staging", Namespace: "shop"})
	if set.ID() != want {
		t.Errorf("the id is %s instead of %s", set.ID(), want)
	}
	if len(set.ID()) > 63 {
		t.Error("the id is too long for a label")
	}
}

func TestSetKeepsTheRecord(t *testing.T) {
	c := cluster(t)
	ns := namespace(t, c)
	set := c.Set(kube.SetOptions{Name: "staging", Namespace: ns})
	load := func() kube.Record {
		t.Helper()
		r, err := set.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	if r := load(); !reflect.DeepEqual(r, kube.Record{}) {
		t.Errorf("a record without parent: %+v", r)
	}
	must(second(set.Claim(t.Context(), []schema.GroupKind{configMaps}, []string{ns, "shop"})))
	must(second(set.Claim(t.Context(), []schema.GroupKind{deployments}, []string{"other"})))
	if r := load(); !r.Exists || !slices.Equal(r.Kinds, []schema.GroupKind{configMaps, deployments}) || !slices.Equal(r.Namespaces, []string{"other", "shop"}) {
		t.Errorf("claimed: %+v", r)
	}
	at := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
	must(second(set.Suspend(t.Context(), &kube.Suspension{By: "ann", Reason: "freeze", At: at})))
	for i := range 23 {
		must(second(set.Finish(t.Context(), []schema.GroupKind{services}, []string{ns}, kube.Sync{Revision: fmt.Sprint(i), Result: kube.Succeeded, Started: at, Changed: i, Whole: true})))
	}
	r := load()
	if !slices.Equal(r.Kinds, []schema.GroupKind{services}) || len(r.Namespaces) != 0 {
		t.Errorf("finished: %+v", r)
	}
	if len(r.Syncs) != 20 || r.Syncs[0] != (kube.Sync{Revision: "22", Result: kube.Succeeded, Started: at, Changed: 22, Whole: true}) || r.Syncs[19].Revision != "3" {
		t.Errorf("the syncs are %+v", r.Syncs)
	}
	if r.Suspended == nil || *r.Suspended != (kube.Suspension{By: "ann", Reason: "freeze", At: at}) {
		t.Errorf("suspended: %+v", r.Suspended)
	}
	must(second(set.Suspend(t.Context(), nil)))
	if r := load(); r.Suspended != nil || len(r.Syncs) != 20 {
		t.Errorf("resumed: %+v", r)
	}
	finish := func(s kube.Sync) {
		t.Helper()
		must(second(set.Finish(t.Context(), []schema.GroupKind{services}, []string{ns}, s)))
	}
	finish(kube.Sync{Revision: "22", Result: kube.Succeeded, Changed: 2, Whole: true, Automatic: true})
	finish(kube.Sync{Revision: "next", Result: kube.Succeeded, Whole: true})
	if r := load(); r.Syncs[0].At() != "next" || r.Syncs[0].Revision != "22" || r.Syncs[0].Corrected != 2 || r.Syncs[1].Revision != "21" {
		t.Errorf("what is no news has pushed out what is: %+v", r.Syncs[:2])
	}
	finish(kube.Sync{Revision: "next", Result: kube.Succeeded, Changed: 1, Whole: true, By: "ann"})
	if r := load(); r.Syncs[0].By != "ann" || r.Syncs[0].Changed != 1 || r.Syncs[1].Revision != "22" {
		t.Errorf("a sync that a person asked for is not told: %+v", r.Syncs[:2])
	}
	for i := range 25 {
		finish(kube.Sync{Revision: fmt.Sprint("bad", i), Result: kube.Failed, Started: at})
		finish(kube.Sync{Revision: fmt.Sprint("bad", i), Result: kube.Failed, Started: at.Add(time.Hour)})
	}
	if r := load(); len(r.Syncs) != 20 || r.Syncs[18].Revision != "bad6" || r.Syncs[0].Started != at || r.Syncs[19].By != "ann" {
		t.Errorf("the last sync that took everything is forgotten: %+v", r.Syncs)
	}

	w := watch(t, c, set)
	parent := configMap(t, ns, "evenkeel-staging", "")
	w.follow(parent)
	o := w.untilLive(parent, "is there", func(l *kube.Live) bool { return l != nil }).Object()
	for key, want := range map[string]string{
		"applyset.kubernetes.io/tooling":               "evenkeel/v1.2.3",
		"applyset.kubernetes.io/contains-group-kinds":  "Service",
		"applyset.kubernetes.io/additional-namespaces": "",
	} {
		if got, ok := o.GetAnnotations()[key]; !ok || got != want {
			t.Errorf("%s is %q", key, got)
		}
	}
	if o.GetLabels()["applyset.kubernetes.io/id"] != set.ID() {
		t.Errorf("the labels are %v", o.GetLabels())
	}
}

func TestSetWritersKeepEachOthersFacts(t *testing.T) {
	c := cluster(t)
	ns := namespace(t, c)
	set := c.Set(kube.SetOptions{Name: "busy", Namespace: ns})
	var group errgroup.Group
	for i := range 4 {
		group.Go(func() error {
			return second(set.Claim(t.Context(), []schema.GroupKind{{Kind: fmt.Sprintf("Kind%d", i)}}, nil))
		})
	}
	group.Go(func() error { return second(set.Suspend(t.Context(), &kube.Suspension{By: "ann"})) })
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	r, err := set.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Kinds) != 4 || r.Suspended == nil {
		t.Errorf("something was lost: %+v", r)
	}
}

func TestSetRefusesParentsOfOthers(t *testing.T) {
	c := cluster(t)
	ns := namespace(t, c)
	for name, manifest := range map[string]string{
		"other-tool": `{apiVersion: v1, kind: ConfigMap, metadata: {name: evenkeel-other-tool, annotations: {applyset.kubernetes.io/tooling: kubectl/v1.30}}}`,
		"no-set":     `{apiVersion: v1, kind: ConfigMap, metadata: {name: evenkeel-no-set}}`,
		"other-id": `{apiVersion: v1, kind: ConfigMap, metadata: {name: evenkeel-other-id, labels: {applyset.kubernetes.io/id: applyset-x-v1},
			annotations: {applyset.kubernetes.io/tooling: evenkeel/v1}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			apply(t, c, nil, object(t, ns, manifest))
			set := c.Set(kube.SetOptions{Name: name, Namespace: ns})
			_, loadErr := set.Load(t.Context())
			for _, err := range []error{loadErr, second(set.Claim(t.Context(), nil, nil)), second(set.Suspend(t.Context(), nil))} {
				if kube.ReasonOf(err) != kube.Invalid {
					t.Errorf("the error is %v", err)
				}
			}
		})
	}
}

// second is the error of a write that also returns the record.
func second(_ kube.Record, err error) error { return err }
