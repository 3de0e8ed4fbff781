package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"github.com/evenkeel/evenkeel/engine/edit"
	"github.com/evenkeel/evenkeel/engine/render"
	"github.com/evenkeel/evenkeel/gitrepo"
)

// kustomizationIn is the kustomization file of a directory, or "".
func kustomizationIn(tree *gitrepo.Tree, dir string) string {
	entries, err := tree.ReadDir(dir)
	if err != nil {
		return ""
	}
	for _, entry := range entries {
		if render.IsKustomization(entry.Name()) && !entry.IsDir() {
			return path.Join(dir, entry.Name())
		}
	}
	return ""
}

// overlay brings an environment back without the files that others read too.
// What these say otherwise by now is put right in its own directory: objects that
// are gone in a file of resources, all else in patches. The patches are written
// as a transformer, since those come after everything else that a kustomization
// does to its objects: so they speak of the objects as they are rendered.
type overlay struct {
	*composition
	then    *desired
	changes []gitrepo.Change // so far
	tree    *gitrepo.Tree    // with them
	now     *desired         // what they make of the environment
	file    string           // the kustomization
	patched []string         // the patches so far
}

// overlay adds to the environment's own files of then what makes it what it was.
func (c *composition) overlay(ctx context.Context, own []gitrepo.Change) ([]gitrepo.Change, error) {
	o := &overlay{composition: c, then: c.plan.fabric.back.then}
	for _, step := range []func(context.Context) error{
		func(ctx context.Context) error { return o.put(ctx, own...) },
		o.begin, o.images, o.generated, o.resources, o.patches,
	} {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("restore it by an overlay: %w", err)
		}
	}
	return o.changes, nil
}

// put adds changes, and renders the environment with them.
func (o *overlay) put(ctx context.Context, changes ...gitrepo.Change) error {
	for _, change := range changes {
		o.changes = slices.DeleteFunc(o.changes, func(other gitrepo.Change) bool { return other.Path == change.Path })
		if !o.says(change) {
			o.changes = append(o.changes, change)
		}
	}
	o.tree, o.now = o.composition.tree, o.before
	if len(o.changes) == 0 {
		return nil
	}
	hash, now, err := o.write(ctx, o.changes, "evenkeel: a draft")
	if err != nil {
		return err
	}
	o.now = now
	o.tree, err = o.mirror.Tree(hash)
	return err
}

// says tells whether the base says already what a change would make it say.
func (c *composition) says(change gitrepo.Change) bool {
	data, err := c.tree.ReadFile(change.Path)
	return err == nil && !change.Delete && !change.Executable && bytes.Equal(data, change.Content)
}

// begin finds the kustomization, and drops what was brought back beside it and
// is read by nothing now.
func (o *overlay) begin(ctx context.Context) error {
	if o.file = kustomizationIn(o.tree, o.env.spec.Path); o.file == "" {
		return refused("", "%s has no kustomization that could take it in", o.env.spec.Path)
	}
	before := len(o.changes)
	o.changes = slices.DeleteFunc(o.changes, func(change gitrepo.Change) bool {
		return !o.owns(change.Path) && !slices.Contains(o.now.closure, change.Path)
	})
	if len(o.changes) == before {
		return nil
	}
	return o.put(ctx)
}

// at is where the files are edited.
func (o *overlay) at() edit.Environment {
	return edit.Environment{Files: o.tree, Path: o.env.spec.Path, Shared: o.shared}
}

// images gives back the tags where images are written, so that they can be
// changed there later. What cannot be written there is left to the patches.
func (o *overlay) images(ctx context.Context) error {
	var changes []edit.Change
	for _, then := range o.then.uses {
		u := o.now.find(then.useKey)
		if u == nil || u.ref == then.ref || u.wrong != "" || then.wrong != "" || u.ref.Repository != then.ref.Repository || u.mark != "" {
			continue
		}
		changes = append(changes, edit.Change{
			Object: u.object, File: u.want.file, Line: u.want.line, Container: u.container, Field: u.field,
			From: u.image, Tag: then.ref.Tag, Digest: then.ref.Digest,
		})
	}
	if len(changes) == 0 {
		return nil
	}
	result, err := edit.Images(o.at(), changes)
	switch {
	case errors.Is(err, edit.ErrRefused):
		return nil
	case err != nil:
		return err
	}
	return o.putFiles(ctx, result.Files)
}

