package dialog

import (
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// origin says where a plan brings an environment from or back to; "" of others.
func (p *Plan) origin() string {
	at := widget.ShortHash(p.plan.Revision)
	switch {
	case p.plan.Action == engine.ActionPromote:
		return fmt.Sprintf("From %s %s. ", ui.Clean(p.plan.Source), widget.ShortHash(p.plan.SourceRevision))
	case p.plan.Action != engine.ActionRollback:
		return ""
	case p.plan.Mode == engine.RollbackImages && len(p.request.Objects) > 0:
		return fmt.Sprintf("%s back to the images of %s; all else stays. ", capital(widget.Count(workloads(p.plan.Updates), "workload")), at)
	case p.plan.Mode == engine.RollbackImages:
		return fmt.Sprintf("Back to the images of %s; all else stays. ", at)
	case p.request.Overlay && len(p.plan.Shared) > 0:
		return fmt.Sprintf("Back to %s, by an overlay. ", at)
	case p.plan.Mode == engine.RollbackRevert:
		return fmt.Sprintf("What %s changed is taken back; what came later stays. ", at)
	}
	return fmt.Sprintf("Back to %s, all of it. ", at)
}

// overlaying offers to leave the files alone that others read too, or to stop
// that; the zero Offer where there are none.
func (p *Plan) overlaying() keymap.Offer {
	switch {
	case p.plan == nil || p.plan.Action != engine.ActionRollback || p.plan.Mode != engine.RollbackWhole || len(p.plan.Shared) == 0:
		return keymap.Offer{}
	case p.request.Overlay:
		return keymap.Offer{Action: keymap.Overlay, Label: "bring shared files back too"}
	}
	return keymap.Offer{Action: keymap.Overlay, Label: "leave shared files alone"}
}

// turnOverlay plans again, with the shared files or without.
func (p *Plan) turnOverlay() tea.Cmd {
	r := p.request
	r.Overlay = !r.Overlay
	return p.askFor(r)
}

// shared says which files of a rollback others read too, and what becomes of them.
func (p *Plan) shared(c widget.Canvas) []string {
	if p.overlaying().Action == "" {
		return nil
	}
	const named = 2
	files, who := p.plan.Shared, []string{}
	var names []string
	for i := range files {
		for _, env := range files[i].Environments {
			if env = ui.Clean(env); !slices.Contains(who, env) {
				who = append(who, env)
			}
		}
		if i < named {
			names = append(names, ui.Clean(files[i].Path))
		}
	}
	what := strings.Join(names, ", ")
	if more := len(files) - named; more > 0 {
		what += fmt.Sprintf(" and %d more", more)
	}
	key := p.work.Keys.Key(keymap.Overlay)
	if p.request.Overlay {
		return short(c, themes.Text, fmt.Sprintf("Read by %s too, and left alone: %s. What differs is written beside the kustomization of %s. %s brings them back as well.",
			strings.Join(who, ", "), what, ui.Clean(p.plan.Environment), key))
	}
	return short(c, themes.Warning, fmt.Sprintf("Read by %s too: %s. Cluster shows what changes there. %s leaves them alone, and writes what differs into %s.",
		strings.Join(who, ", "), what, key, ui.Clean(p.plan.Environment)))
}

// rollbackTitle says what a rollback is of.
func rollbackTitle(r *engine.Request) string {
	if r.Mode == engine.RollbackRevert {
		return "take back " + widget.ShortHash(r.Revision) + " in " + r.Environment
	}
	return "roll back " + r.Environment
}

// rollbackLabel is what the button of a rollback says.
func rollbackLabel(p *engine.Plan) string {
	at := widget.ShortHash(p.Revision)
	switch p.Mode {
	case engine.RollbackImages:
		return fmt.Sprintf("Roll back %s to %s", widget.Count(len(p.Updates), "image"), at)
	case engine.RollbackRevert:
		return "Take back " + at
	}
	return "Roll back to " + at
}

// holds tells whether a commit puts images on hold.
func holds(k *engine.PlannedCommit) bool {
	if k == nil {
		return false
	}
	for i := range k.Files {
		if f := &k.Files[i]; f.Operation != engine.Delete && strings.HasPrefix(f.Path, ".evenkeel/holds/") {
			return true
		}
	}
	return false
}
