package command

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/evenkeel/evenkeel/engine"
)

func (a *app) history() *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use:               "history ENVIRONMENT",
		Short:             "Show the commits that made an environment what it is",
		Args:              environmentFirst(0),
		ValidArgsFunction: a.completeEnvironment,
	}
	c.Flags().IntVarP(&limit, "limit", "n", 20, "how many commits to show; 0 is all")
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
		commits, err := s.commits(args[0], limit)
		if err != nil {
			return exitTrouble, err
		}
		if a.format == formatJSON {
			return exitClean, writeJSON(a.Out, historyDocument(args[0], commits))
		}
		a.warnUnfetched(s)
		p := a.printer(a.Out)
		printHistory(p, snapshot.At, commits)
		return exitClean, p.err
	})
	return c
}

// commits reads history page by page; a limit of 0 reads all of it.
func (s *session) commits(environment string, limit int) ([]engine.HistoryCommit, error) {
	var commits []engine.HistoryCommit
	query := engine.HistoryQuery{Environment: environment}
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
			return commits, nil
		}
		query.After = page.Next
	}
}

// printHistory writes a line for each commit.
func printHistory(p *printer, now time.Time, commits []engine.HistoryCommit) {
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
	if len(commits) == 0 {
		p.line(span{"no commit has touched this environment", plain})
	}
	t.print(p)
}
