package detail_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui/console/detail"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
)

var verifyJob = engine.ID{Group: "batch", Kind: "Job", Namespace: "shop-production", Name: "verify-a81c0de"}

// verifying is an environment whose verification went so.
func verifying(state engine.VerificationState) *engine.Environment {
	e := richWorld()
	e.Verification = &engine.Verification{
		Revision: "a81c0de4d5e6f7a8", Job: verifyJob, State: state, Started: ago(5 * time.Minute), Ended: ago(3 * time.Minute),
	}
	if state == engine.VerificationFailed {
		e.Verification.Message = "the Job has reached its backoff limit"
	}
	return e
}

// releasing is an environment that promotes by itself, by pull requests.
func releasing() *engine.Environment {
	e := richWorld()
	e.PromotesFrom, e.Changes = "staging", engine.ChangePullRequest
	e.PullRequests = []engine.PullRequest{
		{
			Action: engine.ActionPromote, Branch: "evenkeel/production/promote-3f2a91c", Commit: "3f2a91c4d5e6f7a8", Title: "promote to production: api 1.9.0, web 1.27.0",
			Author: "Mira Holm <mira@acme.dev>", Number: 12, URL: "https://git.acme.dev/acme/config/pulls/12", State: engine.PullRequestOpen,
			Reason: "2 of 3 checks have passed; it has to be reviewed", Created: ago(2 * time.Hour), Updated: ago(20 * time.Minute),
		},
		{
			Action: engine.ActionApprove, Branch: "evenkeel/production/approve-77b0e12", Title: "production: web 1.25.3 -> 1.27.0", Author: "Tom\u00e1s <tomas@acme.dev>",
			Number: 9, URL: "https://git.acme.dev/acme/config/pulls/9", State: engine.PullRequestMerged, Created: ago(26 * time.Hour), Updated: ago(25 * time.Hour),
		},
		{Action: engine.ActionRollback, Branch: "evenkeel/production/rollback-19ce4aa", Title: "roll back production", State: engine.PullRequestBranch, Created: ago(3 * 24 * time.Hour)},
	}
	e.Pipeline = &engine.Pipeline{
		Updates: []engine.ImageUpdate{{Object: deployment("api"), Container: "main", From: "1.8.2", To: "1.9.0"}},
		Left:    []engine.ImageUpdate{{Object: deployment("worker"), Container: "main", From: "2.0.1", To: "2.1.0", Reason: "it is Degraded in staging"}},
		Gates: []engine.Gate{
			{Name: engine.GateSourceHealthy, Met: true},
			{Name: engine.GateSoaked, Reason: "api has run in staging for 12m of 30m", MetAt: time.Now().Add(18 * time.Minute)},
		},
	}
	return e
}

// troubled answers about what fails.
func troubled() *script {
	return &script{
		pods: twoPods, events: someEvents,
		logs: func(context.Context, engine.LogQuery) (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader("starting\nconnecting to db:5432\npanic: no database\n")), nil
		},
	}
}

// released shows a tab of an environment that is about a release.
func released(tab string, env func() *engine.Environment, actions ...keymap.Action) func(*testing.T) *user {
	return func(t *testing.T) *user {
		u := drive(t, troubled())
		u.run(u.ShowEnvironment(env()))
		u.tab(tab)
		u.press(actions...)
		return u
	}
}

// failedRollout is an environment that its newest sync has made Degraded.
func failedRollout() *engine.Environment {
	e := richWorld()
	e.Health = engine.Degraded
	for _, o := range e.Objects {
		if o.Kind == "Deployment" && o.Name == "api" {
			o.Health, o.Message = engine.Degraded, "0 of 3 ready, CrashLoopBackOff"
		}
	}
	e.Syncs[1].Succeeded, e.Syncs[1].Health, e.Syncs[1].Failed, e.Syncs[1].Message = true, engine.Healthy, 0, ""
	return e
}

