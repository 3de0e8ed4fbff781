package themes_test

import (
	"image/color"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/evenkeel/evenkeel/themes"
)

// shown is what a terminal makes of an SGR sequence.
type shown struct {
	foreground, background color.Color // nil: the terminal's own
	attributes             string      // the numbers that were set, with a space behind each
}

// reads returns what a terminal makes of a sequence that was sent to it in its plain state.
func reads(t *testing.T, sequence string) shown {
	t.Helper()
	var s shown
	if sequence == "" {
		return s
	}
	inner, start := strings.CutPrefix(sequence, "\x1b[")
	inner, end := strings.CutSuffix(inner, "m")
	if !start || !end {
		t.Fatalf("%q is not one SGR sequence", sequence)
	}
	var numbers []int
	for _, field := range strings.Split(inner, ";") {
		n, err := strconv.Atoi(field)
		if err != nil {
			t.Fatalf("%q: %v", sequence, err)
		}
		numbers = append(numbers, n)
	}
	for i := 0; i < len(numbers); i++ {
		n := numbers[i]
		switch {
		case n == 0:
			s = shown{}
		case n < 10:
			s.attributes += strconv.Itoa(n) + " "
		case n == 38 || n == 48:
			var c color.Color
			if numbers[i+1] == 5 {
				c = ansi.IndexedColor(numbers[i+2])
				i += 2
			} else {
				c = color.RGBA{uint8(numbers[i+2]), uint8(numbers[i+3]), uint8(numbers[i+4]), 255}
				i += 4
			}
			if n == 38 {
				s.foreground = c
			} else {
				s.background = c
			}
		case n >= 30 && n <= 37:
			s.foreground = ansi.BasicColor(n - 30)
		case n >= 40 && n <= 47:
			s.background = ansi.BasicColor(n - 40)
		case n >= 90 && n <= 97:
			s.foreground = ansi.BasicColor(n - 90 + 8)
		case n >= 100 && n <= 107:
			s.background = ansi.BasicColor(n - 100 + 8)
		default:
			t.Fatalf("%q: what is %d?", sequence, n)
		}
	}
	return s
}

// look returns what a role looks like on a surface.
func look(t *testing.T, theme *themes.Theme, on themes.Surface, r themes.Role) shown {
	t.Helper()
	start, _ := theme.Codes(on, r)
	return reads(t, start)
}

// allRoles and allSurfaces are every one there is.
func allRoles() []themes.Role {
	var all []themes.Role
	for r := themes.Text; r <= themes.SignRemoved; r++ {
		all = append(all, r)
	}
	return all
}

func allSurfaces() []themes.Surface {
	var all []themes.Surface
	for s := themes.Screen; s <= themes.Alarm; s++ {
		all = append(all, s)
	}
	return all
}

// load loads a shipped theme.
func load(t testing.TB, name string, o themes.Options) *themes.Theme {
	t.Helper()
	theme, err := themes.Load("", name, o)
	if err != nil {
		t.Fatal(err)
	}
	return theme
}

// shipped are the names of the themes in the binary.
func shipped(t testing.TB) []string {
	t.Helper()
	choices, err := themes.Names("")
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, len(choices))
	for i, c := range choices {
		names[i] = c.Name
	}
	return names
}

// linear are the red, green and blue of a colour as amounts of light.
func linear(c color.Color) [3]float64 {
	r, g, b, _ := c.RGBA()
	var out [3]float64
	for i, v := range [...]uint32{r, g, b} {
		s := float64(v) / 0xffff
		if s <= 0.04045 {
			out[i] = s / 12.92
		} else {
			out[i] = math.Pow((s+0.055)/1.055, 2.4)
		}
	}
	return out
}

// contrast is the contrast ratio of WCAG 2.
func contrast(a, b color.Color) float64 {
	luminance := func(c color.Color) float64 {
		l := linear(c)
		return 0.2126*l[0] + 0.7152*l[1] + 0.0722*l[2]
	}
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// distance is how far apart two amounts of light look: 100 times the Euclidean distance in Oklab
// (Björn Ottosson, https://bottosson.github.io/posts/oklab), where black and white are 100 apart.
func distance(a, b [3]float64) float64 {
	lab := func(c [3]float64) [3]float64 {
		l := math.Cbrt(0.4122214708*c[0] + 0.5363325363*c[1] + 0.0514459929*c[2])
		m := math.Cbrt(0.2119034982*c[0] + 0.6806995451*c[1] + 0.1073969566*c[2])
		s := math.Cbrt(0.0883024619*c[0] + 0.2817188376*c[1] + 0.6299787005*c[2])
		return [3]float64{
			0.2104542553*l + 0.7936177850*m - 0.0040720468*s,
			1.9779984951*l - 2.4285922050*m + 0.4505937099*s,
			0.0259040371*l + 0.7827717662*m - 0.8086757660*s,
		}
	}
	x, y := lab(a), lab(b)
	return 100 * math.Sqrt((x[0]-y[0])*(x[0]-y[0])+(x[1]-y[1])*(x[1]-y[1])+(x[2]-y[2])*(x[2]-y[2]))
}
