package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui"
)

// How a command ends, as diff(1) and kubectl diff do.
const (
	exitClean   = 0 // nothing to report
	exitDiffers = 1 // differences or pending work
	exitTrouble = 2
)

// Streams are what a command reads and writes.
type Streams struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer
}

// Run executes the command that args name and returns its exit code. Errors
// are written to the error stream.
func Run(ctx context.Context, args []string, streams Streams) int {
	a := &app{Streams: streams, format: formatText}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(streams.In)
	root.SetOut(streams.Out)
	root.SetErr(streams.Err)
	if err := root.ExecuteContext(ctx); err != nil {
		a.complain(ctx, err)
		return exitTrouble
	}
	return a.code
}

// app is what the commands of one run share: the streams, the global flags and
// the exit code.
type app struct {
	Streams
	source     engine.Source
	kubeconfig string
	readOnly   bool
	format     format
	code       int
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "evenkeel",
		Short: "Keep Kubernetes clusters equal to a Git repository",
		Long: `evenkeel keeps Kubernetes clusters equal to what a Git repository says, and
shows where they differ.

Without a command it opens the console: it follows every environment, syncs
those that are auto, and lets an operator act on all of them.
The environments are read from evenkeel.yaml: the one given with --config, the
one at the root of --repo, or the nearest one from this directory upwards.

Every command ends with 0 when there is nothing to report, 1 when there are
differences or pending work, and 2 on trouble.`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	var l look
	l.addTo(root)
	root.RunE = a.run(func(ctx context.Context, _ []string) (int, error) { return a.follow(ctx, l) })
	flags := root.PersistentFlags()
	flags.StringVar(&a.source.ConfigFile, "config", "", "environment file (default $EVENKEEL_CONFIG, or the nearest evenkeel.yaml)")
	flags.StringVar(&a.source.Repo, "repo", "", "URL of the config repository (default $EVENKEEL_REPO)")
	flags.StringVar(&a.source.Path, "path", "", "with --repo: the one directory to sync, with no evenkeel.yaml")
	flags.StringVar(&a.source.Branch, "branch", "", "with --repo: branch to follow (default the remote's)")
	flags.StringVar(&a.source.Namespace, "namespace", "", "with --path: namespace of objects that name none")
	flags.StringVar(&a.source.Context, "context", "", "with --path: kubeconfig context (default the current one)")
	flags.StringVar(&a.kubeconfig, "kubeconfig", "", "kubeconfig file (default $KUBECONFIG, or ~/.kube/config)")
	flags.BoolVar(&a.readOnly, "read-only", false, "change nothing: no automatic sync, and no action")
	flags.VarP(&a.format, "output", "o", "output format: text or json")
	root.PersistentPreRun = func(*cobra.Command, []string) { a.sourceFromEnvironment() }
	a.completeFlags(root)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fmt.Errorf("%w\nSee '%s --help'", err, c.CommandPath())
	})
	root.AddCommand(
		a.status(), a.diff(), a.sync(), a.images(), a.approve(), a.promote(), a.rollback(), a.hold(), a.release(), a.history(), a.showAt(), a.compare(),
		a.suspend(), a.resume(), a.demo(), a.config(), a.version(),
	)
	return root
}

// sourceFromEnvironment fills in what flags leave open. A flag always wins, and
// so says all there is to say.
func (a *app) sourceFromEnvironment() {
	a.source.CacheDir = os.Getenv("EVENKEEL_CACHE_DIR")
	if a.source.ConfigFile != "" || a.source.Repo != "" {
		return
	}
	a.source.ConfigFile = os.Getenv("EVENKEEL_CONFIG")
	if a.source.ConfigFile == "" || a.source.Path != "" {
		a.source.ConfigFile = ""
		a.source.Repo = os.Getenv("EVENKEEL_REPO")
	}
}

// run turns a function that ends with an exit code into one that cobra calls.
func (a *app) run(f func(ctx context.Context, args []string) (int, error)) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		code, err := f(c.Context(), args)
		a.code = code
		return err
	}
}

// complain writes an error, which may have several lines, to the error stream.
func (a *app) complain(ctx context.Context, err error) {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = errors.New("interrupted")
	}
	p := a.printer(a.Err)
	for i, line := range ui.CleanLines(err.Error()) {
		lead := "evenkeel: "
		if i > 0 {
			lead = "  "
		}
		p.line(span{lead, plain}, span{line, plain})
	}
}

// printer writes text to one of the streams, in colour when a person reads it
// on a terminal and has not asked for none.
func (a *app) printer(w io.Writer) *printer {
	return &printer{w: w, colour: colourful(w)}
}

func colourful(w io.Writer) bool {
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && isTerminal(w) && prepareTerminal(w)
}

// isTerminal tells whether a stream is one that a person sits at.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// format is the value of --output.
type format string

const (
	formatText format = "text"
	formatJSON format = "json"
)

func (f *format) String() string { return string(*f) }
func (f *format) Type() string   { return "format" }

func (f *format) Set(s string) error {
	switch format(s) {
	case formatText, formatJSON:
		*f = format(s)
		return nil
	}
	return errors.New("it is text or json")
}
