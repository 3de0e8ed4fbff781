// Evenkeel keeps Kubernetes clusters equal to what a Git repository says.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

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

// run executes the command that was asked for. The first signal ends it in good
// order, the second one at once.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return command.Run(ctx, os.Args[1:], command.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
}
