package engine

import (
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/evenkeel/evenkeel/engine/internal/holds"
	"github.com/evenkeel/evenkeel/gitrepo"
)

// The trailers of the commits that evenkeel makes.
const (
	trailerEnvironment = "Evenkeel-Environment"
	// trailerImage has the repository, the tag before and the tag after:
	// "registry.acme.dev/shop/api 1.8.2 -> 1.9.0".
	trailerImage = "Evenkeel-Image"
	// trailerContainer has a container that was given one of the images:
	// "Deployment.apps shop/api server".
	trailerContainer = "Evenkeel-Container"
	trailerHold      = "Evenkeel-Hold"    // the repository that is held, or *
	trailerFree      = "Evenkeel-Release" // the one that is not any more
	// trailerSource is where a promotion comes from, and the revision there;
	// trailerOverride is a gate that was passed over, and why it was not met.
	trailerSource   = "Evenkeel-Source"
	trailerRevision = "Evenkeel-Revision" // what a rollback goes back to
	trailerFailed   = "Evenkeel-Failed"   // what made an environment Degraded that went back by itself
	trailerOverride = "Evenkeel-Override"
	trailerFile     = "Evenkeel-File" // one that a promotion copied whole
	// trailerChange is the change that people agree to, and trailerApprovedBy who
	// did besides the author.
	trailerChange     = "Evenkeel-Change"
	trailerApprovedBy = "Evenkeel-Approved-By"
)

// automationName and automationEmail are who commits what no person decided.
const (
	automationName  = "evenkeel"
	automationEmail = "evenkeel@evenkeel.dev"
)

// author is who commits a plan.
func (e *Engine) author(p *Plan) gitrepo.Signature {
	if p.byItself() {
		return gitrepo.Signature{Name: automationName, Email: automationEmail, When: time.Now()}
	}
	if a, err := mail.ParseAddress(e.opts.Author); err == nil {
		return gitrepo.Signature{Name: a.Name, Email: a.Address, When: time.Now()}
	}
	if person, err := gitrepo.Person(); err == nil && person.Name != "" {
		person.When = time.Now()
		return person
	}
	name, _, _ := strings.Cut(p.By, "@")
	return gitrepo.Signature{Name: name, Email: p.By, When: time.Now()}
}

// message is what the commit says: what goes from where to where, and in
// trailers which action it was.
func (c *composition) message() string {
	var body, trailers []string
	line := func(format string, args ...any) { body = append(body, oneLine(fmt.Sprintf(format, args...))) }
	trailer := func(key, value string) { trailers = append(trailers, key+": "+oneLine(value)) }
	trailer(trailerAction, c.actionName())
	trailer(trailerEnvironment, c.env.spec.Name)
	if c.plan.Source != "" {
		trailer(trailerSource, fmt.Sprintf("%s %s", c.plan.Source, c.plan.SourceRevision))
	}
	for _, g := range c.plan.Gates {
		if g.Overridden {
			trailer(trailerOverride, fmt.Sprintf("%s (%s)", g.Name, g.Reason))
		}
	}
	if c.draft.agreed.change != "" {
		trailer(trailerChange, c.draft.agreed.change)
	}
	subject := c.rollbackSubject()
	if back := c.plan.fabric.back; back != nil {
		trailer(trailerRevision, string(back.revision))
		if c.plan.failed != "" {
			trailer(trailerFailed, c.plan.failed)
		}
		if back.mode == RollbackRevert {
			line("This reverts commit %s.", back.revision)
		}
	}
	if c.overlaid() {
		for _, f := range c.draft.shared {
			line("%s stays as it is, for %s.", f.Path, join(f.Environments))
		}
	}
	if c.restores() {
		for _, u := range c.plan.Updates {
			line("%s, container %s: %s -> %s", u.Object, u.Container, u.From, u.To)
		}
	}
	if len(c.orders) > 0 {
		if subject == "" {
			subject = c.updatesSubject()
		}
		for _, o := range c.orders {
			u := o.update()
			along := ""
			if u.Along {
				along = " (written in the same place)"
			}
			line("%s, container %s: %s -> %s%s", u.Object, u.Container, u.From, u.To, along)
			if value := fmt.Sprintf("%s %s -> %s", u.Repository, u.From, u.To); !slices.Contains(trailers, trailerImage+": "+value) {
				trailer(trailerImage, value)
			}
		}
		for _, o := range c.orders {
			trailer(trailerContainer, o.text())
		}
	}
	if subject == "" {
		subject = c.filesSubject()
	}
	for _, f := range c.copied {
		line("%s: as in %s", f.to, c.plan.Source)
		trailer(trailerFile, f.to)
	}
	f := c.plan.fabric
	for _, h := range f.hold {
		if subject == "" {
			subject = fmt.Sprintf("hold %s in %s", c.heldName(f.hold[0].Image, len(f.hold)), c.env.spec.Name)
		}
		trailer(trailerHold, h.Image)
	}
	for _, image := range f.release {
		if subject == "" {
			subject = fmt.Sprintf("release %s in %s", c.heldName(f.release[0], len(f.release)), c.env.spec.Name)
		}
		trailer(trailerFree, image)
	}
	if !c.plan.SignOff {
		for _, s := range c.draft.agreed.besides(c.author) {
			trailer(trailerApprovedBy, fmt.Sprintf("%s <%s>", s.Name, s.Email))
		}
	}
	message := subject + "\n\n"
	if reason := strings.TrimSpace(c.plan.Reason); reason != "" {
		message += oneLine(reason) + "\n\n"
	}
	if len(body) > 0 {
		message += strings.Join(body, "\n") + "\n\n"
	}
	return message + strings.Join(trailers, "\n") + "\n"
}

