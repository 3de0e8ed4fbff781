package dialog

import (
	"cmp"
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

// picks are the images that could be promoted or go back, and which of them go.
type picks struct {
	rows []pickRow
	list widget.List
	// whole are the images that go back when all do: a plan for some of them tells
	// of these alone.
	whole []engine.ImageUpdate
}

// pickRow is one image.
type pickRow struct {
	*engine.ImageUpdate
	marked bool
}

// set takes the images of a plan. The order depends on what they are alone, so
// that a row stays where it is when its mark changes.
func (k *picks) set(p *engine.Plan) {
	k.rows = k.rows[:0]
	var left []engine.ImageUpdate
	switch {
	case p.Action == engine.ActionPromote:
		left = p.Left
	case p.Action != engine.ActionRollback || p.Mode != engine.RollbackImages:
		return
	case len(p.Objects) == 0:
		k.whole = p.Updates
	default:
		left = k.whole
	}
	for i := range p.Updates {
		k.rows = append(k.rows, pickRow{&p.Updates[i], true})
	}
	for i := range left {
		left := &left[i]
		along := slices.ContainsFunc(p.Updates, func(u engine.ImageUpdate) bool {
			return u.Object == left.Object && u.Container == left.Container
		})
		if !along { // what was left, and is written in the same place as one that was not, goes
			k.rows = append(k.rows, pickRow{left, false})
		}
	}
	slices.SortStableFunc(k.rows, func(a, b pickRow) int {
		return cmp.Or(a.Object.Compare(b.Object), cmp.Compare(a.Container, b.Container))
	})
	k.list.SetCount(len(k.rows))
}

// begin chooses the first image that goes.
func (k *picks) begin() {
	k.list.Select(slices.IndexFunc(k.rows, func(r pickRow) bool { return r.marked }))
}

// chosen is the row of the cursor; nil when there is none.
func (k *picks) chosen() *pickRow {
	if i := k.list.Cursor(); i >= 0 {
		return &k.rows[i]
	}
	return nil
}

// offer says what the key of a mark does to the chosen image, and why nothing;
// only is set when nothing goes but one.
func (k *picks) offer(only bool) keymap.Offer {
	o := keymap.Offer{Action: keymap.Mark, Label: "let it go along"}
	r := k.chosen()
	switch {
	case r == nil:
		o.Disabled = "there is no image"
		return o
	case !r.marked:
		return o
	}
	o.Label = "leave it out"
	switch {
	case r.Along:
		o.Disabled = "it is written in the same place as one that goes"
	case only:
		o.Disabled = onlyOne
	}
	return o
}

// asked are the images that go because they are marked.
func (k *picks) asked() []engine.ImagePick {
	var out []engine.ImagePick
	for _, r := range k.rows {
		if r.marked && !r.Along {
			out = append(out, engine.ImagePick{Object: r.Object, Container: r.Container})
		}
	}
	return out
}

// objects are the workloads of the images that go because they are marked.
func (k *picks) objects() []engine.ID {
	var out []engine.ID
	for _, pick := range k.asked() {
		if !slices.Contains(out, pick.Object) {
			out = append(out, pick.Object)
		}
	}
	return out
}

// turn marks the chosen image, or takes its mark away; of a rollback, with all
// images of its workload.
func (k *picks) turn(whole bool) {
	chosen := k.chosen()
	to := !chosen.marked
	for i := range k.rows {
		if r := &k.rows[i]; r.ImageUpdate == chosen.ImageUpdate || whole && r.Object == chosen.Object {
			r.marked = to
		}
	}
}

// change is what becomes of the workload of an image; nil when it stays.
func (r *pickRow) change(p *engine.Plan) *engine.Change {
	i := slices.IndexFunc(p.Changes, func(c engine.Change) bool { return c.Environment == p.Environment && c.ID == r.Object })
	if i < 0 {
		return nil
	}
	return &p.Changes[i]
}

// picking tells whether the list of images is open that could be promoted, or go
// back.
func (p *Plan) picking() bool {
	return p.plan != nil && p.tab == tabImages && !p.request.SignOff && (p.plan.Action == engine.ActionPromote || p.regressing())
}

// regressing tells whether only images go back, of which some can be chosen.
func (p *Plan) regressing() bool {
	return p.request.Action == engine.ActionRollback && p.request.Mode == engine.RollbackImages
}

// onlyOne is why a mark stays: a promotion of nothing is none.
const onlyOne = "it is the only one that goes"

// marking offers to mark what is chosen, or to take its mark away.
func (p *Plan) marking() keymap.Offer {
	only := len(p.picks.asked())+len(p.files.asked()) < 2
	if p.regressing() {
		only = len(p.picks.objects()) < 2
	}
	if p.filing() {
		return p.files.offer(only)
	}
	return p.picks.offer(only)
}

// toggle marks the chosen image or file, or takes its mark away, and plans with
// that. Which images go is said as well when a file is marked: with files alone
// no image would.
func (p *Plan) toggle() tea.Cmd {
	if o := p.marking(); o.Disabled != "" {
		p.note = capital(o.Disabled) + "."
		return nil
	}
	if p.filing() {
		f := p.files.chosen()
		f.marked = !f.marked
	} else {
		p.picks.turn(p.regressing())
	}
	request := p.request
	if p.regressing() {
		request.Objects = p.picks.objects()
	} else {
		request.Images, request.Files = p.picks.asked(), p.files.asked()
	}
	return p.askFor(request)
}

// promoted counts what a promotion brings.
func promoted(p *engine.Plan) string {
	files := 0
	for i := range p.Files {
		if p.Files[i].Picked {
			files++
		}
	}
	switch n := workloads(p.Updates); {
	case n+files == 0:
		return "nothing"
	case files == 0:
		return widget.Count(n, "workload")
	case n == 0:
		return widget.Count(files, "file")
	default:
		return widget.Count(n, "workload") + " and " + widget.Count(files, "file")
	}
}

// workloads counts the workloads of images.
func workloads(updates []engine.ImageUpdate) int {
	seen := map[engine.ID]bool{}
	for i := range updates {
		seen[updates[i].Object] = true
	}
	return len(seen)
}

// markEnd is the last cell of a row's mark, counted from the border of the dialog.
const markEnd = 4

// wanted is how high a dialog should be with a list of so many rows and what is
// told of the chosen one.
func wanted(rows int) int {
	if rows == 0 {
		return 0
	}
	return rows + asideLines + 16
}

// asideLines is how much is told of the chosen image at most.
const asideLines = 8

// candidates lists the images that could go, and tells of the chosen one.
func (p *Plan) candidates(c widget.Canvas) []string {
	k := &p.picks
	if len(k.rows) == 0 {
		p.at.listEnd = p.at.list
		if p.regressing() {
			return paragraph(c, themes.Dim, "No image changes.")
		}
		return paragraph(c, themes.Dim, "There is no image to promote.")
	}
	widths := c.Size(c.Width-2, c.Height).Columns(k.columns(c)...)
	return p.split(c, &k.list, k.header(c, ui.Clean(p.plan.Source), widths), p.aside(c), func(i int) string { return p.pickLine(c, i, widths) })
}

// split draws a list, and below it what is told of the chosen row.
func (p *Plan) split(c widget.Canvas, list *widget.List, header string, aside []string, draw func(i int) string) []string {
	var out []string
	if c.Height > 6 {
		out = append(out, header)
		p.at.list++
	}
	room, rows := c.Height-len(out), list.Count()
	if len(aside) > 0 {
		// The list has two thirds at least, and what it does not need is free.
		aside = aside[:min(len(aside), max(0, room-min(rows, max(3, room*2/3))-1))]
	}
	height := room
	if len(aside) > 0 {
		height = min(rows, room-len(aside)-1)
	}
	p.at.listEnd = p.at.list + height
	from, to := list.Visible(height)
	for i := from; i < to; i++ {
		out = append(out, draw(i))
	}
	if len(aside) == 0 {
		return out
	}
	return append(append(out, blank(c)), aside...)
}

// surface is what a row of a list lies on.
func (p *Plan) surface(list *widget.List, i int) themes.Surface {
	switch {
	case i != list.Cursor():
		return themes.Screen
	case p.focus == onList:
		return themes.Cursor
	}
	return themes.Chosen
}

// columns are what the rows need. Why one is left out takes the place of how it
// fares.
func (k *picks) columns(c widget.Canvas) []widget.Column {
	n := len(k.rows)
	all := []widget.Column{
		{Want: len("[x]")},
		{Want: widget.Widest(n, func(i int) string { return k.rows[i].name() }), Min: 10},
		{Want: widget.Widest(n, func(i int) string { return k.rows[i].step(c) }), Min: 16},
		{Want: max(len("behind"), widget.Widest(n, func(i int) string { return k.rows[i].behind() })), Drop: 2},
		{Want: 5, Drop: 4},
		{Want: 5, Drop: 3},
		{Want: len("restarts"), Drop: 3},
		{Want: 20, Min: 8, Drop: 1, Flex: true},
	}
	if k.whole != nil { // what goes back comes from no other environment
		for i := range all[3:7] {
			all[3+i].Want = 0
		}
	}
	return all
}

func (r *pickRow) name() string { return ui.Clean(r.Object.Name + "/" + r.Container) }

func (r *pickRow) step(c widget.Canvas) string {
	return ui.Clean(r.From) + " " + c.Glyphs().Arrow + " " + ui.Clean(r.To)
}

func (r *pickRow) behind() string {
	if r.Behind == 0 {
		return ""
	}
	return fmt.Sprint(r.Behind)
}

func (k *picks) header(c widget.Canvas, source string, widths []int) string {
	row := c.Row(themes.Screen).Gap(1)
	there := ""
	if source != "" {
		there = "in " + source
	}
	for i, name := range []string{"", "workload", "image", "behind", "for", "ready", "restarts", there} {
		row.Column(themes.Label, name, widths[i])
	}
	return row.String()
}

// pickLine draws the row of an image.
func (p *Plan) pickLine(c widget.Canvas, i int, widths []int) string {
	r := &p.picks.rows[i]
	mark, name, step := "[ ]", themes.Text, themes.Dim
	if r.marked {
		mark, name, step = "[x]", themes.Strong, themes.Modified
	}
	row := c.Row(p.surface(&p.picks.list, i)).Gap(1).Column(themes.Key, mark, widths[0]).Column(name, r.name(), widths[1]).
		Column(step, r.step(c), widths[2]).ColumnRight(themes.Text, r.behind(), widths[3])
	since, ready, restarts, role := "", "", "", themes.Text
	if r.Ran != nil {
		since, ready, restarts = c.Age(r.Ran.Since), fmt.Sprintf("%d/%d", r.Ran.Ready, r.Ran.Pods), fmt.Sprint(r.Ran.Restarts)
		role = ranRole(c, r.Ran)
	}
	row.ColumnRight(themes.Age, since, widths[4]).ColumnRight(role, ready, widths[5]).ColumnRight(role, restarts, widths[6])
	switch {
	case !r.marked && r.Reason != "":
		row.Column(themes.Warning, ui.Clean(r.Reason), widths[7])
	case r.Along:
		row.Column(themes.Dim, "moves along", widths[7])
	case p.regressing():
	case r.Ran != nil:
		status := c.HealthStatus(r.Ran.Health)
		row.Column(status.Role, status.String(), widths[7])
	}
	return row.String()
}

// comesFrom says when the image was built, and from what, as far as its labels
// tell.
func (r *pickRow) comesFrom(c widget.Canvas) string {
	var facts []string
	if age := c.Age(r.Built); age != "" {
		facts = append(facts, "built "+age+" ago")
	}
	if r.Revision != "" {
		facts = append(facts, "from "+widget.ShortHash(r.Revision))
	}
	if r.Source != "" {
		facts = append(facts, ui.Clean(r.Source))
	}
	return capital(strings.Join(facts, " "+c.Glyphs().Dot+" "))
}

// aside tells of the chosen image what its row has no room for: why it is left
// out, how it fares, and what else of the workload differs.
func (p *Plan) aside(c widget.Canvas) []string {
	r := p.picks.chosen()
	if r == nil {
		return nil
	}
	out := paragraph(c, themes.Title, ui.Clean(r.Object.Kind)+" "+r.name())
	say := func(role themes.Role, text string) {
		out = append(out, paragraph(c, role, text)...)
	}
	if r.Reason != "" {
		say(themes.Warning, "Left out: "+ui.Clean(r.Reason))
	}
	if r.Along {
		say(themes.Text, "Moves along: it is written in the same place as one that is marked.")
	}
	switch {
	case p.regressing() && !r.marked:
		say(themes.Text, "Stays as it is.")
	case p.regressing() && holds(p.plan.Commit):
		say(themes.Suspended, c.Glyphs().Suspended+" What automation would bring forward again is held there until it is released.")
	case r.Ran != nil && !p.regressing():
		say(ranRole(c, r.Ran), capital(ui.Clean(ran(c, r.Ran))))
	}
	if text := r.comesFrom(c); text != "" {
		say(themes.Dim, text)
	}
	if len(r.Differs) == 0 || p.regressing() {
		return out[:min(len(out), asideLines)]
	}
	say(themes.Label, "Besides, and left as it is:")
	room := max(0, asideLines-len(out))
	for i, d := range r.Differs {
		if i == room-1 && len(r.Differs) > room {
			say(themes.Dim, fmt.Sprintf("%s and %d more", c.Glyphs().Gap, len(r.Differs)-i))
			break
		}
		if i == room {
			break
		}
		out = append(out, c.Row(themes.Screen).Gap(3).Fit(themes.Dim, ui.Clean(d), max(0, c.Width-4)).String())
	}
	return out[:min(len(out), asideLines)]
}
