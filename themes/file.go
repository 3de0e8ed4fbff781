package themes

import (
	"bytes"
	"errors"
	"fmt"
	"image/color"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"go.yaml.in/yaml/v3"
)

// reader reads one theme file.
type reader struct {
	problems
	palette map[string]color.Color
}

// entry is a key of a mapping and its value.
type entry struct{ key, value *yaml.Node }

// parse reads a theme file, or says everything that is wrong with it.
func parse(file string, data []byte) (*sheet, error) {
	r := &reader{problems: problems{file: file}, palette: map[string]color.Color{}}
	s := &sheet{}
	sections := map[string]func(*yaml.Node){
		"description": func(n *yaml.Node) { s.description = r.description(n) },
		"palette":     r.readPalette,
		"roles":       func(n *yaml.Node) { r.looks(n, "role", roleNames[:], s.roles[:], r.roleColor) },
		"surfaces":    func(n *yaml.Node) { r.looks(n, "surface", surfaceNames[:], s.surfaces[:], r.surfaceColor) },
	}
	order := []string{"description", "palette", "roles", "surfaces"} // colours are named before they are used
	found := map[string]*yaml.Node{}
	if root := r.document(data); root != nil {
		for _, e := range r.entries(root, "the file") {
			if !slices.Contains(order, e.key.Value) {
				r.add(e.key, "unknown key %q%s", e.key.Value, didYouMean(e.key.Value, order))
				continue
			}
			found[e.key.Value] = e.value
		}
	}
	for _, name := range order {
		if n := found[name]; n != nil {
			sections[name](n)
		}
	}
	return s, r.err()
}

// document returns the root of the only document, or nil after a problem.
func (r *reader) document(data []byte) *yaml.Node {
	top := &yaml.Node{Line: 1, Column: 1}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(data) {
		r.add(top, "the file is not UTF-8")
		return nil
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var doc, next yaml.Node
	switch err := decoder.Decode(&doc); {
	case errors.Is(err, io.EOF):
		r.add(top, "the file is empty")
		return nil
	case err != nil:
		r.syntax(data, err)
		return nil
	}
	switch err := decoder.Decode(&next); {
	case err == nil:
		r.add(&next, "the file has a second document; a theme is one")
	case !errors.Is(err, io.EOF):
		r.syntax(data, err)
	}
	return doc.Content[0]
}

var syntaxLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// syntax reports an error of the YAML parser, which at best knows the line, or one past the last.
func (r *reader) syntax(data []byte, err error) {
	message, line := err.Error(), 1
	if m := syntaxLine.FindStringSubmatch(message); m != nil {
		message = message[len(m[0]):]
		if n, err := strconv.Atoi(m[1]); err == nil {
			line = n
		}
		if strings.HasPrefix(message, "did not find expected") {
			line++ // the one part of the parser that counts from 0
		}
	}
	line = min(line, 1+bytes.Count(bytes.TrimRight(data, "\r\n"), []byte("\n")))
	r.add(&yaml.Node{Line: line, Column: 1}, "not valid YAML: %s", message)
}

// entries returns what a mapping holds, keys that come twice once.
func (r *reader) entries(n *yaml.Node, what string) []entry {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind != yaml.MappingNode {
		r.add(n, "%s must be a mapping of keys to values, not %s", what, describe(n))
		return nil
	}
	var all []entry
	lines := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if value.Kind == yaml.AliasNode {
			value = value.Alias
		}
		switch {
		case key.Kind != yaml.ScalarNode:
			r.add(key, "a key of %s must be a word", what)
		case lines[key.Value] != 0:
			r.add(key, "the key %q is already given in line %d", key.Value, lines[key.Value])
		default:
			lines[key.Value] = key.Line
			all = append(all, entry{key, value})
		}
	}
	return all
}

func (r *reader) description(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str" {
		r.add(n, "description must be text, not %s", describe(n))
		return ""
	}
	if strings.ContainsFunc(n.Value, func(c rune) bool { return !unicode.IsPrint(c) }) {
		r.add(n, "description must be one line of printable text")
		return ""
	}
	return n.Value
}

