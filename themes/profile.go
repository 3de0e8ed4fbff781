package themes

import (
	"slices"
	"strings"
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
