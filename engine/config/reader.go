package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/evenkeel/evenkeel/engine/internal/yamltext"
)

const (
	// maxSize is far above any file a person writes.
	maxSize = 1 << 20
	// maxNodes bounds what aliases may expand to.
	maxNodes = 100_000
)

// reader walks the YAML of one file and collects what is wrong with it.
type reader struct {
	file     string
	problems Problems
	// places tells where the texts of the file were read from, for checks that
	// compare several of them.
	places map[string]*yaml.Node
	nodes  int
	// exhausted is set once the file is known to be too large.
	exhausted bool
}

// pair is one key of a mapping and its value.
type pair struct {
	name       string
	key, value *yaml.Node
}

func newReader(file string) *reader {
	return &reader{file: file, places: map[string]*yaml.Node{}}
}

func (r *reader) problem(n *yaml.Node, format string, args ...any) {
	r.problems = append(r.problems, Problem{File: r.file, Line: n.Line, Column: n.Column, Message: fmt.Sprintf(format, args...)})
}

func (r *reader) wrongType(n *yaml.Node, what, want string) {
	r.problem(n, "%s must be %s, not %s", orFile(what), want, describe(n))
}

func (r *reader) err() error {
	if len(r.problems) == 0 {
		return nil
	}
	r.problems.sort()
	return r.problems
}

// document returns the root of the only document, or nil after it has reported
// why there is none.
func (r *reader) document(data []byte) *yaml.Node {
	whole := &yaml.Node{}
	if len(data) > maxSize {
		r.problem(whole, "the file has %d bytes, more than the %d that are read", len(data), maxSize)
		return nil
	}
	data = yamltext.TrimBOM(data)
	if line, column := yamltext.InvalidUTF8(data); line > 0 {
		r.problem(&yaml.Node{Line: line, Column: column}, "the file is not UTF-8: the byte here does not belong to it")
		return nil
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var root *yaml.Node
	for {
		var next yaml.Node
		err := yamltext.Decode(decoder, &next)
		switch {
		case errors.Is(err, io.EOF) && root == nil:
			return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: 1, Column: 1}
		case errors.Is(err, io.EOF):
			return root
		case err != nil:
			r.syntax(data, err)
			return nil
		case next.Content[0].ShortTag() == "!!null":
		case root != nil:
			r.problem(&next, "the file has a second document; write everything in one")
			return root
		default:
			root = next.Content[0]
		}
	}
}

// syntax reports an error of the YAML parser, which knows the line only.
func (r *reader) syntax(data []byte, err error) {
	line, message := yamltext.Explain(data, err)
	r.problem(&yaml.Node{Line: line, Column: 1}, "%s", message)
}

// follow resolves aliases, and counts.
func (r *reader) follow(n *yaml.Node) *yaml.Node {
	r.nodes++
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// spent reports, once, that aliases made the file too large.
func (r *reader) spent(n *yaml.Node) bool {
	if r.nodes <= maxNodes {
		return false
	}
	if !r.exhausted {
		r.exhausted = true
		r.problem(n, "the aliases of the file expand to more than %d values", maxNodes)
	}
	return true
}

func (r *reader) text(n *yaml.Node, what string, is rule) (string, bool) {
	n = r.follow(n)
	r.places[what] = n
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str" {
		if is.secret {
			r.problem(n, "%s must be text: put quotes around it", what)
		} else {
			r.wrongType(n, what, "text")
		}
		return "", false
	}
	if wrong := is.check(n.Value); wrong != "" {
		r.problem(n, "%s %s", what, wrong)
		return "", false
	}
	return n.Value, true
}

// items returns the values of a sequence; nil after a complaint.
func (r *reader) items(n *yaml.Node, what string) []*yaml.Node {
	n = r.follow(n)
	if n.Kind != yaml.SequenceNode {
		r.wrongType(n, what, "a list")
		return nil
	}
	if r.spent(n) {
		return nil
	}
	return append([]*yaml.Node{}, n.Content...)
}

// pairs returns the keys of a mapping in the order of the file, merged ones
// last; nil after a complaint.
func (r *reader) pairs(n *yaml.Node, what string) []pair {
	n = r.follow(n)
	if n.Kind != yaml.MappingNode {
		r.wrongType(n, what, "a mapping of keys to values")
		return nil
	}
	if r.spent(n) {
		return nil
	}
	pairs := []pair{}
	lines := map[string]int{}
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := r.follow(n.Content[i]), n.Content[i+1]
		switch {
		case k.Kind != yaml.ScalarNode:
			r.problem(k, "a key of %s is %s; keys are text", orFile(what), describe(k))
		case k.ShortTag() == "!!merge":
			merged = append(merged, v)
		case lines[k.Value] != 0:
			r.problem(k, "the key %q is already given in line %d", k.Value, lines[k.Value])
		default:
			lines[k.Value] = k.Line
			pairs = append(pairs, pair{k.Value, k, v})
		}
	}
	for _, m := range merged {
		pairs = r.merge(pairs, lines, m, what)
	}
	return pairs
}

// merge adds what "<<" brings and the mapping does not have itself.
func (r *reader) merge(pairs []pair, lines map[string]int, n *yaml.Node, what string) []pair {
	sources := []*yaml.Node{n}
	if list := r.follow(n); list.Kind == yaml.SequenceNode {
		sources = list.Content
	}
	for _, source := range sources {
		for _, p := range r.pairs(source, what) {
			if lines[p.name] == 0 {
				lines[p.name] = p.key.Line
				pairs = append(pairs, p)
			}
		}
	}
	return pairs
}

// orFile names the root of a file.
func orFile(what string) string {
	if what == "" {
		return "the file"
	}
	return what
}

func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind != yaml.ScalarNode:
		return "nothing"
	}
	switch n.ShortTag() {
	case "!!null":
		return "empty"
	case "!!int", "!!float":
		return "the number " + n.Value
	case "!!bool":
		return n.Value
	case "!!timestamp":
		return "the date " + n.Value
	}
	return strconv.Quote(n.Value)
}
