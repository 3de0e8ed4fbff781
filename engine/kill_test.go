package engine_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/gitrepo"
)

// killVariable makes this test binary a process that acts, to be killed. Its
// value is a victim as JSON.
const killVariable = "EVENKEEL_TEST_VICTIM"

// victim is what such a process does.
type victim struct {
	Options engine.Options
	Request engine.Request
}

func (v victim) text(w *world) string {
	w.Helper()
	data, err := json.Marshal(v)
	w.must(err)
	return string(data)
}

// actUntilKilled acts once, and says on standard output when it begins.
func actUntilKilled() {
	var v victim
	if err := json.Unmarshal([]byte(os.Getenv(killVariable)), &v); err != nil {
		fmt.Println(err)
		return
	}
	e, err := engine.New(v.Options)
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	go func() { _ = e.Run(ctx) }()
	if _, err := e.Settle(ctx); err != nil {
		fmt.Println(err)
		return
	}
	plan, err := e.Plan(ctx, v.Request)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("begin")
	_, _ = e.Execute(ctx, plan, nil)
	fmt.Println("end")
}

func TestKilledAtAnyMomentTheNextRunConverges(t *testing.T) {
	const kills = 50
	w := newWorld(t)
	o := w.options(w.environment("shop", config.SyncManual))
	sync := victim{o, engine.Request{Action: engine.ActionSync, Environment: "shop", Prune: true}}.text(w)

	// Half of the objects stay for ever; the others come and go.
	stay := map[string]string{}
	for i := range 15 {
		name := fmt.Sprintf("stay%02d", i)
		stay["shop/"+name+".yaml"] = configMap(name, "round", "0")
	}
	head := w.commit("begin", stay)
	first := w.start(o)
	first.sync("shop")
	first.at("shop", head)
	born := uids(w, first)

	random := rand.New(rand.NewPCG(1, 2))
	ended := 0
	for round := range kills {
		changes := map[string]string{}
		for i := range 15 {
			path := fmt.Sprintf("shop/come%02d.yaml", i)
			switch there := w.files[path] != ""; {
			case there && random.IntN(2) == 0:
				changes[path] = ""
			case !there && random.IntN(2) == 0:
				changes[path] = configMap(fmt.Sprintf("come%02d", i), "round", fmt.Sprint(round))
			}
			name := fmt.Sprintf("stay%02d", i)
			changes["shop/"+name+".yaml"] = configMap(name, "round", fmt.Sprint(round))
		}
		head = w.commit(fmt.Sprint("round ", round), changes)
		if !killed(t, sync, time.Duration(random.IntN(250))*time.Millisecond) {
			ended++
		}
	}
	t.Logf("%d of %d syncs were cut short", kills-ended, kills)
	if ended == kills {
		t.Error("no sync was cut short: nothing was tested")
	}

	last := w.start(o)
	plan := last.plan(engine.Request{Action: engine.ActionSync, Environment: "shop", Prune: true})
	outcome, err := last.Execute(t.Context(), plan, nil)
	w.must(err)
	if !outcome.Succeeded() {
		t.Fatalf("the last sync failed: %+v", outcome)
	}
	env := last.at("shop", head)
	if len(env.Objects) != len(w.files) || env.Differing() != 0 {
		t.Errorf("want the %d objects of Git and no other:\n%s", len(w.files), describe(last.Snapshot()))
	}
	for id, uid := range uids(w, last) {
		if was, stayed := born[id]; stayed && was != uid {
			t.Errorf("%s was deleted on the way, though Git always had it", id)
		}
	}
}

// killed starts a process that acts, kills it a moment after it has begun, and
// tells whether that cut it short.
func killed(t *testing.T, victim string, after time.Duration) bool {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0])
	c.Env = append(os.Environ(), killVariable+"="+victim)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	began := lines.Scan() && lines.Text() == "begin"
	if strings.Contains(lines.Text(), engine.ErrNothing.Error()) {
		_ = c.Wait()
		return true // what the one before had handed over has landed meanwhile
	}
	if !began {
		t.Fatalf("it did not begin: %s", lines.Text())
	}
	time.Sleep(after) // the moment of the kill is the random input of the test
	_ = c.Process.Kill()
	short := !lines.Scan()
	_ = c.Wait()
	return short
}

// uids are those of the live objects of the environment.
func uids(w *world, e *running) map[engine.ID]string {
	all := map[engine.ID]string{}
	for _, o := range e.Snapshot().Environment("shop").Objects {
		live, err := w.kube.Read(w.Context(), o.ID)
		w.must(err)
		if live != nil {
			all[o.ID] = string(live.GetUID())
		}
	}
	return all
}

// TestKilledWhileCommittingGitHasAllOfItOrNothing kills rollbacks: the branch
// stands where it stood, or has one whole commit more.
func TestKilledWhileCommittingGitHasAllOfItOrNothing(t *testing.T) {
	const kills = 50
	w := newWorld(t)
	history := w.eventful(20)
	o := w.options(w.environment("production", config.SyncManual), w.environment("staging", config.SyncManual))
	random := rand.New(rand.NewPCG(7, 2))
	none, whole := 0, 0
	for range kills {
		before := w.head()
		to := history[random.IntN(len(history))]
		if maps.Equal(w.rendered(before.Hash, "production"), w.rendered(to, "production")) {
			continue // there is nothing to commit
		}
		rollback := victim{o, engine.Request{Action: engine.ActionRollback, Environment: "production", Revision: string(to)}}
		killed(t, rollback.text(w), time.Duration(1<<random.IntN(10))*time.Millisecond)
		after := w.head()
		if after.Hash == before.Hash {
			none++
		} else {
			whole++
		}
		// What was handed over before the kill may land a moment after it.
		for c := after; c.Hash != before.Hash; {
			if len(c.Parents) != 1 || len(c.Trailers["Evenkeel-Revision"]) != 1 {
				t.Fatalf("want nothing but rollbacks, one on the other, got %+v", c)
			}
			was := gitrepo.Hash(c.Trailers["Evenkeel-Revision"][0])
			if !maps.Equal(w.rendered(c.Hash, "production"), w.rendered(was, "production")) {
				t.Fatalf("%s brought a part of %s only", c.Hash.Short(), was.Short())
			}
			parent, err := w.mirror.Commit(c.Parents[0])
			w.must(err)
			c = parent
		}
	}
	t.Logf("%d had committed, %d had not", whole, none)
	if none == 0 || whole == 0 {
		t.Error("no kill came in between: nothing was tested")
	}
	fsck := exec.CommandContext(t.Context(), "git", "--git-dir", w.remote, "fsck", "--strict", "--no-dangling")
	if out, err := fsck.CombinedOutput(); err != nil {
		t.Errorf("the repository is damaged: %v\n%s", err, out)
	}
	// What is left behind keeps nobody from going on.
	e := w.start(o)
	if head := w.head().Hash; maps.Equal(w.rendered(head, "production"), w.rendered(history[0], "production")) {
		return
	}
	if o := e.do(engine.Request{Action: engine.ActionRollback, Environment: "production", Revision: string(history[0])}); o.Commit == "" {
		t.Errorf("nothing was committed: %+v", o)
	}
}
