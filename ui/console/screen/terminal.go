package screen

import (
	"fmt"
	"os"
	"sync"

	"golang.org/x/term"
)

// terminal sets the modes of the device, as far as the files are terminals.
type terminal struct {
	in, out *os.File

	mu    sync.Mutex
	saved *term.State
	undo  func() error // of what the output needs besides
}

// raw makes keys come one by one and unechoed.
func (t *terminal) raw() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.saved != nil {
		return nil
	}
	if isTerminal(t.in) {
		saved, err := term.MakeRaw(int(t.in.Fd()))
		if err != nil {
			return fmt.Errorf("set the terminal to raw mode: %w", err)
		}
		t.saved = saved
	}
	if isTerminal(t.out) {
		undo, err := prepareOutput(t.out)
		if err != nil {
			return fmt.Errorf("make the terminal understand control sequences: %w", err)
		}
		t.undo = undo
	}
	return nil
}

// restore undoes raw.
func (t *terminal) restore() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.undo != nil {
		if err := t.undo(); err != nil {
			return fmt.Errorf("restore the terminal: %w", err)
		}
		t.undo = nil
	}
	if t.saved != nil {
		if err := term.Restore(int(t.in.Fd()), t.saved); err != nil {
			return fmt.Errorf("restore the terminal: %w", err)
		}
		t.saved = nil
	}
	return nil
}

// size asks for the size; what is no terminal has that of old ones.
func (t *terminal) size() (width, height int) {
	if isTerminal(t.out) {
		if w, h, err := term.GetSize(int(t.out.Fd())); err == nil && w > 0 && h > 0 {
			return w, h
		}
	}
	return 80, 24
}

func isTerminal(f *os.File) bool {
	return f != nil && term.IsTerminal(int(f.Fd()))
}
