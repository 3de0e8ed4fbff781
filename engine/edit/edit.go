package edit

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/evenkeel/evenkeel/kube"
)

// Environment is where edits are made.
type Environment struct {
	// Files is the tree of the repository.
	Files fs.FS
	// Path is the environment's directory in it, or its one file.
	Path string
	// Shared tells for a file which other environments read it too.
	Shared map[string][]string
}

// Change gives one container of an environment another image tag.
type Change struct {
	// Object is the workload as it is rendered, and File and Line are where it
	// was written down, as the rendering tells.
	Object kube.ID
	File   string
	Line   int
	// Container is the name of the container. Where the image is none of a
	// container, Field is a JSON pointer to it: to a text, or to a mapping with
	// repository and tag.
	Container, Field string
	// From is the image as it is rendered now.
	From string
	// Tag is the new one. Digest pins it; it must be there when the image is
	// pinned already.
	Tag, Digest string
}

func (c Change) String() string {
	if c.Field != "" {
		return fmt.Sprintf("%s %s", c.Object, c.Field)
	}
	return fmt.Sprintf("%s container %s", c.Object, c.Container)
}

// Edit is one value that was changed, or an entry that was added.
type Edit struct {
	File string
	// Line is where it stood, or where it was added.
	Line int
	// What says what it is: "newTag of ghcr.io/acme/web".
	What string
	// From is empty for what was added.
	From, To string
}

// Result is a set of changed files and how they differ.
type Result struct {
	Files map[string][]byte
	Edits []Edit
}

// Images makes changes, one after the other. Several containers may get their
// image from one place, so a change that an earlier one has made already is
// none. All changes are made, or none and the error is an [ErrRefused].
func Images(e Environment, changes []Change) (*Result, error) {
	w := newWork(e)
	for _, c := range changes {
		if err := w.change(c); err != nil {
			return nil, fmt.Errorf("change %s from %s to %s: %w", c, c.From, c.Tag, err)
		}
	}
	return w.result, nil
}

// work is a set of edits being made.
type work struct {
	Environment
	result *Result
}

func newWork(e Environment) *work {
	e.Path = path.Clean(e.Path)
	return &work{Environment: e, result: &Result{Files: map[string][]byte{}}}
}

// read parses a file, as it is after the edits made so far.
func (w *work) read(file string) (*text, error) {
	if data, ok := w.result.Files[file]; ok {
		return parse(file, data)
	}
	data, err := fs.ReadFile(w.Files, file)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	return parse(file, data)
}

// write keeps a changed file.
func (w *work) write(d *draft, edits ...Edit) error {
	if len(d.splices) == 0 {
		return nil
	}
	if err := w.writable(d.file); err != nil {
		return err
	}
	data, err := d.result()
	if err != nil {
		return err
	}
	w.result.Files[d.file] = data
	w.result.Edits = append(w.result.Edits, edits...)
	return nil
}

// writable refuses a file that others read too, and one that is reached by a
// symbolic link, which would be replaced by the file.
func (w *work) writable(file string) error {
	if others := w.Shared[file]; len(others) > 0 {
		return refuse(file, 0, "the file is also read by %s", strings.Join(others, ", "))
	}
	for at := file; at != "."; at = path.Dir(at) {
		info, err := fs.Lstat(w.Files, at)
		if err != nil {
			return fmt.Errorf("read %s: %w", at, err)
		}
		if info.Mode()&fs.ModeSymlink != 0 {
			return refuse(file, 0, "%s is a symbolic link", at)
		}
	}
	return nil
}

func (w *work) change(c Change) error {
	target := to{c.Tag, c.Digest}
	if err := target.check(); err != nil {
		return err
	}
	if c.Line == 0 {
		return refuse(c.File, 0, "%s is made by a generator", c.Object)
	}
	found, err := w.trace(c)
	if err != nil {
		return err
	}
	if found.opaque != "" {
		return refuse(found.file, found.line(), "%s", found.opaque)
	}
	if !nameSyntax.MatchString(found.image.name) {
		return refuse(found.file, found.line(), "%q is not the name of an image", found.image.name)
	}
	wanted, reason := found.image.apply(target)
	switch {
	case reason == "" && found.image == wanted:
		return nil
	case found.image.String() != c.From:
		if _, touched := w.result.Files[found.file]; touched {
			return refuse(found.file, found.line(), "another of the changes has made it %s already", found.image)
		}
		return refuse(found.file, found.line(), "what is written makes the image %s, but it is %s: something changes it that evenkeel does not follow", found.image, c.From)
	case reason != "":
		return refuse(found.file, found.line(), "%s", reason)
	}
	if len(w.Shared[found.file]) > 0 && found.top != nil && c.Field == "" {
		return w.override(found, wanted)
	}
	if found.entry != nil {
		return w.entry(found, found.entry, wanted)
	}
	return w.scalar(c, found, target)
}

// scalar changes an image where it stands in an object.
func (w *work) scalar(c Change, found *found, target to) error {
	d := &draft{text: found.text}
	if found.node.Kind == yaml.MappingNode {
		return w.values(d, c, found, target)
	}
	written, reason := parseReference(found.node.Value).apply(target)
	if reason != "" {
		return d.refuse(found.node, "%s", reason)
	}
	e := Edit{File: d.file, Line: found.node.Line, What: "image of " + c.String(), From: found.node.Value, To: written.String()}
	if err := d.set(found.document, found.node, written.String()); err != nil {
		return err
	}
	return w.write(d, e)
}

// isNotExist tells that there is no such file.
func isNotExist(err error) bool { return errors.Is(err, fs.ErrNotExist) }
