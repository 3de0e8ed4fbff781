package edit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Mark is what the places that follow an image policy of Flux v2 are to say. A
// place follows a policy when a comment behind it names it:
//
//	image: ghcr.io/acme/web:1.4.0 # {"$imagepolicy": "flux-system:web"}
//	newTag: 1.4.0 # {"$imagepolicy": "flux-system:web:tag"}
//	newName: ghcr.io/acme/web # {"$imagepolicy": "flux-system:web:name"}
type Mark struct {
	// Policy is the namespace and the name of the policy, with a colon between.
	Policy string
	// Image is the repository that the policy is about.
	Image, Tag, Digest string
}

// Marked changes every place in the files that carries a mark. Files are those
// that the rendering read. Marks that no file carries are refused.
func Marked(e Environment, files []string, marks []Mark) (*Result, error) {
	w := newWork(e)
	m := marking{work: w, marks: map[string]Mark{}, seen: map[string]bool{}}
	for _, mark := range marks {
		if err := (to{mark.Tag, mark.Digest}).check(); err != nil {
			return nil, fmt.Errorf("change what is marked %s: %w", mark.Policy, err)
		}
		if !nameSyntax.MatchString(mark.Image) {
			return nil, fmt.Errorf("change what is marked %s: %w", mark.Policy, refuse("", 0, "%q is not the name of an image", mark.Image))
		}
		m.marks[mark.Policy] = mark
	}
	for _, file := range files {
		if err := m.file(file); err != nil {
			return nil, fmt.Errorf("change what is marked: %w", err)
		}
	}
	for _, mark := range marks {
		if !m.seen[mark.Policy] {
			return nil, fmt.Errorf("change what is marked: %w", refuse("", 0, "no place is marked with %s", mark.Policy))
		}
	}
	return w.result, nil
}

// marking is what goes on while marked places are changed.
type marking struct {
	*work
	marks map[string]Mark
	seen  map[string]bool
}

// markerKey is the key of the comment.
const markerKey = "$imagepolicy"

func (m *marking) file(file string) error {
	info, err := fs.Lstat(m.Files, file)
	if err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	if !info.Mode().IsRegular() {
		// What a link leads to was read as well.
		return nil
	}
	data, err := fs.ReadFile(m.Files, file)
	if err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	if !isYAML(file) || !bytes.Contains(data, []byte(markerKey)) {
		return nil
	}
	t, err := parse(file, data)
	if err != nil {
		return err
	}
	d := &draft{text: t}
	var edits []Edit
	for _, document := range t.documents {
		found, err := m.below(d, document, document)
		if err != nil {
			return err
		}
		edits = append(edits, found...)
	}
	return m.write(d, edits...)
}

// isYAML tells the files that may hold objects or a kustomization.
func isYAML(file string) bool {
	switch path.Ext(file) {
	case ".yaml", ".yml":
		return true
	}
	return path.Base(file) == "Kustomization"
}

// below changes the marked values below a node, without following aliases.
func (m *marking) below(d *draft, document, n *yaml.Node) ([]Edit, error) {
	var edits []Edit
	if n.Kind == yaml.ScalarNode {
		e, err := m.scalar(d, document, n)
		if err != nil || e == nil {
			return nil, err
		}
		return []Edit{*e}, nil
	}
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			continue
		}
		found, err := m.below(d, document, child)
		if err != nil {
			return nil, err
		}
		edits = append(edits, found...)
	}
	return edits, nil
}

func (m *marking) scalar(d *draft, document, n *yaml.Node) (*Edit, error) {
	s, err := d.span(n)
	if err != nil {
		// A text of several lines has no room for a comment behind it.
		return nil, nil
	}
	policy, part := marker(string(d.data[s.end:d.lineEnd(s.end)]))
	mark, ok := m.marks[policy]
	if !ok {
		return nil, nil
	}
	m.seen[policy] = true
	value := mark.Image + ":" + mark.Tag
	switch part {
	case "":
		if mark.Digest != "" {
			value += "@" + mark.Digest
		} else if parseReference(n.Value).digest != "" {
			return nil, d.refuse(n, "the image is pinned to a digest, and the digest of the new one is not known")
		}
	case "tag":
		value = mark.Tag
	case "name":
		value = mark.Image
	case "digest":
		if value = mark.Digest; value == "" {
			return nil, d.refuse(n, "the digest of the new image is not known")
		}
	default:
		return nil, d.refuse(n, "the mark asks for %q, and knows only tag, name and digest", part)
	}
	if n.Value == value {
		return nil, nil
	}
	e := &Edit{File: d.file, Line: n.Line, What: "what follows " + policy, From: n.Value, To: value}
	return e, d.set(document, n, value)
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
