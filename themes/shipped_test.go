package themes_test

import (
	"fmt"
	"image/color"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/evenkeel/evenkeel/themes"
)

var profiles = []themes.Profile{themes.NoColor, themes.ANSI, themes.ANSI256, themes.TrueColor}

func TestShippedThemesAreThere(t *testing.T) {
	choices, err := themes.Names("")
	if err != nil {
		t.Fatal(err)
	}
	if len(choices) < 12 {
		t.Errorf("only %d themes are shipped", len(choices))
	}
	for _, c := range choices {
		if c.Err != nil || c.Own || c.Description == "" {
			t.Errorf("%+v", c)
		}
		for _, p := range profiles {
			theme := load(t, c.Name, themes.Options{Colors: p})
			if theme.Name() != c.Name || theme.Description() != c.Description {
				t.Errorf("%s is %q, %q", c.Name, theme.Name(), theme.Description())
			}
		}
	}
	for _, name := range []string{"default", "monochrome", "high-contrast", "red-green-safe", "blue-yellow-safe"} {
		if !slices.Contains(shipped(t), name) {
			t.Errorf("%s is not shipped", name)
		}
	}
}

// quiet are the roles that are there to be found, not to be read.
var quiet = []themes.Role{themes.Dim, themes.Border, themes.Off, themes.Rest, themes.LineNumber}

// TestContrast measures every text on every surface of the themes that say what both colours are.
func TestContrast(t *testing.T) {
	measured := 0
	for _, name := range shipped(t) {
		theme := load(t, name, themes.Options{Colors: themes.TrueColor})
		if theme.Ground() == "" {
			continue
		}
		measured++
		for _, on := range allSurfaces() {
			for _, r := range allRoles() {
				least := 4.5
				switch {
				case strings.HasPrefix(name, "high-contrast"):
					least = 7
				case slices.Contains(quiet, r):
					least = 3
				}
				l := look(t, theme, on, r)
				if got := contrast(l.foreground, l.background); got < least {
					t.Errorf("%s: role %d on surface %d has a contrast of %.2f, want %.1f", name, r, on, got, least)
				}
			}
		}
	}
	if measured < 12 {
		t.Errorf("only %d themes were measured", measured)
	}
}

// TestSurfacesTellApart makes sure that no terminal loses the cursor, nor what is added and removed.
func TestSurfacesTellApart(t *testing.T) {
	pairs := [][2]themes.Surface{
		{themes.Screen, themes.Cursor}, {themes.Screen, themes.Chosen}, {themes.Screen, themes.Marked}, {themes.Cursor, themes.Chosen},
		{themes.Screen, themes.Added}, {themes.Screen, themes.Removed}, {themes.Added, themes.Removed},
		{themes.Added, themes.AddedPart}, {themes.Removed, themes.RemovedPart}, {themes.AddedPart, themes.RemovedPart},
		{themes.Screen, themes.Found}, {themes.Bar, themes.Alarm},
	}
	for _, name := range shipped(t) {
		for _, p := range profiles {
			theme := load(t, name, themes.Options{Colors: p})
			for _, pair := range pairs {
				if a, b := look(t, theme, pair[0], themes.Text), look(t, theme, pair[1], themes.Text); a == b {
					t.Errorf("%s, profile %d: surfaces %d and %d look the same: %+v", name, p, pair[0], pair[1], a)
				}
			}
		}
	}
}

// TestCursorIsOneBlock makes sure that a row under the cursor stands out in all its parts.
func TestCursorIsOneBlock(t *testing.T) {
	for _, name := range shipped(t) {
		for _, p := range profiles {
			theme := load(t, name, themes.Options{Colors: p})
			for _, r := range allRoles() {
				screen, cursor := look(t, theme, themes.Screen, r), look(t, theme, themes.Cursor, r)
				own := screen.background != look(t, theme, themes.Screen, themes.Text).background
				reversed := strings.Contains(screen.attributes, "7 ")
				if screen == cursor && !own && !reversed {
					t.Errorf("%s, profile %d: role %d does not show the cursor", name, p, r)
				}
			}
		}
	}
}

// TestFewerColors makes sure that a terminal is sent what it knows, and can be read.
func TestFewerColors(t *testing.T) {
	knows := map[themes.Profile]func(color.Color) bool{
		themes.NoColor: func(c color.Color) bool { return c == nil },
		themes.ANSI: func(c color.Color) bool {
			_, basic := c.(ansi.BasicColor)
			return c == nil || basic
		},
		themes.ANSI256: func(c color.Color) bool {
			_, rgb := c.(color.RGBA)
			return !rgb
		},
	}
	for _, name := range shipped(t) {
		for p, known := range knows {
			theme := load(t, name, themes.Options{Colors: p})
			ground := reads(t, theme.Ground())
			if !known(ground.foreground) || !known(ground.background) {
				t.Errorf("%s, profile %d: the ground is %+v", name, p, ground)
			}
			for _, on := range allSurfaces() {
				for _, r := range allRoles() {
					l := look(t, theme, on, r)
					if !known(l.foreground) || !known(l.background) {
						t.Errorf("%s, profile %d: role %d on surface %d is %+v", name, p, r, on, l)
						continue
					}
					if l.foreground == nil || l.background == nil {
						continue
					}
					if got := contrast(l.foreground, l.background); got < 2.9 {
						t.Errorf("%s, profile %d: role %d on surface %d has a contrast of %.2f", name, p, r, on, got)
					}
				}
			}
		}
	}
}

