package detail

import (
	"cmp"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// imageTab tells how an image stands, and why.
type imageTab struct {
	*image
	pageTab
}

func newImageTab(s *image) *imageTab {
	t := &imageTab{image: s}
	t.pageTab = *newPageTab("Image", s.fileName, t.lay)
	return t
}

func (t *imageTab) load() tea.Cmd {
	t.page.stale()
	list := t.list()
	if tag, ok := t.tag(t.image.image.Allowed); ok {
		return tea.Batch(list, t.lookUp([]engine.Tag{tag}))
	}
	return list
}

func (t *imageTab) reload() tea.Cmd { return t.image.reload() }
func (t *imageTab) rest()           { t.image.rest() }

func (t *imageTab) lay(p *prose) {
	i, c := t.image.image, p.c
	standing := []span{shown(c.ImageStatus(i.State))}
	if i.Reason != "" {
		role := themes.Text
		if i.Trouble || i.State == engine.ImageFailed {
			role = themes.Warning
		}
		standing = append(standing, said(themes.Dim, " "+c.Glyphs().Dot+" "), told(role, i.Reason))
	}
	if i.State != engine.ImageHeld || i.Hold == nil { // which is told next
		p.wrap(0, standing...)
	}
	t.layHold(p)
	t.layPress(p)
	p.blank()
	p.fact("in Git", t.desired(c)...)
	p.fact("live", t.live()...)
	p.fact("allowed", t.allowed(c)...)
	p.fact("newest", t.newest()...)
	p.fact("policy", t.policy()...)
	p.fact("updates", t.mode()...)
	if i.Moved != "" {
		p.fact("moved", told(themes.Warning, i.Moved))
	}
	if i.Reverted != "" {
		p.fact("reverted", said(themes.Warning, "somebody took back what "), told(themes.Hash, widget.ShortHash(i.Reverted)),
			said(themes.Warning, " brought: "), told(themes.Strong, i.Allowed), said(themes.Warning, " is not committed again by itself"))
	}
	p.fact("registry", t.answers(c)...)
	if i.Allowed != "" {
		p.heading("The newest allowed image")
		t.layNamed(p, i.Allowed)
	}
}

// layHold says who keeps the image as it is, and how it is released.
func (t *imageTab) layHold(p *prose) {
	h := t.image.image.Hold
	switch {
	case t.env.HoldsErr != "":
		p.wrap(0, said(themes.Warning, "The holds cannot be read, so everything is held: "), told(themes.Warning, t.env.HoldsErr))
		return
	case h == nil:
		return
	}
	layHold(p, h)
	switch {
	case h.Annotation != "":
		p.wrap(0, said(themes.Dim, "It is released by taking the annotation "), told(themes.YAMLKey, h.Annotation), said(themes.Dim, " out of "), told(themes.Strong, h.File))
	case h.Image == "":
		p.wrap(0, t.press(keymap.HoldAll, "releases all of the environment")...)
	default:
		p.wrap(0, t.press(keymap.Hold, "releases it")...)
	}
}

// layHold tells of a hold who placed it, when and why.
func layHold(p *prose, h *engine.Hold) {
	what := "Held"
	if h.Image == "" {
		what = "All images are held"
	}
	spans := []span{said(themes.Suspended, p.c.Glyphs().Suspended+" "+what)}
	if h.By != "" {
		spans = append(spans, said(themes.Text, " by "), told(themes.Author, h.By))
	}
	spans = append(spans, ago(p.c, h.Since))
	if h.Reason != "" {
		spans = append(spans, said(themes.Text, ": "), told(themes.Text, h.Reason))
	}
	p.wrap(0, spans...)
}

// layPress says what can be done about an update.
func (t *imageTab) layPress(p *prose) {
	if t.image.image.Pending() {
		p.wrap(0, t.press(keymap.Approve, "opens the update for approval")...)
	}
}

func (t *imageTab) desired(c widget.Canvas) []span {
	i := t.image.image
	if i.Desired == "" {
		return []span{said(themes.Dim, "(none)")}
	}
	spans := []span{told(themes.Strong, i.Desired)}
	if !i.DesiredBuilt.IsZero() {
		spans = append(spans, said(themes.Age, ", built "+c.Age(i.DesiredBuilt)+" ago"))
	}
	if t.object != nil {
		spans = append(spans, told(themes.Dim, "  "+place(t.object.object.File, t.object.object.Line)))
	}
	return spans
}

func (t *imageTab) live() []span {
	switch i := t.image.image; {
	case i.Live == "":
		return []span{said(themes.Missing, "not in the cluster")}
	case i.Live == i.Desired:
		return []span{told(themes.Text, i.Live), said(themes.Dim, ", the same")}
	default:
		return []span{told(themes.Strong, i.Live), said(themes.Modified, ", another than in Git")}
	}
}

// allowed is the newest tag that the policy allows, and how far Git is behind it.
func (t *imageTab) allowed(c widget.Canvas) []span {
	i := t.image.image
	if i.Allowed == "" {
		return []span{said(themes.Dim, "none is known")}
	}
	spans := []span{told(themes.Strong, i.Allowed)}
	if !i.AllowedBuilt.IsZero() {
		spans = append(spans, said(themes.Age, ", built "+c.Age(i.AllowedBuilt)+" ago"))
	}
	if i.Behind > 0 {
		spans = append(spans, said(themes.Modified, ", Git is "+widget.Count(i.Behind, "version")+" behind"))
		if apart := i.AllowedBuilt.Sub(i.DesiredBuilt); apart > 0 && !i.DesiredBuilt.IsZero() {
			spans = append(spans, said(themes.Age, ", "+widget.Span(apart)+" apart"))
		}
	}
	return spans
}

// newest is the newest tag of all, and why it is not chosen.
func (t *imageTab) newest() []span {
	i := t.image.image
	switch {
	case i.Newest == "":
		return []span{said(themes.Dim, "not known")}
	case i.Newest == i.Allowed:
		return []span{told(themes.Text, i.Newest), said(themes.Dim, ", the same")}
	case i.NotNewest == "":
		return []span{told(themes.Strong, i.Newest)}
	}
	return []span{told(themes.Strong, i.Newest), said(themes.Text, ", not chosen: "), told(themes.Text, i.NotNewest)}
}

func (t *imageTab) policy() []span {
	i := t.image.image
	if i.Policy == "" {
		return []span{said(themes.Text, "none: no tag is chosen for it")}
	}
	spans := []span{told(themes.YAMLString, i.Policy)}
	if i.PolicyFrom != "" {
		spans = append(spans, told(themes.Dim, "  "+i.PolicyFrom))
	}
	return spans
}

// mode says what happens to an update.
func (t *imageTab) mode() []span {
	switch i := t.image.image; {
	case i.Policy == "":
		return nil
	case !i.Automated:
		return []span{said(themes.Text, "a person approves them: the workload is not automated")}
	case t.env.ImageMode == engine.ImagesAuto:
		return []span{said(themes.Text, "auto: evenkeel commits what the policy allows")}
	case t.env.ImageMode == engine.ImagesOff:
		return []span{said(themes.Text, "off: they are only shown")}
	}
	return []span{said(themes.Text, "approve: a person approves them")}
}

// answers says when the registry was heard of last, and what is wrong with it.
func (t *imageTab) answers(c widget.Canvas) []span {
	i := t.image.image
	spans := []span{told(themes.Text, hostOf(i.Repository))}
	switch {
	case !i.AsOf.IsZero():
		spans = append(spans, said(themes.Age, ", tags as of "+c.Age(i.AsOf)+" ago"))
	case i.Policy == "":
		spans = append(spans, said(themes.Dim, ", not asked: no policy needs it"))
	default:
		spans = append(spans, said(themes.Dim, ", not heard of yet"))
	}
	r := t.registry()
	if r == nil {
		return spans
	}
	switch {
	case !r.DownSince.IsZero():
		spans = append(spans, said(themes.Warning, ", down for "+c.Age(r.DownSince)))
	case !r.LimitedSince.IsZero():
		spans = append(spans, said(themes.Warning, ", asks for fewer questions for "+c.Age(r.LimitedSince)))
	}
	if r.Err != "" {
		spans = append(spans, said(themes.Warning, ": "), told(themes.Warning, r.Err))
	}
	if wait := r.NextTry.Sub(c.Now); wait > 0 {
		spans = append(spans, said(themes.Dim, "; asked again in "+widget.Span(wait)))
	}
	return spans
}

// layNamed tells what is known of the image behind a tag.
func (s *image) layNamed(p *prose, name string) {
	t, ok := s.tag(name)
	switch {
	case s.candidates.err != nil:
		p.failure(s.desk, "The tags cannot be listed", s.candidates.err)
		return
	case !ok && s.candidates.known:
		p.wrap(0, said(themes.Dim, "The registry lists no tag "), told(themes.Dim, name))
		return
	case !ok:
		p.loading("its labels")
		return
	}
	s.layDetails(p, t)
}

// layDetails tells what is known of a tag.
func (s *image) layDetails(p *prose, t engine.Tag) {
	if !t.Known {
		switch err, asked := s.asked[t.Name]; {
		case err != nil:
			p.failure(s.desk, "The image cannot be looked up", err)
		case asked:
			p.wrap(0, said(themes.Dim, "The registry tells nothing of it."))
		default:
			p.loading("its labels")
		}
		return
	}
	built := []span{said(themes.Dim, "the image does not say")}
	if !t.Built.IsZero() {
		built = []span{said(themes.Text, t.Built.Local().Format("2006-01-02 15:04")), said(themes.Age, ", "+p.c.Age(t.Built)+" ago")}
	}
	p.fact("built", built...)
	label := func(name, value string, role themes.Role) {
		if value != "" {
			p.fact(name, told(role, value))
		}
	}
	label("source", t.Source, themes.Text)
	label("revision", t.Revision, themes.Hash)
	label("version", t.Version, themes.Text)
	label("platforms", strings.Join(t.Platforms, ", "), themes.Text)
	if t.Size > 0 {
		p.fact("size", said(themes.Text, ui.Bytes(t.Size)))
	}
	label("digest", t.Digest, themes.Dim)
}

// copy is the image that one would paste.
func (t *imageTab) copy() string {
	i := t.image.image
	tag := cmp.Or(i.Desired, i.Live)
	if tag != "" && !strings.HasPrefix(tag, "@") {
		tag = ":" + tag
	}
	return ui.Clean(i.Repository + tag)
}

func (t *imageTab) offers() []keymap.Offer {
	return []keymap.Offer{{Action: keymap.Copy, Label: "copy the image"}, {Action: keymap.Edit}}
}
