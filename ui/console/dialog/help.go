package dialog

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// Help lists the keys: first those that do something where one is, then all.
type Help struct {
	quiet
	keys    *keymap.Map
	offers  []keymap.Offer
	rows    []helpRow
	window  window
	input   widget.Input
	editing bool
}

// helpRow is a key and what it does, or the name of a section.
type helpRow struct {
	section   string
	keys      string
	what, why string // why it can't be done now
}

// NewHelp shows the keys of a map, and what can be done where one is.
func NewHelp(keys *keymap.Map, offers []keymap.Offer) *Help {
	h := &Help{keys: keys, offers: offers}
	h.arrange()
	return h
}

// arrange makes the rows that the filter lets through.
func (h *Help) arrange() {
	filter := widget.ParseFilter(h.input.Value(), "key")
	h.rows = nil
	begin := func(name string) func(row helpRow) {
		named := false
		return func(row helpRow) {
			if !filter.Match(func(term string) string {
				if term == "key" {
					return row.keys
				}
				return row.what + " " + row.keys
			}) {
				return
			}
			if !named {
				if len(h.rows) > 0 {
					h.rows = append(h.rows, helpRow{})
				}
				h.rows = append(h.rows, helpRow{section: name})
				named = true
			}
			h.rows = append(h.rows, row)
		}
	}
	add := begin("Here, now")
	why := map[keymap.Action]string{}
	for _, offer := range h.offers {
		why[offer.Action] = offer.Disabled
		if offer.Disabled == "" {
			add(h.row(offer.Action, offer.Label, ""))
		}
	}
	add = begin("Not now")
	for _, offer := range h.offers {
		if offer.Disabled != "" {
			add(h.row(offer.Action, offer.Label, offer.Disabled))
		}
	}
	for _, section := range h.keys.Sections() {
		add = begin(section.Name)
		for _, action := range section.Actions {
			add(h.row(action, "", why[action]))
		}
	}
	h.window.offset = 0
}

func (h *Help) row(a keymap.Action, label, why string) helpRow {
	if label == "" {
		label = h.keys.Help(a)
	}
	keys := h.keys.Binding(a).Help().Key
	if keys == "" {
		keys = "(no key)"
	}
	return helpRow{keys: keys, what: label, why: why}
}

// Editing implements Dialog.
func (h *Help) Editing() bool { return h.editing }

// Offers implements Dialog.
func (h *Help) Offers() []keymap.Offer {
	return []keymap.Offer{
		{Action: keymap.Filter}, {Action: keymap.Back, Label: "close"},
		{Action: keymap.Down}, {Action: keymap.Up},
	}
}

// Key implements Dialog.
func (h *Help) Key(msg tea.KeyMsg, a keymap.Action) tea.Cmd {
	text := msg.Type == tea.KeyRunes || msg.Type == tea.KeySpace || msg.Type == tea.KeyBackspace
	switch {
	case h.editing && text:
		if h.input.Key(msg) {
			h.arrange()
		}
	case a == keymap.Back && h.input.Value() != "":
		h.input.SetValue("")
		h.editing = false
		h.arrange()
	case a == keymap.Back && h.editing, a == keymap.Open && h.editing:
		h.editing = false
	case a == keymap.Back, a == keymap.Open, a == keymap.Help:
		return closed(h)
	case a == keymap.Filter:
		h.editing = true
	default:
		h.window.do(a)
	}
	return nil
}

// Click implements Dialog.
func (h *Help) Click(int, int, bool) tea.Cmd { return nil }

// Wheel implements Dialog.
func (h *Help) Wheel(lines int) tea.Cmd {
	h.window.scroll(lines)
	return nil
}

// columnWidth is what a column of the page needs to be read.
const columnWidth = 56

// Size implements Dialog.
func (h *Help) Size(width, height int) (w, hh int) {
	rows := len(h.rows)
	if width >= 2*columnWidth+6 {
		rows = (rows + 1) / 2
	}
	return fitted(width, height, 2*columnWidth+40, max(12, rows+4))
}

// View implements Dialog.
func (h *Help) View(c widget.Canvas) []string {
	box := widget.Box{Title: "Keys"}
	in := box.Inside(c)
	var foot []string
	if h.editing || h.input.Value() != "" {
		entry := in.Size(max(0, in.Width-4), 1)
		entry.Focused = h.editing
		foot = []string{in.Pad(themes.Screen, " "+c.Paint(themes.Screen, themes.Key, "/")+" "+h.input.View(entry))}
	}
	lines := stack(in, nil, foot, 1, func(b widget.Canvas) []string {
		if len(h.rows) == 0 {
			return paragraph(b, themes.Dim, "No key does that. esc shows all of them.")
		}
		columns := 1
		if b.Width >= 2*columnWidth {
			columns = 2
		}
		lines := (len(h.rows) + columns - 1) / columns
		from, to := h.window.visible(lines, b.Height)
		box.From, box.Shown, box.Of = from, to-from, lines
		var out []string
		for i := from; i < to; i++ {
			if columns == 1 {
				out = append(out, h.draw(b, i))
				continue
			}
			half := b.Width / 2
			out = append(out, h.draw(b.Size(half, 1), i)+h.draw(b.Size(b.Width-half, 1), lines+i))
		}
		return out
	})
	return box.Draw(c, lines)
}

func (h *Help) draw(c widget.Canvas, i int) string {
	row := c.Row(themes.Screen).Gap(1)
	if i >= len(h.rows) {
		return row.String()
	}
	r := h.rows[i]
	keys := 16
	switch {
	case c.Width >= 64:
		keys = 20
	case c.Width < 50:
		keys = 12
	}
	switch {
	case r.section != "":
		return row.Fit(themes.Title, r.section, max(0, c.Width-2)).String()
	case r.keys == "":
		return row.String()
	case r.why != "":
		text := r.what + ": " + r.why
		return row.Fit(themes.Off, r.keys, keys).Gap(1).Fit(themes.Dim, text, max(0, c.Width-keys-3)).String()
	}
	return row.Fit(themes.Key, r.keys, keys).Gap(1).Fit(themes.Text, r.what, max(0, c.Width-keys-3)).String()
}
