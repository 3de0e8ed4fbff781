package console

import (
	"slices"

	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// footer tells the keys that work here now, as many as there is room for, and
// before all others the last ones.
func (m *model) footer(c widget.Canvas, offers []keymap.Offer, last ...keymap.Offer) string {
	room := c.Width - 1
	for _, o := range last {
		room -= m.offerWidth(o)
	}
	row := c.Row(themes.Bar).Gap(1)
	for _, o := range waysOut(offers) {
		if o.Disabled != "" || understood(o.Action) || m.keys.Key(o.Action) == "" {
			continue
		}
		if w := m.offerWidth(o); w <= room {
			m.addOffer(row, o)
			room -= w
		}
	}
	for _, o := range last {
		m.addOffer(row, o)
	}
	return row.String()
}

// waysOut moves the way out of a dialog to where there is room for it.
func waysOut(offers []keymap.Offer) []keymap.Offer {
	at := slices.IndexFunc(offers, func(o keymap.Offer) bool { return o.Action == keymap.Back })
	if at <= 1 || offers[at].Label == "" {
		return offers
	}
	return slices.Insert(slices.Delete(slices.Clone(offers), at, at+1), 1, offers[at])
}

// understood tells whether an action need not be offered: those that stand at the
// end anyway, and moving about, which nobody has to be told of.
func understood(a keymap.Action) bool {
	switch a {
	case keymap.Palette, keymap.Help, keymap.Up, keymap.Down, keymap.Left, keymap.Right,
		keymap.PageUp, keymap.PageDown, keymap.Top, keymap.Bottom:
		return true
	}
	return false
}

func (m *model) label(o keymap.Offer) string {
	if o.Label != "" {
		return o.Label
	}
	return m.keys.Help(o.Action)
}

func (m *model) offerWidth(o keymap.Offer) int {
	return widget.Width(m.keys.Key(o.Action)) + 1 + widget.Width(m.label(o)) + 2
}

func (m *model) addOffer(row *widget.Row, o keymap.Offer) {
	row.Add(themes.Key, m.keys.Key(o.Action)).Gap(1).Add(themes.Hint, m.label(o)).Gap(2)
}
