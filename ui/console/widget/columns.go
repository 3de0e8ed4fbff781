package widget

import "github.com/evenkeel/evenkeel/themes"

// Column says how wide a column should be.
type Column struct {
	Want int // the widest thing in it; a column with nothing in it takes no room
	Min  int // what it may be cut to; 0: it is not cut
	Drop int // which go first when there is no room: the highest; 0 stays
	Flex bool
}

// columnGap is the room between two columns.
const columnGap = 1

// Columns gives each column its width on the canvas: what it wants where there
// is room, less where it may be cut, 0 where it had to go. Flexible columns
// share what is left over, and are cut first.
func (c Canvas) Columns(columns ...Column) []int {
	widths := make([]int, len(columns))
	for i, col := range columns {
		widths[i] = max(0, col.Want)
		if col.Flex {
			widths[i] = max(1, widths[i])
		}
	}
	least := func(i int) int {
		if columns[i].Min > 0 {
			return min(columns[i].Min, widths[i])
		}
		return widths[i]
	}
	// Those that have to go even when all others are as narrow as they can be.
	for {
		need := gaps(widths)
		out := -1
		for i := range widths {
			need += least(i)
			if widths[i] > 0 && columns[i].Drop > 0 && (out < 0 || columns[i].Drop >= columns[out].Drop) {
				out = i
			}
		}
		if need <= c.Width || out < 0 {
			break
		}
		widths[out] = 0
	}
	over := gaps(widths) - c.Width
	for _, w := range widths {
		over += w
	}
	// Cut what may be cut, flexible columns first, from the right.
	for _, flex := range []bool{true, false} {
		for i := len(widths) - 1; i >= 0 && over > 0; i-- {
			if columns[i].Flex == flex {
				n := min(over, widths[i]-least(i))
				widths[i] -= n
				over -= n
			}
		}
	}
	// What cannot be helped is cut wherever it is.
	for i := len(widths) - 1; i >= 0 && over > 0; i-- {
		n := min(over, max(0, widths[i]-1))
		widths[i] -= n
		over -= n
	}
	if over < 0 {
		grow(columns, widths, -over)
	}
	return widths
}

// grow shares room among the flexible columns.
func grow(columns []Column, widths []int, room int) {
	flexible := 0
	for i, col := range columns {
		if col.Flex && widths[i] > 0 {
			flexible++
		}
	}
	for i, col := range columns {
		if col.Flex && widths[i] > 0 {
			n := room / flexible
			widths[i] += n
			room -= n
			flexible--
		}
	}
}

// gaps is the room between the columns that are there.
func gaps(widths []int) int {
	n := -columnGap
	for _, w := range widths {
		if w > 0 {
			n += columnGap
		}
	}
	return max(0, n)
}

// Widest is the width of the widest of n texts.
func Widest(n int, text func(i int) string) int {
	w := 0
	for i := range n {
		w = max(w, Width(text(i)))
	}
	return w
}

// Column appends a clean text in a column of a width that Columns gave, and the
// gap behind it. A column that had to go takes no room.
func (r *Row) Column(role themes.Role, s string, width int) *Row {
	if width <= 0 {
		return r
	}
	return r.Fit(role, s, width).Gap(min(columnGap, r.Room()))
}

// ColumnRight is Column for what is aligned to the right.
func (r *Row) ColumnRight(role themes.Role, s string, width int) *Row {
	if width <= 0 {
		return r
	}
	return r.FitRight(role, s, width).Gap(min(columnGap, r.Room()))
}
