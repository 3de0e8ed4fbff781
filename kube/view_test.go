package kube_test

import (
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/evenkeel/evenkeel/kube"
)

func TestViewFollowsMembersAndStrangers(t *testing.T) {
	c := cluster(t)
	ns := namespace(t, c)
	set := c.Set(kube.SetOptions{Name: "follow", Namespace: ns})
	member, stranger, missing := configMap(t, ns, "member", "a"), configMap(t, ns, "stranger", "a"), configMap(t, ns, "missing", "a")
	extra, unrelated := configMap(t, ns, "extra", "a"), configMap(t, ns, "unrelated", "a")
	apply(t, c, set, member, extra)
	apply(t, c, nil, stranger, unrelated)

	w := watch(t, c, set)
	w.follow(member, stranger, missing)
	state := w.untilReady()
	if state.Err != nil || len(state.Kinds) > 0 || state.AsOf.IsZero() {
		t.Errorf("the state is %+v", state)
	}
	for _, tc := range []struct {
		object       *unstructured.Unstructured
		live, member bool
	}{{member, true, true}, {extra, true, true}, {stranger, true, false}, {missing, false, false}, {unrelated, false, false}} {
		live := w.Get(kube.IDOf(tc.object))
		if (live != nil) != tc.live || isMember(live) != tc.member {
			t.Errorf("%s is %+v", tc.object.GetName(), live)
		}
	}
	if got := len(w.IDs()); got != 3 {
		t.Errorf("%d objects are held instead of 3: %v", got, w.IDs())
	}

	t.Run("adopted", func(t *testing.T) {
		apply(t, c, set, stranger)
		w.untilLive(stranger, "is a member", isMember)
	})
	t.Run("created", func(t *testing.T) {
		apply(t, c, set, missing)
		w.untilLive(missing, "is a member", isMember)
	})
	t.Run("changed", func(t *testing.T) {
		apply(t, c, set, configMap(t, ns, "missing", "b"))
		w.untilLive(missing, "has the new value", func(l *kube.Live) bool {
			value, _, _ := unstructured.NestedString(l.Object().Object, "data", "key")
			return value == "b"
		})
	})
	t.Run("label removed by hand", func(t *testing.T) {
		apply(t, c, nil, configMap(t, ns, "member", "a")) // without the label, which evenkeel owns
		live := w.untilLive(member, "is no member", func(l *kube.Live) bool { return !isMember(l) })
		if live == nil {
			t.Fatal("it seems to be gone")
		}
		apply(t, c, set, member)
		w.untilLive(member, "is a member again", isMember)
	})
	t.Run("deleted", func(t *testing.T) {
		for _, o := range []*unstructured.Unstructured{member, extra} {
			if err := c.Delete(t.Context(), kube.IDOf(o), ""); err != nil {
				t.Fatal(err)
			}
			w.untilLive(o, "is gone", isGone)
		}
	})
	t.Run("wanted later", func(t *testing.T) {
		w.follow(stranger, missing, member, unrelated)
		w.untilLive(unrelated, "is held", func(l *kube.Live) bool { return l != nil && !l.Member })
	})
	t.Run("wanted no longer", func(t *testing.T) {
		w.follow(stranger)
		w.until("the unlabelled one is let go", func(kube.ViewState) bool { return w.Get(kube.IDOf(unrelated)) == nil })
		if !isMember(w.Get(kube.IDOf(missing))) {
			t.Error("a member is forgotten because Git does not name it any longer")
		}
	})
	t.Run("kind no longer followed", func(t *testing.T) {
		w.Follow(nil, []schema.GroupKind{{Kind: "Service"}})
		w.until("nothing is held", func(s kube.ViewState) bool { return s.Ready && len(w.IDs()) == 0 })
	})
}

// TestViewFollowsJobsThereAndBack: whoever looks elsewhere for a moment learns
// anew which Jobs there are.
func TestViewFollowsJobsThereAndBack(t *testing.T) {
	c := cluster(t)
	ns := namespace(t, c)
	w := watch(t, c, c.Set(kube.SetOptions{Name: "jobs", Namespace: ns}))
	w.follow()
	read := func(s kube.ViewState) bool { return s.JobsRead }
	w.FollowJobs(ns)
	w.until("the Jobs are read", read)
	for range 5 {
		w.FollowJobs(ns + "-elsewhere")
		w.FollowJobs(ns)
		w.until("the Jobs are read again", read)
	}
}
