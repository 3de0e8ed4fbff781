package engine

import "testing"

func TestMerge(t *testing.T) {
	for name, c := range map[string]struct {
		base, ours, theirs string
		want               string // empty: refused
	}{
		"only ours":          {"a\nb\nc\n", "a\nB\nc\n", "a\nb\nc\n", "a\nB\nc\n"},
		"only theirs":        {"a\nb\nc\n", "a\nb\nc\n", "a\nb\nC\n", "a\nb\nC\n"},
		"apart":              {"a\nb\nc\nd\n", "A\nb\nc\nd\n", "a\nb\nc\nD\n", "A\nb\nc\nD\n"},
		"the same":           {"a\nb\n", "a\nB\n", "a\nB\n", "a\nB\n"},
		"the same line":      {"a\nb\nc\n", "a\nB\nc\n", "a\nX\nc\n", ""},
		"lines that touch":   {"a\nb\nc\n", "A\nb\nc\n", "a\nB\nc\n", ""},
		"put in and removed": {"a\nb\nc\nd\ne\n", "a\nb\nc\nd\ne\nf\n", "b\nc\nd\ne\n", "b\nc\nd\ne\nf\n"},
		"both at the end":    {"a\n", "a\nb\n", "a\nc\n", ""},
		"without a last end": {"a\nb\nc\nd", "A\nb\nc\nd", "a\nb\nc\nD", "A\nb\nc\nD"},
		"empty":              {"", "", "a\n", "a\n"},
	} {
		t.Run(name, func(t *testing.T) {
			got, line, ok := merge(c.base, c.ours, c.theirs)
			if ok != (c.want != "") || ok && got != c.want {
				t.Errorf("got %q %v (line %d), want %q", got, ok, line, c.want)
			}
		})
	}
}
