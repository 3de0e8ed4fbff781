//go:build unix

package consoletest

import (
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
	"golang.org/x/term"
)

// patience bounds every wait. It is long, because only what fails waits for it.
const patience = 2 * time.Minute

// Terminal is a terminal on which a program runs.
type Terminal struct {
	t       testing.TB
	master  *os.File
	device  *os.File // the program's side, kept so that its settings can be read
	command *exec.Cmd

	ended   chan struct{} // the program has ended
	drained chan struct{} // and all its output has been read
	changed chan struct{} // something was written
	err     error         // how the program ended

	before, after *term.State

	mu       sync.Mutex
	emulator *vt.Emulator
	modes    map[ansi.Mode]bool
	bytes    int
}

// Start runs a command on a new terminal. What is left of it when the test
// ends is killed. Without an environment of its own the command has the test's,
// with TERM=xterm-256color.
func Start(t testing.TB, command *exec.Cmd, width, height int) *Terminal {
	t.Helper()
	master, device, err := pty.Open()
	if err != nil {
		t.Fatalf("open a terminal: %v", err)
	}
	d := &Terminal{
		t: t, master: master, device: device, command: command,
		ended: make(chan struct{}), drained: make(chan struct{}), changed: make(chan struct{}, 1),
		emulator: vt.NewEmulator(width, height), modes: map[ansi.Mode]bool{ansi.ModeAutoWrap: true, ansi.ModeTextCursorEnable: true},
	}
	d.emulator.SetCallbacks(vt.Callbacks{
		EnableMode:  func(m ansi.Mode) { d.modes[m] = true },
		DisableMode: func(m ansi.Mode) { d.modes[m] = false },
	})
	d.size(width, height)
	if d.before, err = term.GetState(int(device.Fd())); err != nil {
		t.Fatalf("read the settings of the terminal: %v", err)
	}
	if command.Env == nil {
		command.Env = append(os.Environ(), "TERM=xterm-256color")
	}
	command.Stdin, command.Stdout, command.Stderr = device, device, device
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := command.Start(); err != nil {
		t.Fatalf("start %s: %v", command.Path, err)
	}
	answered := make(chan struct{})
	go func() {
		defer close(d.drained)
		d.read()
	}()
	go func() {
		defer close(answered)
		// What the emulator answers to questions is input of the program.
		_, _ = io.Copy(master, d.emulator)
	}()
	go func() {
		d.err = command.Wait()
		d.after, _ = term.GetState(int(device.Fd()))
		_ = device.Close()
		close(d.ended)
	}()
	t.Cleanup(func() {
		select {
		case <-d.ended:
		default:
			_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
			<-d.ended
		}
		if p, ok := d.emulator.InputPipe().(io.Closer); ok {
			_ = p.Close()
		}
		_ = master.Close()
		<-d.drained
		<-answered
	})
	return d
}

// read feeds what the program writes to the emulator. Characters may come in
// pieces; the emulator takes only whole ones.
func (d *Terminal) read() {
	chunk := make([]byte, 64<<10)
	var rest []byte
	for {
		n, err := d.master.Read(chunk)
		rest = append(rest, chunk[:n]...)
		whole := len(rest)
		for err == nil && whole > 0 && rest[whole-1] >= 0x80 {
			whole--
		}
		d.mu.Lock()
		d.bytes += n
		_, _ = d.emulator.Write(rest[:whole])
		d.mu.Unlock()
		rest = rest[:copy(rest, rest[whole:])]
		select {
		case d.changed <- struct{}{}:
		default:
		}
		if err != nil {
			return // nobody has the other side open any more
		}
	}
}

func (d *Terminal) size(width, height int) {
	if err := pty.Setsize(d.master, &pty.Winsize{Cols: uint16(width), Rows: uint16(height)}); err != nil {
		d.t.Errorf("resize the terminal: %v", err)
	}
}

// Resize changes the size of the terminal.
func (d *Terminal) Resize(width, height int) {
	d.t.Helper()
	d.mu.Lock()
	d.emulator.Resize(width, height)
	d.mu.Unlock()
	d.size(width, height)
}

// Type presses keys. Each is the name of a key, such as enter, up or ctrl+k,
// or else a text that is typed as it is. A key after esc must wait until the
// screen tells that esc was understood, or they are one.
func (d *Terminal) Type(names ...string) {
	d.t.Helper()
	for _, name := range names {
		sequence, ok := keys[name]
		if !ok {
			sequence = name
		}
		d.send(sequence)
	}
}

