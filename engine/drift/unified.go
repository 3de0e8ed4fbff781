package drift

import (
	"fmt"
	"strings"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// contextLines is how many unchanged lines surround a change.
const contextLines = 3

// Unified writes the difference between the live and the desired text of an
// object as a unified diff, or nothing when they are equal. The texts are lines,
// each with its line end.
func Unified(name, live, desired string) string {
	return UnifiedNamed("live "+name, "git "+name, live, desired)
}

// UnifiedNamed is Unified for any two texts.
func UnifiedNamed(beforeName, afterName, before, after string) string {
	if before == after {
		return ""
	}
	lines := lineDiff(before, after)
	var out strings.Builder
	fmt.Fprintf(&out, "--- %s\n+++ %s\n", beforeName, afterName)
	for start := 0; start < len(lines); {
		first := start
		for first < len(lines) && lines[first].mark == ' ' {
			first++
		}
		if first == len(lines) {
			break
		}
		end, quiet := first, 0
		for end < len(lines) && quiet <= 2*contextLines {
			if lines[end].mark == ' ' {
				quiet++
			} else {
				quiet = 0
			}
			end++
		}
		end -= max(0, quiet-contextLines)
		writeHunk(&out, lines[max(start, first-contextLines):end])
		start = end
	}
	return out.String()
}

// line is one line of a diff with its place in both texts, counted from 1; on
// the side that lacks it, the place where it would stand.
type line struct {
	mark          byte // ' ', '-' or '+'
	text          string
	live, desired int
}

func lineDiff(live, desired string) []line {
	dmp := diffmatchpatch.New()
	dmp.DiffTimeout = 0 // the same answer on a busy machine
	a, b, table := dmp.DiffLinesToRunes(live, desired)
	var lines []line
	atLive, atDesired := 1, 1
	for _, d := range dmp.DiffCharsToLines(dmp.DiffMainRunes(a, b, false), table) {
		for _, text := range strings.SplitAfter(d.Text, "\n") {
			if text == "" {
				continue
			}
			l := line{mark: ' ', text: text, live: atLive, desired: atDesired}
			if d.Type != diffmatchpatch.DiffInsert {
				atLive++
			}
			if d.Type != diffmatchpatch.DiffDelete {
				atDesired++
			}
			switch d.Type {
			case diffmatchpatch.DiffInsert:
				l.mark = '+'
			case diffmatchpatch.DiffDelete:
				l.mark = '-'
			}
			lines = append(lines, l)
		}
	}
	return lines
}

func writeHunk(out *strings.Builder, lines []line) {
	inLive, inDesired := 0, 0
	for _, l := range lines {
		if l.mark != '+' {
			inLive++
		}
		if l.mark != '-' {
			inDesired++
		}
	}
	fmt.Fprintf(out, "@@ -%s +%s @@\n", hunkRange(lines[0].live, inLive), hunkRange(lines[0].desired, inDesired))
	for _, l := range lines {
		out.WriteByte(l.mark)
		out.WriteString(l.text)
		if !strings.HasSuffix(l.text, "\n") {
			out.WriteString("\n\\ No newline at end of file\n")
		}
	}
}

// hunkRange spells a range as diff(1) does: the length left out when it is 1,
// and the line before it when it is empty.
func hunkRange(start, length int) string {
	switch length {
	case 0:
		return fmt.Sprintf("%d,0", start-1)
	case 1:
		return fmt.Sprint(start)
	}
	return fmt.Sprintf("%d,%d", start, length)
}
