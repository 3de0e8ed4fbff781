package engine

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel/engine/config"
)

// reader is another environment, with what it read when it was last rendered.
type reader struct {
	spec    config.Environment
	desired *desired // nil when it has never been rendered, or does not render
	reads   []string
}

// share finds out which other environments read the files, at the base. Of one
// that does not render there, what it would read is not known: it is taken to
// read whatever lies outside of the directory of the environment that is edited.
func (c *composition) share(ctx context.Context, others []reader) error {
	c.shared = map[string][]string{}
	for _, r := range others {
		d := r.desired
		if d != nil && d.revision != c.base && c.concerns(r) || d == nil {
			var err error
			d, err = renderWith(ctx, c.tree, c.base, r.spec, r.desired.scope())
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				d = nil
			}
		}
		files := r.reads
		if d != nil {
			files = d.closure
		} else {
			for _, name := range c.before.closure {
				if !within(c.env.spec.Path, name) || within(r.spec.Path, name) {
					files = append(files, name)
				}
			}
		}
		c.others = append(c.others, reader{r.spec, d, files})
		for _, name := range files {
			if !slices.Contains(c.shared[name], r.spec.Name) {
				c.shared[name] = append(c.shared[name], r.spec.Name)
			}
		}
	}
	return nil
}

// concerns tells whether anything changed for an environment from the revision
// that it was rendered at to the base.
func (c *composition) concerns(r reader) bool {
	changed, err := c.mirror.Changed(r.desired.revision, c.base)
	if err != nil {
		return true
	}
	read := make(map[string]bool, len(r.reads))
	for _, name := range r.reads {
		read[name] = true
	}
	return slices.ContainsFunc(changed, func(name string) bool { return read[name] || within(r.spec.Path, name) })
}

// within tells whether a file is another one, or lies in that directory.
func within(dir, name string) bool {
	dir = path.Clean(dir)
	return dir == "." || name == dir || strings.HasPrefix(name, dir+"/")
}
