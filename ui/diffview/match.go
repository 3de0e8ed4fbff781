package diffview

import (
	"time"
	"unicode/utf8"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// match pairs elements of two sequences that are equal, in order and as many as
// can be, or as are found before the deadline. It returns for each element of one
// the index of its partner in the other, or -1.
func match(a, b []int32, deadline time.Time) (ofA, ofB []int32) {
	ofA, ofB = unmatched(len(a)), unmatched(len(b))
	start := 0
	for start < len(a) && start < len(b) && a[start] == b[start] {
		ofA[start], ofB[start] = int32(start), int32(start)
		start++
	}
	endA, endB := len(a), len(b)
	for endA > start && endB > start && a[endA-1] == b[endB-1] {
		endA, endB = endA-1, endB-1
		ofA[endA], ofB[endB] = int32(endB), int32(endA)
	}
	inA, inB, runesA, runesB := shared(a, b, start, endA, endB)
	i, j := 0, 0
	for _, d := range bisect(runesA, runesB, deadline) {
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
func shared(a, b []int32, start, endA, endB int) (inA, inB []int32, runesA, runesB []rune) {
	const onlyA = -1
	known := map[int32]rune{}
	for _, id := range a[start:endA] {
		known[id] = onlyA
	}
	count := rune(0)
	for j := start; j < endB; j++ {
		r, ok := known[b[j]]
		if !ok {
			continue
		}
		if r == onlyA {
			if count == mostRunes {
				// There are no more runes. What was found so far is right.
				break
			}
			r = count
			if r >= surrogates {
				r += surrogateCount
			}
			known[b[j]] = r
			count++
		}
		inB, runesB = append(inB, int32(j)), append(runesB, r)
	}
	for i := start; i < endA; i++ {
		if r := known[a[i]]; r != onlyA {
			inA, runesA = append(inA, int32(i)), append(runesA, r)
		}
	}
	return inA, inB, runesA, runesB
}

// bisect is Myers' algorithm, and nothing around it: the shortcuts of the
// library take longer than it on texts that repeat themselves.
func bisect(a, b []rune, deadline time.Time) []diffmatchpatch.Diff {
	switch {
	case len(a) == 0 || len(b) == 0:
		return nil
	case len(a) == 1:
		return around(b, a[0], diffmatchpatch.DiffInsert)
	case len(b) == 1:
		return around(a, b[0], diffmatchpatch.DiffDelete)
	}
	d := diffmatchpatch.New()
	d.DiffTimeout = 0 // of the shortcuts
	return d.DiffBisect(string(a), string(b), deadline)
}

// around is the difference of a sequence and one of its elements, which the
// library's algorithm cannot do.
func around(all []rune, one rune, kind diffmatchpatch.Operation) []diffmatchpatch.Diff {
	for i, r := range all {
		if r == one {
			return []diffmatchpatch.Diff{
				{Type: kind, Text: string(all[:i])},
				{Type: diffmatchpatch.DiffEqual, Text: string(one)},
				{Type: kind, Text: string(all[i+1:])},
			}
		}
	}
	return nil
}
