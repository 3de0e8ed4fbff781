package diffview

import (
	"slices"
	"time"
	"unicode/utf8"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// match pairs elements of two sequences that are equal, in order and as many as
// can be, or as are found in the time. It returns for each element of one the
// index of its partner in the other, or -1.
func match(a, b []int32, most time.Duration) (ofA, ofB []int32) {
	ofA, ofB = unmatched(len(a)), unmatched(len(b))
	inA, inB, runesA, runesB := shared(a, b)
	i, j := 0, 0
	for _, d := range difference(runesA, runesB, most) {
		n := utf8.RuneCountInString(d.Text)
		switch d.Type {
		case diffmatchpatch.DiffDelete:
			i += n
		case diffmatchpatch.DiffInsert:
			j += n
		case diffmatchpatch.DiffEqual:
			for range n {
				ofA[inA[i]], ofB[inB[j]] = inB[j], inA[i]
				i, j = i+1, j+1
			}
		}
	}
	return ofA, ofB
}

func unmatched(n int) []int32 {
	of := make([]int32, n)
	for i := range of {
		of[i] = -1
	}
	return of
}

// The surrogates are no runes of their own, so they stand for nothing.
const (
	surrogates     = 0xd800
	surrogateCount = 0x800
	mostRunes      = utf8.MaxRune + 1 - surrogateCount
)

// shared leaves out what only one sequence has, which can't have a partner and
// only takes time, and spells the rest in runes. It returns the indices, too.
// What there are no runes left for is left out as well.
func shared(a, b []int32) (inA, inB []int32, runesA, runesB []rune) {
	const unknown, onlyA = 0, -1
	most := int32(-1)
	for _, id := range a {
		most = max(most, id)
	}
	known := make([]rune, most+1)
	for _, id := range a {
		known[id] = onlyA
	}
	count := rune(0)
	for j, id := range b {
		if id > most || known[id] == unknown || known[id] == onlyA && count == mostRunes-1 {
			continue
		}
		if known[id] == onlyA {
			count++ // from 1: 0 is unknown
			known[id] = count
			if count >= surrogates {
				known[id] += surrogateCount
			}
		}
		inB, runesB = append(inB, int32(j)), append(runesB, known[id])
	}
	for i, id := range a {
		if known[id] != onlyA {
			inA, runesA = append(inA, int32(i)), append(runesA, known[id])
		}
	}
	return inA, inB, runesA, runesB
}

// difference is what turns a into b. The ends that are the same are cheap, and
// often all there is.
func difference(a, b []rune, most time.Duration) []diffmatchpatch.Diff {
	start := 0
	for start < len(a) && start < len(b) && a[start] == b[start] {
		start++
	}
	endA, endB := len(a), len(b)
	for endA > start && endB > start && a[endA-1] == b[endB-1] {
		endA, endB = endA-1, endB-1
	}
	diffs := []diffmatchpatch.Diff{{Type: diffmatchpatch.DiffEqual, Text: string(a[:start])}}
	diffs = append(diffs, bisect(a[start:endA], b[start:endB], most)...)
	return append(diffs, diffmatchpatch.Diff{Type: diffmatchpatch.DiffEqual, Text: string(a[endA:])})
}

// bisect is Myers' algorithm, and nothing around it: the shortcuts of the
// library take longer than it on texts that repeat themselves.
func bisect(a, b []rune, most time.Duration) []diffmatchpatch.Diff {
	switch {
	case len(b) == 0:
		return []diffmatchpatch.Diff{{Type: diffmatchpatch.DiffDelete, Text: string(a)}}
	case len(a) == 0:
		return []diffmatchpatch.Diff{{Type: diffmatchpatch.DiffInsert, Text: string(b)}}
	case len(a) == 1:
		return around(b, a[0], diffmatchpatch.DiffInsert)
	case len(b) == 1:
		return around(a, b[0], diffmatchpatch.DiffDelete)
	}
	d := diffmatchpatch.New()
	d.DiffTimeout = 0 // of the shortcuts
	return d.DiffBisect(string(a), string(b), time.Now().Add(most))
}

// around is the difference of a sequence and one of its elements, which the
// library's algorithm cannot do.
func around(all []rune, one rune, kind diffmatchpatch.Operation) []diffmatchpatch.Diff {
	at := slices.Index(all, one)
	if at < 0 {
		// The one operation is the other's negative.
		return []diffmatchpatch.Diff{{Type: kind, Text: string(all)}, {Type: -kind, Text: string(one)}}
	}
	return []diffmatchpatch.Diff{
		{Type: kind, Text: string(all[:at])},
		{Type: diffmatchpatch.DiffEqual, Text: string(one)},
		{Type: kind, Text: string(all[at+1:])},
	}
}
