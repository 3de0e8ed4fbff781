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
	"github.com/evenkeel/evenkeel/ui/diffview"
)

// commits tells whether an action is a commit to Git.
func commits(a engine.Action) bool {
	switch a {
	case engine.ActionApprove, engine.ActionUpdate, engine.ActionHold, engine.ActionRelease,
		engine.ActionPromote, engine.ActionRollback:
		return true
	}
	return false
}

// maySync tells whether the commit of a plan can be synced with it: where a person
// syncs by hand, and nobody has suspended the environment.
func (p *Plan) maySync() bool {
	switch p.request.Action {
	case engine.ActionApprove, engine.ActionPromote, engine.ActionRollback:
	default:
		return false
	}
	if p.snapshot == nil || p.request.SignOff {
		return false
	}
	env := p.snapshot.Environment(p.request.Environment)
	return env != nil && !env.Auto && env.Suspension == nil && env.Changes != engine.ChangePullRequest
}

// syncing offers to have the commit synced, or not.
func (p *Plan) syncing() keymap.Offer {
	switch {
	case p.plan == nil || p.plan.Commit == nil || !p.maySync():
		return keymap.Offer{}
	case p.request.Sync:
		return keymap.Offer{Action: keymap.Sync, Label: "commit only"}
	}
	return keymap.Offer{Action: keymap.Sync, Label: "commit and sync"}
}

// turnSync plans again, with the sync or without.
func (p *Plan) turnSync() tea.Cmd {
	r := p.request
	r.Sync = !r.Sync
	return p.askFor(r)
}

// follows says how what was committed comes into the cluster.
func follows(s *engine.Snapshot, environment string, keys *keymap.Map) string {
	if s == nil {
		return ""
	}
	env, name := s.Environment(environment), ui.Clean(environment)
	switch {
	case env == nil:
		return ""
	case env.Suspension != nil:
		return name + " is suspended: nothing is synced until it is resumed"
	case !env.Auto:
		return name + " is synced by hand: " + keys.Key(keymap.Sync)
	case s.Automation:
		return "the sync of " + name + " follows by itself"
	}
	return "whoever runs the engine for " + name + " syncs it"
}

// outdated says which image of the plan is no longer as it was in Git, or "". That
// the branch has moved is no matter: the commit is made anew on what is there.
func (p *Plan) outdated(env *engine.Environment) string {
	for _, u := range p.plan.Updates {
		at := slices.IndexFunc(env.Images, func(i *engine.Image) bool { return i.Object == u.Object && i.Container == u.Container })
		switch {
		case at < 0:
			return ui.Clean(u.Object.Name) + " is not there any more"
		case env.Images[at].Desired != u.From:
			return ui.Clean(u.Object.Name + " is at " + env.Images[at].Desired + " in Git now")
		}
	}
	return ""
}

// intent says in a line what the commit is and what follows.
func (p *Plan) intent(c widget.Canvas) []string {
	if p.plan.Commit == nil {
		return paragraph(c, themes.Text, p.origin()+"Nothing is committed, for nothing is marked to go.")
	}
	if p.request.SignOff {
		return paragraph(c, themes.Text, p.origin()+"One commit that changes no file says that you agree; whoever makes the change needs that.")
	}
	if p.plan.Branch != "" {
		return p.proposal(c)
	}
	text := p.origin() + "One commit"
	if p.snapshot != nil && p.snapshot.Repository.Branch != "" {
		text += " on " + ui.Clean(p.snapshot.Repository.Branch)
	}
	then := follows(p.snapshot, p.plan.Environment, p.work.Keys)
	switch p.plan.Action {
	case engine.ActionHold, engine.ActionRelease:
		text += ". No object changes"
	default:
		if p.plan.Sync {
			then = "then " + p.syncs()
		}
		if then != "" {
			text += "; " + then
		}
	}
	return paragraph(c, themes.Text, text+".")
}

// syncs says what is synced with the commit.
func (p *Plan) syncs() string {
	mine := 0
	for i := range p.plan.Changes {
		if p.plan.Changes[i].Environment == p.plan.Environment {
			mine++
		}
	}
	if mine == 0 {
		return "nothing to sync: " + ui.Clean(p.plan.Environment) + " is as the commit says"
	}
	return "a sync of " + widget.Count(mine, "object") + " in " + ui.Clean(p.plan.Environment)
}

