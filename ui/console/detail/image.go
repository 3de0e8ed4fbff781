package detail

import (
	"context"
	"errors"
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// image shows an image of an environment, and behind it the workload.
type image struct {
	*desk
	env        *engine.Environment
	image      *engine.Image
	registries []engine.Registry
	object     *object // nil: the workload is not known

	state      int // counts the states of the image that were shown
	candidates load[*engine.Candidates]
	details    load[[]engine.Tag] // of those that were asked for last
	asking     []string           // which ones
	found      map[string]engine.Tag
	asked      map[string]error // those that were, and why there is no answer

	overview *imageTab
	tags     *tagsTab
	behind   []tab // those of the workload
}

func newImage(d *desk, env *engine.Environment, i *engine.Image, registries []engine.Registry, pace time.Duration) *image {
	s := &image{desk: d, env: env, image: i, registries: registries, state: 1}
	s.forget()
	s.overview, s.tags = newImageTab(s), newTagsTab(s)
	if o := env.Object(i.Object); o != nil {
		s.object = newObject(d, env, o, pace)
		s.behind = s.object.all
	}
	return s
}

func (s *image) sort() sort { return anImage }

func (s *image) tabs() []tab { return append([]tab{s.overview, s.tags}, s.behind...) }

func (s *image) title() (title, note string) {
	return "Image " + s.label(), ui.Clean(s.image.Repository)
}

// label is the workload, and the container where that is called otherwise.
func (s *image) label() string {
	label := ui.Clean(s.image.Object.Name)
	if s.image.Container != s.image.Object.Name {
		label += "/" + ui.Clean(s.image.Container)
	}
	return label
}

func (s *image) foot(c widget.Canvas) string { return c.ImageStatus(s.image.State).String() }

// fileName is what a file about the image would be called.
func (s *image) fileName() string { return "image-" + ui.Clean(s.image.Object.Name) + ".txt" }

// update takes a newer state. The tags are listed again when what is told of
// them has changed.
func (s *image) update(env *engine.Environment, i *engine.Image) {
	if sayingOf(i) != sayingOf(s.image) {
		s.state++
	}
	s.env, s.image = env, i
	s.overview.page.stale()
	switch o := env.Object(i.Object); {
	case o == nil:
	case s.object != nil:
		s.object.update(env, o)
	default:
		s.object = newObject(s.desk, env, o, 0)
		s.behind = s.object.all
	}
}

// saying is what the list of tags depends on.
type saying struct {
	repository, desired, live, policy, allowed, newest string
	asOf                                               time.Time
}

func sayingOf(i *engine.Image) saying {
	return saying{i.Repository, i.Desired, i.Live, i.Policy, i.Allowed, i.Newest, i.AsOf}
}

// list asks for the tags, if nobody has.
func (s *image) list() tea.Cmd {
	if !s.candidates.wanted(s.state) {
		return nil
	}
	return s.listAgain()
}

func (s *image) listAgain() tea.Cmd {
	src, environment, id, container := s.src, s.env.Name, s.image.Object, s.image.Container
	return s.candidates.start(s.state, 0, func(ctx context.Context) (*engine.Candidates, error) {
		return src.Candidates(ctx, environment, id, container)
	})
}

// reload asks for everything again.
func (s *image) reload() tea.Cmd {
	s.details.stop()
	s.forget()
	return s.listAgain()
}

// forget forgets what was looked up.
func (s *image) forget() {
	s.asking, s.found, s.asked = nil, map[string]engine.Tag{}, map[string]error{}
}

// lookedUp is how many tags are looked up at once: an answer shows when all of
// them have one.
const lookedUp = 12

// lookUp asks for the images behind tags, those that come first, once one stays
// with them. What is asked for others is given up.
func (s *image) lookUp(tags []engine.Tag) tea.Cmd {
	s.takeDetails()
	var want []string
	for _, t := range tags {
		if _, asked := s.asked[t.Name]; !t.Known && !asked && len(want) < lookedUp && !slices.Contains(want, t.Name) {
			want = append(want, t.Name)
		}
	}
	if s.details.open() && slices.Equal(want, s.asking) {
		return nil
	}
	s.details.stop()
	if len(want) == 0 {
		return nil
	}
	s.asking = want
	src, environment, repository := s.src, s.env.Name, s.image.Repository
	return s.details.start(s.state, s.patience, func(ctx context.Context) ([]engine.Tag, error) {
		return src.LookUp(ctx, environment, repository, want)
	})
}

// takeDetails takes in what was looked up.
func (s *image) takeDetails() {
	if s.details.open() || len(s.asking) == 0 {
		return
	}
	for _, name := range s.asking {
		s.asked[name] = s.details.err
	}
	s.asking = nil
	if s.details.err != nil {
		return
	}
	for _, t := range s.details.value {
		switch {
		case t.Known:
			s.found[t.Name] = t
		case t.Reason != "":
			s.asked[t.Name] = errors.New(t.Reason)
		}
	}
}

// known is a tag with what was looked up of it.
func (s *image) known(t engine.Tag) engine.Tag {
	f, ok := s.found[t.Name]
	if t.Known || !ok {
		return t
	}
	t.Known, t.Built, t.Digest, t.Source, t.Revision, t.Version, t.Platforms, t.Size =
		true, f.Built, f.Digest, f.Source, f.Revision, f.Version, f.Platforms, f.Size
	return t
}

// tag is a tag of the image by its name.
func (s *image) tag(name string) (engine.Tag, bool) {
	if name == "" || !s.candidates.known {
		return engine.Tag{}, false
	}
	all := s.candidates.value.Tags
	i := slices.IndexFunc(all, func(t engine.Tag) bool { return t.Name == name })
	if i < 0 {
		return engine.Tag{}, false
	}
	return s.known(all[i]), true
}

func (s *image) rest() {
	s.candidates.stop()
	s.details.stop()
	s.asking = nil
}

// registry is the one that the image comes from; nil when it was not asked.
func (s *image) registry() *engine.Registry {
	for i := range s.registries {
		if r := &s.registries[i]; hostOf(s.image.Repository) == r.Host {
			return r
		}
	}
	return nil
}

// hostOf is the registry of a repository that is written in full.
func hostOf(repository string) string {
	for i := range len(repository) {
		if repository[i] == '/' {
			return repository[:i]
		}
	}
	return repository
}

// ShowImage shows an image of an environment and its workload, and how the
// registries do that images come from.
func (d *Detail) ShowImage(env *engine.Environment, i *engine.Image, registries []engine.Registry) tea.Cmd {
	s, ok := d.subject.(*image)
	if !ok || s.env.Name != env.Name || s.image.Object != i.Object || s.image.Container != i.Container || s.image.Init != i.Init {
		return d.show(newImage(&d.desk, env, i, registries, d.pace()))
	}
	s.registries = registries
	switch {
	case s.env != env || s.image != i || d.asleep:
		s.update(env, i)
		return d.again()
	case d.tab() == tab(s.tags):
		return s.tags.load() // what has come into sight
	}
	return nil
}

// Tag is the tag that is chosen in the list of an image's tags; empty when no
// such list is shown.
func (d *Detail) Tag() string {
	s, ok := d.subject.(*image)
	if !ok || d.tab() != tab(s.tags) {
		return ""
	}
	t, _ := s.tags.chosen()
	return t.Name
}
