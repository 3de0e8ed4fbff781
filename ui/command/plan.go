package command

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel/engine"
)

// printPlan writes what a plan would do, what it leaves to a person, and what
// stands in its way.
func printPlan(p *printer, plan *engine.Plan) {
	if plan.BrokenRevision != "" {
		p.line(span{fmt.Sprintf("%s %s cannot be rendered, so this is for the last good revision:", glyphStop, short(plan.BrokenRevision)), red})
		for _, problem := range plan.Problems {
			p.line(span{"    " + problem, plain})
		}
		p.blank()
	}
	if plan.Empty() {
		verdict := ": nothing to do"
		if len(plan.Waiting)+len(plan.Contested) > 0 {
			verdict = ", but for what follows"
		}
		what := plan.Environment
		if len(plan.Objects) > 0 {
			what = "what was named in " + what
		}
		p.line(span{what, bold}, span{" is as " + short(plan.BaseRevision) + " says" + verdict, plain},
			span{fmt.Sprintf(" (%s)", count(plan.Unchanged, "object")), dim})
	} else {
		p.line(span{"Sync " + plan.Environment, bold}, span{" to " + short(plan.BaseRevision), plain})
		p.blank()
		printChanges(p, plan.Changes)
	}
	printLeftAlone(p, plan)
	printGates(p, plan)
	if !plan.Empty() {
		p.blank()
		p.line(span{planSummary(plan), bold})
	}
}

// printLeftAlone writes what a sync does not touch: deletions that wait for a
// person, and objects that somebody else has.
func printLeftAlone(p *printer, plan *engine.Plan) {
	if len(plan.Waiting) > 0 {
		p.blank()
		p.line(span{waits(len(plan.Waiting)) + " for a person:", yellow})
		printChanges(p, plan.Waiting)
		p.line(span{"  to delete: ", plain}, span{approval(plan.Environment), bold})
	}
	if len(plan.Contested) > 0 {
		p.blank()
		p.line(span{count(len(plan.Contested), "object") + " left out, because somebody else has them:", yellow})
		printChanges(p, plan.Contested)
	}
}

// printChanges writes a line for each object, and below it the fields that an
// update changes.
func printChanges(p *printer, changes []engine.Change) {
	heads := table{indent: 2}
	for _, c := range changes {
		heads.add(operationMark(c.Operation), text(kindOf(c.ID)), text(nameOf(c.ID)), styled(place(c.File, c.Line), dim))
	}
	widths := heads.widths()
	for i, c := range changes {
		heads.printRow(p, i, widths)
		if c.Reason != "" {
			reason := c.Reason
			if c.Refused {
				reason = "the server would refuse it: " + reason
			}
			p.line(span{"      " + reason, reasonStyle(c)})
		}
		if c.Operation != engine.Update {
			continue
		}
		for _, f := range c.Fields {
			p.line(span{"      " + f.Path, cyan}, span{": " + fieldText(f), plain})
		}
	}
}

// printGates writes a line for each gate, and below it when one that is not met
// will be, or why it is passed over.
func printGates(p *printer, plan *engine.Plan) {
	if len(plan.Gates) == 0 {
		return
	}
	t := table{indent: 2}
	for _, g := range plan.Gates {
		t.add(gateMark(g), text(g.Reason))
	}
	widths := t.widths()
	p.blank()
	p.line(span{"Gates:", plain})
	for i, g := range plan.Gates {
		t.printRow(p, i, widths)
		if !g.Met && !g.MetAt.IsZero() {
			p.line(span{"      met from " + g.MetAt.Local().Format("Mon 2006-01-02 15:04 MST"), plain})
		}
		if g.Overridden {
			p.line(span{"      passed over: " + plan.Reason, yellow})
		}
	}
}

// printSignOffs writes a line for everybody who has agreed to what a plan changes.
func printSignOffs(p *printer, now time.Time, signOffs []engine.SignOff) {
	if len(signOffs) == 0 {
		return
	}
	p.blank()
	p.line(span{"Agreed to by:", plain})
	t := table{indent: 2}
	for _, s := range signOffs {
		t.add(text(s.Name+" <"+s.Email+">"), text(ago(now, s.At)), styled(short(s.Commit), dim))
	}
	t.print(p)
}

// planSummary counts what a plan does.
func planSummary(plan *engine.Plan) string {
	parts := []string{
		fmt.Sprintf("%d to create", plan.Count(engine.Create)),
		fmt.Sprintf("%d to change", plan.Count(engine.Update)),
		fmt.Sprintf("%d to delete", plan.Count(engine.Delete)),
		fmt.Sprintf("%d unchanged", plan.Unchanged),
	}
	return strings.Join(parts, ", ") + "."
}

// fieldText is how a field changes: live → desired.
func fieldText(f engine.FieldChange) string {
	if f.Masked {
		return "changed (the value is secret)"
	}
	return valueText(f.Live) + " → " + valueText(f.Desired)
}

// valueText is a value on one line.
func valueText(v any) string {
	const columns = 60
	switch v := v.(type) {
	case nil:
		return "(none)"
	case string:
		if v == "" || strings.TrimSpace(v) != v {
			return fmt.Sprintf("%q", v)
		}
		return clip(strings.ReplaceAll(v, "\n", "⏎"), columns)
	}
	encoded, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return clip(string(encoded), columns)
}

// waits counts deletions that are not done without a person.
func waits(n int) string {
	if n == 1 {
		return "1 deletion waits"
	}
	return fmt.Sprintf("%d deletions wait", n)
}
