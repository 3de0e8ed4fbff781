package render

import (
	"context"
	"io/fs"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/evenkeel/evenkeel/kube"
)

// Options says what to render.
type Options struct {
	// Path is the directory, or the one file, relative to the repository.
	Path string
	// Namespace is taken by namespaced objects that name none; empty means
	// "default".
	Namespace string
	// Scope tells whether the cluster keeps a kind in namespaces, and is asked
	// once for each. It may be nil: then custom resource definitions in the tree and what is known of
	// the kinds of Kubernetes itself decide.
	Scope func(schema.GroupKind) (namespaced, known bool)
}

// Result is what a tree describes.
type Result struct {
	// Objects are sorted by identity.
	Objects []Object
	// Closure is every file, and every symbolic link on the way to one, that
	// was read: relative to the repository, sorted.
	Closure []string
	// Marked are those files of the closure that carry comments of Flux v2's
	// image automation.
	Marked []string
}

// Object is one object of the desired state.
type Object struct {
	ID  kube.ID
	GVK schema.GroupVersionKind
	// Manifest is normalised: it has no status, no nulls and no empty creation
	// time, a Secret's stringData is folded into its data, and numbers are
	// int64 or float64. It is shared by whoever holds the Result: copy it
	// before changing it.
	Manifest *unstructured.Unstructured
	// File and Line are where the object was written down, or, for one that
	// was generated, the file that asked for it and 0.
	File string
	Line int
	// JSON is the manifest with its keys sorted, and Hash is taken over it.
	JSON []byte
	Hash uint64
	// Ignore: neither applied, compared nor pruned.
	Ignore bool
	// PruneDisabled: never pruned.
	PruneDisabled bool
	// IgnoreFields are JSON pointers to fields left to others.
	IgnoreFields []string
}

// Render reads the objects below a path. The error is a Problems that holds
// everything found wrong, unless the context ended. A directory without objects
// is no error here.
func Render(ctx context.Context, fsys fs.FS, o Options) (*Result, error) {
	t := newTree(fsys)
	documents, unread := read(ctx, t, o.Path)
	objects, problems := makeObjects(ctx, documents, o)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	// What could be read is judged although the rest could not, so that one
	// look at the problems is enough.
	if problems = append(unread, problems...); len(problems) > 0 {
		return nil, problems.sorted()
	}
	return &Result{Objects: objects, Closure: t.closure(), Marked: t.marked()}, nil
}

// read chooses how a path is to be read, by what is there.
func read(ctx context.Context, t *tree, path string) ([]document, Problems) {
	at, info, err := t.resolve(path)
	if err != nil {
		return nil, Problems{{File: path, Message: reason(err)}}
	}
	if !info.IsDir() {
		return readFiles(ctx, t, []manifestFile{{path, at}})
	}
	names, err := t.kustomizationFiles(at)
	if err != nil {
		return nil, Problems{{File: path, Message: reason(err)}}
	}
	if len(names) > 0 {
		return kustomize(ctx, t, at)
	}
	return readDirectory(ctx, t, path)
}
