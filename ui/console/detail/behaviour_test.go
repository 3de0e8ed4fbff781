package detail_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
)

func TestShowsWhatDiffersAndWho(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		env, o, in := modified("api")
		u := drive(t, scripted(in))
		u.run(u.ShowObject(env, o))
		u.sees("2 differences in 2 fields", "live → Git", "changed by kubectl-edit, 12m ago", "looking in Git for who wrote it")
		u.stay()
		u.sees("in Git since 19ce4aa (ops, 3d): quieter logs")
		u.seesNot("looking in Git")
	})
}

func TestFactsBeforeTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		env, o, in := modified("api")
		src := scripted(in)
		src.hold = map[string]chan struct{}{"Inspect": make(chan struct{})}
		u := drive(t, src)
		u.run(u.ShowObject(env, o))
		u.sees("Modified", "kubectl-edit", "loading")
		close(src.hold["Inspect"])
		u.settle()
		u.sees("2 differences")
		u.seesNot("loading")
	})
}

func TestSameThingAgainAsksNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		env, o, in := modified("api")
		u := drive(t, scripted(in))
		u.run(u.ShowObject(env, o))
		u.stay()
		for range 10 {
			if cmd := u.ShowObject(env, o); cmd != nil {
				t.Fatal("showing the same object again does something")
			}
		}
		other := *env // a newer snapshot in which the object is the same
		u.run(u.ShowObject(&other, o))
		u.stay()
		if n := u.src.count("Inspect api"); n != 1 {
			t.Errorf("inspected %d times", n)
		}
	})
}

func TestChangedObjectIsReadAgainInItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		env, o, in := modified("api")
		src := scripted(in)
		u := drive(t, src)
		u.run(u.ShowObject(env, o))
		u.stay()
		u.screen(118, 50)
		u.press(keymap.NextChange)
		before := u.Copy()
		if !strings.Contains(before, "value: debug") {
			t.Fatalf("the cursor is not at the second change but at\n%s", before)
		}
		newer := *o
		newer.ChangedAt = time.Now()
		later := *in
		change := *in.Change
		change.Live = strings.Replace(change.Live, "replicas: 9", "replicas: 8", 1)
		later.Change = &change
		src.inspect = func(engine.ID) (*engine.Inspection, error) { return &later, nil }
		u.run(u.ShowObject(env, &newer))
		u.sees("replicas: 8")
		if after := u.Copy(); after != before {
			t.Errorf("the cursor went from\n%s\nto\n%s", before, after)
		}
	})
}

// What is said of a cluster that cannot be read ends when it can be read again.
func TestLostClusterIsToldUntilItIsFoundAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		env, o, _ := modified("api")
		same := *o
		same.Drift = engine.DriftSynced
		in := &engine.Inspection{ID: o.ID, Object: &same, Desired: "kind: Deployment\n"}
		src := scripted(in)
		u := drive(t, src)
		u.run(u.ShowObject(env, &same))
		u.sees("The cluster is as Git says.")
		lost, noted := *env, *in
		lost.Current = false
		noted.Note = "the cluster cannot be read: connection refused"
		src.inspect = func(engine.ID) (*engine.Inspection, error) { return &noted, nil }
		u.run(u.ShowObject(&lost, &same))
		u.sees("The cluster was as Git says when it was last read.", "connection refused")
		u.seesNot("A sync would change nothing")
		src.inspect = func(engine.ID) (*engine.Inspection, error) { return in, nil }
		u.run(u.ShowObject(env, &same))
		u.sees("The cluster is as Git says.")
		u.seesNot("connection refused")
	})
}

func TestMovingFastAsksNoServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		env, o, in := modified("api")
		src := scripted(in)
		u := drive(t, src)
		u.run(u.ShowObject(env, o))
		for _, name := range []string{"b", "c", "d", "e"} {
			_, o, _ := modified(name)
			u.run(u.ShowObject(env, o))
			u.pass(30 * time.Millisecond)
		}
		u.stay()
		for _, name := range []string{"b", "c", "d"} {
			if src.count("Inspect "+name) != 0 {
				t.Errorf("%s was inspected in passing", name)
			}
		}
		if src.count("Inspect e") != 1 {
			t.Error("the object that one stayed with was not inspected")
		}
	})
}

