package panel

import (
	"cmp"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// field is what a filter sees of an entry.
func (x *entry) field(term string) string {
	switch term {
	case "status":
		return x.word
	case "health":
		return string(x.Health)
	case "kind":
		return x.kind
	case "ns":
		return x.namespace
	case "app":
		return x.Application
	}
	return x.name
}

// stand puts down how an entry stands, in a word: its drift, or what matters more.
func (x *entry) stand() {
	switch {
	case x.Failed:
		x.word = "Failed"
	case x.waits != "":
		x.word = "Waiting"
	case x.Ignored:
		x.word = "Ignored"
	case x.Drift == engine.DriftSynced && !x.Managed:
		x.word = "Unmanaged"
	default:
		x.word = string(cmp.Or(x.Drift, engine.DriftPending))
	}
	x.generation = 0 // what a filter matches has changed
	x.stands, x.healthy = uint8(len(x.word)), 0
	if x.Health != "" {
		x.healthy = uint8(len(x.Health)) + 2 // with the glyph
	}
	x.noted = x.message != "" || x.changedBy != "" || x.waits != "" || x.adopts()
}

// status is the word with its glyph.
func (x *entry) status(c widget.Canvas) widget.Status {
	s := c.DriftStatus(x.Drift)
	s.Word = x.word
	switch {
	case x.Failed:
		s.Role = themes.Error
	case x.waits != "":
		s.Role = themes.Warning
	case x.Ignored:
		s.Glyph, s.Role = c.Glyphs().Dot, themes.Dim
	}
	return s
}

// measure puts down the width of the label.
func (x *entry) measure(usual string) {
	x.label = widget.Width(x.name) + x.outer(usual)
}

// outer is the width of the namespace before the name; 0 when it need not be said.
func (x *entry) outer(usual string) int {
	if x.namespace == "" || x.namespace == usual {
		return 0
	}
	return widget.Width(x.namespace) + 1
}

// adopts tells whether a sync would take an object over that is there already.
func (x *entry) adopts() bool {
	return !x.Managed && !x.Ignored && (x.Drift == engine.DriftSynced || x.Drift == engine.DriftModified)
}

// note is what there is to say about an entry, as much as there is room for: the
// most important thing first.
func (x *entry) note(c widget.Canvas, age string, room int) string {
	who, adopts := x.who(age), ""
	if x.adopts() {
		adopts = "not applied by evenkeel yet"
	}
	first := cmp.Or(who, x.message, adopts)
	switch {
	case x.Failed:
		return longest(room, joined(c, x.message, who), x.message)
	case x.waits != "":
		return x.waits
	}
	return longest(room, joined(c, who, x.message, adopts), joined(c, who, x.message), first)
}

// who is who changed the object, and how long ago.
func (x *entry) who(age string) string {
	if x.changedBy == "" || age == "" {
		return x.changedBy
	}
	return x.changedBy + " " + age
}
