package command

import (
	"io"
	"os"

	"golang.org/x/sys/windows"
)

// prepareTerminal asks the console to obey escape sequences, and tells whether
// it does.
func prepareTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	console := windows.Handle(f.Fd())
	var mode uint32
	if err := windows.GetConsoleMode(console, &mode); err != nil {
		return false
	}
	return windows.SetConsoleMode(console, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
