package screen

import "github.com/charmbracelet/x/ansi"

// The window's title is kept on the terminal's own stack meanwhile.
const (
	pushTitle = "\x1b[22;2t"
	popTitle  = "\x1b[23;2t"
)

// entering is what takes the terminal over. Lines never wrap: each is cut to
// the screen, and a character that turns out wider must not spoil the next row.
func entering(title string) string {
	s := ansi.SetModeAltScreenSaveCursor + ansi.ResetModeTextCursorEnable +
		ansi.ResetModeAutoWrap + ansi.SetModeBracketedPaste + ansi.ResetStyle
	if title != "" {
		s += pushTitle + ansi.SetWindowTitle(ansi.Strip(title))
	}
	return s
}

// leaving undoes what entering and mouseModes do.
func leaving(title string) string {
	s := ansi.ResetStyle + mouseModes(false) + ansi.ResetModeBracketedPaste +
		ansi.SetModeAutoWrap + ansi.ResetModeAltScreenSaveCursor + ansi.SetModeTextCursorEnable
	if title != "" {
		s += popTitle
	}
	return s
}

// mouseModes asks for presses, releases and the wheel, or for nothing. The
// pointer's movements are of no use here and would only cause traffic.
func mouseModes(on bool) string {
	if on {
		return ansi.SetModeMouseNormal + ansi.SetModeMouseExtSgr
	}
	return ansi.ResetModeMouseNormal + ansi.ResetModeMouseExtSgr
}