// images tells of the images that the commit changes.
func (p *Plan) images(c widget.Canvas) []string {
	var out []string
	if len(p.plan.Updates) == 0 && p.plan.Action == engine.ActionRollback {
		return paragraph(c, themes.Dim, "No image changes.")
	}
	for i := range p.plan.Updates {
		if i > 0 {
			out = append(out, blank(c))
		}
		mark := c.Glyphs().Newer
		if p.plan.Action == engine.ActionRollback {
			mark = c.Glyphs().Modified
		}
		out = append(out, update(c, mark, &p.plan.Updates[i])...)
	}
	for i := range p.plan.Files {
		if f := &p.plan.Files[i]; f.Picked {
			out = append(out, c.Row(themes.Screen).Gap(1).Add(themes.Modified, operation(c, f.Operation).String()).Gap(1).
				Fit(themes.Text, ui.Clean(f.Path), max(0, c.Width-12)).String())
		}
	}
	if p.plan.Action == engine.ActionRollback && holds(p.plan.Commit) {
		out = append(out, blank(c))
		out = append(out, paragraph(c, themes.Suspended, c.Glyphs().Suspended+" What automation would bring forward again is held there until it is released.")...)
	}
	if p.plan.Hold {
		if len(out) > 0 {
			out = append(out, blank(c))
		} else {
			out = paragraph(c, themes.Text, "Git names the tag already.")
		}
		out = append(out, paragraph(c, themes.Suspended, c.Glyphs().Suspended+" Held there until it is released: "+ui.Clean(p.plan.Reason))...)
	}
	return out
}

// update tells of one image: from where to where, what it is, and how it fares
// where it runs already.
func update(c widget.Canvas, mark string, u *engine.ImageUpdate) []string {
	g := c.Glyphs()
	row := c.Row(themes.Screen).Gap(1).Add(themes.Modified, mark).Gap(1).
		Add(themes.Kind, ui.Clean(u.Object.Kind)).Gap(1).Add(themes.Strong, ui.Clean(u.Object.Name+"/"+u.Container)).Gap(3).
		Add(themes.Modified, ui.Clean(u.From)+" "+g.Arrow+" "+ui.Clean(u.To))
	out := []string{row.String()}
	var facts []string
	if u.Along {
		facts = append(facts, "moves along, written in the same place")
	}
	if u.Behind > 1 {
		facts = append(facts, widget.Count(u.Behind, "version"))
	}
	if age := c.Age(u.Built); age != "" {
		facts = append(facts, "built "+age+" ago")
	}
	if u.Size > 0 {
		facts = append(facts, ui.Bytes(u.Size))
	}
	facts = append(facts, u.Platforms...)
	say := func(role themes.Role, facts ...string) {
		facts = slices.DeleteFunc(facts, func(s string) bool { return s == "" })
		text := ui.Clean(strings.Join(facts, " "+g.Dot+" "))
		if text == "" {
			return
		}
		for _, line := range widget.Wrap(text, c.Width-6) {
			out = append(out, c.Row(themes.Screen).Gap(5).Fit(role, line, max(0, c.Width-6)).String())
		}
	}
	say(themes.Dim, u.Repository)
	say(themes.Text, facts...)
	revision := ""
	if u.Revision != "" {
		revision = "revision " + u.Revision
	}
	say(themes.Text, u.Source, revision)
	if u.Ran != nil {
		say(ranRole(c, u.Ran), ran(c, u.Ran))
	}
	return out
}

// ran says how an image fares in another environment.
func ran(c widget.Canvas, r *engine.Ran) string {
	text := "in " + r.Environment
	if !r.Since.IsZero() {
		text += " for " + c.Age(r.Since)
	}
	text += fmt.Sprintf(": %d of %d ready, ", r.Ready, r.Pods)
	if r.Restarts == 0 {
		text += "no restarts"
	} else {
		text += widget.Count(r.Restarts, "restart")
	}
	if r.Health != "" {
		text += ", " + c.HealthStatus(r.Health).String()
	}
	return text
}

func ranRole(c widget.Canvas, r *engine.Ran) themes.Role {
	if r.Health == engine.Healthy && r.Restarts > 0 {
		return themes.Warning
	}
	return c.HealthStatus(r.Health).Role
}

