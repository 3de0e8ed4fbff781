package dialog_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui/console/dialog"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
)

// fourEyes is a plan that two people have to agree to, of whom one has.
func fourEyes(p *engine.Plan) {
	if p.SignOff {
		p.Gates = nil
		return
	}
	p.SignOffs = []engine.SignOff{{Name: "Mara Lindqvist", Email: "mara@acme.dev", At: noon.Add(-2 * time.Hour), Commit: good}}
	p.Gates = append(p.Gates, engine.Gate{Name: engine.GateApproved, Reason: "1 of 2: Mara Lindqvist; one more has to agree"})
}

func TestSignOffGolden(t *testing.T) {
	for _, test := range []struct {
		name string
		keys []string
	}{
		{name: "signoff-asked"},
		{name: "signoff-gates", keys: []string{"["}},
	} {
		d := newDesk(t)
		p := d.promoting(fourEyes)
		d.view(p, 80, 24)
		d.press(p, test.keys...)
		d.golden(p, test.name)
	}
	d := newDesk(t)
	d.golden(d.agree(d.promoting(fourEyes)), "signoff")
}

// agree presses the key that agrees, and returns the plan that opens.
func (d *desk) agree(p *dialog.Plan) *dialog.Plan {
	d.t.Helper()
	d.press(p, "a")
	for _, msg := range d.told {
		if o, is := msg.(dialog.Opened); is {
			d.run(o.Dialog, o.Then)
			return o.Dialog.(*dialog.Plan)
		}
	}
	d.t.Fatal("nothing opens")
	return nil
}

// TestSignOff: who agrees changes nothing, and the plan goes with it that was
// agreed to.
func TestSignOff(t *testing.T) {
	d := newDesk(t)
	p := d.promoting(fourEyes)
	d.shows(p, "✗ approved 1 of 2", "Not met: approved, 1 of 2: Mara Lindqvist; one more has to agree", "a agrees to it")
	d.press(p, "[")
	d.shows(p, "Mara Lindqvist agreed 2h ago, by 77b0e12")
	agreement := d.agree(p)
	if r := d.last(); !r.SignOff || r.Sync || r.Action != engine.ActionPromote {
		t.Errorf("asked for %+v", r)
	}
	d.shows(agreement, "agree to a promotion to production", "One commit that changes no file says that you agree", "api/main", "1.8.2 → 1.9.0")
	d.hides(agreement, "[x]", "Gates", "then a sync")
	d.engine.execute = func(context.Context, *engine.Plan, func(engine.Step)) (engine.Outcome, error) {
		return engine.Outcome{Action: engine.ActionPromote, Environment: "production", Commit: head, Started: noon, Ended: noon.Add(time.Second)}, nil
	}
	d.press(agreement, "right", "enter")
	d.shows(agreement, "✓ agreed, by 3f2a91c", "told to whoever plans just this change")
	d.hides(agreement, "follows by itself", "synced by hand")
	if !d.closed(p) {
		t.Error("the plan stays that was agreed to")
	}
}

// TestNobodyHasToAgree: the key is there only where people have to.
func TestNobodyHasToAgree(t *testing.T) {
	d := newDesk(t)
	p := d.promoting(nil)
	d.press(p, "a")
	if len(d.told) > 0 {
		t.Errorf("told %v", d.told)
	}
	for _, o := range p.Offers() {
		if o.Action == keymap.Approve {
			t.Error("it is offered")
		}
	}
}

// TestVerifiedGate: what keeps a promotion back is one key away.
func TestVerifiedGate(t *testing.T) {
	d := newDesk(t)
	p := d.promoting(func(p *engine.Plan) {
		p.Gates = append(p.Gates, engine.Gate{Name: engine.GateVerified, Reason: "the Job verify-77b0e12 failed in staging"})
		pass(p)
	})
	d.shows(p, "F shows the verification", "O overrides it with a reason")
	d.press(p, "F")
	if got := d.chosen(); len(got) != 1 || got[0].Environment != "staging" || got[0].Action != keymap.Failure || got[0].Dialog != dialog.Dialog(p) {
		t.Errorf("%+v", got)
	}
}

// proposed is a plan whose commit waits in a pull request.
func proposed(p *engine.Plan) { p.Branch = "evenkeel/production/promote-3f2a91c" }

func TestPullRequestGolden(t *testing.T) {
	d := newDesk(t)
	p := d.promoting(proposed)
	d.view(p, 80, 24)
	d.golden(p, "pull-request-plan")
	d.engine.execute = opens(engine.PullRequest{Number: 12, URL: "https://git.acme.dev/acme/config/pulls/12", State: engine.PullRequestOpen})
	d.press(p, "tab", "tab", "enter")
	d.golden(p, "pull-request-opened")
}