func releaseStates() []state {
	failed := func() *engine.Environment { return verifying(engine.VerificationFailed) }
	return []state{
		{"failure", released("Failure", failedRollout)},
		{"verification", released("Verification", failed)},
		{"verification-log", released("Verification log", failed)},
		{"verification-pending", released("Verification", func() *engine.Environment {
			e := richWorld()
			e.Verification = &engine.Verification{Revision: "a81c0de4d5e6f7a8", State: engine.VerificationPending}
			return e
		})},
		{"pull-requests", released("Pull requests", releasing)},
		{"pull-requests-branch", released("Pull requests", releasing, keymap.Bottom)},
		{"environment-releasing", released("Overview", releasing)},
		{"environment-unverified", released("Overview", failed)},
	}
}

// TestFailureTells what fails, without being asked for each part of it, and goes
// away with what it is about.
func TestFailureTells(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := drive(t, troubled())
		u.run(u.ShowEnvironment(failedRollout()))
		u.sees("F shows its pods, events and log", "r rolls back to 77b0e12, the last healthy one")
		u.run(u.OpenFailure())
		u.sees("✗ Deployment api is Degraded with a81c0de, 26h ago", "1 pod ready", "main: back-off 40s", "panic: no database", "12 times")
		u.seesNot("ScalingReplicaSet", "F shows", "0 of 3 ready") // the pod says more of it
		if n := u.src.count("Logs api-6d-aaaaa/main tail 10"); n != 1 {
			t.Errorf("the log was read %d times: %v", n, u.src.asked)
		}
		u.pass(11 * time.Second)
		if n := u.src.count("Logs api-6d-aaaaa/main tail 10"); n != 2 {
			t.Errorf("the log was read %d times", n)
		}
		u.run(u.ShowEnvironment(richWorld()))
		u.seesNot("Failure")
		before := len(u.src.asked)
		u.pass(time.Minute)
		if after := len(u.src.asked); after != before {
			t.Errorf("what is not shown is asked for: %v", u.src.asked[before:])
		}
	})
}

// TestWhyOnce: what the engine says of the failure is told once.
func TestWhyOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := failedRollout()
		e.State, e.Message = engine.StateSynced, "Deployment.apps shop-production/api is Degraded: CrashLoopBackOff, since a81c0de; not rolled back by itself: the claim would go"
		u := drive(t, troubled())
		u.run(u.ShowEnvironment(e))
		if shown := u.screen(118, 50); strings.Count(shown, "CrashLoopBackOff") != 1 || !strings.Contains(shown, "not rolled back by itself") {
			t.Errorf("got\n%s", shown)
		}
	})
}

// TestFailureLeadsOn to the object that fails.
func TestFailureLeadsOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := drive(t, troubled())
		u.run(u.ShowEnvironment(failedRollout()))
		u.run(u.OpenFailure())
		cmd, mine := u.Do(keymap.Open)
		if !mine || cmd == nil {
			t.Fatal("enter does nothing")
		}
		if got, want := cmd(), (detail.Sought{Environment: "production", Object: deployment("api"), Tab: "Logs"}); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	})
}

// TestFailureUnread: what cannot be read says so, and the rest is told.
func TestFailureUnread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := troubled()
		src.pods = func() ([]engine.Pod, error) { return nil, errRefused }
		u := drive(t, src)
		u.run(u.ShowEnvironment(failedRollout()))
		u.run(u.OpenFailure())
		u.sees("They cannot be read: dial tcp", "R tries again", "Back-off restarting failed container")
		src.pods = twoPods
		src.logs = func(context.Context, engine.LogQuery) (io.ReadCloser, error) {
			return nil, errors.New("the container is waiting to start")
		}
		u.press(keymap.Refresh)
		u.sees("It cannot be read: the container is waiting to start", "api-6d-aaaaa")
	})
}