func (o *overlay) putFiles(ctx context.Context, files map[string][]byte) error {
	var changes []gitrepo.Change
	for name, content := range files {
		changes = append(changes, gitrepo.Change{Path: name, Content: content})
	}
	slices.SortFunc(changes, func(a, b gitrepo.Change) int { return strings.Compare(a.Path, b.Path) })
	return o.put(ctx, changes...)
}

// resources adds the objects that are not there any more.
func (o *overlay) resources(ctx context.Context) error {
	affixes, err := o.affixes()
	if err != nil {
		return err
	}
	var documents []string
	for _, id := range sortedIDs(o.then.objects) {
		if o.now.objects[id] != nil {
			continue
		}
		w := o.then.objects[id]
		object := w.manifest()
		if id.Kind == "Secret" && object.Object["data"] != nil {
			return refused(w.file, "%s would have to be written out with its values", id)
		}
		name, ok := affixes.strip(id.Name)
		if !ok {
			return refused(w.file, "%s could not get its name back in a kustomization that gives names a prefix or suffix", id)
		}
		object.SetName(name)
		text, err := yaml.Marshal(object.Object)
		if err != nil {
			return fmt.Errorf("write %s: %w", id, err)
		}
		documents = append(documents, string(text))
	}
	return o.add(ctx, "resources", "-objects.yaml", documents)
}

// generated gives what a generator makes the content of then: with it comes the
// name, which ends with a hash of the content, and with that whoever refers to it.
func (o *overlay) generated(ctx context.Context) error {
	for _, id := range sortedIDs(o.now.objects) {
		now := o.now.objects[id]
		then := o.generatedAs(now)
		if o.then.objects[id] != nil || then == nil {
			continue
		}
		patch, err := jsonPatch(now, then)
		if err != nil {
			return err
		}
		if err := o.patch(now, patch); err != nil {
			return err
		}
	}
	return o.writePatches(ctx)
}

// generatedAs is what the generator of an object made of it then, under a name
// with another hash.
func (o *overlay) generatedAs(now *wanted) *wanted {
	stem, _ := now.stem()
	if stem == "" {
		return nil
	}
	for id, then := range o.then.objects {
		if s, _ := then.stem(); s == stem && id.GroupKind() == now.id.GroupKind() && id.Namespace == now.id.Namespace && o.now.objects[id] == nil {
			return then
		}
	}
	return nil
}

// generatedName is one to which kustomize has added a hash of the content. That
// comes after the transformers.
var generatedName = regexp.MustCompile(`^(.+)(-[2456789bcdfghkmt]{10})$`)

// stem is the name of a generated object without its hash, and the hash.
func (w *wanted) stem() (stem, hash string) {
	if m := generatedName.FindStringSubmatch(w.id.Name); m != nil && w.line == 0 {
		return m[1], m[2]
	}
	return "", ""
}

// patches changes and removes what differs from then.
func (o *overlay) patches(ctx context.Context) error {
	for _, id := range sortedIDs(o.now.objects) {
		now, then := o.now.objects[id], o.then.objects[id]
		var patch string
		var err error
		switch {
		case then == nil:
			patch, err = deletion(now)
		case then.hash != now.hash:
			patch, err = jsonPatch(now, then)
		default:
			continue
		}
		if err != nil {
			return err
		}
		if err := o.patch(now, patch); err != nil {
			return err
		}
	}
	return o.writePatches(ctx)
}

