package command

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/evenkeel/evenkeel/engine"
)

func (a *app) images() *cobra.Command {
	return &cobra.Command{
		Use:   "images [ENVIRONMENT...]",
		Short: "Show every image: in Git, live, and the newest allowed",
		Long: `Show every image that Git names: its tag in Git, what runs where that is
another one, and the newest tag that its policy allows. Registries are asked.

It ends with 1 when an update is pending, or a workload fails with its image.`,
		Example: `  evenkeel images
  evenkeel images production -o json`,
		ValidArgsFunction: a.completeEnvironments,
		RunE: a.run(func(ctx context.Context, names []string) (int, error) {
			s, err := a.openImages(ctx, names...)
			if err != nil {
				return exitTrouble, err
			}
			defer s.close()
			snapshot, err := s.settleImages(names...)
			if err != nil {
				return exitTrouble, err
			}
			snapshot = only(snapshot, names)
			a.warnUnfetched(s)
			a.warnRegistries(snapshot)
			if a.format == formatJSON {
				return imagesCode(snapshot), writeJSON(a.Out, imagesDocument(snapshot))
			}
			p := a.printer(a.Out)
			printImages(p, snapshot)
			return imagesCode(snapshot), p.err
		}),
	}
}

// imagesCode is how images ends: trouble wins over what is pending.
func imagesCode(s *engine.Snapshot) int {
	code := exitClean
	if s.Repository.Err != "" {
		code = exitTrouble
	}
	for _, e := range s.Environments {
		if e.State == engine.StateUnknown || e.BrokenRevision != "" || e.HoldsErr != "" {
			code = exitTrouble
		}
		for _, i := range e.Images {
			switch {
			case i.Trouble:
				code = exitTrouble
			case i.State == engine.ImagePending || i.State == engine.ImageCommitting || i.State == engine.ImageFailed:
				code = max(code, exitDiffers)
			}
		}
	}
	return code
}

// warnRegistries says on the error stream which registries of the images shown
// are in trouble.
func (a *app) warnRegistries(s *engine.Snapshot) {
	p := a.printer(a.Err)
	for _, r := range s.Registries {
		if r.Err != "" && shows(s, r.Host) {
			p.line(span{"evenkeel: ", plain}, span{registryTrouble(s.At, r), yellow})
		}
	}
}

// shows tells whether an image that is shown comes from a registry.
func shows(s *engine.Snapshot, host string) bool {
	return slices.ContainsFunc(s.Environments, func(e *engine.Environment) bool {
		return slices.ContainsFunc(e.Images, func(i *engine.Image) bool { return strings.HasPrefix(i.Repository, host+"/") })
	})
}

// registryOf is the registry of an image, when that is in trouble, or nil.
func registryOf(s *engine.Snapshot, i *engine.Image) *engine.Registry {
	for n, r := range s.Registries {
		if r.Err != "" && strings.HasPrefix(i.Repository, r.Host+"/") {
			return &s.Registries[n]
		}
	}
	return nil
}

func registryTrouble(now time.Time, r engine.Registry) string {
	var since string
	switch {
	case !r.DownSince.IsZero():
		since = ", down for " + age(now, r.DownSince)
	case !r.LimitedSince.IsZero():
		since = ", which has limited requests for " + age(now, r.LimitedSince)
	}
	if !r.LastAnswer.IsZero() {
		since += ", last answer " + ago(now, r.LastAnswer)
	}
	return fmt.Sprintf("registry %s%s: %s", r.Host, since, r.Err)
}

// printImages writes a block for each environment.
func printImages(p *printer, s *engine.Snapshot) {
	if s.Repository.Err != "" {
		p.line(span{glyphStop + " " + s.Repository.Err, red})
		p.blank()
	}
	var heads table
	for _, e := range s.Environments {
		heads.add(styled(e.Name, bold), text("images: "+string(e.ImageMode)), styled(imageCounts(e), dim))
	}
	widths := heads.widths()
	for i, e := range s.Environments {
		if i > 0 {
			p.blank()
		}
		heads.printRow(p, i, widths)
		printImagesOf(p, s, e)
	}
}

// imageCounts is how many images there are, and in which states that somebody
// might act on.
func imageCounts(e *engine.Environment) string {
	parts := []string{count(len(e.Images), "image")}
	for _, state := range []engine.ImageState{
		engine.ImagePending, engine.ImageHeld, engine.ImageCommitting, engine.ImageApproved, engine.ImageRollingOut, engine.ImageFailed,
	} {
		n := 0
		for _, i := range e.Images {
			if i.State == state {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, imageStateWord(state)))
		}
	}
	return strings.Join(parts, ", ")
}

// imageStateWord spells a state in a sentence.
func imageStateWord(s engine.ImageState) string {
	if s == engine.ImageRollingOut {
		return "rolling out"
	}
	return strings.ToLower(string(s))
}

