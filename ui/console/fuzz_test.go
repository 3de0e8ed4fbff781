package console

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"github.com/evenkeel/evenkeel/engine"
)

// FuzzConsole has somebody, or something, press keys at random, move the mouse,
// resize the terminal, while what is shown changes at random too. The console
// does not panic, fills the screen exactly, and puts no control sequence on it
// but those of colours.
func FuzzConsole(f *testing.F) {
	for seed := range uint64(4) {
		random := rand.New(rand.NewPCG(seed, seed))
		script := make([]byte, 200)
		for i := range script {
			script[i] = byte(random.Uint32())
		}
		f.Add(seed, script)
	}
	f.Add(uint64(7), []byte("\x00s\x00p\x00r\x00\r\xfe\x10\xfd\x33\x00S\x00?"))
	f.Fuzz(func(t *testing.T, seed uint64, script []byte) {
		if len(script) > 400 {
			script = script[:400]
		}
		monkey(t, seed, script)
	})
}

// monkey plays a script. Each step is a byte that says what is done, and one
// that says which.
func monkey(t *testing.T, seed uint64, script []byte) {
	random := rand.New(rand.NewPCG(seed, 1))
	e := newScripted(anything(random))
	e.refuses = map[string]string{hostileName("api"): hostileText, "web": "no"}
	e.subject = words(random)
	c := opened(t, e, 100, 30, nil)
	keys := allKeys(c)
	number := e.snapshot.Number
	c.fits(nil)
	var done []string
	defer func() {
		if t.Failed() || c.left {
			t.Logf("after %q", done)
		}
	}()
	for i := 0; i+1 < len(script) && !c.left; i += 2 {
		what, which := script[i], int(script[i+1])
		switch {
		case what >= 250:
			number++
			s := anything(random)
			s.Number = number
			done = append(done, "snapshot")
			c.send(snapshotMsg{s})
			e.publish(s)
		case what >= 240:
			size := tea.WindowSizeMsg{Width: 1 + which*250/255, Height: 1 + random.IntN(80)}
			done = append(done, fmt.Sprint(size))
			c.send(size)
		case what >= 220:
			at := tea.MouseMsg{X: random.IntN(c.width + 1), Y: random.IntN(c.height + 1), Action: tea.MouseActionPress}
			at.Button = []tea.MouseButton{tea.MouseButtonLeft, tea.MouseButtonLeft, tea.MouseButtonWheelUp, tea.MouseButtonWheelDown, tea.MouseButtonRight}[which%5]
			done = append(done, tea.MouseEvent(at).String()+fmt.Sprint(at.X, ",", at.Y))
			c.send(at)
			if which > 128 {
				c.frame() // as after each message
				c.send(at)
			}
		case what >= 215:
			done = append(done, "time")
			c.passes(time.Duration(which) * 100 * time.Millisecond)
		case what >= 212:
			done = append(done, "paste")
			c.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(words(random)), Paste: true})
		case what >= 205:
			done = append(done, "outcome")
			c.send(outcomeMsg{Action: engine.ActionSync, Environment: words(random), Err: words(random)})
		default:
			key := keys[which%len(keys)]
			done = append(done, key.String())
			c.send(key)
		}
		c.drain()
		c.fits(done)
	}
	if len(e.outcomes) == cap(e.outcomes) {
		t.Error("outcomes pile up")
	}
}

// drain takes in what there is to be taken in, though not what a log still has
// to tell.
func (c *console) drain() {
	for c.asked > 0 {
		select {
		case a := <-c.messages:
			c.arrived(a)
		case <-time.After(2 * time.Millisecond):
			return
		}
	}
}

// allKeys are those that mean something, more than once where they lead to more,
// and some letters.
func allKeys(c *console) []tea.KeyMsg {
	var keys []tea.KeyMsg
	for _, section := range c.keys.Sections() {
		for _, a := range section.Actions {
			switch a {
			case "quit", "pause", "edit", "copy": // of the terminal and the machine
			default:
				keys = append(keys, keyOf(c.keyFor(a)))
			}
		}
	}
	for _, k := range []string{"enter", "enter", "enter", "esc", "esc", "down", "down", "tab", "backspace", "a", "p", "r", "o", "d", "é", "設", "!", "space"} {
		keys = append(keys, keyOf(k))
	}
	return append(keys, tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("x"), Alt: true}, tea.KeyMsg{Type: tea.KeyF5})
}

// fits fails when the frame is not exactly as large as the screen, or has
// something in it that is no text and no colour.
func (c *console) fits(done []string) {
	c.t.Helper()
	lines := c.frame()
	if len(lines) != c.height {
		c.t.Fatalf("%d lines on a screen of %dx%d after %q", len(lines), c.width, c.height, done)
	}
	for i, line := range lines {
		if w := ansi.StringWidth(line); w != c.width {
			c.t.Fatalf("line %d takes %d cells of %d after %q: %q", i, w, c.width, done, line)
		}
		if bad := strange(line); bad != "" {
			c.t.Fatalf("line %d has %q after %q: %q", i, bad, done, line)
		}
	}
}

// strange is the first thing in a line that is neither text nor a colour.
func strange(line string) string {
	state := ansi.NormalState
	for len(line) > 0 {
		seq, _, n, next := ansi.DecodeSequence(line, state, nil)
		if n == 0 {
			return line
		}
		sgr := seq[0] == '\x1b' && len(seq) > 2 && seq[1] == '[' && seq[n-1] == 'm' && seq[2] != '>' && seq[2] != '?'
		for _, r := range seq {
			if !sgr && (r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069) {
				return seq
			}
		}
		state, line = next, line[n:]
	}
	return ""
}

