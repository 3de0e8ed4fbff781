// Command build builds the control plane when the cache does not have it, and
// prints the path of its binary.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"github.com/evenkeel/evenkeel/testdata/controlplane"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	binary, err := controlplane.Build(ctx, func(p controlplane.Progress) { fmt.Fprintln(os.Stderr, p) })
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(binary)
}
