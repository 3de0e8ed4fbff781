package command

import (
	"fmt"
	"time"

	"github.com/clipperhouse/displaywidth"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui"
)

// The glyphs of text output. They say the same as the word beside them, to a
// reader who skims.
const (
	glyphSame   = "="
	glyphChange = "~"
	glyphCreate = "+"
	glyphDelete = "-"
	glyphStop   = "!"
	glyphBusy   = ">"
	glyphPause  = "|"
	glyphNone   = "?"
	glyphMet    = "✓"
	glyphUnmet  = "✗"
)

// stateMark is a sync state as glyph and word.
func stateMark(s engine.SyncState) cell {
	switch s {
	case engine.StateSynced:
		return styled(glyphSame+" "+string(s), green)
	case engine.StateOutOfSync:
		return styled(glyphChange+" "+string(s), yellow)
	case engine.StateSyncing:
		return styled(glyphBusy+" "+string(s), cyan)
	case engine.StateSuspended:
		return styled(glyphPause+" "+string(s), blue)
	case engine.StateBlocked:
		return styled(glyphStop+" "+string(s), red)
	}
	return styled(glyphNone+" "+string(s), red)
}

// driftMark is an object's drift as glyph and word.
func driftMark(d engine.Drift) cell {
	switch d {
	case engine.DriftSynced:
		return styled(glyphSame+" "+string(d), green)
	case engine.DriftModified:
		return styled(glyphChange+" "+string(d), yellow)
	case engine.DriftMissing:
		return styled(glyphCreate+" "+string(d), green)
	case engine.DriftExtra:
		return styled(glyphDelete+" "+string(d), red)
	}
	return styled(glyphNone+" "+string(d), dim)
}

// healthMark is a health word in its colour.
func healthMark(h engine.Health) cell {
	switch healthWord(h) {
	case engine.Healthy:
		return styled(string(h), green)
	case engine.Progressing:
		return styled(string(h), cyan)
	case engine.Degraded, engine.Missing:
		return styled(string(h), red)
	case engine.Suspended:
		return styled(string(h), blue)
	}
	return styled(string(healthWord(h)), dim)
}

// healthWord spells a health that nobody has looked at yet.
func healthWord(h engine.Health) engine.Health {
	if h == "" {
		return engine.Unknown
	}
	return h
}

// imageMark is the state of an image as glyph and word.
func imageMark(s engine.ImageState) cell {
	switch s {
	case engine.ImageLive:
		return styled(glyphSame+" "+string(s), green)
	case engine.ImagePending:
		return styled(glyphChange+" "+string(s), yellow)
	case engine.ImageHeld:
		return styled(glyphPause+" "+string(s), blue)
	case engine.ImageCommitting, engine.ImageApproved, engine.ImageRollingOut:
		return styled(glyphBusy+" "+string(s), cyan)
	case engine.ImageFailed:
		return styled(glyphStop+" "+string(s), red)
	}
	return styled(glyphNone+" "+string(engine.ImageUnknown), dim)
}

// operationMark is what a plan does to an object. Deletion shouts.
func operationMark(op engine.Operation) cell {
	switch op {
	case engine.Create:
		return styled(glyphCreate+" "+string(op), green)
	case engine.Update:
		return styled(glyphChange+" "+string(op), yellow)
	case engine.Delete:
		return styled(glyphDelete+" DELETE", red)
	}
	return styled(glyphNone+" "+string(op), plain)
}

// gateMark is a gate as glyph and name.
func gateMark(g engine.Gate) cell {
	switch {
	case g.Met:
		return styled(glyphMet+" "+g.Name, green)
	case g.Overridden:
		return styled(glyphUnmet+" "+g.Name, yellow)
	}
	return styled(glyphUnmet+" "+g.Name, red)
}

// driftOf is the drift that an operation puts right.
func driftOf(op engine.Operation) engine.Drift {
	switch op {
	case engine.Create:
		return engine.DriftMissing
	case engine.Delete:
		return engine.DriftExtra
	}
	return engine.DriftModified
}

// short is a revision as people write it.
func short(revision string) string {
	return revision[:min(7, len(revision))]
}

// age says how long ago something was, in the largest unit that fits.
func age(now, then time.Time) string {
	d := max(0, now.Sub(then))
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	case d < 2*365*24*time.Hour:
		return fmt.Sprintf("%dd", int(d.Hours()/24))
	}
	return fmt.Sprintf("%dy", int(d.Hours()/24/365))
}

// ago is an age for a sentence.
func ago(now, then time.Time) string { return age(now, then) + " ago" }

// count writes a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// kindOf is an object's kind, with its group when it has one.
func kindOf(id engine.ID) string {
	if id.Group == "" {
		return id.Kind
	}
	return id.Kind + "." + id.Group
}

// nameOf is an object's name, with its namespace when it has one.
func nameOf(id engine.ID) string {
	if id.Namespace == "" {
		return id.Name
	}
	return id.Namespace + "/" + id.Name
}

// place is a file and a line, or the file alone.
func place(file string, line int) string {
	if file == "" || line == 0 {
		return file
	}
	return fmt.Sprintf("%s:%d", file, line)
}

// clip shortens a text to some columns.
func clip(s string, columns int) string {
	return displaywidth.TruncateString(ui.Clean(s), columns, "…")
}
