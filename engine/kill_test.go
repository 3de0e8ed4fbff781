package engine_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/config"
)

// killVariable makes this test binary a process that syncs, to be killed. Its
// value is the options of the engine as JSON.
const killVariable = "EVENKEEL_TEST_SYNC"

// syncUntilKilled syncs once, and says on standard output when it begins.
func syncUntilKilled() {
	var o engine.Options
	if err := json.Unmarshal([]byte(os.Getenv(killVariable)), &o); err != nil {
		fmt.Println(err)
		return
	}
	e, err := engine.New(o)
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
	plan, err := e.Plan(ctx, engine.Request{Action: engine.ActionSync, Environment: "shop", Prune: true})
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
	options, err := json.Marshal(o)
	w.must(err)

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
		if !killDuringSync(t, string(options), time.Duration(random.IntN(250))*time.Millisecond) {
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

// killDuringSync starts a process that syncs, kills it a moment after it has
// begun, and tells whether that cut it short.
func killDuringSync(t *testing.T, options string, after time.Duration) bool {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0])
	c.Env = append(os.Environ(), killVariable+"="+options)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "begin" {
		t.Fatalf("the sync did not begin: %s", lines.Text())
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
