package screen_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"

	"github.com/evenkeel/evenkeel/ui/console/screen"
)

// output is a terminal that keeps what is written, write by write.
type output struct {
	mu     sync.Mutex
	writes [][]byte
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.writes = append(o.writes, bytes.Clone(p))
	return len(p), nil
}

// take returns what was written since the last call.
func (o *output) take() [][]byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	w := o.writes
	o.writes = nil
	return w
}

func open(t testing.TB, out io.Writer, width, height int) *screen.Screen {
	t.Helper()
	s := screen.New(screen.Options{Out: out, Width: width, Height: height})
	if err := s.Open(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// look is what an emulator shows: every cell with its style, and the cursor.
func look(e *vt.Emulator) string {
	plain := vt.NewEmulator(1, 1).CellAt(0, 0).Style.String()
	cursor := "hidden"
	if !e.CursorHidden() {
		cursor = fmt.Sprint(e.CursorPosition())
	}
	var b strings.Builder
	fmt.Fprintf(&b, "cursor %s\n", cursor)
	for y := range e.Height() {
		for x := range e.Width() {
			c := e.CellAt(x, y)
			if c == nil {
				b.WriteString("<nil>")
				continue
			}
			b.WriteString(c.Content)
			if style := c.Style.String(); c.Width != 1 || style != plain {
				fmt.Fprintf(&b, "<%d%s>", c.Width, style)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// fresh is how a frame looks on a terminal that showed nothing before.
func fresh(t *testing.T, f screen.Frame, width, height int) string {
	t.Helper()
	e := vt.NewEmulator(width, height)
	s := screen.New(screen.Options{Out: e, Width: width, Height: height})
	if err := s.Open(); err != nil {
		t.Fatal(err)
	}
	s.Show(f)
	s.Flush()
	seen := look(e)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return seen
}

var pieces = []string{
	"a", "evenkeel", " ", "      ", "                        ", "deployment/web", "│", "──────", "é", "e\u0301", "ß",
	"漢字", "한국", "ｆｕｌｌ", "😀", "👩‍👩‍👧", "🇩🇪", "❤️", "1️⃣", "👍🏽", "\u200b", "…", "→", "\x07", "\t", "\xff", "\u0085",
	"\x1b[m", "\x1b[0m", "\x1b[7m", "\x1b[1;32m", "\x1b[38;5;200m", "\x1b[48;2;1;2;3m", "\x1b[4:3m", "\x1b[41m", "\x1b[0;36m",
	"\x1b[2J", "\x1b[5;5H", "\x1b]0;title\x07", "\x1bc", "\x1b[>4;2m", "\x1b]52;c;aGk=\x1b\\", "\x1b[3",
}

func randomLine(r *rand.Rand, width int) string {
	var b strings.Builder
	for range r.IntN(width/2 + 2) {
		b.WriteString(pieces[r.IntN(len(pieces))])
	}
	return b.String()
}

func randomFrame(r *rand.Rand, last screen.Frame, width, height int) screen.Frame {
	f := screen.Frame{Lines: make([]string, r.IntN(height+2))}
	for y := range f.Lines {
		switch {
		case y < len(last.Lines) && r.IntN(3) > 0:
			f.Lines[y] = last.Lines[y]
		case y < len(last.Lines) && r.IntN(2) > 0:
			line := last.Lines[y]
			cut := r.IntN(width + 1)
			f.Lines[y] = ansi.Cut(line, 0, cut) + pieces[r.IntN(len(pieces))] + ansi.Cut(line, min(cut+1, width), width)
		default:
			f.Lines[y] = randomLine(r, width)
		}
	}
	if r.IntN(3) == 0 {
		f.Cursor = &screen.Point{X: r.IntN(width + 1), Y: r.IntN(height)}
	}
	return f
}

// What frames leave on the terminal, one painted over the other, is what the
// last one alone would have left.
func TestIncrementalEqualsFresh(t *testing.T) {
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 1))
		width, height := 1+r.IntN(60), 1+r.IntN(12)
		e := vt.NewEmulator(width, height)
		s := open(t, e, width, height)
		s.Flush() // from here on the emulator is ours between frames
		var f screen.Frame
		for range 25 {
			switch r.IntN(12) {
			case 0:
				width, height = 1+r.IntN(60), 1+r.IntN(12)
				e.Resize(width, height)
				s.Resize(width, height)
			case 1:
				if err := s.Release(); err != nil {
					t.Fatal(err)
				}
				fmt.Fprint(e, "\x1b[31;2Hanother program\x1b[1;1Hwas here\x1b[7m")
				if err := s.Restore(); err != nil {
					t.Fatal(err)
				}
			}
			f = randomFrame(r, f, width, height)
			s.Show(f)
			s.Flush()
			if got, want := look(e), fresh(t, f, width, height); got != want {
				t.Fatalf("seed %d, %d×%d, frame %q:\ngot  %s\nwant %s", seed, width, height, f.Lines, got, want)
			}
		}
	}
}

// Whatever a line holds, nothing of it but characters and their looks reaches
// the terminal.
func FuzzShow(f *testing.F) {
	for _, p := range pieces {
		f.Add("x"+p+"y", p+p)
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		e := vt.NewEmulator(20, 2)
		s := open(t, e, 20, 2)
		s.Show(screen.Frame{Lines: []string{first, second}})
		s.Flush()
		last := screen.Frame{Lines: []string{second, first}}
		s.Show(last)
		s.Flush()
		if got, want := look(e), fresh(t, last, 20, 2); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

// The frame must be right, not only the same both ways.
func TestShows(t *testing.T) {
	for _, c := range []struct{ name, line, want string }{
		{"plain", "hello", "hello     "},
		{"cut", "hello, world", "hello, wor"},
		{"wide", "漢字x", "漢字x     "},
		{"wide at the edge", "123456789漢", "123456789 "},
		{"joined", "👩‍👩‍👧|", "👩‍👩‍👧|       "},
		{"combining", "e\u0301|", "e\u0301|        "},
		{"soft hyphen", "ab\u00adc", "abc       "},
		{"controls", "a\x07b\tc\rd\u0085e", "abcde     "},
		{"sequences", "a\x1b[2Jb\x1b[1;1Hc\x1b]0;t\x07d\x1bce", "abcde     "},
		{"unfinished", "ab\x1b[3", "ab        "},
		{"not UTF-8", "a\xffb", "a\ufffdb       "},
		{"empty", "", "          "},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := vt.NewEmulator(10, 2)
			s := open(t, e, 10, 2)
			s.Show(screen.Frame{Lines: []string{strings.Repeat("#", 10), c.line}})
			s.Flush()
			if got := row(e, 1); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func row(e *vt.Emulator, y int) string {
	var b strings.Builder
	for x := 0; x < e.Width(); {
		c := e.CellAt(x, y)
		b.WriteString(c.Content)
		x += max(c.Width, 1)
	}
	return b.String()
}

func TestStyles(t *testing.T) {
	e := vt.NewEmulator(10, 1)
	s := open(t, e, 10, 1)
	for _, line := range []string{"\x1b[1;32mab\x1b[7mc\x1b[mde", "\x1b[4mab\x1b[0mcde", "\x1b[41m          \x1b[m"} {
		s.Show(screen.Frame{Lines: []string{line}})
		s.Flush()
		plain := vt.NewEmulator(10, 1)
		fmt.Fprint(plain, line)
		for x := range 10 {
			if got, want := e.CellAt(x, 0).Style, plain.CellAt(x, 0).Style; !got.Equal(&want) {
				t.Errorf("%q, column %d: got %+v, want %+v", line, x, got, want)
			}
		}
	}
}

// One write a frame, in marks, and none when nothing differs.
func TestWrites(t *testing.T) {
	out := &output{}
	s := open(t, out, 40, 3)
	s.Flush()
	out.take()
	before := s.Stats()

	s.Show(screen.Frame{Lines: []string{"one", "two", "three"}})
	s.Flush()
	writes := out.take()
	if len(writes) != 1 {
		t.Fatalf("%d writes for one frame: %q", len(writes), writes)
	}
	if w := string(writes[0]); !strings.HasPrefix(w, ansi.SetModeSynchronizedOutput) || !strings.HasSuffix(w, ansi.ResetModeSynchronizedOutput) {
		t.Errorf("not in marks of synchronized output: %q", w)
	}

	s.Show(screen.Frame{Lines: []string{"one", "\x1b[mtwo", "three"}})
	s.Flush()
	if writes := out.take(); len(writes) != 0 {
		t.Errorf("written though the terminal shows it already: %q", writes)
	}

	s.Show(screen.Frame{Lines: []string{"one", "twa", "three"}})
	s.Flush()
	if got, want := string(bytes.Join(out.take(), nil)), "\x1b[?2026h\x1b[2;3Ha\x1b[?2026l"; got != want {
		t.Errorf("one letter: got %q, want %q", got, want)
	}

	s.Show(screen.Frame{Lines: []string{"one", "twa", "three"}, Cursor: &screen.Point{X: 2, Y: 0}})
	s.Flush()
	if got, want := string(bytes.Join(out.take(), nil)), "\x1b[?2026h\x1b[1;3H\x1b[?25h\x1b[?2026l"; got != want {
		t.Errorf("the cursor: got %q, want %q", got, want)
	}

	s.Send("\x1b]52;c;aGk=\x07")
	s.Show(screen.Frame{})
	s.Flush()
	if writes := out.take(); len(writes) != 1 || !strings.HasPrefix(string(writes[0]), "\x1b]52;c;aGk=\x07\x1b[?2026h\x1b[?25l") {
		t.Errorf("a sequence and a frame: %q", writes)
	}
	if got := s.Stats(); got.Frames-before.Frames != 4 || got.Bytes <= before.Bytes {
		t.Errorf("stats: %+v", got)
	}
}

// The terminal is left as it was found, whatever happened.
func TestClose(t *testing.T) {
	e := vt.NewEmulator(40, 4)
	modes := map[ansi.Mode]bool{}
	e.SetCallbacks(vt.Callbacks{
		EnableMode:  func(m ansi.Mode) { modes[m] = true },
		DisableMode: func(m ansi.Mode) { modes[m] = false },
	})
	fmt.Fprint(e, "$ evenkeel")
	before := look(e)
	s := screen.New(screen.Options{Out: e, Width: 40, Height: 4, Mouse: true, Title: "evenkeel"})
	if err := s.Close(); err != nil {
		t.Errorf("closed before it was opened: %v", err)
	}
	s = screen.New(screen.Options{Out: e, Width: 40, Height: 4, Mouse: true, Title: "evenkeel"})
	if err := s.Open(); err != nil {
		t.Fatal(err)
	}
	s.Show(screen.Frame{Lines: []string{"\x1b[31mred"}})
	s.Flush()
	if !e.IsAltScreen() || !e.CursorHidden() || !modes[ansi.ModeMouseNormal] || !modes[ansi.ModeMouseExtSgr] || !modes[ansi.ModeBracketedPaste] {
		t.Errorf("not taken over: %v", modes)
	}
	s.SetMouse(false)
	s.Flush()
	if modes[ansi.ModeMouseNormal] {
		t.Error("the mouse is still on")
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	s.Show(screen.Frame{Lines: []string{"late"}})
	s.Flush()
	if err := s.Release(); err != nil {
		t.Error(err)
	}
	if e.IsAltScreen() || e.CursorHidden() || modes[ansi.ModeBracketedPaste] || !modes[ansi.ModeAutoWrap] {
		t.Errorf("not given back: %v", modes)
	}
	fmt.Fprint(e, "\x1b[1;11H")
	if got := look(e); got != before {
		t.Errorf("got %s\nwant %s", got, before)
	}
}

// gate is a terminal that takes nothing until it is opened.
type gate struct {
	output
	reached chan struct{}
	release chan struct{}
}

func (g *gate) Write(p []byte) (int, error) {
	select {
	case g.reached <- struct{}{}:
	default:
	}
	<-g.release
	return g.output.Write(p)
}

// A terminal that takes no output holds nobody up; when it goes on it gets
// the newest frame and not the ones between.
func TestBlockedTerminal(t *testing.T) {
	g := &gate{reached: make(chan struct{}, 1), release: make(chan struct{})}
	s := open(t, g, 20, 2)
	<-g.reached
	for i := range 1000 {
		s.Show(screen.Frame{Lines: []string{fmt.Sprint("frame ", i)}})
		s.Send(strings.Repeat("x", 10<<10))
	}
	close(g.release)
	s.Flush()
	all := string(bytes.Join(g.take(), nil))
	if len(all) > 300<<10 {
		t.Errorf("%d bytes were kept waiting", len(all))
	}
	if !strings.Contains(all, "frame 999") || strings.Contains(all, "frame 500") {
		t.Error("not the newest frame alone")
	}
}

// Closing gives up on a terminal that takes nothing at all.
func TestCloseStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{reached: make(chan struct{}, 1), release: make(chan struct{})}
		s := screen.New(screen.Options{Out: g, Width: 20, Height: 2})
		if err := s.Open(); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); !errors.Is(err, screen.ErrStuck) {
			t.Errorf("got %v", err)
		}
		close(g.release)
	})
}

// Frames are painted at a bounded rate, and nothing wakes at rest.
func TestRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &output{}
		s := screen.New(screen.Options{Out: out, Width: 20, Height: 2})
		if err := s.Open(); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for i := range 1000 {
			s.Show(screen.Frame{Lines: []string{fmt.Sprint("frame ", i)}})
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Hour)
		if got := s.Stats().Frames; got < 50 || got > 64 {
			t.Errorf("%d frames in a second", got)
		}
		out.take()
		s.Show(screen.Frame{Lines: []string{"at once"}})
		at := time.Now()
		synctest.Wait()
		if len(out.take()) != 1 || time.Since(at) != 0 {
			t.Error("a frame after a rest had to wait")
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestGuard(t *testing.T) {
	e := vt.NewEmulator(10, 2)
	s := open(t, e, 10, 2)
	defer func() {
		if recover() == nil {
			t.Error("the panic was swallowed")
		}
		if e.IsAltScreen() {
			t.Error("the terminal was not put back before the panic went on")
		}
	}()
	s.Guard(func() tea.Msg { panic("oh") })()
}

// dissenter is a terminal that takes one character for narrower or wider than
// we do.
type dissenter struct {
	*vt.Emulator
	char, as string
}

func (d dissenter) Write(p []byte) (int, error) {
	_, err := d.Emulator.Write(bytes.ReplaceAll(p, []byte(d.char), []byte(d.as)))
	return len(p), err
}

// A character on whose width terminals disagree spoils nothing but itself.
func TestDissent(t *testing.T) {
	const family = "👩‍👩‍👧"
	for _, as := range []string{"X", "XX", "XXXXXX"} {
		t.Run(as, func(t *testing.T) {
			e := vt.NewEmulator(20, 2)
			s := open(t, dissenter{e, family, as}, 20, 2)
			for _, lines := range [][]string{
				{"0123456789 123456789", "0123456789"},
				{"01" + family + "456789 123456789", "0123456789"},
				{"01" + family + "45" + family + "89 12345678", "0123456789"},
				{"012345" + family + "89 1234567" + family, "0123456789"},
				{"0123456789 12345678", "0123456789"},
			} {
				s.Show(screen.Frame{Lines: lines})
				s.Flush()
				for y := range 2 {
					want := ansi.Truncate(lines[y]+strings.Repeat(" ", 20), 20, "")
					for x, rest := 0, want; rest != ""; {
						cluster, width := ansi.FirstGraphemeCluster(rest, ansi.GraphemeWidth)
						if got := e.CellAt(x, y).Content; cluster != family && got != cluster {
							t.Fatalf("%q: column %d of row %d shows %q", lines[y], x, y, got)
						}
						x, rest = x+width, rest[len(cluster):]
					}
				}
			}
		})
	}
}
