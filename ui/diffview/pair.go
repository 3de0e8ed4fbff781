package diffview

import (
	"slices"
	"strings"
	"time"
)

// alike is how much of two lines must be the same for one to be called a change
// of the other.
const alike = 0.5

// mostPairs bounds the pairs looked at in one block and in all of them; beyond
// it a line is compared with the one at the same place only.
const mostPairs, mostPairsOfAll = 40_000, 200_000

// profile is what the likeness of lines is told by.
type profile struct {
	key    string
	indent int
	words  []word // without spaces, sorted by id
	size   int32
}

// What the likeness of a line is told by at most, in bytes and in words.
const profileBytes, profileWords = 4096, 512

func (x lexicon) profile(text string) profile {
	text = text[:min(len(text), profileBytes)] // half a character does no harm here
	p := profile{indent: len(text) - len(strings.TrimLeft(text, " "))}
	p.key = strings.TrimLeft(text, " -")
	if at := strings.Index(p.key, ":"); at > 0 && (at == len(p.key)-1 || p.key[at+1] == ' ') {
		p.key = p.key[:at]
	} else {
		p.key = ""
	}
	for _, w := range x.words(text) {
		if !w.space {
			p.words = append(p.words, w)
			p.size += w.to - w.from
		}
		if len(p.words) == profileWords {
			break
		}
	}
	slices.SortFunc(p.words, func(a, b word) int { return int(a.id - b.id) })
	return p
}

// likeness is between 0 and 1. Values of the same key are always alike.
func likeness(a, b profile) float64 {
	if a.size+b.size == 0 {
		return 1
	}
	same := int32(0)
	for i, j := 0, 0; i < len(a.words) && j < len(b.words); {
		switch {
		case a.words[i].id < b.words[j].id:
			i++
		case a.words[i].id > b.words[j].id:
			j++
		default:
			same += a.words[i].to - a.words[i].from
			i, j = i+1, j+1
		}
	}
	l := 2 * float64(same) / float64(a.size+b.size)
	if a.key != "" && a.key == b.key && a.indent == b.indent {
		return 0.6 + 0.4*l
	}
	return l
}

// pair finds, in the blocks that differ, the lines that became others.
func (d *Diff) pair() {
	words, left := lexicon{}, mostPairsOfAll
	for _, b := range d.blocks {
		if b.change < 0 || b.from[before] == b.to[before] || b.from[after] == b.to[after] {
			continue
		}
		var profiles [2][]profile
		for s := range profiles {
			for _, l := range d.sides[s].lines[b.from[s]:b.to[s]] {
				profiles[s] = append(profiles[s], words.profile(l.text))
			}
		}
		find, count := pairs, len(profiles[before])*len(profiles[after])
		if count > min(mostPairs, left) {
			find = pairsByPlace
		} else {
			left -= count
		}
		for _, p := range find(profiles[before], profiles[after]) {
			i, j := b.from[before]+int32(p[0]), b.from[after]+int32(p[1])
			d.mates[before][i], d.mates[after][j] = j, i
		}
	}
}

// pairsByPlace finds lines that are alike and at the same place.
func pairsByPlace(a, b []profile) (out [][2]int) {
	for i := range min(len(a), len(b)) {
		if likeness(a[i], b[i]) > alike {
			out = append(out, [2]int{i, i})
		}
	}
	return out
}

// pairs finds lines that are alike, in order and so that the likeness is most.
func pairs(a, b []profile) (out [][2]int) {
	// best[i][j] is the most that a[i:] and b[j:] can have.
	best := make([][]float64, len(a)+1)
	gain := make([][]float64, len(a))
	for i := range best {
		best[i] = make([]float64, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		gain[i] = make([]float64, len(b))
		for j := len(b) - 1; j >= 0; j-- {
			best[i][j] = max(best[i+1][j], best[i][j+1])
			if l := likeness(a[i], b[j]); l > alike {
				gain[i][j] = best[i+1][j+1] + l
				best[i][j] = max(best[i][j], gain[i][j])
			}
		}
	}
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch best[i][j] {
		case gain[i][j]:
			if gain[i][j] == 0 {
				return out
			}
			out = append(out, [2]int{i, j})
			i, j = i+1, j+1
		case best[i+1][j]:
			i++
		default:
			j++
		}
	}
	return out
}

// partsBudget bounds the time spent on words. Those of the lines after it differ
// from the first to the last that does.
const partsBudget = 300 * time.Millisecond

// findParts finds the words that differ in lines that became others.
func (d *Diff) findParts() {
	deadline := time.Now().Add(partsBudget)
	known := lexicon{}
	d.parts = [2]map[int32][]span{{}, {}}
	for _, b := range d.blocks {
		if b.change < 0 {
			continue
		}
		for i := b.from[before]; i < b.to[before]; i++ {
			j := d.mates[before][i]
			if j < 0 {
				continue
			}
			clear(known)
			words := [2][]word{known.words(d.sides[before].lines[i].text), known.words(d.sides[after].lines[j].text)}
			for _, e := range edits(words, time.Until(deadline)) {
				for s, at := range [2]int32{i, j} {
					if changed := words[s][e.from[s]:e.to[s]]; len(changed) > 0 {
						d.parts[s][at] = append(d.parts[s][at], span{changed[0].from, changed[len(changed)-1].to})
					}
				}
			}
		}
	}
}
