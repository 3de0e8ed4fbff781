package holds

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/evenkeel/evenkeel/engine/internal/yamltext"
)

// The keys of a hold, in the order in which they are written.
const (
	keyImage  = "image"
	keyBy     = "by"
	keyReason = "reason"
	keySince  = "since"
)

// keyHolds is the only key of the file.
const keyHolds = "holds"

// Parse reads the holds of an environment; an empty file has none. The name is
// used in messages only, which begin with it, the line and the column.
func Parse(name string, data []byte) ([]Hold, error) {
	f, err := read(name, data)
	if err != nil {
		return nil, err
	}
	return f.holds, nil
}

// file is a file of holds with its nodes.
type file struct {
	name string
	// list is the node of the holds; nil when the file does not speak of them.
	list  *yaml.Node
	holds []Hold // one for each item of the list
}

func read(name string, data []byte) (*file, error) {
	f := &file{name: name}
	data = yamltext.TrimBOM(data)
	if line, column := yamltext.InvalidUTF8(data); line > 0 {
		return nil, f.wrong(&yaml.Node{Line: line, Column: column}, "the file is not UTF-8: the byte here does not belong to it")
	}
	root, err := f.root(data)
	if err != nil || root == nil {
		return f, err
	}
	if err := f.top(root); err != nil || f.list == nil {
		return f, err
	}
	first := map[string]*yaml.Node{}
	for _, item := range f.list.Content {
		hold, image, err := f.hold(follow(item))
		if err != nil {
			return nil, err
		}
		if before := first[hold.Image]; before != nil {
			return nil, f.wrong(image, "%s is held already in line %d", hold.Image, before.Line)
		}
		first[hold.Image] = image
		f.holds = append(f.holds, hold)
	}
	return f, nil
}

// root returns the root of the only document; nil when there is nothing in it.
func (f *file) root(data []byte) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var root *yaml.Node
	for {
		var document yaml.Node
		err := yamltext.Decode(decoder, &document)
		if errors.Is(err, io.EOF) {
			return root, nil
		}
		if err != nil {
			line, message := yamltext.Explain(data, err)
			return nil, f.wrong(&yaml.Node{Line: line, Column: 1}, "%s", message)
		}
		switch found := document.Content[0]; {
		case found.ShortTag() == "!!null":
		case root != nil:
			return nil, f.wrong(found, "the file has a second document; write everything in one")
		default:
			root = found
		}
	}
}

// top finds the list.
func (f *file) top(root *yaml.Node) error {
	keys, values, err := f.mapping(root, "the file")
	if err != nil {
		return err
	}
	for i, key := range keys {
		if key.Value != keyHolds {
			return f.wrong(key, "unknown key %q; the file has %s only", key.Value, keyHolds)
		}
		switch list := follow(values[i]); {
		case list.Kind == yaml.SequenceNode, list.ShortTag() == "!!null":
			f.list = values[i]
		default:
			return f.wrong(list, "%s must be a list", keyHolds)
		}
	}
	if f.list != nil && f.list.Kind == yaml.AliasNode {
		return f.wrong(f.list, "%s must be a list, not an alias", keyHolds)
	}
	return nil
}

// hold reads an item, and tells where its image is.
func (f *file) hold(item *yaml.Node) (h Hold, image *yaml.Node, err error) {
	keys, values, err := f.mapping(item, "a hold")
	if err != nil {
		return h, nil, err
	}
	for i, key := range keys {
		value := follow(values[i])
		switch key.Value {
		case keyImage:
			image = value
			h.Image, err = f.text(value, keyImage)
		case keyBy:
			h.By, err = f.text(value, keyBy)
		case keyReason:
			h.Reason, err = f.text(value, keyReason)
		case keySince:
			h.Since, err = f.time(value)
		default:
			err = f.wrong(key, "unknown key %q; a hold has %s, %s, %s and %s", key.Value, keyImage, keyBy, keyReason, keySince)
		}
		if err != nil {
			return h, nil, err
		}
	}
	switch {
	case image == nil:
		return h, nil, f.wrong(item, "the hold has no image; that of the whole environment is %q", Everything)
	case !isImage(h.Image):
		return h, nil, f.wrong(image, "%s", noImage(h.Image))
	}
	return h, image, nil
}

func noImage(s string) string {
	return fmt.Sprintf("image is %q: write the repository in full, without tag and digest, such as docker.io/library/nginx, or %q for the whole environment", s, Everything)
}

// mapping returns the keys and values of a mapping without duplicates.
func (f *file) mapping(n *yaml.Node, what string) (keys, values []*yaml.Node, err error) {
	if n.Kind != yaml.MappingNode {
		return nil, nil, f.wrong(n, "%s must be a mapping of keys to values", what)
	}
	lines := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode {
			return nil, nil, f.wrong(key, "a key of %s is no text", what)
		}
		if lines[key.Value] > 0 {
			return nil, nil, f.wrong(key, "the key %q is already given in line %d", key.Value, lines[key.Value])
		}
		lines[key.Value] = key.Line
		keys, values = append(keys, key), append(values, n.Content[i+1])
	}
	return keys, values, nil
}

func (f *file) text(n *yaml.Node, key string) (string, error) {
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str" {
		return "", f.wrong(n, "%s must be text; put quotes around it", key)
	}
	return n.Value, nil
}

func (f *file) time(n *yaml.Node) (time.Time, error) {
	if n.Kind == yaml.ScalarNode {
		if t, err := time.Parse(time.RFC3339, n.Value); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, f.wrong(n, "%s must be a time such as 2026-11-23T22:40:00Z, not %s", keySince, strconv.Quote(n.Value))
}

func (f *file) wrong(n *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("%s:%d:%d: %s", f.name, n.Line, n.Column, fmt.Sprintf(format, args...))
}

// follow resolves an alias.
func follow(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}
