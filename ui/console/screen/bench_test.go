package screen_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/evenkeel/evenkeel/ui/console/screen"
)

// console is a frame as the console draws it: a list beside a text, in
// borders, with one row chosen.
func console(width, height, chosen, seed int) []string {
	lines := make([]string, height)
	for y := range lines {
		item := fmt.Sprintf("\x1b[32m=\x1b[0m deployment/web-%d-%d \x1b[90mSynced\x1b[0m", seed, y)
		if y == chosen {
			item = fmt.Sprintf("\x1b[32;44m=\x1b[0m\x1b[1;44m deployment/web-%d-%d \x1b[0m\x1b[90;44mSynced\x1b[0m", seed, y)
		}
		left := "\x1b[90m│\x1b[0m" + item
		left += strings.Repeat(" ", 45-ansi.StringWidth(left)) + "\x1b[90m││\x1b[0m"
		var text strings.Builder
		for i := 0; 50+10*i < width-2; i++ {
			fmt.Fprintf(&text, "\x1b[3%dmfield%d:\x1b[0m ab", 1+(i+y+seed)%6, (i+y)%10)
		}
		right := ansi.Truncate(text.String(), width-48, "")
		right += strings.Repeat(" ", width-48-ansi.StringWidth(right)) + "\x1b[90m│\x1b[0m"
		lines[y] = left + right
	}
	return lines
}

// Moving in a list costs less than a kilobyte.
func TestMoveIsSmall(t *testing.T) {
	s := open(t, &output{}, 120, 40)
	s.Show(screen.Frame{Lines: console(120, 40, 3, 1)})
	s.Flush()
	before := s.Stats()
	s.Show(screen.Frame{Lines: console(120, 40, 4, 1)})
	s.Flush()
	after := s.Stats()
	if n := after.Bytes - before.Bytes; after.Frames != before.Frames+1 || n >= 1024 {
		t.Errorf("%d frames of together %d bytes", after.Frames-before.Frames, n)
	}
}

func BenchmarkPaint(b *testing.B) {
	for _, c := range []struct {
		name string
		a, b []string
	}{
		{"move", console(200, 60, 3, 1), console(200, 60, 4, 1)},
		{"whole", console(200, 60, 3, 1), console(200, 60, 3, 2)},
		{"same", console(200, 60, 3, 1), console(200, 60, 3, 1)},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := open(b, discard{}, 200, 60)
			frames := [2]screen.Frame{{Lines: c.a}, {Lines: c.b}}
			s.Show(frames[1])
			s.Flush()
			before := s.Stats()
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				s.Show(frames[i&1])
				s.Flush()
				i++
			}
			b.ReportMetric(float64(s.Stats().Bytes-before.Bytes)/float64(i), "bytes/frame")
		})
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
