// Package widget holds what the panels of the console are made of: canvases,
// boxes, lists, texts and filters. It knows how things are drawn and nothing of
// what they mean.
//
// A view is a slice of lines, one for each row of its canvas, each exactly as
// wide as the canvas; so they can be put side by side and below each other
// without measuring anything again.
package widget

import (
	"strings"
	"time"

	"github.com/evenkeel/evenkeel/themes"
)

// Canvas is what a view is drawn on: an area, a theme and the time.
type Canvas struct {
	*themes.Theme
	Now           time.Time
	Width, Height int
	Focused       bool // the keys go here
}

// Size is the canvas with another size.
func (c Canvas) Size(width, height int) Canvas {
	c.Width, c.Height = max(0, width), max(0, height)
	return c
}

// Blank returns a line of spaces.
func Blank(width int) string { return spaces(width) }

const manySpaces = "                                                                                                                                "

func spaces(n int) string {
	if n <= 0 {
		return ""
	}
	if n <= len(manySpaces) {
		return manySpaces[:n]
	}
	return strings.Repeat(" ", n)
}

// Fit makes a clean, unstyled text exactly as wide as asked: what is too long
// ends with an ellipsis.
func (c Canvas) Fit(s string, width int) string {
	w := Width(s)
	switch {
	case width <= 0:
		return ""
	case w == width:
		return s
	case w < width:
		return s + spaces(width-w)
	}
	n, w := head(s, width-1)
	return s[:n] + c.Glyphs().Ellipsis + spaces(width-1-w) // half of a wide character may have had to go
}

// FitRight is Fit for what is aligned to the right.
func (c Canvas) FitRight(s string, width int) string {
	if w := Width(s); w < width {
		return spaces(width-w) + s
	}
	return c.Fit(s, width)
}

// Pad makes a styled line exactly as wide as the canvas. It cuts what is too
// long, and fills what is too short on the surface.
func (c Canvas) Pad(on themes.Surface, line string) string {
	line, w := clip(line, c.Width)
	if w >= c.Width {
		return line
	}
	return line + c.Paint(on, themes.Text, spaces(c.Width-w))
}

// Fill makes lines exactly as many as the canvas is high.
func (c Canvas) Fill(lines []string) []string {
	if len(lines) > c.Height {
		return lines[:c.Height]
	}
	for len(lines) < c.Height {
		lines = append(lines, spaces(c.Width))
	}
	return lines
}
