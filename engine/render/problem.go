package render

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel/kube"
)

// Problem is one thing that keeps a tree from being rendered. Its text never
// carries the value of a Secret.
type Problem struct {
	File    string // relative to the repository
	Line    int    // from 1; 0 when no line is to blame
	Object  kube.ID
	Message string
}

func (p Problem) Error() string {
	place := p.File
	if p.Line > 0 {
		place = fmt.Sprintf("%s:%d", place, p.Line)
	}
	if strings.HasPrefix(p.Message, place+" ") {
		return p.Message // it names the file itself
	}
	if p.Object != (kube.ID{}) {
		return place + ": " + strings.TrimSpace(p.Object.String()) + ": " + p.Message
	}
	return place + ": " + p.Message
}

// Problems is everything that is wrong with a tree, by file and line.
type Problems []Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// sorted puts problems in the order of the files and drops repetitions.
func (ps Problems) sorted() Problems {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(ps)
}