// held tells what a hold keeps, or a release lets go.
func (p *Plan) held(c widget.Canvas) []string {
	name := ui.Clean(p.plan.Environment)
	what := "All images of " + name + " are"
	if len(p.request.Images) > 0 {
		var all []string
		for _, pick := range p.request.Images {
			all = append(all, p.pickName(pick))
		}
		what = strings.Join(all, ", ") + " is"
		if len(all) > 1 {
			what = strings.Join(all, ", ") + " are"
		}
	}
	if p.plan.Action == engine.ActionRelease {
		return paragraph(c, themes.Text, what+" released: what the policy allows is pending again, and automation commits it where it may.")
	}
	out := paragraph(c, themes.Text, what+" left alone until released: neither automation nor an approval brings another tag.")
	if p.plan.Reason != "" {
		out = append(out, paragraph(c, themes.Text, "Reason: "+ui.Clean(p.plan.Reason))...)
	}
	return out
}

// pickName is an image as the request names it, and where it is.
func (p *Plan) pickName(pick engine.ImagePick) string {
	if pick.Repository != "" {
		return ui.Clean(pick.Repository)
	}
	name := pick.Object.Name + "/" + pick.Container
	if p.snapshot != nil {
		if env := p.snapshot.Environment(p.plan.Environment); env != nil {
			for _, i := range env.Images {
				if i.Object == pick.Object && i.Container == pick.Container {
					name += " (" + i.Repository + " " + i.Desired + ")"
				}
			}
		}
	}
	return ui.Clean(name)
}

// drawnDiffs are the files of a commit as they were drawn last.
type drawnDiffs struct {
	of    *engine.PlannedCommit
	theme *themes.Theme
	width int
	lines []string
}

// commit tells what is committed: the message, who makes it, and the files.
func (p *Plan) commit(c widget.Canvas) []string {
	k := p.plan.Commit
	if p.drawn.of == k && p.drawn.theme == c.Theme && p.drawn.width == c.Width {
		return p.drawn.lines
	}
	var out []string
	for i, line := range ui.CleanLines(strings.TrimRight(k.Message, "\n")) {
		role := themes.Text
		if i == 0 {
			role = themes.Strong
		}
		if line == "" {
			out = append(out, blank(c))
			continue
		}
		out = append(out, paragraph(c, role, line)...)
	}
	out = append(out, c.Row(themes.Screen).Gap(1).Add(themes.Label, "author ").Fit(themes.Author, ui.Clean(k.Author), max(0, c.Width-9)).String())
	for i := range k.Files {
		out = append(append(out, blank(c)), fileLines(c, &k.Files[i])...)
	}
	p.drawn = drawnDiffs{k, c.Theme, c.Width, out}
	return out
}

// fileLines draws what changes in a file.
func fileLines(c widget.Canvas, f *engine.FileChange) []string {
	op := operation(c, f.Operation)
	head := c.Row(themes.Screen).Gap(1).Add(op.Role, op.Glyph).Gap(1)
	out := []string{head.Fit(themes.Title, ui.Clean(f.Path), max(0, c.Width-4)).String()}
	if f.Hidden != "" {
		return append(out, paragraph(c, themes.Warning, "Not shown: "+ui.Clean(f.Hidden))...)
	}
	var v diffview.View
	v.SetFold(true)
	v.Set(diffview.New(fileOptions(f.Path), f.Before, f.After))
	v.Draw(c.Theme, c.Width, 1, false)
	_, _, rows := v.Extent()
	lines := v.Draw(c.Theme, c.Width, rows+2, false)
	return append(out, lines[:min(rows+2, len(lines))]...)
}

// fileOptions says how a file is compared.
func fileOptions(name string) diffview.Options {
	o := diffview.Options{Before: "before", After: "after"}
	if name = strings.ToLower(name); strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml") {
		o.Language = diffview.YAML
	}
	return o
}

// commitLabel is what the button of a plan says that commits.
func commitLabel(p *engine.Plan) string {
	images := widget.Count(len(p.Updates), "image")
	switch {
	case p.SignOff:
		return "Agree"
	case p.Branch != "":
		return "Open a pull request"
	case p.Action == engine.ActionRollback:
		return rollbackLabel(p)
	case p.Action == engine.ActionPromote:
		return "Promote " + promoted(p)
	case p.Action == engine.ActionHold, p.Hold && len(p.Updates) == 0:
		return "Commit the hold"
	case p.Action == engine.ActionRelease:
		return "Commit the release"
	case p.Hold:
		return "Commit and hold " + images
	}
	return "Commit " + images
}
