package command

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/evenkeel/evenkeel/engine"
)

// atHelp says how an environment at a revision is written.
const atHelp = `An environment is meant as it is in Git now, or with @REVISION as it was at a
commit, a tag or a branch of its history: production@abc1234, production@HEAD~3.`

// parseAt reads an environment with or without a revision.
func parseAt(word string) (engine.At, error) {
	name, revision, at := strings.Cut(word, "@")
	switch {
	case name == "":
		return engine.At{}, fmt.Errorf("%q names no environment: write ENVIRONMENT@REVISION", word)
	case at && revision == "":
		return engine.At{}, fmt.Errorf("%q names no revision behind the @", word)
	}
	return engine.At{Environment: name, Revision: revision}, nil
}

// openGit opens a session that looks at nothing but Git, and waits until that is
// known of the environments.
func (a *app) openGit(ctx context.Context, environments ...string) (*session, error) {
	s, err := a.open(ctx, false, environments...)
	if err != nil {
		return nil, err
	}
	if err := s.awaitGit(environments); err != nil {
		s.close()
		return nil, err
	}
	a.warnUnfetched(s)
	return s, nil
}

// awaitGit waits until the head is known, and what environments render to there.
func (s *session) awaitGit(environments []string) error {
	for snapshot := range s.Subscribe(s.ctx) {
		r := snapshot.Repository
		switch {
		case r.Head == "" && r.Err != "":
			return errors.New(r.Err)
		case r.Head == "" || r.FetchedAt.IsZero() && r.Err == "":
			continue
		}
		rendered := true
		for _, name := range environments {
			e := snapshot.Environment(name)
			rendered = rendered && (e.Revision == r.Head || e.BrokenRevision == r.Head)
		}
		if rendered {
			return nil
		}
	}
	return context.Cause(s.ctx)
}

// completeAt offers environments, and behind an @ the commits that touch one. So
// many words may be environments.
func (a *app) completeAt(words int, then cobra.CompletionFunc) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, start string) ([]cobra.Completion, cobra.ShellCompDirective) {
		name, _, at := strings.Cut(start, "@")
		switch {
		case len(args) >= words && then != nil:
			return then(c, args, start)
		case len(args) >= words:
			return nil, cobra.ShellCompDirectiveNoFileComp
		case !at:
			names, _ := a.completeEnvironments(c, nil, start)
			return names, cobra.ShellCompDirectiveNoFileComp
		}
		commits, directive := a.completeRevisions(c, []string{name}, "")
		for i := range commits {
			commits[i] = name + "@" + commits[i]
		}
		return commits, directive
	}
}

// madeBy names the commit that made an environment what it is at a revision.
func madeBy(now time.Time, c engine.Commit, revision string) cell {
	about := cell{{" " + age(now, c.Time), dim}, {" " + c.Author, plain}, {" " + c.Subject, plain}}
	switch c.Hash {
	case "":
		return nil
	case revision:
		return about
	}
	return append(cell{{" unchanged since ", dim}, {short(c.Hash), yellow}}, about...)
}
