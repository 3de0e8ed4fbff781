package command

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/testdata/demo"
)

// demoOptions are the flags of demo.
type demoOptions struct {
	dir       string
	noConsole bool
	stir      time.Duration // 0: nothing happens by itself
}

func (a *app) demo() *cobra.Command {
	var o demoOptions
	c := &cobra.Command{
		Use:   "demo",
		Short: "Make a whole world on this machine to try evenkeel in",
		Long: `Make a whole world on this machine to try evenkeel in: a cluster, the config
repository of a small shop with its history, and a registry with its images.

The first time, the cluster is built from source, which takes minutes. When the
demo ends, nothing of it is left, unless --dir keeps it.`,
		Example: `  evenkeel demo
  evenkeel demo --stir
  evenkeel demo --no-console --dir ~/world     # then elsewhere: . ~/world/env`,
		Args: cobra.NoArgs,
	}
	flags := c.Flags()
	flags.StringVar(&o.dir, "dir", "", "keep the world in this directory between runs")
	flags.BoolVar(&o.noConsole, "no-console", false, "only keep the world up, for commands in other terminals")
	flags.DurationVar(&o.stir, "stir", 0, "let something happen every so often")
	flags.Lookup("stir").NoOptDefVal = "5s"
	c.RunE = a.run(func(ctx context.Context, _ []string) (int, error) {
		return exitClean, a.runDemo(ctx, o)
	})
	return c
}

func (a *app) runDemo(ctx context.Context, o demoOptions) (err error) {
	progress := a.demoProgress()
	world, err := demo.Up(ctx, demo.Options{
		Dir: o.dir, Context: a.source.Context, Kubeconfig: a.kubeconfig, Progress: progress.show,
	})
	progress.end()
	if err != nil {
		return err
	}
	// What uses the world ends before the world does.
	ctx, cancel := context.WithCancelCause(ctx)
	happenings := stir(ctx, world, o.stir)
	defer func() {
		cancel(nil)
		for range happenings { // until the stirring has ended
		}
		err = errors.Join(err, a.leave(world, o.dir))
	}()
	go func() {
		select {
		case <-world.Done():
			cancel(errors.New("the cluster of the demo has ended by itself"))
		case <-ctx.Done():
		}
	}()
	if o.noConsole {
		return a.keepUp(ctx, world, happenings)
	}
	a.source = engine.Source{ConfigFile: world.Config(), CacheDir: world.CacheDir()}
	a.kubeconfig = world.Kubeconfig()
	s, err := a.open(ctx, true)
	if err != nil {
		return err
	}
	defer s.close()
	return a.watch(s, happenings)
}

// keepUp tells how to use the world from elsewhere, and waits.
func (a *app) keepUp(ctx context.Context, world *demo.World, happenings <-chan string) error {
	p := a.printer(a.Out)
	p.line(span{"The world is up. In another terminal:", bold})
	p.blank()
	p.line(span{"  . " + world.EnvFile() + " && evenkeel status", plain})
	p.blank()
	for _, variable := range world.Env() {
		p.line(span{"  export " + variable, dim})
	}
	p.blank()
	p.line(span{"Ctrl-C ends it.", plain})
	for {
		select {
		case line, open := <-happenings:
			if !open {
				happenings = nil
				continue
			}
			printHappening(p, time.Now(), line)
		case <-ctx.Done():
			return ended(ctx)
		}
	}
}

// ended is the reason why a command that runs until it is told to end did so
// without being told; nil when it was.
func ended(ctx context.Context) error {
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// leave ends the world, and says what is left of it.
func (a *app) leave(world *demo.World, dir string) error {
	if err := world.Close(); err != nil {
		return fmt.Errorf("ending the demo: %w", err)
	}
	p := a.printer(a.Err)
	if dir == "" {
		p.line(span{"The demo is over, and nothing of it is left.", dim})
		return nil
	}
	p.line(span{"The world is kept in " + world.Dir() + ". To go on: ", dim}, span{"evenkeel demo --dir " + dir, bold})
	return nil
}

// stir makes things happen in the world, and says what. The channel is closed
// when that has ended; at once, when every is 0.
func stir(ctx context.Context, world *demo.World, every time.Duration) <-chan string {
	happenings := make(chan string)
	if every <= 0 {
		close(happenings)
		return happenings
	}
	tell := func(line string) {
		select {
		case happenings <- line:
		case <-ctx.Done():
		}
	}
	go func() {
		defer close(happenings)
		if err := world.Stir(ctx, every, tell); err != nil && ctx.Err() == nil {
			tell("the stirring has ended: " + err.Error())
		}
	}()
	return happenings
}

// demoProgress shows how far the making of a world is: on one line that is
// written over on a terminal, on lines of their own elsewhere.
type demoProgress struct {
	p     *printer
	live  bool
	steps []demo.Step // the latest of each name, in order of appearance
}

func (a *app) demoProgress() *demoProgress {
	return &demoProgress{p: a.printer(a.Err), live: isTerminal(a.Err) && prepareTerminal(a.Err)}
}

func (d *demoProgress) show(s demo.Step) {
	first := true
	for i := range d.steps {
		if d.steps[i].Name == s.Name {
			d.steps[i], first = s, false
		}
	}
	if first {
		d.steps = append(d.steps, s)
	}
	if d.live {
		d.p.limit = columns(d.p.w) - 1 // the cursor has to stay on the line
		d.p.write("\r\x1b[K")
		d.p.part(d.spans()...)
		return
	}
	// A count is of no use where it cannot be written over.
	if first || s.Total <= 1 || s.Done == s.Total {
		d.p.line(span{s.Name + ": ", bold}, span{s.Detail, plain})
	}
}

func (d *demoProgress) spans() []span {
	var spans []span
	for i, s := range d.steps {
		if i > 0 {
			spans = append(spans, span{"   ", plain})
		}
		detail := s.Detail
		if s.Done < s.Total && s.Total > 1 {
			detail = fmt.Sprintf("%d of %d", s.Done, s.Total)
		}
		spans = append(spans, span{s.Name + " ", bold}, span{detail, plain})
	}
	return spans
}

func (d *demoProgress) end() {
	if d.live {
		d.p.write("\r\x1b[K")
	}
}
