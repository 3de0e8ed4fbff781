package dialog

import (
	"errors"
	"fmt"
	"strings"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// Size implements Dialog.
func (p *Plan) Size(width, height int) (w, h int) {
	switch {
	case p.execution != nil:
		return p.execution.Size(width, height)
	case p.diff != nil:
		return fitted(width, height, 180, height)
	}
	return fitted(width, height, 120, max(18, len(p.rows)+12, wanted(len(p.picks.rows)), wanted(len(p.files.rows))))
}

// View implements Dialog.
func (p *Plan) View(c widget.Canvas) []string {
	title := "Plan " + c.Glyphs().Dot + " " + p.title()
	switch {
	case p.execution != nil:
		return p.execution.View(c)
	case p.diff != nil:
		return p.diff.draw(c, title)
	}
	box := widget.Box{Title: title, Note: p.narrowed()}
	if p.plan != nil {
		for _, tab := range p.tabs() {
			box.Tabs = append(box.Tabs, widget.Tab{Name: p.tabName(tab), Open: tab == p.tab})
		}
	}
	if p.plan != nil {
		p.arrange(c.Width - 2)
	}
	p.box, p.canvas = box, c.Size(c.Width, c.Height)
	p.buttons.set(p.choices()...)
	in := box.Inside(c)
	head, foot := p.head(in), p.foot(in)
	top := c.Height - 1 - in.Height
	p.at = planPlaces{}
	lines := stack(in, head, foot.lines, 2, func(b widget.Canvas) []string {
		p.at.listEnd = top + in.Height - len(foot.lines)
		p.at.list = p.at.listEnd - b.Height
		return p.body(b)
	})
	p.at.buttons = top + in.Height - foot.buttons
	p.at.name = top + in.Height - foot.name
	if p.listed() > 0 {
		from, to := p.lister().Visible(p.at.listEnd - p.at.list)
		box.From, box.Shown, box.Of = from, to-from, p.listed()
	} else {
		box.From, box.Shown, box.Of = p.page.offset, p.page.height, p.page.count
	}
	return box.Draw(c, lines)
}

// title says what is planned.
func (p *Plan) title() string {
	action, where := string(p.request.Action), p.request.Environment
	switch {
	case p.request.SignOff && p.request.Action == engine.ActionPromote:
		return ui.Clean("agree to a promotion to " + where)
	case p.request.SignOff:
		return ui.Clean("agree to an update in " + where)
	case p.request.Action == engine.ActionPromote:
		return ui.Clean("promote to " + where)
	case p.request.Action == engine.ActionRollback:
		return ui.Clean(rollbackTitle(&p.request))
	case !commits(p.request.Action):
		return ui.Clean(action + " " + where)
	case len(p.request.Images) == 0 && p.request.Action != engine.ActionUpdate:
		return ui.Clean(action + " all of " + where)
	}
	return ui.Clean(action + " in " + where)
}

// narrowed says to what the request is narrowed or widened.
func (p *Plan) narrowed() string {
	var parts []string
	if n := len(p.request.Objects); n > 0 {
		parts = append(parts, widget.Count(n, "chosen object"))
	}
	if n := len(p.request.Images); n > 0 {
		parts = append(parts, widget.Count(n, "chosen image"))
	}
	if n := len(p.request.Files); n > 0 {
		parts = append(parts, widget.Count(n, "chosen file"))
	}
	if p.request.Overlay {
		parts = append(parts, "by an overlay")
	}
	if p.request.Prune {
		parts = append(parts, "with deletions")
	}
	if p.request.TakeOver {
		parts = append(parts, "taking over the record")
	}
	return strings.Join(parts, ", ")
}

// head says what has happened to the plan, and what it does in numbers.
func (p *Plan) head(c widget.Canvas) []string {
	var out []string
	if p.plan != nil && p.tab == tabCluster && p.plan.Action == engine.ActionSync {
		out = append(p.counts(c), blank(c))
	}
	if p.plan != nil && (p.tab == tabImages || p.tab == tabHold || guided(p.plan.Action)) {
		out = p.intent(c)
		if p.picking() {
			out = append(out, p.onlyThere(c)...)
		}
		out = append(out, p.shared(c)...)
		out = append(out, blank(c))
	}
	if p.note != "" {
		out = append(short(c, themes.Warning, c.Glyphs().Warning+" "+p.note), out...)
	}
	return out
}

// counts says in numbers what the plan does.
func (p *Plan) counts(c widget.Canvas) []string {
	if p.plan.Empty() {
		what := ui.Clean(p.plan.Environment) + " is"
		switch n := len(p.request.Objects); {
		case n == 1:
			what = "the chosen object is"
		case n > 1:
			what = "the chosen objects are"
		}
		text := fmt.Sprintf("Nothing would change: %s as %s says", what, widget.ShortHash(p.plan.BaseRevision))
		if len(p.plan.Waiting)+len(p.plan.Contested) > 0 {
			text += ", but for what follows"
		}
		return paragraph(c, themes.Success, text)
	}
	row := c.Row(themes.Screen).Gap(1)
	deleted, refused := p.plan.Count(engine.Delete), 0
	for _, one := range p.plan.Changes {
		if one.Refused {
			refused++
		}
	}
	sep := ""
	say := func(role themes.Role, n int, what string) {
		if n == 0 {
			return
		}
		row.Add(themes.Text, sep).Add(role, fmt.Sprintf("%d %s", n, what))
		sep = ", "
	}
	say(themes.Danger, deleted, "to DELETE")
	say(themes.Modified, p.plan.Count(engine.Update), "to update")
	say(themes.Missing, p.plan.Count(engine.Create), "to create")
	say(themes.Error, refused, "refused by the server")
	if p.plan.Unchanged > 0 {
		text := fmt.Sprintf("%d unchanged", p.plan.Unchanged)
		if row.Room() > widget.Width(text)+4 {
			row.Add(themes.Dim, " "+c.Glyphs().Dot+" "+text)
		}
	}
	return []string{row.String()}
}

// body draws the open tab.
func (p *Plan) body(c widget.Canvas) []string {
	switch {
	case errors.Is(p.err, engine.ErrNothing):
		return paragraph(c, themes.Success, c.Glyphs().Check+" "+capital(words(p.err))+".")
	case p.err != nil:
		return append(paragraph(c, themes.Error, c.Glyphs().Cross+" There is no plan: "+words(p.err)),
			paragraph(c, themes.Dim, "Nothing was changed.")...)
	case p.plan == nil:
		return p.waiting(c)
	case p.picking():
		return p.candidates(c)
	case p.filing():
		return p.copies(c)
	case p.listed() == 0:
		lines := p.text(c)
		from, to := p.page.visible(len(lines), c.Height)
		return lines[from:to]
	}
	widths := c.Size(c.Width-2, c.Height).Columns(p.columns...)
	from, to := p.list.Visible(c.Height)
	var out []string
	for i := from; i < to; i++ {
		on := themes.Screen
		if i == p.list.Cursor() && p.focus == onList {
			on = themes.Cursor
		}
		out = append(out, drawPlanRow(c, p.rows[i], on, widths))
	}
	return out
}

// text is what the open tab says where it lists nothing.
func (p *Plan) text(c widget.Canvas) []string {
	switch {
	case p.tab == tabImages:
		return p.images(c)
	case p.tab == tabHold:
		return p.held(c)
	case p.tab == tabGit && p.plan.Commit != nil:
		return p.commit(c)
	case p.tab == tabGit:
		return p.git(c)
	case p.tab == tabGates:
		return p.gates(c)
	case commits(p.plan.Action):
		return paragraph(c, themes.Dim, "No object changes.")
	case p.plan.Action != engine.ActionSync:
		return p.left(c)
	}
	return nil
}

// waiting says what the plan waits for.
func (p *Plan) waiting(c widget.Canvas) []string {
	out := paragraph(c, themes.Text, "Computing the plan, "+widget.Span(c.Now.Sub(p.since))+".")
	what := "The server is asked what would come of each change."
	if commits(p.request.Action) {
		what = "The change is made in memory, and what every environment would become is rendered."
	}
	var env *engine.Environment
	if p.snapshot != nil {
		env = p.snapshot.Environment(p.request.Environment)
	}
	switch {
	case env == nil || p.request.Action != engine.ActionSync:
	case !env.Settled && env.Counts[engine.DriftPending] > 0:
		what = fmt.Sprintf("It waits until all objects are compared: %d of %d are left.", env.Counts[engine.DriftPending], len(env.Objects))
	case !env.Settled:
		what = "It waits until the environment has been read."
	}
	out = append(out, paragraph(c, themes.Dim, what)...)
	if env != nil && !env.Settled && env.Message != "" {
		out = append(out, paragraph(c, themes.Warning, ui.Clean(env.Message))...)
	}
	return out
}

// left says what an action does that changes no object.
func (p *Plan) left(c widget.Canvas) []string {
	name := ui.Clean(p.plan.Environment)
	if p.plan.Action == engine.ActionResume {
		out := paragraph(c, themes.Text, name+" is synced again, as its policy says.")
		if s := p.suspension(); s != nil {
			text := fmt.Sprintf("It was suspended by %s %s ago", ui.Clean(s.By), c.Age(s.At))
			if s.Reason != "" {
				text += ": " + ui.Clean(s.Reason)
			}
			out = append(out, paragraph(c, themes.Dim, text)...)
		}
		return append(out, p.resumed(c)...)
	}
	out := paragraph(c, themes.Text, name+" is left alone until it is resumed: nothing is synced, put right or deleted. What differs is still shown.")
	if p.plan.Reason != "" {
		out = append(out, paragraph(c, themes.Text, "Reason: "+ui.Clean(p.plan.Reason))...)
	}
	return append(out, paragraph(c, themes.Dim, "No object changes.")...)
}

// resumed says what happens at once when the environment is resumed.
func (p *Plan) resumed(c widget.Canvas) []string {
	if p.snapshot == nil {
		return nil
	}
	env := p.snapshot.Environment(p.plan.Environment)
	if env == nil || env.Differing() == 0 {
		return nil
	}
	differs := widget.Count(env.Differing(), "object")
	if !env.Auto || !p.snapshot.Automation {
		return paragraph(c, themes.Text, differs+" that differ stay as they are until somebody syncs.")
	}
	return paragraph(c, themes.Modified, differs+" that differ are put right at once.")
}

func (p *Plan) suspension() *engine.Suspension {
	if p.snapshot == nil {
		return nil
	}
	if env := p.snapshot.Environment(p.request.Environment); env != nil {
		return env.Suspension
	}
	return nil
}

// git says what the plan changes in Git.
func (p *Plan) git(c widget.Canvas) []string {
	out := paragraph(c, themes.Text, "Nothing in Git changes: no commit is made.")
	if p.plan.BaseRevision != "" {
		out = append(out, paragraph(c, themes.Dim, "The plan was computed from "+widget.ShortHash(p.plan.BaseRevision)+".")...)
	}
	return out
}

// planFoot is what is below the tabs, and how many lines before the end of it
// its parts begin.
type planFoot struct {
	lines         []string
	name, buttons int
}

// foot asks for what has to be said before the plan is executed, and has the
// buttons.
func (p *Plan) foot(c widget.Canvas) planFoot {
	var lines []string
	name := 0
	if p.plan != nil {
		if p.old != "" {
			lines = append(lines, short(c, themes.Warning, fmt.Sprintf("%s This plan is old: %s. %s plans again.",
				c.Glyphs().Warning, p.old, p.work.Keys.Key(keymap.Refresh)))...)
		}
		if n := len(p.plan.Waiting); n > 0 && !p.request.Prune {
			what := "the deletion that waits"
			if n > 1 {
				what = fmt.Sprintf("the %d deletions that wait", n)
			}
			lines = append(lines, short(c, themes.Hint, p.work.Keys.Key(keymap.Prune)+" plans with "+what+".")...)
		}
		if p.gated() && p.tab != tabGates {
			lines = append(lines, p.gateLine(c)...)
		}
		switch why := p.asksName(); {
		case why != "":
			ask := fmt.Sprintf("%s. Type %s to go on:", why, ui.Clean(p.guarded()))
			lines = append(lines, short(c, themes.Warning, ask)...)
			lines = append(lines, p.nameLine(c))
			name = len(lines)
		case !p.plan.Empty() && p.refuses() != "":
			lines = append(lines, p.refusal(c)...)
		}
	}
	buttons := p.buttons.view(c, p.focus == onButtons)
	if c.Height > 8 {
		buttons = append([]string{blank(c)}, buttons...)
	}
	all := append(lines, buttons...)
	foot := planFoot{lines: all, buttons: len(p.buttons.spots)}
	if n := len(p.buttons.spots); n > 0 {
		foot.buttons = p.buttons.spots[n-1].line + 1
	}
	if name > 0 {
		foot.name = len(all) - name + 1
	}
	return foot
}

// nameLine is where the name is typed.
func (p *Plan) nameLine(c widget.Canvas) string {
	in := c.Size(max(0, c.Width-6), 1)
	in.Focused = p.focus == onName
	mark := c.Paint(themes.Screen, themes.Dim, c.Glyphs().Cursor+" ")
	end := "  "
	if p.named() {
		end = " " + c.Paint(themes.Screen, themes.Success, c.Glyphs().Check)
	}
	return c.Pad(themes.Screen, widget.Blank(1)+mark+p.name.View(in)+end)
}

// tabAt is the tab at a cell of the dialog, or -1.
func (p *Plan) tabAt(x, y int) int {
	if y != 1 || p.plan == nil {
		return -1
	}
	return p.box.TabAt(p.canvas, x-1)
}

// goLabel is what the button of a plan says.
func goLabel(p *engine.Plan) string {
	switch {
	case commits(p.Action):
		return commitLabel(p)
	case p.Action != engine.ActionSync:
		return capital(string(p.Action))
	}
	deleted := p.Count(engine.Delete)
	switch rest := len(p.Changes) - deleted; {
	case deleted == 0:
		return "Sync " + widget.Count(rest, "object")
	case rest == 0:
		return "Delete " + widget.Count(deleted, "object")
	default:
		return fmt.Sprintf("Sync %d, delete %d", rest, deleted)
	}
}
