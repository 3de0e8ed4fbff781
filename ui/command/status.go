package command

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/evenkeel/evenkeel/engine"
)

func (a *app) status() *cobra.Command {
	return &cobra.Command{
		Use:   "status [ENVIRONMENT...]",
		Short: "Show how environments stand to Git",
		Example: `  evenkeel status
  evenkeel status staging -o json`,
		ValidArgsFunction: a.completeEnvironments,
		RunE: a.run(func(ctx context.Context, names []string) (int, error) {
			s, err := a.open(ctx, false, names...)
			if err != nil {
				return exitTrouble, err
			}
			defer s.close()
			snapshot, err := s.settlePipelines(names...)
			if err != nil {
				return exitTrouble, err
			}
			snapshot = only(snapshot, names)
			if a.format == formatJSON {
				return statusCode(snapshot), writeJSON(a.Out, statusDocument(snapshot))
			}
			p := a.printer(a.Out)
			printStatus(p, snapshot)
			return statusCode(snapshot), p.err
		}),
	}
}

// only narrows a snapshot to the environments named, or to none when no name
// is given.
func only(s *engine.Snapshot, names []string) *engine.Snapshot {
	if len(names) == 0 {
		return s
	}
	narrowed := *s
	narrowed.Environments = nil
	named := map[string]bool{}
	for _, name := range names {
		if e := s.Environment(name); e != nil && !named[name] {
			named[name] = true
			narrowed.Environments = append(narrowed.Environments, e)
		}
	}
	return &narrowed
}

// statusCode is how status ends: trouble wins over differences.
func statusCode(s *engine.Snapshot) int {
	code := exitClean
	if s.Repository.Err != "" {
		code = exitTrouble
	}
	for _, e := range s.Environments {
		switch {
		case e.State == engine.StateUnknown || e.BrokenRevision != "" || hasFailed(e),
			e.State == engine.StateBlocked && len(e.Waiting) == 0:
			code = exitTrouble
		case e.State != engine.StateSynced:
			code = max(code, exitDiffers)
		}
	}
	return code
}

func hasFailed(e *engine.Environment) bool {
	for _, o := range e.Objects {
		if o.Failed {
			return true
		}
	}
	return false
}

// printStatus writes the repository, when something is wrong with it, and a
// block for each environment.
func printStatus(p *printer, s *engine.Snapshot) {
	if s.Repository.Err != "" {
		p.line(span{glyphStop + " ", red}, span{s.Repository.Err, red})
		p.blank()
	}
	var heads table
	for _, e := range s.Environments {
		heads.add(statusHead(s, e)...)
	}
	widths := heads.widths()
	for i, e := range s.Environments {
		if i > 0 {
			p.blank()
		}
		heads.printRow(p, i, widths)
		printEnvironment(p, s.At, e)
	}
}

// statusHead is the line that says all about an environment that is well.
func statusHead(s *engine.Snapshot, e *engine.Environment) []cell {
	return []cell{
		styled(e.Name, bold),
		stateMark(e.State),
		healthMark(e.Health),
		text(revisions(e)),
		styled(freshness(s, e), dim),
	}
}

// revisions is what an environment is compared with, and what its cluster has
// when that is something else.
func revisions(e *engine.Environment) string {
	switch {
	case e.Revision == "":
		return ""
	case e.AppliedRevision == "" && !e.AsOf.IsZero():
		return short(e.Revision) + ", never synced"
	case e.AppliedRevision == "":
		return short(e.Revision)
	case e.AppliedRevision != e.Revision && e.State != engine.StateSynced:
		return short(e.Revision) + ", applied " + short(e.AppliedRevision)
	}
	return short(e.Revision)
}

// freshness says how old the two sides are that were compared.
func freshness(s *engine.Snapshot, e *engine.Environment) string {
	var parts []string
	if s.Repository.FetchedAt.IsZero() {
		parts = append(parts, "never fetched")
	} else {
		parts = append(parts, "fetched "+ago(s.At, s.Repository.FetchedAt))
	}
	switch {
	case e.AsOf.IsZero():
		parts = append(parts, "cluster never read")
	case !e.Current:
		parts = append(parts, "cluster as of "+ago(s.At, e.AsOf))
	}
	return strings.Join(parts, ", ")
}

// printEnvironment writes what stands below the head line.
func printEnvironment(p *printer, now time.Time, e *engine.Environment) {
	if messageTellsMore(e) {
		p.line(span{"  " + e.Message, red})
	}
	if f := e.Failure(); f != nil && f.Back != "" {
		p.line(span{"  to go back to " + short(f.Back) + ": ", yellow}, span{"evenkeel rollback " + e.Name + " --to-last-healthy", bold})
	}
	if s := e.Suspension; s != nil {
		p.line(span{fmt.Sprintf("  suspended by %s %s: %s", s.By, ago(now, s.At), s.Reason), blue})
	}
	if r := e.Running; r != nil {
		p.line(span{fmt.Sprintf("  %s by %s: %s", r.Action, r.By, progressText(r)), cyan})
	}
	if e.BrokenRevision != "" {
		broken := fmt.Sprintf("  %s %s cannot be rendered", glyphStop, short(e.BrokenRevision))
		if e.Revision != "" {
			broken += ", " + short(e.Revision) + " goes on"
		}
		p.line(span{broken, red})
		for _, problem := range e.Problems {
			p.line(span{"      " + problem, plain})
		}
	}
	if len(e.Syncs) > 0 && !e.Syncs[0].Succeeded {
		last := e.Syncs[0]
		p.line(span{fmt.Sprintf("  the last sync failed %s, by %s: %s", ago(now, last.Ended), last.By, last.Message), red})
	}
	if e.Verification != nil {
		printVerification(p, now, e.Verification)
	}
	printPullRequests(p, now, e)
	if e.Pipeline != nil {
		printPipeline(p, now, e)
	}
	printObjects(p, e)
	if counts := countsText(e); counts != "" {
		p.line(span{"  " + counts, dim})
	}
	if awaitsApproval(e) {
		p.line(span{"  to delete what Git no longer names: ", yellow}, span{approval(e.Name), bold})
	}
}

