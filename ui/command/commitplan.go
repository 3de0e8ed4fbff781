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
	p.line(span{actionTitle(plan), bold}, span{planGround(plan), plain})
	if plan.BrokenRevision != "" {
		p.line(span{fmt.Sprintf("%s %s cannot be rendered:", glyphStop, short(plan.BrokenRevision)), red})
		for _, problem := range plan.Problems {
			p.line(span{"    " + problem, plain})
		}
	}
	if len(plan.Updates) > 0 {
		p.blank()
		printUpdates(p, now, plan.Updates)
		if plan.Action == engine.ActionRollback && writesHolds(plan) {
			p.line(span{"  What goes back is held until it is released, so that nothing brings it forward again.", blue})
		}
	}
	if len(plan.Left) > 0 {
		p.blank()
		p.line(span{"Left out:", plain})
		printUpdates(p, now, plan.Left)
	}
	printFiles(p, plan)
	printOnlyInSource(p, plan)
	if plan.Commit != nil {
		p.blank()
		printCommit(p, plan.Commit)
	}
	printShared(p, plan)
	for i := 0; i < len(plan.Changes); {
		environment := plan.Changes[i].Environment
		end := i
		for end < len(plan.Changes) && plan.Changes[end].Environment == environment {
			end++
		}
		p.blank()
		if environment == plan.Environment {
			p.line(span{"What changes in ", plain}, span{environment, bold}, span{":", plain})
		} else {
			p.line(span{glyphStop + " What changes in ", yellow}, span{environment, bold}, span{" too, which reads the same files:", yellow})
		}
		printChanges(p, plan.Changes[i:end])
		i = end
	}
	printLeftAlone(p, plan)
	printSignOffs(p, now, plan.SignOffs)
	printGates(p, plan)
	p.blank()
	p.line(span{commitSummary(plan), bold})
}

// actionTitle is what a plan that writes to Git is for.
func actionTitle(plan *engine.Plan) string {
	switch plan.Action {
	case engine.ActionApprove:
		switch {
		case plan.SignOff:
			return "Agree to new images in " + plan.Environment
		case plan.Hold:
			return "Approve in " + plan.Environment + " and hold"
		}
		return "Approve in " + plan.Environment
	case engine.ActionHold:
		return "Hold " + heldNames(&plan.Request)
	case engine.ActionRelease:
		return "Release " + heldNames(&plan.Request)
	case engine.ActionPromote:
		if plan.SignOff {
			return "Agree to promote from " + plan.Source + " to " + plan.Environment
		}
		return "Promote from " + plan.Source + " to " + plan.Environment
	case engine.ActionRollback:
		return rollbackTitle(plan)
	}
	return string(plan.Action) + " in " + plan.Environment
}

func rollbackTitle(plan *engine.Plan) string {
	switch plan.Mode {
	case engine.RollbackImages:
		return "Roll images of " + plan.Environment + " back to " + short(plan.Revision)
	case engine.RollbackRevert:
		return "Revert " + short(plan.Revision) + " in " + plan.Environment
	}
	return "Roll " + plan.Environment + " back to " + short(plan.Revision)
}

// planGround is what a plan was computed from.
func planGround(plan *engine.Plan) string {
	if plan.Action == engine.ActionPromote {
		return fmt.Sprintf(", %s at %s, Git at %s", plan.Source, short(plan.SourceRevision), short(plan.BaseRevision))
	}
	return ", from " + short(plan.BaseRevision)
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
		heads.add(updateMark(u), text(kindOf(u.Object)), text(nameOf(u.Object)), styled(u.Container, dim),
			text(imageName(u.Repository, u.From)+" → "+shortTag(u.To)), text(updateText(now, u)))
	}
	widths := heads.widths()
	for i, u := range updates {
		heads.printRow(p, i, widths)
		if u.Reason != "" {
			p.line(span{"      " + u.Reason, yellow})
		}
		if u.Along {
			p.line(span{"      not asked for, but written in the same place as one that was", yellow})
		}
		if from := originText(u); from != "" {
			p.line(span{"      " + from, plain})
		}
		if u.Ran != nil {
			p.line(span{"      " + ranText(now, u.Ran), ranStyle(u.Ran)})
		}
		lead := "      besides: "
		for _, d := range u.Differs {
			p.line(span{lead + d, dim})
			lead = strings.Repeat(" ", len(lead))
		}
	}
}

// updateMark tells an image that gets another tag from one that is left out.
func updateMark(u engine.ImageUpdate) cell {
	if u.Reason != "" {
		return styled(glyphPause, blue)
	}
	return styled(glyphChange, yellow)
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
		parts = append(parts, ui.Bytes(u.Size))
	}
	return strings.Join(parts, ", ")
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
	switch {
	case plan.Commit == nil && len(plan.Left) > 0:
		return "Nothing to promote: what could be is left out, for the reasons above."
	case plan.Commit == nil && len(plan.Files) > 0:
		return "Nothing to promote but files, which are copied only when they are named."
	case plan.Commit == nil:
		return "Nothing to do: Git says so already."
	case plan.SignOff:
		return "One commit that changes no file: it says who agrees."
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
	elsewhere := 0
	for _, c := range plan.Changes {
		if c.Environment != plan.Environment {
			elsewhere++
		}
	}
	if elsewhere > 0 {
		parts = append(parts, fmt.Sprintf("%d of them elsewhere", elsewhere))
	}
	what := "One commit"
	if plan.Branch != "" {
		what = "One commit, that waits in a pull request of " + plan.Branch
	}
	if plan.Sync {
		what = "One commit, and its sync"
	}
	return what + ": " + strings.Join(parts, ", ") + "."
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
