package panel

import (
	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// workload is an object that has containers.
type workload struct {
	*engine.Object
	containers []*container
}

// container is a container that is shown. It stays the same while the container
// does, so that its address stands for it. Its texts are clean.
type container struct {
	workload      engine.ID
	name          string
	init          bool
	label         string // the workload, and the container where that is called otherwise
	desired, live reference
	same          bool
	version       string // in Git, or the live one where Git names none
	other         string // in words, what is not the same

	labelWidth, versionWidth int
}

// next is the workload of the next version of an object, with the containers of
// the older one as far as they are still there; nil when it has none.
func (w *workload) next(o *engine.Object) *workload {
	if len(o.Containers) == 0 {
		return nil
	}
	now := &workload{Object: o}
	for _, c := range o.Containers {
		x := w.find(c)
		if x == nil {
			x = newContainer(o, c)
		}
		x.update(c)
		now.containers = append(now.containers, x)
	}
	return now
}

// find is what was made of the older version of a container, or nil.
func (w *workload) find(c engine.Container) *container {
	if w != nil {
		for _, x := range w.containers {
			if x.name == c.Name && x.init == c.Init {
				return x
			}
		}
	}
	return nil
}

func newContainer(o *engine.Object, c engine.Container) *container {
	x := &container{workload: o.ID, name: c.Name, init: c.Init, label: called(o.Name)}
	if c.Name != o.Name {
		x.label += "/" + called(c.Name)
	}
	if c.Init {
		x.label += " (init)"
	}
	x.labelWidth = widget.Width(x.label)
	return x
}

// update takes over the images of the next version.
func (x *container) update(c engine.Container) {
	x.desired, x.live = parseReference(ui.Clean(c.Desired)), parseReference(ui.Clean(c.Live))
	x.same = c.Desired == c.Live
	x.version, x.other = x.desired.version(), ""
	switch {
	case x.same:
	case c.Live == "":
		x.other = "not live"
	case c.Desired == "":
		x.version, x.other = x.live.version(), "not in Git"
	case x.desired.repository != x.live.repository || x.desired.registry != x.live.registry:
		x.version, x.other = x.desired.named(), "live "+x.live.named()
	default:
		x.other = "live " + x.live.version()
	}
	x.versionWidth = widget.Width(x.version)
	if x.other != "" {
		x.versionWidth += 3 + widget.Width(x.other) // with the dot between them
	}
}

// either is the image in Git, or the live one where Git names none.
func (x *container) either() *reference {
	if x.desired.text == "" {
		return &x.live
	}
	return &x.desired
}

// mark shows how the live image stands to the one in Git; other says it in words.
func (x *container) mark(c widget.Canvas) (glyph string, role themes.Role) {
	drift := engine.DriftModified
	switch {
	case x.same:
		return " ", themes.Text
	case x.live.text == "":
		drift = engine.DriftMissing
	case x.desired.text == "":
		drift = engine.DriftExtra
	}
	s := c.DriftStatus(drift)
	return s.Glyph, s.Role
}
