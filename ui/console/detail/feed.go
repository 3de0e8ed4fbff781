package detail

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel/ui"
)

// feed is a log as it comes in. It ends with the context that it was opened
// with.
type feed struct {
	lines chan string
	err   error // why it broke off; to be read when lines is closed
}

// batch is what came in at once.
type batch struct {
	lines []string
	ended bool  // there is nothing more to come
	err   error // why it broke off
}

const (
	// gather is how long lines are gathered that come one after the other.
	gather = 100 * time.Millisecond
	// maxBatch is how many of them are gathered at most.
	maxBatch = 2000
	// maxLogLine is how long a piece of a line may be; the rest is another one.
	maxLogLine = 16 << 10
)

// openFeed opens a log.
func openFeed(ctx context.Context, open func(context.Context) (io.ReadCloser, error)) (*feed, error) {
	from, err := open(ctx)
	if err != nil {
		return nil, err
	}
	f := &feed{lines: make(chan string, 256)}
	go f.read(ctx, from)
	return f, nil
}

// read reads until the log or the context ends.
func (f *feed) read(ctx context.Context, from io.ReadCloser) {
	defer close(f.lines)
	unhook := context.AfterFunc(ctx, func() { _ = from.Close() }) // which wakes the reader
	defer func() {
		if unhook() {
			_ = from.Close()
		}
	}()
	r := bufio.NewReaderSize(from, maxLogLine)
	for {
		line, err := r.ReadSlice('\n')
		if len(line) > 0 {
			select {
			case f.lines <- ui.Clean(strings.TrimRight(string(line), "\r\n")):
			case <-ctx.Done():
				return
			}
		}
		switch {
		case err == nil, errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF), ctx.Err() != nil:
			return
		default:
			f.err = err
			return
		}
	}
}

// next waits for lines, and gathers those that follow.
func (f *feed) next(ctx context.Context) (batch, error) {
	var b batch
	var done <-chan time.Time
	for len(b.lines) < maxBatch {
		select {
		case line, more := <-f.lines:
			if !more {
				b.ended, b.err = true, f.err
				return b, nil
			}
			b.lines = append(b.lines, line)
			if done == nil {
				timer := time.NewTimer(gather)
				defer timer.Stop()
				done = timer.C
			}
		case <-done:
			return b, nil
		case <-ctx.Done():
			return b, ctx.Err()
		}
	}
	// More is waiting than a batch takes: no more than one in so long a time.
	select {
	case <-done:
	case <-ctx.Done():
	}
	return b, nil
}
