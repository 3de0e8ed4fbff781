package diffview

// slide moves runs of lines that only one side has to where a reader would say
// that they begin. A run can move by a line when the line it leaves is equal to
// the one it takes; of all its places the one that begins with the least
// indented line is best, as an item of a list does, and of those the last.
func slide(keys, mates, others []int32, indent func(int) int) {
	s := slider{keys: keys, mates: mates, others: others}
	for start := 0; start < len(keys); {
		if mates[start] >= 0 {
			start++
			continue
		}
		end := start
		for end < len(keys) && mates[end] < 0 {
			end++
		}
		// Up as far as it goes, then down, looking at every place.
		for s.canUp(start, end) {
			start, end = start-1, end-1
			s.swap(start, end)
		}
		best, least := start, indent(start)
		for s.canDown(start, end) {
			s.swap(end, start)
			start, end = start+1, end+1
			if in := indent(start); in <= least {
				best, least = start, in
			}
		}
		for start > best {
			start, end = start-1, end-1
			s.swap(start, end)
		}
		start = end
	}
}

type slider struct{ keys, mates, others []int32 }

// swap gives the mate of one line to another.
func (s slider) swap(from, to int) {
	s.mates[to], s.mates[from] = s.mates[from], -1
	s.others[s.mates[to]] = int32(to)
}

// mate is where a line is on the other side, counting the ends of the text.
func (s slider) mate(i int) int {
	switch {
	case i < 0:
		return -1
	case i >= len(s.mates):
		return len(s.others)
	}
	return int(s.mates[i])
}

// adjoins tells whether a line and the one above it have mates that adjoin too.
func (s slider) adjoins(i, above int) bool {
	m := s.mate(above)
	return (m >= 0 || above < 0) && s.mate(i)-m == 1
}

// canUp tells whether a run can move up by a line: it is equal to what it would
// leave, the other side has no lines of its own there, and no two runs meet.
func (s slider) canUp(start, end int) bool {
	return start > 0 && s.keys[start-1] == s.keys[end-1] &&
		s.adjoins(end, start-1) && s.adjoins(start-1, start-2)
}

func (s slider) canDown(start, end int) bool {
	return end < len(s.keys) && s.keys[start] == s.keys[end] &&
		s.adjoins(end, start-1) && s.adjoins(end+1, end)
}
