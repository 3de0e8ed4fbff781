package edit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Marker is a place that follows an image policy of Flux v2, as the comment
// behind it says; see [Mark].
type Marker struct {
	File string
	Line int
	// Policy is the namespace and the name of the policy, with a colon between.
	Policy string
	// Part is what of the image stands there: tag, name or digest, or all of it
	// when it is empty. Anything else is a mistake that [Marked] refuses.
	Part string
	// Value is what stands there now.
	Value string
}

// Markers lists the places in the files that carry a mark, in their order.
// Files that do not parse are passed over.
func Markers(files fs.FS, names []string) ([]Marker, error) {
	var all []Marker
	for _, name := range names {
		t, err := markedText(files, name)
		switch {
		case errors.Is(err, ErrRefused):
			continue
		case err != nil:
			return nil, fmt.Errorf("look for marks: %w", err)
		case t == nil:
			continue
		}
		err = t.eachMarked(func(_, n *yaml.Node, policy, part string) error {
			all = append(all, Marker{File: name, Line: n.Line, Policy: policy, Part: part, Value: n.Value})
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("look for marks: %w", err)
		}
	}
	return all, nil
}

// markerKey is the key of the comment.
const markerKey = "$imagepolicy"

// markedText reads a file that may carry marks; nil when it cannot.
func markedText(files fs.FS, file string) (*text, error) {
	info, err := fs.Lstat(files, file)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	if !info.Mode().IsRegular() {
		// What a link leads to was read as well.
		return nil, nil
	}
	data, err := fs.ReadFile(files, file)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	if !isYAML(file) || !bytes.Contains(data, []byte(markerKey)) {
		return nil, nil
	}
	return parse(file, data)
}

// isYAML tells the files that may hold objects or a kustomization.
func isYAML(file string) bool {
	switch path.Ext(file) {
	case ".yaml", ".yml":
		return true
	}
	return path.Base(file) == "Kustomization"
}

// eachMarked calls back with every marked value, and the root that it is below.
func (t *text) eachMarked(visit func(document, n *yaml.Node, policy, part string) error) error {
	for _, document := range t.documents {
		if err := t.markedBelow(document, document, visit); err != nil {
			return err
		}
	}
	return nil
}

// markedBelow does not follow aliases.
func (t *text) markedBelow(document, n *yaml.Node, visit func(document, n *yaml.Node, policy, part string) error) error {
	if n.Kind == yaml.ScalarNode {
		s, err := t.span(n)
		if err != nil {
			// A text of several lines has no room for a comment behind it.
			return nil
		}
		if policy, part := marker(string(t.data[s.end:t.lineEnd(s.end)])); policy != "" {
			return visit(document, n, policy, part)
		}
		return nil
	}
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			continue
		}
		if err := t.markedBelow(document, child, visit); err != nil {
			return err
		}
	}
	return nil
}

// marker reads the comment behind a value.
func marker(rest string) (policy, part string) {
	trimmed := strings.TrimLeft(rest, " \t")
	comment, ok := strings.CutPrefix(trimmed, "#")
	if !ok || trimmed == rest {
		return "", ""
	}
	var keys map[string]string
	if json.Unmarshal([]byte(comment), &keys) != nil {
		return "", ""
	}
	fields := strings.SplitN(keys[markerKey], ":", 3)
	switch len(fields) {
	case 2:
		return fields[0] + ":" + fields[1], ""
	case 3:
		return fields[0] + ":" + fields[1], fields[2]
	}
	return "", ""
}
