//go:build unix

package consoletest_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/ui/console/consoletest"
	"github.com/evenkeel/evenkeel/ui/console/screen"
)

// child makes the test's own binary be the program on the terminal.
const child = "EVENKEEL_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(child) != "" {
		if err := program(); err != nil {
			fmt.Println("program:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// program is a small one that uses the screen as the console does.
func program() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	s := screen.New(screen.Options{In: os.Stdin, Out: os.Stdout, Mouse: true, Title: "small"})
	defer s.Close()
	if err := s.Open(); err != nil {
		return err
	}
	m := &model{screen: s}
	_, err := tea.NewProgram(m, tea.WithContext(ctx), tea.WithoutSignalHandler(),
		tea.WithoutRenderer(), tea.WithoutCatchPanics(), tea.WithMouseCellMotion()).Run()
	if ctx.Err() != nil {
		return nil
	}
	return err
}

type model struct {
	screen *screen.Screen
	width  int
	height int
	heard  string
}

func (m *model) Init() tea.Cmd { return m.screen.NextSize }

func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
		m.screen.Resize(msg.Width, msg.Height)
		cmd = m.screen.NextSize
	case tea.MouseMsg:
		m.heard = fmt.Sprintf("%s %d,%d", msg, msg.X, msg.Y)
	case tea.ResumeMsg:
		m.heard = "resumed"
	case visited:
		m.heard = fmt.Sprint("visited ", msg.err)
	case tea.KeyMsg:
		m.heard = msg.String()
		switch m.heard {
		case "q":
			cmd = tea.Quit
		case "e":
			c := exec.Command("sh", "-c", `trap 'echo interrupted' INT; printf 'the editor'; until read -r line && test "$line" = done; do :; done`)
			cmd = m.screen.Exec(c, func(err error) tea.Msg { return visited{err} })
		case "ctrl+z":
			cmd = m.screen.Suspend()
		case "p":
			panic("in Update")
		case "c":
			cmd = func() tea.Msg { return tea.BatchMsg{nil, func() tea.Msg { panic("in a command") }} }
		}
	}
	return m, m.screen.Guard(cmd)
}

type visited struct{ err error }

func (m *model) View() string {
	lines := make([]string, m.height)
	for y := range lines {
		lines[y] = strings.Repeat(".", m.width)
	}
	if m.height > 1 {
		lines[0] = fmt.Sprintf("size %d×%d", m.width, m.height)
		lines[1] = fmt.Sprintf("heard [%s]", m.heard)
	}
	m.screen.Show(screen.Frame{Lines: lines})
	return ""
}

func start(t *testing.T) *consoletest.Terminal {
	t.Helper()
	d, _ := startCommand(t)
	return d
}

// environ is what the program runs in. The race detector is not to linger at
// its end.
func environ() []string {
	return append(os.Environ(), child+"=1", "TERM=xterm-256color", "GORACE=atexit_sleep_ms=0")
}

func startCommand(t *testing.T) (*consoletest.Terminal, *exec.Cmd) {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = environ()
	d := consoletest.Start(t, c, 40, 8)
	d.WaitFor("size 40×8")
	return d, c
}

func TestSession(t *testing.T) {
	d := start(t)
	d.Type("up")
	d.WaitFor("heard [up]")
	d.Paste("pasted\ntext")
	d.WaitFor("pasted")
	d.Click(3, 4)
	d.WaitFor("left release 3,4")
	d.Wheel(5, 6, -1)
	d.WaitFor("wheel up 5,6")
	d.Resize(60, 10)
	d.WaitFor("size 60×10")
	d.WaitUntil("the last row is full", func(s string) bool { return strings.HasSuffix(s, "\n"+strings.Repeat(".", 60)) })
	d.Type("e")
	d.WaitFor("the editor")
	if s := d.Screen(); strings.Contains(s, "size") {
		t.Errorf("the editor has not the screen to itself:\n%s", s)
	}
	d.Type("ctrl+c") // is the editor's
	d.WaitFor("interrupted")
	d.Type("enter")
	d.Type("done", "enter") // the terminal turns it into a newline again
	d.WaitFor("visited <nil>")
	d.WaitFor("size 60×10")
	d.Type("ctrl+z") // there is no shell to continue it, so it goes on
	d.WaitFor("resumed")
	d.Type("x")
	d.WaitFor("heard [x]")
	d.Type("q")
	if err := d.Wait(); err != nil {
		t.Error(err)
	}
	d.Restored()
}

// A key costs a few bytes, all the way to the terminal.
func TestBytes(t *testing.T) {
	d := start(t)
	d.Type("a")
	d.WaitFor("heard [a]")
	before := d.Bytes()
	d.Type("b")
	d.WaitFor("heard [b]")
	if n := d.Bytes() - before; n > 40 {
		t.Errorf("%d bytes for one letter", n)
	}
}

func TestPanics(t *testing.T) {
	for key, words := range map[string]string{"p": "panic: in Update", "c": "panic: in a command"} {
		t.Run(words, func(t *testing.T) {
			d := start(t)
			d.Type(key)
			if err := d.Wait(); err == nil {
				t.Error("the program ended well")
			}
			// The trace is long: its end is what the screen shows.
			if s := d.Screen(); !strings.Contains(s, "goroutine") && !strings.Contains(s, ".go:") {
				t.Errorf("the trace is lost:\n%s", s)
			}
			d.Restored()
		})
	}
}

func TestSignal(t *testing.T) {
	d, c := startCommand(t)
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := d.Wait(); err != nil {
		t.Error(err)
	}
	d.Restored()
}

// What is left behind must be noticed.
func TestNotRestored(t *testing.T) {
	for _, script := range []string{
		"stty -echo", `printf '\033[?1049h'`, `printf '\033[?25l'`, `printf '\033[?1000h'`, `printf '\033[?2004h'`, `printf '\033[?7l'`, `printf '\033[?2026h'`,
	} {
		t.Run(script, func(t *testing.T) {
			witness := &witness{TB: t}
			d := consoletest.Start(witness, exec.Command("sh", "-c", script), 20, 4)
			if err := d.Wait(); err != nil {
				t.Fatal(err)
			}
			d.Restored()
			if !witness.failed {
				t.Error("not noticed")
			}
		})
	}
}

// witness is a test that notes failures and goes on.
type witness struct {
	testing.TB
	failed bool
}

func (w *witness) Error(...any)          { w.failed = true }
func (w *witness) Errorf(string, ...any) { w.failed = true }

// A shell stops the program and has the terminal to itself until it is asked
// to continue.
func TestSuspend(t *testing.T) {
	sh := exec.Command("sh", "-i")
	sh.Env = append(environ(), "ENV=", "PS1=shell> ", "HISTFILE=/dev/null")
	d := consoletest.Start(t, sh, 80, 8)
	d.WaitFor("shell>")
	d.Type(os.Args[0], "enter")
	d.WaitFor("size 80×8")
	d.Type("ctrl+z")
	prompt := func(s string) bool { return strings.HasSuffix(strings.TrimSpace(s), "shell>") }
	d.WaitFor("Stopped")
	d.WaitUntil("the shell asks", prompt)
	if s := d.Screen(); strings.Contains(s, "size") {
		t.Errorf("the shell has not the screen to itself:\n%s", s)
	}
	d.Resize(70, 9)
	d.Type("fg", "enter")
	d.WaitFor("resumed")
	d.WaitFor("size 70×9")
	d.Type("q")
	d.WaitUntil("the shell asks again", prompt)
	d.Type("exit", "enter")
	_ = d.Wait() // the shell tells how its last program ended
	d.Restored()
}
