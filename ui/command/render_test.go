package command

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine"
)

func TestStatus(t *testing.T) {
	render := func(p *printer) { printStatus(p, theSnapshot()) }
	golden(t, "status.txt", textOf(t, render))
	golden(t, "status.ansi", colouredOf(t, render))
	golden(t, "status.json", documentOf(t, statusDocument(theSnapshot())))
}

func TestStatusOfOneInSync(t *testing.T) {
	s := only(theSnapshot(), []string{"staging", "staging"})
	golden(t, "status-synced.txt", textOf(t, func(p *printer) { printStatus(p, s) }))
}

func TestStatusWithoutRepository(t *testing.T) {
	s := &engine.Snapshot{
		At:         noon,
		Repository: engine.Repository{URL: "ssh://git@git.acme.dev/config.git", Err: "authentication is required"},
		Environments: []*engine.Environment{
			{Name: "staging", State: engine.StateUnknown, Message: "authentication is required"},
		},
	}
	golden(t, "status-unread.txt", textOf(t, func(p *printer) { printStatus(p, s) }))
	golden(t, "status-unread.json", documentOf(t, statusDocument(s)))
}

// TestStatusOfAFailedRollout: who looks is told what goes back.
func TestStatusOfAFailedRollout(t *testing.T) {
	s := only(theSnapshot(), []string{"staging"})
	e := *s.Environments[0]
	e.Health, e.Verification = engine.Degraded, nil
	e.Message = "Degraded since 19ce4aa: Deployment.apps shop/api: CrashLoopBackOff; not rolled back by itself: ConfigMap shop/flags would be deleted"
	e.Syncs = []engine.Sync{
		{Revision: headHash, Ended: before(time.Minute), Succeeded: true, Whole: true, Health: engine.Degraded},
		{Revision: oldHash, Ended: before(time.Hour), Succeeded: true, Whole: true, Health: engine.Healthy, Proven: true},
	}
	s.Environments[0] = &e
	golden(t, "status-failed.txt", textOf(t, func(p *printer) { printStatus(p, s) }))
	golden(t, "status-failed.json", documentOf(t, statusDocument(s)))
}

func TestStatusCode(t *testing.T) {
	s := theSnapshot()
	for name, want := range map[string]int{
		"staging":    exitClean,
		"production": exitTrouble, // an object was refused
		"preview":    exitDiffers,
		"broken":     exitTrouble,
		"shrinking":  exitDiffers,
		"faraway":    exitTrouble,
		"busy":       exitDiffers,
	} {
		if got := statusCode(only(s, []string{name})); got != want {
			t.Errorf("status of %s ends with %d, want %d", name, got, want)
		}
	}
	if got := statusCode(only(s, []string{"staging", "preview"})); got != exitDiffers {
		t.Errorf("the worse of two is not what counts: %d", got)
	}
	if got := statusCode(only(s, []string{"faraway", "preview"})); got != exitTrouble {
		t.Errorf("a difference hides trouble: %d", got)
	}
	s.Repository.Err = "not found"
	if got := statusCode(only(s, []string{"staging"})); got != exitTrouble {
		t.Errorf("an unreadable repository ends with %d", got)
	}
}

func TestDiff(t *testing.T) {
	render := func(p *printer) { printDiff(p, noon, thePlan()) }
	golden(t, "diff.txt", textOf(t, render))
	golden(t, "diff.ansi", colouredOf(t, render))
	golden(t, "diff.json", documentOf(t, diffDocument(thePlan())))
}

func TestPlan(t *testing.T) {
	golden(t, "plan.txt", textOf(t, func(p *printer) { printPlan(p, thePlan()) }))
	golden(t, "plan.json", documentOf(t, planDocument(thePlan())))
}

func TestNothingToDo(t *testing.T) {
	plan := &engine.Plan{
		Request:      engine.Request{Action: engine.ActionSync, Environment: "staging"},
		BaseRevision: headHash, Unchanged: 38,
	}
	golden(t, "plan-empty.txt", textOf(t, func(p *printer) {
		printPlan(p, plan)
		printDiff(p, noon, plan)
	}))
	golden(t, "plan-empty.json", documentOf(t, executedJSON{Plan: planDocument(plan)}))
	if got := pendingCode(plan); got != exitClean {
		t.Errorf("an empty plan ends with %d", got)
	}
	plan.Waiting = thePlan().Waiting
	if got := textOf(t, func(p *printer) { printPlan(p, plan) }); bytes.Contains(got, []byte("nothing to do")) {
		t.Errorf("a deletion waits, and still it says:\n%s", got)
	}
	if got := pendingCode(plan); got != exitDiffers {
		t.Errorf("a plan with deletions that wait ends with %d", got)
	}
}

func TestOutcome(t *testing.T) {
	golden(t, "outcome.txt", textOf(t, func(p *printer) {
		printOutcome(p, theOutcome(), true)
		p.blank()
		printOutcome(p, theOutcome(), false)
	}))
	golden(t, "outcome.json", documentOf(t, executedJSON{Plan: planDocument(thePlan()), Outcome: outcomeDocument(theOutcome())}))
}

func TestOutcomeOfNothing(t *testing.T) {
	o := &engine.Outcome{Environment: "staging", Revision: headHash}
	if got := outcomeSummary(o); !strings.Contains(got, "recorded") {
		t.Errorf("an empty sync reads %q", got)
	}
	o.Err = "the inventory could not be written"
	if got := outcomeSummary(o); strings.Contains(got, "recorded") {
		t.Errorf("a sync that ended before it began reads %q", got)
	}
}

func TestHistory(t *testing.T) {
	golden(t, "history.txt", textOf(t, func(p *printer) { printHistory(p, noon, theHistory(), engine.HistoryQuery{}) }))
	golden(t, "history.json", documentOf(t, historyDocument("staging", theHistory())))
}

// TestSecretsStayHidden: even a plan that carries the values does not show them.
func TestSecretsStayHidden(t *testing.T) {
	for name, output := range map[string][]byte{
		"diff text": textOf(t, func(p *printer) { printDiff(p, noon, thePlan()) }),
		"diff JSON": documentOf(t, diffDocument(thePlan())),
		"plan text": textOf(t, func(p *printer) { printPlan(p, thePlan()) }),
		"plan JSON": documentOf(t, planDocument(thePlan())),
	} {
		if bytes.Contains(output, []byte(secretValue)) {
			t.Errorf("the %s shows the value of a Secret", name)
		}
	}
}

func TestConfirmation(t *testing.T) {
	plan := thePlan()
	if _, want := confirmation(plan); want("y") || want("Production") || !want("production") {
		t.Error("deleting from a protected environment takes its name and nothing else")
	}
	plan.Protected = false
	if _, want := confirmation(plan); !want("y") || !want("YES") || want("") || want("n") || want("production") {
		t.Error("a plan is agreed to with y or yes and nothing else")
	}
	plan.Protected, plan.Changes = true, plan.Changes[:1]
	if _, want := confirmation(plan); !want("y") {
		t.Error("a plan that deletes nothing is agreed to with y, in a protected environment too")
	}
}
