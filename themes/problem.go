package themes

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// problem is one thing that is wrong with a file, and where.
type problem struct {
	line, column int
	message      string
}

// problems is everything that is wrong with a file.
type problems struct {
	file string
	list []problem
}

// add notes a problem. The message may go to a terminal and quotes the file, so it is kept printable.
func (p *problems) add(n *yaml.Node, format string, args ...any) {
	message := strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return unicode.ReplacementChar
		}
		return c
	}, fmt.Sprintf(format, args...))
	p.list = append(p.list, problem{n.Line, n.Column, message})
}

// err returns the problems in the order of the file, one a line, or nil when there are none.
func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	slices.SortStableFunc(p.list, func(a, b problem) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column))
	})
	return p
}

func (p *problems) Error() string {
	lines := make([]string, len(p.list))
	for i, one := range p.list {
		lines[i] = fmt.Sprintf("%s:%d:%d: %s", p.file, one.line, one.column, one.message)
	}
	return strings.Join(lines, "\n")
}

// describe says what a value is, for the one who wrote it.
func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.ShortTag() == "!!null":
		return "empty"
	}
	return fmt.Sprintf("%q", n.Value)
}

// didYouMean ends a sentence with the known word that is nearest to one, or with nothing when none
// is near. Case and hyphens do not count: tab_open is near tabOpen.
func didYouMean(word string, known []string) string {
	fold := strings.NewReplacer("-", "", "_", "", " ", "")
	folded := strings.ToLower(fold.Replace(word))
	best, least := "", max(1, len(folded)/3)+1
	for _, k := range known {
		if d := edits(folded, strings.ToLower(fold.Replace(k))); d < least {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}

// edits counts the letters to put in, take out or exchange to make one word of the other; two that
// changed places count once. Words far longer than any that is known are not worth the counting.
func edits(a, b string) int {
	const long = 64
	if len(a) > long {
		return len(a)
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, last, row = last, row, before
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := last[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			row[j] = min(change, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}