// TestVerification has the log of the Job at hand, and turns to that of the next
// one.
func TestVerification(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := drive(t, troubled())
		u.run(u.ShowEnvironment(verifying(engine.VerificationFailed)))
		u.sees("verified", "✗ Failed", "the Job has reached its backoff limit")
		u.run(u.OpenVerification())
		u.sees("Job shop-production/verify-a81c0de", "5m ago, took 2m", "panic: no database")
		u.press(keymap.Open)
		if u.openTab() != "Verification log" {
			t.Fatalf("%s is open", u.openTab())
		}
		u.stay()
		u.sees("connecting to db:5432")
		next := verifying(engine.VerificationRunning)
		next.Verification.Job.Name, next.Verification.Ended = "verify-3f2a91c", time.Time{}
		before := u.src.count("Pods verify-3f2a91c")
		u.run(u.ShowEnvironment(next))
		u.stay()
		if u.openTab() != "Verification log" || u.src.count("Pods verify-3f2a91c") == before {
			t.Errorf("%s is open, asked %v", u.openTab(), u.src.asked)
		}
	})
}

// TestVerificationLogEnds: nobody goes on reading the log of a Job that another
// one has taken the place of.
func TestVerificationLogEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := troubled()
		u := drive(t, src)
		u.run(u.ShowEnvironment(verifying(engine.VerificationRunning)))
		u.run(u.OpenVerification())
		src.hold = map[string]chan struct{}{"Logs": make(chan struct{})}
		u.press(keymap.Open)
		u.stay()
		if len(src.ended) > 0 || src.count("Logs api-6d-aaaaa/main tail 500 follow") != 1 {
			t.Fatalf("asked %v, ended %v", src.asked, src.ended)
		}
		next := verifying(engine.VerificationRunning)
		next.Verification.Job.Name = "verify-3f2a91c"
		u.run(u.ShowEnvironment(next))
		if len(src.ended) != 1 {
			t.Errorf("ended %v", src.ended)
		}
	})
}

// TestPullRequests: the address of the chosen one is copied, or its branch.
func TestPullRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := drive(t, troubled())
		u.run(u.ShowEnvironment(releasing()))
		u.sees("2 open", "Promotes by itself from staging", "✗ not met: soaked", "in 18m")
		u.tab("Pull requests")
		u.sees("▴ Open", "#12", "2 of 3 checks have passed")
		if got := u.Copy(); got != "https://git.acme.dev/acme/config/pulls/12" {
			t.Errorf("copied %q", got)
		}
		u.press(keymap.Bottom)
		u.sees("No forge is known")
		if got := u.Copy(); got != "evenkeel/production/rollback-19ce4aa" {
			t.Errorf("copied %q", got)
		}
		if _, text := u.Document(); !strings.Contains(text, "#9") {
			t.Errorf("the document is %q", text)
		}
	})
}

func TestHostileReleases(t *testing.T) {
	const evil = "\x1b]0;owned\x07\x1b[2Ja\u202eb\x00c\u009b26日本語\r\nd"
	for _, tab := range []string{"Overview", "Failure", "Verification", "Verification log", "Pull requests"} {
		synctest.Test(t, func(t *testing.T) {
			e := releasing()
			e.Health, e.PromotesFrom, e.Objects[1].Health = engine.Degraded, evil, engine.Degraded
			e.Objects[1].Name, e.Objects[1].Message = evil, evil
			e.Verification = &engine.Verification{Revision: evil, Job: engine.ID{Group: "batch", Kind: "Job", Name: evil}, State: evil, Message: evil}
			for i := range e.PullRequests {
				r := &e.PullRequests[i]
				r.Branch, r.Title, r.Author, r.URL, r.Reason, r.State, r.Commit, r.Action = evil, evil, evil, evil, evil, evil, evil, evil
			}
			e.Pipeline.Trouble = evil
			e.Pipeline.Gates[0] = engine.Gate{Name: evil, Reason: evil}
			e.Pipeline.Updates[0].Object.Name, e.Pipeline.Left[0].Reason = evil, evil
			src := troubled()
			src.logs = func(context.Context, engine.LogQuery) (io.ReadCloser, error) {
				return io.NopCloser(strings.NewReader(evil + "\n" + evil)), nil
			}
			u := drive(t, src)
			u.run(u.ShowEnvironment(e))
			u.tab(tab)
			for _, size := range [][2]int{{3, 3}, {20, 6}, {40, 10}, {118, 50}} {
				u.screen(size[0], size[1])
			}
		})
	}
}
