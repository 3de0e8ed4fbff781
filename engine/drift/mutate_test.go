package drift_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// addition is a field that a random edit may put into a map of a certain place,
// named by the end of its path; list items are "[]".
type addition struct {
	in    string
	key   string
	value any
}

type (
	obj = map[string]any
	arr = []any
)

// additions are what people and their tools put into objects: among them empty
// and zero values, defaults spelled out, and values that the server respells.
var additions = []addition{
	{"metadata.labels", "team", "blue"}, {"metadata.labels", "tier", ""}, {"metadata.annotations", "example.com/owner", "jane"},
	{"metadata", "labels", obj{}}, {"metadata", "annotations", obj{}}, {"metadata", "labels", obj{"team": "red"}},
	{"metadata", "annotations", obj{"example.com/x": ""}}, {"metadata", "finalizers", arr{"example.com/hold"}},
	{"metadata.labels", "app.kubernetes.io/version", "1"}, {"metadata.annotations", "prometheus.io/port", "80"},
	{"data", "EXTRA", "ZXh0cmE="}, {"data", "EMPTY", ""}, {"data", "NL", "bGluZQo="}, {"data", "BIN", "AAEC"},
	{"spec", "minReadySeconds", int64(0)}, {"spec", "minReadySeconds", int64(5)}, {"spec", "revisionHistoryLimit", int64(10)},
	{"spec", "revisionHistoryLimit", int64(3)}, {"spec", "paused", false}, {"spec", "strategy", obj{}},
	{"spec", "replicas", int64(0)}, {"spec", "replicas", int64(1)}, {"spec", "progressDeadlineSeconds", int64(600)},
	{"spec.strategy", "type", "RollingUpdate"}, {"spec", "updateStrategy", obj{}}, {"spec", "podManagementPolicy", "OrderedReady"},
	{"template.spec", "hostNetwork", false}, {"template.spec", "hostPID", false}, {"template.spec", "tolerations", arr{}},
	{"template.spec", "securityContext", obj{}}, {"template.spec", "nodeSelector", obj{}},
	{"template.spec", "securityContext", obj{"runAsNonRoot": true}}, {"template.spec", "securityContext", obj{"fsGroup": int64(0)}},
	{"template.spec", "terminationGracePeriodSeconds", int64(30)}, {"template.spec", "serviceAccountName", "default"},
	{"template.spec", "serviceAccountName", ""}, {"template.spec", "dnsPolicy", "ClusterFirst"}, {"template.spec", "volumes", arr{}},
	{"template.spec", "imagePullSecrets", arr{obj{"name": "registry"}}}, {"template.spec", "hostAliases", arr{}},
	{"template.spec", "hostAliases", arr{obj{"ip": "10.0.0.1", "hostnames": arr{"a"}}}}, {"template.spec", "affinity", obj{}},
	{"template.spec", "tolerations", arr{obj{"key": "a"}, obj{"key": "b", "operator": "Equal", "value": ""}}},
	{"template.spec", "initContainers", arr{}}, {"template.spec", "enableServiceLinks", true}, {"template.spec", "shareProcessNamespace", false},
	{"template.spec", "dnsConfig", obj{"options": arr{obj{"name": "ndots", "value": "1"}}}},
	{"template.spec", "automountServiceAccountToken", false}, {"template.spec", "overhead", obj{}},
	{"containers.[]", "env", arr{}}, {"containers.[]", "env", arr{obj{"name": "X"}, obj{"name": "Y", "value": ""}}},
	{"containers.[]", "env", arr{obj{"name": "X", "value": "1000m"}}}, {"containers.[]", "command", arr{}},
	{"containers.[]", "envFrom", arr{obj{"configMapRef": obj{"name": "config"}}}}, {"containers.[]", "envFrom", arr{}},
	{"containers.[]", "resources", obj{}}, {"containers.[]", "resources", obj{"limits": obj{"cpu": "1.5", "memory": "2048Mi"}}},
	{"containers.[]", "resources", obj{"limits": obj{"cpu": int64(1)}, "requests": obj{}}},
	{"containers.[]", "resources", obj{"requests": obj{"cpu": 0.25, "memory": "1e3"}}},
	{"containers.[]", "imagePullPolicy", "IfNotPresent"}, {"containers.[]", "imagePullPolicy", "Always"}, {"containers.[]", "tty", false},
	{"containers.[]", "securityContext", obj{}}, {"containers.[]", "securityContext", obj{"privileged": false}},
	{"containers.[]", "livenessProbe", obj{"tcpSocket": obj{"port": "80"}, "initialDelaySeconds": int64(0)}},
	{"containers.[]", "livenessProbe", obj{"httpGet": obj{"port": int64(80), "scheme": "HTTP"}, "periodSeconds": int64(10)}},
	{"containers.[]", "lifecycle", obj{"preStop": obj{"sleep": obj{"seconds": int64(1)}}}}, {"containers.[]", "workingDir", ""},
	{"containers.[]", "terminationMessagePath", "/dev/termination-log"}, {"containers.[]", "volumeMounts", arr{}},
	{"containers.[]", "ports", arr{obj{"containerPort": int64(81)}, obj{"containerPort": int64(81), "protocol": "UDP"}}},
	{"ports.[]", "protocol", "TCP"}, {"ports.[]", "protocol", "UDP"}, {"ports.[]", "targetPort", int64(8080)}, {"ports.[]", "targetPort", "http"},
	{"ports.[]", "appProtocol", "http"}, {"ports.[]", "hostPort", int64(0)}, {"ports.[]", "nodePort", int64(0)}, {"ports.[]", "weight", int64(1)},
	{"spec", "type", "ClusterIP"}, {"spec", "type", "NodePort"}, {"spec", "sessionAffinity", "None"}, {"spec", "sessionAffinity", "ClientIP"},
	{"spec", "publishNotReadyAddresses", false}, {"spec", "externalIPs", arr{}}, {"spec", "externalName", ""},
	{"spec", "internalTrafficPolicy", "Cluster"}, {"spec", "ipFamilyPolicy", "SingleStack"}, {"spec", "loadBalancerSourceRanges", arr{}},
	{"spec", "policyTypes", arr{"Ingress"}}, {"spec", "ingress", arr{}}, {"spec", "egress", arr{obj{"ports": arr{obj{"port": "dns"}}}}},
	{"ingress.[]", "from", arr{}}, {"ingress.[]", "ports", arr{obj{"port": int64(1), "endPort": int64(2)}}},
	{"spec", "ingressClassName", "nginx"}, {"spec", "defaultBackend", obj{"service": obj{"name": "a", "port": obj{"number": int64(80)}}}},
	{"spec", "timeZone", "Europe/Berlin"}, {"spec", "concurrencyPolicy", "Allow"}, {"spec", "successfulJobsHistoryLimit", int64(3)},
	{"spec", "startingDeadlineSeconds", int64(0)}, {"spec.jobTemplate.spec", "parallelism", int64(1)}, {"spec.jobTemplate.spec", "completionMode", "NonIndexed"},
	{"spec.behavior", "scaleUp", obj{"selectPolicy": "Max"}}, {"spec.behavior", "scaleUp", obj{}}, {"spec", "metrics", arr{}},
	{"rules.[]", "resourceNames", arr{"a"}}, {"rules.[]", "nonResourceURLs", arr{}}, {"subjects.[]", "apiGroup", ""},
	{"subjects.[]", "apiGroup", "rbac.authorization.k8s.io"}, {"subjects.[]", "namespace", ""}, {"", "immutable", false},
	{"", "automountServiceAccountToken", true}, {"", "secrets", arr{obj{"name": "a"}}}, {"", "imagePullSecrets", arr{}},
	{"", "binaryData", obj{"b": "AAEC"}}, {"", "data", obj{}}, {"", "stringData", obj{"plain": "text"}}, {"", "type", "Opaque"},
	{"spec.hard", "cpu", "2000m"}, {"spec.hard", "memory", "1048576Ki"}, {"spec", "volumeMode", "Filesystem"}, {"spec", "scopes", arr{}},
	{"spec", "unhealthyPodEvictionPolicy", "AlwaysAllow"}, {"spec", "mode", "fast"}, {"spec", "mode", "slow"}, {"spec", "note", ""}, {"spec", "note", nil},
	{"spec", "tags", arr{}}, {"spec", "tags", arr{"x", "y"}}, {"spec", "parts", obj{}}, {"spec", "whole", obj{}}, {"spec.parts", "c", "3"},
	{"spec.whole", "c", "3"}, {"spec.free", "x", arr{}}, {"spec.free", "y", obj{}}, {"spec.free", "z", 1.0}, {"list.[]", "extra", "x"},
	{"spec.strings", "limits", "1000m"}, {"spec.empty", "k", obj{"l": arr{int64(1)}}}, {"emptyDir", "sizeLimit", "1.5Gi"}, {"emptyDir", "medium", ""},
	{"volumes.[]", "emptyDir", obj{}}, {"matchLabels", "extra", "1"}, {"fieldRef", "apiVersion", "v1"}, {"configMap", "optional", false},
	{"configMap", "defaultMode", int64(420)}, {"serviceAccountToken", "expirationSeconds", int64(3600)}, {"resourceFieldRef", "divisor", "1"},
}

