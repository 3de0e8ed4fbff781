package command

import (
	"strings"

	"github.com/evenkeel/evenkeel/engine"
)

// printFiles writes the files that a promotion could copy whole, and why it does
// not copy those that are left.
func printFiles(p *printer, plan *engine.Plan) {
	if len(plan.Files) == 0 {
		return
	}
	t := table{indent: 2}
	for _, f := range plan.Files {
		switch {
		case f.Picked:
			t.add(operationMark(f.Operation), text(f.Name), text(""))
		case f.Reason != "":
			t.add(styled(glyphPause+" left", blue), text(f.Name), styled(f.Reason, yellow))
		default:
			t.add(styled(glyphPause+" left", blue), text(f.Name), styled("not picked: --file "+f.Name, dim))
		}
	}
	p.blank()
	p.line(span{"Files of " + plan.Source + " that are others here:", plain})
	t.print(p)
}

// printOnlyInSource writes the workloads for which there is no place here.
func printOnlyInSource(p *printer, plan *engine.Plan) {
	if len(plan.OnlyInSource) == 0 {
		return
	}
	p.blank()
	p.line(span{"Only " + plan.Source + " has, and a promotion adds no workload:", plain})
	for _, id := range plan.OnlyInSource {
		p.line(span{"  " + id.String(), plain})
	}
}

// printShared writes the files of a rollback that other environments read too.
func printShared(p *printer, plan *engine.Plan) {
	if len(plan.Shared) == 0 {
		return
	}
	p.blank()
	if plan.Overlay {
		p.line(span{"Shared files, which stay as they are: what differs is said beside those of " + plan.Environment + " itself", plain})
	} else {
		p.line(span{"Shared files, which change for the others too:", yellow})
	}
	t := table{indent: 2}
	for _, f := range plan.Shared {
		t.add(text(f.Path), styled("read by "+strings.Join(f.Environments, ", "), dim))
	}
	t.print(p)
	if !plan.Overlay {
		p.line(span{"  to leave them alone: ", plain}, span{"evenkeel rollback " + plan.Environment + " " + short(plan.Revision) + " --overlay", bold})
	}
}