func printImagesOf(p *printer, s *engine.Snapshot, e *engine.Environment) {
	now := s.At
	if messageTellsMore(e) {
		p.line(span{"  " + e.Message, red})
	}
	if e.BrokenRevision != "" {
		p.line(span{fmt.Sprintf("  %s %s cannot be rendered: see evenkeel status %s", glyphStop, short(e.BrokenRevision), e.Name), red})
	}
	if e.HoldsErr != "" {
		p.line(span{"  " + glyphStop + " everything is held, as the holds cannot be read: " + e.HoldsErr, red})
	}
	for _, h := range e.Holds {
		if h.Image == "" {
			p.line(span{"  the whole environment is " + holdText(now, &h), blue})
		}
	}
	rows := table{indent: 2}
	for _, i := range e.Images {
		rows.add(
			imageMark(i.State), text(kindOf(i.Object)), text(nameOf(i.Object)), styled(containerOf(e, i), dim),
			text(versions(i)), styled(liveText(i), yellow), text(distanceText(now, i)), styled(i.Policy, dim),
			newestCell(s, i),
		)
	}
	widths := rows.widths()
	for n, i := range e.Images {
		rows.printRow(p, n, widths)
		for _, note := range imageNotes(s, i) {
			p.line(span{"      ", plain}, note)
		}
	}
}

// containerOf is the name of an image's container where the workload's name does
// not tell which one it is.
func containerOf(e *engine.Environment, image *engine.Image) string {
	for _, other := range e.Images {
		if other != image && other.Object == image.Object {
			return image.Container
		}
	}
	return ""
}

// versions is the image as Git names it, and the tag that it could get.
func versions(i *engine.Image) string {
	s := imageName(i.Repository, i.Desired)
	if newer(i) {
		s += " → " + shortTag(i.Allowed)
	}
	return s
}

// newer tells whether the policy allows another tag than Git names.
func newer(i *engine.Image) bool {
	return i.Allowed != "" && (i.State == engine.ImagePending || i.State == engine.ImageCommitting ||
		i.State == engine.ImageHeld && i.Behind > 0)
}

// liveText is what runs, where that is not what Git names.
func liveText(i *engine.Image) string {
	switch {
	case i.Live == i.Desired || i.Live == "" && i.State == engine.ImageUnknown:
		return ""
	case i.Live == "":
		return "not live"
	}
	return "live " + shortTag(i.Live)
}

// distanceText is how far Git is behind what its policy allows.
func distanceText(now time.Time, i *engine.Image) string {
	if !newer(i) {
		return ""
	}
	var parts []string
	if i.Behind > 0 {
		parts = append(parts, fmt.Sprintf("%d newer", i.Behind))
	}
	if !i.AllowedBuilt.IsZero() {
		parts = append(parts, "built "+ago(now, i.AllowedBuilt))
	}
	return strings.Join(parts, ", ")
}

// newestCell says which tag is the newest of all, and why it is not allowed, or
// that the registry cannot say.
func newestCell(s *engine.Snapshot, i *engine.Image) cell {
	switch word := registryWord(s, i); {
	case word != "":
		return styled(word, red)
	case i.NotNewest != "":
		return styled("newest: "+i.NotNewest, dim)
	case i.Newest != "" && i.Newest != i.Allowed:
		return styled("newest: "+i.Newest, dim)
	}
	return nil
}

// registryWord says of an image that its registry is in trouble. What trouble is
// told once, for the registry.
func registryWord(s *engine.Snapshot, i *engine.Image) string {
	if r := registryOf(s, i); r != nil && i.Trouble {
		return "registry in trouble"
	}
	return ""
}

// imageNotes are what else a person should know of an image.
func imageNotes(s *engine.Snapshot, i *engine.Image) []span {
	var notes []span
	if h := i.Hold; h != nil && h.Image != "" {
		notes = append(notes, span{holdText(s.At, h), blue})
	}
	switch {
	case i.Reason == "" || registryWord(s, i) != "":
	case i.Trouble || i.State == engine.ImageFailed:
		notes = append(notes, span{i.Reason, red})
	default:
		notes = append(notes, span{i.Reason, dim})
	}
	if i.Moved != "" {
		notes = append(notes, span{i.Moved, yellow})
	}
	if i.Reverted != "" {
		notes = append(notes, span{fmt.Sprintf("%s was committed in %s and taken back, so it is not committed again by itself", i.Allowed, short(i.Reverted)), yellow})
	}
	return notes
}

// holdText is who holds something, since when and why.
func holdText(now time.Time, h *engine.Hold) string {
	s := "held"
	if h.By != "" {
		s += " by " + h.By
	}
	if !h.Since.IsZero() {
		s += ", " + ago(now, h.Since)
	}
	if h.Annotation != "" {
		s += fmt.Sprintf(" (%s in %s)", h.Annotation, h.File)
	}
	if h.Reason != "" {
		s += ": " + h.Reason
	}
	return s
}

// imageName is an image without its registry: the last part of its repository
// tells it apart for a reader, and the tag.
func imageName(repository, tag string) string {
	name := lastPart(repository)
	switch {
	case tag == "":
		return name
	case strings.Contains(tag, ":") && !strings.Contains(tag, "@"):
		return name + "@" + shortTag(tag) // a digest alone
	}
	return name + ":" + shortTag(tag)
}

// lastPart is what a repository is called within its registry's folders.
func lastPart(repository string) string {
	return repository[strings.LastIndexByte(repository, '/')+1:]
}

// shortTag is a tag with its digest, if it is pinned to one, cut short.
func shortTag(tag string) string {
	const algorithm, columns = "sha256:", 12
	if i := strings.Index(tag, algorithm); i >= 0 {
		return tag[:min(len(tag), i+len(algorithm)+columns)]
	}
	return tag
}
