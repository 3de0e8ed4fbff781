package holds

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Add holds more images, and returns the file with them. An image that is held
// already gets the new who, why and since when. Bytes that are not UTF-8 are
// replaced.
func Add(name string, data []byte, environment string, more ...Hold) ([]byte, error) {
	d, err := newDraft(name, data)
	if err != nil {
		return nil, fmt.Errorf("add a hold: %w", err)
	}
	if len(more) == 0 {
		return data, nil
	}
	if len(bytes.TrimSpace(data)) == 0 {
		d.lines = d.ended("# What evenkeel leaves alone in " + environment + " until it is released.")
	}
	for _, h := range more {
		if !isImage(h.Image) {
			return nil, fmt.Errorf("add a hold to %s: %s", name, noImage(h.Image))
		}
		h.By, h.Reason = strings.ToValidUTF8(h.By, "\ufffd"), strings.ToValidUTF8(h.Reason, "\ufffd")
		h.Since = h.Since.UTC().Truncate(time.Second)
		if i := d.index(h.Image); i >= 0 {
			d.want[i] = h
		} else {
			d.want = append(d.want, h)
		}
	}
	out, err := d.result()
	if err != nil {
		return nil, fmt.Errorf("add a hold: %w", err)
	}
	return out, nil
}

// Remove releases images; those that are not held are passed over. The result
// is empty when no hold is left, and the file is to be deleted.
func Remove(name string, data []byte, images ...string) ([]byte, error) {
	d, err := newDraft(name, data)
	if err != nil {
		return nil, fmt.Errorf("remove a hold: %w", err)
	}
	left := slices.DeleteFunc(slices.Clone(d.want), func(h Hold) bool { return slices.Contains(images, h.Image) })
	switch len(left) {
	case 0:
		return nil, nil
	case len(d.want):
		return data, nil
	}
	d.want = left
	out, err := d.result()
	if err != nil {
		return nil, fmt.Errorf("remove a hold: %w", err)
	}
	return out, nil
}

// draft is a file and the holds that it is to have: those that it has, in their
// order, and behind them new ones.
type draft struct {
	*file
	lines []string // with their ends, the last one, too
	eol   string
	want  []Hold
}

func newDraft(name string, data []byte) (*draft, error) {
	f, err := read(name, data)
	if err != nil {
		return nil, err
	}
	d := &draft{file: f, eol: "\n", want: slices.Clone(f.holds)}
	if first, _, _ := bytes.Cut(data, []byte("\n")); bytes.HasSuffix(first, []byte("\r")) {
		d.eol = "\r\n"
	}
	for line := range strings.Lines(string(data)) {
		d.lines = append(d.lines, line)
	}
	if n := len(d.lines); n > 0 && !strings.HasSuffix(d.lines[n-1], "\n") {
		d.lines[n-1] += d.eol
	}
	return d, nil
}

// ended ends new lines as the file does.
func (d *draft) ended(lines ...string) []string {
	for i := range lines {
		lines[i] += d.eol
	}
	return lines
}

// index finds the hold on an image, or -1.
func (d *draft) index(image string) int {
	return slices.IndexFunc(d.want, func(h Hold) bool { return h.Image == image })
}

// result writes the file, and proves that it says what it should.
func (d *draft) result() ([]byte, error) {
	lines, err := d.edited()
	if err != nil {
		return nil, err
	}
	out := []byte(strings.Join(lines, ""))
	after, err := Parse(d.name, out)
	if err != nil || !slices.Equal(after, d.want) {
		return nil, fmt.Errorf("%s is written in a way that cannot be edited safely; change it by hand", d.name)
	}
	return out, nil
}

func (d *draft) edited() ([]string, error) {
	if len(d.holds) == 0 {
		return d.begun()
	}
	if d.list.Style&yaml.FlowStyle != 0 {
		return nil, d.wrong(d.list, "the holds are written in brackets; change them by hand, or give each a line that begins with a dash")
	}
	indent := strings.Repeat(" ", d.list.Column-1)
	var lines []string
	end := 0
	for i, item := range d.list.Content {
		begin, next := d.begin(item, indent), len(d.lines)
		if i+1 < len(d.list.Content) {
			next = d.begin(d.list.Content[i+1], indent)
		}
		between := d.lines[end:begin]
		end = d.end(begin, next, indent)
		switch j := d.index(d.holds[i].Image); {
		case j < 0:
			lines = append(lines, withoutComment(between, indent)...)
		case d.want[j] == d.holds[i]:
			lines = append(append(lines, between...), d.lines[begin:end]...)
		default:
			lines = append(append(lines, between...), d.ended(d.want[j].lines(indent, item)...)...)
		}
	}
	for _, h := range d.want {
		if !slices.ContainsFunc(d.holds, func(had Hold) bool { return had.Image == h.Image }) {
			lines = append(lines, d.ended(h.lines(indent, nil)...)...)
		}
	}
	return append(lines, d.lines[end:]...), nil
}

// begun writes the first holds of a file.
func (d *draft) begun() ([]string, error) {
	lines := slices.Clone(d.lines)
	at := len(lines)
	if d.list == nil {
		lines = append(lines, d.ended(keyHolds+":")...)
	} else {
		at = slices.IndexFunc(lines, noHolds.MatchString)
		if at < 0 {
			return nil, d.wrong(d.list, "the list of holds is written in a way that cannot be edited safely; change it by hand")
		}
		lines[at] = noHolds.ReplaceAllString(lines[at], keyHolds+":$1$2")
	}
	var added []string
	for _, h := range d.want {
		added = append(added, d.ended(h.lines("  ", nil)...)...)
	}
	return slices.Insert(lines, at+1, added...), nil
}

// noHolds is a list with nothing in it, and the comment behind it.
var noHolds = regexp.MustCompile(`^` + keyHolds + `:[ \t]*(?:\[[ \t]*\]|null|~)?([ \t]+#.*?)?[ \t]*(\r?\n)$`)

// begin is the line that has the dash of an item.
func (d *draft) begin(item *yaml.Node, indent string) int {
	at := min(item.Line, len(d.lines)) - 1
	for at > 0 && !strings.HasPrefix(d.lines[at], indent+"-") {
		at--
	}
	return at
}

// end is the line behind an item: what stands further in than its dash belongs
// to it.
func (d *draft) end(begin, next int, indent string) int {
	for next > begin+1 {
		line := d.lines[next-1]
		if strings.HasPrefix(line, indent+" ") && strings.TrimSpace(line) != "" {
			break
		}
		next--
	}
	return next
}

// withoutComment drops the comment that stands right above an item, as it goes
// with it.
func withoutComment(lines []string, indent string) []string {
	for len(lines) > 0 && strings.HasPrefix(lines[len(lines)-1], indent+"#") {
		lines = lines[:len(lines)-1]
	}
	return lines
}