// patch takes in a patch of an object.
func (o *overlay) patch(w *wanted, patch string) error {
	p := patchTransformer{APIVersion: "builtin", Kind: "PatchTransformer", Target: o.target(w), Patch: patch}
	p.Metadata.Name = fmt.Sprintf("rollback-%d", len(o.patched)+1)
	text, err := yaml.Marshal(p)
	if err != nil {
		return fmt.Errorf("write a patch of %s: %w", w.id, err)
	}
	o.patched = append(o.patched, string(text))
	return nil
}

func (o *overlay) writePatches(ctx context.Context) error {
	return o.add(ctx, "transformers", ".yaml", o.patched)
}

// add writes documents to a file that the kustomization names.
func (o *overlay) add(ctx context.Context, list, ending string, documents []string) error {
	if len(documents) == 0 {
		return nil
	}
	revision := o.plan.fabric.back.revision.Short()
	name := "rollback-" + revision + ending
	file := path.Join(path.Dir(o.file), name)
	files := map[string][]byte{}
	if !slices.Contains(o.now.closure, file) {
		result, err := edit.Kustomization(o.at(), o.file, []edit.Entry{{List: list, Name: name}})
		if err != nil {
			return err
		}
		files = result.Files
	}
	files[file] = fmt.Appendf(nil, "# What %s was at %s, where files that it shares say something else by now.\n%s",
		o.env.spec.Name, revision, strings.Join(documents, "---\n"))
	return o.putFiles(ctx, files)
}

// patchTransformer is how kustomize knows a patch that comes last.
type patchTransformer struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Target patchTarget `json:"target"`
	Patch  string      `json:"patch"`
}

// patchTarget selects by regular expressions.
type patchTarget struct {
	Group     string `json:"group,omitempty"`
	Version   string `json:"version,omitempty"`
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
}

// target selects one object among those that are rendered. The namespace says
// nothing where the object is the only one of its name: it may be that of the
// environment, which the files leave out.
func (o *overlay) target(w *wanted) patchTarget {
	t := patchTarget{Group: w.gvk.Group, Version: w.gvk.Version, Kind: w.gvk.Kind, Name: regexp.QuoteMeta(w.id.Name)}
	if stem, hash := w.stem(); stem != "" {
		t.Name = fmt.Sprintf("%s(%s)?", regexp.QuoteMeta(stem), hash)
	}
	for id := range o.now.objects {
		if id != w.id && id.GroupKind() == w.id.GroupKind() && id.Name == w.id.Name {
			t.Namespace = regexp.QuoteMeta(w.id.Namespace)
		}
	}
	return t
}

func deletion(w *wanted) (string, error) {
	text, err := yaml.Marshal(map[string]any{
		"$patch": "delete", "apiVersion": schema.GroupVersion{Group: w.gvk.Group, Version: w.gvk.Version}.String(), "kind": w.gvk.Kind,
		"metadata": map[string]any{"name": w.id.Name},
	})
	return string(text), err
}

// affixes are what a kustomization puts around the names of its objects.
type affixes struct {
	Prefix string `json:"namePrefix"`
	Suffix string `json:"nameSuffix"`
}

func (o *overlay) affixes() (affixes, error) {
	var a affixes
	data, err := o.tree.ReadFile(o.file)
	if err != nil {
		return a, fmt.Errorf("read %s: %w", o.file, err)
	}
	if err := yaml.Unmarshal(data, &a); err != nil {
		return a, refused(o.file, "its prefix and suffix of names cannot be read")
	}
	return a, nil
}

// strip takes them off a name.
func (a affixes) strip(name string) (string, bool) {
	stripped, ok := strings.CutPrefix(name, a.Prefix)
	if !ok {
		return "", false
	}
	stripped, ok = strings.CutSuffix(stripped, a.Suffix)
	return stripped, ok && stripped != ""
}

func sortedIDs(objects map[ID]*wanted) []ID {
	ids := make([]ID, 0, len(objects))
	for id := range objects {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, ID.Compare)
	return ids
}
