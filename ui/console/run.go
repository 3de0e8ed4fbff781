// Package console is the terminal program: what should run, what runs, why they
// differ and who did it, live, and the plans that put it right.
//
// It reads snapshots of an engine and calls Plan and Execute; what anything
// means is decided there. One Bubble Tea model owns the layout, the focus and
// the dialogs. Panels are plain structs that are told what to show, offer
// actions, and draw lines of cells. A key becomes an action in one place, so it
// means the same everywhere.
//
// The frame is drawn after each message and painted by package screen, which
// writes only what differs. At rest nothing is drawn but for the ages, every
// few seconds.
package console

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/ui/console/screen"
)

// Run shows the console until somebody leaves it or ctx ends. The terminal is as
// it was before when Run returns, also by a panic; and Open has returned.
func Run(ctx context.Context, o Options) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	in, _ := o.In.(*os.File)
	out := screen.New(screen.Options{In: in, Out: o.Out, Title: "evenkeel"})
	if err := out.Open(); err != nil {
		return errors.Join(fmt.Errorf("taking the terminal: %w", err), out.Close())
	}
	ignore := heed(out, cancel)
	defer ignore()
	m := newModel(ctx, o, out)
	m.width, m.height = out.Size()
	m.arrange()
	out.SetMouse(m.mouse.on)
	// A panic puts the terminal back on its way out, so that it can be read.
	defer out.Close()
	start := m.start
	program := tea.NewProgram(guarded{m}, tea.WithContext(ctx), tea.WithInput(o.In), tea.WithOutput(o.Out),
		tea.WithoutRenderer(), tea.WithoutCatchPanics(), tea.WithoutSignalHandler(), tea.WithMouseCellMotion())
	_, err := program.Run()
	switch {
	case m.failed != nil:
		err = m.failed
	case errors.Is(err, tea.ErrProgramKilled) && ctx.Err() != nil:
		err = nil // whoever ended the context knows why
	}
	cancel()
	m.close()
	err = errors.Join(err, out.Close())
	ignore() // from here on an interrupt ends what does not end by itself
	start.wait()
	m.executions.Wait()
	return err
}

// guarded puts the terminal back before a panic in a command ends the program.
type guarded struct{ *model }

func (g guarded) Init() tea.Cmd { return g.out.Guard(g.model.Init()) }

func (g guarded) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	_, cmd := g.model.Update(msg)
	return g, g.out.Guard(cmd)
}

// heed takes interrupts over from whoever waits for them: a ctrl+c that is typed
// while an editor has the terminal is meant for the editor, but every program
// of the terminal gets it. Otherwise an interrupt ends the console. The function
// that is returned leaves interrupts to their default; it may be called twice.
func heed(out *screen.Screen, end func()) func() {
	signal.Reset(os.Interrupt)
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-done:
				return
			case <-interrupts:
				if !out.Lent() {
					end()
				}
			}
		}
	}()
	return sync.OnceFunc(func() {
		signal.Stop(interrupts)
		close(done)
	})
}
