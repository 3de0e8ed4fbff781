package edit

import "go.yaml.in/yaml/v3"

// helmImage reads an image that is written in parts, as Helm charts do.
func helmImage(n *yaml.Node) (reference, bool) {
	name := textOf(get(n, "repository"))
	if name == "" {
		return reference{}, false
	}
	if registry := textOf(get(n, "registry")); registry != "" {
		name = registry + "/" + name
	}
	return reference{name, textOf(get(n, "tag")), textOf(get(n, "digest"))}, true
}

// values changes the tag and the digest of an image that is written in parts.
func (w *work) values(d *draft, c Change, found *found, target to) error {
	tag, err := d.field(found.node, "tag")
	if err != nil {
		return err
	}
	digest, err := d.field(found.node, "digest")
	switch {
	case err != nil:
		return err
	case textOf(tag) == "":
		return d.refuse(found.node, "there is no tag beside the repository")
	case target.digest != "" && digest == nil:
		return d.refuse(found.node, "there is no digest beside the tag, and charts differ in how they take one")
	}
	what := " of " + c.String()
	edits := []Edit{{File: d.file, Line: tag.Line, What: "tag" + what, From: tag.Value, To: target.tag}}
	if err := d.set(found.document, tag, target.tag); err != nil {
		return err
	}
	if target.digest != "" {
		edits = append(edits, Edit{File: d.file, Line: digest.Line, What: "digest" + what, From: digest.Value, To: target.digest})
		if err := d.set(found.document, digest, target.digest); err != nil {
			return err
		}
	}
	return w.write(d, edits...)
}
