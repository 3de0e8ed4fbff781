package screen

import (
	"errors"
	"io"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	interval = 16 * time.Millisecond // between two paints
	patience = 2 * time.Second       // for a terminal that takes no output, at the end
	backlog  = 256 << 10             // bytes that Send keeps waiting
)

// ErrStuck is what Close returns when the terminal took no output.
var ErrStuck = errors.New("the terminal takes no output and may be left as it was")

// Options say where a Screen paints.
type Options struct {
	// In is the terminal that is read, to be set to raw mode. Nil, or anything
	// but a terminal, is left alone.
	In *os.File
	// Out is the terminal.
	Out io.Writer
	// Mouse asks for clicks and the wheel.
	Mouse bool
	// Title is the title of the window; empty leaves it alone.
	Title string
	// Width and Height are the size until Resize. 0 asks Out.
	Width, Height int
}

// Point is a cell of the screen; 0, 0 is the upper left corner.
type Point struct{ X, Y int }

// Frame is what the screen is to show. Lines that are too long are cut, those
// that are missing are blank.
type Frame struct {
	Lines  []string
	Cursor *Point // of text entry; nil hides it
}

// Stats counts what a Screen has written.
type Stats struct {
	Frames int // paints in which something differed
	Bytes  int // everything, modes included
}

// Screen paints frames on a terminal. All its methods can be called from any
// goroutine; Show, Resize, SetMouse and Send never wait.
type Screen struct {
	out   io.Writer
	title string
	term  terminal

	wake   chan struct{} // something is to be painted
	calls  chan func()   // to be done by the painting goroutine
	resume chan struct{} // the size is to be asked for
	quit   chan struct{} // closed by Close
	done   chan struct{} // closed when painting has ended
	winch  chan os.Signal
	open   sync.Once
	close  sync.Once
	lent   atomic.Bool // another program has the terminal

	mu      sync.Mutex
	running bool // the painting goroutine has been started
	next    request
	stats   Stats
	err     error // of a write; nothing is written afterwards

	// The painting goroutine's own.
	painter painter
	batch   request // what it took over last
	mouse   bool    // as the terminal has it
}

// request is what is to be painted next.
type request struct {
	lines         []string
	cursor        *Point
	width, height int
	anew          bool // the size changed
	mouse         bool
	send          []string
}

// New returns a screen. Nothing is written before Open.
func New(o Options) *Screen {
	s := &Screen{
		out:    o.Out,
		title:  o.Title,
		term:   terminal{in: o.In},
		wake:   make(chan struct{}, 1),
		calls:  make(chan func()),
		resume: make(chan struct{}, 1),
		quit:   make(chan struct{}),
		done:   make(chan struct{}),
		winch:  make(chan os.Signal, 1),
		next:   request{width: o.Width, height: o.Height, anew: true, mouse: o.Mouse},
	}
	s.term.out, _ = o.Out.(*os.File)
	if o.Width == 0 || o.Height == 0 {
		s.next.width, s.next.height = s.term.size()
	}
	return s
}

// Open takes the terminal: raw mode, alternate screen, no cursor. It is to be
// called once, and followed by Close even when it fails.
func (s *Screen) Open() error {
	var err error
	s.open.Do(func() {
		if err = s.term.raw(); err != nil {
			close(s.done)
			return
		}
		s.resume <- struct{}{}
		notifyResize(s.winch)
		s.mu.Lock()
		s.running = true
		s.mu.Unlock()
		go s.run()
	})
	return err
}

// Close gives the terminal back as it was found and waits until nothing is
// painted any more. Further calls, and calls before Open, do nothing. When the
// terminal takes no output it is left after a while, with ErrStuck.
func (s *Screen) Close() error {
	s.open.Do(func() { close(s.done) })
	var err error
	s.close.Do(func() {
		close(s.quit)
		stopResize(s.winch)
		late := time.NewTimer(patience)
		defer late.Stop()
		select {
		case <-s.done:
			s.mu.Lock()
			err = s.err
			s.mu.Unlock()
		case <-late.C:
			err = ErrStuck
		}
		err = errors.Join(err, s.term.restore())
	})
	return err
}

// Show makes the terminal show a frame, soon. A frame that was not painted yet
// is forgotten.
func (s *Screen) Show(f Frame) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := &s.next
	if !n.anew && slices.Equal(n.lines, f.Lines) && samePoint(n.cursor, f.Cursor) {
		return
	}
	n.lines = append(n.lines[:0], f.Lines...)
	n.cursor = nil
	if f.Cursor != nil {
		at := *f.Cursor
		n.cursor = &at
	}
	s.nudge()
}

