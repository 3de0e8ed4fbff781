package dialog

import (
	"fmt"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// executionRow is a line of what was done: a step, or a line of the server's
// words below one that was refused.
type executionRow struct {
	step   engine.Step
	words  string
	object *engine.Object // how it is now; nil when it is not there
}

// arrange makes the rows: what was refused first, then the rest as it came.
func (e *Execution) arrange() {
	if !e.dirty {
		return
	}
	e.dirty = false
	now := map[engine.ID]*engine.Object{}
	if env := e.now(); env != nil {
		for _, s := range e.steps {
			now[s.ID] = nil
		}
		for _, o := range env.Objects {
			if _, touched := now[o.ID]; touched {
				now[o.ID] = o
			}
		}
	}
	var failed, rest []executionRow
	for _, s := range e.steps {
		row := executionRow{step: s, object: now[s.ID]}
		if s.Err == "" {
			rest = append(rest, row)
			continue
		}
		failed = append(failed, row)
		for _, line := range wrapLines(s.Err, e.width-4) {
			failed = append(failed, executionRow{step: s, words: line})
		}
	}
	e.rows = append(failed, rest...)
	e.columns = []widget.Column{
		{Want: 8},
		{Want: widget.Widest(len(e.steps), func(i int) string { return ui.Clean(e.steps[i].Kind) }), Min: 6, Drop: 2},
		{Want: widget.Widest(len(e.steps), func(i int) string { return nameOf(e.steps[i].ID) }), Min: 8, Flex: true},
		{Want: 5, Drop: 3},
		{Want: 13},
	}
	e.list.SetCount(len(e.rows))
	switch {
	case e.moved:
	case e.ended:
		e.list.Select(0)
	default:
		e.list.Select(len(e.rows) - 1)
	}
}

// Size implements Dialog.
func (e *Execution) Size(width, height int) (w, h int) {
	return fitted(width, height, 100, max(16, e.planned+11))
}

// View implements Dialog.
func (e *Execution) View(c widget.Canvas) []string {
	box := widget.Box{Title: e.title()}
	in := box.Inside(c)
	if in.Width != e.width {
		e.width, e.dirty = in.Width, true
	}
	e.arrange()
	head := append(e.headline(in), e.rollout(in)...)
	if len(e.rows) > 0 && e.ended && e.outcome.Commit != "" {
		head = append(head, e.fares(in)...)
	}
	head = append(head, blank(in))
	label := "Close"
	if !e.ended {
		label = "Leave it running"
	}
	e.buttons.set(button{label: label, role: themes.Safe})
	foot := append([]string{blank(in)}, e.buttons.view(in, true)...)
	lines := stack(in, head, foot, 2, e.body)
	e.bottom = 1 + in.Height - len(foot) + 1
	if box.Of = len(e.rows); box.Of > 0 {
		from, to := e.list.Visible(e.height)
		box.From, box.Shown = from, to-from
	}
	return box.Draw(c, lines)
}

func (e *Execution) title() string {
	return capital(ui.Clean(e.name()))
}

// headline says how far it is, or how it ended.
func (e *Execution) headline(c widget.Canvas) []string {
	g := c.Glyphs()
	switch {
	case e.refused != nil:
		return paragraph(c, themes.Error, g.Cross+" Nothing was done: "+words(e.refused))
	case e.ended && e.outcome.Succeeded() && e.signOff && e.outcome.Commit != "":
		return paragraph(c, themes.Success, g.Check+" agreed, by "+widget.ShortHash(e.outcome.Commit))
	case e.ended && e.outcome.Succeeded():
		return paragraph(c, themes.Success, g.Check+" "+ended(&e.outcome, e.unchanged))
	case e.ended:
		return paragraph(c, themes.Error, g.Cross+" "+ended(&e.outcome, e.unchanged))
	case e.planned == 0:
		return paragraph(c, themes.Text, "Under way, "+widget.Span(c.Now.Sub(e.started)))
	}
	done, total := len(e.steps), max(len(e.steps), e.planned)
	text := fmt.Sprintf("%d of %d done, %s", done, total, widget.Span(c.Now.Sub(e.started)))
	failed := 0
	for _, s := range e.steps {
		if s.Err != "" {
			failed++
		}
	}
	line := c.Row(themes.Screen).Gap(1).Add(themes.Text, text)
	if failed > 0 {
		line.Add(themes.Error, fmt.Sprintf(", %d refused", failed))
	}
	return []string{line.String(), c.Row(themes.Screen).Gap(1).Bar(done, total, c.Width-2).String()}
}

// rollout says how the objects do that were written, and whether those are gone
// that were deleted.
func (e *Execution) rollout(c widget.Canvas) []string {
	counts := map[engine.Health]int{}
	written, going := 0, 0
	for _, r := range e.rows {
		switch {
		case r.words != "" || r.step.Err != "":
		case r.step.Operation == engine.Delete:
			if r.object != nil {
				going++
			}
		case r.object != nil && r.object.Health != "":
			written++
			counts[r.object.Health]++
		}
	}
	if written+going == 0 {
		return nil
	}
	row := c.Row(themes.Screen).Gap(1).Add(themes.Label, "Rollout ")
	for _, h := range []engine.Health{engine.Degraded, engine.Missing, engine.Progressing, engine.Unknown, engine.Suspended, engine.Healthy} {
		if n := counts[h]; n > 0 {
			status := c.HealthStatus(h)
			row.Gap(1).Add(status.Role, fmt.Sprintf("%s %d %s", status.Glyph, n, status.Word))
		}
	}
	if going > 0 {
		row.Gap(1).Add(themes.Danger, fmt.Sprintf("%s %d still going", c.Glyphs().Extra, going))
	}
	return []string{row.String()}
}

// body draws the rows.
func (e *Execution) body(c widget.Canvas) []string {
	e.height = c.Height
	if len(e.rows) == 0 {
		switch {
		case e.refused != nil:
			return nil
		case commits(e.action):
			return e.committed(c)
		case e.ended && e.planned == 0:
			return paragraph(c, themes.Dim, "No object changes with it.")
		}
		if e.ended {
			return paragraph(c, themes.Dim, "Nothing was done.")
		}
		return paragraph(c, themes.Dim, "Nothing is done yet.")
	}
	widths := c.Size(c.Width-2, c.Height).Columns(e.columns...)
	from, to := e.list.Visible(c.Height)
	var out []string
	for i := from; i < to; i++ {
		out = append(out, e.draw(c, i, widths))
	}
	return out
}

// committed says how what is in Git now comes into the cluster, and how far it is.
func (e *Execution) committed(c widget.Canvas) []string {
	if !e.ended || e.outcome.Err != "" {
		return nil
	}
	if e.signOff {
		return paragraph(c, themes.Text, "It is told to whoever plans just this change. Another tag, or another file, has to be agreed to anew.")
	}
	var out []string
	r := e.proposed()
	switch {
	case r != nil:
		out = append(e.layProposed(c, r), blank(c))
	case guided(e.action) && e.outcome.Commit != "":
		out = append(e.fares(c), blank(c))
	case e.action == engine.ActionApprove || e.action == engine.ActionUpdate:
		if text := follows(e.snapshot, e.environment, e.keys); text != "" {
			out = append(paragraph(c, themes.Text, text+"."), blank(c))
		}
	}
	env := e.now()
	for i := range e.updates {
		u := &e.updates[i]
		row := c.Row(themes.Screen).Gap(1)
		if s, known := standing(c, env, u); known && r == nil {
			row.Fit(s.Role, s.String(), len("x RollingOut")).Gap(1)
		}
		row.Add(themes.Strong, ui.Clean(u.Object.Name+"/"+u.Container)).Gap(2)
		out = append(out, row.Add(themes.Text, ui.Clean(u.From)+" "+c.Glyphs().Arrow+" "+ui.Clean(u.To)).String())
	}
	return out
}

// fares says plainly whether the environment is well with what was committed.
func (e *Execution) fares(c widget.Canvas) []string {
	env := e.now()
	if env == nil {
		return nil
	}
	name, health := ui.Clean(e.environment), c.HealthStatus(env.Health)
	if !e.taken(env) {
		out := paragraph(c, themes.Text, follows(e.snapshot, e.environment, e.keys)+".")
		return append(out, paragraph(c, themes.Dim, fmt.Sprintf("Until then: %s, %s", c.StateStatus(env.State), health))...)
	}
	at := widget.ShortHash(env.AppliedRevision)
	switch {
	case env.Health == engine.Healthy && e.action == engine.ActionRollback:
		out := paragraph(c, themes.Success, fmt.Sprintf("%s %s is back: %s at %s.", c.Glyphs().Check, name, env.Health, at))
		if e.holds {
			out = append(out, paragraph(c, themes.Dim, fmt.Sprintf("What went back is held until it is released: %s in %s Images.", e.keys.Key(keymap.Hold), e.keys.Key(keymap.Images)))...)
		}
		return out
	case env.Health == engine.Degraded:
		text := fmt.Sprintf("%s is Degraded at %s", name, at)
		if why := trouble(env); why != "" {
			text += ": " + why
		}
		return paragraph(c, themes.Error, c.Glyphs().Cross+" "+text)
	case env.Differing() > 0 && env.Health == engine.Missing:
		// What is missing is among what the sync left out.
		left := widget.Count(env.Differing(), "object")
		return paragraph(c, themes.Text, fmt.Sprintf("%s has it. Other than in Git as before: %s, which %s syncs.", name, left, e.keys.Key(keymap.Sync)))
	}
	return paragraph(c, health.Role, fmt.Sprintf("%s %s is %s at %s.", health.Glyph, name, health.Word, at))
}

// taken tells whether the cluster has what was committed, by itself or in a later
// revision.
func (e *Execution) taken(env *engine.Environment) bool {
	if env.AppliedRevision == e.outcome.Commit {
		return true
	}
	for _, s := range env.Syncs {
		if s.Succeeded && s.Whole && (s.Through == e.outcome.Commit || s.Started.After(e.outcome.Ended)) {
			return true
		}
	}
	return false
}

// standing is how far an image is that was committed, once the engine tells of it.
func standing(c widget.Canvas, env *engine.Environment, u *engine.ImageUpdate) (s widget.Status, known bool) {
	if env == nil {
		return s, false
	}
	for _, i := range env.Images {
		if i.Object == u.Object && i.Container == u.Container {
			return c.ImageStatus(reached(i)), i.Desired == u.To
		}
	}
	return s, false
}

// reached is how far an image has come that was committed, whatever else there is
// to say of it: that it is held, or that something newer is allowed by now.
func reached(i *engine.Image) engine.ImageState {
	switch {
	case i.State != engine.ImagePending && i.State != engine.ImageHeld:
		return i.State
	case i.Live == i.Desired:
		return engine.ImageLive
	}
	return engine.ImageApproved
}

func (e *Execution) draw(c widget.Canvas, i int, widths []int) string {
	on := themes.Screen
	if e.moved && i == e.list.Cursor() {
		on = themes.Cursor
	}
	r := e.rows[i]
	row := c.Row(on).Gap(1)
	if r.words != "" {
		return row.Gap(2).Fit(themes.Error, r.words, max(0, c.Width-4)).String()
	}
	g := c.Glyphs()
	op := operation(c, r.step.Operation)
	row.Column(op.Role, op.String(), widths[0]).
		Column(themes.Kind, ui.Clean(r.step.Kind), widths[1]).
		Column(themes.Strong, nameOf(r.step.ID), widths[2])
	row.ColumnRight(themes.Age, took(r.step.Took), widths[3])
	state := widget.Status{Glyph: g.Check, Word: "done", Role: themes.Success}
	switch {
	case r.step.Err != "":
		state = widget.Status{Glyph: g.Cross, Word: "refused", Role: themes.Error}
	case r.step.Operation == engine.Delete && r.object == nil:
		state.Word = "gone"
	case r.object != nil && r.object.Health != "":
		state = c.HealthStatus(r.object.Health)
	case r.step.Unchanged:
		state = widget.Status{Glyph: g.Synced, Word: "as it was", Role: themes.Dim}
	}
	return row.Column(state.Role, state.String(), widths[4]).String()
}

// ended says in words how an execution ended; unchanged are the objects that it
// had nothing to do with.
func ended(o *engine.Outcome, unchanged int) string {
	if o.Action != engine.ActionSync {
		if o.Err != "" && o.Commit == "" {
			return fmt.Sprintf("%s was not done: %s", o.Action, ui.Clean(o.Err))
		}
		if commits(o.Action) {
			return committed(o)
		}
		past := string(o.Action) + "d" // suspended, resumed
		if o.Action == engine.ActionSuspend {
			past = string(o.Action) + "ed"
		}
		return fmt.Sprintf("%s %s in %s", past, ui.Clean(o.Environment), took(o.Ended.Sub(o.Started)))
	}
	created, changed, deleted := 0, 0, 0
	for _, s := range o.Steps {
		switch {
		case s.Err != "":
		case s.Operation == engine.Delete:
			deleted++
		case s.Unchanged:
			unchanged++
		case s.Operation == engine.Create:
			created++
		default:
			changed++
		}
	}
	var did []string
	for _, part := range []struct {
		n    int
		what string
	}{{o.Failed(), "refused"}, {created, "created"}, {changed, "changed"}, {deleted, "deleted"}, {unchanged, "unchanged"}} {
		if part.n > 0 {
			did = append(did, fmt.Sprintf("%d %s", part.n, part.what))
		}
	}
	what := "synced"
	if o.Failed() > 0 {
		what = "synced only a part of"
	}
	text := fmt.Sprintf("%s %s in %s: %s", what, widget.ShortHash(o.Revision), took(o.Ended.Sub(o.Started)), strings.Join(did, ", "))
	switch {
	case o.Err == "":
		return text
	case len(o.Steps) == 0:
		return "ended early: " + ui.Clean(o.Err)
	}
	return fmt.Sprintf("ended early: %s; %s", ui.Clean(o.Err), text)
}

// committed says which commit was made, and what there is to know of it.
func committed(o *engine.Outcome) string {
	text := "there was nothing left to commit"
	if r := o.PullRequest; r != nil {
		text = opened(r) + " in " + took(o.Ended.Sub(o.Started))
	} else if o.Commit != "" {
		text = "committed " + widget.ShortHash(o.Commit)
		if n := len(o.Steps); n > 0 {
			text += " and synced " + widget.Count(n-o.Failed(), "object")
			if o.Failed() > 0 {
				text += fmt.Sprintf(", %d refused,", o.Failed())
			}
		}
		text += " in " + took(o.Ended.Sub(o.Started))
	}
	if o.Note != "" {
		text += ": " + ui.Clean(o.Note)
	}
	if o.Err != "" {
		text += "; " + ui.Clean(o.Err)
	}
	return text
}

// took writes how long something took, with a tenth of a second.
func took(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.1fs", max(0, d).Seconds())
	}
	return widget.Span(d)
}

// operation is what a plan does to an object; a deletion has a word that stands
// out.
func operation(c widget.Canvas, op engine.Operation) widget.Status {
	status := c.OperationStatus(op)
	if op == engine.Delete {
		status.Word = strings.ToUpper(status.Word)
	}
	return status
}

// nameOf is the namespace and the name of an object.
func nameOf(id engine.ID) string {
	if id.Namespace == "" {
		return ui.Clean(id.Name)
	}
	return ui.Clean(id.Namespace + "/" + id.Name)
}

// capital is a word as a title begins with it.
func capital(s string) string { return strings.ToUpper(s[:min(1, len(s))]) + s[min(1, len(s)):] }