func TestNetworkTabsWait(t *testing.T) {
	for tab, question := range map[string]string{"Live": "LiveYAML ", "Events": "Events ", "Pods": "Pods ", "Logs": "Pods "} {
		t.Run(tab, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				env, o, in := modified("api")
				u := drive(t, scripted(in))
				u.run(u.ShowObject(env, o))
				u.tab(tab)
				_, o, _ = modified("web")
				u.run(u.ShowObject(env, o))
				u.pass(140 * time.Millisecond)
				if n := u.src.count(question + "web"); n != 0 {
					t.Fatal("asked before one has stayed with the object")
				}
				u.pass(20 * time.Millisecond)
				if n := u.src.count(question + "web"); n != 1 {
					t.Fatalf("asked %d times after one stayed", n)
				}
			})
		})
	}
}

func TestLeavingGivesUpWhatIsAsked(t *testing.T) {
	for tab, question := range map[string]string{"Diff": "Inspect", "Live": "LiveYAML", "Events": "Events", "Pods": "Pods", "Logs": "Logs"} {
		for way, leave := range map[string]func(*user){
			"another object": func(u *user) { _, o, _ := modified("web"); u.run(u.ShowObject(world(o), o)) },
			"another tab":    func(u *user) { u.press(keymap.NextTab) },
			"environment":    func(u *user) { u.run(u.ShowEnvironment(world())) },
			"close":          func(u *user) { u.Close(); u.settle() },
			"nothing":        func(u *user) { u.run(u.ShowEnvironment(nil)) },
		} {
			if tab == "Diff" && way == "another object" {
				continue // which is being inspected, too
			}
			t.Run(tab+" "+way, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					env, o, in := modified("api")
					src := scripted(in)
					src.pods = twoPods
					src.hold = map[string]chan struct{}{}
					u := drive(t, src)
					if tab != "Diff" {
						u.run(u.ShowObject(env, o))
						u.tab("Desired")
						src.hold[question] = make(chan struct{})
						u.tab(tab)
					} else {
						src.hold[question] = make(chan struct{})
						u.run(u.ShowObject(env, o))
					}
					if len(src.ended) != 0 {
						t.Fatalf("ended early: %v", src.ended)
					}
					leave(u)
					if len(src.ended) != 1 || !strings.HasPrefix(src.ended[0], question) {
						t.Errorf("given up: %v; asked: %v", src.ended, src.asked)
					}
				})
			})
		}
	}
}

// TestLateAnswerIsDropped has an answer come that does not heed its context.
func TestLateAnswerIsDropped(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
	}{{"answer", nil}, {"error", errRefused}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				env, o, in := modified("api")
				_, other, second := modified("web")
				hold := make(chan struct{})
				src := scripted(in)
				src.inspect = func(id engine.ID) (*engine.Inspection, error) {
					if id.Name == "api" {
						<-hold
						return in, c.err
					}
					return second, nil
				}
				u := drive(t, src)
				u.run(u.ShowObject(env, o))
				u.run(u.ShowObject(env, other))
				u.stay()
				before := u.screen(118, 50)
				close(hold)
				u.settle()
				if after := u.screen(118, 50); after != before {
					t.Errorf("the late answer is shown:\n%s", after)
				}
			})
		})
	}
}

func TestErrorIsToldAndTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		env, o, in := modified("api")
		fail := true
		src := scripted(in)
		src.inspect = func(engine.ID) (*engine.Inspection, error) {
			if fail {
				return nil, errRefused
			}
			return in, nil
		}
		u := drive(t, src)
		u.run(u.ShowObject(env, o))
		u.sees("It cannot be compared", "connection refused", "R tries again")
		u.stay()
		if n := src.count("Inspect api"); n != 1 {
			t.Errorf("a failed question was asked %d times by itself", n)
		}
		fail = false
		u.press(keymap.Refresh)
		u.sees("2 differences")
		u.seesNot("refused")
		fail = true
		u.press(keymap.Refresh)
		u.sees("It cannot be compared", "2 differences") // what was known stays
	})
}

