package themes

import (
	"fmt"
	"image/color"
	"strconv"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
)

// ink is a colour that may have been given.
type ink struct {
	given bool
	color color.Color // nil: the terminal's own
}

// or returns the ink, or another where none was given.
func (i ink) or(other ink) ink {
	if i.given {
		return i
	}
	return other
}

// look is what a file says about one role or surface.
type look struct {
	foreground, background ink
	on, off                attribute // switched on and switched off; what is in neither was not said
}

// sheet is what a file says.
type sheet struct {
	description string
	roles       [roleCount]*look // nil: left out
	surfaces    [surfaceCount]*look
}

// colorful tells whether the sheet needs any colour.
func (s *sheet) colorful() bool {
	for _, looks := range [][]*look{s.roles[:], s.surfaces[:]} {
		for _, l := range looks {
			if l != nil && (l.foreground.color != nil || l.background.color != nil) {
				return true
			}
		}
	}
	return false
}

// role returns the look of a role, fallbacks followed, with a foreground.
func (s *sheet) role(r Role) look {
	var text ink
	if l := s.roles[Text]; l != nil {
		text = l.foreground
	}
	for s.roles[r] == nil && roleFallbacks[r] != r {
		r = roleFallbacks[r]
	}
	var l look
	if s.roles[r] != nil {
		l = *s.roles[r]
	}
	l.foreground = l.foreground.or(text)
	return l
}

// surface returns the look of a surface, fallbacks followed, with the background of the screen
// where it has none of its own.
func (s *sheet) surface(f Surface) look {
	for s.surfaces[f] == nil && surfaceFallbacks[f] != f {
		f = surfaceFallbacks[f]
	}
	var l look
	switch {
	case s.surfaces[f] != nil:
		l = *s.surfaces[f]
	case f == Cursor:
		l.on = reverse
	}
	if screen := s.surfaces[Screen]; screen != nil {
		l.background = l.background.or(screen.background)
	}
	return l
}

// under lays a role on a surface. The surface's attributes and foreground win. A role that has
// a background of its own was chosen as a pair of colours and stays one.
func (l look) under(role look) look {
	if role.background.given {
		l.foreground, l.background = role.foreground, role.background
	} else {
		l.foreground = l.foreground.or(role.foreground)
	}
	l.on |= role.on &^ l.off
	return l
}

// style is the look as lipgloss has it.
func (l look) style(r *lipgloss.Renderer) lipgloss.Style {
	style := r.NewStyle().
		Bold(l.on&bold != 0).
		Faint(l.on&faint != 0).
		Italic(l.on&italic != 0).
		Underline(l.on&underline != 0).
		Reverse(l.on&reverse != 0).
		Strikethrough(l.on&strikethrough != 0)
	if l.foreground.color != nil {
		style = style.Foreground(l.foreground.terminal())
	}
	if l.background.color != nil {
		style = style.Background(l.background.terminal())
	}
	return style
}

// terminal is the ink as lipgloss has it. It was fitted to the terminal before.
func (i ink) terminal() lipgloss.TerminalColor {
	switch c := i.color.(type) {
	case ansi.BasicColor:
		return lipgloss.Color(strconv.Itoa(int(c)))
	case ansi.IndexedColor:
		return lipgloss.Color(strconv.Itoa(int(c)))
	}
	r, g, b, _ := i.color.RGBA()
	return lipgloss.Color(fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8))
}

// codes returns the SGR sequence for a look, or "" for one that is as plain as the terminal. With
// absolute, the sequence first ends what was in force, which then need not be plain.
func (l look) codes(r *lipgloss.Renderer, absolute bool) string {
	const text = "x"
	start, _, _ := strings.Cut(l.style(r).Render(text), text)
	switch {
	case !absolute:
		return start
	case start == "":
		return ansi.ResetStyle
	}
	return "\x1b[0;" + strings.TrimPrefix(start, "\x1b[")
}
