package command

import (
	"fmt"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel/engine"
)

// reporter shows the steps of a plan while it is executed: a counter that
// counts up on a terminal, a line for each object elsewhere, nothing when the
// outcome is a document.
type reporter struct {
	p       *printer
	live    bool // on a terminal
	silent  bool
	total   int
	done    int
	failed  int
	printed bool
}

func (a *app) reporter(plan *engine.Plan) *reporter {
	return &reporter{
		p:      a.printer(a.Out),
		live:   isTerminal(a.Out),
		silent: a.format == formatJSON,
		total:  len(plan.Changes),
	}
}

func (r *reporter) step(s engine.Step) {
	r.done++
	if s.Err != "" {
		r.failed++
	}
	switch {
	case r.silent:
	case r.live:
		counter := fmt.Sprintf("%d of %d", r.done, max(r.total, r.done))
		if r.failed > 0 {
			counter += fmt.Sprintf(", %d failed", r.failed)
		}
		r.p.write("\r\x1b[K" + counter)
		r.printed = true
	default:
		printStep(r.p, s)
	}
}

// end takes the counter away.
func (r *reporter) end() {
	if r.printed {
		r.p.write("\r\x1b[K")
	}
}

func printStep(p *printer, s engine.Step) {
	mark := operationMark(s.Operation)[0]
	glyph, st := mark.text[:1], mark.style
	if s.Err != "" {
		glyph, st = glyphStop, red
	}
	p.line(span{"  " + glyph + " " + stepWord(s), st}, span{" " + s.ID.String(), plain}, span{stepError(s), red})
}

func stepError(s engine.Step) string {
	if s.Err == "" {
		return ""
	}
	return ": " + s.Err
}

// stepWord says what has become of an object.
func stepWord(s engine.Step) string {
	switch {
	case s.Err != "":
		return "FAILED   "
	case s.Unchanged:
		return "unchanged"
	}
	switch s.Operation {
	case engine.Create:
		return "created  "
	case engine.Delete:
		return "deleted  "
	}
	return "changed  "
}

// printOutcome writes the end of an executed plan. With steps, each object that
// was changed or refused is reported; without, they have been already, and only
// the refused ones are told again.
func printOutcome(p *printer, o *engine.Outcome, steps bool) {
	for _, s := range o.Steps {
		if steps && !s.Unchanged && s.Err == "" {
			printStep(p, s)
		}
	}
	if !steps && o.Failed() > 0 {
		p.blank()
	}
	for _, s := range o.Steps {
		if s.Err != "" {
			printStep(p, s)
		}
	}
	p.line(span{outcomeSummary(o), bold})
}

// outcomeSummary counts what was done, and how long it took.
func outcomeSummary(o *engine.Outcome) string {
	var created, changed, deleted, unchanged int
	for _, s := range o.Steps {
		switch {
		case s.Err != "":
		case s.Unchanged:
			unchanged++
		case s.Operation == engine.Create:
			created++
		case s.Operation == engine.Delete:
			deleted++
		default:
			changed++
		}
	}
	var parts []string
	for _, n := range []struct {
		count int
		word  string
	}{{created, "created"}, {changed, "changed"}, {deleted, "deleted"}, {unchanged, "unchanged"}, {o.Failed(), "failed"}} {
		if n.count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n.count, n.word))
		}
	}
	switch {
	case len(parts) > 0:
	case o.Err != "":
		parts = []string{"nothing done"}
	default:
		parts = []string{"recorded, no object changed"}
	}
	took := o.Ended.Sub(o.Started).Round(10 * time.Millisecond)
	return fmt.Sprintf("%s at %s: %s in %s.", o.Environment, short(o.Revision), strings.Join(parts, ", "), took)
}
