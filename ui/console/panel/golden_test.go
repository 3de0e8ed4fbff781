package panel_test

import (
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"

	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/panel"
)

func TestDriftFrames(t *testing.T) {
	var p panel.Drift
	p.SetEnvironment(shop())
	golden(t, "drift", frames(t, &p, [2]int{20, 4}, [2]int{20, 12}, [2]int{40, 24}, [2]int{60, 10}, [2]int{60, 26}, [2]int{100, 30}))
	do(t, &p, keymap.Group)
	golden(t, "drift-applications", frames(t, &p, [2]int{40, 30}, [2]int{100, 20}))
	do(t, &p, keymap.Group)
	golden(t, "drift-flat", frames(t, &p, [2]int{40, 16}, [2]int{78, 16}))
}

func TestEnvironmentFrames(t *testing.T) {
	production := shop()
	production.Protected = true
	staging := environment("staging", object("Service", "api", nil))
	blocked := environment("canary", object("Service", "api", nil))
	blocked.State, blocked.Message = engine.StateBlocked, "1 deletion waits for approval: a Namespace is never deleted by itself"
	away := environment("edge-of-the-world", object("Service", "api", func(o *engine.Object) { o.Health = engine.Progressing }))
	away.State, away.Message, away.Current, away.AsOf = engine.StateUnknown, "the cluster cannot be read: connection refused", false, ago(4*time.Minute)
	unread := &engine.Environment{Name: "new", State: engine.StateUnknown, Message: "being read"}
	suspended := environment("eu", object("Service", "api", nil))
	suspended.State, suspended.Message = engine.StateSuspended, "by ada: the migration runs"

	var p panel.Environments
	p.SetSnapshot(&engine.Snapshot{Environments: []*engine.Environment{staging, production}})
	golden(t, "environments", frames(t, &p, [2]int{20, 4}, [2]int{40, 4}, [2]int{42, 6}, [2]int{60, 4}, [2]int{100, 8}))
	updated := *production
	updated.Images, suspended.Holds = gallery().Images, []engine.Hold{{By: "mira", Reason: "a freeze"}}
	p.SetSnapshot(&engine.Snapshot{Environments: []*engine.Environment{staging, &updated, blocked, away, unread, suspended}})
	golden(t, "environments-many", frames(t, &p, [2]int{20, 5}, [2]int{40, 8}, [2]int{40, 14}, [2]int{60, 8}, [2]int{100, 14}))
}

// TestReleaseFrames: pull requests are counted, and what an environment waits for
// and what failed in it are told where there is room.
func TestReleaseFrames(t *testing.T) {
	staging := environment("staging", object("Service", "api", nil))
	staging.Verification = &engine.Verification{Revision: "3f2a91c0de", State: engine.VerificationFailed, Message: "2 of 9 orders were lost"}
	production := environment("production", object("Service", "api", nil))
	production.PullRequests = []engine.PullRequest{{State: engine.PullRequestOpen}, {State: engine.PullRequestMerged}, {State: engine.PullRequestBranch}}
	production.Pipeline = &engine.Pipeline{
		Updates: []engine.ImageUpdate{{}},
		Gates:   []engine.Gate{{Name: engine.GateSourceHealthy, Met: true}, {Name: engine.GateSoaked, Reason: "12m of 30m", MetAt: now.Add(18 * time.Minute)}},
	}
	eu := environment("eu", object("Service", "api", nil))
	eu.Images = gallery().Images
	eu.PullRequests = production.PullRequests[:1]
	eu.Pipeline = &engine.Pipeline{Trouble: "the push was rejected: the branch is protected"}
	var p panel.Environments
	p.SetSnapshot(&engine.Snapshot{Environments: []*engine.Environment{staging, production, eu}})
	golden(t, "environments-releases", frames(t, &p, [2]int{20, 5}, [2]int{40, 5}, [2]int{42, 8}, [2]int{60, 8}, [2]int{100, 8}))
}

func TestHistoryFrames(t *testing.T) {
	p := historyOf(t, commits())
	golden(t, "history", frames(t, p, [2]int{20, 5}, [2]int{40, 8}, [2]int{42, 6}, [2]int{60, 8}, [2]int{100, 9}))
}

func TestDriftFilterFrames(t *testing.T) {
	var p panel.Drift
	p.SetEnvironment(shop())
	do(t, &p, keymap.Filter)
	for _, r := range "ch kind:deploy" {
		p.Key(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
	}
	typing := frames(t, &p, [2]int{40, 8}, [2]int{60, 6})
	p.SetFilter("nothing-like-it")
	none := frames(t, &p, [2]int{40, 8})
	p.Key(tea.KeyMsg{Type: tea.KeyEnter})
	p.SetFilter("size:3")
	golden(t, "drift-filter", typing+none+frames(t, &p, [2]int{40, 8}, [2]int{100, 8}))
}

func TestDriftSaysWhyThereIsNothing(t *testing.T) {
	well := environment("staging", object("Service", "api", nil))
	broken := environment("broken")
	broken.State, broken.Problems = engine.StateBlocked, []string{"environments/broken/api.yaml:12: did not find expected key", "environments/broken/web.yaml:1: no kind"}
	unread := &engine.Environment{Name: "new", State: engine.StateUnknown, Message: "being read"}
	away := environment("away")
	away.State, away.Message, away.AsOf, away.Current = engine.StateUnknown, "the cluster cannot be read: connection refused", ago(time.Minute), false
	var got string
	for _, e := range []*engine.Environment{nil, unread, environment("empty"), broken, away, well} {
		var p panel.Drift
		p.SetEnvironment(e)
		if e == well {
			do(t, &p, keymap.Only)
		}
		got += frames(t, &p, [2]int{40, 8})
	}
	golden(t, "drift-nothing", got)
}
