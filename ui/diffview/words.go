package diffview

import (
	"time"
	"unicode"
	"unicode/utf8"
)

// word is a part of a line that is the same or differs as a whole.
type word struct {
	span
	id    int32
	space bool
}

// lexicon numbers texts: those that are equal alike.
type lexicon map[string]int32

func (x lexicon) id(text string) int32 {
	id, ok := x[text]
	if !ok {
		id = int32(len(x))
		x[text] = id
	}
	return id
}

// mostWords bounds how much of a line is looked at word by word. What is behind
// is one word, which is the same only as a whole.
const mostWords = 20_000

// words takes a line apart: runs of letters and digits, runs of spaces, and
// single characters.
func (x lexicon) words(text string) []word {
	var out []word
	for at := 0; at < len(text); {
		n, _ := cluster(text[at:])
		end, kind := at+n, classOf(text[at:])
		for end < len(text) && kind != single && classOf(text[end:]) == kind {
			n, _ = cluster(text[end:])
			end += n
		}
		if len(out) == mostWords {
			end = len(text)
		}
		out = append(out, word{span{int32(at), int32(end)}, x.id(text[at:end]), kind == space})
		at = end
	}
	return out
}

type class uint8

const (
	single class = iota
	letter
	space
)

func classOf(s string) class {
	c := s[0]
	switch {
	case c == ' ':
		return space
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_':
		return letter
	case c < 0x80:
		return single
	}
	r, _ := utf8.DecodeRuneInString(s)
	if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai) {
		return single // written without spaces
	}
	if unicode.IsLetter(r) || unicode.IsDigit(r) {
		return letter
	}
	return single
}

// edit is a run of words that differ, from and to on both sides.
type edit struct{ from, to [2]int }

// size is how much text an edit touches on the side where it is more.
func (e edit) size(words [2][]word) int32 {
	return max(length(words[before][e.from[before]:e.to[before]]), length(words[after][e.from[after]:e.to[after]]))
}

func length(words []word) int32 {
	if len(words) == 0 {
		return 0
	}
	return words[len(words)-1].to - words[0].from
}

// edits are the words in which two lines differ. What is the same between two
// edits and less than either is taken in: a reader sees one change, not two.
func edits(words [2][]word, most time.Duration) []edit {
	mates, _ := match(ids(words[before]), ids(words[after]), most)
	var out []edit
	e := edit{}
	endAt := func(at [2]int) {
		e.to = at
		if e.from != e.to {
			out = append(out, e)
		}
	}
	for i, j := range mates {
		if j >= 0 {
			endAt([2]int{i, int(j)})
			e.from = [2]int{i + 1, int(j) + 1}
		}
	}
	endAt([2]int{len(words[before]), len(words[after])})
	return mergeEdits(out, words)
}

func mergeEdits(in []edit, words [2][]word) []edit {
	var out []edit
	for _, e := range in {
		out = append(out, e)
		for len(out) > 1 {
			last, next := out[len(out)-2], out[len(out)-1]
			same := length(words[before][last.to[before]:next.from[before]])
			if same > last.size(words) || same > next.size(words) {
				break
			}
			out[len(out)-2].to = next.to
			out = out[:len(out)-1]
		}
	}
	return out
}

func ids(words []word) []int32 {
	out := make([]int32, len(words))
	for i, w := range words {
		out[i] = w.id
	}
	return out
}