// TestDefaultLeavesTheTerminalItsColors makes sure that the default theme is readable on any
// palette: no background, and of the 16 none that is a background somewhere.
func TestDefaultLeavesTheTerminalItsColors(t *testing.T) {
	safe := []color.Color{nil, ansi.Red, ansi.Green, ansi.Yellow, ansi.Magenta, ansi.Cyan}
	for _, p := range profiles {
		theme := themes.Default(themes.Options{Colors: p})
		if theme.Name() != "default" || theme.Ground() != "" {
			t.Errorf("profile %d: %q on %q", p, theme.Name(), theme.Ground())
		}
		for _, on := range allSurfaces() {
			for _, r := range allRoles() {
				if l := look(t, theme, on, r); !slices.Contains(safe, l.foreground) || l.background != nil {
					t.Errorf("profile %d: role %d on surface %d is %+v", p, r, on, l)
				}
			}
		}
	}
	if l := look(t, themes.Default(themes.Options{Colors: themes.ANSI}), themes.Screen, themes.Error); l.foreground != ansi.Red {
		t.Errorf("an error is %+v", l)
	}
}

// vision is how an eye sees light: rows of red, green and blue.
type vision [3][3]float64

// The matrices for complete colour blindness of Machado, Oliveira and Fernandes, "A
// Physiologically-based Model for Simulation of Color Vision Deficiency", 2009, table 1. They work on
// amounts of light.
var (
	protanopia = vision{
		{0.152286, 1.052583, -0.204868},
		{0.114503, 0.786281, 0.099216},
		{-0.003882, -0.048116, 1.051998},
	}
	deuteranopia = vision{
		{0.367322, 0.860646, -0.227968},
		{0.280085, 0.672501, 0.047413},
		{-0.011820, 0.042940, 0.968881},
	}
	tritanopia = vision{
		{1.255528, -0.076749, -0.178779},
		{-0.078411, 0.930809, 0.147602},
		{0.004733, 0.691367, 0.303900},
	}
)

func (v vision) sees(c color.Color) [3]float64 {
	l := linear(c)
	var out [3]float64
	for i, row := range v {
		out[i] = min(1, max(0, row[0]*l[0]+row[1]*l[1]+row[2]*l[2]))
	}
	return out
}

// apart says what in a theme an eye cannot tell apart. Status lights may be nearer to each other
// than 0.1 in nothing; the tints of lines are darker, and nearer.
func apart(t *testing.T, theme *themes.Theme, v vision) (confused []string) {
	for _, group := range [][]themes.Role{
		{themes.Synced, themes.Modified, themes.Missing, themes.Extra},
		{themes.Healthy, themes.Suspended, themes.Degraded},
		{themes.Healthy, themes.Progressing},
		{themes.Progressing, themes.Degraded},
		{themes.Success, themes.Warning, themes.Error},
		{themes.SignAdded, themes.SignRemoved},
		{themes.Safe, themes.Go},
	} {
		for i, a := range group {
			for _, b := range group[i+1:] {
				x, y := look(t, theme, themes.Screen, a), look(t, theme, themes.Screen, b)
				d := max(distance(v.sees(x.foreground), v.sees(y.foreground)), distance(v.sees(x.background), v.sees(y.background)))
				if d < 10 {
					confused = append(confused, fmt.Sprintf("roles %d and %d: %.1f", a, b, d))
				}
			}
		}
	}
	for _, pair := range [][2]themes.Surface{{themes.Added, themes.Removed}, {themes.AddedPart, themes.RemovedPart}} {
		x, y := look(t, theme, pair[0], themes.Text), look(t, theme, pair[1], themes.Text)
		if d := distance(v.sees(x.background), v.sees(y.background)); d < 8 {
			confused = append(confused, fmt.Sprintf("surfaces %d and %d: %.1f", pair[0], pair[1], d))
		}
	}
	return confused
}

func TestColorBlindSafe(t *testing.T) {
	for _, c := range []struct {
		theme string
		eye   string
		sees  vision
	}{
		{"red-green-safe", "protanopia", protanopia},
		{"red-green-safe", "deuteranopia", deuteranopia},
		{"blue-yellow-safe", "tritanopia", tritanopia},
	} {
		theme := load(t, c.theme, themes.Options{Colors: themes.TrueColor})
		for _, confused := range apart(t, theme, c.sees) {
			t.Errorf("%s, %s: %s", c.theme, c.eye, confused)
		}
	}
	// The measure finds what is known to be confused.
	if len(apart(t, load(t, "gruvbox-dark", themes.Options{Colors: themes.TrueColor}), deuteranopia)) == 0 {
		t.Error("the measure takes red and green for safe")
	}
}
