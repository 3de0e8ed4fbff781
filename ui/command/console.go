package command

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/ui/console"
)

// look is how the console is drawn.
type look struct{ ascii bool }

func (l *look) addTo(c *cobra.Command) {
	c.Flags().BoolVar(&l.ascii, "ascii", false, "draw borders and marks with ASCII characters only")
}

// opener starts what is to be shown, and tells how far it is. The channel has
// what is told besides the engine's own news; it may be nil.
type opener func(ctx context.Context, tell func(console.Step)) (*session, <-chan string, error)

// show follows every environment until the person has seen enough: in the
// console, or in lines of text where nobody sits at a terminal.
func (a *app) show(ctx context.Context, l look, title string, open opener) error {
	settings, err := loadSettings()
	if err != nil {
		return err
	}
	if !a.atTerminal() {
		progress := a.stepPrinter()
		s, happenings, err := open(ctx, progress.show)
		progress.end()
		if err != nil {
			return err
		}
		defer s.close()
		return a.watch(s, happenings)
	}
	var opened *session
	defer func() {
		if opened != nil {
			opened.close()
		}
	}()
	return console.Run(ctx, console.Options{
		Open: func(ctx context.Context, tell func(console.Step)) (console.Session, error) {
			s, happenings, err := open(ctx, tell)
			if err != nil {
				return console.Session{}, err
			}
			opened = s
			return console.Session{Engine: s.Engine, Happenings: happenings, Ended: s.ended()}, nil
		},
		Settings: settings,
		Dir:      settingsDir(),
		ReadOnly: a.readOnly || settings.ReadOnly,
		ASCII:    l.ascii,
		Title:    title,
		Getenv:   os.Getenv,
		In:       a.In,
		Out:      a.Out,
	})
}

// atTerminal tells whether somebody sits there to look and to type.
func (a *app) atTerminal() bool {
	return isTerminal(a.In) && isTerminal(a.Out) && prepareTerminal(a.Out) && os.Getenv("TERM") != "dumb"
}

// settingsDir is where what belongs to the person lies; empty when there is no
// home directory.
func settingsDir() string {
	path, err := config.SettingsPath()
	if err != nil {
		return ""
	}
	return filepath.Dir(path)
}

// follow is evenkeel without a command.
func (a *app) follow(ctx context.Context, l look) (int, error) {
	title := "the environments of evenkeel.yaml"
	return exitClean, a.show(ctx, l, title, func(ctx context.Context, tell func(console.Step)) (*session, <-chan string, error) {
		tell(console.Step{Name: "environments", Detail: "reading evenkeel.yaml", Total: 1})
		s, err := a.open(ctx, true)
		return s, nil, err
	})
}

// ended tells why the engine ended although the session was not closed.
func (s *session) ended() <-chan error {
	ch := make(chan error, 1)
	context.AfterFunc(s.ctx, func() {
		defer close(ch)
		if err := context.Cause(s.ctx); err != nil && !errors.Is(err, context.Canceled) {
			ch <- err
		}
	})
	return ch
}
