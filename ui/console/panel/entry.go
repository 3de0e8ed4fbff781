package panel

import (
	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

func (x *entry) section() section { return section(x.rank >> sectionAt) }

// field is what a filter sees of an entry.
func (x *entry) field(term string) string {
	switch term {
	case "status":
		return x.word()
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

// word tells how an entry stands: its drift, or what matters more.
func (x *entry) word() string {
	switch {
	case x.Failed:
		return "Failed"
	case x.waits != "":
		return "Waiting"
	case x.Ignored:
		return "Ignored"
	case x.Drift == engine.DriftSynced && !x.Managed:
		return "Unmanaged"
	case x.Drift == "":
		return string(engine.DriftPending)
	}
	return string(x.Drift)
}

// status is the word with its glyph.
func (x *entry) status(c widget.Canvas) widget.Status {
	s := c.DriftStatus(x.Drift)
	s.Word = x.word()
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

// labelWidth is the width of the name, and of the namespace where it is not the
// usual one.
func (x *entry) labelWidth(usual string) int {
	if x.namespace == "" || x.namespace == usual {
		return x.width
	}
	return x.width + 1 + widget.Width(x.namespace)
}

// noted tells whether there is anything to say about an entry.
func (x *entry) noted() bool {
	return x.message != "" || x.changedBy != "" || x.waits != "" || x.adopts()
}

// adopts tells whether a sync would take an object over that is there already.
func (x *entry) adopts() bool {
	return !x.Managed && !x.Ignored && (x.Drift == engine.DriftSynced || x.Drift == engine.DriftModified)
}

// note is what there is to say about an entry, the most important thing first.
func (x *entry) note(c widget.Canvas, age string) string {
	switch {
	case x.Failed:
		return joined(c, x.message, x.who(age))
	case x.waits != "":
		return x.waits
	case x.adopts():
		return joined(c, x.who(age), x.message, "not applied by evenkeel yet")
	}
	return joined(c, x.who(age), x.message)
}

// who is who changed the object, and how long ago.
func (x *entry) who(age string) string {
	if x.changedBy == "" || age == "" {
		return x.changedBy
	}
	return x.changedBy + " " + age
}
