package widget

import (
	"strings"
	"time"

	"github.com/evenkeel/evenkeel/themes"
)

// Bar appends a bar of exactly so many cells that shows how much is done.
func (r *Row) Bar(done, of, width int) *Row {
	if width <= 0 {
		return r
	}
	g := r.c.Glyphs()
	halves := 0
	if of > 0 {
		halves = 2 * width * max(0, min(done, of)) / of
	}
	full, part := halves/2, ""
	if halves%2 == 1 {
		part = g.BarPart
	}
	return r.Add(themes.Done, strings.Repeat(g.BarFull, full)+part).
		Add(themes.Rest, strings.Repeat(g.BarEmpty, width-full-halves%2))
}

// spinnerStep is how long one frame of the spinner is seen.
const spinnerStep = 100 * time.Millisecond

// Spinner is the frame of the spinner at the canvas's time. It does not tick:
// it turns as long as something else makes frames.
func (c Canvas) Spinner() string {
	frames := c.Glyphs().Spinner
	n := c.Now.UnixMilli() / spinnerStep.Milliseconds() % int64(len(frames))
	return frames[max(0, n)]
}