func (r *reader) readPalette(n *yaml.Node) {
	named := map[string]color.Color{}
	for _, e := range r.entries(n, "palette") {
		if c := r.color(e.value, "palette."+e.key.Value); c.given {
			named[e.key.Value] = c.color
		}
	}
	r.palette = named // only now, so that a palette may say what red is and name the terminal's red
}

// looks reads the styles of roles or of surfaces. A lone colour is short for the property that
// matters most, which short sets.
func (r *reader) looks(n *yaml.Node, what string, names []string, into []*look, short func(*look, ink)) {
	for _, e := range r.entries(n, what+"s") {
		i := slices.Index(names, e.key.Value)
		if i < 0 {
			r.add(e.key, "unknown %s %q%s", what, e.key.Value, didYouMean(e.key.Value, names))
			continue
		}
		path := what + "s." + e.key.Value
		l := &look{}
		if e.value.Kind == yaml.ScalarNode {
			short(l, r.color(e.value, path))
		} else {
			r.look(l, e.value, path)
		}
		into[i] = l
	}
}

func (r *reader) roleColor(l *look, c ink)    { l.foreground = c }
func (r *reader) surfaceColor(l *look, c ink) { l.background = c }

// look reads one style that is spelt out.
func (r *reader) look(l *look, n *yaml.Node, path string) {
	for _, e := range r.entries(n, path) {
		name := e.key.Value
		switch bit := slices.Index(attributeNames[:], name); {
		case name == "foreground":
			l.foreground = r.color(e.value, path+".foreground")
		case name == "background":
			l.background = r.color(e.value, path+".background")
		case bit < 0:
			known := append([]string{"foreground", "background"}, attributeNames[:]...)
			r.add(e.key, "unknown key %q in %s%s", name, path, didYouMean(name, known))
		case e.value.ShortTag() != "!!bool":
			r.add(e.value, "%s.%s must be true or false, not %s", path, name, describe(e.value))
		case strings.EqualFold(e.value.Value, "true"):
			l.on |= 1 << bit
		default:
			l.off |= 1 << bit
		}
	}
}

var hexColor = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// color reads a colour: a name of the palette or of the terminal, a number, or #rrggbb.
func (r *reader) color(n *yaml.Node, path string) ink {
	tag := n.ShortTag()
	switch {
	case n.Kind != yaml.ScalarNode:
		r.add(n, "%s must be a colour, not %s", path, describe(n))
		return ink{}
	case tag == "!!null":
		r.add(n, "%s is empty; a colour that begins with # has to be in quotes", path)
		return ink{}
	case tag == "!!int":
		number, err := strconv.ParseUint(n.Value, 10, 8)
		if err != nil {
			r.add(n, "%s is %s, but the numbers of colours are 0 to 255", path, n.Value)
			return ink{}
		}
		if int(number) < len(colorNames) {
			return ink{true, ansi.BasicColor(number)}
		}
		return ink{true, ansi.IndexedColor(number)}
	}
	if c, ok := r.palette[n.Value]; ok {
		return ink{true, c}
	}
	if n.Value == terminalColor {
		return ink{given: true}
	}
	if i := slices.Index(colorNames[:], n.Value); i >= 0 {
		return ink{true, ansi.BasicColor(i)}
	}
	if hexColor.MatchString(n.Value) {
		rgb, _ := strconv.ParseUint(n.Value[1:], 16, 32) // the expression allows nothing else
		return ink{true, color.RGBA{R: uint8(rgb >> 16), G: uint8(rgb >> 8), B: uint8(rgb), A: 0xff}}
	}
	r.add(n, "%s", r.noColor(path, n.Value))
	return ink{}
}

// noColor says why a text is no colour.
func (r *reader) noColor(path, text string) string {
	if strings.HasPrefix(text, "#") {
		return fmt.Sprintf("%s is %q, but a colour in figures is # and six of them, such as #89b4fa", path, text)
	}
	known := append(slices.Clone(colorNames[:]), terminalColor)
	for name := range r.palette {
		known = append(known, name)
	}
	slices.Sort(known)
	return fmt.Sprintf("%s is %q, which is no colour%s", path, text, didYouMean(text, known))
}
