package console

import (
	"fmt"
	"strings"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// part is a piece of the header; the less it matters the sooner it goes.
type part struct {
	role   themes.Role
	text   string
	matter int // larger goes first
}

// header tells which repository this is, where it stands, and what this
// console is to the clusters.
func (m *model) header(c widget.Canvas) string {
	r := m.snapshot.Repository
	left := []part{{themes.Logo, "evenkeel", 4}, {themes.Strong, repositoryName(r.URL), 0}}
	if r.Branch != "" {
		left = append(left, part{themes.Text, ui.Clean(r.Branch), 3})
	}
	if r.Head != "" {
		left = append(left, part{themes.Hash, widget.ShortHash(r.Head), 2})
	}
	left = append(left, fetched(c, r))
	right := m.standing()
	for len(left)+len(right) > 1 && width(left)+width(right)+3 > c.Width {
		left, right = withoutLeast(left, right)
	}
	row := c.Row(themes.Bar).Gap(1)
	add := func(parts []part) {
		for i, p := range parts {
			if i > 0 {
				row.Gap(2)
			}
			row.Add(p.role, p.text)
		}
	}
	add(left)
	row.Gap(max(1, row.Room()-width(right)-1))
	add(right)
	return row.String()
}

// fetched tells how old what is known of Git is.
func fetched(c widget.Canvas, r engine.Repository) part {
	switch {
	case r.Err != "" && r.FetchedAt.IsZero():
		return part{themes.Error, c.Glyphs().Warning + " cannot be fetched", 1}
	case r.Err != "":
		return part{themes.Error, c.Glyphs().Warning + " not fetched for " + c.Age(r.FetchedAt), 1}
	case r.FetchedAt.IsZero():
		return part{themes.Dim, "fetching" + c.Glyphs().Ellipsis, 1}
	}
	return part{themes.Dim, "fetched " + c.Age(r.FetchedAt) + " ago", 5}
}

// standing tells what needs somebody, and what this console may do.
func (m *model) standing() []part {
	differ, blocked, degraded, unread, updates, requests := 0, 0, 0, 0, 0, 0
	for _, e := range m.snapshot.Environments {
		for _, i := range e.Images {
			if i.Pending() {
				updates++
			}
		}
		for i := range e.PullRequests {
			if widget.Waits(&e.PullRequests[i]) {
				requests++
			}
		}
		differ += e.Differing()
		if e.State == engine.StateBlocked {
			blocked++
		}
		if e.Health == engine.Degraded {
			degraded++
		}
		if e.State == engine.StateUnknown && e.Settled {
			unread++
		}
	}
	var parts []part
	if m.readOnly {
		parts = append(parts, part{themes.Warning, "read-only", 0})
	}
	parts = append(parts, m.engineState()...)
	if unread > 0 {
		parts = append(parts, part{themes.Error, fmt.Sprintf("%d unreadable", unread), 1})
	}
	if blocked > 0 {
		parts = append(parts, part{themes.Error, fmt.Sprintf("%d blocked", blocked), 1})
	}
	if degraded > 0 {
		parts = append(parts, part{themes.Degraded, fmt.Sprintf("%d degraded", degraded), 1})
	}
	if updates > 0 {
		parts = append(parts, part{themes.Modified, widget.Count(updates, "update"), 1})
	}
	if requests > 0 {
		parts = append(parts, part{themes.Text, widget.Count(requests, "open PR"), 3})
	}
	if differ > 0 {
		return append(parts, part{themes.Modified, widget.Count(differ, "difference"), 1})
	}
	return parts
}

// engineState tells what the engine is to the clusters, and what it is doing.
func (m *model) engineState() []part {
	role := part{themes.Dim, "observer", 3}
	switch {
	case m.stopped:
		return []part{{themes.Error, "stopped", 0}}
	case m.snapshot.Automation:
		role = part{themes.Info, "writer", 3}
	}
	if name := m.busy(); name != "" {
		return []part{role, {themes.Progressing, "acting on " + ui.Clean(name), 4}}
	}
	return []part{role}
}

// repositoryName is the last two parts of a URL: enough to tell one from another.
func repositoryName(url string) string {
	url = strings.TrimSuffix(strings.TrimRight(ui.Clean(url), "/"), ".git")
	parts := strings.FieldsFunc(url, func(r rune) bool { return r == '/' || r == ':' || r == '\\' })
	return strings.Join(parts[max(0, len(parts)-2):], "/")
}

func width(parts []part) int {
	w := 0
	for _, p := range parts {
		w += widget.Width(p.text) + 2
	}
	return w
}

// withoutLeast drops what matters least of both sides.
func withoutLeast(left, right []part) ([]part, []part) {
	least, from := -1, &left
	at := 0
	for _, side := range []*[]part{&right, &left} {
		for i, p := range *side {
			if p.matter > least {
				least, from, at = p.matter, side, i
			}
		}
	}
	*from = append((*from)[:at:at], (*from)[at+1:]...)
	return left, right
}
