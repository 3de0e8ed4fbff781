// Evenkeel keeps Kubernetes clusters equal to what a Git repository says.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/evenkeel/evenkeel/kube"
	"github.com/evenkeel/evenkeel/ui/command"
)

func main() {
	// Should evenkeel ever panic, its user is told why and spared the stacks;
	// GOTRACEBACK=all brings them back.
	debug.SetTraceback("none")
	kube.Silence()
	os.Exit(run())
}

// patience is how long a second signal is taken for an echo of the first:
// wrappers such as timeout(1) send theirs to the process and to its group.
const patience = time.Second

// run executes the command that was asked for. The first signal ends it in good
// order, a later one at once.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, func() { time.AfterFunc(patience, stop) })
	return command.Run(ctx, os.Args[1:], command.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
}