func TestTabIsRememberedBySortOfThing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		env, o, in := modified("api")
		_, other, _ := modified("web")
		service := *other
		service.ID = engine.ID{Kind: "Service", Namespace: "shop-production", Name: "web"}
		u := drive(t, scripted(in))
		u.run(u.ShowObject(env, o))
		u.tab("Pods")
		u.run(u.ShowEnvironment(env))
		if got := u.openTab(); got != "Overview" {
			t.Errorf("%s of the environment is open", got)
		}
		u.run(u.ShowObject(env, other))
		if got := u.openTab(); got != "Pods" {
			t.Errorf("%s is open of another object", got)
		}
		u.run(u.ShowObject(env, &service))
		if got := u.openTab(); got != "Diff" {
			t.Errorf("%s is open of a Service, which has no pods", got)
		}
		u.run(u.ShowObject(env, o))
		if got := u.openTab(); got != "Pods" {
			t.Errorf("%s is open once more", got)
		}
	})
}

func TestEventsAreReadAgainOnlyWhileOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		env, o, in := modified("api")
		u := drive(t, scripted(in))
		u.run(u.ShowObject(env, o))
		u.tab("Events")
		first := u.src.count("Events api")
		u.pass(11 * time.Second)
		u.pass(11 * time.Second)
		if n := u.src.count("Events api"); n != first+2 {
			t.Errorf("asked %d times in 22s", n-first)
		}
		u.Close()
		n := u.src.count("Events api")
		u.pass(time.Minute)
		if u.src.count("Events api") != n {
			t.Error("asked while closed")
		}
		u.run(u.ShowObject(env, o))
		u.stay()
		if u.src.count("Events api") != n+1 {
			t.Error("not asked again once it is seen again")
		}
	})
}

func TestOpenTabIsReadAgainWhenTheObjectChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		env, o, in := modified("api")
		u := drive(t, scripted(in))
		u.run(u.ShowObject(env, o))
		u.tab("Live")
		newer := *o
		newer.Health = engine.Progressing
		u.run(u.ShowObject(env, &newer))
		u.stay()
		if n := u.src.count("LiveYAML api"); n != 2 {
			t.Errorf("read %d times", n)
		}
		u.sees("Progressing")
		if n := u.src.count("Events api"); n != 1 { // on the way to Live
			t.Logf("events were asked for %d times", n)
		}
	})
}

func TestTasteIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		env, o, in := modified("api")
		_, other, _ := modified("web")
		u := drive(t, scripted(in))
		u.run(u.ShowObject(env, o))
		u.press(keymap.Side, keymap.Fold, keymap.Whitespace)
		u.run(u.ShowObject(env, other))
		u.stay()
		for a, label := range map[keymap.Action]string{keymap.Side: "unified", keymap.Fold: "fold unchanged", keymap.Whitespace: "heed whitespace"} {
			if o, _ := u.offered(a); o.Label != label {
				t.Errorf("%s is offered as %q", a, o.Label)
			}
		}
		u.seesNot("lines unchanged")
	})
}

func TestWhitespace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		env, o, in := modified("api")
		in.Change.Live = strings.Replace(in.Change.Desired, "replicas: 3", "replicas:  3", 1)
		u := drive(t, scripted(in))
		u.run(u.ShowObject(env, o))
		u.sees("1 difference in")
		u.press(keymap.Whitespace)
		u.sees("differ in white space only")
		u.press(keymap.Whitespace)
		u.sees("replicas:  3", "replicas: 3")
	})
}

func TestSearch(t *testing.T) {
	for _, tab := range []string{"Diff", "Desired"} {
		t.Run(tab, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				env, o, in := modified("api")
				u := drive(t, scripted(in))
				u.run(u.ShowObject(env, o))
				u.tab(tab)
				u.press(keymap.Filter)
				u.typed("label")
				u.run(u.Key(tea.KeyMsg{Type: tea.KeyEnter}))
				if u.Editing() {
					t.Error("enter did not end typing")
				}
				u.sees("/label", "of 3")
				at := func() string {
					lines := strings.Split(u.screen(118, 50), "\n")
					return lines[48]
				}
				first := at()
				u.press(keymap.NextChange)
				if at() == first {
					t.Error("n did not go to the next match")
				}
				u.press(keymap.PrevChange)
				if at() != first {
					t.Error("N did not come back")
				}
				u.press(keymap.Back)
				u.seesNot("/label")
				if _, mine := u.Do(keymap.Back); mine {
					t.Error("back is taken although there is nothing to go back from")
				}
			})
		})
	}
}

