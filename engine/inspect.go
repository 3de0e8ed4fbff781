package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel/engine/drift"
)

// Inspection is one object looked at closely. It is immutable.
type Inspection struct {
	Environment string
	ID
	// Revision is the one that the object was compared with.
	Revision string
	// Object is what the snapshots say of it, as of then; nil when nothing is
	// known of such an object any more.
	Object *Object
	// Change is what a sync would do to the object; nil when it would do
	// nothing. A Reason says why it will not do it by itself.
	Change *Change
	// Desired is the whole object as Git renders it, in YAML, the values of a
	// Secret hidden; empty when Git does not name it.
	Desired string
	// Note says what else one should know: why the server could not be asked, so
	// that Change is only foretold, or why an object that Git does not name
	// stays. It may be empty.
	Note string

	fabric *fabric
}

// Inspect looks at one object. It asks the server only about one that is
// Modified, and then once.
func (e *Engine) Inspect(ctx context.Context, environment string, id ID) (*Inspection, error) {
	env, err := e.find(environment)
	if err != nil {
		return nil, err
	}
	in := &Inspection{Environment: environment, ID: id, fabric: &fabric{env: env}}
	var it *item
	if askErr := e.ask(ctx, func() { it, err = e.lookAt(in) }); askErr != nil {
		return nil, askErr
	}
	if err != nil {
		return nil, fmt.Errorf("inspect %s in %s: %w", id, environment, err)
	}
	if w := in.fabric.desired.objects[id]; w != nil {
		in.Desired = drift.Whole(w.manifest())
	}
	if it != nil {
		if err := e.foresee(ctx, in, it); err != nil {
			return nil, fmt.Errorf("inspect %s in %s: %w", id, environment, err)
		}
	} else if c := in.Change; c != nil && c.Operation == Delete {
		if live := in.fabric.link.view.Get(id); live != nil {
			c.texts(nil, live.Object(), nil)
		}
	}
	return in, nil
}

// lookAt takes down what is known of the object, and returns what a sync would
// do to it, if anything; a change that it would not make is noted at once.
func (e *Engine) lookAt(in *Inspection) (*item, error) {
	env := in.fabric.env
	if env.desired == nil {
		if reason := e.unreadable(env); reason != "" {
			return nil, fmt.Errorf("%w: %s", ErrNotReady, reason)
		}
		return nil, fmt.Errorf("%w: it is still being read", ErrNotReady)
	}
	in.fabric.link = env.link.Load()
	in.fabric.desired, in.Revision = env.desired, string(env.desired.revision)
	o := env.objects[in.ID]
	if o == nil || o.shown == nil {
		return nil, nil
	}
	in.Object = o.shown
	if env.live.Err != nil {
		in.Note = "the cluster cannot be read: " + env.live.Err.Error()
	}
	if it, ok := env.correction(in.ID, o); ok {
		return &it, nil
	}
	isThis := func(c Change) bool { return c.ID == in.ID }
	if o.shown.Drift != DriftExtra {
		if contested := env.contestants(); slices.ContainsFunc(contested, isThis) {
			in.Change = &contested[slices.IndexFunc(contested, isThis)]
		}
		return nil, nil
	}
	now, waiting := e.deletions(env)
	if i := slices.IndexFunc(now, func(it item) bool { return it.id == in.ID }); i >= 0 {
		return &now[i], nil
	}
	if i := slices.IndexFunc(waiting, isThis); i >= 0 {
		in.Change = &waiting[i]
		return nil, nil
	}
	switch {
	case o.live.Deleting:
		in.Note = "it is being deleted"
	case kept(o.live):
		in.Note = "its annotation " + pruneAnnotation + " keeps it from being deleted"
	}
	return nil, nil
}

// inspectPatience is how long a server may take to say what it would make of an
// object that somebody looks at.
const inspectPatience = 10 * time.Second

// foresee describes what a sync would do. A server that cannot be asked leaves
// it at what can be foretold.
func (e *Engine) foresee(ctx context.Context, in *Inspection, it *item) error {
	if it.operation == Update && in.Object.Drift == DriftModified && in.Note == "" {
		patient, cancel := context.WithTimeout(ctx, inspectPatience)
		defer cancel()
		c, err := in.fabric.change(patient, it)
		if err == nil {
			in.Change = &c
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		in.Note = "the server could not be asked: " + words(err)
	}
	c := in.fabric.outline(it)
	if it.operation == Update {
		c.update(it, it.live.Object(), nil)
	}
	in.Change = &c
	return nil
}

// Explain finds out who wrote in Git what differs, as Attribute does for a plan,
// and returns a copy of the inspection that says so. When ctx ends early, the
// copy holds what was found until then.
func (e *Engine) Explain(ctx context.Context, in *Inspection) (*Inspection, error) {
	out := *in
	if in.Change == nil {
		return &out, nil
	}
	changes := []Change{*in.Change}
	changes[0].Fields = slices.Clone(changes[0].Fields)
	out.Change = &changes[0]
	return &out, e.attribute(ctx, in.fabric, in.Revision, changes)
}