// printVerification writes how the Job went that verifies an environment.
func printVerification(p *printer, now time.Time, v *engine.Verification) {
	text, st := "", plain
	switch v.State {
	case engine.VerificationSucceeded:
		text, st = "verified "+short(v.Revision)+" "+ago(now, v.Ended), green
	case engine.VerificationFailed:
		text, st = "the verification of "+short(v.Revision)+" failed "+ago(now, v.Ended), red
	case engine.VerificationRunning:
		text, st = "verifying "+short(v.Revision)+" for "+age(now, v.Started), cyan
	case engine.VerificationPending:
		text, st = "not verified yet", yellow
	default:
		text, st = "not verified", red
	}
	if v.Job != (engine.ID{}) {
		text += " by " + v.Job.String()
	}
	if v.Message != "" {
		text += ": " + v.Message
	}
	p.line(span{"  " + text, st})
}

// printPipeline writes what an environment waits for that promotes by itself, if
// there is anything to promote.
func printPipeline(p *printer, now time.Time, e *engine.Environment) {
	l := e.Pipeline
	lead := "  promotes from " + e.PromotesFrom + ": "
	if l.Trouble != "" {
		p.line(span{lead + "not now: " + l.Trouble, red})
	}
	if len(l.Updates) > 0 {
		line, rest := lead+updateNames(l.Updates), ""
		for _, g := range l.Gates {
			switch {
			case g.Met:
			case !g.MetAt.IsZero():
				line += ", " + g.Name + " in " + age(g.MetAt, now)
			default:
				rest += "; waits for " + g.Name + ": " + g.Reason
			}
		}
		p.line(span{line + rest, yellow})
	}
	told := ""
	for _, u := range l.Left {
		if name := updateNames([]engine.ImageUpdate{u}); name != told {
			p.line(span{"  leaves out " + name + ": " + u.Reason, blue})
			told = name
		}
	}
}

// updateNames names images and their tags, each once.
func updateNames(updates []engine.ImageUpdate) string {
	var named []string
	for _, u := range updates {
		if name := imageName(u.Repository, u.From) + " → " + shortTag(u.To); !slices.Contains(named, name) {
			named = append(named, name)
		}
	}
	return strings.Join(named, ", ")
}

// messageTellsMore tells whether an environment's message says what nothing else
// in its block does.
func messageTellsMore(e *engine.Environment) bool {
	switch e.State {
	case engine.StateBlocked, engine.StateUnknown:
		return e.Message != "" && e.BrokenRevision == ""
	case engine.StateSynced:
		return e.Message != ""
	}
	return false
}

// awaitsApproval tells whether there are deletions that a person has to approve,
// and can: while the head is broken nothing is deleted.
func awaitsApproval(e *engine.Environment) bool {
	return len(e.Waiting) > 0 && e.BrokenRevision == ""
}

// approval is the command by which a person lets deletions go ahead.
func approval(environment string) string { return "evenkeel sync " + environment + " --prune" }

func progressText(r *engine.Progress) string {
	done := fmt.Sprintf("%d of %d", r.Done, r.Total)
	if r.Failed > 0 {
		done += fmt.Sprintf(", %d failed", r.Failed)
	}
	return done
}

// printObjects writes the objects that somebody should look at: those that
// differ, are not well, or were refused.
func printObjects(p *printer, e *engine.Environment) {
	t := table{indent: 2}
	for _, o := range e.Objects {
		if !noteworthy(o) {
			continue
		}
		message := styled(o.Message, dim)
		if o.Failed {
			message = styled("failed: "+o.Message, red)
		}
		health := healthMark(o.Health)
		if o.Drift == engine.DriftMissing {
			health = nil // it says the same
		}
		t.add(driftMark(o.Drift), text(kindOf(o.ID)), text(nameOf(o.ID)), health, message)
	}
	t.print(p)
}

func noteworthy(o *engine.Object) bool {
	if o.Ignored {
		return false
	}
	switch o.Drift {
	case engine.DriftModified, engine.DriftMissing, engine.DriftExtra:
		return true
	}
	switch o.Health {
	case engine.Progressing, engine.Degraded, engine.Missing:
		return true
	}
	return o.Failed
}

// countsText is the number of objects of each drift: "36 synced, 2 modified".
func countsText(e *engine.Environment) string {
	var parts []string
	for _, d := range []engine.Drift{
		engine.DriftSynced, engine.DriftModified, engine.DriftMissing, engine.DriftExtra, engine.DriftPending,
	} {
		if n := e.Counts[d]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, strings.ToLower(string(d))))
		}
	}
	return strings.Join(parts, ", ")
}
