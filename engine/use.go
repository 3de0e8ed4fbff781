package engine

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/evenkeel/evenkeel/engine/imagepolicy"
	"github.com/evenkeel/evenkeel/registry"
)

// use is an image that an object in Git names. It is immutable once the
// environment has taken what it was rendered to.
type use struct {
	useKey
	want *wanted
	init bool
	// field is a JSON pointer to an image that is none of a container's.
	field string
	image string // as it is rendered
	ref   registry.Reference
	// wrong says why the image is none that a registry could be asked for.
	wrong string

	rule imagepolicy.Rule
	pull pullSource
	// mark is the policy of Flux v2 that the place is marked with, as in
	// "flux-system:web"; empty when an annotation has the policy.
	mark      string
	pinDigest bool   // that policy's
	locked    string // the file of the lock of Flux v1, where that is known
}

// useKey names an image in an environment.
type useKey struct {
	object    ID
	container string
}

func (k useKey) compare(other useKey) int {
	return cmp.Or(k.object.Compare(other.object), strings.Compare(k.container, other.container))
}

// text names the image as commits do.
func (k useKey) text() string { return oneLine(k.object.String() + " " + k.container) }

// repository is the name of the image, in full where it is valid.
func (u *use) repository() string {
	if u.ref == (registry.Reference{}) {
		name, _, _ := strings.Cut(u.image, "@")
		return name
	}
	return u.ref.Repository.String()
}

// tagOf is what an image reference says behind the repository.
func tagOf(ref registry.Reference) string {
	switch {
	case ref.Digest == "":
		return ref.Tag
	case ref.Tag == "":
		return ref.Digest
	}
	return ref.Tag + "@" + ref.Digest
}

// covered tells whether a policy says which tags the image may have.
func (u *use) covered() bool {
	return u.wrong == "" && !u.rule.Policy.IsZero() && u.rule.Policy.Err() == nil
}

// usesOf lists the images that an object names: those of its pod template, and
// those in the values of a Helm release.
func usesOf(w *wanted, o *unstructured.Unstructured) []*use {
	if w.ignore {
		return nil
	}
	annotations := o.GetAnnotations()
	var uses []*use
	add := func(container, field, image string, init bool) {
		u := &use{useKey: useKey{w.id, container}, want: w, init: init, field: field, image: image}
		ref, err := registry.ParseReference(image)
		if u.ref = ref; err != nil {
			u.wrong = err.Error()
		}
		var wrong error
		if u.rule, wrong = imagepolicy.Of(annotations, container); wrong != nil && u.wrong == "" {
			u.wrong = wrong.Error()
		}
		if !u.rule.Ignored {
			uses = append(uses, u)
		}
	}
	for _, list := range containerLists {
		for _, c := range imagesOf(o, list.key) {
			add(c.name, "", c.image, list.init)
		}
	}
	if o.GetKind() == "HelmRelease" {
		for _, v := range helmImages(o) {
			add(v.name, v.field, v.image, false)
		}
	}
	if len(uses) > 0 {
		pull := pullSourceOf(o)
		for _, u := range uses {
			u.pull = pull
		}
	}
	return uses
}

// of lists the images of an object.
func (d *desired) of(object ID) []*use {
	begin, _ := slices.BinarySearchFunc(d.uses, object, func(u *use, id ID) int { return u.object.Compare(id) })
	end := begin
	for end < len(d.uses) && d.uses[end].object == object {
		end++
	}
	return d.uses[begin:end:end]
}

// find returns the image of that name, or nil.
func (d *desired) find(key useKey) *use {
	uses := d.of(key.object)
	if i := slices.IndexFunc(uses, func(u *use) bool { return u.container == key.container }); i >= 0 {
		return uses[i]
	}
	return nil
}

// helmImage is an image in the values of a Helm release.
type helmImage struct{ name, field, image string }

// chartImage is the name of the image that stands at the top of the values, as
// Flux v1 calls it in its annotations.
const chartImage = "chart-image"

// helmImages finds images where charts usually take them: in the value image,
// and in the value image below another one.
func helmImages(o *unstructured.Unstructured) []helmImage {
	values, _, _ := unstructured.NestedMap(o.Object, "spec", "values")
	var images []helmImage
	if image := helmReference(values["image"]); image != "" {
		images = append(images, helmImage{chartImage, "/spec/values/image", image})
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		below, _ := values[key].(map[string]any)
		if image := helmReference(below["image"]); image != "" {
			escaped := strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
			images = append(images, helmImage{key, "/spec/values/" + escaped + "/image", image})
		}
	}
	return images
}

// helmReference writes an image of a chart's values as a reference; it is empty
// when the value says none.
func helmReference(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case map[string]any:
		part := func(key string) string {
			text, _ := v[key].(string)
			return text
		}
		name, tag := part("repository"), part("tag")
		if name == "" || tag == "" {
			return ""
		}
		if host := part("registry"); host != "" {
			name = host + "/" + name
		}
		name += ":" + tag
		if digest := part("digest"); digest != "" {
			name += "@" + digest
		}
		return name
	}
	return ""
}
