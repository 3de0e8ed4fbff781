package engine

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/evenkeel/evenkeel/engine/edit"
	"github.com/evenkeel/evenkeel/engine/imagepolicy"
	"github.com/evenkeel/evenkeel/registry"
)

// fluxImages is what the image objects of Flux v2 have in their apiVersion.
const fluxImages = "image.toolkit.fluxcd.io/"

// followFlux gives the images that are marked with a policy of Flux v2 that
// policy, where no annotation gives them another. The policies are looked for
// among the objects of the environment first, and else in the whole tree: in
// many repositories they lie beside the other things of Flux.
func (d *desired) followFlux(ctx context.Context, tree fs.FS) {
	marks, err := edit.Markers(tree, d.marked)
	if err != nil || len(marks) == 0 {
		return // the files were read before: that they cannot be now is for the next rendering to tell
	}
	var objects []*unstructured.Unstructured
	for id, w := range d.objects {
		if id.Kind == "ImagePolicy" || id.Kind == "ImageRepository" {
			objects = append(objects, w.manifest())
		}
	}
	policies := policiesByMark(imagepolicy.FromFlux(objects))
	for _, m := range marks {
		if _, known := policies[m.Policy]; !known {
			policies = policiesByMark(imagepolicy.FromFlux(append(objects, fluxObjects(ctx, tree)...)))
			break
		}
	}
	for _, m := range marks {
		p, known := policies[m.Policy]
		if !known {
			p = imagepolicy.FluxPolicy{}
			p.Err = fmt.Errorf("%s:%d is marked with the policy %s, and no ImagePolicy of that name is in Git", m.File, m.Line, m.Policy)
		}
		d.followMark(m, p)
	}
	slices.SortStableFunc(d.uses, func(a, b *use) int { return a.object.Compare(b.object) })
}

func policiesByMark(policies []imagepolicy.FluxPolicy) map[string]imagepolicy.FluxPolicy {
	byMark := make(map[string]imagepolicy.FluxPolicy, len(policies))
	for _, p := range policies {
		byMark[p.Marker()] = p
	}
	return byMark
}

// followMark gives a policy to the images of its repository. A place that is no
// container's, in a custom resource, becomes an image of its own.
func (d *desired) followMark(m edit.Marker, p imagepolicy.FluxPolicy) {
	found := false
	for _, u := range d.uses {
		mine := p.Err == nil && sameRepository(u, p.Image)
		// Without the policy's object, the place tells whom it is about.
		mine = mine || p.Err != nil && u.want.file == m.File && u.image == m.Value
		if !mine {
			continue
		}
		found = true
		if u.rule.Policy.IsZero() {
			d.mark(u, m.Policy, p)
		}
	}
	if found || m.Part != "" {
		return
	}
	if w := d.objectAt(m.File, m.Line); w != nil {
		u := &use{useKey: useKey{w.id, m.Policy}, want: w, image: m.Value}
		ref, err := registry.ParseReference(m.Value)
		if u.ref = ref; err != nil {
			u.wrong = err.Error()
		}
		d.mark(u, m.Policy, p)
		d.uses = append(d.uses, u)
	}
}

func (d *desired) mark(u *use, mark string, p imagepolicy.FluxPolicy) {
	u.mark, u.pinDigest = mark, p.PinDigest
	u.rule.Policy, u.rule.From = p.Policy, "ImagePolicy "+strings.Replace(mark, ":", "/", 1)
	u.rule.Automated = !p.Suspended
	if p.Err != nil && u.wrong == "" {
		u.wrong = p.Err.Error()
	}
}

// sameRepository tells whether an image is of the repository that is written so.
func sameRepository(u *use, repository string) bool {
	r, err := registry.ParseRepository(repository)
	return err == nil && u.wrong == "" && u.ref.Repository == r
}

// objectAt is the object that is written around a line of a file.
func (d *desired) objectAt(file string, line int) *wanted {
	var nearest *wanted
	for _, w := range d.objects {
		if w.file == file && w.line <= line && (nearest == nil || w.line > nearest.line) {
			nearest = w
		}
	}
	return nearest
}

// fluxObjects reads the image objects of Flux v2 out of all YAML files of a
// tree. What does not parse is no object, and for whoever renders it to tell.
func fluxObjects(ctx context.Context, tree fs.FS) []*unstructured.Unstructured {
	var objects []*unstructured.Unstructured
	_ = fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return fs.SkipAll
		}
		if err != nil || !entry.Type().IsRegular() || !isManifest(name) {
			return nil
		}
		data, err := fs.ReadFile(tree, name)
		if err == nil && bytes.Contains(data, []byte(fluxImages)) {
			objects = append(objects, documentsOf(data)...)
		}
		return nil
	})
	return objects
}

func isManifest(name string) bool {
	ext := path.Ext(name)
	return ext == ".yaml" || ext == ".yml"
}

// documentsOf parses the image objects of Flux v2 in a file.
func documentsOf(data []byte) []*unstructured.Unstructured {
	var objects []*unstructured.Unstructured
	documents := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(data), 4096)
	for {
		var content map[string]any
		err := documents.Decode(&content)
		if err == io.EOF {
			return objects
		}
		if err != nil {
			return objects // nobody can tell where the next one begins
		}
		o := &unstructured.Unstructured{Object: content}
		if strings.HasPrefix(o.GetAPIVersion(), fluxImages) {
			objects = append(objects, o)
		}
	}
}
