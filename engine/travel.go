package engine

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/evenkeel/evenkeel/engine/drift"
	"github.com/evenkeel/evenkeel/gitrepo"
)

// At is an environment at a revision.
type At struct {
	Environment string
	Revision    string // anything that names a commit; empty is what the environment follows
}

// Moment is what an environment was at a revision.
type Moment struct {
	At                     // the revision as a whole hash
	Commit  Commit         // the newest one at the revision that touches the environment; zero when none does
	Objects []MomentObject // sorted by identity
	Images  []MomentImage  // sorted by object
	// Problems say why it does not render. There are no objects then.
	Problems []string
}

// MomentObject is an object as Git said it.
type MomentObject struct {
	ID
	File string
	Line int
	YAML string // the values of Secrets hidden
}

// MomentImage is an image as Git named it.
type MomentImage struct {
	Object     ID
	Container  string
	Repository string
	Tag        string // with its digest when it is pinned
}

// Comparison is how one environment at a revision differs from another one, or
// from itself at another revision.
type Comparison struct {
	From, To             At     // the revisions as whole hashes
	FromCommit, ToCommit Commit // as in a Moment
	// Changes are what lies between the two, Live that of From. Objects of two
	// environments are matched by kind and name, their namespaces mapped: those
	// of From are written as To calls them.
	Changes []Change
	Images  []ImageUpdate // of objects that both have
	// Common are differences that most of the changed objects have alike, such as
	// a label with the environment's name.
	Common []CommonDifference
	// Unchanged counts the objects that are the same.
	Unchanged int
	// Namespaces are those that are called otherwise in To.
	Namespaces []NamespacePair
	// Ambiguous are objects that several of the other environment could be the
	// counterpart of. They are not compared.
	Ambiguous []Ambiguity
	// Problems say why one of the two does not render.
	Problems []string
}

// CommonDifference is a field of one name that differs alike in many objects.
type CommonDifference struct {
	Name     string // drift.Field's Name
	From, To any    // decoded JSON; nil where there is none
	Objects  int
}

// NamespacePair is a namespace of one environment, and what another one calls it.
type NamespacePair struct{ From, To string }

// Ambiguity is a kind and name that two environments have in several namespaces,
// and nobody can tell which of them belong together.
type Ambiguity struct{ From, To []ID }

// Moment tells what an environment was at a revision of the branch, as Git says.
// No cluster is asked.
func (e *Engine) Moment(ctx context.Context, at At) (*Moment, error) {
	v, err := e.visit(ctx, at)
	if err != nil {
		return nil, fmt.Errorf("look back at %s: %w", at.Environment, err)
	}
	m := &Moment{At: v.at(), Commit: v.commit(ctx)}
	if v.err != nil {
		m.Problems = problemsOf(v.err)
		return m, nil
	}
	for _, w := range v.desired.sorted() {
		m.Objects = append(m.Objects, MomentObject{ID: w.id, File: w.file, Line: w.line, YAML: drift.Whole(w.manifest())})
	}
	for _, u := range v.desired.uses {
		m.Images = append(m.Images, MomentImage{Object: u.object, Container: u.container, Repository: u.repository(), Tag: tagOf(u.ref)})
	}
	return m, ctx.Err()
}

// Compare tells how two environments, or two revisions of one, differ in what
// Git says of them. No cluster is asked.
func (e *Engine) Compare(ctx context.Context, from, to At) (*Comparison, error) {
	var visits [2]*visit
	for i, at := range []At{from, to} {
		v, err := e.visit(ctx, at)
		if err != nil {
			return nil, fmt.Errorf("compare %s: %w", at.Environment, err)
		}
		visits[i] = v
	}
	return compareVisits(ctx, visits[0], visits[1])
}

// visit is an environment at a revision of the branch, as it renders there.
type visit struct {
	side
	env    *environment
	now    *desired // what it renders to now; nil when it does not
	mirror *gitrepo.Mirror
}

// visit goes to a revision. The error is that there is no such revision, or that
// the environment did not exist at it; one that does not render is the side's.
func (e *Engine) visit(ctx context.Context, at At) (*visit, error) {
	env, err := e.find(at.Environment)
	if err != nil {
		return nil, err
	}
	v := &visit{env: env}
	if v.mirror, err = e.mirror(); err != nil {
		return nil, err
	}
	var head gitrepo.Hash
	if err := e.ask(ctx, func() { head, v.now = e.repo.head, env.desired }); err != nil {
		return nil, err
	}
	switch {
	case head == "":
		return nil, fmt.Errorf("%w: nothing has been fetched yet", ErrNotReady)
	case at.Revision == "":
		v.hash = head
	default:
		if v.hash, err = resolveIn(ctx, v.mirror, head, at.Revision); err != nil {
			return nil, err
		}
	}
	c := comparison{spec: env.spec, now: v.now, mirror: v.mirror}
	if err := c.render(ctx, &v.side); err != nil {
		return nil, err
	}
	if _, there := v.tree.HashOf(env.spec.Path); !there {
		return nil, fmt.Errorf("at %s there was no %s: %s did not exist then", v.hash.Short(), env.spec.Path, env.spec.Name)
	}
	return v, nil
}

