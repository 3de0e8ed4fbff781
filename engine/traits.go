package engine

import (
	"slices"
	"time"
	"unique"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/evenkeel/evenkeel/engine/drift"
)

// traits are what readers are told of an object that neither a verdict nor its
// health changes. The texts are shared with all that say the same.
type traits struct {
	application string
	containers  []Container
}

func (t traits) same(other traits) bool {
	return t.application == other.application && slices.Equal(t.containers, other.containers)
}

// traitsOf reads both sides of an object; either may be nil.
func traitsOf(desired, live *unstructured.Unstructured) traits {
	t := traits{application: applicationOf(desired)}
	if t.application == "" {
		t.application = applicationOf(live)
	}
	for _, list := range containerLists {
		inGit, running := imagesOf(desired, list.key), imagesOf(live, list.key)
		for _, c := range inGit {
			container := Container{Name: c.name, Init: list.init, Desired: c.image}
			if i := slices.IndexFunc(running, func(other image) bool { return other.name == c.name }); i >= 0 {
				container.Live = running[i].image
				running = slices.Delete(running, i, i+1)
			}
			t.containers = append(t.containers, container)
		}
		for _, c := range running {
			t.containers = append(t.containers, Container{Name: c.name, Init: list.init, Live: c.image})
		}
	}
	return t
}

// applicationLabels say what an object is a part of, the best one first.
var applicationLabels = [...]string{"app.kubernetes.io/part-of", "app.kubernetes.io/instance", "app.kubernetes.io/name", "app"}

func applicationOf(o *unstructured.Unstructured) string {
	if o == nil {
		return ""
	}
	metadata, _ := o.Object["metadata"].(map[string]any)
	labels, _ := metadata["labels"].(map[string]any)
	for _, label := range applicationLabels {
		if text, _ := labels[label].(string); text != "" {
			return shared(text)
		}
	}
	return ""
}

// containerLists are where a pod template has its containers.
var containerLists = [...]struct {
	key  string
	init bool
}{{"initContainers", true}, {"containers", false}}

// image is what a container of a pod template runs.
type image struct{ name, image string }

// imagesOf lists the containers of a workload's pod template, or of a Pod. What
// a workload is, is told by what it has: custom ones have templates as well.
func imagesOf(o *unstructured.Unstructured, key string) []image {
	list, _ := podSpec(o)[key].([]any)
	images := make([]image, 0, len(list))
	for _, item := range list {
		c, _ := item.(map[string]any)
		name, _ := c["name"].(string)
		ref, _ := c["image"].(string)
		if name != "" {
			images = append(images, image{shared(name), shared(ref)})
		}
	}
	return images
}

// podSpec returns the specification of the pods that an object makes, or that
// it is.
func podSpec(o *unstructured.Unstructured) map[string]any {
	if o == nil {
		return nil
	}
	spec, _ := o.Object["spec"].(map[string]any)
	if o.GetKind() == "Pod" {
		return spec
	}
	if job, isMap := spec["jobTemplate"].(map[string]any); isMap {
		spec, _ = job["spec"].(map[string]any)
	}
	template, _ := spec["template"].(map[string]any)
	spec, _ = template["spec"].(map[string]any)
	return spec
}

// shared returns the one copy of a text that many objects hold.
func shared(text string) string { return unique.Make(text).Value() }

// change says who was the last to set one of the fields in which an object
// differs, and when; it is zero when that is not known.
type change struct {
	by string
	at time.Time
}

func lastChange(fields []drift.Field) change {
	var last change
	for _, f := range fields {
		if f.Manager != "" && (last.by == "" || f.ChangedAt.After(last.at)) {
			last = change{shared(f.Manager), f.ChangedAt}
		}
	}
	return last
}
