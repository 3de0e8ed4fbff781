//go:build !windows

package screen

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

// prepareOutput has nothing to do: terminals understand control sequences.
func prepareOutput(*os.File) (undo func() error, err error) { return nil, nil }

func notifyResize(c chan<- os.Signal) { signal.Notify(c, syscall.SIGWINCH) }

func stopResize(c chan<- os.Signal) { signal.Stop(c) }

// stopProcess stops the process group, as ctrl+z does, until it is continued.
// A group that no shell looks after is never stopped; then it goes on at once.
func stopProcess() error {
	continued := make(chan os.Signal, 1)
	signal.Notify(continued, syscall.SIGCONT)
	defer signal.Stop(continued)
	if err := syscall.Kill(0, syscall.SIGTSTP); err != nil {
		return err
	}
	select {
	case <-continued:
	case <-time.After(500 * time.Millisecond):
	}
	return nil
}
