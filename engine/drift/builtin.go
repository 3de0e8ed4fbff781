package drift

import (
	"encoding/base64"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation"
)

// kind is what is known beforehand about the objects of a kind.
type kind struct {
	schema.GroupKind
	builtin bool // served by Kubernetes itself, from Go types
}

func kindOf(gk schema.GroupKind) kind {
	switch gk.Group {
	case "", "apps", "batch", "autoscaling", "policy",
		"admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "certificates.k8s.io",
		"coordination.k8s.io", "discovery.k8s.io", "events.k8s.io", "flowcontrol.apiserver.k8s.io", "networking.k8s.io",
		"node.k8s.io", "rbac.authorization.k8s.io", "resource.k8s.io", "scheduling.k8s.io", "storage.k8s.io":
		return kind{gk, true}
	}
	return kind{gk, false}
}

func (k kind) secret() bool { return k.Group == "" && k.Kind == "Secret" }

func (k kind) configMap() bool { return k.Group == "" && k.Kind == "ConfigMap" }

// isQuantity tells whether the server reads the string here as a quantity and
// writes it back in its own spelling.
func (k kind) isQuantity(p place) bool {
	if !k.builtin || len(p) < 2 || p.within("labels") || p.within("annotations") {
		return false
	}
	switch p.name() {
	case "sizeLimit", "divisor":
		return p.within("volumes") || p.within("env")
	case "averageValue", "value":
		return k.Group == "autoscaling" && p.up().name() == "target"
	}
	switch p.up().name() {
	case "limits", "requests":
		return p.up().up() != nil && p.up().up().name() == "resources"
	case "hard":
		return k.Kind == "ResourceQuota"
	case "capacity":
		return k.Kind == "PersistentVolume"
	case "default", "defaultRequest", "max", "min", "maxLimitRequestRatio":
		return k.Kind == "LimitRange"
	case "podFixed":
		return k.Kind == "RuntimeClass"
	case "overhead":
		return p.within("template")
	}
	return false
}

// sameQuantity tells whether the server would spell the applied quantity as the
// live one is spelled. 1Gi and 1073741824 are equal, but not the same to a
// server that keeps either.
func sameQuantity(applied, live any) bool {
	want, isString := live.(string)
	if !isString {
		return false
	}
	var text string
	switch v := applied.(type) {
	case string:
		text = v
	case int64:
		text = strconv.FormatInt(v, 10)
	case float64:
		text = strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return false
	}
	q, err := resource.ParseQuantity(strings.TrimSpace(text))
	return err == nil && q.String() == want
}

// sameBytes tells whether two base64 texts mean the same bytes; ok is false
// when one of them is not base64.
func sameBytes(applied, live string) (same, ok bool) {
	a, errA := base64.StdEncoding.DecodeString(applied)
	b, errB := base64.StdEncoding.DecodeString(live)
	if errA != nil || errB != nil {
		return false, false
	}
	return string(a) == string(b), true
}

// isDefault tells whether the server itself puts this value here, inside an
// atomic list or map, where none was given. container is the map it stands in.
func (k kind) isDefault(p place, value any, container map[string]any) bool {
	if !k.builtin {
		return false
	}
	if value == nil {
		return p.name() == "creationTimestamp"
	}
	switch p.name() {
	case "protocol":
		return value == "TCP" && p.is("ports", anItem, "protocol") &&
			(k.Kind == "NetworkPolicy" || k.Kind == "Endpoints" || k.Kind == "EndpointSlice")
	case "apiVersion":
		return value == "v1" && (p.is("fieldRef", "apiVersion") || p.at("spec", "volumeClaimTemplates", anItem, "apiVersion"))
	case "kind":
		return value == "PersistentVolumeClaim" && p.at("spec", "volumeClaimTemplates", anItem, "kind")
	case "status":
		status, isMap := value.(map[string]any)
		return isMap && len(status) == 1 && status["phase"] == "Pending" && p.at("spec", "volumeClaimTemplates", anItem, "status") ||
			value == "True" && p.is("onPodConditions", anItem, "status")
	case "volumeMode":
		return value == "Filesystem" && p.at("spec", "volumeClaimTemplates", anItem, "spec", "volumeMode")
	case "divisor":
		return value == "0" && p.is("resourceFieldRef", "divisor")
	case "expirationSeconds":
		return equalScalar(value, int64(3600)) && p.is("serviceAccountToken", "expirationSeconds")
	case "scope":
		return value == "*" && p.is("rules", anItem, "scope") && k.Group == "admissionregistration.k8s.io"
	case "apiGroup":
		if k.Group != "rbac.authorization.k8s.io" || value != k.Group {
			return false
		}
		subject := container["kind"]
		return p.at("roleRef", "apiGroup") ||
			p.at("subjects", anItem, "apiGroup") && (subject == "User" || subject == "Group")
	}
	return false
}

// keyDefault returns the value that the server puts into a key field of a list
// item that does not name it.
func (k kind) keyDefault(p place, key string) (any, bool) {
	if k.builtin && key == "protocol" && p.name() == "ports" {
		return "TCP", true
	}
	return nil, false
}

// mergesFields tells whether a map here is merged field by field, whatever the
// field sets say about it.
func (k kind) mergesFields(p place) bool {
	if len(p) == 0 || p.at("metadata") || p.at("metadata", "labels") || p.at("metadata", "annotations") {
		return true
	}
	if k.configMap() || k.secret() {
		return p.at("data") || p.at("binaryData")
	}
	if !k.builtin {
		return false
	}
	switch p.name() {
	case "strategy", "updateStrategy", "resources", "securityContext", "behavior":
		return true
	}
	return p.at("spec")
}

