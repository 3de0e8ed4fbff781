package command

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/evenkeel/evenkeel/engine"
)

func (a *app) history() *cobra.Command {
	var limit int
	var query engine.HistoryQuery
	c := &cobra.Command{
		Use:   "history ENVIRONMENT",
		Short: "Show the commits that made an environment what it is",
		Example: `  evenkeel history production --workload api
  evenkeel history production --author ada --text "memory limit"`,
		Args:              environmentFirst(0),
		ValidArgsFunction: a.completeEnvironment,
	}
	flags := c.Flags()
	flags.IntVarP(&limit, "limit", "n", 20, "how many commits to show; 0 is all")
	flags.StringVar(&query.Text, "text", "", "only those with these words in the message")
	flags.StringVar(&query.Author, "author", "", "only those by whom this is in the name or the address")
	flags.StringVar(&query.Workload, "workload", "", "only those that changed a workload whose name, or kind/name, begins so")
	flags.StringVar(&query.Image, "image", "", "only those that changed an image with this in it, such as api or api:1.9")
	c.RunE = a.run(func(ctx context.Context, args []string) (int, error) {
		s, err := a.open(ctx, false, args[0])
		if err != nil {
			return exitTrouble, err
		}
		defer s.close()
		// Where environments stand is known once all of them are settled.
		snapshot, err := s.settle()
		if err != nil {
			return exitTrouble, err
		}
		query.Environment = args[0]
		commits, err := s.commits(query, limit, a.searchProgress())
		if err != nil {
			return exitTrouble, err
		}
		if a.format == formatJSON {
			return exitClean, writeJSON(a.Out, historyDocument(args[0], commits))
		}
		a.warnUnfetched(s)
		p := a.printer(a.Out)
		printHistory(p, snapshot.At, commits, query)
		return exitClean, p.err
	})
	return c
}

// commits reads history page by page; a limit of 0 reads all of it. It reports
// how many commits it has looked at, and how far back they go.
func (s *session) commits(query engine.HistoryQuery, limit int, report func(looked int, back time.Time)) ([]engine.HistoryCommit, error) {
	var commits []engine.HistoryCommit
	looked := 0
	for {
		query.Limit = 100
		if limit > 0 {
			query.Limit = min(100, limit-len(commits))
		}
		page, err := s.History(s.ctx, query)
		if err != nil {
			return nil, err
		}
		commits = append(commits, page.Commits...)
		if page.Next == "" || limit > 0 && len(commits) >= limit {
			report(0, time.Time{})
			return commits, nil
		}
		query.After = page.Next
		looked += page.Looked
		report(looked, page.LookedTo)
	}
}

// unreported is for whoever does not wait.
func unreported(int, time.Time) {}

// searchProgress tells on a terminal how far a search has come, in a line that
// goes away at its end.
func (a *app) searchProgress() func(looked int, back time.Time) {
	if !colourful(a.Err) {
		return unreported
	}
	p := a.printer(a.Err)
	p.limit = columns(a.Err) - 1
	return func(looked int, back time.Time) {
		p.write("\r\x1b[K")
		if looked > 0 {
			p.part(span{fmt.Sprintf("looked at %s, back to %s", count(looked, "commit"), back.Local().Format(time.DateOnly)), dim})
		}
	}
}

// printHistory writes a line for each commit.
func printHistory(p *printer, now time.Time, commits []engine.HistoryCommit, query engine.HistoryQuery) {
	var t table
	for _, c := range commits {
		deployed := ""
		if !c.DeployedAt.IsZero() {
			deployed = "deployed " + ago(now, c.DeployedAt)
		}
		here := ""
		if len(c.Environments) > 0 {
			here = "◀ " + strings.Join(c.Environments, ", ")
		}
		t.add(
			styled(short(c.Hash), yellow), styled(age(now, c.Time), dim), text(clip(c.Author, 24)), text(clip(c.Subject, 72)),
			styled(c.Action, cyan), styled(deployed, dim), styled(here, green),
		)
	}
	switch {
	case len(commits) > 0:
	case query.Text+query.Author+query.Workload+query.Image != "":
		p.line(span{"no commit that has touched this environment is like that", plain})
	default:
		p.line(span{"no commit has touched this environment", plain})
	}
	t.print(p)
}
