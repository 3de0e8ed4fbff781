package console

import (
	"fmt"
	"strings"

	"github.com/evenkeel/evenkeel/ui"
)

// trouble is the errors that stay until they are dismissed, oldest first.
type trouble []string

// keptTrouble bounds them: whoever has not looked by then finds the rest in the
// activity.
const keptTrouble = 20

// add takes an error in, unless it is the one that was told last.
func (t *trouble) add(text string) {
	if n := len(*t); n > 0 && (*t)[n-1] == text {
		return
	}
	*t = append(*t, text)
	*t = (*t)[max(0, len(*t)-keptTrouble):]
}

// line tells the last error, and how many there are.
func (t trouble) line() string {
	text := ui.Clean(t[len(t)-1])
	if len(t) > 1 {
		return fmt.Sprintf("(%d) %s", len(t), text)
	}
	return text
}

// whole is all of them.
func (t trouble) whole() string { return strings.Join(t, "\n\n") }
