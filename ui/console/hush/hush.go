// Package hush keeps Bubble Tea from questioning the terminal before main.
//
// When it is initialised, Bubble Tea v1 has termenv ask the terminal for its
// background. The question is not needed here, goes to the terminal of every
// command, costs a round trip over SSH, and five seconds where nobody answers.
// Terminals that call themselves dumb are not asked.
//
// Packages are initialised in the order of their import paths, as far as their
// imports allow (Go 1.21 release notes). This one imports nothing but os, so it
// is initialised before github.com/muesli/termenv, on which Bubble Tea depends.
package hush

import "os"

var term, set = os.LookupEnv("TERM")

func init() { _ = os.Setenv("TERM", "dumb") }

// End gives the terminal its name back. It is called when Bubble Tea has been
// initialised.
func End() {
	if set {
		_ = os.Setenv("TERM", term)
	} else {
		_ = os.Unsetenv("TERM")
	}
}
