package dialog

import (
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// agreeing offers to agree to the change in the place of making it, where people
// have to; the zero Offer elsewhere.
func (p *Plan) agreeing() keymap.Offer {
	if p.plan == nil || p.plan.Commit == nil || p.request.SignOff || p.approval() == nil {
		return keymap.Offer{}
	}
	return keymap.Offer{Action: keymap.Approve, Label: "agree, for somebody else to do it"}
}

// approval is the gate of the people who have to agree; nil when none have to.
func (p *Plan) approval() *engine.Gate {
	i := slices.IndexFunc(p.plan.Gates, func(g engine.Gate) bool { return g.Name == engine.GateApproved })
	if i < 0 {
		return nil
	}
	return &p.plan.Gates[i]
}

// agree plans to agree to just this change. The plan of the change goes when that
// is executed.
func (p *Plan) agree() tea.Cmd {
	if p.pending || p.agreeing().Action == "" {
		return nil
	}
	r := p.request
	r.SignOff, r.Override, r.Reason = true, nil, ""
	agreement, cmd := NewPlan(p.work, r, p.snapshot)
	agreement.from = p
	return send(Opened{Dialog: agreement, Then: cmd})
}

// signOffs lists who has agreed to just this change.
func (p *Plan) signOffs(c widget.Canvas) []string {
	var out []string
	for _, s := range p.plan.SignOffs {
		out = append(out, c.Row(themes.Screen).Gap(3).
			Fit(themes.Dim, ui.Clean(s.Name)+" agreed "+c.Age(s.At)+" ago, by "+widget.ShortHash(s.Commit), max(0, c.Width-4)).String())
	}
	return out
}
