package command

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/drift"
	"github.com/evenkeel/evenkeel/ui"
)

// printCommitPlan writes what a plan would write to Git, and what becomes of the
// environments by it.
func printCommitPlan(p *printer, now time.Time, plan *engine.Plan) {
	p.line(span{actionTitle(plan), bold}, span{", from " + short(plan.BaseRevision), plain})
	if plan.BrokenRevision != "" {
		p.line(span{fmt.Sprintf("%s %s cannot be rendered:", glyphStop, short(plan.BrokenRevision)), red})
		for _, problem := range plan.Problems {
			p.line(span{"    " + problem, plain})
		}
	}
	if len(plan.Updates) > 0 {
		p.blank()
		printUpdates(p, now, plan.Updates)
	}
	if plan.Commit != nil {
		p.blank()
		printCommit(p, plan.Commit)
	}
	for i := 0; i < len(plan.Changes); {
		environment := plan.Changes[i].Environment
		end := i
		for end < len(plan.Changes) && plan.Changes[end].Environment == environment {
			end++
		}
		p.blank()
		p.line(span{"What changes in ", plain}, span{environment, bold}, span{":", plain})
		printChanges(p, plan.Changes[i:end])
		i = end
	}
	printGates(p, plan.Gates)
	p.blank()
	p.line(span{commitSummary(plan), bold})
}

// actionTitle is what a plan that writes to Git is for.
func actionTitle(plan *engine.Plan) string {
	switch plan.Action {
	case engine.ActionApprove:
		if plan.Hold {
			return "Approve in " + plan.Environment + " and hold"
		}
		return "Approve in " + plan.Environment
	case engine.ActionHold:
		return "Hold " + heldNames(&plan.Request)
	case engine.ActionRelease:
		return "Release " + heldNames(&plan.Request)
	}
	return string(plan.Action) + " in " + plan.Environment
}

// heldNames are the images that a hold or a release is about.
func heldNames(r *engine.Request) string {
	if names := pickedRepositories(r.Images); len(names) > 0 {
		return strings.Join(names, ", ") + " in " + r.Environment
	}
	return "all of " + r.Environment
}

// printUpdates writes a line for each image that gets another tag, and below it
// what is known of the new one.
func printUpdates(p *printer, now time.Time, updates []engine.ImageUpdate) {
	heads := table{indent: 2}
	for _, u := range updates {
		heads.add(styled(glyphChange, yellow), text(kindOf(u.Object)), text(nameOf(u.Object)), styled(u.Container, dim),
			text(imageName(u.Repository, u.From)+" → "+shortTag(u.To)), text(updateText(now, u)))
	}
	widths := heads.widths()
	for i, u := range updates {
		heads.printRow(p, i, widths)
		if u.Along {
			p.line(span{"      not asked for, but written in the same place as one that was", yellow})
		}
		if from := originText(u); from != "" {
			p.line(span{"      " + from, plain})
		}
		if u.Ran != nil {
			p.line(span{"      " + ranText(now, u.Ran), ranStyle(u.Ran)})
		}
	}
}

// updateText is how far an update goes, and how old the new image is.
func updateText(now time.Time, u engine.ImageUpdate) string {
	var parts []string
	if u.Behind > 0 {
		parts = append(parts, count(u.Behind, "version")+" on")
	}
	if !u.Built.IsZero() {
		parts = append(parts, "built "+ago(now, u.Built))
	}
	return strings.Join(parts, ", ")
}

// originText is where an image comes from, by its labels, and what it is.
func originText(u engine.ImageUpdate) string {
	var parts []string
	if u.Source != "" {
		parts = append(parts, "source "+u.Source)
	}
	if u.Revision != "" {
		parts = append(parts, "revision "+short(u.Revision))
	}
	if u.Version != "" {
		parts = append(parts, "version "+u.Version)
	}
	if len(u.Platforms) > 0 {
		parts = append(parts, strings.Join(u.Platforms, " "))
	}
	if u.Size > 0 {
		parts = append(parts, sizeText(u.Size))
	}
	return strings.Join(parts, ", ")
}

// sizeText is a number of bytes as people write it.
func sizeText(bytes int64) string {
	const unit = 1 << 10
	if bytes < unit*unit {
		return fmt.Sprintf("%d KB", (bytes+unit-1)/unit)
	}
	return fmt.Sprintf("%.1f MB", float64(bytes)/(unit*unit))
}

// ranText is how an image fares where it runs already.
func ranText(now time.Time, r *engine.Ran) string {
	s := fmt.Sprintf("in %s: %s", r.Environment, healthWord(r.Health))
	if r.Pods > 0 {
		s += fmt.Sprintf(", %d of %d ready", r.Ready, r.Pods)
	}
	if !r.Since.IsZero() {
		s += ", for " + age(now, r.Since)
	}
	return s + ", " + count(r.Restarts, "restart")
}

func ranStyle(r *engine.Ran) style {
	if r.Health == engine.Healthy && r.Restarts == 0 {
		return green
	}
	return yellow
}

// printCommit writes the commit as it will be: its message, and each file.
func printCommit(p *printer, c *engine.PlannedCommit) {
	by := ""
	if c.Author != "" {
		by = " by " + c.Author
	}
	p.line(span{"Commit" + by + ":", plain})
	for _, line := range ui.CleanLines(c.Message) {
		p.line(span{"  " + line, plain})
	}
	for _, f := range c.Files {
		p.blank()
		if f.Hidden != "" {
			p.line(span{fmt.Sprintf("  %s: not shown, %s", f.Path, f.Hidden), dim})
			continue
		}
		printUnified(p, fileDiff(f))
	}
}

// fileDiff is what a commit changes in a file, as a unified diff.
func fileDiff(f engine.FileChange) string {
	before, after := "a/"+f.Path, "b/"+f.Path
	switch f.Operation {
	case engine.Create:
		before = "/dev/null"
	case engine.Delete:
		after = "/dev/null"
	}
	return drift.UnifiedNamed(before, after, f.Before, f.After)
}

// commitSummary counts what a plan does to Git, and to the environments once
// they are synced.
func commitSummary(plan *engine.Plan) string {
	if plan.Commit == nil {
		return "Nothing to do: Git says so already."
	}
	var parts []string
	if n := len(plan.Updates); n > 0 {
		parts = append(parts, count(n, "image"))
	}
	parts = append(parts, count(len(plan.Commit.Files), "file"))
	switch n := len(plan.Changes); n {
	case 0:
		parts = append(parts, "no object changes")
	case 1:
		parts = append(parts, "1 object changes")
	default:
		parts = append(parts, fmt.Sprintf("%d objects change", n))
	}
	return "One commit: " + strings.Join(parts, ", ") + "."
}

// printCommitted writes what an executed plan has made of Git.
func printCommitted(p *printer, plan *engine.Plan, o *engine.Outcome) {
	if o.Commit != "" {
		p.line(span{"committed " + short(o.Commit), bold}, span{": " + subjectOf(plan.Commit.Message), plain})
	}
	if o.Note != "" {
		p.line(span{o.Note, yellow})
	}
	if cmp.Or(o.Commit, o.Note) == "" {
		p.line(span{"nothing was committed", plain})
	}
}

// subjectOf is the first line of a commit message.
func subjectOf(message string) string {
	subject, _, _ := strings.Cut(message, "\n")
	return subject
}
