package render

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/evenkeel/evenkeel/engine/internal/yamltext"
)

const (
	// maxDepth is far beyond any API's nesting.
	maxDepth = 200
	// maxExpansion bounds the values that the aliases of one file may stand
	// for.
	maxExpansion = 100_000
)

// document is one object as it was written down.
type document struct {
	file  string
	line  int
	value map[string]any
	// itemLines are the lines of the items of a list, where they are known.
	itemLines []itemLine
}

// itemLine is the line of an item of a list, and of its items if it is a list
// itself.
type itemLine struct {
	line  int
	items []itemLine
}

// parse reads the documents of a YAML or JSON file.
func parse(file string, data []byte) ([]document, Problems) {
	data, problem := textOf(file, data)
	if problem != nil {
		return nil, Problems{*problem}
	}
	if d, ok := parseJSON(file, data); ok {
		return []document{d}, nil
	}
	p := &parser{file: file}
	p.each(data, p.document)
	return p.documents, p.problems
}

// parseAny reads the documents of a YAML file that need not be objects.
func parseAny(file string, data []byte) ([]any, Problems) {
	data, problem := textOf(file, data)
	if problem != nil {
		return nil, Problems{*problem}
	}
	p := &parser{file: file}
	var values []any
	p.each(data, func(n *yaml.Node) {
		value, err := p.value(n, 0)
		if err != nil {
			p.problems = append(p.problems, *err)
			return
		}
		values = append(values, value)
	})
	return values, p.problems
}

// textOf returns the text of a file without its byte order mark.
func textOf(file string, data []byte) ([]byte, *Problem) {
	if line, column := yamltext.InvalidUTF8(data); line > 0 {
		return nil, &Problem{File: file, Line: line, Message: fmt.Sprintf("not UTF-8: the byte at column %d does not belong here", column)}
	}
	return yamltext.TrimBOM(data), nil
}

// each calls back with the root of every document, up to a syntax error.
func (p *parser) each(data []byte, read func(*yaml.Node)) {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var root yaml.Node
		err := yamltext.Decode(decoder, &root)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			p.syntax(data, err)
			return
		}
		read(root.Content[0])
	}
}

// parser turns YAML nodes into the values that kubectl makes of them.
type parser struct {
	file      string
	documents []document
	problems  Problems
	// inAlias is how many aliases lead to where the parser is; expanded counts
	// the values met there.
	inAlias, expanded int
}

func (p *parser) problem(line int, format string, args ...any) {
	p.problems = append(p.problems, Problem{File: p.file, Line: line, Message: fmt.Sprintf(format, args...)})
}

func (p *parser) document(n *yaml.Node) {
	known := len(p.problems)
	value, err := p.value(n, 0)
	if err != nil {
		p.problems = append(p.problems, *err)
		return
	}
	if value == nil || len(p.problems) > known {
		return
	}
	object, ok := value.(map[string]any)
	if !ok {
		p.problem(n.Line, "the document is %s, not an object", describe(value))
		return
	}
	d := document{file: p.file, line: n.Line, value: object}
	if isList(object) {
		d.itemLines = linesOfItems(n, maxListDepth)
	}
	p.documents = append(p.documents, d)
}

// maxListDepth is how deep lists of lists keep the lines of their items.
const maxListDepth = 4

func linesOfItems(n *yaml.Node, depth int) []itemLine {
	if n.Kind != yaml.MappingNode || depth == 0 {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if list := n.Content[i+1]; n.Content[i].Value == "items" && list.Kind == yaml.SequenceNode {
			lines := make([]itemLine, len(list.Content))
			for j, item := range list.Content {
				lines[j] = itemLine{item.Line, linesOfItems(item, depth-1)}
			}
			return lines
		}
	}
	return nil
}

// value converts a node. An error ends the document; a problem does not.
func (p *parser) value(n *yaml.Node, depth int) (any, *Problem) {
	if depth > maxDepth {
		return nil, &Problem{File: p.file, Line: n.Line, Message: fmt.Sprintf("nested more than %d levels deep", maxDepth)}
	}
	if p.inAlias > 0 {
		if p.expanded++; p.expanded > maxExpansion {
			return nil, &Problem{File: p.file, Line: n.Line, Message: fmt.Sprintf("the aliases of the file stand for more than %d values", maxExpansion)}
		}
	}
	switch n.Kind {
	case yaml.AliasNode:
		p.inAlias++
		defer func() { p.inAlias-- }()
		return p.value(n.Alias, depth+1)
	case yaml.MappingNode:
		return p.mapping(n, depth)
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, item := range n.Content {
			value, err := p.value(item, depth+1)
			if err != nil {
				return nil, err
			}
			list[i] = value
		}
		return list, nil
	case yaml.ScalarNode:
		return throughJSON(p.scalar(n)), nil
	}
	return nil, nil
}

