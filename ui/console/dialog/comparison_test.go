package dialog_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/drift"
	"github.com/evenkeel/evenkeel/ui/console/dialog"
)

// compared is how staging and production differ in the world here.
func compared(from, to engine.At) *engine.Comparison {
	if from.Revision == "" {
		from.Revision, to.Revision = head, head
	}
	label := engine.FieldChange{Field: drift.Field{Path: `metadata.labels["acme.dev/environment"]`, Op: drift.Change, Live: "staging", Desired: "production"}}
	all := changes()
	all[0].Fields = append(all[0].Fields, label, engine.FieldChange{Field: drift.Field{Path: "spec.template.spec.containers[main].image", Op: drift.Change, Live: "api:1.9.0", Desired: "api:1.8.2"}})
	return &engine.Comparison{
		From: from, To: to,
		FromCommit: engine.Commit{Hash: head, Author: "api-ci", Time: noon.Add(-2 * time.Hour), Subject: "api: 1.8.2 → 1.9.0"},
		ToCommit:   engine.Commit{Hash: old, Author: "ops", Time: noon.Add(-74 * time.Hour), Subject: "promote web 1.25.1"},
		Namespaces: []engine.NamespacePair{{From: "shop-staging", To: "shop"}},
		Changes: []engine.Change{
			{Environment: to.Environment, ID: checkout, Operation: engine.Update, Fields: []engine.FieldChange{label}, Live: "a: staging\n", Desired: "a: production\n"},
			all[0], all[1], deletion(),
		},
		Images:    []engine.ImageUpdate{{Object: api, Container: "main", Repository: "registry.acme.dev/api", From: "1.9.0", To: "1.8.2"}},
		Common:    []engine.CommonDifference{{Name: "acme.dev/environment", From: "staging", To: "production", Objects: 2}},
		Ambiguous: []engine.Ambiguity{{From: []engine.ID{cart, claim}, To: []engine.ID{cart}}},
		Unchanged: 37,
	}
}

// compare opens the dialog.
func (d *desk) compare(from, to engine.At, others ...string) *dialog.Comparison {
	d.t.Helper()
	if d.engine.compare == nil {
		d.engine.compare = func(_ context.Context, from, to engine.At) (*engine.Comparison, error) {
			return compared(from, to), nil
		}
	}
	c, cmd := dialog.NewComparison(d.work, from, to, others, situation())
	d.run(c, cmd)
	return c
}

var (
	staging    = engine.At{Environment: "staging"}
	production = engine.At{Environment: "production"}
)

func TestComparisonGolden(t *testing.T) {
	then := engine.At{Environment: "production", Revision: old}
	for _, test := range []struct {
		name     string
		from, to engine.At
		others   []string
		answer   func(from, to engine.At) (*engine.Comparison, error)
		keys     []string
	}{
		{name: "compare", from: staging, to: production, others: []string{"staging", "canary"}},
		{name: "compare-object", from: staging, to: production, keys: []string{"enter"}},
		{name: "compare-revisions", from: then, to: production, keys: []string{"end"}},
		{name: "compare-same", from: staging, to: production, answer: func(from, to engine.At) (*engine.Comparison, error) {
			return &engine.Comparison{From: from, To: to, Unchanged: 41}, nil
		}},
		{name: "compare-problems", from: then, to: production, answer: func(from, to engine.At) (*engine.Comparison, error) {
			return &engine.Comparison{From: from, To: to, Problems: []string{"production/api.yaml:3: not valid YAML (production at 19ce4aa)"}}, nil
		}},
		{name: "compare-error", from: then, to: production, answer: func(engine.At, engine.At) (*engine.Comparison, error) {
			return nil, errors.New("compare production: at 19ce4aa there was no environments/production: production did not exist then")
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t)
			if test.answer != nil {
				d.engine.compare = func(_ context.Context, from, to engine.At) (*engine.Comparison, error) { return test.answer(from, to) }
			}
			c := d.compare(test.from, test.to, test.others...)
			d.press(c, test.keys...)
			d.golden(c, test.name)
		})
	}
}

