// Package themes decides what everything the console shows looks like. The console names what a
// piece of text is (a Role) and what it lies on (a Surface); a Theme turns the two into terminal
// codes, and a theme file says which.
package themes

// Profile is how many colours a terminal can show.
type Profile uint8

// The profiles, from the least to the most.
const (
	NoColor   Profile = iota // attributes such as bold and reverse only
	ANSI                     // the 16 colours that the terminal's owner chose
	ANSI256                  // and the palette of 256
	TrueColor                // any colour
)

// Options are what a theme has to make do with.
type Options struct {
	Colors Profile
	ASCII  bool // borders and marks out of ASCII characters
}

// Theme turns roles into what a terminal shows. It never changes, so any number of goroutines may
// use it at once.
type Theme struct {
	name, description string
	glyphs            *Glyphs
	start             [surfaceCount][roleCount]string // the codes before a text; "" where it is plain
}

// reset ends every style. One end for all keeps the codes free of what the start was.
const reset = "\x1b[m"

// Paint returns s in the look of r where it lies on a surface. The text is one line without
// control sequences of its own. An empty text stays empty.
func (t *Theme) Paint(on Surface, r Role, s string) string {
	start := t.start[on][r]
	if s == "" || start == "" {
		return s
	}
	return start + s + reset
}

// Codes returns what Paint puts before and after a text, for those who build a line of many parts.
func (t *Theme) Codes(on Surface, r Role) (start, end string) {
	start = t.start[on][r]
	if start == "" {
		return "", ""
	}
	return start, reset
}

// Glyphs returns the marks and lines to draw with. They are shared: not to be changed.
func (t *Theme) Glyphs() *Glyphs { return t.glyphs }

// Name returns what the theme is called in settings.
func (t *Theme) Name() string { return t.name }

// Description returns one line about the theme, for the picker.
func (t *Theme) Description() string { return t.description }