// dropsEmpty tells whether the server leaves out an empty list or map here.
// Only where the field is known to exist: a field that does not is an error.
func (k kind) dropsEmpty(p place) bool {
	switch {
	case p.at("metadata", "labels"), p.at("metadata", "annotations"):
		return true
	case k.configMap() && (p.at("data") || p.at("binaryData")), k.secret() && p.at("data"):
		return true
	case k.podSpec(p.up()):
		switch p.name() {
		case "nodeSelector", "tolerations", "volumes", "initContainers", "imagePullSecrets", "hostAliases":
			return true
		}
	case k.container(p.up()):
		switch p.name() {
		case "command", "args", "env", "envFrom", "ports", "volumeMounts", "volumeDevices":
			return true
		}
	case p.name() == "limits" || p.name() == "requests":
		return p.up().is("resources") && k.container(p.up().up())
	case p.name() == "labels" || p.name() == "annotations":
		return p.up().is("metadata") && k.podTemplate(p.up().up())
	case k.Kind == "NetworkPolicy" && k.builtin:
		return p.at("spec", "ingress") || p.at("spec", "egress") || p.is("matchLabels") && p.up().is("podSelector") ||
			p.at("spec", "ingress", anItem, "from") || p.at("spec", "ingress", anItem, "ports") ||
			p.at("spec", "egress", anItem, "to") || p.at("spec", "egress", anItem, "ports")
	case k.Group == "rbac.authorization.k8s.io":
		return p.at("rules", anItem, "resourceNames") || p.at("rules", anItem, "nonResourceURLs")
	}
	return false
}

// dropsZero tells whether the server leaves out the zero value of a scalar here.
func (k kind) dropsZero(p place) bool {
	switch {
	case k.podSpec(p.up()):
		return p.name() == "hostNetwork" || p.name() == "hostPID" || p.name() == "hostIPC"
	case k.container(p.up()):
		return p.name() == "tty" || p.name() == "stdin" || p.name() == "stdinOnce"
	case p.name() == "value":
		return p.is("env", anItem, "value") && k.container(p.up().up().up()) ||
			p.is("tolerations", anItem, "value") && k.podSpec(p.up().up().up())
	case p.name() == "readOnly":
		return p.is("volumeMounts", anItem, "readOnly") && k.container(p.up().up().up())
	case k.Group == "apps":
		return p.at("spec", "minReadySeconds") || k.Kind == "Deployment" && p.at("spec", "paused")
	case k.Group == "" && k.Kind == "Service":
		return p.at("spec", "publishNotReadyAddresses")
	}
	return false
}

// podSpec tells whether this is the specification of a pod.
func (k kind) podSpec(p place) bool {
	return p.is("spec") && (k.podTemplate(p.up()) || k.Group == "" && k.Kind == "Pod" && p.at("spec"))
}

// podTemplate tells whether this is what a controller makes pods from.
func (k kind) podTemplate(p place) bool {
	if !k.builtin || p.name() != "template" {
		return false
	}
	switch k.Kind {
	case "CronJob":
		return p.at("spec", "jobTemplate", "spec", "template")
	case "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "ReplicationController":
		return p.at("spec", "template")
	}
	return false
}

func (k kind) container(p place) bool {
	return (p.is("containers", anItem) || p.is("initContainers", anItem)) && k.podSpec(p.up().up())
}

// plain tells whether this is a string that the server keeps as it is given, in
// a map where entries come and go freely: what it holds is what was last
// written, and no default grows back.
func (k kind) plain(p place) bool {
	if len(p) < 2 {
		return false
	}
	if p.up().at("metadata", "labels") || p.up().at("metadata", "annotations") {
		return !reserved(p.name())
	}
	return (k.configMap() || k.secret()) && p.up().at("data")
}

// accepts tells whether the server takes this value at a plain place.
func (k kind) accepts(p place, value any) bool {
	text, isString := value.(string)
	switch {
	case !isString:
		return false
	case p.up().at("metadata", "labels"):
		return len(validation.IsQualifiedName(p.name())) == 0 && len(validation.IsValidLabelValue(text)) == 0
	case p.up().at("metadata", "annotations"):
		return len(validation.IsQualifiedName(strings.ToLower(p.name()))) == 0
	case k.secret():
		_, err := base64.StdEncoding.DecodeString(text)
		return err == nil && len(validation.IsConfigMapKey(p.name())) == 0
	default:
		return len(validation.IsConfigMapKey(p.name())) == 0
	}
}

// reserved tells whether Kubernetes may act on this label or annotation itself.
func reserved(key string) bool {
	domain, _, qualified := strings.Cut(key, "/")
	return qualified && domain != "app.kubernetes.io" &&
		(strings.HasSuffix(domain, "kubernetes.io") || strings.HasSuffix(domain, "k8s.io"))
}

// firm tells whether the server keeps a scalar as it is given here, so that a
// value that someone else wrote will be replaced by an apply.
func (k kind) firm(p place) bool {
	switch {
	case k.Group == "apps" && (k.Kind == "Deployment" || k.Kind == "StatefulSet" || k.Kind == "DaemonSet"):
		if p.at("spec", "replicas") || p.at("spec", "paused") {
			return true
		}
	case k.Group == "batch" && k.Kind == "CronJob":
		if p.at("spec", "suspend") {
			return true
		}
	case k.Group == "autoscaling" && k.Kind == "HorizontalPodAutoscaler":
		return p.at("spec", "minReplicas") || p.at("spec", "maxReplicas")
	default:
		return false
	}
	return p.name() == "image" && k.container(p.up()) ||
		p.is("env", anItem, "value") && k.container(p.up().up().up())
}
