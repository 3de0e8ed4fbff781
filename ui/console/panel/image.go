package panel

import (
	"cmp"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// imageKey is what an image is known by from snapshot to snapshot.
type imageKey struct {
	environment string
	object      engine.ID
	container   string
	init        bool
}

func keyOf(environment string, i *engine.Image) imageKey {
	return imageKey{environment, i.Object, i.Container, i.Init}
}

// image is an image that is shown. It stays the same while its container does,
// so that its address stands for it. Its texts are clean.
type image struct {
	*engine.Image
	key   imageKey
	where string // the environment
	label string // the workload, and the container where the workload has several
	from  string // what Git names, or what is live while that is being brought there
	to    string // what takes its place; empty when nothing does
	note  string // the policy, or what is more important
	rank  int

	several bool // the workload has other images beside it
}

// update takes over the next version of the image.
func (x *image) update(i *engine.Image, several bool) {
	if x.Image == i && x.several == several {
		return
	}
	x.Image, x.several = i, several
	x.where, x.label = called(x.key.environment), called(i.Object.Name)
	if several {
		x.label += "/" + called(i.Container)
	}
	if i.Init {
		x.label += " (init)"
	}
	x.from, x.to = cmp.Or(version(i.Desired), version(i.Live), "-"), ""
	switch {
	case newer(i):
		x.to = version(i.Allowed)
	case i.Live != "" && i.Live != i.Desired:
		x.from, x.to = version(i.Live), cmp.Or(version(i.Desired), "-")
	}
	x.note, x.rank = noteOf(i), rankOfImage(i)
}

// newer tells whether the policy allows a newer image than Git names.
func newer(i *engine.Image) bool {
	return i.Allowed != "" && (i.Pending() || i.State == engine.ImageCommitting || i.State == engine.ImageHeld && i.Behind > 0)
}

// noteOf is what else there is to know of an image, most important first.
func noteOf(i *engine.Image) string {
	switch {
	case i.Hold != nil && i.Hold.Reason != "":
		return ui.Clean("held by " + cmp.Or(i.Hold.By, "somebody") + ": " + i.Hold.Reason)
	case i.Hold != nil:
		return ui.Clean("held by " + cmp.Or(i.Hold.By, i.Hold.Annotation, "somebody"))
	case i.Trouble, i.State == engine.ImageFailed:
		return ui.Clean(cmp.Or(i.Reason, i.Policy))
	case i.Policy == "":
		return "no policy"
	}
	return ui.Clean(i.Policy)
}

// rankOfImage puts what waits for a person before what goes on by itself, and
// that before what is well. What is held although nothing is newer is to be found
// by whoever releases it after a rollback.
func rankOfImage(i *engine.Image) int {
	switch {
	case i.Pending():
		return 0
	case i.State == engine.ImageHeld && newer(i):
		return 1
	case i.State == engine.ImageFailed:
		return 2
	case i.State == engine.ImageRollingOut:
		return 3
	case i.State == engine.ImageApproved:
		return 4
	case i.State == engine.ImageCommitting:
		return 5
	case i.Trouble:
		return 6
	case i.State == engine.ImageHeld:
		return 7
	}
	return 8
}

// status is how far the image is; what is live while nobody can say what is newer
// has a mark of its own.
func (x *image) status(c widget.Canvas) widget.Status {
	s := c.ImageStatus(x.State)
	if x.Trouble && x.State == engine.ImageLive {
		s.Glyph, s.Role = c.Glyphs().Warning, themes.Warning
	}
	return s
}

// version is the image in words.
func (x *image) version(c widget.Canvas) string {
	if x.to == "" {
		return x.from
	}
	return x.from + " " + c.Glyphs().Arrow + " " + x.to
}

// versionWidth is the width of version, for any glyphs.
func (x *image) versionWidth() int {
	w := widget.Width(x.from)
	if x.to != "" {
		w += 3 + widget.Width(x.to)
	}
	return w
}

// age is how old the image is that is told of last.
func (x *image) age(c widget.Canvas) string {
	if newer(x.Image) {
		return c.Age(x.AllowedBuilt)
	}
	return c.Age(x.DesiredBuilt)
}

// field is what a filter looks at.
func (x *image) field(term string) string {
	switch term {
	case "status":
		return string(x.State)
	case "env":
		return x.where
	case "policy":
		return x.Policy
	case "name":
		return x.Object.Name
	case "kind":
		return x.Object.Kind
	case "ns":
		return x.Object.Namespace
	}
	return x.label + " " + x.Repository + " " + x.from + " " + x.to
}
