package drift

import (
	"encoding/json"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// leftovers looks for what kubectl apply named before and Git does not name:
// taking the object over hands it to evenkeel, whose next apply removes it.
func (m *merger) leftovers(desired, live map[string]any, all []owner) {
	for _, o := range all {
		if !o.clientSide() {
			continue
		}
		text, _, _ := unstructured.NestedString(live, "metadata", "annotations", lastApplied)
		var last map[string]any
		if text == "" || json.Unmarshal([]byte(text), &last) != nil {
			return
		}
		delete(last, "status")
		if left(last, desired, live) {
			m.unsure = true
		}
		return
	}
}

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// left tells whether last names something that live has and desired does not
// name. Items of lists are paired by name, or by position.
func left(last, desired, live any) bool {
	switch l := last.(type) {
	case map[string]any:
		want, isMap := desired.(map[string]any)
		have, alsoMap := live.(map[string]any)
		if !isMap || !alsoMap {
			return false
		}
		for key, value := range l {
			current, has := have[key]
			if !has || value == nil {
				continue
			}
			next, named := want[key]
			if entries, isMap := value.(map[string]any); !named && isMap && len(entries) == 0 {
				continue
			}
			if !named || left(value, next, current) {
				return true
			}
		}
	case []any:
		want, isList := desired.([]any)
		have, alsoList := live.([]any)
		if !isList || !alsoList {
			return false
		}
		for i, item := range l {
			next, named := counterpart(item, want, i)
			current, has := counterpart(item, have, i)
			if has && (!named || left(item, next, current)) {
				return true
			}
		}
	}
	return false
}

func counterpart(item any, list []any, i int) (any, bool) {
	if fields, isMap := item.(map[string]any); isMap && fields["name"] != nil {
		for _, other := range list {
			if o, isMap := other.(map[string]any); isMap && equal(o["name"], fields["name"]) {
				return other, true
			}
		}
		return nil, false
	}
	if i < len(list) {
		return list[i], true
	}
	return nil, false
}
