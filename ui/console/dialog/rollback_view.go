package dialog

import (
	"fmt"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// Size implements Dialog.
func (r *Rollback) Size(width, height int) (w, h int) {
	return fitted(width, height, 120, len(r.rows)+12)
}

// View implements Dialog.
func (r *Rollback) View(c widget.Canvas) []string {
	box := widget.Box{Title: "Roll back " + ui.Clean(r.environment)}
	for i := range rollbackModes {
		box.Tabs = append(box.Tabs, widget.Tab{Name: rollbackModes[i].name, Open: i == r.mode})
	}
	in := box.Inside(c)
	head := append(r.now(in), blank(in))
	foot := append([]string{blank(in)}, r.aside(in)...)
	top := c.Height - 1 - in.Height
	lines := stack(in, head, foot, 3, func(b widget.Canvas) []string {
		r.end = top + in.Height - min(len(foot), in.Height)
		r.top = r.end - b.Height
		return r.body(b)
	})
	if len(r.rows) > 0 {
		from, to := r.list.Visible(max(0, r.end-r.top))
		box.From, box.Shown, box.Of = from, to-from, len(r.rows)
	}
	r.box, r.canvas = box, c
	return box.Draw(c, lines)
}

// now says how the environment is doing.
func (r *Rollback) now(c widget.Canvas) []string {
	env := r.env()
	if env == nil {
		return nil
	}
	text, role := "Now: ", themes.Text
	if env.AppliedRevision != "" {
		text += widget.ShortHash(env.AppliedRevision) + ", "
	}
	text += c.StateStatus(env.State).String()
	if env.Health != "" {
		status := c.HealthStatus(env.Health)
		text, role = text+", "+status.String(), status.Role
		if env.Health == engine.Healthy {
			role = themes.Text
		}
	}
	if why := trouble(env); why != "" {
		text += ": " + why
	}
	return short(c, role, text)
}

// trouble says what is the matter with an environment: what one of its objects
// suffers from, or else what a person should know first.
func trouble(env *engine.Environment) string {
	o := env.Suffering()
	if o == nil {
		return ui.Clean(env.Message)
	}
	text := o.Kind + " " + o.Name
	if o.Message != "" {
		text += ", " + o.Message
	}
	return ui.Clean(text)
}

// body lists the deployments.
func (r *Rollback) body(c widget.Canvas) []string {
	var out []string
	switch {
	case r.err != nil:
		out = short(c, themes.Error, "What was deployed cannot be read: "+words(r.err))
	case !r.known:
		out = paragraph(c, themes.Dim, "What was deployed is being read.")
	case len(r.rows) == 0:
		return paragraph(c, themes.Text, "The cluster has no record of a deployment yet.")
	}
	if len(r.rows) == 0 {
		return out
	}
	cells := make([]deploymentCells, len(r.rows))
	for i := range r.rows {
		cells[i] = r.cells(c, &r.rows[i], i == r.lastHealthy())
	}
	widths := c.Size(c.Width-2, c.Height).Columns(deploymentColumns(cells)...)
	if c.Height-len(out) > 4 {
		out = append(out, headings(c, widths))
	}
	r.top += len(out)
	from, to := r.list.Visible(c.Height - len(out))
	for i := from; i < to; i++ {
		on := themes.Screen
		if i == r.list.Cursor() {
			on = themes.Cursor
		}
		out = append(out, cells[i].draw(c, on, widths))
	}
	return out
}

// deploymentCells are what the row of a deployment tells.
type deploymentCells struct {
	revision, deployed, ran string
	ended                   widget.Status
	note                    string
	noteRole                themes.Role
	images                  string
}

// cells puts a deployment into words.
func (r *Rollback) cells(c widget.Canvas, d *engine.Deployment, lastHealthy bool) deploymentCells {
	k := deploymentCells{revision: widget.ShortHash(d.Hash), noteRole: themes.Dim, images: imagesInShort(c, d.Images)}
	if d.Hash == "" {
		k.revision = widget.ShortHash(d.Revision)
	}
	k.deployed = day(c.Now, d.Deployed)
	switch {
	case d.Deployed.IsZero():
		k.deployed = c.Glyphs().None
		k.ended.Word = c.Glyphs().None
		k.note = "not on record"
	case d.Until.IsZero():
		k.ran = c.Age(d.Deployed)
	default:
		k.ran = widget.Span(d.Until.Sub(d.Deployed))
	}
	if d.Health != "" {
		k.ended = c.HealthStatus(d.Health)
	}
	switch {
	case d.Current:
		k.note = "now"
		if env := r.env(); env != nil && env.Health != "" {
			k.ended = c.HealthStatus(env.Health)
		}
	case lastHealthy:
		k.note, k.noteRole = "last healthy", themes.Success
	}
	if d.Problem != "" {
		k.images, k.noteRole = ui.Clean(d.Problem), themes.Warning
	}
	return k
}

// env is how the environment stands; nil when that is not known.
func (r *Rollback) env() *engine.Environment {
	if r.snapshot == nil {
		return nil
	}
	return r.snapshot.Environment(r.environment)
}

func deploymentColumns(cells []deploymentCells) []widget.Column {
	widest := func(name string, of func(k *deploymentCells) string) int {
		return max(widget.Width(name), widget.Widest(len(cells), func(i int) string { return of(&cells[i]) }))
	}
	return []widget.Column{
		{Want: widest("revision", func(k *deploymentCells) string { return k.revision })},
		{Want: widest("deployed", func(k *deploymentCells) string { return k.deployed }), Drop: 1},
		{Want: widest("ran", func(k *deploymentCells) string { return k.ran }), Drop: 3},
		{Want: widest("ended", func(k *deploymentCells) string { return told(k.ended) })},
		{Want: widget.Widest(len(cells), func(i int) string { return cells[i].note }), Drop: 2},
		{Want: 32, Min: 12, Drop: 4, Flex: true},
	}
}

func headings(c widget.Canvas, widths []int) string {
	row := c.Row(themes.Screen).Gap(1)
	for i, name := range []string{"revision", "deployed", "ran", "ended", "", "images that differ from now"} {
		row.Column(themes.Label, name, widths[i])
	}
	return row.String()
}

func (k *deploymentCells) draw(c widget.Canvas, on themes.Surface, widths []int) string {
	return c.Row(on).Gap(1).
		Column(themes.Hash, k.revision, widths[0]).
		Column(themes.Age, k.deployed, widths[1]).
		Column(themes.Age, k.ran, widths[2]).
		Column(k.ended.Role, told(k.ended), widths[3]).
		Column(k.noteRole, k.note, widths[4]).
		Column(themes.Text, k.images, widths[5]).
		String()
}

// told is a status, as far as there is one.
func told(s widget.Status) string {
	if s.Glyph == "" {
		return s.Word
	}
	return s.String()
}

// day tells when something was: the time of a day that is near, or else how many
// days it is ago.
func day(now, at time.Time) string {
	now, at = now.Local(), at.Local()
	switch {
	case sameDay(now, at):
		return at.Format("15:04 today")
	case sameDay(now.AddDate(0, 0, -1), at):
		return at.Format("15:04 yest.")
	}
	return widget.Span(now.Sub(at)) + " ago"
}

// imagesInShort names images on one line, and how they change.
func imagesInShort(c widget.Canvas, updates []engine.ImageUpdate) string {
	parts := make([]string, len(updates))
	for i, u := range updates {
		parts[i] = ui.Clean(u.Object.Name + " " + u.From + " " + c.Glyphs().Arrow + " " + u.To)
	}
	return strings.Join(parts, ", ")
}

// aside says what going back to the chosen deployment means.
func (r *Rollback) aside(c widget.Canvas) []string {
	d := r.chosen()
	if d == nil {
		return nil
	}
	name, hash := ui.Clean(r.environment), widget.ShortHash(d.Hash)
	head := c.Row(themes.Screen).Gap(1).Add(themes.Hash, hash).Gap(2)
	if d.Revision != d.Hash && !d.Deployed.IsZero() { // the head of that time, which touched other environments only
		head.Add(themes.Dim, "deployed with "+widget.ShortHash(d.Revision)).Gap(2)
	}
	if d.Author != "" {
		head.Add(themes.Author, ui.Clean(d.Author)).Gap(2)
	}
	out := []string{head.Fit(themes.Text, ui.Clean(d.Subject), max(0, head.Room()-1)).String()}
	if why := r.refuses(); why != "" {
		return append(out, short(c, themes.Warning, "Not to be gone back to: "+why)...)
	}
	images := imagesInShort(c, d.Images)
	text := ""
	switch rollbackModes[r.mode].mode {
	case engine.RollbackWhole:
		text = fmt.Sprintf("All that %s reads becomes what it was at %s, by a new commit.", name, hash)
	case engine.RollbackImages:
		text = fmt.Sprintf("Only the images of %s become those of %s, by a new commit; which workloads, the plan asks.", name, hash)
		if images == "" {
			text = fmt.Sprintf("The images of %s are those of %s.", name, hash)
		}
	case engine.RollbackRevert:
		return append(out, short(c, themes.Text, fmt.Sprintf("What %s has changed is taken back, by a new commit; what came after it stays.", hash))...)
	}
	if images != "" {
		text += " Images: " + images + "."
	}
	return append(out, short(c, themes.Text, text)...)
}