// opens is an execution that ends with a pull request.
func opens(r engine.PullRequest) func(context.Context, *engine.Plan, func(engine.Step)) (engine.Outcome, error) {
	r.Branch, r.Title = "evenkeel/production/promote-3f2a91c", "promote to production: api 1.9.0, web 1.27.0"
	return func(context.Context, *engine.Plan, func(engine.Step)) (engine.Outcome, error) {
		return engine.Outcome{
			Action: engine.ActionPromote, Environment: "production", Commit: head, PullRequest: &r, Started: noon, Ended: noon.Add(time.Second),
		}, nil
	}
}

// TestPullRequest: it is said before and after that nothing changes until it is
// merged, and what becomes of it is followed.
func TestPullRequest(t *testing.T) {
	d := newDesk(t)
	p := d.promoting(proposed)
	d.shows(p, "One commit on the branch evenkeel/production/promote-3f2a91c, and a pull request to main.", "Open a pull request")
	d.hides(p, "Promote 2", "then a sync")
	d.engine.execute = opens(engine.PullRequest{Number: 12, URL: "https://git.acme.dev/acme/config/pulls/12", State: engine.PullRequestOpen})
	d.press(p, "tab", "tab", "enter")
	d.shows(p, "✓ opened the pull request #12 in 1.0s", "▴ Open", "https://git.acme.dev/acme/config/pulls/12", "production changes once it is merged.", "y copies the address")
	d.press(p, "y")
	if last := d.told[len(d.told)-1]; last != (dialog.Copied{Text: "https://git.acme.dev/acme/config/pulls/12"}) {
		t.Errorf("copied %v", last)
	}
	p.SetSnapshot(later(func(e *engine.Environment) {
		e.PullRequests = []engine.PullRequest{{Number: 12, Branch: "evenkeel/production/promote-3f2a91c", State: engine.PullRequestOpen, Reason: "it conflicts with main"}}
	}))
	d.shows(p, "it conflicts with main")
	p.SetSnapshot(later(func(e *engine.Environment) {
		e.PullRequests = []engine.PullRequest{{Number: 12, Branch: "evenkeel/production/promote-3f2a91c", State: engine.PullRequestMerged}}
	}))
	d.shows(p, "✓ Merged", "It is merged.")
}

// TestBranchWithoutAForge is named, for whoever opens the pull request.
func TestBranchWithoutAForge(t *testing.T) {
	d := newDesk(t)
	p := d.promoting(proposed)
	d.engine.execute = opens(engine.PullRequest{State: engine.PullRequestBranch})
	d.press(p, "tab", "tab", "enter")
	d.shows(p, "✓ pushed the branch evenkeel/production/promote-3f2a91c", "No forge is known")
	d.press(p, "y")
	if last := d.told[len(d.told)-1]; last != (dialog.Copied{Text: "evenkeel/production/promote-3f2a91c"}) {
		t.Errorf("copied %v", last)
	}
}

func TestHostileProposals(t *testing.T) {
	const evil = "\x1b]0;owned\x07\x1b[2Ja\u202eb\x00c\u009b26日本語\r\nd"
	d := newDesk(t)
	p := d.promoting(func(p *engine.Plan) {
		fourEyes(p)
		withFiles(p)
		p.SignOffs[0] = engine.SignOff{Name: evil, Commit: evil}
		p.Gates[len(p.Gates)-1].Met, p.Gates[len(p.Gates)-1].Reason = true, evil
		p.OnlyInSource, p.Branch = []engine.ID{{Kind: evil, Name: evil}}, evil
		for i := range p.Files {
			f := &p.Files[i]
			f.Name, f.From, f.Path, f.Reason, f.Hidden, f.After = evil, evil, evil, f.Reason+evil, evil, evil
		}
		p.Files[0].Reason = ""
	})
	d.engine.execute = opens(engine.PullRequest{URL: evil, Reason: evil, State: evil})
	check := func() {
		t.Helper()
		for _, size := range [][2]int{{20, 6}, {40, 10}, {80, 24}, {120, 40}} {
			if text := d.view(p, size[0], size[1]); strings.ContainsAny(text, "\x1b\x07\x00\u202e\u009b\r") {
				t.Errorf("at %v: %q", size, text)
			}
		}
	}
	for range 5 {
		check()
		d.press(p, "]")
	}
	d.press(p, "right", "enter")
	check()
}
