// Package consoletest runs a program on a real terminal, for tests: a
// pseudoterminal with an emulator behind it, so that what a test reads is what
// an operator would see. Only tests import it.
package consoletest
