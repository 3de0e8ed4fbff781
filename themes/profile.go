package themes

import (
	"image/color"
	"math"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Profile is how many colours a terminal can show.
type Profile uint8

// The profiles, from the least to the most.
const (
	NoColor   Profile = iota // attributes such as bold and reverse only
	ANSI                     // the 16 colours that the terminal's owner chose
	ANSI256                  // and the palette of 256
	TrueColor                // any colour
)

// Detect says what a terminal can show, going by the variables of the environment. NO_COLOR set to
// anything but the empty text means no colour, as https://no-color.org has it, and wins.
func Detect(getenv func(string) string) Profile {
	term := strings.ToLower(getenv("TERM"))
	program := getenv("TERM_PROGRAM")
	switch {
	case getenv("NO_COLOR") != "", term == "dumb":
		return NoColor
	case term == "" && (getenv("WT_SESSION") != "" || getenv("OS") == "Windows_NT"):
		return TrueColor // Windows has no TERM
	case term == "", strings.HasPrefix(term, "vt"):
		return NoColor
	case term == "linux": // the virtual console takes 24-bit colours and shows one of 16
		return ANSI
	case strings.HasPrefix(term, "screen") && getenv("TMUX") == "":
		return ANSI256 // GNU screen hands COLORTERM on and cannot do what it says
	case slices.Contains([]string{"truecolor", "24bit"}, strings.ToLower(getenv("COLORTERM"))):
		return TrueColor
	case strings.HasSuffix(term, "-direct"),
		slices.Contains([]string{"alacritty", "contour", "foot", "rio", "wezterm", "xterm-ghostty", "xterm-kitty"}, term),
		getenv("WT_SESSION") != "",
		slices.Contains([]string{"WezTerm", "iTerm.app", "ghostty", "vscode"}, program):
		return TrueColor
	case strings.Contains(term, "256color"), program == "Apple_Terminal", getenv("TMUX") != "":
		return ANSI256
	}
	return ANSI
}

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

// fit makes a look of the colours a profile has. Text that could be read and no longer can for the
// want of colours takes another's foreground, or else black or white.
func (p Profile) fit(l, text look) look {
	fitted := l
	fitted.foreground, fitted.background = p.convert(l.foreground), p.convert(l.background)
	if p == TrueColor || !worse(l, fitted) {
		return fitted
	}
	for _, c := range []color.Color{p.convert(text.foreground).color, ansi.Black, ansi.BrightWhite} {
		fitted.foreground.color = c
		if !worse(l, fitted) {
			break
		}
	}
	return fitted
}

// worse tells whether text on a surface fell below what is legible. Of the terminal's own colours
// nothing is known.
func worse(before, after look) bool {
	if after.foreground.color == nil || after.background.color == nil {
		return false
	}
	return contrast(after.foreground.color, after.background.color) <
		min(legible, contrast(before.foreground.color, before.background.color))
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
