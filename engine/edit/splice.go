package edit

import (
	"cmp"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v3"
)

// splice puts bytes in the place of others.
type splice struct {
	start, end int
	with       string
}

// draft is a file with what is to be done to it: bytes to be replaced, and the
// same done to its nodes, as the proof of what was meant.
type draft struct {
	*text
	splices []splice
	// added: nodes were added, beside which comments may be attributed to
	// other nodes than before.
	added bool
}

// set gives a scalar another value. The document is the root that it is below.
func (d *draft) set(document, n *yaml.Node, value string) error {
	switch {
	case n.Kind == yaml.AliasNode:
		return d.refuse(n, "the value stands in line %d, under the anchor &%s", n.Alias.Line, n.Value)
	case n.Kind != yaml.ScalarNode:
		return d.refuse(n, "the value is not a text")
	case n.Value == value:
		return nil
	}
	if err := d.alone(document, n); err != nil {
		return err
	}
	s, err := d.span(n)
	if err != nil {
		return err
	}
	written := value
	switch {
	case s.quote != 0:
		written = string(s.quote) + value + string(s.quote)
	case !s.block && ambiguous(value):
		written = `"` + value + `"`
		n.Style |= yaml.DoubleQuotedStyle
	}
	d.splices = append(d.splices, splice{s.start, s.end, written})
	n.Value = value
	if n.Style&yaml.TaggedStyle == 0 {
		n.Tag = "!!str"
	}
	return nil
}

// alone makes sure that a change to a node changes the document there and
// nowhere else: nothing on the way to it is used a second time under an anchor.
func (d *draft) alone(document, n *yaml.Node) error {
	way := wayTo(document, n)
	if way == nil {
		return d.refuse(n, "the value is used through an alias (*)")
	}
	for _, step := range way {
		if step.Anchor == "" {
			continue
		}
		if user := aliasOf(document, step); user != nil {
			return d.refuse(n, "the value is used again in line %d, under the anchor &%s", user.Line, step.Anchor)
		}
	}
	return nil
}

// wayTo lists the nodes from the root to one, both included, without following
// aliases.
func wayTo(root, n *yaml.Node) []*yaml.Node {
	if root == n {
		return []*yaml.Node{n}
	}
	for _, child := range root.Content {
		if way := wayTo(child, n); way != nil {
			return append([]*yaml.Node{root}, way...)
		}
	}
	return nil
}

// aliasOf finds a use of an anchored node.
func aliasOf(root, anchored *yaml.Node) *yaml.Node {
	if root.Kind == yaml.AliasNode && root.Alias == anchored {
		return root
	}
	for _, child := range root.Content {
		if found := aliasOf(child, anchored); found != nil {
			return found
		}
	}
	return nil
}

// result makes the splices and proves that they did what was meant.
func (d *draft) result() ([]byte, error) {
	slices.SortStableFunc(d.splices, func(a, b splice) int { return cmp.Compare(a.start, b.start) })
	var out []byte
	at := 0
	for _, s := range d.splices {
		if s.start < at {
			return nil, d.refuse(nil, "two changes meet in one place")
		}
		out = append(out, d.data[at:s.start]...)
		out = append(out, s.with...)
		at = s.end
	}
	out = append(out, d.data[at:]...)
	after, err := parse(d.file, out)
	if err != nil {
		return nil, d.refuse(nil, "the file could not be read after the change")
	}
	if !slices.EqualFunc(d.documents, after.documents, d.same) {
		return nil, d.refuse(nil, "the change would have changed more than was meant")
	}
	return out, nil
}

// same compares nodes, but for their positions.
func (d *draft) same(a, b *yaml.Node) bool {
	if a.Kind != b.Kind || a.Value != b.Value || a.Anchor != b.Anchor || a.ShortTag() != b.ShortTag() {
		return false
	}
	if !d.added && (a.Style != b.Style || a.HeadComment != b.HeadComment || a.LineComment != b.LineComment || a.FootComment != b.FootComment) {
		return false
	}
	return slices.EqualFunc(a.Content, b.Content, d.same)
}

// notText are the plain scalars of YAML 1.1 that are something else than the
// text they look like, as far as a tag can look like one: tools differ in which
// of them they know.
var notText = regexp.MustCompile(`(?i)^(y|n|yes|no|on|off|true|false|null|~|` +
	`[-+]?0[box]?[0-9a-f_]+|` + // also octal, binary and hexadecimal
	`[-+]?[0-9][0-9_]*(\.[0-9_]*)?(e[-+]?[0-9_]+)?|` +
	`[0-9]+(:[0-9]+)+(\.[0-9_]*)?|` + // base 60
	`[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*|` +
	`[-+]?\.(inf|nan)|[-+]?\.[0-9_]+(e[-+]?[0-9]+)?)$`)

// ambiguous tells that a value must be quoted to be a text.
func ambiguous(value string) bool { return notText.MatchString(value) }
