package diffview

import (
	"strings"
	"time"
)

// Language is what a text is written in, for its colours.
type Language uint8

// The languages.
const (
	None Language = iota
	YAML          // and JSON, which is a part of it
)

// Options say how two texts are compared and what they are called.
type Options struct {
	Language         Language
	IgnoreWhitespace bool   // a line that differs in white space only does not differ
	Before, After    string // what the texts are called: "live", "Git"
	Same             string // said when they do not differ; has a default
	Context          int    // unchanged lines that stay beside a change when folded; 3 when 0
}

// linesBudget bounds the time spent on the least difference; after it, what is
// left is taken to differ. Texts that people write need a hundredth of it.
const linesBudget = time.Second

// Diff is the difference of two texts. It never changes.
type Diff struct {
	options Options
	sides   [2]side
	blocks  []block
	changes int
	// mates are, of each line of a side, the line of the other that it is the
	// same as or became, or -1.
	mates [2][]int32
	// parts are the words that differ in a line that became another one.
	parts [2]map[int32][]span
}

// The two sides.
const (
	before = 0
	after  = 1
)

// block is a run of lines that are the same on both sides, or that differ. A
// note is a difference that no line shows, in words.
type block struct {
	from, to [2]int32 // the lines of each side
	change   int32    // which of the changes it is, or -1 where both are the same
	note     string
}

// span is a part of a line's text, in bytes.
type span struct{ from, to int32 }

// New compares two texts.
func New(o Options, textBefore, textAfter string) *Diff {
	if o.Before == "" {
		o.Before = "before"
	}
	if o.After == "" {
		o.After = "after"
	}
	if o.Context <= 0 {
		o.Context = 3
	}
	o.Before, o.After, o.Same = shown(o.Before), shown(o.After), shown(o.Same)
	d := &Diff{options: o, sides: [2]side{split(textBefore), split(textAfter)}}
	d.trimEnds()
	keys := d.keys()
	d.mates[before], d.mates[after] = match(keys[before], keys[after], linesBudget)
	for s := range d.sides {
		slide(keys[s], d.mates[s], d.mates[1-s], d.sides[s].indent)
	}
	d.makeBlocks()
	d.pair()
	d.reveal()
	d.findParts()
	for s := range d.sides {
		d.sides[s].measure()
		if o.Language == YAML {
			d.sides[s].states = yamlStates(d.sides[s].lines)
		}
	}
	return d
}

// Changes is how many places differ.
func (d *Diff) Changes() int { return d.changes }

// oneSided tells whether one of the texts is empty: all of the other one is
// added or removed, and there is nothing to set beside it.
func (d *Diff) oneSided() bool {
	return len(d.sides[before].lines) == 0 || len(d.sides[after].lines) == 0
}

// trimEnds takes carriage returns off all lines where a text has them on all or
// on none: that is said once, not on every line. Where they are mixed, they are
// part of the lines, and shown where they differ.
func (d *Diff) trimEnds() {
	if d.sides[before].ends == mixedEnds || d.sides[after].ends == mixedEnds {
		return
	}
	for s := range d.sides {
		if d.sides[s].ends != crlfEnds {
			continue
		}
		lines := d.sides[s].lines
		for i := range lines {
			if i < len(lines)-1 || d.sides[s].ended {
				lines[i].raw = strings.TrimSuffix(lines[i].raw, "\r")
			}
		}
	}
}

// keys are numbers by which lines are compared: equal when the lines are.
func (d *Diff) keys() [2][]int32 {
	lines := lexicon{}
	var keys [2][]int32
	for s := range d.sides {
		keys[s] = make([]int32, len(d.sides[s].lines))
		for i, l := range d.sides[s].lines {
			text := l.raw
			if d.options.IgnoreWhitespace {
				text = withoutSpace(text)
			}
			keys[s][i] = lines.id(text)
		}
	}
	return keys
}

// differsInSpace tells whether the texts differ though no line does.
func (d *Diff) differsInSpace() bool {
	if d.sides[before].ended != d.sides[after].ended || d.sides[before].ends != d.sides[after].ends {
		return true
	}
	for i, l := range d.sides[before].lines {
		if l.raw != d.sides[after].lines[d.mates[before][i]].raw {
			return true
		}
	}
	return false
}
