package screen

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// prepareOutput makes the console interpret control sequences.
func prepareOutput(f *os.File) (undo func() error, err error) {
	console := windows.Handle(f.Fd())
	var mode uint32
	if err := windows.GetConsoleMode(console, &mode); err != nil {
		return nil, err
	}
	if err := windows.SetConsoleMode(console, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING); err != nil {
		return nil, err
	}
	return func() error { return windows.SetConsoleMode(console, mode) }, nil
}

// Sizes come with the input here.
func notifyResize(chan<- os.Signal) {}

func stopResize(chan<- os.Signal) {}

func stopProcess() error { return errors.New("programs can't be suspended on Windows") }
