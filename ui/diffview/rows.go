package diffview

// row is a line of the view.
type row struct {
	kind  rowKind
	block int32
	// lines are those of each side that the row shows, or the first it stands
	// for; -1 where there is none.
	lines [2]int32
	count int32 // of the lines that a fold stands for
}

type rowKind uint8

const (
	sameRow    rowKind = iota
	removedRow         // unified
	addedRow           // unified
	besideRow          // side by side: a line, what it became, or one of them
	foldRow
	noteRow
)

// leastFold is how many lines are worth a fold.
const leastFold = 2

// rows lists what there is to show. A block in opened is not folded.
func (d *Diff) rows(beside, folded bool, opened map[int32]bool) []row {
	rows := make([]row, 0, len(d.sides[before].lines)+len(d.sides[after].lines))
	for i, b := range d.blocks {
		at := int32(i)
		switch {
		case b.note != "":
			rows = append(rows, row{kind: noteRow, block: at, lines: [2]int32{-1, -1}})
		case b.change < 0:
			rows = d.sameRows(rows, at, folded && !opened[at])
		case beside:
			rows = d.besideRows(rows, at)
		default:
			for l := b.from[before]; l < b.to[before]; l++ {
				rows = append(rows, row{kind: removedRow, block: at, lines: [2]int32{l, -1}})
			}
			for l := b.from[after]; l < b.to[after]; l++ {
				rows = append(rows, row{kind: addedRow, block: at, lines: [2]int32{-1, l}})
			}
		}
	}
	return rows
}

func (d *Diff) sameRows(rows []row, at int32, folded bool) []row {
	b := d.blocks[at]
	n := b.to[before] - b.from[before]
	first, last := d.hidden(at)
	for i := int32(0); i < n; i++ {
		r := row{kind: sameRow, block: at, lines: [2]int32{b.from[before] + i, b.from[after] + i}}
		if folded && i == first && last-first >= leastFold {
			r.kind, r.count = foldRow, last-first
			i = last - 1
		}
		rows = append(rows, r)
	}
	return rows
}

// hidden are the lines of a block, counted from its first, that a fold hides:
// all but the context of the changes before and after it.
func (d *Diff) hidden(at int32) (first, last int32) {
	b, context := d.blocks[at], int32(d.options.Context)
	first, last = 0, b.to[before]-b.from[before]
	if at > 0 {
		first += context
	}
	if int(at) < len(d.blocks)-1 {
		last -= context
	}
	return first, last
}

// besideRows sets lines that became others beside them.
func (d *Diff) besideRows(rows []row, at int32) []row {
	b := d.blocks[at]
	i, j := b.from[before], b.from[after]
	for i < b.to[before] || j < b.to[after] {
		r := row{kind: besideRow, block: at, lines: [2]int32{-1, -1}}
		// A line without a mate goes first, so that the mates below meet.
		onlyBefore := i < b.to[before] && d.mates[before][i] < 0
		onlyAfter := j < b.to[after] && d.mates[after][j] < 0
		if i < b.to[before] && (onlyBefore || !onlyAfter) {
			r.lines[before] = i
		}
		if j < b.to[after] && (onlyAfter || !onlyBefore) {
			r.lines[after] = j
		}
		if r.lines[before] >= 0 {
			i++
		}
		if r.lines[after] >= 0 {
			j++
		}
		rows = append(rows, r)
	}
	return rows
}
