package dialog

import (
	"fmt"
	"strings"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui"
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
	case p.plan.Mode == engine.RollbackImages:
		return fmt.Sprintf("Back to the images of %s; all else stays. ", at)
	case p.plan.Mode == engine.RollbackRevert:
		return fmt.Sprintf("What %s changed is taken back; what came later stays. ", at)
	}
	return fmt.Sprintf("Back to %s, all of it. ", at)
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
