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

// searchFor types a filter, and runs what comes of it.
func searchFor(t testing.TB, p *panel.History, words string) {
	t.Helper()
	do(t, p, keymap.Filter)
	for _, r := range words {
		runAll(t, p, p.Key(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}}))
	}
	runAll(t, p, p.Key(tea.KeyMsg{Type: tea.KeyEnter}))
}

// runAll is run for commands that may be several.
func runAll(t testing.TB, p *panel.History, cmd tea.Cmd) {
	t.Helper()
	if cmd == nil {
		return
	}
	msg := cmd()
	if batch, several := msg.(tea.BatchMsg); several {
		for _, one := range batch {
			runAll(t, p, one)
		}
		return
	}
	next, mine := p.Update(msg)
	if !mine {
		t.Fatal("a page of history was not taken in")
	}
	runAll(t, p, next)
}

// searched is a source of which every question is known. It looks at a few
// commits at a time.
type searched struct {
	commits []engine.HistoryCommit
	asked   []engine.HistoryQuery
	step    int
}

func (s *searched) history(_ context.Context, q engine.HistoryQuery) (engine.History, error) {
	s.asked = append(s.asked, q)
	from := 0
	if q.After != "" {
		fmt.Sscan(q.After, &from)
	}
	var h engine.History
	for i := from; i < len(s.commits) && i < from+s.step; i++ {
		if h.Looked++; strings.Contains(strings.ToLower(s.commits[i].Subject), q.Text) {
			h.Commits = append(h.Commits, s.commits[i])
		}
		h.LookedTo = s.commits[i].Time
	}
	if from+s.step < len(s.commits) {
		h.Next = fmt.Sprint(from + s.step)
	}
	return h, nil
}

func TestHistorySearch(t *testing.T) {
	cs := numbered("c", 100)
	cs[40].Subject, cs[90].Subject = "Quieter logs", "quieter still"
	s := &searched{commits: cs, step: 25}
	p := &panel.History{}
	p.SetSource(s.history)
	p.View(canvas(60, 12))
	run(t, p, p.SetEnvironment("production", "r1", "a1"))
	searchFor(t, p, "quieter")
	if c, _ := p.Selected(); c.Hash != cs[40].Hash {
		t.Errorf("%s is found, and not %s", c.Hash, cs[40].Hash)
	}
	do(t, p, keymap.Bottom)
	if c, _ := p.Selected(); c.Hash != cs[90].Hash {
		t.Errorf("%s is found at the end, and not %s", c.Hash, cs[90].Hash)
	}
	if newest, _ := p.Newest("production", func(engine.HistoryCommit) bool { return true }); newest.Hash != cs[0].Hash {
		t.Errorf("%s is taken for the newest commit while something else is shown", newest.Hash)
	}
	found := frames(t, p, [2]int{40, 8}, [2]int{60, 8}, [2]int{100, 9})
	s.asked = nil
	searchFor(t, p, "nothing")
	golden(t, "history-search", found+frames(t, p, [2]int{40, 8}, [2]int{60, 8}))
	if n := len(s.asked); n < 4 || s.asked[n-1].After != "75" {
		t.Errorf("it was not searched to the end: %+v", s.asked)
	}
	do(t, p, keymap.Back)
	if c, _ := p.Selected(); c.Hash != cs[0].Hash || p.Copy() != cs[0].Hash {
		t.Errorf("%s is chosen after the search", c.Hash)
	}
	if _, mine := p.Do(keymap.Back); mine {
		t.Error("there is nothing to be taken back any more")
	}
}

func TestHistorySearchTerms(t *testing.T) {
	for words, want := range map[string]engine.HistoryQuery{
		"more replicas": {Text: "more replicas"},
		"author:ada":    {Author: "ada"},
		"workload:deployment/api image:api:1.9 x": {Workload: "deployment/api", Image: "api:1.9", Text: "x"},
	} {
		s := &searched{step: 1}
		p := &panel.History{}
		p.SetSource(s.history)
		run(t, p, p.SetEnvironment("production", "r1", "a1"))
		p.SetFilter(words)
		runAll(t, p, p.SetEnvironment("production", "r1", "a1"))
		want.Environment, want.Limit = "production", 50
		if got := s.asked[len(s.asked)-1]; got != want {
			t.Errorf("%q asks for %+v", words, got)
		}
	}
	p := historyOf(t, commits())
	for words, want := range map[string]string{
		"!api": "! is of no use here", "author:a,b": "one author: at a time", "kind:pod": "no term kind:",
	} {
		p.SetFilter(words)
		runAll(t, p, p.SetEnvironment("production", "r1", "a1"))
		if got := frame(t, p, 90, 10); !strings.Contains(got, want) {
			t.Errorf("%q: want to be told %q:\n%s", words, want, got)
		}
	}
}

func TestHistorySearchDropsWhatIsLate(t *testing.T) {
	cs := numbered("c", 30)
	cs[3].Subject, cs[7].Subject = "one", "two"
	s := &searched{commits: cs, step: 30}
	p := &panel.History{}
	p.SetSource(s.history)
	run(t, p, p.SetEnvironment("production", "r1", "a1"))
	p.SetFilter("one")
	late := p.SetEnvironment("production", "r1", "a1")
	p.SetFilter("two")
	current := p.SetEnvironment("production", "r1", "a1")
	runAll(t, p, current)
	runAll(t, p, late)
	if c, _ := p.Selected(); c.Hash != cs[7].Hash {
		t.Errorf("%s is shown", c.Hash)
	}
	// Another environment is searched for the same.
	other := numbered("d", 5)
	other[2].Subject = "two"
	s.commits = other
	runAll(t, p, p.SetEnvironment("staging", "r1", "a1"))
	if c, _ := p.Selected(); c.Hash != other[2].Hash {
		t.Errorf("%s is found in another environment", c.Hash)
	}
}

func TestHistoryMark(t *testing.T) {
	cs := commits()
	p := historyOf(t, cs)
	do(t, p, keymap.Down, keymap.Mark, keymap.Down)
	if c, ok := p.Marked(); !ok || c.Hash != cs[1].Hash {
		t.Errorf("%s is marked", c.Hash)
	}
	golden(t, "history-marked", frames(t, p, [2]int{60, 8}))
	do(t, p, keymap.Mark) // there is but one
	if c, ok := p.Marked(); !ok || c.Hash != cs[2].Hash {
		t.Errorf("%s is marked", c.Hash)
	}
	do(t, p, keymap.Mark)
	if c, ok := p.Marked(); ok {
		t.Errorf("%s is still marked", c.Hash)
	}
	do(t, p, keymap.Mark)
	run(t, p, p.SetEnvironment("staging", "r1", "a1"))
	if _, ok := p.Marked(); ok {
		t.Error("the mark came along to another environment")
	}
}
