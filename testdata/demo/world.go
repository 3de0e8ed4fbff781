package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/evenkeel/evenkeel/kube"
	"github.com/evenkeel/evenkeel/registry/registrytest"
	"github.com/evenkeel/evenkeel/testdata/controlplane"
)

// Options say where a world is made.
type Options struct {
	// Dir keeps the world between runs. Empty makes a temporary one, which
	// goes away with Close.
	Dir string
	// Context is the kubeconfig context of an existing cluster to take in the
	// place of one of the world's own.
	Context string
	// Kubeconfig is the file that the context is in. Empty means the files of
	// KUBECONFIG, or ~/.kube/config.
	Kubeconfig string
	// Progress, where it is not nil, is told how far Up is, one call at a time.
	Progress func(Step)
}

// World is a cluster, a config repository and a registry, up until Close.
type World struct {
	dir       string
	temporary bool
	fresh     bool // made by this Up, and not by one before
	unlock    func() error
	record    record
	server    *registrytest.Server

	cluster    *controlplane.Cluster // nil: the cluster is not ours
	borrowed   *kube.Cluster         // nil: the cluster is ours
	kubeconfig string                // empty: where everybody looks

	closing sync.Once
	closed  error
}

// Up makes a world, or starts the one that Dir holds again. The first world on
// a machine builds its control plane, which takes minutes.
//
// The context bounds the start alone: what is up stays up until Close, so that
// whoever uses it can end first. When this process dies, so does what it
// started.
func Up(ctx context.Context, o Options) (w *World, err error) {
	w = &World{}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.Close())
			w = nil
		}
	}()
	if err := w.occupy(o.Dir); err != nil {
		return w, err
	}
	known, err := w.load(o.Context)
	if err != nil {
		return w, err
	}
	w.fresh = !known
	tell := teller(o.Progress)
	// What is served outlives the start.
	lasting := context.WithoutCancel(ctx)

	group, starting := errgroup.WithContext(ctx)
	group.Go(func() error {
		if o.Context != "" {
			return w.borrow(starting, o, known, tell)
		}
		return w.startCluster(starting, tell)
	})
	group.Go(func() error {
		// The registry's address goes into the history.
		if err := w.openRegistry(lasting, known); err != nil {
			return err
		}
		if err := w.fillRegistry(starting, tell); err != nil {
			return err
		}
		return w.fillRepository(starting, tell)
	})
	if err := group.Wait(); err != nil {
		return w, err
	}
	return w, w.writeEnv()
}

// occupy takes the directory for this world alone.
func (w *World) occupy(dir string) (err error) {
	if dir == "" {
		w.temporary = true
		w.dir, err = os.MkdirTemp("", "evenkeel-demo-*")
	} else if w.dir, err = filepath.Abs(dir); err == nil {
		err = os.MkdirAll(w.dir, 0o700)
	}
	if err != nil {
		return fmt.Errorf("making the world's directory: %w", err)
	}
	w.unlock, err = lock(w.dir)
	return err
}

func (w *World) startCluster(ctx context.Context, tell func(Step)) error {
	cluster, err := controlplane.Start(ctx, w.path("cluster"), func(p controlplane.Progress) {
		tell(Step{Name: stepCluster, Detail: p.Text, Done: p.Done, Total: max(1, p.Total)})
	})
	if err != nil {
		return err
	}
	w.cluster, w.kubeconfig = cluster, cluster.Kubeconfig()
	tell(Step{Name: stepCluster, Detail: "ready", Done: 1, Total: 1})
	return nil
}

// openRegistry serves the registry where it was before. A new world is given
// any free port, one that is kept the one that reads well: temporary worlds
// leave it alone, so that it is free again the next time.
func (w *World) openRegistry(ctx context.Context, known bool) (err error) {
	if known {
		if w.server, err = registrytest.Serve(ctx, w.record.Registry); err != nil {
			return fmt.Errorf("the images of the world in %s are named after %s; end what else listens there: %w", w.dir, w.record.Registry, err)
		}
		return nil
	}
	if !w.temporary {
		// It is only nicer to have: if the port is taken, another one will do.
		w.server, _ = registrytest.Serve(ctx, shopRegistry)
	}
	if w.server == nil {
		if w.server, err = registrytest.Serve(ctx, "127.0.0.1:0"); err != nil {
			return err
		}
	}
	w.record.Registry = w.server.Host()
	return w.save()
}

