package engine

import (
	"reflect"
	"time"

	"github.com/evenkeel/evenkeel/registry"
)

// shownImage is an image as the last snapshot had it, and what it was made of:
// nothing is made again of what has not changed.
type shownImage struct {
	image      *Image
	use        *use
	object     *Object
	verdict    verdict
	committing bool
	refusal    string // why automation cannot commit it
	waits      string // in which pull request
	asOf       time.Time
}

// presentImages makes the images of an environment as readers see them.
func (e *Engine) presentImages(env *environment) []*Image {
	if env.desired == nil || len(env.desired.uses) == 0 {
		return nil
	}
	if env.shownOf != env.desired {
		env.showImagesOf(env.desired)
	}
	images := make([]*Image, len(env.desired.uses))
	for i, u := range env.desired.uses {
		old := &env.shownImages[i]
		now := shownImage{image: old.image, use: u, verdict: env.verdicts[u], committing: env.committing[u.useKey], refusal: env.refusalOf(u), waits: env.waitsIn(u)}
		if o := env.objects[u.object]; o != nil {
			now.object = o.shown
		}
		if k := e.images.known[u.ref.Repository]; k != nil && u.covered() {
			now.asOf = k.At
		}
		if now != *old {
			if image := env.presentImage(now); old.image == nil || !reflect.DeepEqual(image, old.image) {
				now.image = image
			}
			*old = now
		}
		images[i] = old.image
	}
	return images
}

// showImagesOf makes room for the images of another desired set, with what was
// shown of them before.
func (env *environment) showImagesOf(d *desired) {
	before := make(map[useKey]*Image, len(env.shownImages))
	for _, s := range env.shownImages {
		before[s.use.useKey] = s.image
	}
	env.shownOf, env.shownImages = d, make([]shownImage, len(d.uses))
	for i, u := range d.uses {
		env.shownImages[i] = shownImage{image: before[u.useKey]}
	}
}

// presentImage makes one image as readers see it.
func (env *environment) presentImage(s shownImage) *Image {
	u, v := s.use, s.verdict
	i := &Image{
		Object: u.object, Container: u.container, Init: u.init,
		Repository: u.repository(), Desired: tagOf(u.ref),
		Policy: u.rule.Policy.String(), PolicyFrom: u.rule.From, Automated: u.rule.Automated,
		Allowed: v.allowed, Newest: v.newest, NotNewest: v.notNewest, Behind: v.behind,
		DesiredBuilt: v.desiredBuilt, AllowedBuilt: v.allowedBuilt,
		Moved: v.moved, Reverted: v.reverted, AsOf: s.asOf,
		Reason: v.reason, Trouble: v.trouble,
		Hold: env.desired.holdOn(u),
	}
	live, health := s.live()
	if live == u.image {
		i.Live = i.Desired
	} else if ref, err := registry.ParseReference(live); err == nil && ref.Repository == u.ref.Repository {
		i.Live = tagOf(ref)
	} else {
		i.Live = live
	}
	switch {
	case s.committing:
		i.State = ImageCommitting
	case i.Hold != nil:
		i.State = ImageHeld
	case v.update:
		i.State = ImagePending
	case s.object == nil || s.object.Drift == DriftPending:
		i.State = ImageUnknown
	case live != u.image:
		i.State = ImageApproved
	case health == Progressing:
		i.State = ImageRollingOut
	case health == Degraded:
		i.State = ImageFailed
	default:
		i.State = ImageLive
	}
	if s.refusal != "" && i.State == ImagePending {
		i.Reason, i.Trouble = s.refusal, true
	}
	if s.waits != "" && i.State == ImagePending {
		i.Reason, i.Trouble = s.waits, false
	}
	if i.State == ImageFailed && i.Reason == "" {
		i.Reason = s.object.Message
	}
	return i
}

// live is the image that the live object has in the place of the one in Git.
func (s shownImage) live() (image string, health Health) {
	o := s.object
	if o == nil {
		return "", ""
	}
	for _, c := range o.Containers {
		if c.Name == s.use.container && c.Init == s.use.init {
			return c.Live, o.Health
		}
	}
	if o.Drift == DriftSynced {
		return s.use.image, o.Health // a field that Git names is as Git says
	}
	return "", o.Health
}
