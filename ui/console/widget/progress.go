package widget

import (
	"fmt"
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

// The least and the most cells that a bar is worth.
const (
	shortBar = 5
	longBar  = 40
)

// Progress draws how far something is on one line: a bar, the count and what is
// counted, in the plural. In a narrow place the bar goes first.
func (c Canvas) Progress(done, of int, what string) string {
	words := fmt.Sprintf("%d of %d %s", done, of, what)
	r := c.Row(themes.Screen)
	if room := c.Width - Width(words) - 1; room >= shortBar {
		r.Bar(done, of, min(longBar, room)).Gap(1)
	}
	return r.Fit(themes.Text, words, min(Width(words), r.Room())).String()
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