// mapping converts a mapping; nulls are left out, as fields that are not set.
func (p *parser) mapping(n *yaml.Node, depth int) (any, *Problem) {
	m := make(map[string]any, len(n.Content)/2)
	lines := make(map[string]int, len(n.Content)/2)
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		if isMerge(n.Content[i]) {
			merged = append(merged, n.Content[i+1])
			continue
		}
		name, ok := p.key(n.Content[i])
		if !ok {
			continue
		}
		if first := lines[name]; first != 0 {
			p.problem(n.Content[i].Line, "the key %q is already given in line %d", name, first)
			continue
		}
		lines[name] = n.Content[i].Line
		value, err := p.value(n.Content[i+1], depth+1)
		if err != nil {
			return nil, err
		}
		if value != nil {
			m[name] = value
		}
	}
	for _, source := range merged {
		if err := p.merge(m, lines, source, depth); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func isMerge(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Tag == "!!merge"
}

// merge adds what "<<" brings and the mapping does not say itself.
func (p *parser) merge(m map[string]any, lines map[string]int, n *yaml.Node, depth int) *Problem {
	value, err := p.value(n, depth+1)
	if err != nil {
		return err
	}
	sources := []any{value}
	if list, ok := value.([]any); ok {
		sources = list
	}
	for _, source := range sources {
		from, ok := source.(map[string]any)
		if !ok {
			p.problem(n.Line, `"<<" merges %s, but can only merge mappings`, describe(source))
			continue
		}
		for name, value := range from {
			if lines[name] == 0 {
				lines[name] = n.Line
				m[name] = value
			}
		}
	}
	return nil
}

// key spells the key of a mapping as text, as kubectl does.
func (p *parser) key(n *yaml.Node) (string, bool) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind == yaml.ScalarNode {
		switch value := p.scalar(n).(type) {
		case string:
			return value, true
		case bool:
			return strconv.FormatBool(value), true
		case int64:
			return strconv.FormatInt(value, 10), true
		case float64:
			return strconv.FormatFloat(value, 'g', -1, 32), true
		}
	}
	p.problem(n.Line, "a key must be text")
	return "", false
}

func (p *parser) scalar(n *yaml.Node) any {
	if n.Style&yaml.TaggedStyle == 0 {
		if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
			return n.Value
		}
		return p.finite(n, plain(n.Value))
	}
	switch tag := n.ShortTag(); tag {
	case "!!null", "!!bool", "!!int", "!!float":
		return p.tagged(n, tag)
	case "!!binary":
		decoded, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(n.Value), ""))
		if err != nil || !utf8.Valid(decoded) {
			p.problem(n.Line, "a !!binary value does not hold base64 of text; put bytes as base64 into binaryData or data, without the tag")
			return nil
		}
		return string(decoded)
	}
	return n.Value
}

func (p *parser) tagged(n *yaml.Node, tag string) any {
	value := p.finite(n, plain(n.Value))
	fits := false
	switch value.(type) {
	case nil:
		fits = tag == "!!null"
	case bool:
		fits = tag == "!!bool"
	case int64:
		fits = tag == "!!int" || tag == "!!float"
	case float64:
		fits = tag == "!!float"
	}
	if !fits {
		p.problem(n.Line, "a value tagged %s is not one", tag)
		return nil
	}
	return value
}

func (p *parser) finite(n *yaml.Node, value any) any {
	if f, ok := value.(float64); ok && (math.IsInf(f, 0) || math.IsNaN(f)) {
		p.problem(n.Line, "infinity and not-a-number have no place in a manifest; quote the value if it is text")
		return nil
	}
	return value
}

// syntax reports an error of the YAML parser.
func (p *parser) syntax(data []byte, err error) {
	line, message := yamltext.Explain(data, err)
	p.problem(line, "%s", message)
}

func describe(value any) string {
	switch value.(type) {
	case nil:
		return "empty"
	case map[string]any:
		return "a mapping"
	case []any:
		return "a list"
	case string:
		return "text"
	case bool:
		return "true or false"
	}
	return "a number"
}
