package outside

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/charmbracelet/x/ansi"
)

const (
	// sequenceLimit is how much terminals take in one sequence, encoded.
	sequenceLimit = 100_000
	// patience bounds the wait for a program that holds the clipboard: one whose
	// display does not answer may never end.
	patience = 2 * time.Second
)

// ErrTooLong is what Copy returns for a text that the terminal would not take
// where no program holds a clipboard.
var ErrTooLong = errors.New("the text is too long for the terminal's clipboard, and no program for a clipboard works here")

// Copy puts text on the clipboard, both ways at once: through the terminal,
// with OSC 52 given to send, which reaches the operator's own machine over any
// number of hops; and through the programs that hold a clipboard here. Whether
// the terminal obeys can't be known, so it is an error only when the text is too
// long for it and no program took it.
//
// tmux passes OSC 52 on only with its option set-clipboard on, so inside tmux
// the text is handed to tmux itself too, which passes it on unless that is off.
func Copy(ctx context.Context, text string, send func(sequence string)) error {
	sent := base64.StdEncoding.EncodedLen(len(text)) <= sequenceLimit
	if sent {
		send(ansi.SetSystemClipboard(text))
	}
	taken := false
	for _, holder := range holders() {
		if holder.take(ctx, text) == nil {
			taken = true
		}
	}
	if !sent && !taken {
		return fmt.Errorf("copy %d bytes: %w", len(text), ErrTooLong)
	}
	return nil
}

// holder is a program that puts its input on a clipboard.
type holder struct {
	command []string
	wide    bool // wants UTF-16
}

// holders returns the programs to be asked here. Without a display none of
// those that need one is asked.
func holders() []holder {
	var h []holder
	if os.Getenv("TMUX") != "" {
		h = append(h, holder{command: []string{"tmux", "load-buffer", "-w", "-"}})
	}
	clip := holder{command: []string{"clip.exe"}, wide: true}
	switch {
	case runtime.GOOS == "windows":
		return append(h, clip)
	case runtime.GOOS == "darwin":
		return append(h, holder{command: []string{"pbcopy"}})
	case os.Getenv("WSL_DISTRO_NAME") != "":
		return append(h, clip)
	case os.Getenv("TERMUX_VERSION") != "":
		return append(h, holder{command: []string{"termux-clipboard-set"}})
	case os.Getenv("WAYLAND_DISPLAY") != "" && found("wl-copy"):
		return append(h, holder{command: []string{"wl-copy"}})
	case os.Getenv("DISPLAY") != "" && found("xclip"):
		return append(h, holder{command: []string{"xclip", "-in", "-selection", "clipboard"}})
	case os.Getenv("DISPLAY") != "" && found("xsel"):
		return append(h, holder{command: []string{"xsel", "--input", "--clipboard"}})
	}
	return h
}

// take runs the program. Its words, if any, are not for the screen.
func (h holder) take(ctx context.Context, text string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c := exec.CommandContext(ctx, h.command[0], h.command[1:]...)
	c.WaitDelay = patience
	c.Stdin = strings.NewReader(text)
	if h.wide {
		c.Stdin = strings.NewReader(wide(text))
	}
	return c.Run()
}

// wide is text in UTF-16, marked as such.
func wide(text string) string {
	b := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(text)) {
		b = binary.LittleEndian.AppendUint16(b, unit)
	}
	return string(b)
}

func found(program string) bool {
	_, err := exec.LookPath(program)
	return err == nil
}
