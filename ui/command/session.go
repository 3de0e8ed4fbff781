package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/config"
)

// session is an engine that runs for as long as a command does.
type session struct {
	*engine.Engine
	ctx   context.Context // ends with the command, or when the engine does
	close func()          // ends the engine and waits for it
	// readOnly is what forbids to change anything from here; empty: nothing does.
	readOnly string
}

// open starts an engine on the environments that the flags name. Those named
// here must be among them. With automation it does what is to be done without a
// person, and asks image registries what there is.
func (a *app) open(ctx context.Context, automation bool, environments ...string) (*session, error) {
	return a.openWith(ctx, engine.Options{Automation: automation, Images: automation}, environments)
}

// openImages is open for a command that has to know which images there are: it
// asks their registries.
func (a *app) openImages(ctx context.Context, environments ...string) (*session, error) {
	return a.openWith(ctx, engine.Options{Images: true}, environments)
}

// openWith fills in the options that are the same for every command.
func (a *app) openWith(ctx context.Context, options engine.Options, environments []string) (*session, error) {
	c, err := engine.LoadConfig(ctx, a.source)
	if err != nil {
		return nil, err
	}
	for _, name := range environments {
		if err := checkEnvironment(c, name); err != nil {
			return nil, err
		}
	}
	settings, err := loadSettings()
	if err != nil {
		return nil, err
	}
	readOnly := ""
	switch {
	case a.readOnly:
		readOnly = "--read-only was given"
	case settings.ReadOnly:
		readOnly = "settings.yaml says readOnly: true"
	}
	if !options.Automation {
		// A command that is over in a moment does better with memory than with
		// tidying it up.
		debug.SetGCPercent(400)
	}
	options.Config = *c
	options.Kubeconfig = a.kubeconfig
	options.Contexts = settings.Contexts
	options.CacheDir = a.source.CacheDir
	options.Automation = options.Automation && readOnly == ""
	options.By = operator()
	options.Author = settings.Author
	if options.Images {
		if options.Logins, err = readLogins(settings.Registries); err != nil {
			return nil, err
		}
	}
	if slices.ContainsFunc(c.Environments, func(e config.Environment) bool { return e.Changes == config.ChangePullRequest }) {
		if options.Forges, err = readLogins(settings.Forges); err != nil {
			return nil, err
		}
	}
	options.Markdown = Markdown
	options.Version = readVersion().Version
	e, err := engine.New(options)
	if err != nil {
		return nil, err
	}
	s := start(ctx, e)
	s.readOnly = readOnly
	return s, nil
}

// mayChange is the error of somebody who has bound their own hands.
func (s *session) mayChange() error {
	if s.readOnly != "" {
		return fmt.Errorf("%s, so nothing is changed from here", s.readOnly)
	}
	return nil
}

// start runs an engine until the session is closed.
func start(ctx context.Context, e *engine.Engine) *session {
	ctx, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		cancel(e.Run(ctx))
	}()
	return &session{Engine: e, ctx: ctx, close: func() {
		cancel(nil)
		<-done
	}}
}

// settle waits until everything that can be known of the environments is.
func (s *session) settle(environments ...string) (*engine.Snapshot, error) {
	snapshot, err := s.Settle(s.ctx, environments...)
	if cause := context.Cause(s.ctx); err != nil && cause != nil {
		return nil, cause
	}
	return snapshot, err
}

// settleImages is settle for a session that has to know which tags there are.
func (s *session) settleImages(environments ...string) (*engine.Snapshot, error) {
	for snapshot := range s.Subscribe(s.ctx) {
		waits := slices.ContainsFunc(only(snapshot, environments).Environments, func(e *engine.Environment) bool {
			return !e.ImagesSettled
		})
		if !waits {
			return snapshot, nil
		}
	}
	return nil, cmp.Or(context.Cause(s.ctx), errors.New("the engine has ended"))
}

// settlePipelines is settle for a session that has to know what environments wait
// for that promote by themselves.
func (s *session) settlePipelines(environments ...string) (*engine.Snapshot, error) {
	for snapshot := range s.Subscribe(s.ctx) {
		waits := slices.ContainsFunc(only(snapshot, environments).Environments, func(e *engine.Environment) bool {
			return !e.Settled || e.Pipeline != nil && e.Pipeline.Looking
		})
		if !waits {
			return snapshot, nil
		}
	}
	return nil, cmp.Or(context.Cause(s.ctx), errors.New("the engine has ended"))
}

// environment is settle for one environment.
func (s *session) environment(name string) (*engine.Environment, error) {
	snapshot, err := s.settle(name)
	if err != nil {
		return nil, err
	}
	return snapshot.Environment(name), nil
}

// environmentFirst wants the name of an environment, and after it up to so many
// words more; -1 is any number.
func environmentFirst(more int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) == 0:
			return fmt.Errorf("which environment? %s", strings.TrimSuffix(c.UseLine(), " [flags]"))
		case more >= 0 && len(args) > 1+more:
			return fmt.Errorf("%q is one word too many: %s", args[1+more], strings.TrimSuffix(c.UseLine(), " [flags]"))
		}
		return nil
	}
}

func checkEnvironment(c *config.Config, name string) error {
	names := make([]string, len(c.Environments))
	for i, e := range c.Environments {
		names[i] = e.Name
	}
	if slices.Contains(names, name) {
		return nil
	}
	hint := ""
	if near := nearest(name, names); len(near) > 0 {
		hint = fmt.Sprintf("; did you mean %s?", near[0])
	}
	return fmt.Errorf("there is no environment %q, there is %s%s", name, strings.Join(names, ", "), hint)
}

// warnUnfetched says on the error stream that Git is shown as it was, when it
// could not be asked.
func (a *app) warnUnfetched(s *session) {
	if r := s.Snapshot().Repository; r.Err != "" && r.Head != "" {
		a.printer(a.Err).line(span{"evenkeel: ", plain}, span{"Git is shown as it was last fetched: " + r.Err, yellow})
	}
}

// loadSettings reads what belongs to the person and not to the team. There
// need not be any.
func loadSettings() (*config.Settings, error) {
	path, err := config.SettingsPath()
	if err != nil {
		return config.ParseSettings("", nil) // no home directory, so no settings in it
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return config.ParseSettings(path, nil)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the settings: %w", err)
	}
	return config.ParseSettings(path, data)
}

// operator names who acts, for the records in the cluster.
func operator() string {
	name := "unknown"
	if u, err := user.Current(); err == nil {
		// Windows writes DOMAIN\user.
		name = u.Username[strings.LastIndex(u.Username, `\`)+1:]
	}
	host, err := os.Hostname()
	if err != nil {
		return name
	}
	return name + "@" + host
}