// fillRegistry pushes every image, in each run: the registry forgets, and the
// same image gets the same digest.
func (w *World) fillRegistry(ctx context.Context, tell func(Step)) error {
	total := len(w.record.Images)
	for i, image := range w.record.Images {
		tell(Step{Name: stepRegistry, Detail: image.name(), Done: i, Total: total})
		if err := image.push(ctx, w.server); err != nil {
			return err
		}
	}
	tell(Step{Name: stepRegistry, Detail: "ready", Done: total, Total: total})
	return nil
}

// fillRepository makes what is not there yet of the repository and of the
// environment file.
func (w *World) fillRepository(ctx context.Context, tell func(Step)) error {
	place := place{Registry: w.record.Registry, Repository: w.Repository(), Context: w.record.Context}
	if missing(w.Repository()) {
		if err := makeRepository(ctx, w.Repository(), place, w.record.Born, tell); err != nil {
			return err
		}
	}
	if missing(w.Config()) {
		shop, err := readTree()
		if err != nil {
			return err
		}
		if err := writeFile(w.Config(), []byte(place.settle(shop)[configFile])); err != nil {
			return err
		}
	}
	tell(Step{Name: stepRepository, Detail: "ready", Done: 1, Total: 1})
	return nil
}

// Config is the path of an evenkeel.yaml that names the repository.
func (w *World) Config() string { return w.path(configFile) }

// Repository is the path, and so the URL, of the bare repository. Its root
// holds the same evenkeel.yaml.
func (w *World) Repository() string { return w.path("config.git") }

// CacheDir is where evenkeel may keep its mirror, to leave nothing elsewhere.
func (w *World) CacheDir() string { return w.path("cache") }

// Kubeconfig is the path of the cluster's kubeconfig; empty means the one that
// is used anyway.
func (w *World) Kubeconfig() string { return w.kubeconfig }

// Context is the kubeconfig context; empty means the current one.
func (w *World) Context() string { return w.record.Context }

// Registry is the registry's host and port.
func (w *World) Registry() string { return w.record.Registry }

// Fresh tells whether the world is new, so that nothing has been synced in it.
func (w *World) Fresh() bool { return w.fresh }

// Dir is the world's directory.
func (w *World) Dir() string { return w.dir }

// Done is closed when the world's cluster has ended although nobody closed the
// world. It never is for an existing cluster.
func (w *World) Done() <-chan struct{} {
	if w.cluster == nil {
		return nil
	}
	return w.cluster.Done()
}

// closingTime bounds what is still asked of an existing cluster.
const closingTime = time.Minute

// Close ends everything that the world started. A temporary world leaves
// nothing: its directory goes, and from an existing cluster the namespaces, the
// kinds and the records that it has put there. A kept one stays in its
// directory, and on an existing cluster.
func (w *World) Close() error {
	w.closing.Do(func() { w.closed = w.close() })
	return w.closed
}

func (w *World) close() error {
	var errs []error
	if w.cluster != nil {
		errs = append(errs, w.cluster.Stop())
	}
	if w.server != nil {
		errs = append(errs, w.server.Close())
	}
	if w.borrowed != nil && w.temporary {
		ctx, cancel := context.WithTimeout(context.Background(), closingTime)
		defer cancel()
		errs = append(errs, giveBack(ctx, w.borrowed))
	}
	switch {
	case w.dir == "":
	case w.temporary:
		errs = append(errs, os.RemoveAll(w.dir))
	default:
		errs = append(errs, remove(w.EnvFile()))
	}
	if w.unlock != nil {
		errs = append(errs, w.unlock())
	}
	return errors.Join(errs...)
}

func (w *World) path(name string) string { return filepath.Join(w.dir, name) }
