package widget_test

import (
	"math/rand/v2"
	"testing"

	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

func TestList(t *testing.T) {
	var l widget.List
	if l.Cursor() != -1 || l.At(0) != -1 {
		t.Errorf("an empty list has row %d chosen and %d on top", l.Cursor(), l.At(0))
	}
	l.SetCount(20)
	for _, step := range []struct {
		do               keymap.Action
		cursor, from, to int
	}{
		{keymap.Top, 0, 0, 6},
		{keymap.Up, 0, 0, 6},
		{keymap.Down, 1, 0, 6},
		{keymap.PageDown, 6, 3, 9}, // two rows are seen below the chosen one
		{keymap.PageUp, 1, 0, 6},
		{keymap.Bottom, 19, 14, 20},
		{keymap.Down, 19, 14, 20},
		{keymap.Up, 18, 14, 20},
	} {
		if !l.Do(step.do) {
			t.Errorf("%s is not done", step.do)
		}
		from, to := l.Visible(6)
		if l.Cursor() != step.cursor || from != step.from || to != step.to {
			t.Errorf("after %s: row %d, %d to %d; want %d, %d to %d", step.do, l.Cursor(), from, to, step.cursor, step.from, step.to)
		}
	}
	if l.Do(keymap.Sync) || l.Do(keymap.Left) {
		t.Error("a list does what it cannot")
	}
	if l.At(2) != 16 || l.At(6) != -1 || l.At(-1) != -1 {
		t.Errorf("rows %d, %d and %d", l.At(2), l.At(6), l.At(-1))
	}
}

// Whatever happens to a list, its chosen row is one that is seen, and there are
// no empty lines below while there are rows above.
func TestListShowsTheChosenRow(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 9))
		var l widget.List
		height := 0
		for range 30 {
			switch r.IntN(6) {
			case 0:
				l.SetCount(r.IntN(50))
			case 1:
				l.Move(r.IntN(21) - 10)
			case 2:
				l.Page(r.IntN(3) - 1)
			case 3:
				l.Scroll(r.IntN(21) - 10)
			case 4:
				height = r.IntN(20)
			case 5:
				l.Select(r.IntN(60) - 5)
			}
			from, to := l.Visible(height)
			cursor := l.Cursor()
			if l.Count() == 0 {
				if cursor != -1 || from != to {
					t.Fatalf("seed %d: an empty list shows %d to %d", seed, from, to)
				}
				continue
			}
			if height > 0 && (cursor < from || cursor >= to) {
				t.Fatalf("seed %d: row %d is chosen, %d to %d are seen", seed, cursor, from, to)
			}
			if from < 0 || to > l.Count() || to-from != min(height, l.Count()) {
				t.Fatalf("seed %d: %d to %d of %d are seen in %d", seed, from, to, l.Count(), height)
			}
		}
	}
}