// resolveIn finds a commit of the branch whose head is given.
func resolveIn(ctx context.Context, m *gitrepo.Mirror, head gitrepo.Hash, revision string) (gitrepo.Hash, error) {
	hash, err := m.Resolve(ctx, revision)
	if err != nil {
		return "", err
	}
	switch contained, err := m.Contains(head, hash); {
	case err != nil:
		return "", err
	case !contained:
		return "", fmt.Errorf("%s is not in the history of the branch", hash.Short())
	}
	return hash, nil
}

func (v *visit) at() At { return At{v.env.spec.Name, string(v.hash)} }

// commit is the newest one that touches what the environment reads.
func (v *visit) commit(ctx context.Context) Commit {
	d := v.desired
	if d == nil {
		d = v.now
	}
	newest, err := v.mirror.Commit(newestAt(ctx, v.mirror, v.hash, v.env.readsOf(d)))
	if err != nil {
		return Commit{} // nothing has touched it yet
	}
	return commitOf(newest)
}

// sorted are the objects by identity.
func (d *desired) sorted() []*wanted {
	all := make([]*wanted, 0, len(d.objects))
	for _, w := range d.objects {
		all = append(all, w)
	}
	slices.SortFunc(all, func(a, b *wanted) int { return a.id.Compare(b.id) })
	return all
}

// compareVisits compares what two visits found.
func compareVisits(ctx context.Context, from, to *visit) (*Comparison, error) {
	r := &Comparison{From: from.at(), To: to.at(), FromCommit: from.commit(ctx), ToCommit: to.commit(ctx)}
	for _, v := range []*visit{from, to} {
		if v.err == nil {
			continue
		}
		for _, problem := range problemsOf(v.err) {
			r.Problems = append(r.Problems, fmt.Sprintf("%s (%s at %s)", problem, v.env.spec.Name, v.hash.Short()))
		}
	}
	if len(r.Problems) > 0 {
		return r, nil
	}
	c := comparison{spec: to.env.spec, before: from.side, after: to.side}
	m := matchByIdentity(from.desired, to.desired)
	if from.env != to.env {
		c.before.label = from.env.spec.Name + " " + from.hash.Short()
		c.after.label = to.env.spec.Name + " " + to.hash.Short()
		m = matchByName(from.env.spec, to.env.spec, from.desired, to.desired)
	}
	r.Namespaces, r.Ambiguous = m.namespacePairs(), m.ambiguous
	for _, p := range m.pairs {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if m.same(p) {
			r.Unchanged++
			continue
		}
		change := c.change(p, m.manifests)
		switch change.Operation {
		case Update:
			r.Images = append(r.Images, imagesBetween(from.desired.of(p.before.id), to.desired.of(p.after.id))...)
		case Delete:
			change.Environment = from.env.spec.Name
		}
		r.Changes = append(r.Changes, change)
	}
	r.findCommon()
	return r, nil
}

// fewObjects is up to how many objects may differ alike without that being told
// apart from what else differs.
const fewObjects = 2

// findCommon finds the differences that more than half of the objects have.
func (r *Comparison) findCommon() {
	updated := 0
	all := map[string]*CommonDifference{}
	for i := range r.Changes {
		if r.Changes[i].Operation != Update {
			continue
		}
		updated++
		seen := map[string]bool{} // an object counts once, however often it has the field
		for _, f := range r.Changes[i].Fields {
			key := fmt.Sprintf("%q %#v %#v", f.Name(), f.Live, f.Desired)
			if f.Masked || seen[key] {
				continue
			}
			seen[key] = true
			if all[key] == nil {
				all[key] = &CommonDifference{Name: f.Name(), From: f.Live, To: f.Desired}
			}
			all[key].Objects++
		}
	}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if c := all[key]; c.Objects > max(fewObjects, updated/2) {
			r.Common = append(r.Common, *c)
		}
	}
}

func (c *CommonDifference) is(f FieldChange) bool {
	return !f.Masked && c.Name == f.Name() && reflect.DeepEqual(c.From, f.Live) && reflect.DeepEqual(c.To, f.Desired)
}

// Own are the fields of a change that are not among the common differences.
func (r *Comparison) Own(c *Change) []FieldChange {
	var own []FieldChange
	for _, f := range c.Fields {
		if !slices.ContainsFunc(r.Common, func(common CommonDifference) bool { return common.is(f) }) {
			own = append(own, f)
		}
	}
	return own
}

// Ordinary tells whether an object differs in nothing but what is common.
func (r *Comparison) Ordinary(c *Change) bool {
	return c.Operation == Update && len(c.Fields) > 0 && len(r.Own(c)) == 0
}

// imagesBetween lists the images of one object that are others in another one.
func imagesBetween(before, after []*use) []ImageUpdate {
	var updates []ImageUpdate
	for _, u := range after {
		i := slices.IndexFunc(before, func(old *use) bool { return old.container == u.container })
		if i < 0 || before[i].image == u.image {
			continue
		}
		update := ImageUpdate{Object: u.object, Container: u.container, Repository: u.repository(), From: tagOf(before[i].ref), To: tagOf(u.ref)}
		if before[i].repository() != update.Repository {
			update.From = before[i].image
		}
		updates = append(updates, update)
	}
	return updates
}
