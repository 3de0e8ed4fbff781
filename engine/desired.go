package engine

import (
	"context"
	"io/fs"
	"slices"
	"strings"
	"sync/atomic"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/engine/internal/holds"
	"github.com/evenkeel/evenkeel/engine/render"
	"github.com/evenkeel/evenkeel/gitrepo"
	"github.com/evenkeel/evenkeel/kube"
)

// desired is what Git says of one environment at one revision. It is immutable
// once an environment has taken it.
type desired struct {
	revision gitrepo.Hash
	objects  map[ID]*wanted
	// closure are the files that the rendering read, relative to the root of
	// the repository.
	closure []string
	// guessed are the kinds of which nobody could say whether they live in
	// namespaces, so that their objects may be known under a wrong identity.
	guessed []schema.GroupKind
	// uses are the images that the objects name, sorted by object, and marked the
	// files with comments of Flux v2's image automation.
	uses   []*use
	marked []string
	// holds are what keeps images as they are, and holdsErr why that cannot be
	// read: everything is held then.
	holds    []holds.Hold
	holdsErr string
	// jobs are what stands in the file that verify names, which is run and not
	// applied, and verifyErr why that cannot be.
	jobs      []*wanted
	verifyErr string
}

// wanted is one object as Git says it. It is kept as JSON: it is needed only
// when something about the object changes, and a decoded one takes many times
// the memory.
type wanted struct {
	id           ID
	gvk          schema.GroupVersionKind
	file         string
	line         int
	hash         uint64
	ignore       bool
	ignoreFields []string
	json         []byte
	// decoded is the object as it was rendered, until somebody takes it: the
	// first comparison follows at once and need not decode it again.
	decoded atomic.Pointer[unstructured.Unstructured]
}

// manifest returns the object; the caller owns it.
func (w *wanted) manifest() *unstructured.Unstructured {
	if o := w.decoded.Swap(nil); o != nil {
		return o
	}
	o := &unstructured.Unstructured{}
	// The bytes come from encoding a rendered object, so they decode.
	_ = o.UnmarshalJSON(w.json)
	return o
}

// renderAt renders an environment at a revision. cluster may be nil; then the
// scope of kinds that neither Kubernetes nor the tree defines is guessed.
func renderAt(ctx context.Context, tree *gitrepo.Tree, revision gitrepo.Hash, spec config.Environment, cluster *kube.Cluster) (*desired, error) {
	s := scoper{ctx: ctx, cluster: cluster}
	d, err := renderWith(ctx, tree, revision, spec, s.scope)
	if err != nil {
		return nil, err
	}
	d.guessed = s.guessed
	if len(d.marked) > 0 {
		d.followFlux(ctx, tree)
	}
	d.readHolds(tree, spec.Name)
	d.readVerification(ctx, tree, spec, s.scope)
	d.locateLocks(tree)
	return d, nil
}

// renderWith is renderAt with a scope function of one's own.
func renderWith(ctx context.Context, tree fs.FS, revision gitrepo.Hash, spec config.Environment, scope func(schema.GroupKind) (namespaced, known bool)) (*desired, error) {
	result, err := render.Render(ctx, tree, render.Options{Path: spec.Path, Namespace: spec.Namespace, Scope: scope})
	if err != nil {
		return nil, err
	}
	d := &desired{
		revision: revision, objects: make(map[ID]*wanted, len(result.Objects)),
		closure: result.Closure, marked: result.Marked,
	}
	for i := range result.Objects {
		w := wantedOf(&result.Objects[i])
		if spec.Verify != "" && w.file == spec.Verify {
			d.jobs = append(d.jobs, w)
			continue
		}
		d.uses = append(d.uses, usesOf(w, result.Objects[i].Manifest)...)
		d.objects[w.id] = w
	}
	return d, nil
}

func wantedOf(o *render.Object) *wanted {
	w := &wanted{
		id: o.ID, gvk: o.GVK, file: o.File, line: o.Line, hash: o.Hash,
		ignore: o.Ignore, ignoreFields: o.IgnoreFields, json: o.JSON,
	}
	w.decoded.Store(o.Manifest)
	return w
}

// scoper asks the cluster for the scope of custom kinds. Those that Kubernetes
// brings along are known without a request, so they are not asked for, and a
// cluster that cannot be reached is asked once only.
type scoper struct {
	ctx     context.Context
	cluster *kube.Cluster // nil: there is none to ask
	failed  bool
	guessed []schema.GroupKind
}

func (s *scoper) scope(gk schema.GroupKind) (namespaced, known bool) {
	if !custom(gk.Group) {
		return false, false
	}
	if s.cluster != nil && !s.failed {
		var err error
		namespaced, known, err = s.cluster.Scope(s.ctx, gk)
		s.failed = err != nil
	}
	if !known {
		s.guessed = append(s.guessed, gk)
	}
	return namespaced, known
}

// custom tells whether a group is one that Kubernetes itself does not serve.
// Custom resources may call themselves k8s.io too: gateway.networking.k8s.io.
func custom(group string) bool {
	if !strings.Contains(group, ".") {
		return false
	}
	switch strings.TrimSuffix(group, ".k8s.io") {
	case "admissionregistration", "apiextensions", "apiregistration", "authentication", "authorization", "certificates",
		"coordination", "discovery", "events", "flowcontrol.apiserver", "internal.apiserver", "networking", "node",
		"rbac.authorization", "resource", "scheduling", "storage", "storagemigration":
		return !strings.HasSuffix(group, ".k8s.io")
	}
	return true
}

// follow is what the live view should watch for this desired set.
func (d *desired) follow() map[ID]schema.GroupVersionKind {
	want := make(map[ID]schema.GroupVersionKind, len(d.objects))
	for id, w := range d.objects {
		if !w.ignore {
			want[id] = w.gvk
		}
	}
	return want
}

// changeFrom lists the objects that differ from an earlier desired set. Those
// that do not are shared with it from now on, so that nothing is kept twice.
func (d *desired) changeFrom(old *desired) []ID {
	var ids []ID
	for id, w := range d.objects {
		if o := old.objects[id]; o != nil && o.hash == w.hash && o.gvk == w.gvk && o.file == w.file && o.line == w.line {
			d.objects[id] = o
		} else {
			ids = append(ids, id)
		}
	}
	for id := range old.objects {
		if d.objects[id] == nil {
			ids = append(ids, id)
		}
	}
	return ids
}

// kinds returns the kinds and the namespaces of the objects, for the inventory.
func (d *desired) kinds() (kinds []schema.GroupKind, namespaces []string) {
	seenKind, seenNamespace := map[schema.GroupKind]bool{}, map[string]bool{}
	for id, w := range d.objects {
		if w.ignore {
			continue
		}
		if gk := id.GroupKind(); !seenKind[gk] {
			seenKind[gk] = true
			kinds = append(kinds, gk)
		}
		if ns := id.Namespace; ns != "" && !seenNamespace[ns] {
			seenNamespace[ns] = true
			namespaces = append(namespaces, ns)
		}
	}
	slices.SortFunc(kinds, func(a, b schema.GroupKind) int { return strings.Compare(a.String(), b.String()) })
	slices.Sort(namespaces)
	return kinds, namespaces
}
