package diffview

import (
	"slices"
	"strings"
)

// pathLines bounds how far up the parents of a line are looked for.
const pathLines = 5000

// path names the keys above a line of the text after, such as
// "spec.template.spec.containers". It is empty at the top of a document, and
// when the text is not YAML.
func (d *Diff) path(line int32) string {
	s := &d.sides[after]
	if s.states == nil {
		return ""
	}
	i := int(line)
	for i < len(s.lines) && s.lines[i].text == "" {
		i++
	}
	if i == len(s.lines) {
		return ""
	}
	var keys []string
	in, item := s.indent(i), isItem(s.lines[i].text)
	for last := max(0, i-pathLines); i > last && (in > 0 || item); {
		i--
		text := s.lines[i].text
		at, isOne := s.indent(i), isItem(text)
		if at < 0 {
			break
		}
		// The items of a list may be indented as little as the key above them.
		if s.states[i].holds(text) || at > in || at == in && (isOne || !item) || strings.HasPrefix(text[at:], "#") {
			continue
		}
		content := strings.TrimLeft(text, " -")
		column := len(text) - len(content)
		key, value, ok := strings.Cut(content, ":")
		value = strings.TrimLeft(value, " |>+-0123456789")
		if ok && value == "" && (column < in || column == in && item) {
			keys = append(keys, strings.Trim(key, `"'`))
		}
		in, item = at, isOne
	}
	slices.Reverse(keys)
	return strings.Join(keys, ".")
}

// isItem tells whether an item of a list begins on a line.
func isItem(text string) bool {
	text = strings.TrimLeft(text, " ")
	return text == "-" || strings.HasPrefix(text, "- ")
}