// newItems are what edits append to lists, by the list's name.
var newItems = map[string][]any{
	"env":          {obj{"name": "NEW", "value": "1"}, obj{"name": "NEWER"}, obj{"name": "LOG_LEVEL", "value": "debug"}},
	"ports":        {obj{"port": int64(90), "name": "new"}, obj{"containerPort": int64(90)}, obj{"port": int64(80), "protocol": "UDP", "name": "u"}},
	"containers":   {obj{"name": "extra", "image": "extra:1"}},
	"volumes":      {obj{"name": "extra", "emptyDir": obj{}}},
	"volumeMounts": {obj{"name": "config", "mountPath": "/extra"}},
	"tolerations":  {obj{"key": "extra"}},
	"list":         {obj{"name": "c"}, obj{"name": "a", "value": int64(1)}},
	"tags":         {"c"}, "steps": {"third"}, "args": {"--extra"}, "verbs": {"watch"}, "policyTypes": {"Egress"}, "finalizers": {"example.com/other"},
	"imagePullSecrets": {obj{"name": "extra"}}, "subjects": {obj{"kind": "Group", "name": "ops"}}, "hosts": {"extra.example.com"},
	"rules": {obj{"apiGroups": arr{"batch"}, "resources": arr{"jobs"}, "verbs": arr{"get"}}, obj{"host": "extra.example.com"}},
}