func TestPodsLeadToLogs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		env, o, in := modified("api")
		src := scripted(in)
		src.pods = twoPods
		src.logs = func(_ context.Context, q engine.LogQuery) (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader("hello from " + q.Pod + "\n")), nil
		}
		u := drive(t, src)
		u.run(u.ShowObject(env, o))
		u.tab("Pods")
		u.sees("CrashLoopBackOff", "back-off 40s", "1/1", "0/1")
		u.press(keymap.Down)
		if got := u.Copy(); got != "api-6d-bbbbb" {
			t.Errorf("%s is chosen", got)
		}
		u.press(keymap.Open)
		if got := u.openTab(); got != "Logs" {
			t.Fatalf("%s is open", got)
		}
		u.stay()
		u.sees("hello from api-6d-bbbbb", "the log has ended")
		if got := u.Copy(); got != "hello from api-6d-bbbbb\n" {
			t.Errorf("copied %q", got)
		}
	})
}

// pipe is a log that somebody writes.
type pipe struct {
	*io.PipeWriter
	closed chan struct{}
}

func logPipe(src *script) *pipe {
	p := &pipe{closed: make(chan struct{})}
	src.pods = twoPods
	src.logs = func(context.Context, engine.LogQuery) (io.ReadCloser, error) {
		r, w := io.Pipe()
		p.PipeWriter = w
		return closer{r, p.closed}, nil
	}
	return p
}

type closer struct {
	*io.PipeReader
	closed chan struct{}
}

func (c closer) Close() error {
	close(c.closed)
	return c.PipeReader.Close()
}

func TestLogsFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		env, o, in := modified("api")
		src := scripted(in)
		log := logPipe(src)
		u := drive(t, src)
		u.run(u.ShowObject(env, o))
		u.tab("Logs")
		if n := src.count("Logs api-6d-aaaaa/main tail 500 follow"); n != 1 {
			t.Fatalf("asked: %v", src.asked)
		}
		write := func(s string) {
			go func() { _, _ = io.WriteString(log, s) }()
			u.pass(200 * time.Millisecond)
		}
		write("one\n\x1b[31mred\x1b[0m\x1b]0;title\x07\n")
		u.sees("one", "red", "following")
		write("two\n")
		u.sees("two")
		u.press(keymap.Follow)
		select {
		case <-log.closed:
		default:
			t.Error("the stream goes on")
		}
		u.sees("two", "as of")
	})
}

func TestLogsComeInBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		env, o, in := modified("api")
		src := scripted(in)
		log := logPipe(src)
		u := drive(t, src)
		u.run(u.ShowObject(env, o))
		u.tab("Logs")
		stop := make(chan struct{})
		go func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(time.Millisecond):
					if _, err := io.WriteString(log, "line\n"); err != nil {
						return
					}
				}
			}
		}()
		updates := 0
		for begun := time.Now(); time.Since(begun) < 2*time.Second; {
			time.Sleep(5 * time.Millisecond)
			synctest.Wait()
			if len(u.messages) > 0 {
				updates++
				u.settle()
			}
		}
		close(stop)
		if updates < 5 || updates > 21 {
			t.Errorf("%d batches came in two seconds", updates)
		}
	})
}

func TestLogsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		env, o, in := modified("api")
		src := scripted(in)
		src.pods = twoPods
		src.logs = func(context.Context, engine.LogQuery) (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader(strings.Repeat("line\n", 20000) + "the last")), nil
		}
		u := drive(t, src)
		u.run(u.ShowObject(env, o))
		u.tab("Logs")
		for range 20 {
			u.pass(200 * time.Millisecond)
		}
		u.sees("the last", "the log has ended")
		if n := strings.Count(u.Copy(), "\n"); n != 5000 {
			t.Errorf("%d lines are kept", n)
		}
	})
}

func TestLogsOfAnotherContainerAndRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		env, o, in := modified("api")
		src := scripted(in)
		src.pods = twoPods
		src.logs = func(_ context.Context, q engine.LogQuery) (io.ReadCloser, error) {
			if q.Previous {
				return nil, errors.New("previous terminated container not found")
			}
			return io.NopCloser(strings.NewReader(q.Pod + " " + q.Container + "\n")), nil
		}
		u := drive(t, src)
		u.run(u.ShowObject(env, o))
		u.tab("Logs")
		u.sees("api-6d-aaaaa main", "2 of 3")
		if o, _ := u.offered(keymap.Previous); o.Disabled != "" {
			t.Errorf("the previous run cannot be read: %s", o.Disabled)
		}
		u.press(keymap.Left)
		u.stay()
		u.sees("api-6d-aaaaa migrate", "1 of 3")
		u.seesNot("api-6d-aaaaa main")
		if o, _ := u.offered(keymap.Previous); o.Disabled == "" {
			t.Error("a previous run is offered of what never was restarted")
		}
		u.press(keymap.Open, keymap.Bottom, keymap.Open)
		u.stay()
		u.sees("api-6d-bbbbb main", "3 of 3")
		u.press(keymap.Left)
		u.stay()
		u.press(keymap.Previous)
		u.stay()
		u.sees("previous run", "The log cannot be read", "container not found", "R tries again")
		if src.count("Logs api-6d-aaaaa/main tail 500 previous") != 1 {
			t.Errorf("asked: %v", src.asked)
		}
	})
}

func TestCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, r := promotion()
		src := &script{revision: func(string) (*engine.Revision, error) { return r, nil }}
		u := drive(t, src)
		u.run(u.ShowCommit("production", c))
		u.stay()
		u.sees("environments/production/api.yaml", "image: registry.acme.dev/api:1.9.0", "not read by production")
		u.press(keymap.Down, keymap.Down)
		u.sees("Not shown: it holds a Secret")
		u.press(keymap.Top, keymap.Open)
		if !strings.Contains(u.Copy(), "+        image: registry.acme.dev/api:1.9.0") {
			t.Errorf("copied %q", u.Copy())
		}
		u.press(keymap.Back)
		if _, mine := u.Do(keymap.Back); mine {
			t.Error("back is taken twice")
		}
		name, text := u.Document()
		if name != "3f2a91c.diff" || !strings.Contains(text, "README.md") || !strings.Contains(text, "+        image:") {
			t.Errorf("document %s:\n%s", name, text)
		}
		u.tab("Objects")
		u.sees("Deployment shop-production/api", "1.9.0")
		u.tab("Message")
		u.sees("Evenkeel-Action:", "promote", "Tried for a day")
		if n := src.count("Revision 3f2a91c4d5e6f7a8"); n != 1 {
			t.Errorf("read %d times", n)
		}
	})
}

func TestClicks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		env, o, in := modified("api")
		src := scripted(in)
		src.pods = twoPods
		u := drive(t, src)
		u.run(u.ShowObject(env, o))
		lines := strings.Split(u.screen(118, 30), "\n")
		at := func(text string) (x, y int) {
			for y, line := range lines {
				if before, _, ok := strings.Cut(line, text); ok {
					return len([]rune(before)), y
				}
			}
			t.Fatalf("%q is not on the screen", text)
			return 0, 0
		}
		x, y := at("Pods")
		u.run(u.Click(x, y, false))
		u.stay()
		if got := u.openTab(); got != "Pods" {
			t.Fatalf("%s is open", got)
		}
		lines = strings.Split(u.screen(118, 30), "\n")
		x, y = at("api-6d-bbbbb")
		u.run(u.Click(x, y, false))
		if got := u.Copy(); got != "api-6d-bbbbb" {
			t.Errorf("%s is chosen", got)
		}
		u.run(u.Click(x, y, true))
		if got := u.openTab(); got != "Logs" {
			t.Errorf("%s is open", got)
		}
		for y := range 30 { // nothing anywhere breaks
			u.run(u.Click(y*4, y, y%2 == 0))
		}
	})
}

func TestNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := drive(t, &script{})
		u.sees("Nothing is chosen")
		if u.Offers() != nil || u.Copy() != "" {
			t.Error("nothing offers something")
		}
		for _, a := range []keymap.Action{keymap.Open, keymap.NextTab, keymap.Refresh} {
			if _, mine := u.Do(a); mine {
				t.Errorf("%s is taken", a)
			}
		}
	})
}