// Paste gives a text to the program at once, as terminals do.
func (d *Terminal) Paste(text string) {
	d.t.Helper()
	if d.mode(ansi.ModeBracketedPaste) {
		text = ansi.BracketedPasteStart + text + ansi.BracketedPasteEnd
	}
	d.send(text)
}

// Click presses and releases the left button on a cell.
func (d *Terminal) Click(x, y int) {
	d.t.Helper()
	d.needMouse()
	d.send(ansi.MouseSgr(0, x, y, false) + ansi.MouseSgr(0, x, y, true))
}

// Wheel turns the wheel over a cell by a number of notches; up when negative.
func (d *Terminal) Wheel(x, y, notches int) {
	d.t.Helper()
	d.needMouse()
	button := byte(65)
	if notches < 0 {
		button, notches = 64, -notches
	}
	d.send(strings.Repeat(ansi.MouseSgr(button, x, y, false), notches))
}

func (d *Terminal) needMouse() {
	d.t.Helper()
	if !d.mode(ansi.ModeMouseExtSgr) || !d.mode(ansi.ModeMouseNormal) && !d.mode(ansi.ModeMouseButtonEvent) {
		d.t.Fatal("the program does not ask for the mouse")
	}
}

func (d *Terminal) send(s string) {
	d.t.Helper()
	if _, err := io.WriteString(d.master, s); err != nil {
		d.t.Fatalf("type %q: %v", s, err)
	}
}

// WaitFor waits until the screen shows a text within a line.
func (d *Terminal) WaitFor(text string) {
	d.t.Helper()
	d.WaitUntil(fmt.Sprintf("the screen shows %q", text), func(screen string) bool { return strings.Contains(screen, text) })
}

// WaitUntil waits until a whole frame meets a condition, which is named for
// the message when it never does or the program ends before.
func (d *Terminal) WaitUntil(condition string, met func(screen string) bool) {
	d.t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for last := false; ; {
		if (last || !d.mode(ansi.ModeSynchronizedOutput)) && met(d.Screen()) {
			return
		}
		if last {
			d.t.Fatalf("the program ended (%v) before %s; the screen:\n%s", d.err, condition, d.Screen())
		}
		select {
		case <-d.changed:
		case <-d.drained:
			last = true
		case <-deadline.C:
			d.t.Fatalf("after %v not yet: %s; the screen:\n%s", patience, condition, d.Screen())
		}
	}
}

// Screen is what the terminal shows, as lines without the blanks at their ends.
func (d *Terminal) Screen() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	lines := make([]string, d.emulator.Height())
	for y := range lines {
		var b strings.Builder
		for x := 0; x < d.emulator.Width(); {
			c := d.emulator.CellAt(x, y)
			b.WriteString(c.Content)
			x += max(c.Width, 1)
		}
		lines[y] = strings.TrimRight(b.String(), " ")
	}
	return strings.Join(lines, "\n")
}

// Bytes is how much the program has written so far.
func (d *Terminal) Bytes() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.bytes
}

func (d *Terminal) mode(m ansi.Mode) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.modes[m]
}

// Wait waits until the program has ended, and returns how.
func (d *Terminal) Wait() error {
	d.t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for _, c := range []chan struct{}{d.ended, d.drained} {
		select {
		case <-c:
		case <-deadline.C:
			d.t.Fatalf("the program has not ended after %v; the screen:\n%s", patience, d.Screen())
		}
	}
	return d.err
}

// Restored fails the test when the program, which has ended, did not leave the
// terminal as it found it.
func (d *Terminal) Restored() {
	d.t.Helper()
	_ = d.Wait()
	if d.after == nil || *d.after != *d.before {
		d.t.Error("the settings of the terminal are not as before")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.emulator.IsAltScreen() {
		d.t.Error("the alternate screen is still shown")
	}
	if d.emulator.CursorHidden() || !d.modes[ansi.ModeTextCursorEnable] {
		d.t.Error("the cursor is still hidden")
	}
	for _, m := range slices.Collect(maps.Keys(d.modes)) {
		usual := m == ansi.ModeAutoWrap || m == ansi.ModeTextCursorEnable
		if d.modes[m] != usual {
			d.t.Errorf("mode %v is left %v", m, d.modes[m])
		}
	}
}