// respellings are other ways to write what is there.
var respellings = map[string][]any{
	"1": {"1000m", int64(1), "1.0"}, "1000m": {"1", int64(1)}, "500m": {"0.5", 0.5}, "0.5": {"500m"}, "1Gi": {"1024Mi", "1073741824"},
	"1024Mi": {"1Gi", "1048576Ki"}, "64Mi": {"65536Ki", "67108864"}, "60s": {"1m0s", "1m"}, "c2VjcmV0": {"c2Vj\ncmV0", "c2VjcmV0\n"},
	"25%": {"25%"}, "80": {int64(80)},
}

var words = []any{"a", "b", "", "info", "debug", "1", "true", "1000m", "nginx:1.26", "nginx:1.25", "c2VjcmV0", "TCP", "UDP"}

// spot is a value inside an object, with the way to write it.
type spot struct {
	path  []string
	value any
	put   func(any)
	drop  func()
}

// spots lists every value below the identity of an object, in a stable order.
func spots(o map[string]any) []spot {
	var found []spot
	var walk func(value any, path []string, put func(any))
	walk = func(value any, path []string, put func(any)) {
		switch v := value.(type) {
		case map[string]any:
			keys := make([]string, 0, len(v))
			for key := range v {
				keys = append(keys, key)
			}
			slices.Sort(keys)
			for _, key := range keys {
				if len(path) == 0 && (key == "apiVersion" || key == "kind" || key == "status") {
					continue
				}
				below := append(slices.Clone(path), key)
				switch strings.Join(below, ".") {
				case "metadata.name", "metadata.namespace", "metadata.managedFields", "metadata.uid", "metadata.resourceVersion",
					"metadata.generation", "metadata.creationTimestamp":
					continue
				}
				putChild := func(x any) { v[key] = x }
				found = append(found, spot{below, v[key], putChild, func() { delete(v, key) }})
				walk(v[key], below, putChild)
			}
		case []any:
			for i := range v {
				below := append(slices.Clone(path), "[]")
				putChild := func(x any) { v[i] = x }
				found = append(found, spot{below, v[i], putChild, func() { put(append(slices.Clone(v[:i]), v[i+1:]...)) }})
				walk(v[i], below, putChild)
			}
		}
	}
	walk(o, nil, func(any) {})
	return found
}

