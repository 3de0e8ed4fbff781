// Evenkeel keeps Kubernetes clusters equal to what a Git repository says.
package main

import (
	"context"
	"log"
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
	if os.Getenv("GOGC") == "" {
		// The console and the agent stay for days beside what they look after.
		// With thousands of objects this spares a quarter of their memory.
		debug.SetGCPercent(50)
	}
	kube.Silence()
	streams := command.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
	hushLibraries()
	os.Exit(run(streams))
}

// hushLibraries takes standard error away from those that write to it as they
// please, kustomize for one: it is for what evenkeel itself has to say.
func hushLibraries() {
	if nowhere, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0); err == nil {
		os.Stderr = nowhere
		log.SetOutput(nowhere)
	}
}

// patience is how long a second signal is taken for an echo of the first:
// wrappers such as timeout(1) send theirs to the process and to its group.
const patience = time.Second

// run executes the command that was asked for. The first signal ends it in good
// order, a later one at once. A terminal that hangs up is such a signal, unless
// nohup(1) has asked to go on without.
func run(streams command.Streams) int {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), signals...)
	defer stop()
	context.AfterFunc(ctx, func() { time.AfterFunc(patience, stop) })
	return command.Run(ctx, os.Args[1:], streams)
}
