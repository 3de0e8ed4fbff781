package dialog

import (
	tea "github.com/charmbracelet/bubbletea"
	"github.com/sahilm/fuzzy"

	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// Entry is a line of the palette: an action or, with Run, an action with an
// argument, such as an environment to go to.
type Entry struct {
	Action   keymap.Action
	Label    string
	Key      string
	Disabled string // why it can't be done now
	Run      func() tea.Cmd
}

// Palette finds an action by its name.
type Palette struct {
	quiet
	entries []Entry
	found   []match
	list    widget.List
	input   widget.Input
	top     int // the first line of the list, as drawn last
}

// match is an entry that was found, and the bytes of its label that did it.
type match struct {
	entry *Entry
	at    []int
}

// NewPalette offers every action, what can be done where one is first, then the
// entries given, then what can't be done now.
func NewPalette(keys *keymap.Map, offers []keymap.Offer, entries []Entry) *Palette {
	p := &Palette{}
	p.input.Hint = "type a part of a command"
	offered := map[keymap.Action]bool{}
	var off []Entry
	add := func(e Entry) {
		e.Label, e.Disabled = ui.Clean(e.Label), ui.Clean(e.Disabled)
		if e.Disabled != "" {
			off = append(off, e)
			return
		}
		p.entries = append(p.entries, e)
	}
	for _, offer := range offers {
		if offered[offer.Action] {
			continue
		}
		offered[offer.Action] = true
		e := Entry{Action: offer.Action, Label: offer.Label, Key: keys.Key(offer.Action), Disabled: offer.Disabled}
		if e.Label == "" {
			e.Label = keys.Help(offer.Action)
		}
		add(e)
	}
	for _, e := range entries {
		add(e)
	}
	for _, section := range keys.Sections() {
		for _, a := range section.Actions {
			if !offered[a] {
				off = append(off, Entry{Action: a, Label: keys.Help(a), Key: keys.Key(a), Disabled: "does nothing here"})
			}
		}
	}
	p.entries = append(p.entries, off...)
	p.search()
	return p
}

// search lists the entries that have what was typed, the best first.
func (p *Palette) search() {
	p.found = p.found[:0]
	query := p.input.Value()
	if query == "" {
		for i := range p.entries {
			p.found = append(p.found, match{entry: &p.entries[i]})
		}
	} else {
		texts := make([]string, len(p.entries))
		for i, e := range p.entries {
			texts[i] = e.Label + " " + string(e.Action)
		}
		for _, m := range fuzzy.Find(query, texts) {
			p.found = append(p.found, match{entry: &p.entries[m.Index], at: m.MatchedIndexes})
		}
	}
	p.list = widget.List{}
	p.list.SetCount(len(p.found))
}

// Editing implements Dialog.
func (p *Palette) Editing() bool { return true }

// Offers implements Dialog.
func (p *Palette) Offers() []keymap.Offer {
	run := keymap.Offer{Action: keymap.Open, Label: "do it"}
	if m := p.chosen(); m == nil {
		run.Disabled = "nothing is chosen"
	} else {
		run.Disabled = m.entry.Disabled
	}
	return []keymap.Offer{run, {Action: keymap.Back, Label: "close"}, {Action: keymap.Down}, {Action: keymap.Up}}
}

// chosen is what enter does; nil when there is nothing.
func (p *Palette) chosen() *match {
	if i := p.list.Cursor(); i >= 0 {
		return &p.found[i]
	}
	return nil
}

// Key implements Dialog.
func (p *Palette) Key(msg tea.KeyMsg, a keymap.Action) tea.Cmd {
	switch {
	case msg.Type == tea.KeyRunes || msg.Type == tea.KeySpace:
		if p.input.Key(msg) {
			p.search()
		}
	case a == keymap.Back:
		return closed(p)
	case a == keymap.Open:
		return p.run()
	case msg.Type == tea.KeyHome || msg.Type == tea.KeyEnd:
		p.input.Key(msg)
	case p.list.Do(a):
	case p.input.Key(msg):
		p.search()
	}
	return nil
}

func (p *Palette) run() tea.Cmd {
	if m := p.chosen(); m != nil && m.entry.Disabled == "" {
		return send(Chosen{Dialog: p, Action: m.entry.Action, Run: m.entry.Run})
	}
	return nil
}

// Click implements Dialog.
func (p *Palette) Click(_, y int, twice bool) tea.Cmd {
	if i := p.list.At(y - p.top); y >= p.top && i >= 0 {
		p.list.Select(i)
		if twice {
			return p.run()
		}
	}
	return nil
}

// Wheel implements Dialog.
func (p *Palette) Wheel(lines int) tea.Cmd {
	p.list.Scroll(lines)
	return nil
}

// Size implements Dialog.
func (p *Palette) Size(width, height int) (w, h int) {
	return fitted(width, height, 76, 22)
}

// View implements Dialog.
func (p *Palette) View(c widget.Canvas) []string {
	box := widget.Box{Title: "Commands"}
	in := box.Inside(c)
	entry := in.Size(max(0, in.Width-4), 1)
	entry.Focused = true
	head := []string{in.Pad(themes.Screen, " "+c.Paint(themes.Screen, themes.Key, ":")+" "+p.input.View(entry))}
	if in.Height > 6 {
		head = append(head, blank(in))
	}
	p.top = 1 + len(head)
	lines := stack(in, head, nil, 0, func(b widget.Canvas) []string {
		if len(p.found) == 0 {
			return paragraph(b, themes.Dim, "No command has these letters.")
		}
		from, to := p.list.Visible(b.Height)
		box.From, box.Shown, box.Of = from, to-from, len(p.found)
		var out []string
		for i := from; i < to; i++ {
			out = append(out, p.draw(b, i))
		}
		return out
	})
	return box.Draw(c, lines)
}

func (p *Palette) draw(c widget.Canvas, i int) string {
	m := p.found[i]
	on := themes.Screen
	if i == p.list.Cursor() {
		on = themes.Cursor
	}
	row := c.Row(on).Gap(1)
	key := widget.Width(m.entry.Key)
	room := max(0, c.Width-key-4)
	if m.entry.Disabled != "" {
		// Why it can't be done matters more than how it is called there.
		row.Fit(themes.Off, m.entry.Label, min(widget.Width(m.entry.Label), room))
		if left := row.Room() - key - 2; left > 6 {
			row.Gap(2).Fit(themes.Dim, m.entry.Disabled, min(widget.Width(m.entry.Disabled), left-2))
		}
	} else {
		row.Highlight(themes.Text, m.entry.Label, m.at, min(widget.Width(m.entry.Label), room))
	}
	return row.Gap(max(0, row.Room()-key-1)).Add(themes.Key, m.entry.Key).Gap(1).String()
}