// edit changes an object at random, and says how.
func edit(r *rand.Rand, o *unstructured.Unstructured) string {
	all := spots(o.Object)
	pick := func(fits func(spot) bool) (spot, bool) {
		var some []spot
		for _, s := range all {
			if fits(s) {
				some = append(some, s)
			}
		}
		if len(some) == 0 {
			return spot{}, false
		}
		return some[r.IntN(len(some))], true
	}
	for range 20 {
		switch r.IntN(7) {
		case 0: // another scalar
			s, ok := pick(func(s spot) bool { return scalar(s.value) })
			if !ok {
				continue
			}
			switch v := s.value.(type) {
			case string:
				s.put(words[r.IntN(len(words))])
			case bool:
				s.put(!v)
			case int64:
				s.put(max(0, v+int64(r.IntN(3))-1))
			case float64:
				s.put(v + 1)
			}
			return fmt.Sprint("change ", s.path)
		case 1: // the same, spelled otherwise
			s, ok := pick(func(s spot) bool { text, is := s.value.(string); return is && respellings[text] != nil })
			if !ok {
				continue
			}
			others := respellings[s.value.(string)]
			other := others[r.IntN(len(others))]
			s.put(other)
			return fmt.Sprintf("respell %v as %v", s.path, other)
		case 2: // another order
			s, ok := pick(func(s spot) bool { list, is := s.value.([]any); return is && len(list) > 1 })
			if !ok {
				continue
			}
			list := slices.Clone(s.value.([]any))
			r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
			s.put(list)
			return fmt.Sprint("reorder ", s.path)
		case 3: // less
			s, ok := pick(func(spot) bool { return true })
			if !ok {
				continue
			}
			s.drop()
			return fmt.Sprint("drop ", s.path)
		case 4: // one item more
			s, ok := pick(func(s spot) bool { _, is := s.value.([]any); return is && newItems[s.path[len(s.path)-1]] != nil })
			if !ok {
				continue
			}
			items := newItems[s.path[len(s.path)-1]]
			item := items[r.IntN(len(items))]
			list := slices.Clone(s.value.([]any))
			s.put(slices.Insert(list, r.IntN(len(list)+1), deepCopy(item)))
			return fmt.Sprint("append ", s.path, item)
		default: // one field more
			a := additions[r.IntN(len(additions))]
			s, ok := pick(func(s spot) bool {
				_, is := s.value.(map[string]any)
				return is && a.in != "" && strings.HasSuffix("."+strings.Join(s.path, "."), "."+a.in)
			})
			target := o.Object
			if a.in != "" {
				if !ok {
					continue
				}
				target = s.value.(map[string]any)
			} else if target["spec"] != nil || target["rules"] != nil || target["roleRef"] != nil {
				continue
			}
			target[a.key] = deepCopy(a.value)
			return fmt.Sprintf("add %v.%s = %v", s.path, a.key, a.value)
		}
	}
	return "nothing"
}

// part cuts an object down to some of its fields, as another manager applies it.
func part(r *rand.Rand, o *unstructured.Unstructured) *unstructured.Unstructured {
	out := o.DeepCopy()
	unstructured.RemoveNestedField(out.Object, "status")
	metadata := out.Object["metadata"].(map[string]any)
	for key := range metadata {
		if !slices.Contains([]string{"name", "namespace", "labels", "annotations"}, key) {
			delete(metadata, key)
		}
	}
	for range r.IntN(12) {
		all := spots(out.Object)
		if len(all) == 0 {
			break
		}
		s := all[r.IntN(len(all))]
		switch s.path[len(s.path)-1] {
		case "name", "containerPort", "port", "protocol", "image", "selector", "mountPath", "template", "containers":
			continue
		}
		s.drop()
	}
	return out
}

func scalar(v any) bool {
	switch v.(type) {
	case string, bool, int64, float64:
		return true
	}
	return false
}

func deepCopy(v any) any {
	return (&unstructured.Unstructured{Object: map[string]any{"v": v}}).DeepCopy().Object["v"]
}
