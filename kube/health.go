package kube

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

// Health is how an object is doing.
type Health string

// The words for health.
const (
	Healthy     Health = "Healthy"
	Progressing Health = "Progressing"
	Degraded    Health = "Degraded"
	Suspended   Health = "Suspended"
	Missing     Health = "Missing"
	Unknown     Health = "Unknown"
)

const beingDeleted = "being deleted"

// healthWithoutStatus are the kinds of which an empty status says that they
// are not there yet. A status of any other kind may stay empty for ever.
var healthWithoutStatus = map[schema.GroupKind]bool{
	{Kind: "PersistentVolumeClaim"}:                                   true,
	{Kind: "Pod"}:                                                     true,
	{Kind: "ReplicationController"}:                                   true,
	{Kind: "Service"}:                                                 true,
	{Group: "apps", Kind: "DaemonSet"}:                                true,
	{Group: "apps", Kind: "Deployment"}:                               true,
	{Group: "apps", Kind: "ReplicaSet"}:                               true,
	{Group: "apps", Kind: "StatefulSet"}:                              true,
	{Group: "batch", Kind: "Job"}:                                     true,
	{Group: "batch", Kind: "CronJob"}:                                 true,
	{Group: "policy", Kind: "PodDisruptionBudget"}:                    true,
	{Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition"}: true,
}

// HealthOf computes the health of an object from the object alone, and says
// why when it is not healthy.
func HealthOf(o *unstructured.Unstructured) (Health, string) {
	if o == nil {
		return Missing, ""
	}
	if o.GetDeletionTimestamp() != nil {
		return Progressing, beingDeleted
	}
	if word, ok := suspension(o); ok {
		return Suspended, word
	}
	result, err := status.Compute(o)
	if err != nil {
		return Unknown, err.Error()
	}
	switch result.Status {
	case status.CurrentStatus:
		return Healthy, ""
	case status.InProgressStatus:
		return Progressing, result.Message
	case status.FailedStatus:
		return Degraded, result.Message
	case status.TerminatingStatus:
		return Progressing, beingDeleted
	case status.NotFoundStatus:
		return Missing, result.Message
	}
	return Unknown, result.Message
}

// suspension knows the two ways in which people switch an object off.
func suspension(o *unstructured.Unstructured) (string, bool) {
	if suspended, _, err := unstructured.NestedBool(o.Object, "spec", "suspend"); err == nil && suspended {
		return "suspended by spec.suspend", true
	}
	if o.GetKind() != "Deployment" {
		return "", false
	}
	paused, _, err := unstructured.NestedBool(o.Object, "spec", "paused")
	return "rollout paused by spec.paused", err == nil && paused
}
