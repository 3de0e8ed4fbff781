package edit

import (
	"fmt"

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

func (m *marking) file(file string) error {
	t, err := markedText(m.Files, file)
	if err != nil || t == nil {
		return err
	}
	d := &draft{text: t}
	var edits []Edit
	err = t.eachMarked(func(document, n *yaml.Node, policy, part string) error {
		e, err := m.scalar(d, document, n, policy, part)
		if e != nil {
			edits = append(edits, *e)
		}
		return err
	})
	if err != nil {
		return err
	}
	return m.write(d, edits...)
}

func (m *marking) scalar(d *draft, document, n *yaml.Node, policy, part string) (*Edit, error) {
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
