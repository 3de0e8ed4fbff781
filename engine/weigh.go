package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel/engine/imagepolicy"
	"github.com/evenkeel/evenkeel/gitrepo"
	"github.com/evenkeel/evenkeel/registry"
)

// verdict is what can be said of an image by its policy and the tags that its
// repository has. It is immutable, and equal when it says the same.
type verdict struct {
	allowed, newest string
	update          bool // allowed is newer than what Git names
	behind          int
	notNewest       string
	reason          string
	trouble         bool
	moved           string

	desiredBuilt, allowedBuilt time.Time
	reverted                   string
	// tried is true once the registry has answered, or has refused to.
	tried bool
}

// weigh chooses for every image of an environment which tag it could be given.
// That happens elsewhere; there is one round at a time in each environment.
func (e *Engine) weigh(env *environment) {
	if env.weighing || !env.unweighed || env.desired == nil {
		return
	}
	env.weighing, env.unweighed = true, false
	d, r := env.desired, e.weighingOf(env)
	e.start(func() {
		verdicts := r.all(e.ctx, d.uses)
		e.post(func() {
			env.weighing, env.made, env.chosen = false, r.made, r.chosen
			if env.desired == d {
				e.weighed(env, verdicts)
			} else {
				env.unweighed = true
			}
			e.weigh(env)
		})
	})
}

// weighingOf takes along what a round needs to know.
func (e *Engine) weighingOf(env *environment) *weighing {
	d := env.desired
	r := &weighing{
		environment: env.spec.Name, opened: e.images.opened, failed: e.images.failed, asked: e.opts.Images,
		known: make(map[registry.Repository]*known), earlier: env.chosen, chosen: map[matter]verdict{},
		mirror: e.repo.mirror.Load(), head: d.revision, paths: env.reads(), made: env.made, given: env.given,
	}
	for _, u := range d.uses {
		if u.covered() {
			r.known[u.ref.Repository] = e.images.known[u.ref.Repository]
		}
	}
	return r
}

// weighed takes in what was chosen.
func (e *Engine) weighed(env *environment, verdicts map[*use]verdict) {
	for u, v := range verdicts {
		if v.update && env.verdicts[u].allowed != v.allowed {
			// Others of the same scan may follow.
			env.updatesSince = time.Now()
		}
	}
	env.verdicts = verdicts
	e.changed(env)
}

// weighing is a round of choosing.
type weighing struct {
	environment   string
	asked, opened bool
	failed        string
	known         map[registry.Repository]*known
	earlier       map[matter]verdict // what the last round chose
	chosen        map[matter]verdict
	mirror        *gitrepo.Mirror
	head          gitrepo.Hash
	paths         []string
	made          made
	given         map[madeKey]string
}

// matter is what a choice depends on. Many workloads may have the same, and it
// may be as it was in the last round.
type matter struct {
	facts              *facts
	ref                registry.Reference
	policy, from, mark string
}

func (r *weighing) all(ctx context.Context, uses []*use) map[*use]verdict {
	verdicts := make(map[*use]verdict, len(uses))
	updates := false
	for _, u := range uses {
		v := r.one(u)
		verdicts[u] = v
		updates = updates || v.update
	}
	if !updates {
		return verdicts
	}
	if r.made.head != r.head || r.made.err != nil {
		r.made = readMade(ctx, r.mirror, r.environment, r.head, r.paths)
	}
	for u, v := range verdicts {
		if !v.update {
			continue
		}
		key := u.given(v.allowed)
		v.reverted = cmp.Or(r.made.by(key), r.given[key])
		if err := r.made.err; err != nil {
			// What was taken back must not be made again.
			v.reason, v.trouble = fmt.Sprintf("whether somebody took %s back is not known: %v", v.allowed, err), true
		}
		verdicts[u] = v
	}
	return verdicts
}

