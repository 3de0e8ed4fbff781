package dialog_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui/console/dialog"
)

func TestActivity(t *testing.T) {
	d := newDesk(t)
	events := situation().Activity
	d.work.Executions.SetSnapshot(situation())
	a := dialog.NewActivity(d.work, func() []engine.Event { return events })
	d.golden(a, "activity")
	for i := range 50 {
		events = append(events, engine.Event{At: noon.Add(time.Duration(i) * time.Second), Environment: "production", Text: fmt.Sprintf("event %d.", i)})
	}
	if text := d.view(a, 80, 24); !strings.Contains(text, "event 49.") {
		t.Errorf("it does not follow:\n%s", text)
	}
	d.press(a, "home")
	events = append(events, engine.Event{At: noon.Add(time.Hour), Text: "the newest"})
	if text := d.view(a, 80, 24); strings.Contains(text, "the newest") {
		t.Errorf("it follows though somebody reads:\n%s", text)
	}
	d.press(a, "]")
	d.hides(a, "event 49.", "the newest")
	d.shows(a, "synced 3f2a91c in 1.2s")
	d.press(a, "]", "]", "o")
	d.shows(a, "only trouble", "fetch failed")
	d.hides(a, "event 49.")
	d.press(a, "enter")
	if _, is := d.told[0].(dialog.Opened); !is {
		t.Errorf("told: %+v", d.told)
	}
	d.press(a, "o", "/", "e", "v", "e", "n", "t", "space", "3", ".")
	d.shows(a, "event 3.")
	d.hides(a, "fetch failed")
	d.press(a, "esc")
	d.shows(a, "the newest")
	d.press(a, "esc")
	if !d.closed(a) {
		t.Error("it is still open")
	}

	empty := dialog.NewActivity(newDesk(t).work, func() []engine.Event { return nil })
	d.shows(empty, "Nothing has happened yet.")
}
