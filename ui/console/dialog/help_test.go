package dialog_test

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/ui/console/dialog"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
)

// offers are what can be done somewhere.
func offers() []keymap.Offer {
	return []keymap.Offer{
		{Action: keymap.Sync, Label: "sync production"},
		{Action: keymap.Suspend},
		{Action: keymap.SyncPick, Disabled: "no object is chosen"},
		{Action: keymap.Quit},
	}
}

func TestHelp(t *testing.T) {
	d := newDesk(t)
	h := dialog.NewHelp(d.keys, offers())
	d.golden(h, "help")
	text := d.view(h, 120, 60)
	for _, section := range d.keys.Sections() {
		if !strings.Contains(text, section.Name) {
			t.Errorf("%s is not there:\n%s", section.Name, text)
		}
	}
	d.shows(h, "sync this object: no object is chosen")
	d.press(h, "/")
	if !h.Editing() {
		t.Fatal("nothing can be typed")
	}
	d.press(h, "s", "i", "d", "e", "b", "y")
	d.golden(h, "help-filter")
	d.shows(h, "side by side")
	d.hides(h, "quit")
	d.press(h, "enter", "esc")
	d.shows(h, "quit")
	if d.closed(h) {
		t.Fatal("it was closed with the filter")
	}
	before := d.view(h, 40, 10)
	d.press(h, "down", "pgdown")
	if d.view(h, 40, 10) == before {
		t.Error("it does not scroll")
	}
	d.press(h, "home")
	if d.view(h, 40, 10) != before {
		t.Error("it does not scroll back")
	}
	d.press(h, "esc")
	if !d.closed(h) {
		t.Error("it is still open")
	}
}

func TestPalette(t *testing.T) {
	d := newDesk(t)
	ran := false
	entries := []dialog.Entry{
		{Label: "environment: production", Run: func() tea.Cmd { ran = true; return nil }},
		{Label: "theme: nord", Disabled: "it is the theme now"},
	}
	open := func() *dialog.Palette {
		d.told = nil
		return dialog.NewPalette(d.keys, offers(), entries)
	}
	p := open()
	d.golden(p, "palette")
	if !p.Editing() {
		t.Error("letters would be taken for something else")
	}
	d.press(p, "enter")
	if c, is := d.told[0].(dialog.Chosen); !is || c.Action != keymap.Sync || c.Dialog != p {
		t.Errorf("chosen: %+v", d.told)
	}

	p = open()
	d.press(p, "q", "u", "i", "t", "enter")
	if c, is := d.told[0].(dialog.Chosen); !is || c.Action != keymap.Quit {
		t.Errorf("chosen: %+v", d.told)
	}

	p = open()
	d.press(p, "p", "r", "o", "d")
	d.golden(p, "palette-search")
	d.press(p, "backspace", "backspace", "backspace", "backspace", "environment", "enter")
	if c, is := d.told[0].(dialog.Chosen); !is || c.Run == nil {
		t.Fatalf("chosen: %+v", d.told)
	} else if c.Run(); !ran {
		t.Error("the entry did not run")
	}

	for _, off := range []string{"nord", "sync this", "fold unch"} {
		p = open()
		d.press(p, off, "enter")
		if len(d.told) > 0 {
			t.Errorf("%q was done though it can't be: %+v", off, d.told)
		}
	}
	p = open()
	d.shows(p, "no object is chosen", "it is the theme now", "does nothing here")
	d.press(p, "zzzz")
	d.shows(p, "No command has these letters.")
	d.press(p, "enter", "esc")
	if !d.closed(p) {
		t.Error("it is still open")
	}
}

// Every action is in the palette, once.
func TestPaletteHasEveryAction(t *testing.T) {
	d := newDesk(t)
	for _, section := range d.keys.Sections() {
		for _, a := range section.Actions {
			p := dialog.NewPalette(d.keys, []keymap.Offer{{Action: a, Label: "the one"}}, nil)
			d.told = nil
			d.press(p, "enter")
			if c, is := d.told[0].(dialog.Chosen); !is || c.Action != a {
				t.Errorf("%s: %+v", a, d.told)
			}
		}
	}
}
