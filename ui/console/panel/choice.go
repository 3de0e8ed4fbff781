package panel

import (
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// choice is a list whose chosen row is known by what it is and not by where it
// is: whatever happens to the rows around it, it stays chosen.
//
// The zero K is a row that cannot be chosen, such as a header.
type choice[K comparable] struct {
	list   widget.List
	keys   []K
	height int
	// moved is true once somebody has chosen a row. Until then the first one is,
	// whichever that may become.
	moved bool
}

// set gives the list new rows. The slice is kept and must not change.
func (c *choice[K]) set(keys []K) {
	old, at := c.keys, c.list.Cursor()
	top, _ := c.list.Visible(c.height)
	c.keys = keys
	c.list.SetCount(len(keys))
	if !c.moved || at < 0 {
		c.list.Select(0)
		c.settle(1)
		return
	}
	to := c.nearest(old, at)
	if to < 0 {
		c.moved = false
		return
	}
	c.list.Select(to)
	if c.height > 0 && top > 0 { // what is chosen stays on its line
		now, _ := c.list.Visible(c.height)
		c.list.Scroll(top + to - at - now)
		c.list.Select(to)
	}
}

// nearest is the new row of what was chosen, or of what was nearest to it.
func (c *choice[K]) nearest(old []K, at int) int {
	var none K
	for i, k := range c.keys {
		if k == old[at] && k != none {
			return i
		}
	}
	rows := make(map[K]int, len(c.keys))
	for i, k := range c.keys {
		if k != none {
			rows[k] = i
		}
	}
	for _, k := range old[at:] {
		if i, ok := rows[k]; ok {
			return i
		}
	}
	for i := at; i >= 0; i-- {
		if row, ok := rows[old[i]]; ok {
			return row
		}
	}
	return -1
}

// settle moves a cursor that is on a row that cannot be chosen, further in the
// direction it came, or back when there is nothing further.
func (c *choice[K]) settle(direction int) {
	at := c.list.Cursor()
	if at < 0 {
		return
	}
	for _, step := range []int{direction, -direction} {
		for i := at; i >= 0 && i < len(c.keys); i += step {
			if c.selectable(i) {
				c.list.Select(i)
				return
			}
		}
	}
}

func (c *choice[K]) selectable(i int) bool {
	var none K
	return c.keys[i] != none
}

// key is what is chosen.
func (c *choice[K]) key() (K, bool) {
	var none K
	at := c.list.Cursor()
	if at < 0 {
		return none, false
	}
	return c.keys[at], c.selectable(at)
}

// choose chooses the row of k; false when there is none.
func (c *choice[K]) choose(k K) bool {
	for i := range c.keys {
		if c.keys[i] == k && c.selectable(i) {
			c.list.Select(i)
			c.moved = true
			return true
		}
	}
	return false
}

// do moves about; false when the action is another.
func (c *choice[K]) do(a keymap.Action) bool {
	before := c.list.Cursor()
	if !c.list.Do(a) {
		return false
	}
	c.moved = true
	c.settle(sign(c.list.Cursor() - before))
	return true
}

// wheel scrolls.
func (c *choice[K]) wheel(lines int) {
	c.list.Scroll(lines)
	c.moved = true
	c.settle(sign(lines))
}

// click chooses the row on a line; false when there is none.
func (c *choice[K]) click(line int) bool {
	i := c.list.At(line)
	if i < 0 || !c.selectable(i) {
		return false
	}
	c.list.Select(i)
	c.moved = true
	return true
}

// visible says which rows are seen at a height.
func (c *choice[K]) visible(height int) (from, to int) {
	c.height = height
	return c.list.Visible(height)
}

func sign(n int) int {
	if n < 0 {
		return -1
	}
	return 1
}
