package screen

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	tea "github.com/charmbracelet/bubbletea"
)

// NextSize is a command that waits until the size is to be learned, at first
// and whenever it may have changed, and tells it. It ends with Close.
func (s *Screen) NextSize() tea.Msg {
	select {
	case <-s.resume:
	case <-s.winch:
	case <-s.quit:
		return nil
	}
	width, height := s.term.size()
	return tea.WindowSizeMsg{Width: width, Height: height}
}

// Exec returns a command that lends the terminal to a program until it ends.
func (s *Screen) Exec(c *exec.Cmd, done tea.ExecCallback) tea.Cmd {
	return tea.Exec(&visitor{screen: s, run: c.Run, cmd: c}, done)
}

// Suspend returns a command that stops the program as ctrl+z does elsewhere,
// until the shell continues it.
func (s *Screen) Suspend() tea.Cmd {
	return tea.Exec(&visitor{screen: s, run: stopProcess}, func(error) tea.Msg { return tea.ResumeMsg{} })
}

// Guard returns a command that puts the terminal back before a panic in it
// ends the program. It sees into a tea.Batch; the parts of a tea.Sequence, which
// are hidden from it, are to be guarded one by one.
func (s *Screen) Guard(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() (msg tea.Msg) {
		ended := false
		defer func() {
			if !ended {
				_ = s.Close() // the panic says what matters
			}
		}()
		msg = cmd()
		ended = true
		if batch, ok := msg.(tea.BatchMsg); ok {
			for i := range batch {
				batch[i] = s.Guard(batch[i])
			}
		}
		return msg
	}
}

// visitor is what has the terminal for a while.
type visitor struct {
	screen *Screen
	run    func() error
	cmd    *exec.Cmd // nil when it is this program itself
}

// Run implements tea.ExecCommand. Keys that interrupt the visitor reach this
// program too, and don't end it.
func (v *visitor) Run() error {
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt, syscall.SIGQUIT)
	defer signal.Stop(interrupts)
	if err := v.screen.Release(); err != nil {
		return errors.Join(err, v.screen.Restore())
	}
	return errors.Join(v.run(), v.screen.Restore())
}

// SetStdin implements tea.ExecCommand.
func (v *visitor) SetStdin(r io.Reader) {
	if v.cmd != nil && v.cmd.Stdin == nil {
		v.cmd.Stdin = r
	}
}

// SetStdout implements tea.ExecCommand.
func (v *visitor) SetStdout(w io.Writer) {
	if v.cmd != nil && v.cmd.Stdout == nil {
		v.cmd.Stdout = w
	}
}

// SetStderr implements tea.ExecCommand.
func (v *visitor) SetStderr(w io.Writer) {
	if v.cmd != nil && v.cmd.Stderr == nil {
		v.cmd.Stderr = w
	}
}
