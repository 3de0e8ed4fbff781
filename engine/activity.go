package engine

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// activityLength is how many events a snapshot holds.
const activityLength = 200

// activity is the log of what happened, oldest first.
type activity []Event

// note adds an event; environment is empty when it is about the repository.
func (e *Engine) note(environment string, trouble bool, format string, args ...any) {
	event := Event{At: time.Now(), Environment: environment, Text: fmt.Sprintf(format, args...), Trouble: trouble}
	// A fresh slice each time: snapshots share the old one.
	start := max(0, len(e.activity)+1-activityLength)
	e.activity = append(slices.Clone(e.activity[start:]), event)
	e.dirty = true
}

// join writes a list of names for a sentence.
func join(names []string) string { return strings.Join(names, ", ") }

// plural writes a count with its noun.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
