package widget_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

func TestColumns(t *testing.T) {
	columns := []widget.Column{
		{Want: 1},                           // glyph
		{Want: 10, Drop: 2},                 // kind
		{Want: 12, Min: 6, Flex: true},      // name
		{Want: 8},                           // status
		{Want: 0, Drop: 1},                  // nothing in it
		{Want: 20, Min: 5, Drop: 1 + 1 + 1}, // who
	}
	for _, test := range []struct {
		width int
		want  []int
	}{
		{80, []int{1, 10, 37, 8, 0, 20}},
		{55, []int{1, 10, 12, 8, 0, 20}},
		{50, []int{1, 10, 7, 8, 0, 20}},
		{49, []int{1, 10, 6, 8, 0, 20}},
		{40, []int{1, 10, 6, 8, 0, 11}},
		{34, []int{1, 10, 6, 8, 0, 5}},
		{33, []int{1, 10, 11, 8, 0, 0}},
		{28, []int{1, 10, 6, 8, 0, 0}},
		{27, []int{1, 0, 16, 8, 0, 0}},
		{17, []int{1, 0, 6, 8, 0, 0}},
		{14, []int{1, 0, 6, 5, 0, 0}},
		{5, []int{1, 0, 1, 1, 0, 0}},
		{3, []int{1, 0, 1, 1, 0, 0}},
	} {
		if got := canvas(test.width, 1).Columns(columns...); !slices.Equal(got, test.want) {
			t.Errorf("in %d: %v, want %v", test.width, got, test.want)
		}
	}
}

func TestFlexibleColumnsShare(t *testing.T) {
	got := canvas(24, 1).Columns(widget.Column{Want: 3, Flex: true}, widget.Column{Want: 4}, widget.Column{Want: 3, Flex: true})
	if want := []int{9, 4, 9}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// Where there is room for a cell of each, the columns fit the canvas; and with a
// flexible one they fill it.
func TestColumnsFit(t *testing.T) {
	for seed := range uint64(1000) {
		r := rand.New(rand.NewPCG(seed, 5))
		columns := make([]widget.Column, 1+r.IntN(7))
		for i := range columns {
			columns[i] = widget.Column{Want: r.IntN(30), Min: r.IntN(10), Drop: r.IntN(4), Flex: r.IntN(4) == 0}
		}
		columns[0] = widget.Column{Want: 9, Min: 1, Flex: true}
		width := 2*len(columns) - 1 + r.IntN(100)
		widths := canvas(width, 1).Columns(columns...)
		total := -1
		for i, w := range widths {
			if w > 0 {
				total += w + 1
			}
			if w == 0 && columns[i].Drop == 0 && columns[i].Want > 0 {
				t.Fatalf("seed %d: column %d of %+v went: %v", seed, i, columns, widths)
			}
		}
		if total != width {
			t.Fatalf("seed %d: %+v in %d take %d: %v", seed, columns, width, total, widths)
		}
	}
}

func TestWidest(t *testing.T) {
	names := []string{"api", "日本語", ""}
	if got := widget.Widest(len(names), func(i int) string { return names[i] }); got != 6 {
		t.Errorf("%d, want 6", got)
	}
}

func TestColumnsInARow(t *testing.T) {
	c := canvas(14, 1)
	got := plain(c.Row(themes.Screen).Column(themes.Text, "a", 2).Column(themes.Text, "gone", 0).
		Column(themes.Text, "name", 6).ColumnRight(themes.Text, "12", 4).String())
	if want := "a  name     12"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
