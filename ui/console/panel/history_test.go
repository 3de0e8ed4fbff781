package panel_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui/console/panel"
)

// commits are some commits as they are in the sketches.
func commits() []engine.HistoryCommit {
	make := func(hash, author, subject string, age time.Duration) engine.HistoryCommit {
		return engine.HistoryCommit{Commit: engine.Commit{Hash: hash + "000000", Author: author, Time: ago(age), Subject: subject}}
	}
	cs := []engine.HistoryCommit{
		make("3f2a91c", "api-ci", "api: 1.8.2 → 1.9.0", 2*time.Hour),
		make("a81c0de", "web", "raise web replicas", 26*time.Hour),
		make("77b0e12", "ops", "promote web 1.25.3", 30*time.Hour),
		make("19ce4aa", "search", "add search service", 3*24*time.Hour),
		make("0d31f7c", "ops", "roll back api to 1.8.1\n\nEvenkeel-Action: rollback", 6*24*time.Hour),
	}
	cs[0].Environments = []string{"staging"}
	cs[1].Environments, cs[1].Result, cs[1].DeployedAt = []string{"production", "eu"}, engine.ResultApplied, ago(25*time.Hour)
	cs[2].Action, cs[2].Result = "promote", engine.ResultFailed
	cs[3].Result, cs[3].DeployedAt = engine.ResultPartly, ago(3*24*time.Hour)
	cs[4].Action, cs[4].Result = "rollback", engine.ResultUnchanged
	return cs
}

// serve is a source of commits in pages.
func serve(cs []engine.HistoryCommit) panel.HistorySource {
	return func(_ context.Context, q engine.HistoryQuery) (engine.History, error) {
		from := 0
		for i, c := range cs {
			if c.Hash == q.After {
				from = i + 1
			}
		}
		to := min(len(cs), from+q.Limit)
		h := engine.History{Commits: cs[from:to]}
		if to < len(cs) && to > 0 {
			h.Next = cs[to-1].Hash
		}
		return h, nil
	}
}

// run takes in what commands answer, until there is nothing more.
func run(t testing.TB, p *panel.History, cmd tea.Cmd) {
	t.Helper()
	for cmd != nil {
		next, mine := p.Update(cmd())
		if !mine {
			t.Fatal("a page of history was not taken in")
		}
		cmd = next
	}
}

// historyOf is a panel that has read the first page of commits.
func historyOf(t testing.TB, cs []engine.HistoryCommit) *panel.History {
	t.Helper()
	p := &panel.History{}
	p.SetSource(serve(cs))
	run(t, p, p.SetEnvironment("production", "r1", "a1"))
	return p
}

// numbered are so many commits.
func numbered(prefix string, n int) []engine.HistoryCommit {
	cs := make([]engine.HistoryCommit, n)
	for i := range cs {
		cs[i].Hash, cs[i].Subject, cs[i].Time = fmt.Sprintf("%s%06d", prefix, n-i), "a change", ago(time.Duration(i)*time.Hour)
	}
	return cs
}
