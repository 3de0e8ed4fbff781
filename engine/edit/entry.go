package edit

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// entry changes an item of the images of a kustomization. Keys that it does not
// have are put behind those it has.
func (w *work) entry(f *found, entry *yaml.Node, image reference) error {
	d := &draft{text: f.text}
	root := f.documents[0]
	what := textOf(get(entry, "name"))
	var edits []Edit
	var missing []pair
	type change struct {
		value *yaml.Node
		to    string
	}
	var changes []change
	for _, want := range []pair{{"newTag", image.tag}, {"digest", image.digest}} {
		if want.value == "" {
			continue
		}
		value, err := d.field(entry, want.key)
		switch {
		case err != nil:
			return err
		case value == nil:
			missing = append(missing, want)
			edits = append(edits, Edit{File: d.file, Line: entry.Line, What: want.key + " of " + what, To: want.value})
			continue
		case value.Kind == yaml.ScalarNode && value.Value == want.value:
			continue
		}
		edits = append(edits, Edit{File: d.file, Line: value.Line, What: want.key + " of " + what, From: textOf(value), To: want.value})
		changes = append(changes, change{value, want.value})
	}
	// First what is put behind the last value: where that ends can be told only
	// as long as it is what the file says.
	if len(missing) > 0 {
		if err := d.alone(root, entry); err != nil {
			return err
		}
		if err := d.extend(entry, missing); err != nil {
			return err
		}
	}
	for _, c := range changes {
		if err := d.set(root, c.value, c.to); err != nil {
			return err
		}
	}
	return w.write(d, edits...)
}

// override says in the environment's own kustomization which image it runs, and
// leaves alone the file that others share.
func (w *work) override(f *found, image reference) error {
	top := &found{text: f.top.text}
	if f.own != nil {
		return w.entry(top, f.own, image)
	}
	d := &draft{text: top.text, added: true}
	pairs := []pair{{"name", image.name}}
	if image.tag != "" {
		pairs = append(pairs, pair{"newTag", image.tag})
	}
	if image.digest != "" {
		pairs = append(pairs, pair{"digest", image.digest})
	}
	line, err := d.append(f.top.root, "images", element{pairs: pairs})
	if err != nil {
		return err
	}
	return w.write(d, Edit{File: d.file, Line: line, What: "a new entry for " + image.name, To: image.String()})
}

// pair is a key and its value, to be written.
type pair struct{ key, value string }

// mappingOf makes a mapping of pairs.
func mappingOf(pairs []pair) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	for _, p := range pairs {
		n.Content = append(n.Content, scalarOf(p.key), scalarOf(p.value))
	}
	return n
}

func scalarOf(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s} }

// quoted writes a value so that it is a text.
func quoted(s string, quote string) string {
	if quote == "" && ambiguous(s) {
		quote = `"`
	}
	return quote + s + quote
}

// flow writes pairs within braces, their keys quoted as in JSON if those around
// them are.
func flow(pairs []pair, json bool) string {
	quote := ""
	if json {
		quote = `"`
	}
	var parts []string
	for _, p := range pairs {
		parts = append(parts, quoted(p.key, quote)+": "+quoted(p.value, quote))
	}
	return strings.Join(parts, ", ")
}

// isJSON tells whether the keys of a mapping are quoted.
func isJSON(n *yaml.Node) bool {
	return n != nil && n.Kind == yaml.MappingNode && len(n.Content) > 0 && n.Content[0].Style&yaml.DoubleQuotedStyle != 0
}

// insert puts text in.
func (d *draft) insert(at int, with string) {
	d.splices = append(d.splices, splice{at, at, with})
	d.added = true
}

// extend puts pairs behind the last one of a mapping.
func (d *draft) extend(n *yaml.Node, pairs []pair) error {
	at, err := d.end(n.Content[len(n.Content)-1])
	if err != nil {
		return err
	}
	if n.Style&yaml.FlowStyle != 0 {
		d.insert(at, ", "+flow(pairs, isJSON(n)))
	} else {
		indent := strings.Repeat(" ", n.Content[0].Column-1)
		var lines strings.Builder
		for _, p := range pairs {
			lines.WriteString(d.newline() + indent + p.key + ": " + quoted(p.value, ""))
		}
		d.insert(d.lineEnd(at), lines.String())
	}
	n.Content = append(n.Content, mappingOf(pairs).Content...)
	return nil
}

// indentOf is how far lists stand in below their keys: as the first does.
func indentOf(root *yaml.Node) string {
	columns := root.Column - 1 + 2
	for i, k := range keys(root) {
		if v := root.Content[2*i+1]; v.Kind == yaml.SequenceNode && v.Style&yaml.FlowStyle == 0 && len(v.Content) > 0 {
			columns = v.Column - k.Column + root.Column - 1
			break
		}
	}
	return strings.Repeat(" ", columns)
}

// lineOf is the line of an offset.
func (t *text) lineOf(at int) int {
	i, exact := slices.BinarySearch(t.lines, at)
	if exact {
		i++
	}
	return max(i, 1)
}
