package themes

import (
	"image/color"
	"math"

	"github.com/charmbracelet/x/ansi"
)

// What is side by side has to be told apart, be the colours ever so few: the rows of a list, the
// lines of a diff, and what frames them.
var neighbours = [][]Surface{
	{Screen, Cursor, Chosen, Marked},
	{Screen, Added, AddedPart, Removed, RemovedPart},
	{Screen, Fold, Bar},
}

// inks are the roles that lend their foreground to a surface that cannot have its background.
var inks = map[Surface]Role{
	Cursor: Text, Marked: Warning,
	Added: SignAdded, AddedPart: SignAdded, Removed: SignRemoved, RemovedPart: SignRemoved,
}

// reduce returns what the sheet says as far as a profile can show it, colours not yet converted.
// The plain sheet says which attributes stand in for backgrounds.
func (p Profile) reduce(s, plain *sheet) *sheet {
	switch {
	case p == NoColor && s.colorful():
		return plain
	case p == NoColor || p == TrueColor:
		return s
	}
	reduced := *s
	if screen := s.surfaces[Screen]; p == ANSI && screen != nil && p.convert(screen.background) != screen.background {
		black := *screen // the nearest of 16 would be a grey on which nothing is read
		black.background.color = ansi.Black
		if luminance(screen.background.color) > middling {
			black.background.color = ansi.BrightWhite
		}
		reduced.surfaces[Screen] = &black
	}
	for _, group := range neighbours {
		if !p.shows(s, group) {
			for _, f := range group[1:] {
				l := look{on: plain.surface(f).on, off: plain.surface(f).off}
				if r, lends := inks[f]; lends {
					l.foreground = s.role(r).foreground
				}
				reduced.surfaces[f] = &l
			}
		}
	}
	return &reduced
}

// shows tells whether a profile can show the backgrounds of a group. Sixteen colours have no tints,
// and more may have too few.
func (p Profile) shows(s *sheet, group []Surface) bool {
	seen := map[look]look{}
	for _, f := range group {
		l := s.surface(f)
		c := l
		c.foreground, c.background = p.convert(l.foreground), p.convert(l.background)
		if p == ANSI && c.background != l.background {
			return false
		}
		if other, taken := seen[c]; taken && other != l {
			return false
		}
		seen[c] = l
	}
	return true
}

// middling is the luminance that is as far from black as from white, in contrast.
const middling = 0.179

// convert returns the colour of the profile that is nearest to a colour. Those that the profile
// has are left alone: one of the 16 is what the terminal's owner made it.
func (p Profile) convert(i ink) ink {
	switch i.color.(type) {
	case nil, ansi.BasicColor:
		return i
	}
	switch p {
	case ANSI:
		i.color = ansi.Convert16(i.color)
	case ANSI256:
		i.color = ansi.Convert256(i.color)
	}
	return i
}

// legible is the least contrast that text keeps where colours are few.
const legible = 3

// fitter makes looks of the colours that a profile has.
type fitter struct {
	profile Profile
	text    look
	known   map[[2]ink][2]ink // what became of a foreground and a background
}

// fit converts the colours of a look. Text that could be read and no longer can for the want of
// colours takes the foreground of text, or else black or white.
func (f *fitter) fit(l look) look {
	if f.profile == TrueColor {
		return l
	}
	colors := [2]ink{l.foreground, l.background}
	fitted, done := f.known[colors]
	if !done {
		fitted = f.pair(colors)
		f.known[colors] = fitted
	}
	l.foreground, l.background = fitted[0], fitted[1]
	return l
}

// pair converts a foreground and a background.
func (f *fitter) pair(before [2]ink) [2]ink {
	after := [2]ink{f.profile.convert(before[0]), f.profile.convert(before[1])}
	for _, c := range []color.Color{f.profile.convert(f.text.foreground).color, ansi.Black, ansi.BrightWhite} {
		if !worse(before, after) {
			break
		}
		after[0].color = c
	}
	return after
}

// worse tells whether text on a surface fell below what is legible. Of the terminal's own colours
// nothing is known.
func worse(before, after [2]ink) bool {
	if after[0].color == nil || after[1].color == nil {
		return false
	}
	return contrast(after[0].color, after[1].color) < min(legible, contrast(before[0].color, before[1].color))
}

// contrast is the contrast ratio of two colours as WCAG 2 defines it: 1 for none, 21 for black on
// white. What the terminal's owner chose is not known: the 16 colours count as those of xterm.
func contrast(a, b color.Color) float64 {
	light, dark := luminance(a), luminance(b)
	if light < dark {
		light, dark = dark, light
	}
	return (light + 0.05) / (dark + 0.05)
}

// luminance is the relative luminance of a colour in sRGB.
func luminance(c color.Color) float64 {
	linear := func(v uint32) float64 {
		s := float64(v) / 0xffff
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	r, g, b, _ := c.RGBA()
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}
