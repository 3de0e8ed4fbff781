package kube

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

// Pod is one pod of a workload.
type Pod struct {
	ID         ID
	Phase      string
	Node       string
	Created    time.Time
	Ready      bool
	Deleting   bool
	Containers []Container // init containers first
}

// Container is one container of a pod.
type Container struct {
	Name     string
	Image    string
	Init     bool
	Ready    bool
	Restarts int
	State    string // Running, or the reason why it waits or ended
	Message  string
}

// Pods returns the pods of a workload, of a CronJob's jobs, or the pod itself.
func (c *Cluster) Pods(ctx context.Context, id ID) ([]Pod, error) {
	if !hasPods(id) {
		return nil, nil
	}
	pods, _, err := c.podsOf(ctx, id)
	if err != nil {
		return nil, objectError(id, "list its pods", err)
	}
	slices.SortFunc(pods, func(a, b Pod) int { return cmp.Or(a.Created.Compare(b.Created), a.ID.Compare(b.ID)) })
	return pods, nil
}

// podOwners are the kinds that own pods, and the kinds that stand between.
var podOwners = map[schema.GroupKind][]resource{
	{Group: "apps", Kind: "Deployment"}:  {{gvk: schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "ReplicaSet"}, plural: "replicasets", namespaced: true}},
	{Group: "batch", Kind: "CronJob"}:    {{gvk: schema.GroupVersionKind{Group: "batch", Version: "v1", Kind: "Job"}, plural: "jobs", namespaced: true}},
	{Group: "apps", Kind: "ReplicaSet"}:  {},
	{Group: "apps", Kind: "StatefulSet"}: {},
	{Group: "apps", Kind: "DaemonSet"}:   {},
	{Group: "batch", Kind: "Job"}:        {},
	{Kind: "ReplicationController"}:      {},
	{Kind: "Pod"}:                        {},
}

func hasPods(id ID) bool {
	_, ok := podOwners[id.GroupKind()]
	return ok
}

// podsOf finds the pods of a workload by owner, and the objects that stand between.
func (c *Cluster) podsOf(ctx context.Context, id ID) (pods []Pod, between []ID, err error) {
	r, err := c.discovery.find(ctx, id.GroupKind().WithVersion(""))
	if err != nil {
		return nil, nil, err
	}
	body, err := c.fetch(ctx, request{method: http.MethodGet, path: r.path(id.Namespace, id.Name)})
	if err != nil {
		return nil, nil, err
	}
	var workload struct {
		Metadata metav1.ObjectMeta
		Spec     struct{ Selector json.RawMessage }
	}
	if err := json.Unmarshal(body, &workload); err != nil {
		return nil, nil, fmt.Errorf("reading the workload: %w", err)
	}
	if id.Kind == "Pod" && id.Group == "" {
		var pod corev1.Pod
		if err := json.Unmarshal(body, &pod); err != nil {
			return nil, nil, fmt.Errorf("reading the pod: %w", err)
		}
		return []Pod{podOf(&pod)}, nil, nil
	}
	query := url.Values{}
	if selector := selectorOf(workload.Spec.Selector); selector != "" {
		query.Set("labelSelector", selector)
	}
	owners := map[types.UID]bool{workload.Metadata.UID: true}
	for _, middle := range podOwners[id.GroupKind()] {
		list := metav1.PartialObjectMetadataList{}
		if err := c.listInto(ctx, middle, id.Namespace, maps.Clone(query), &list); err != nil {
			return nil, nil, err
		}
		for _, item := range list.Items {
			if ownedBy(item.OwnerReferences, owners) {
				owners[item.UID] = true
				between = append(between, ID{Group: middle.gvk.Group, Kind: middle.gvk.Kind, Namespace: item.Namespace, Name: item.Name})
			}
		}
	}
	list := corev1.PodList{}
	if err := c.listInto(ctx, podResource, id.Namespace, query, &list); err != nil {
		return nil, nil, err
	}
	for i := range list.Items {
		if ownedBy(list.Items[i].OwnerReferences, owners) {
			pods = append(pods, podOf(&list.Items[i]))
		}
	}
	return pods, between, nil
}

func ownedBy(references []metav1.OwnerReference, owners map[types.UID]bool) bool {
	return slices.ContainsFunc(references, func(r metav1.OwnerReference) bool { return owners[r.UID] })
}

// selectorOf spells the selector of a workload for a query. Without one (a
// CronJob) everything is listed and told apart by its owner.
func selectorOf(raw json.RawMessage) string {
	selector := metav1.LabelSelector{}
	if len(raw) == 0 || json.Unmarshal(raw, &selector) != nil {
		return ""
	}
	if len(selector.MatchLabels)+len(selector.MatchExpressions) == 0 {
		return ""
	}
	return metav1.FormatLabelSelector(&selector)
}

// dependents are the objects about which a workload's events are: what stands
// between it and its pods, and the pods, the newest first.
func (c *Cluster) dependents(ctx context.Context, id ID) ([]ID, error) {
	pods, between, err := c.podsOf(ctx, id)
	if ReasonOf(err) == NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	slices.SortFunc(pods, func(a, b Pod) int { return b.Created.Compare(a.Created) })
	var ids []ID
	for _, pod := range pods {
		if pod.ID != id {
			ids = append(ids, pod.ID)
		}
	}
	return append(between[:min(len(between), maxEventOwners/2)], ids...), nil
}

func podOf(p *corev1.Pod) Pod {
	pod := Pod{
		ID:    ID{Kind: "Pod", Namespace: p.Namespace, Name: p.Name},
		Phase: string(p.Status.Phase), Node: p.Spec.NodeName,
		Created: p.CreationTimestamp.Time, Deleting: p.DeletionTimestamp != nil,
	}
	for _, condition := range p.Status.Conditions {
		if condition.Type == corev1.PodReady {
			pod.Ready = condition.Status == corev1.ConditionTrue
		}
	}
	add := func(specs []corev1.Container, statuses []corev1.ContainerStatus, init bool) {
		for _, spec := range specs {
			container := Container{Name: spec.Name, Image: spec.Image, Init: init, State: "Waiting"}
			for _, s := range statuses {
				if s.Name == spec.Name {
					container.Ready, container.Restarts = s.Ready, int(s.RestartCount)
					container.State, container.Message = stateOf(s.State)
				}
			}
			pod.Containers = append(pod.Containers, container)
		}
	}
	add(p.Spec.InitContainers, p.Status.InitContainerStatuses, true)
	add(p.Spec.Containers, p.Status.ContainerStatuses, false)
	return pod
}

func stateOf(s corev1.ContainerState) (state, message string) {
	switch {
	case s.Running != nil:
		return "Running", ""
	case s.Terminated != nil:
		return cmp.Or(s.Terminated.Reason, "Terminated"), s.Terminated.Message
	case s.Waiting != nil:
		return cmp.Or(s.Waiting.Reason, "Waiting"), s.Waiting.Message
	}
	return "Waiting", ""
}
