package diffview

import "fmt"

// makeBlocks makes runs of the lines, and notes of what no line shows.
func (d *Diff) makeBlocks() {
	lines := [2]int32{int32(len(d.sides[before].lines)), int32(len(d.sides[after].lines))}
	if note := d.endsNote(); note != "" {
		d.add(block{note: note})
	}
	for i, j := int32(0), int32(0); i < lines[before] || j < lines[after]; {
		b := block{from: [2]int32{i, j}, change: -1}
		for i < lines[before] && d.mates[before][i] == j {
			i, j = i+1, j+1
		}
		if i == b.from[before] {
			b.change = 0
			for i < lines[before] && d.mates[before][i] < 0 {
				i++
			}
			for j < lines[after] && d.mates[after][j] < 0 {
				j++
			}
		}
		b.to = [2]int32{i, j}
		d.add(b)
	}
	if note := d.endNote(); note != "" {
		d.add(block{from: lines, to: lines, note: note})
	}
}

func (d *Diff) add(b block) {
	if b.change >= 0 {
		b.change = int32(d.changes)
		d.changes++
	}
	d.blocks = append(d.blocks, b)
}

// endsNote says that the lines of the texts end differently, all of them.
func (d *Diff) endsNote() string {
	names := map[lineEnds]string{lfEnds: "LF", crlfEnds: "CRLF"}
	was, is := names[d.sides[before].ends], names[d.sides[after].ends]
	if d.options.IgnoreWhitespace || was == "" || is == "" || was == is {
		return ""
	}
	return fmt.Sprintf("lines end with %s in %s, with %s in %s", was, d.options.Before, is, d.options.After)
}

// endNote says that only one of the texts ends with a line end.
func (d *Diff) endNote() string {
	has, has2 := d.sides[before].ended, d.sides[after].ended
	if d.options.IgnoreWhitespace || d.oneSided() || has == has2 {
		return ""
	}
	without, with := d.options.Before, d.options.After
	if has {
		without, with = with, without
	}
	return fmt.Sprintf("no newline at the end of %s, one at the end of %s", without, with)
}
