package dialog

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// guided tells of an action that takes an environment as a whole from one state
// to another, through gates that are in sight all the time.
func guided(a engine.Action) bool { return a == engine.ActionPromote || a == engine.ActionRollback }

// gated tells whether the gates are in sight all the time.
func (p *Plan) gated() bool { return guided(p.plan.Action) || p.approval() != nil }

// unmet is the first gate that is in the way; nil when there is none.
func (p *Plan) unmet() *engine.Gate {
	for i := range p.plan.Gates {
		if g := &p.plan.Gates[i]; !g.Met && !g.Overridden {
			return g
		}
	}
	return nil
}

// overridable tells of a gate whether it is a matter of judgement: what a person
// may know better. The others say what cannot be done.
func overridable(g *engine.Gate) bool {
	switch g.Name {
	case engine.GateSourceHealthy, engine.GateSoaked, engine.GateVerified, engine.GateWindow:
		return true
	}
	return false
}

// judged are the names of the gates that a person may override, those that are
// overridden already among them.
func (p *Plan) judged() (open, overridden []string) {
	if p.plan == nil || !guided(p.plan.Action) {
		return nil, nil
	}
	for i := range p.plan.Gates {
		switch g := &p.plan.Gates[i]; {
		case g.Overridden:
			overridden = append(overridden, g.Name)
		case !g.Met && overridable(g):
			open = append(open, g.Name)
		}
	}
	return open, overridden
}

// overriding offers to override gates, or to stop that; the zero Offer when
// there is nothing to be overridden.
func (p *Plan) overriding() keymap.Offer {
	open, overridden := p.judged()
	switch {
	case len(open) > 0:
		return keymap.Offer{Action: keymap.Override, Label: "override " + widget.Count(len(open), "gate")}
	case len(overridden) > 0:
		return keymap.Offer{Action: keymap.Override, Label: "respect all gates again"}
	}
	return keymap.Offer{}
}

// override asks why the gates that are not met are overridden, in sight of them,
// and plans with that; when all are, it plans without.
func (p *Plan) override() tea.Cmd {
	open, overridden := p.judged()
	request := p.request
	switch {
	case len(open) > 0:
	case len(overridden) > 0:
		request.Override, request.Reason = nil, ""
		return p.askFor(request)
	default:
		return nil
	}
	p.openTab(tabGates)
	request.Override = slices.Concat(overridden, open)
	why := NewReason("Override "+strings.Join(open, ", "), "why it cannot wait. It is written into the commit", func(reason string) tea.Cmd {
		request.Reason = reason
		return p.askFor(request)
	})
	why.input.SetValue(p.request.Reason)
	return send(Opened{Dialog: why})
}

// failing is the environment whose verification keeps a promotion back, or "".
func (p *Plan) failing() string {
	if p.plan == nil {
		return ""
	}
	for i := range p.plan.Gates {
		if g := &p.plan.Gates[i]; g.Name == engine.GateVerified && !g.Met {
			return p.plan.Source
		}
	}
	return ""
}

// gates lists the conditions of the plan.
func (p *Plan) gates(c widget.Canvas) []string {
	if len(p.plan.Gates) == 0 {
		return paragraph(c, themes.Dim, "Nothing stands in the way: this plan has no gates.")
	}
	var out []string
	for i := range p.plan.Gates {
		gate := &p.plan.Gates[i]
		status := c.GateStatus(gate)
		out = append(out, paragraph(c, status.Role, status.String()+": "+ui.Clean(gate.Name))...)
		say := func(role themes.Role, text string) {
			for _, line := range widget.Wrap(text, c.Width-4) {
				out = append(out, c.Row(themes.Screen).Gap(3).Fit(role, line, max(0, c.Width-4)).String())
			}
		}
		if gate.Reason != "" {
			say(themes.Text, ui.Clean(gate.Reason))
		}
		if gate.Name == engine.GateApproved {
			out = append(out, p.signOffs(c)...)
		}
		if gate.Overridden {
			say(themes.Warning, "overridden: "+ui.Clean(p.plan.Reason))
		}
		if when := c.MetAt(gate); when != "" {
			say(themes.Dim, when)
		}
	}
	return out
}

// briefReason is how long a reason may be to stand beside the name of its gate.
const briefReason = 20

// gateLine tells of all gates on as few lines as they take; none where there is
// no room for it.
func (p *Plan) gateLine(c widget.Canvas) []string {
	const label = "Gates"
	if len(p.plan.Gates) == 0 || c.Height < 14 {
		return nil
	}
	var out, told []string
	row := c.Row(themes.Screen).Gap(1).Add(themes.Label, label)
	for i := range p.plan.Gates {
		g := &p.plan.Gates[i]
		status := c.GateStatus(g)
		text := status.Glyph + " " + ui.Clean(g.Name)
		switch reason := ui.Clean(g.Reason); {
		case g.Overridden:
			text += " overridden"
		case g.Met && reason != "" && widget.Width(reason) <= briefReason:
			text += " " + reason
		case !g.Met && g.Name == engine.GateApproved: // how many have agreed; who has is told in the tab
			count, _, _ := strings.Cut(reason, ":")
			text += " " + count
		case !g.Met:
			text += " not met"
		}
		if slices.Contains(told, text) {
			continue // one for each image: the tab has them all
		}
		told = append(told, text)
		if row.Room() < widget.Width(text)+4 && row.Room() < c.Width-2-len(label) {
			out = append(out, row.String())
			row = c.Row(themes.Screen).Gap(1 + len(label))
		}
		row.Gap(2).Fit(status.Role, text, min(widget.Width(text), max(0, row.Room()-3)))
	}
	return append(out, row.String())
}

// refusal says why the plan cannot be executed now, and what can be done.
func (p *Plan) refusal(c widget.Canvas) []string {
	out := short(c, themes.Error, capital(p.refuses()))
	gate := p.unmet()
	if gate == nil || p.pending {
		return out
	}
	var more []string
	if when := c.MetAt(gate); when != "" && p.tab != tabGates {
		more = append(more, when)
	}
	if open, _ := p.judged(); len(open) > 0 {
		more = append(more, p.work.Keys.Key(keymap.Override)+" overrides it with a reason")
	}
	if approval := p.approval(); approval != nil && !approval.Met {
		more = append(more, p.work.Keys.Key(keymap.Approve)+" agrees to it")
	}
	if p.failing() != "" {
		more = append(more, p.work.Keys.Key(keymap.Failure)+" shows the verification")
	}
	if len(more) > 0 {
		out = append(out, short(c, themes.Hint, strings.Join(more, " "+c.Glyphs().Dot+" "))...)
	}
	return out
}
