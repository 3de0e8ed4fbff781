package widget

import "github.com/evenkeel/evenkeel/ui/console/keymap"

// List is the scrolling and choosing part of a list: which row is chosen, and
// which rows are seen. What the rows are is its owner's business, who draws
// those from Visible only.
type List struct {
	count  int
	cursor int
	offset int
	height int
}

// margin is how many rows stay visible above and below the chosen one.
const margin = 2

// SetCount tells how many rows there are now.
func (l *List) SetCount(n int) {
	l.count = max(0, n)
	l.Select(l.cursor)
}

// Count is how many rows there are.
func (l *List) Count() int { return l.count }

// Cursor is the chosen row, or -1 in an empty list.
func (l *List) Cursor() int {
	if l.count == 0 {
		return -1
	}
	return l.cursor
}

// Select chooses a row.
func (l *List) Select(i int) {
	l.cursor = max(0, min(i, l.count-1))
	l.reveal()
}

// Move chooses another row, so many further down.
func (l *List) Move(n int) { l.Select(l.cursor + n) }

// Page chooses a row so many pages further down.
func (l *List) Page(n int) { l.Move(n * max(1, l.height-1)) }

// Scroll moves what is seen, and the chosen row only when it would leave.
func (l *List) Scroll(n int) {
	l.offset = l.bound(l.offset + n)
	if l.count == 0 {
		return
	}
	l.cursor = max(l.offset, min(l.cursor, l.offset+max(1, l.height)-1))
	l.cursor = min(l.cursor, l.count-1)
}

// Visible says which rows are seen at a height: from, up to but not with to.
func (l *List) Visible(height int) (from, to int) {
	if height != l.height {
		l.height = max(0, height)
		l.reveal()
	}
	return l.offset, min(l.count, l.offset+l.height)
}

// At is the row that is drawn so many lines below the first one, or -1.
func (l *List) At(line int) int {
	if i := l.offset + line; line >= 0 && line < l.height && i < l.count {
		return i
	}
	return -1
}

// reveal scrolls as little as it takes to see the chosen row.
func (l *List) reveal() {
	keep := min(margin, max(0, (l.height-1)/2))
	if l.cursor-keep < l.offset {
		l.offset = l.cursor - keep
	}
	if l.cursor+keep >= l.offset+l.height {
		l.offset = l.cursor + keep - l.height + 1
	}
	l.offset = l.bound(l.offset)
}

func (l *List) bound(offset int) int { return max(0, min(offset, l.count-l.height)) }

// Do moves about in the list.
func (l *List) Do(a keymap.Action) bool {
	switch a {
	case keymap.Up:
		l.Move(-1)
	case keymap.Down:
		l.Move(1)
	case keymap.PageUp:
		l.Page(-1)
	case keymap.PageDown:
		l.Page(1)
	case keymap.Top:
		l.Select(0)
	case keymap.Bottom:
		l.Select(l.count - 1)
	default:
		return false
	}
	return true
}