// anything is some state or other, well or ill, with names that nobody would give.
func anything(random *rand.Rand) *engine.Snapshot {
	s := &engine.Snapshot{Number: 1, At: noon, Automation: random.IntN(2) == 0}
	s.Repository = engine.Repository{URL: words(random), Branch: words(random), Head: head, FetchedAt: noon, Fetching: random.IntN(3) == 0}
	if random.IntN(3) == 0 {
		s.Repository.Err, s.Repository.Head = words(random), ""
	}
	for i := range random.IntN(5) {
		s.Environments = append(s.Environments, anyEnvironment(random, i))
	}
	for range random.IntN(6) {
		s.Activity = append(s.Activity, engine.Event{At: noon, Environment: words(random), Text: words(random), Trouble: random.IntN(2) == 0})
	}
	return s
}

func anyEnvironment(random *rand.Rand, i int) *engine.Environment {
	e := engine.Environment{
		Name: fmt.Sprintf("%s%d", words(random), i), Context: words(random), Server: words(random), Path: words(random), Namespace: words(random),
		Auto: random.IntN(2) == 0, Protected: random.IntN(2) == 0,
		State:   one(random, engine.StateSynced, engine.StateOutOfSync, engine.StateSyncing, engine.StateSuspended, engine.StateBlocked, engine.StateUnknown, ""),
		Health:  one(random, engine.Healthy, engine.Progressing, engine.Degraded, engine.Suspended, engine.Missing, engine.Unknown, ""),
		Message: words(random), Revision: one(random, head, older, "", words(random)), AppliedRevision: one(random, head, older, "", words(random)),
		Current: random.IntN(2) == 0, AsOf: one(random, noon, noon.Add(-time.Hour), time.Time{}), Settled: random.IntN(3) > 0,
	}
	if random.IntN(4) == 0 {
		e.BrokenRevision, e.Problems = head, []string{words(random), words(random)}
	}
	if random.IntN(4) == 0 {
		e.Suspension = &engine.Suspension{By: words(random), Reason: words(random), At: noon}
	}
	if random.IntN(4) == 0 {
		e.Running = &engine.Progress{Action: engine.ActionSync, By: words(random), Started: noon, Done: random.IntN(5), Failed: random.IntN(3), Total: random.IntN(5)}
	}
	for range random.IntN(3) {
		e.Syncs = append(e.Syncs, engine.Sync{Revision: words(random), Started: noon, Ended: noon, Succeeded: random.IntN(2) == 0, Message: words(random), By: words(random)})
	}
	var objects []*engine.Object
	seen := map[engine.ID]bool{}
	for range random.IntN(60) {
		o := object(one(random, "Deployment", "Service", "ConfigMap", words(random)), one(random, "", "shop", words(random)),
			one(random, "api", "web", hostileName("api"), longName("web"), words(random)),
			one(random, engine.DriftPending, engine.DriftSynced, engine.DriftModified, engine.DriftMissing, engine.DriftExtra, ""),
			one(random, engine.Healthy, engine.Progressing, engine.Degraded, engine.Suspended, engine.Missing, engine.Unknown, ""))
		if seen[o.ID] {
			continue
		}
		seen[o.ID] = true
		o.Message, o.Application = one(random, "", words(random)), one(random, "", words(random))
		o.Failed, o.Ignored, o.Managed = random.IntN(5) == 0, random.IntN(5) == 0, random.IntN(2) == 0
		for i := range o.Containers {
			o.Containers[i].Name, o.Containers[i].Live = words(random), words(random)
			e.Images = append(e.Images, anyImage(random, o, o.Containers[i]))
		}
		if o.Drift == engine.DriftExtra && random.IntN(2) == 0 {
			e.Waiting = append(e.Waiting, engine.Change{Environment: e.Name, ID: o.ID, Operation: engine.Delete, Reason: words(random)})
		}
		objects = append(objects, o)
	}
	return environment(e, objects...)
}

func anyImage(random *rand.Rand, o *engine.Object, k engine.Container) *engine.Image {
	i := picture(o, k)
	i.Allowed, i.Newest, i.NotNewest, i.Policy, i.PolicyFrom, i.Reason = words(random), words(random), words(random), words(random), words(random), words(random)
	i.Behind, i.Trouble, i.Moved, i.Reverted = random.IntN(3), random.IntN(4) == 0, one(random, "", words(random)), one(random, "", words(random))
	i.State = one(random, engine.ImagePending, engine.ImagePending, engine.ImageHeld, engine.ImageFailed, engine.ImageApproved, engine.ImageRollingOut, engine.ImageLive, "")
	if random.IntN(3) == 0 {
		i.Hold = &engine.Hold{Image: one(random, "", words(random)), By: words(random), Reason: words(random), Annotation: one(random, "", words(random)), File: words(random)}
	}
	return i
}

func one[T any](random *rand.Rand, of ...T) T { return of[random.IntN(len(of))] }

// words is what may be written where people write: nothing, much, wide, or meant
// to do harm.
func words(random *rand.Rand) string {
	return one(random, "", "web", "a few words", hostileText, wideName("x"), longName("y"), "日本語の長い名前をつけてみる",
		"👩‍👩‍👧‍👦🏳️‍🌈👍🏽", "e\u0301\u0301\u0301", "\u200b\u200d\ufeff", "\xff\xfe\x9b31m", "\x1b[", "\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\",
		"\x1bP+q\x1b\\", "a\tb\nc\rd", "العربية \u202eabc", "1️⃣", "\U0001F1E9\U0001F1EA", "ก็็็็็็", "%s%d%!", "-", " ")
}
