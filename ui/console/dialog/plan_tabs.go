package dialog

import (
	"fmt"
	"slices"

	"github.com/evenkeel/evenkeel/engine"
)

// planTab is one of the tabs of a plan.
type planTab int

const (
	tabCluster planTab = iota
	tabImages
	tabFiles
	tabHold
	tabGit
	tabGates
)

// name is what the tab is called.
func (t planTab) name() string {
	return [...]string{tabCluster: "Cluster", tabImages: "Images", tabFiles: "Files", tabHold: "Hold", tabGit: "Git", tabGates: "Gates"}[t]
}

// tabs are those that a plan of the request has.
func (p *Plan) tabs() []planTab {
	if p.request.SignOff {
		return []planTab{tabImages, tabCluster, tabGit}
	}
	switch p.request.Action {
	case engine.ActionApprove, engine.ActionUpdate:
		return []planTab{tabImages, tabGit, tabCluster, tabGates}
	case engine.ActionPromote:
		if p.plan != nil && len(p.plan.Files) > 0 {
			return []planTab{tabImages, tabFiles, tabCluster, tabGit, tabGates}
		}
		return []planTab{tabImages, tabCluster, tabGit, tabGates}
	case engine.ActionRollback:
		if p.regressing() {
			return []planTab{tabImages, tabCluster, tabGit, tabGates}
		}
		return []planTab{tabCluster, tabGit, tabImages, tabGates}
	case engine.ActionHold, engine.ActionRelease:
		return []planTab{tabHold, tabGit, tabGates}
	}
	return []planTab{tabCluster, tabGit, tabGates}
}

// tabName is what a tab is called, with how many files there are to choose from.
func (p *Plan) tabName(t planTab) string {
	if n := p.files.copyable(); t == tabFiles && n > 0 {
		return fmt.Sprintf("%s %d", t.name(), n)
	}
	return t.name()
}

// turnTab opens the next tab, or the one before.
func (p *Plan) turnTab(by int) {
	all := p.tabs()
	p.openTab(all[(slices.Index(all, p.tab)+by+len(all))%len(all)])
}

func (p *Plan) openTab(t planTab) {
	p.tab, p.page = t, window{}
}
