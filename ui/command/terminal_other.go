//go:build !windows

package command

import "io"

// prepareTerminal has nothing to do: terminals here know escape sequences.
func prepareTerminal(io.Writer) bool { return true }
