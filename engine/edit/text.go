package edit

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/evenkeel/evenkeel/engine/internal/yamltext"
)

// text is a YAML or JSON file with its nodes and where they stand in it.
type text struct {
	file string
	data []byte
	// documents are the roots, without the document nodes.
	documents []*yaml.Node
	// lines are the offsets at which lines begin, as the parser counts them.
	lines []int
}

// parse reads a file. One that does not parse is refused.
func parse(file string, data []byte) (*text, error) {
	if line, _ := yamltext.InvalidUTF8(data); line > 0 {
		return nil, refuse(file, line, "the file is not UTF-8")
	}
	body := yamltext.TrimBOM(data)
	t := &text{file: file, data: data, lines: []int{len(data) - len(body)}}
	decoder := yaml.NewDecoder(bytes.NewReader(body))
	for {
		var document yaml.Node
		err := yamltext.Decode(decoder, &document)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			line, message := yamltext.Explain(body, err)
			return nil, refuse(file, line, "%s", message)
		}
		t.documents = append(t.documents, document.Content[0])
	}
	for i := t.lines[0]; i < len(data); {
		n := breakLen(data[i:])
		i += max(n, 1)
		if n > 0 {
			t.lines = append(t.lines, i)
		}
	}
	return t, nil
}

// breakLen is the length of the line break at the front, or 0. YAML 1.1 has more
// of them than one would think.
func breakLen(data []byte) int {
	switch {
	case len(data) == 0:
		return 0
	case data[0] == '\n':
		return 1
	case data[0] == '\r':
		if len(data) > 1 && data[1] == '\n' {
			return 2
		}
		return 1
	}
	for _, long := range []string{"\u0085", "\u2028", "\u2029"} {
		if bytes.HasPrefix(data, []byte(long)) {
			return len(long)
		}
	}
	return 0
}

func (t *text) refuse(n *yaml.Node, format string, args ...any) error {
	line := 0
	if n != nil {
		line = n.Line
	}
	return refuse(t.file, line, format, args...)
}

// offset is where a node begins; the parser counts characters.
func (t *text) offset(n *yaml.Node) (int, error) {
	if n.Line < 1 || n.Line > len(t.lines) {
		return 0, t.refuse(n, "the value cannot be found in the file")
	}
	at := t.lines[n.Line-1]
	for range n.Column - 1 {
		_, size := utf8.DecodeRune(t.data[at:])
		at += size
	}
	return at, nil
}

// span is where a scalar stands, quotes included.
type span struct {
	start, end int
	// quote is ', " or 0.
	quote byte
	// block: the value is the one line of a block of text (| or >), in which
	// nothing needs quotes.
	block bool
}

// span finds a scalar, without its anchor and tag.
func (t *text) span(n *yaml.Node) (span, error) {
	at, err := t.offset(n)
	if err != nil {
		return span{}, err
	}
	for at < len(t.data) && (n.Anchor != "" && t.data[at] == '&' || n.Style&yaml.TaggedStyle != 0 && t.data[at] == '!') {
		for at < len(t.data) && !isSpace(t.data[at]) && breakLen(t.data[at:]) == 0 {
			at++
		}
		for at < len(t.data) && isSpace(t.data[at]) {
			at++
		}
	}
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return t.block(n, at)
	}
	s := span{start: at}
	switch {
	case n.Style&yaml.SingleQuotedStyle != 0:
		s.quote, s.end = '\'', endOfSingle(t.data, at)
	case n.Style&yaml.DoubleQuotedStyle != 0:
		s.quote, s.end = '"', endOfDouble(t.data, at)
	case bytes.HasPrefix(t.data[at:], []byte(n.Value)):
		s.end = at + len(n.Value)
	}
	if s.end == 0 || s.quote != 0 && t.data[at] != s.quote {
		return span{}, t.refuse(n, "the value is written over several lines, or in a way that evenkeel does not follow")
	}
	if bytes.ContainsAny(t.data[s.start:s.end], "\r\n") {
		return span{}, t.refuse(n, "the value is written over several lines")
	}
	return s, nil
}

// block finds the one line of a block of text whose header begins at an offset.
func (t *text) block(n *yaml.Node, at int) (span, error) {
	at = t.lineEnd(at)
	at += breakLen(t.data[at:])
	for at < len(t.data) && t.data[at] == ' ' {
		at++
	}
	end := at + len(n.Value)
	if !bytes.HasPrefix(t.data[at:], []byte(n.Value)) || end != t.lineEnd(at) {
		return span{}, t.refuse(n, "the value is a block of text (| or >) of more than one line")
	}
	return span{start: at, end: end, block: true}, nil
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' }

// endOfSingle is where a text in single quotes ends, or 0.
func endOfSingle(data []byte, at int) int {
	for i := at + 1; i < len(data); i++ {
		if data[i] != '\'' {
			continue
		}
		if i+1 < len(data) && data[i+1] == '\'' {
			i++
			continue
		}
		return i + 1
	}
	return 0
}

// endOfDouble is where a text in double quotes ends, or 0.
func endOfDouble(data []byte, at int) int {
	for i := at + 1; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}

// end is where a node ends: behind its last character.
func (t *text) end(n *yaml.Node) (int, error) {
	switch {
	case n.Kind == yaml.AliasNode:
		at, err := t.offset(n)
		return at + len("*") + len(n.Value), err
	case n.Kind == yaml.ScalarNode:
		s, err := t.span(n)
		return s.end, err
	case n.Style&yaml.FlowStyle != 0:
		return t.endOfFlow(n)
	case len(n.Content) == 0:
		return 0, t.refuse(n, "the end of the value cannot be found")
	}
	return t.end(n.Content[len(n.Content)-1])
}

// endOfFlow finds the bracket that closes a flow collection.
func (t *text) endOfFlow(n *yaml.Node) (int, error) {
	at, err := t.insideFlow(n)
	if err != nil {
		return 0, err
	}
	closing := byte('}')
	if n.Kind == yaml.SequenceNode {
		closing = ']'
	}
	for at < len(t.data) {
		switch c := t.data[at]; {
		case c == closing:
			return at + 1, nil
		case c == '#':
			at = t.lineEnd(at)
		case isSpace(c), c == ',', breakLen(t.data[at:]) > 0:
			at++
		default:
			return 0, t.refuse(n, "the end of the list or mapping cannot be found")
		}
	}
	return 0, t.refuse(n, "the end of the list or mapping cannot be found")
}

// insideFlow is where the last element of a flow collection ends, or, in an
// empty one, where the first would begin.
func (t *text) insideFlow(n *yaml.Node) (int, error) {
	if len(n.Content) > 0 {
		return t.end(n.Content[len(n.Content)-1])
	}
	at, err := t.offset(n)
	if err != nil {
		return 0, err
	}
	if at >= len(t.data) || t.data[at] != '[' && t.data[at] != '{' {
		return 0, t.refuse(n, "the list or mapping cannot be found in the file")
	}
	return at + 1, nil
}

// lineEnd is where the line ends, before its break.
func (t *text) lineEnd(at int) int {
	for at < len(t.data) && breakLen(t.data[at:]) == 0 {
		at++
	}
	return at
}

// newline is the line break that the file uses.
func (t *text) newline() string {
	if end := t.lineEnd(0); strings.HasPrefix(string(t.data[end:]), "\r\n") {
		return "\r\n"
	}
	return "\n"
}
