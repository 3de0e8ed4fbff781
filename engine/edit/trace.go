package edit

import (
	"io/fs"
	"path"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v3"
)

// found is an image on its way through the kustomizations of an environment:
// what it is so far, and the place that its tag comes from.
type found struct {
	*text
	// image is what the container runs.
	image reference
	// document and node are the place: a text, or a mapping with a tag. With
	// entry, which is an item of the images of a kustomization, they are nil.
	document, node *yaml.Node
	entry          *yaml.Node
	// opaque says why the place cannot be edited.
	opaque string
	// top is the environment's own kustomization, and own the entry in it that
	// matched last; nil when there is none.
	top *kustomization
	own *yaml.Node
	// names are those that patches may know the object by.
	names []string
}

// line is where the place is.
func (f *found) line() int {
	switch {
	case f.entry != nil:
		return f.entry.Line
	case f.node != nil:
		return f.node.Line
	}
	return 0
}

// trace finds the place that decides the image of a container.
func (w *work) trace(c Change) (*found, error) {
	file, err := w.kustomizationFile(w.Path)
	switch {
	case err != nil:
		return nil, err
	case file == "":
		return w.written(c, false)
	}
	t := tracer{work: w, change: c}
	f, err := t.through(w.Path, nil)
	switch {
	case err != nil:
		return nil, err
	case f == nil:
		return nil, refuse(c.File, c.Line, "evenkeel cannot tell how %s takes in the file", w.Path)
	case t.times > 1:
		return nil, refuse(c.File, c.Line, "%s takes in the file %d times", w.Path, t.times)
	}
	return f, nil
}

// written finds an image where the object was written down.
func (w *work) written(c Change, grown bool) (*found, error) {
	t, err := w.read(c.File)
	if err != nil {
		return nil, err
	}
	document, object, err := t.object(c, grown)
	if err != nil {
		return nil, err
	}
	f := &found{text: t, document: document, names: []string{textOf(get(object, "metadata", "name")), c.Object.Name}}
	if c.Field != "" {
		f.node, err = t.at(object, c.Field)
	} else {
		f.node, err = t.image(object, c.Object.Kind, c.Container)
	}
	switch {
	case err != nil:
		return nil, err
	case f.node == nil:
		// A patch may bring it in.
		f.opaque = "the image is not written here"
		return f, nil
	}
	value := deref(f.node)
	if value.Kind == yaml.MappingNode {
		image, ok := helmImage(value)
		if !ok || f.node != value {
			return nil, t.refuse(f.node, "there is no repository here")
		}
		f.image = image
		return f, nil
	}
	f.image = parseReference(textOf(value))
	return f, nil
}

// kustomization is one kustomization file.
type kustomization struct {
	*text
	dir  string
	root *yaml.Node
}

// kustomizationFile is the kustomization file of a directory, or "".
func (w *work) kustomizationFile(dir string) (string, error) {
	var names []string
	for _, name := range []string{"kustomization.yaml", "kustomization.yml", "Kustomization"} {
		_, err := fs.Stat(w.Files, path.Join(dir, name))
		switch {
		case err == nil:
			names = append(names, path.Join(dir, name))
		case !isNotExist(err):
			info, statErr := fs.Stat(w.Files, dir)
			if statErr == nil && !info.IsDir() {
				return "", nil
			}
			return "", err
		}
	}
	if len(names) > 1 {
		return "", refuse(dir, 0, "there is more than one kustomization file")
	}
	if len(names) == 0 {
		return "", nil
	}
	return names[0], nil
}

func (w *work) kustomization(dir string) (*kustomization, error) {
	file, err := w.kustomizationFile(dir)
	if err != nil || file == "" {
		return nil, err
	}
	t, err := w.read(file)
	if err != nil {
		return nil, err
	}
	if len(t.documents) != 1 || t.documents[0].Kind != yaml.MappingNode {
		return nil, refuse(file, 0, "the kustomization is not one mapping")
	}
	return &kustomization{t, dir, t.documents[0]}, nil
}

// tracer follows one object from its file up to the environment.
type tracer struct {
	*work
	change Change
	// times counts how often the file of the object is taken in, and visits the
	// kustomizations on the way.
	times, visits int
}

// maxVisits bounds the kustomizations that are followed: bases of bases can
// double at every level, or lead in a circle.
const maxVisits = 5_000

// through applies what the kustomization of a directory does to the image. What
// comes in is nil until the object has been met.
func (t *tracer) through(dir string, f *found) (*found, error) {
	k, err := t.kustomization(dir)
	if err != nil {
		return nil, err
	}
	if k == nil {
		return f, nil
	}
	if t.visits++; t.visits > maxVisits {
		return nil, refuse(k.file, 0, "the environment takes in more than %d kustomizations", maxVisits)
	}
	if f, err = t.gather(k, f); err != nil || f == nil {
		return f, err
	}
	if t.change.Field == "" {
		if err := t.patch(k, f); err != nil {
			return nil, err
		}
		f.images(k)
	}
	if dir == t.Path {
		f.top = k
	}
	return f, nil
}

// gather goes through what a kustomization is made of, components last: they
// change what was taken in before them.
func (t *tracer) gather(k *kustomization, f *found) (*found, error) {
	for _, entry := range append(items(get(k.root, "resources")), items(get(k.root, "bases"))...) {
		at := path.Join(k.dir, textOf(entry))
		if at == t.change.File {
			met, err := t.written(t.change, true)
			if err != nil {
				return nil, err
			}
			t.times++
			f = met
			continue
		}
		if info, err := fs.Stat(t.Files, at); err != nil || !info.IsDir() {
			continue
		}
		met, err := t.through(at, nil)
		if err != nil {
			return nil, err
		}
		if met != nil {
			f = met
		}
	}
	for _, entry := range items(get(k.root, "components")) {
		var err error
		if f, err = t.through(path.Join(k.dir, textOf(entry)), f); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// images applies the images of a kustomization, in their order.
func (f *found) images(k *kustomization) {
	f.own = nil
	for _, entry := range items(get(k.root, "images")) {
		if !matches(textOf(get(entry, "name")), f.image) {
			continue
		}
		f.own = entry
		if name := textOf(get(entry, "newName")); name != "" {
			f.image.name = name
		}
		tag, digest := textOf(get(entry, "newTag")), textOf(get(entry, "digest"))
		suffix := textOf(get(entry, "tagSuffix"))
		if tag == "" && digest == "" && suffix == "" {
			continue
		}
		f.text, f.document, f.node, f.entry, f.opaque = k.text, nil, nil, entry, ""
		if tag == "" && digest == "" {
			f.image.tag, f.image.digest = f.image.tag+suffix, ""
			f.opaque = "the tag is made of another one and a tagSuffix"
			continue
		}
		f.image.tag, f.image.digest = tag, digest
	}
}

// matches tells whether an entry of images is about an image. Its name is a
// regular expression, though few know.
func matches(name string, image reference) bool {
	pattern, err := regexp.Compile("^" + name + "(:[a-zA-Z0-9_.{}-]*)?(@[a-zA-Z0-9]+([.+_-][a-zA-Z0-9]+)*:[a-zA-Z0-9_.{}-]*)?$")
	return err == nil && name != "" && pattern.MatchString(image.String())
}

// knows tells whether a patch that names an object may mean this one.
func (f *found) knows(name string) bool { return slices.Contains(f.names, name) }