// one weighs one image.
func (r *weighing) one(u *use) verdict {
	switch err := u.rule.Policy.Err(); {
	case u.wrong != "":
		return verdict{reason: u.wrong, trouble: true, tried: true}
	case err != nil:
		return verdict{reason: fmt.Sprintf("the policy does not parse: %v", err), trouble: true, tried: true}
	case u.rule.Policy.IsZero():
		return verdict{tried: true}
	case !r.asked:
		return verdict{}
	case r.failed != "":
		return verdict{reason: r.failed, trouble: true, tried: true}
	}
	k := r.known[u.ref.Repository]
	if k == nil {
		return verdict{reason: "being looked up"}
	}
	if k.At.IsZero() {
		return verdict{reason: k.Err.Error(), trouble: true, tried: true}
	}
	m := matter{k.facts, u.ref, u.rule.Policy.String(), u.rule.From, u.mark}
	v, asked := r.chosen[m]
	if !asked {
		if v, asked = r.earlier[m]; !asked {
			v = r.choose(u, k)
		}
		r.chosen[m] = v
	}
	if k.Err != nil {
		v.reason, v.trouble = k.Err.Error(), true
	}
	return v
}

func (r *weighing) choose(u *use, k *known) verdict {
	now := k.Images[u.ref.Tag]
	d := imagepolicy.Choose(u.rule.Policy, imagepolicy.Tag{Name: u.ref.Tag, Digest: u.ref.Digest}, k.tags())
	v := verdict{
		tried: true, notNewest: d.NotNewest, update: d.Verdict == imagepolicy.Update,
		desiredBuilt: now.Created, moved: moved(d.Moved, now),
	}
	if d.Newest != nil {
		v.newest = d.Newest.Name
	}
	if d.Allowed != nil {
		v.allowed, v.allowedBuilt = d.Allowed.Name, d.Allowed.Created
	}
	switch d.Verdict {
	case imagepolicy.Update:
		v.behind = len(d.Between) + 1
	case imagepolicy.UpToDate:
	default:
		v.reason = d.Reason
	}
	if u.ref.Digest != "" && now.Digest != u.ref.Digest {
		v.desiredBuilt = time.Time{} // it is that of what the tag points to by now
	}
	if refusedByRegistry(k.Broken[u.ref.Tag]) {
		v.reason, v.trouble = fmt.Sprintf("the registry has no tag %s any more: a new pod may not find it", u.ref.Tag), true
	}
	return v
}

// moved says that a tag points to another digest than it did.
func moved(pinned *imagepolicy.Moved, image registry.Image) string {
	switch {
	case pinned != nil:
		return fmt.Sprintf("%s is pinned to %s and is %s by now", pinned.Tag, short(pinned.From), short(pinned.To))
	case image.Previous != "":
		return fmt.Sprintf("%s was %s and is %s since %s", image.Tag, short(image.Previous), short(image.Digest), image.MovedAt.Format("2006-01-02 15:04"))
	}
	return ""
}

// short is a digest as people can compare it.
func short(digest string) string {
	algorithm, hex, ok := strings.Cut(digest, ":")
	if !ok {
		return digest
	}
	return algorithm + ":" + hex[:min(len(hex), 12)]
}

// imagesSettled tells whether all that registries can say of an environment's
// images is known.
func (e *Engine) imagesSettled(env *environment) bool {
	return e.opts.Images && e.settled(env) && (!e.repo.fetchedAt.IsZero() || e.repo.err != "") && env.allWeighed()
}

// allWeighed tells whether every image of the environment has its verdict.
func (env *environment) allWeighed() bool {
	if env.weighing || env.unweighed {
		return false
	}
	if env.desired == nil {
		return true
	}
	for _, u := range env.desired.uses {
		if u.covered() && !env.verdicts[u].tried {
			return false
		}
	}
	return true
}

// refusedByRegistry tells whether an error says that something is not there, and
// not that it could not be asked.
func refusedByRegistry(err error) bool { return errors.Is(err, registry.ErrNotFound) }
