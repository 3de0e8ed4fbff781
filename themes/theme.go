package themes

import (
	"io"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
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
	ground            string
	start             [surfaceCount][roleCount]string // the codes before a text; "" where it is plain
	end               string                          // back to the ground, whatever the start was
}

// Paint returns s in the look of r where it lies on a surface. The text is one line without
// control sequences of its own. An empty text stays empty.
func (t *Theme) Paint(on Surface, r Role, s string) string {
	start := t.start[on][r]
	if s == "" || start == "" {
		return s
	}
	return start + s + t.end
}

// Codes returns what Paint puts before and after a text, for those who build a line of many parts.
// The end is the same for all that have one: Ground, or a plain reset where that is empty.
func (t *Theme) Codes(on Surface, r Role) (start, end string) {
	start = t.start[on][r]
	if start == "" {
		return "", ""
	}
	return start, t.end
}

// Ground returns the codes that every line of a frame begins with: they give the background of the
// screen to the cells that nobody painted. It is empty for a theme that leaves the terminal's own.
// What Paint returns ends with the ground again, so once a line is enough.
func (t *Theme) Ground() string { return t.ground }

// Glyphs returns the marks and lines to draw with. They are shared: not to be changed.
func (t *Theme) Glyphs() *Glyphs { return t.glyphs }

// Name returns what the theme is called in settings.
func (t *Theme) Name() string { return t.name }

// Description returns one line about the theme, for the picker.
func (t *Theme) Description() string { return t.description }

// newTheme works out every combination of role and surface once. The plain sheet has no colours:
// it stands in for what a terminal with few of them cannot show.
func newTheme(name string, s, plain *sheet, o Options) *Theme {
	t := &Theme{name: name, description: s.description, glyphs: &unicodeGlyphs, end: "\x1b[m"}
	if o.ASCII {
		t.glyphs = &asciiGlyphs
	}
	s = o.Colors.reduce(s, plain)
	// What a terminal can show has been seen to: nothing is to be converted again.
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(termenv.TrueColor)
	text := s.role(Text)
	f := &fitter{profile: o.Colors, text: text, known: map[[2]ink][2]ink{}}
	if screen := s.surface(Screen); screen.background.color != nil {
		ground := look{foreground: text.foreground, background: screen.background}
		t.ground = f.fit(ground).codes(r, true)
		t.end = t.ground
	}
	for on := range surfaceCount {
		surface := s.surface(on)
		for role := range roleCount {
			t.start[on][role] = f.fit(surface.under(s.role(role))).codes(r, t.ground != "")
		}
	}
	return t
}
