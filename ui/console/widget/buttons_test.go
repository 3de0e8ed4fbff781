package widget_test

import (
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

func TestButtons(t *testing.T) {
	b := widget.Buttons{{Label: "Cancel", Role: themes.Safe, Focused: true}, {Label: "Sync 3 objects", Role: themes.Go}}
	for _, test := range []struct {
		width int
		want  string
	}{
		{40, "     [ Cancel ]    Sync 3 objects"},
		{30, "[ Cancel ]    Sync 3 objects"},
		{20, "[ Cancel ]    Sync …"},
		{8, "[ Cance…"},
		{0, ""},
	} {
		if got := plain(b.View(canvas(test.width, 1))); got != test.want {
			t.Errorf("in %d: %q, want %q", test.width, got, test.want)
		}
	}
	b[0].Focused, b[1].Focused = false, true
	if got, want := plain(b.View(canvas(20, 1))), " [ Sync 3 objects ]"; got != want {
		t.Errorf("the second has the focus: %q, want %q", got, want)
	}
}

func TestButtonAt(t *testing.T) {
	labels := []string{"Cancel", "日本", "Sync"}
	for width := range 60 {
		for focus := range labels {
			var b widget.Buttons
			for i, l := range labels {
				b = append(b, widget.Button{Label: l, Focused: i == focus})
			}
			line := plain(b.View(canvas(width, 1)))
			for i, l := range labels {
				before, _, there := strings.Cut(line, l)
				if there && b.At(width, widget.Width(before)) != i {
					t.Errorf("%q: %s is not where it is drawn", line, l)
				}
				if !there && i == focus && width >= 10 {
					t.Errorf("%q: %s has the focus and is not seen", line, l)
				}
			}
			if b.At(width, -1) != -1 || b.At(width, width) != -1 {
				t.Errorf("there is a button outside of %d", width)
			}
		}
	}
}