// Resize tells the size of the terminal. The next frame that is shown is
// painted whole.
func (s *Screen) Resize(width, height int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next.width, s.next.height, s.next.anew = width, height, true
}

// Size returns the size of the screen.
func (s *Screen) Size() (width, height int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.next.width, s.next.height
}

// SetMouse asks for clicks and the wheel, or for no mouse events at all.
func (s *Screen) SetMouse(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next.mouse = on
	s.nudge()
}

// Send writes a control sequence as it is, between two frames. When the
// terminal takes no output the oldest of many are dropped.
func (s *Screen) Send(sequence string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next.send = append(s.next.send, sequence)
	size := 0
	for i, waiting := range slices.Backward(s.next.send) {
		if size += len(waiting); size > backlog {
			s.next.send = slices.Delete(s.next.send, 0, i+1)
			break
		}
	}
	s.nudge()
}

// Flush paints what was shown and waits until it is written.
func (s *Screen) Flush() { s.call(s.paint) }

// Release gives the terminal to another program until Restore.
func (s *Screen) Release() error {
	var err error
	s.call(func() {
		s.paint()
		s.leave()
		s.lent.Store(true)
		err = s.term.restore()
	})
	return err
}

// Restore takes the terminal back and paints everything anew.
func (s *Screen) Restore() error {
	var err error
	s.call(func() {
		if err = s.term.raw(); err != nil {
			return
		}
		s.lent.Store(false)
		s.enter()
		s.paint()
	})
	select {
	case s.resume <- struct{}{}:
	default:
	}
	return err
}

// Lent reports whether another program has the terminal, from Release to
// Restore. Interrupts are meant for that one then.
func (s *Screen) Lent() bool { return s.lent.Load() }

// Stats returns what has been written so far.
func (s *Screen) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats
}

// nudge wakes the painting goroutine.
func (s *Screen) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// call has the painting goroutine do something and waits for it. Nothing is
// done before Open and after Close.
func (s *Screen) call(do func()) {
	s.mu.Lock()
	running := s.running
	s.mu.Unlock()
	if !running {
		return
	}
	ended := make(chan struct{})
	select {
	case s.calls <- func() { do(); close(ended) }:
		<-ended
	case <-s.quit:
	}
}

// run paints until Close. Only this goroutine writes to the terminal.
func (s *Screen) run() {
	defer close(s.done)
	s.enter()
	var last time.Time
	var later <-chan time.Time
	for {
		select {
		case <-s.quit:
			if !s.lent.Load() {
				s.leave()
			}
			return
		case do := <-s.calls:
			do()
			continue
		case <-s.wake:
			if later != nil {
				continue
			}
			if wait := interval - time.Since(last); wait > 0 {
				later = time.After(wait)
				continue
			}
		case <-later:
			later = nil
		}
		s.paint()
		last = time.Now()
	}
}

// paint writes what was asked for since the last paint.
func (s *Screen) paint() {
	if s.lent.Load() {
		return
	}
	s.mu.Lock()
	b := &s.batch
	b.lines = append(b.lines[:0], s.next.lines...)
	b.cursor, b.mouse, b.send = s.next.cursor, s.next.mouse, s.next.send
	s.next.send = nil
	if s.next.anew {
		s.next.anew = false
		s.painter.resize(s.next.width, s.next.height)
	}
	s.mu.Unlock()

	out := s.painter.paint(b.lines, b.cursor)
	frames := 0
	if len(out) > 0 {
		frames = 1
	}
	if b.mouse != s.mouse || len(b.send) > 0 {
		var before []byte
		if b.mouse != s.mouse {
			before = append(before, mouseModes(b.mouse)...)
			s.mouse = b.mouse
		}
		for _, seq := range b.send {
			before = append(before, seq...)
		}
		b.send = nil
		out = append(before, out...)
	}
	s.write(out, frames)
}

// enter takes the terminal over; the next frame is painted whole.
func (s *Screen) enter() {
	s.mouse = false
	s.painter.cursor = nil
	s.painter.forget()
	s.write([]byte(entering(s.title)), 0)
}

// leave gives the terminal back.
func (s *Screen) leave() {
	s.write([]byte(leaving(s.title)), 0)
}

// write writes everything in one go.
func (s *Screen) write(p []byte, frames int) {
	s.mu.Lock()
	failed := s.err != nil
	s.mu.Unlock()
	if len(p) == 0 || failed {
		return
	}
	n, err := s.out.Write(p)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Frames += frames
	s.stats.Bytes += n
	s.err = err
}

func samePoint(a, b *Point) bool {
	return a == nil && b == nil || a != nil && b != nil && *a == *b
}
