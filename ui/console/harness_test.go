package console

import (
	"bytes"
	"context"
	"flag"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/ui/console/screen"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

var update = flag.Bool("update", false, "write the golden files anew")

// console is a model that is driven without a terminal: what its commands
// return is taken in one by one, as Bubble Tea would.
type console struct {
	*model
	t        testing.TB
	messages chan arrival
	asked    int            // questions that have not been answered yet
	open     map[string]int // and which commands ask them
	ticks    []tickRequest  // that were asked for; they come when a test says so
	left     bool
}

// arrival is what a command returned.
type arrival struct {
	msg    tea.Msg
	answer bool // to a question: it comes by itself
	name   string
}

// tickRequest is a tick that was asked for.
type tickRequest struct {
	number int
	due    time.Time
}

func TestMain(m *testing.M) {
	time.Local = time.UTC // the times of the activity are those of the person
	os.Exit(m.Run())
}

// settingsFor is the settings of tests: none, and the mouse on.
func settingsFor(t testing.TB, text string) *config.Settings {
	t.Helper()
	s, err := config.ParseSettings("settings.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// options opens an engine; change may be nil.
func options(t testing.TB, e Engine, change func(*Options)) Options {
	o := Options{
		Open:     func(context.Context, func(Step)) (Session, error) { return Session{Engine: e}, nil },
		Settings: settingsFor(t, ""), Dir: t.TempDir(), Title: "a shop",
		Getenv: func(string) string { return "" }, Out: io.Discard,
	}
	if change != nil {
		change(&o)
	}
	return o
}

// start makes a console of a size and begins it.
func start(t testing.TB, o Options, width, height int) *console {
	ctx, cancel := context.WithCancel(context.Background())
	out := screen.New(screen.Options{Out: o.Out, Width: width, Height: height})
	c := &console{model: newModel(ctx, o, out), t: t, messages: make(chan arrival, 256), open: map[string]int{}}
	c.now = func() time.Time { return noon }
	c.width, c.height = width, height
	c.arrange()
	t.Cleanup(func() { cancel(); _ = out.Close() })
	c.run(c.model.begin())
	return c
}

// opened is a console that shows an engine.
func opened(t testing.TB, e Engine, width, height int, change func(*Options)) *console {
	c := start(t, options(t, e, change), width, height)
	c.until("the engine is shown", func() bool { return c.snapshot != nil })
	c.calm()
	return c
}

// run does what a command does. Questions are answered by themselves; ticks and
// what others have to tell are waited for only where a test needs them.
func (c *console) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	name := runtime.FuncForPC(reflect.ValueOf(cmd).Pointer()).Name()
	switch {
	case strings.Contains(name, "Tick"):
		c.ticks = append(c.ticks, tickRequest{c.clock.number, c.clock.due})
		return
	case strings.Contains(name, "compactCmds"):
		for _, part := range cmd().(tea.BatchMsg) {
			c.run(part)
		}
		return
	}
	answer := !listens(name)
	if answer {
		c.asked++
		c.open[name]++
	}
	go func() { c.messages <- arrival{cmd(), answer, name} }()
}

// listens tells of a command whether it waits for something that others do.
func listens(name string) bool {
	for _, part := range []string{"listenSnapshot", "listenOutcome", "listenHappening", "listenEnd", "starting).listen", "model).begin", "NextSize", "feed).next"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// send takes in a message.
func (c *console) send(msg tea.Msg) {
	if _, quit := msg.(tea.QuitMsg); quit {
		c.left = true
		return
	}
	_, cmd := c.model.Update(msg)
	if c.detail != nil {
		c.detail.SetPatience(0)
	}
	c.run(cmd)
}

// arrived takes in what a command returned.
func (c *console) arrived(a arrival) {
	if a.answer {
		c.asked--
		c.open[a.name]--
	}
	if a.msg != nil {
		c.send(a.msg)
	}
}

// calm waits until every question is answered.
func (c *console) calm() {
	c.t.Helper()
	c.until("all is answered", func() bool { return c.asked == 0 })
}

// until takes messages in until something holds.
func (c *console) until(what string, holds func() bool) {
	c.t.Helper()
	deadline := time.NewTimer(5 * time.Second)
	defer deadline.Stop()
	for !holds() {
		select {
		case a := <-c.messages:
			c.arrived(a)
		case <-deadline.C:
			c.t.Fatalf("%s: never. Asked and not answered: %v. The screen:\n%s", what, c.open, c.text())
		}
	}
}

// sees waits until a text is on the screen.
func (c *console) sees(text string) {
	c.t.Helper()
	c.until("see "+text, func() bool { return strings.Contains(c.text(), text) })
}

// press types keys: letters, or names such as enter. What one asks for is there
// before the next one.
func (c *console) press(keys ...string) {
	c.t.Helper()
	for _, k := range keys {
		c.send(keyOf(k))
		c.calm()
	}
}

// enter types a text.
func (c *console) enter(text string) {
	c.t.Helper()
	for _, r := range text {
		c.press(string(r))
	}
}

// shows fails when a text is not on the screen.
func (c *console) shows(texts ...string) {
	c.t.Helper()
	for _, text := range texts {
		if !strings.Contains(c.text(), text) {
			c.t.Errorf("%q is not shown:\n%s", text, c.text())
		}
	}
}

// hides fails when a text is on the screen.
func (c *console) hides(texts ...string) {
	c.t.Helper()
	for _, text := range texts {
		if strings.Contains(c.text(), text) {
			c.t.Errorf("%q is shown:\n%s", text, c.text())
		}
	}
}

// passes lets time go by, and the ticks that are due come.
func (c *console) passes(d time.Duration) {
	until := c.now().Add(d)
	for {
		slices.SortStableFunc(c.ticks, func(a, b tickRequest) int { return a.due.Compare(b.due) })
		if len(c.ticks) == 0 || c.ticks[0].due.After(until) {
			break
		}
		tick := c.ticks[0]
		c.ticks = c.ticks[1:]
		c.now = func() time.Time { return tick.due }
		c.send(tickMsg{tick.number})
	}
	c.now = func() time.Time { return until }
}

func keyOf(k string) tea.KeyMsg {
	named := map[string]tea.KeyType{
		"enter": tea.KeyEnter, "esc": tea.KeyEsc, "tab": tea.KeyTab, "shift+tab": tea.KeyShiftTab, "up": tea.KeyUp, "down": tea.KeyDown,
		"left": tea.KeyLeft, "right": tea.KeyRight, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "home": tea.KeyHome, "end": tea.KeyEnd,
		"delete": tea.KeyDelete, "ctrl+z": tea.KeyCtrlZ, "ctrl+d": tea.KeyCtrlD, "ctrl+u": tea.KeyCtrlU, "ctrl+c": tea.KeyCtrlC, "ctrl+k": tea.KeyCtrlK, "ctrl+r": tea.KeyCtrlR, "ctrl+s": tea.KeyCtrlS, "backspace": tea.KeyBackspace,
	}
	if t, ok := named[k]; ok {
		return tea.KeyMsg{Type: t}
	}
	if k == "space" {
		return tea.KeyMsg{Type: tea.KeySpace, Runes: []rune{' '}}
	}
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(k)}
}

// text is the frame without its colours.
func (c *console) text() string {
	lines := c.frame()
	for i := range lines {
		lines[i] = strings.TrimRight(ansi.Strip(lines[i]), " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

// whole fails when the frame is not exactly as large as the screen.
func (c *console) whole() {
	c.t.Helper()
	lines := c.frame()
	if len(lines) != c.height {
		c.t.Fatalf("%d lines on a screen of %dx%d", len(lines), c.width, c.height)
	}
	for i, line := range lines {
		if w := ansi.StringWidth(line); w != c.width {
			c.t.Fatalf("line %d takes %d cells of %d: %q", i, w, c.width, line)
		}
	}
}

// golden compares a text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal([]byte(got), want) {
		t.Errorf("%s differs; run with -update and look at the change. Got:\n%s", file, got)
	}
}

// with is a snapshot like another one, changed.
func with(s *engine.Snapshot, change func(*engine.Snapshot)) *engine.Snapshot {
	next := *s
	next.Environments = append([]*engine.Environment(nil), s.Environments...)
	next.Number++
	change(&next)
	return &next
}

// canvas is a canvas of a size, in the theme of the console.
func (c *console) canvas(width, height int) widget.Canvas {
	return widget.Canvas{Theme: c.theme, Now: c.now(), Width: width, Height: height, Focused: true}
}