func TestComparisonGoesThroughEnvironments(t *testing.T) {
	d := newDesk(t)
	var asked []string
	d.engine.compare = func(_ context.Context, from, to engine.At) (*engine.Comparison, error) {
		asked = append(asked, from.Environment+" "+to.Environment)
		return compared(from, to), nil
	}
	c := d.compare(staging, production, "staging", "canary", "eu")
	d.press(c, "]", "[", "[")
	if got := fmt.Sprint(asked); got != "[staging production canary production staging production eu production]" {
		t.Errorf("asked for %s", got)
	}
	d.shows(c, "Compare eu → production", "with staging")
	d.press(c, "enter", "esc") // into an object, and back to the list
	if d.closed(c) {
		t.Error("leaving an object left the dialog too")
	}
	d.press(c, "y")
	if !said(d, dialog.Copied{Text: changes()[0].Diff}) {
		t.Error("the diff was not copied")
	}
	d.press(c, "esc")
	if !d.closed(c) {
		t.Error("the dialog stays")
	}
}

// said tells whether the root was told something.
func said(d *desk, what dialog.Copied) bool {
	for _, msg := range d.told {
		if msg == what {
			return true
		}
	}
	return false
}

func TestComparisonDropsLateAnswers(t *testing.T) {
	d := newDesk(t)
	ended := map[string]bool{}
	d.engine.compare = func(ctx context.Context, from, to engine.At) (*engine.Comparison, error) {
		if ended[from.Environment] = ctx.Err() != nil; ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return compared(from, to), nil
	}
	c, late := dialog.NewComparison(d.work, staging, production, []string{"staging", "canary"}, situation())
	if !c.Moving() {
		t.Error("time does not pass while nothing is known")
	}
	current := d.key(c, "]")
	d.run(c, current)
	d.run(c, late)
	d.shows(c, "Compare canary → production", "2 differ")
	if !ended["staging"] || ended["canary"] {
		t.Errorf("what was given up: %v", ended)
	}
}

func TestComparisonTellsThatGitHasMovedOn(t *testing.T) {
	d := newDesk(t)
	c := d.compare(staging, production)
	moved := situation()
	moved.Repository.Head = bad
	c.SetSnapshot(moved)
	d.shows(c, "Git has moved on. R compares again.")
	d.press(c, "R")
	d.hides(c, "Git has moved on")
	fixed := d.compare(engine.At{Environment: "production", Revision: old}, engine.At{Environment: "production", Revision: good})
	fixed.SetSnapshot(moved)
	d.hides(fixed, "Git has moved on")
}

func TestHostileComparison(t *testing.T) {
	const evil = "\x1b]0;owned\x07\x1b[2Ja\u202eb\x00c\u009b26日本語\r\nd"
	d := newDesk(t)
	d.engine.compare = func(_ context.Context, from, to engine.At) (*engine.Comparison, error) {
		r := compared(from, to)
		id := engine.ID{Kind: evil, Namespace: evil, Name: evil}
		r.From.Revision, r.FromCommit.Author, r.ToCommit.Subject, r.ToCommit.Hash = evil, evil, evil, evil
		r.Namespaces[0].From, r.Common[0].Name, r.Common[0].To = evil, evil, evil
		r.Ambiguous[0].From[0], r.Images[0] = id, engine.ImageUpdate{Object: id, From: evil, To: evil}
		r.Changes[1] = engine.Change{
			ID: id, Operation: engine.Update, Live: evil, Desired: "a\n" + evil,
			Fields: []engine.FieldChange{{Field: drift.Field{Path: evil, Live: evil, Desired: evil}}},
		}
		return r, nil
	}
	for _, keys := range [][]string{nil, {"enter"}, {"end"}} {
		c := d.compare(engine.At{Environment: evil}, production, evil, "canary")
		d.press(c, keys...)
		for _, size := range [][2]int{{1, 1}, {20, 6}, {40, 10}, {80, 24}, {120, 40}} {
			if text := d.view(c, size[0], size[1]); strings.ContainsAny(text, "\x1b\x07\x00\u202e\u009b\r") {
				t.Errorf("%v at %v: %q", keys, size, text)
			}
		}
	}
}
