package command

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/testdata/demo"
	"github.com/evenkeel/evenkeel/ui/console"
)

// demoOptions are the flags of demo.
type demoOptions struct {
	look
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
	o.addTo(c)
	flags.BoolVar(&o.noConsole, "no-console", false, "only keep the world up, for commands in other terminals")
	flags.DurationVar(&o.stir, "stir", 0, "let something happen every so often")
	flags.Lookup("stir").NoOptDefVal = "5s"
	c.RunE = a.run(func(ctx context.Context, _ []string) (int, error) {
		return exitClean, a.runDemo(ctx, o)
	})
	return c
}

// runDemo shows a world, from its making to its end.
func (a *app) runDemo(ctx context.Context, o demoOptions) error {
	d := &demonstration{app: a, options: o}
	if o.noConsole {
		progress := a.stepPrinter()
		happenings, err := d.up(ctx, progress.show)
		progress.end()
		if err == nil {
			err = a.keepUp(d.ctx, d.world, happenings)
		}
		return errors.Join(err, d.down())
	}
	err := a.show(ctx, o.look, "demo: the cluster, registry and config repository of a small shop",
		func(ctx context.Context, tell func(console.Step)) (*session, <-chan string, error) {
			happenings, err := d.up(ctx, tell)
			if err != nil {
				return nil, nil, err
			}
			a.source = engine.Source{ConfigFile: d.world.Config(), CacheDir: d.world.CacheDir()}
			a.kubeconfig = d.world.Kubeconfig()
			s, err := a.open(d.ctx, true)
			if err == nil && d.world.Fresh() && !a.readOnly {
				err = d.beginStory(s, tell)
			}
			if err != nil {
				if s != nil {
					s.close()
				}
				return nil, nil, err
			}
			return s, happenings, nil
		})
	return errors.Join(err, d.down())
}

// demonstration is a world while it is being shown.
type demonstration struct {
	*app
	options    demoOptions
	world      *demo.World
	ctx        context.Context // ends before the world does
	cancel     context.CancelCauseFunc
	happenings <-chan string
}

// up makes the world, and returns what happens in it.
func (d *demonstration) up(ctx context.Context, tell func(console.Step)) (<-chan string, error) {
	o := demo.Options{
		Dir: d.options.dir, Context: d.source.Context, Kubeconfig: d.kubeconfig,
		Progress: func(s demo.Step) { tell(console.Step(s)) },
	}
	world, err := demo.Up(ctx, o)
	if err != nil {
		return nil, err
	}
	d.world = world
	d.ctx, d.cancel = context.WithCancelCause(ctx)
	d.happenings = stir(d.ctx, world, d.options.stir)
	go func() {
		select {
		case <-world.Done():
			d.cancel(errors.New("the cluster of the demo has ended by itself"))
		case <-d.ctx.Done():
		}
	}()
	return d.happenings, nil
}

// beginStory brings a new world to where somebody comes in: production was
// synced, and has been changed by hand since. Everything else is automatic.
func (d *demonstration) beginStory(s *session, tell func(console.Step)) error {
	const production = "production"
	ctx := s.ctx // so that nothing is waited for that a dead cluster would have to do
	if _, err := s.settle(); err != nil {
		return err
	}
	step := console.Step{Name: production, Detail: "waiting for the kinds that it uses", Total: 1}
	tell(step)
	if err := await(ctx, s, "platform", func(e *engine.Environment) bool {
		return e.State == engine.StateSynced && e.AppliedRevision != ""
	}); err != nil {
		return err
	}
	plan, err := s.Plan(ctx, engine.Request{Action: engine.ActionSync, Environment: production, By: operator()})
	if err != nil {
		return err
	}
	step.Detail, step.Total = "the first sync", len(plan.Changes)
	outcome, err := s.Execute(ctx, plan, func(engine.Step) { step.Done++; tell(step) })
	if err != nil {
		return err
	}
	if !outcome.Succeeded() {
		return fmt.Errorf("the first sync of production: %d of %d objects were refused: %s", outcome.Failed(), len(outcome.Steps), outcome.Err)
	}
	step.Detail = "waiting until it is well"
	tell(step)
	// What the record says to be Healthy is where one can go back to.
	if err := await(ctx, s, production, func(e *engine.Environment) bool {
		return len(e.Syncs) > 0 && e.Syncs[0].Health == engine.Healthy
	}); err != nil {
		return err
	}
	if err := d.world.Night(ctx); err != nil {
		return err
	}
	// What differs is what one has to see first.
	return await(ctx, s, production, func(e *engine.Environment) bool { return e.Differing() > 0 })
}

// await waits until an environment is as it has to be.
func await(ctx context.Context, s *session, environment string, holds func(*engine.Environment) bool) error {
	for snapshot := range s.Subscribe(ctx) {
		if holds(snapshot.Environment(environment)) {
			break
		}
	}
	return context.Cause(ctx)
}

// down ends the world, after what uses it.
func (d *demonstration) down() error {
	if d.world == nil {
		return nil
	}
	d.cancel(nil)
	for range d.happenings { // until the stirring has ended
	}
	return d.leave(d.world, d.options.dir)
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
