package command

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/evenkeel/evenkeel/engine"
)

const hostile = "\x1b]0;owned\x07\x1b[31mred\u009b2J\u202egpj\r\nEvenkeel: forged \x07\u200b\x7f"

// poison puts hostile text into every string of a value that says something.
func poison(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if v.CanSet() && v.Type() == reflect.TypeFor[string]() && v.String() != "" {
			v.SetString(v.String() + hostile)
		}
	case reflect.Pointer:
		poison(v.Elem())
	case reflect.Interface:
		if v.CanSet() && v.Elem().Kind() == reflect.String {
			v.Set(reflect.ValueOf(v.Elem().String() + hostile))
		}
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i))
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				poison(v.Field(i))
			}
		}
	}
}

func poisoned[T any](v T) T {
	poison(reflect.ValueOf(v))
	return v
}

// unregistered is a snapshot without its registries, which are found by their
// names.
func unregistered(s *engine.Snapshot) *engine.Snapshot {
	s.Registries = nil
	return s
}

// TestHostileText: whatever comes from Git, a cluster or a person, a terminal
// is told nothing that evenkeel did not mean, and no line is forged.
func TestHostileText(t *testing.T) {
	texts := map[string]struct {
		render func(*printer)
		clean  func(*printer) // the same with nothing hostile in it
	}{
		"status": {
			func(p *printer) { printStatus(p, poisoned(theSnapshot())) },
			func(p *printer) { printStatus(p, theSnapshot()) },
		},
		"plan": {
			func(p *printer) { printPlan(p, poisoned(thePlan())) },
			func(p *printer) { printPlan(p, thePlan()) },
		},
		"images": {
			func(p *printer) { printImages(p, poisoned(unregistered(theImages()))) },
			func(p *printer) { printImages(p, unregistered(theImages())) },
		},
		"approval":  {func(p *printer) { printCommitPlan(p, noon, poisoned(theApproval())) }, nil},
		"promotion": {func(p *printer) { printCommitPlan(p, noon, poisoned(thePromotion())) }, nil},
		"rollback":  {func(p *printer) { printCommitPlan(p, noon, poisoned(theRollback())) }, nil},
		"deployments": {
			func(p *printer) { printDeployments(p, noon, "production", poisoned(theDeployments())) },
			func(p *printer) { printDeployments(p, noon, "production", theDeployments()) },
		},
		"outcome": {
			func(p *printer) { printOutcome(p, poisoned(theOutcome()), true) },
			func(p *printer) { printOutcome(p, theOutcome(), true) },
		},
		"history": {
			func(p *printer) { printHistory(p, noon, poisoned(theHistory()), engine.HistoryQuery{}) },
			func(p *printer) { printHistory(p, noon, theHistory(), engine.HistoryQuery{}) },
		},
		"show": {
			func(p *printer) { printMoment(p, noon, poisoned(theMoment())) },
			func(p *printer) { printMoment(p, noon, theMoment()) },
		},
		"manifests": {func(p *printer) { printManifests(p, poisoned(theMoment())) }, nil},
		"compare":   {func(p *printer) { printComparison(p, noon, poisoned(theComparison())) }, nil},
		"diff":      {func(p *printer) { printDiff(p, noon, poisoned(thePlan())) }, nil},
		"events": {
			func(p *printer) {
				printEvent(p, *poisoned(&engine.Event{At: noon, Environment: "staging", Text: "fetched"}))
			},
			func(p *printer) { printEvent(p, engine.Event{At: noon, Environment: "staging", Text: "fetched"}) },
		},
	}
	for name, c := range texts {
		output := textOf(t, c.render)
		if !bytes.Contains(output, []byte("Evenkeel: forged")) {
			t.Errorf("%s: nothing hostile got as far as the output", name)
		}
		for _, r := range string(output) {
			if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
				t.Errorf("%s lets %U through", name, r)
				break
			}
		}
		if c.clean == nil {
			continue // a diff has as many lines as it says
		}
		if got, want := bytes.Count(output, []byte("\n")), bytes.Count(textOf(t, c.clean), []byte("\n")); got != want {
			t.Errorf("%s has %d lines instead of %d", name, got, want)
		}
	}
}

// TestHostileDocuments: a document is safe to look at and says what it is told.
func TestHostileDocuments(t *testing.T) {
	document := historyDocument("staging", poisoned(theHistory()))
	output := documentOf(t, document)
	for _, of := range [][]byte{output, documentOf(t, imagesDocument(poisoned(theImages()))), documentOf(t, planDocument(poisoned(theApproval()))),
		documentOf(t, planDocument(poisoned(thePromotion()))), documentOf(t, deploymentsDocument("production", poisoned(theDeployments()))),
		documentOf(t, momentDocument(poisoned(theMoment()))), documentOf(t, comparisonDocument(poisoned(theComparison())))} {
		for _, r := range string(of) {
			if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
				t.Errorf("a document lets %U through", r)
			}
		}
	}
	var back historyJSON
	if err := json.Unmarshal(output, &back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(back, document) {
		t.Errorf("the document has lost something:\n%+v\n%+v", back, document)
	}
	astral := documentOf(t, map[string]string{"tag": "\U000e0041"})
	if want := `"\udb40\udc41"`; !bytes.Contains(astral, []byte(want)) || !utf8.Valid(astral) {
		t.Errorf("got %s, want %s in it", astral, want)
	}
}
