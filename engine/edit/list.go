package edit

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Entry is a file that a kustomization is to name in one of its lists.
type Entry struct {
	// List is the key: resources, transformers.
	List string
	// Name is the file, relative to the kustomization.
	Name string
}

// Kustomization adds entries to a kustomization file, behind those that it has.
// All are added, or none and the error is an [ErrRefused].
func Kustomization(e Environment, file string, entries []Entry) (*Result, error) {
	w := newWork(e)
	for _, entry := range entries {
		t, err := w.read(file)
		if err != nil {
			return nil, err
		}
		if len(t.documents) != 1 || t.documents[0].Kind != yaml.MappingNode {
			return nil, refuse(file, 0, "it is not one mapping")
		}
		d := &draft{text: t, added: true}
		line, err := d.append(t.documents[0], entry.List, element{text: entry.Name})
		if err != nil {
			return nil, err
		}
		if err := w.write(d, Edit{File: file, Line: line, What: "a new entry of " + entry.List, To: entry.Name}); err != nil {
			return nil, err
		}
	}
	return w.result, nil
}

// element is what is put into a list: pairs, or a text.
type element struct {
	pairs []pair
	text  string
}

func (e element) node() *yaml.Node {
	if e.pairs == nil {
		return scalarOf(e.text)
	}
	return mappingOf(e.pairs)
}

// flow writes the element within a line.
func (e element) flow(json bool) string {
	if e.pairs != nil {
		return "{" + flow(e.pairs, json) + "}"
	}
	if json {
		return quoted(e.text, `"`)
	}
	return quoted(e.text, "")
}

// block writes the element of a block list.
func (e element) block(dash, gap, newline string) string {
	if e.pairs == nil {
		return dash + gap + quoted(e.text, "")
	}
	var lines []string
	for i, p := range e.pairs {
		front := dash + gap
		if i > 0 {
			front = strings.Repeat(" ", len(front))
		}
		lines = append(lines, front+p.key+": "+quoted(p.value, ""))
	}
	return strings.Join(lines, newline)
}

// append adds an element to a list of a kustomization, in the style of those
// that there are, and returns its line.
func (d *draft) append(root *yaml.Node, key string, e element) (line int, err error) {
	list, err := d.field(root, key)
	if err != nil {
		return 0, err
	}
	switch {
	case list == nil:
		return d.newList(root, key, e)
	case list.Kind == yaml.ScalarNode && list.ShortTag() == "!!null":
		return d.firstElement(root, list, key, e)
	case list.Kind != yaml.SequenceNode:
		return 0, d.refuse(list, "the %s of the kustomization are not a list", key)
	}
	if err := d.alone(root, list); err != nil {
		return 0, err
	}
	if list.Style&yaml.FlowStyle != 0 {
		return d.flowElement(list, e)
	}
	last := list.Content[len(list.Content)-1]
	at, err := d.end(last)
	if err != nil {
		return 0, err
	}
	at = d.lineEnd(at)
	dash := strings.Repeat(" ", list.Column-1) + "-"
	gap := strings.Repeat(" ", max(last.Column-list.Column-1, 1))
	if last.Kind == yaml.MappingNode && last.Style&yaml.FlowStyle != 0 {
		d.insert(at, d.newline()+dash+gap+e.flow(isJSON(last)))
	} else {
		d.insert(at, d.newline()+e.block(dash, gap, d.newline()))
	}
	list.Content = append(list.Content, e.node())
	return d.lineOf(at) + 1, nil
}

// flowElement adds to a list within brackets.
func (d *draft) flowElement(list *yaml.Node, e element) (int, error) {
	at, err := d.insideFlow(list)
	if err != nil {
		return 0, err
	}
	comma, json := "", false
	if n := len(list.Content); n > 0 {
		last := list.Content[n-1]
		comma, json = ", ", isJSON(last) || last.Kind == yaml.ScalarNode && last.Style&yaml.DoubleQuotedStyle != 0
	}
	d.insert(at, comma+e.flow(json))
	list.Content = append(list.Content, e.node())
	return d.lineOf(at), nil
}

// firstElement fills in a key with nothing behind it.
func (d *draft) firstElement(root, list *yaml.Node, key string, e element) (int, error) {
	if list.Value != "" || list.Anchor != "" || root.Style&yaml.FlowStyle != 0 {
		return 0, d.refuse(list, "the %s of the kustomization are null", key)
	}
	i := slices.Index(root.Content, list)
	at, err := d.end(root.Content[i-1])
	if err != nil {
		return 0, err
	}
	at = d.lineEnd(at)
	d.insert(at, d.newline()+e.block(indentOf(root)+"-", " ", d.newline()))
	root.Content[i] = &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: []*yaml.Node{e.node()}}
	return d.lineOf(at) + 1, nil
}

// newList adds a key with a list at the end.
func (d *draft) newList(root *yaml.Node, key string, e element) (int, error) {
	list := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: []*yaml.Node{e.node()}}
	if len(root.Content) == 0 {
		return 0, d.refuse(root, "the kustomization is empty")
	}
	at := len(d.data)
	if root.Style&yaml.FlowStyle != 0 {
		var err error
		if at, err = d.insideFlow(root); err != nil {
			return 0, err
		}
		name := key
		if isJSON(root) {
			name = quoted(key, `"`)
		}
		d.insert(at, ", "+name+": ["+e.flow(isJSON(root))+"]")
	} else {
		front, back := "", d.newline()
		if at > 0 && d.data[at-1] != '\n' && d.data[at-1] != '\r' {
			front, back = d.newline(), ""
		}
		margin := strings.Repeat(" ", root.Column-1)
		d.insert(at, front+margin+key+":"+d.newline()+e.block(indentOf(root)+"-", " ", d.newline())+back)
	}
	root.Content = append(root.Content, scalarOf(key), list)
	return d.lineOf(at), nil
}
