package command

import (
	"fmt"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui"
)

// The bounds of what a pull request says: the forges take 65536 characters at
// most, and nobody reads as much.
const (
	markdownLength  = 60_000
	markdownObjects = 100 // in one environment
	markdownFields  = 20  // of one object
	markdownFiles   = 200
	markdownText    = 300 // characters of one text
)

// Markdown writes a plan for the people who are asked to merge it. Whatever comes
// from elsewhere stands in code spans: a forge takes nothing in them for a person,
// for an issue, for a command or for a page.
func Markdown(plan *engine.Plan) string {
	m := &markdown{}
	m.line("%s%s.", code(actionTitle(plan)), groundMarkdown(plan))
	if plan.Reason != "" {
		m.line("")
		m.line("Reason: %s", code(plan.Reason))
	}
	now := time.Now()
	m.updates(now, "Images", plan.Updates)
	if plan.Action == engine.ActionRollback && writesHolds(plan) {
		m.line("")
		m.line("What goes back is held until it is released, so that nothing brings it forward again.")
	}
	m.changes(plan)
	m.files(plan)
	m.gates(plan)
	m.updates(now, "Left out", plan.Left)
	return m.end()
}

// markdown is a text of lines each of which stands for itself.
type markdown struct{ b strings.Builder }

func (m *markdown) line(format string, args ...any) {
	fmt.Fprintf(&m.b, format, args...)
	m.b.WriteByte('\n')
}

func (m *markdown) heading(format string, args ...any) {
	m.line("")
	m.line("### "+format, args...)
	m.line("")
}

// more says how many were left out of a list.
func (m *markdown) more(indent string, n int, noun string) {
	if n > 0 {
		m.line("%s- … and %s more", indent, count(n, noun))
	}
}

// end cuts what is too long, between two lines.
func (m *markdown) end() string {
	text := m.b.String()
	if len(text) > markdownLength {
		text = text[:markdownLength]
		text = text[:strings.LastIndexByte(text, '\n')+1] + "\n… and more: the commit has all of it.\n"
	}
	return text
}

// code makes a code span of a text: what is invisible goes, and it cannot end
// before its end.
func code(text string) string {
	text = strings.Join(strings.Fields(ui.Clean(text)), " ")
	if runes := []rune(text); len(runes) > markdownText {
		text = string(runes[:markdownText]) + "…"
	}
	if text == "" {
		return "(nothing)"
	}
	fence := "`"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") {
		text = " " + text + " "
	}
	return fence + text + fence
}

// groundMarkdown is what a plan was computed from.
func groundMarkdown(plan *engine.Plan) string {
	if plan.Action == engine.ActionPromote {
		return fmt.Sprintf(", where %s stands at %s, on %s", code(plan.Source), code(short(plan.SourceRevision)), code(short(plan.BaseRevision)))
	}
	return ", on " + code(short(plan.BaseRevision))
}

func (m *markdown) updates(now time.Time, title string, updates []engine.ImageUpdate) {
	if len(updates) == 0 {
		return
	}
	m.heading("%s", title)
	for _, u := range updates {
		about := updateText(now, u)
		if about != "" {
			about = ", " + about
		}
		m.line("- %s, container %s: %s %s → %s%s", code(u.Object.String()), code(u.Container), code(u.Repository), code(shortTag(u.From)), code(shortTag(u.To)), about)
		if u.Reason != "" {
			m.line("  - %s", code(u.Reason))
		}
		if u.Along {
			m.line("  - not asked for, but written in the same place as one that was")
		}
		if from := originText(u); from != "" {
			m.line("  - %s", code(from))
		}
		if u.Ran != nil {
			m.line("  - %s", code(ranText(now, u.Ran)))
		}
		for _, d := range u.Differs {
			m.line("  - besides: %s", code(d))
		}
	}
}

// changes writes what becomes of the objects, environment by environment.
func (m *markdown) changes(plan *engine.Plan) {
	if plan.Commit != nil && len(plan.Changes) == 0 {
		m.heading("What changes in %s", code(plan.Environment))
		m.line("No object.")
	}
	for i := 0; i < len(plan.Changes); {
		environment := plan.Changes[i].Environment
		end := i
		for end < len(plan.Changes) && plan.Changes[end].Environment == environment {
			end++
		}
		if environment == plan.Environment {
			m.heading("What changes in %s", code(environment))
		} else {
			m.heading("What changes in %s too, which reads the same files", code(environment))
		}
		for _, c := range plan.Changes[i:min(end, i+markdownObjects)] {
			m.change(c)
		}
		m.more("", end-i-markdownObjects, "object")
		i = end
	}
}

func (m *markdown) change(c engine.Change) {
	word := string(c.Operation)
	if c.Operation == engine.Delete {
		word = "**DELETE**"
	}
	at := ""
	if c.File != "" {
		at = " in " + code(place(c.File, c.Line))
	}
	m.line("- %s %s%s", word, code(c.ID.String()), at)
	if c.Refused {
		m.line("  - **refused by the server**: %s", code(c.Reason))
	}
	if c.Operation != engine.Update {
		return
	}
	for _, f := range c.Fields[:min(len(c.Fields), markdownFields)] {
		if f.Masked {
			m.line("  - %s: changed (the value is secret)", code(f.Path))
			continue
		}
		m.line("  - %s: %s → %s", code(f.Path), code(valueText(f.Live)), code(valueText(f.Desired)))
	}
	m.more("  ", len(c.Fields)-markdownFields, "field")
}

// files writes which files the commit changes, and who else reads them. The forge
// shows what is in them.
func (m *markdown) files(plan *engine.Plan) {
	if plan.Commit == nil {
		return
	}
	m.heading("Files")
	for _, f := range plan.Commit.Files[:min(len(plan.Commit.Files), markdownFiles)] {
		m.line("- %s %s", strings.ToLower(string(f.Operation)), code(f.Path))
	}
	m.more("", len(plan.Commit.Files)-markdownFiles, "file")
	if len(plan.Shared) == 0 {
		return
	}
	if plan.Overlay {
		m.heading("Left as they are, since others read them")
	} else {
		m.heading("Read by others too")
	}
	for _, f := range plan.Shared {
		m.line("- %s, by %s", code(f.Path), code(strings.Join(f.Environments, ", ")))
	}
}

func (m *markdown) gates(plan *engine.Plan) {
	if len(plan.Gates) == 0 {
		return
	}
	m.heading("Gates")
	for _, g := range plan.Gates {
		why := ""
		if g.Reason != "" {
			why = ": " + code(g.Reason)
		}
		switch {
		case g.Met:
			m.line("- %s met: %s%s", glyphMet, code(g.Name), why)
		case g.Overridden:
			m.line("- %s **not met, and passed over**: %s%s", glyphUnmet, code(g.Name), why)
		default:
			m.line("- %s **not met**: %s%s", glyphUnmet, code(g.Name), why)
		}
	}
}
