package kube

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// A rollout whose pods cannot start says so itself only after its deadline,
// ten minutes by default. So the pods of workloads that make no progress are
// watched, for that long, and a pod that cannot start makes the workload Degraded.

// podSign is what of a pod tells how its workload does.
type podSign struct {
	created  time.Time
	revision string // of the pod template it was made from
	trouble  string // why it cannot run; "" when it may
}

// hopeless are the reasons for which a container waits that do not go away
// without somebody changing something.
var hopeless = []string{
	"ImagePullBackOff", "ErrImagePull", "ErrImageNeverPull", "InvalidImageName", "CrashLoopBackOff",
	"CreateContainerConfigError", "CreateContainerError", "RunContainerError",
}

var podKind = schema.GroupVersionKind{Version: "v1", Kind: "Pod"}

// watchedForPods are the kinds whose pods are looked at.
var watchedForPods = []schema.GroupKind{
	{Group: "apps", Kind: "Deployment"},
	{Group: "apps", Kind: "StatefulSet"},
	{Group: "apps", Kind: "DaemonSet"},
	{Group: "batch", Kind: "Job"},
}

// stuck tells whether the pods of an object matter now.
func stuck(live *Live) bool {
	return live.Health == Progressing && !live.Deleting && slices.Contains(watchedForPods, live.ID.GroupKind())
}

// addPods adds a watch of the pods in each namespace where a workload makes no progress.
func (v *View) addPods(needed map[target]bool) {
	for id, e := range v.entries {
		if e.alone != nil && stuck(e.alone) {
			needed[target{gvk: podKind, namespace: id.Namespace, role: pods}] = true
		}
	}
}

// diagnose settles what is shown of an object: what it says itself, unless
// its pods know better.
func (v *View) diagnose(e *entry) {
	shown := e.alone
	if stuck(e.alone) {
		poke(v.lazy)
		if trouble := troubleOf(e.alone, v.pods[e.id]); trouble != "" {
			worse := *e.alone
			worse.Health, worse.Message = Degraded, trouble
			shown = &worse
		}
	} else {
		delete(v.pods, e.id)
	}
	if e.live == nil || shown.Health != e.live.Health || shown.Message != e.live.Message {
		v.touch(e.id)
	}
	e.live = shown
}

// replacePods takes the list of all pods of a namespace.
func (v *View) replacePods(t target, all []*Live) {
	for id := range v.pods {
		if t.covers(id) {
			delete(v.pods, id)
		}
	}
	touched := map[ID]bool{}
	for _, live := range all {
		if owner, name, sign, ok := readPod(live); ok {
			v.keepPod(owner, name, sign)
			touched[owner] = true
		}
	}
	for id, e := range v.entries {
		if t.covers(id) && (touched[id] || e.live != e.alone) {
			v.diagnose(e)
		}
	}
}

// acceptPod takes a pod that appeared, changed or went.
func (v *View) acceptPod(live *Live, gone bool) {
	owner, name, sign, ok := readPod(live)
	if !ok {
		return
	}
	if gone {
		delete(v.pods[owner], name)
	} else {
		v.keepPod(owner, name, sign)
	}
	if e := v.entries[owner]; e != nil && e.alone != nil {
		v.diagnose(e)
	}
}

func (v *View) keepPod(owner ID, name string, sign podSign) {
	if e := v.entries[owner]; e == nil || e.alone == nil || !stuck(e.alone) {
		return
	}
	if v.pods[owner] == nil {
		v.pods[owner] = map[string]podSign{}
	}
	v.pods[owner][name] = sign
}

// readPod finds the workload of a pod and what the pod says.
func readPod(live *Live) (owner ID, name string, sign podSign, ok bool) {
	var pod struct {
		Metadata struct {
			CreationTimestamp time.Time
			Labels            map[string]string
			OwnerReferences   []struct {
				APIVersion, Kind, Name string
				Controller             bool
			}
		}
		Status struct{ InitContainerStatuses, ContainerStatuses []corev1.ContainerStatus }
	}
	if err := json.Unmarshal(live.raw, &pod); err != nil {
		return owner, "", sign, false
	}
	sign.created = pod.Metadata.CreationTimestamp
	for _, ref := range pod.Metadata.OwnerReferences {
		if ref.Controller {
			gk := schema.FromAPIVersionAndKind(ref.APIVersion, ref.Kind).GroupKind()
			owner, ok = ID{Group: gk.Group, Kind: gk.Kind, Namespace: live.ID.Namespace, Name: ref.Name}, true
		}
	}
	sign.revision = pod.Metadata.Labels["controller-revision-hash"]
	if hash := pod.Metadata.Labels["pod-template-hash"]; hash != "" && owner.Kind == "ReplicaSet" {
		sign.revision = hash
		owner.Kind, owner.Name = "Deployment", strings.TrimSuffix(owner.Name, "-"+hash)
	}
	for _, c := range append(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses...) {
		if w := c.State.Waiting; w != nil && slices.Contains(hopeless, w.Reason) && !live.Deleting {
			sign.trouble = fmt.Sprintf("%s: container %s: %s", live.ID.Name, c.Name, w.Reason)
			if w.Message != "" {
				sign.trouble += ": " + w.Message
			}
			break
		}
	}
	return owner, live.ID.Name, sign, ok
}

// troubleOf looks at the pods of the newest template only: those of the one
// before may be what a rollout is about to cure.
func troubleOf(live *Live, signs map[string]podSign) string {
	if len(signs) == 0 {
		return ""
	}
	// Times of creation are in seconds, so that two templates may be the newest.
	var newest time.Time
	var revisions []string
	for _, sign := range signs {
		if sign.created.After(newest) {
			newest, revisions = sign.created, nil
		}
		if sign.created.Equal(newest) {
			revisions = append(revisions, sign.revision)
		}
	}
	object := live.Object()
	observed, _, err := unstructured.NestedInt64(object.Object, "status", "observedGeneration")
	if live.ID.Kind != "Job" && (err != nil || observed < object.GetGeneration()) {
		return ""
	}
	switch live.ID.Kind {
	case "Deployment":
		if updated, _, err := unstructured.NestedInt64(object.Object, "status", "updatedReplicas"); err != nil || updated == 0 {
			return ""
		}
	case "StatefulSet":
		if update, _, err := unstructured.NestedString(object.Object, "status", "updateRevision"); err == nil && update != "" {
			revisions = []string{update}
		}
	}
	first, trouble := "", ""
	for name, sign := range signs {
		if slices.Contains(revisions, sign.revision) && sign.trouble != "" && (first == "" || name < first) {
			first, trouble = name, sign.trouble
		}
	}
	return trouble
}
