package panel_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
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

func TestHistoryPages(t *testing.T) {
	cs := numbered("c", 180)
	p := historyOf(t, cs)
	p.View(canvas(60, 12))
	asked := 0
	for range 200 {
		cmd, _ := p.Do(keymap.Down)
		if cmd != nil {
			asked++
		}
		run(t, p, cmd)
	}
	if c, _ := p.Selected(); c.Hash != cs[179].Hash {
		t.Errorf("the end is %s and not %s", c.Hash, cs[179].Hash)
	}
	if asked != 3 {
		t.Errorf("180 commits were read with %d more pages", asked)
	}
	if cmd := p.SetEnvironment("production", "r1", "a1"); cmd != nil {
		t.Error("there is nothing more to be read")
	}
}

func TestHistoryStaysWhenReadAgain(t *testing.T) {
	cs := numbered("c", 120)
	p := historyOf(t, cs)
	for range 80 {
		cmd, _ := p.Do(keymap.Down)
		run(t, p, cmd)
	}
	chosen, _ := p.Selected()
	newer := append(numbered("d", 2), cs...)
	p.SetSource(serve(newer))
	run(t, p, p.SetEnvironment("production", "r2", "a1"))
	if c, _ := p.Selected(); c.Hash != chosen.Hash {
		t.Errorf("%s is chosen after two commits came, and not %s", c.Hash, chosen.Hash)
	}
	do(t, p, keymap.Top)
	if c, _ := p.Selected(); c.Hash != newer[0].Hash {
		t.Errorf("the newest commit is %s", c.Hash)
	}
	// The branch was rewritten: the nearest that is left is chosen.
	do(t, p, keymap.Down, keymap.Down)
	p.SetSource(serve(append(newer[:2:2], newer[3:]...)))
	run(t, p, p.SetEnvironment("production", "r3", "a1"))
	if c, _ := p.Selected(); c.Hash != newer[3].Hash {
		t.Errorf("%s is chosen after its neighbour has gone", c.Hash)
	}
}

func TestHistoryTriesToReadAgain(t *testing.T) {
	p := historyOf(t, numbered("c", 120))
	newer := numbered("d", 130)
	fails := true
	p.SetSource(func(ctx context.Context, q engine.HistoryQuery) (engine.History, error) {
		if fails {
			return engine.History{}, errors.New("not now")
		}
		return serve(newer)(ctx, q)
	})
	run(t, p, p.SetEnvironment("production", "r2", "a1"))
	fails = false
	cmd, _ := p.Do(keymap.Up)
	run(t, p, cmd)
	if c, _ := p.Selected(); c.Hash != newer[0].Hash {
		t.Errorf("%s is still shown", c.Hash)
	}
}

func TestHistoryFollowsTheNewestUntilSomebodyMoves(t *testing.T) {
	cs := numbered("c", 10)
	p := historyOf(t, cs[1:])
	p.SetSource(serve(cs))
	run(t, p, p.SetEnvironment("production", "r2", "a1"))
	if c, _ := p.Selected(); c.Hash != cs[0].Hash {
		t.Errorf("%s is chosen, and not the newest", c.Hash)
	}
}

func TestHistoryDropsLateAnswers(t *testing.T) {
	p := &panel.History{}
	ended := false
	p.SetSource(func(ctx context.Context, q engine.HistoryQuery) (engine.History, error) {
		ended = ctx.Err() != nil
		return engine.History{Commits: numbered(q.Environment, 3)}, nil
	})
	late := p.SetEnvironment("production", "r1", "a1")
	if p.SetEnvironment("production", "r1", "a1") != nil {
		t.Error("the same was asked twice")
	}
	current := p.SetEnvironment("staging", "r1", "a1")
	run(t, p, current)
	run(t, p, late)
	if !ended {
		t.Error("the old question was not ended")
	}
	if c, _ := p.Selected(); !strings.HasPrefix(c.Hash, "staging") {
		t.Errorf("%s is what is shown of staging", c.Hash)
	}
	p.SetSource(func(context.Context, engine.HistoryQuery) (engine.History, error) {
		return engine.History{}, errors.New("too late")
	})
	late = p.SetEnvironment("staging", "r2", "a1")
	p.SetSource(serve(numbered("e", 3)))
	run(t, p, p.SetEnvironment("staging", "r3", "a1"))
	run(t, p, late)
	if got := frame(t, p, 40, 8); strings.Contains(got, "too late") {
		t.Errorf("an old error is shown:\n%s", got)
	}
	if _, mine := p.Update("another message"); mine {
		t.Error("a message of somebody else was taken")
	}
}

func TestHistoryStates(t *testing.T) {
	p := &panel.History{}
	got := frames(t, p, [2]int{40, 6})
	p.SetEnvironment("production", "", "")
	got += frames(t, p, [2]int{40, 6})
	fails := true
	p.SetSource(func(ctx context.Context, q engine.HistoryQuery) (engine.History, error) {
		if fails {
			return engine.History{}, errors.New("the mirror is being repaired\x1b]0;gone\a")
		}
		return serve(numbered("c", 60))(ctx, q)
	})
	cmd := p.SetEnvironment("production", "r1", "")
	got += frames(t, p, [2]int{40, 6})
	run(t, p, cmd)
	got += frames(t, p, [2]int{40, 6})
	if p.SetEnvironment("production", "r1", "") != nil {
		t.Error("trouble must not be asked for again and again")
	}
	fails = false
	cmd, _ = p.Do(keymap.Down)
	run(t, p, cmd)
	fails = true
	cmd, _ = p.Do(keymap.Bottom)
	got += frames(t, p, [2]int{40, 6})
	run(t, p, cmd)
	got += frames(t, p, [2]int{40, 6})
	p.SetSource(serve(nil))
	run(t, p, p.SetEnvironment("staging", "r1", ""))
	golden(t, "history-states", got+frames(t, p, [2]int{40, 6}))
}

func TestHistoryOffers(t *testing.T) {
	p := historyOf(t, commits())
	if p.Copy() != "3f2a91c000000" {
		t.Errorf("what is copied is %q", p.Copy())
	}
	for _, o := range p.Offers() {
		if o.Disabled != "" {
			t.Errorf("%s cannot be done: %s", o.Action, o.Disabled)
		}
	}
	for _, o := range (&panel.History{}).Offers() {
		if o.Disabled == "" {
			t.Errorf("%s is offered where there is nothing", o.Action)
		}
	}
}
