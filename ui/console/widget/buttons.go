package widget

import "github.com/evenkeel/evenkeel/themes"

// Button is one of the answers that a dialog offers.
type Button struct {
	Label   string      // clean
	Role    themes.Role // Safe, Go or Danger; Off when it cannot be taken now
	Focused bool        // enter takes it
}

// Buttons is a row of buttons, centred on one line. The one that has the focus
// is in brackets, so that it is known without colours too.
type Buttons []Button

// buttonGap is the room between two buttons.
const buttonGap = 2

// Width is how many cells the row takes when there is room for all of it.
func (b Buttons) Width() int {
	w := 0
	for _, button := range b {
		w += button.width() + buttonGap
	}
	return max(0, w-buttonGap)
}

// width is that of the label, and of the brackets that the focus brings.
func (b Button) width() int { return Width(b.Label) + 4 }

// place is where a button is on the line.
type place struct{ button, from, to int }

// places lays the buttons out. When there is no room for all, the first ones go
// until the one that has the focus is there.
func (b Buttons) places(width int) []place {
	focused := 0
	for i, button := range b {
		if button.Focused {
			focused = i
		}
	}
	first := 0
	for first < focused && b[first:focused+1].Width() > width {
		first++
	}
	out := make([]place, 0, len(b)-first)
	at := max(0, (width-b[first:].Width())/2)
	for i := first; i < len(b) && at < width; i++ {
		to := min(width, at+b[i].width())
		out = append(out, place{i, at, to})
		at = to + buttonGap
	}
	return out
}

// View draws the row on one line.
func (b Buttons) View(c Canvas) string {
	r := c.Row(themes.Screen)
	for _, p := range b.places(c.Width) {
		button := b[p.button]
		r.Gap(p.from - r.width)
		on, text := themes.Screen, "  "+button.Label+"  "
		if button.Focused {
			on, text = themes.Cursor, "[ "+button.Label+" ]"
		}
		r.AddOn(on, button.Role, c.Fit(text, p.to-p.from))
	}
	return r.String()
}

// At is the button at a column of a line so wide, or -1.
func (b Buttons) At(width, x int) int {
	for _, p := range b.places(width) {
		if x >= p.from && x < p.to {
			return p.button
		}
	}
	return -1
}
