package engine

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel/engine/edit"
	"github.com/evenkeel/evenkeel/engine/imagepolicy"
)

// verify compares what the environment renders to before and after the edits:
// exactly the images that were meant have changed, and those that are written in
// the same place and may follow. Other environments do not read the files that
// were edited: such an edit is refused before.
func (c *composition) verify(after *desired) error {
	for id := range c.before.objects {
		if after.objects[id] == nil {
			return refused("", "%s would go", id)
		}
	}
	for id, w := range after.objects {
		old := c.before.objects[id]
		switch {
		case old == nil:
			return refused("", "%s would appear", id)
		case old.hash == w.hash:
			continue
		}
		if err := c.verifyObject(old, w, after); err != nil {
			return err
		}
	}
	for _, o := range c.orders {
		if u := after.find(o.useKey); u == nil || u.ref != o.to {
			return refused("", "%s of %s would not become %s: something else decides it", o.container, o.object, tagOf(o.to))
		}
	}
	c.orders = append(c.orders, c.draft.along...)
	return nil
}

func (c *composition) verifyObject(old, now *wanted, after *desired) error {
	d := leaves{}
	d.compare(old.manifest().Object, now.manifest().Object, "")
	uses := c.before.of(old.id)
	for _, leaf := range d {
		if !slices.ContainsFunc(uses, func(u *use) bool { return c.explains(u, after.find(u.useKey), leaf) }) {
			return refused(now.file, "%s of %s would change as well%s", leaf.path, now.id, leaf.text(now.id))
		}
	}
	for _, u := range uses {
		next := after.find(u.useKey)
		if next == nil || next.image == u.image || slices.ContainsFunc(c.orders, func(o order) bool { return o.useKey == u.useKey }) {
			continue
		}
		if err := c.follows(u, next); err != nil {
			return err
		}
		c.draft.along = append(c.draft.along, order{useKey: u.useKey, from: u.image, to: next.ref, along: true})
	}
	return nil
}

// explains tells whether a changed value is that of an image.
func (c *composition) explains(u, next *use, l leaf) bool {
	before, _ := l.before.(string)
	after, _ := l.after.(string)
	if next == nil || before == "" && after == "" {
		return false
	}
	if before == u.image && after == next.image {
		return true
	}
	// An image that is written in parts, in a chart's values or a place that
	// carries a mark.
	inside := u.field != "" && strings.HasPrefix(l.path, strings.ReplaceAll(strings.TrimPrefix(u.field, "/"), "/", ".")+".") || u.mark != ""
	return inside && (before == u.ref.Tag && after == next.ref.Tag || before == u.ref.Digest && after == next.ref.Digest)
}

// follows says why an image must not move along with another one.
func (c *composition) follows(u, next *use) error {
	with := slices.IndexFunc(c.orders, func(o order) bool { return o.from == u.image && o.to == next.ref })
	if with < 0 {
		return refused(u.want.file, "%s of %s would become %s as well", u.container, u.object, next.image)
	}
	named := fmt.Sprintf("%s of %s is written in the same place as %s of %s", u.container, u.object, c.orders[with].container, c.orders[with].object)
	if h := c.before.holdOn(u); h != nil {
		return refused(u.want.file, "%s, and is held%s", named, h.text())
	}
	if reason := u.forbids(next.ref.Tag); reason != "" && !c.orders[with].chosen {
		return refused(u.want.file, "%s, and its policy %s does not allow %s: %s", named, u.rule.Policy, next.ref.Tag, reason)
	}
	return nil
}

// forbids says why the policy of an image does not allow a tag, or "": also when
// nobody has said which tags it may have.
func (u *use) forbids(tag string) string {
	if u.rule.Policy.IsZero() {
		return ""
	}
	// When the image was built matters for which is newer alone.
	sometime := time.Unix(1, 0)
	d := imagepolicy.Choose(u.rule.Policy, imagepolicy.Tag{Name: u.ref.Tag}, []imagepolicy.Tag{{Name: tag, Created: sometime}})
	if len(d.Candidates) == 1 && d.Candidates[0].Allowed {
		return ""
	}
	return d.Candidates[0].Reason
}

// refused says why an edit is not made.
func refused(file, format string, args ...any) error {
	return &edit.Refusal{File: file, Reason: fmt.Sprintf(format, args...)}
}

// writtenName is an image as it is written, without tag and digest.
func writtenName(image string) string {
	name, _, _ := strings.Cut(image, "@")
	if colon := strings.LastIndex(name, ":"); colon > strings.LastIndex(name, "/") {
		name = name[:colon]
	}
	return name
}

// leaf is a value that differs between two objects.
type leaf struct {
	path          string
	before, after any
}

// text says what the value was and would be, but for a Secret's.
func (l leaf) text(of ID) string {
	if of.Kind == "Secret" {
		return ""
	}
	return fmt.Sprintf(", from %s to %s", brief(l.before), brief(l.after))
}

// leaves are all of them.
type leaves []leaf

func (l *leaves) compare(before, after any, path string) {
	switch b := before.(type) {
	case map[string]any:
		if a, same := after.(map[string]any); same {
			l.maps(b, a, path)
			return
		}
	case []any:
		if a, same := after.([]any); same && len(a) == len(b) {
			for i := range b {
				l.compare(b[i], a[i], fmt.Sprintf("%s[%d]", path, i))
			}
			return
		}
	}
	if !reflect.DeepEqual(before, after) {
		*l = append(*l, leaf{path, before, after})
	}
}

func (l *leaves) maps(before, after map[string]any, path string) {
	for key, b := range before {
		l.compare(b, after[key], below(path, key))
	}
	for key, a := range after {
		if _, known := before[key]; !known {
			l.compare(nil, a, below(path, key))
		}
	}
}

func below(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