// rollbackSubject is the first line of a rollback; empty for everything else.
func (c *composition) rollbackSubject() string {
	back := c.plan.fabric.back
	switch {
	case back == nil:
		return ""
	case back.mode == RollbackRevert:
		return fmt.Sprintf("Revert %q", oneLine(back.reverted.Subject))
	case back.mode == RollbackImages:
		return fmt.Sprintf("roll back images of %s to %s", c.env.spec.Name, back.revision.Short())
	}
	return fmt.Sprintf("roll back %s to %s", c.env.spec.Name, back.revision.Short())
}

// updatesSubject is the first line: the workload and its tags where they fit.
func (c *composition) updatesSubject() string {
	one := c.orders[0].update()
	verb := ""
	switch {
	case c.plan.SignOff:
		verb = "agree to "
	case c.plan.Action == ActionPromote:
		verb = "promote to "
	case len(c.plan.fabric.hold) > 0:
		verb = "pin "
	}
	same := !slices.ContainsFunc(c.orders, func(o order) bool { return o.from != c.orders[0].from || o.to != c.orders[0].to })
	if same {
		return fmt.Sprintf("%s%s: %s: %s -> %s", verb, c.env.spec.Name, lastPart(one.Repository), one.From, one.To)
	}
	var repositories []string
	for _, o := range c.orders {
		if name := lastPart(o.to.Repository.String()); !slices.Contains(repositories, name) {
			repositories = append(repositories, name)
		}
	}
	const most = 4
	if more := len(repositories) - most; more > 0 {
		repositories = append(repositories[:most], plural(more, "more"))
	}
	return fmt.Sprintf("%s%s: new images of %s", verb, c.env.spec.Name, join(repositories))
}

func (c *composition) heldName(image string, of int) string {
	switch {
	case image == holds.Everything:
		return "everything"
	case of > 1:
		return plural(of, "image")
	}
	return lastPart(image)
}

func lastPart(repository string) string {
	return repository[strings.LastIndex(repository, "/")+1:]
}

// oneLine keeps a text from being taken for more than one line of a message, and
// from telling a terminal what to do.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// parseImageTrailer reads the trailer of an image.
func parseImageTrailer(value string) (repository, from, to string, ok bool) {
	fields := strings.Fields(value)
	if len(fields) != 4 || fields[2] != "->" {
		return "", "", "", false
	}
	tag, _, _ := strings.Cut(fields[3], "@")
	return fields[0], fields[1], tag, true
}
