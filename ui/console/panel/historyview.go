package panel

import (
	"strings"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// View draws the panel.
func (p *History) View(c widget.Canvas) []string {
	box := widget.Box{Number: "4", Title: "History", Note: ui.Clean(p.asked.environment)}
	in := box.Inside(c)
	if len(p.commits) == 0 {
		return box.Draw(c, p.nothing(in))
	}
	foot := p.foot(in)
	body := in
	if foot != "" {
		body = in.Size(in.Width, in.Height-1)
	}
	from, to := p.visible(body.Height)
	box.From, box.Shown, box.Of = from, to-from, len(p.keys)
	w := p.columns(body, from, to)
	out := make([]string, 0, in.Height)
	for i := from; i < to; i++ {
		out = append(out, p.commits[i].draw(body, surface(body, i == p.list.Cursor(), false), w))
	}
	out = body.Fill(out)
	if foot != "" {
		out = append(out, foot)
	}
	return box.Draw(c, out)
}

// foot says below the commits that more are being read, or why they cannot be.
func (p *History) foot(in widget.Canvas) string {
	r := in.Row(themes.Screen).Gap(1)
	switch {
	case in.Height < 2:
		return ""
	case p.trouble != "":
		return r.Fit(themes.Error, "Not read: "+p.trouble, in.Width-2).String()
	case p.reading && p.next != "" && p.nearEnd():
		return r.Fit(themes.Dim, "reading more commits", in.Width-2).String()
	}
	return ""
}

// nothing says why there are no commits.
func (p *History) nothing(in widget.Canvas) []string {
	name := ui.Clean(p.asked.environment)
	switch {
	case name == "":
		return say(in, themes.Text, "No environment is chosen.")
	case p.trouble != "":
		return say(in, themes.Error, "The history of "+name+" cannot be read: "+p.trouble, "Moving down tries again.")
	case p.asked.revision == "":
		return say(in, themes.Text, "Nothing has been fetched yet.", "The history of "+name+" is read as soon as it has.")
	case p.begun && !p.reading:
		return say(in, themes.Text, "No commit has touched "+name+".")
	}
	return say(in, themes.Text, "The history of "+name+" is being read.")
}

// historyColumns are the widths of the columns; 0 leaves one out.
type historyColumns struct{ hash, age, author, action, subject, result, here int }

func (p *History) columns(c widget.Canvas, from, to int) historyColumns {
	var w historyColumns
	for _, x := range p.commits[from:to] {
		w.age = max(w.age, widget.Width(c.Age(x.Time)))
		w.author = max(w.author, min(authorWidth(c), widget.Width(x.author)))
		w.action = max(w.action, min(10, widget.Width(x.action)))
		w.result = max(w.result, widget.Width(x.result(c)))
		if x.here != "" {
			w.here = max(w.here, 2+min(24, widget.Width(x.here)))
		}
	}
	// Where an environment stands, without its name, takes a cell.
	mark := min(1, w.here)
	names := max(0, w.here-2)
	fit := func(author, names, action, result, subject int) []int {
		return c.Size(c.Width-2, 1).Columns(
			widget.Column{Want: 7},
			widget.Column{Want: w.age},
			widget.Column{Want: mark},
			widget.Column{Want: author, Min: 5, Drop: 1},
			widget.Column{Want: names, Min: 8, Drop: 2},
			widget.Column{Want: action, Drop: 3},
			widget.Column{Want: result, Drop: 4},
			widget.Column{Want: subject, Min: subject, Flex: true},
		)
	}
	// What is not in every row has to leave enough of the subject.
	got := fit(w.author, names, w.action, w.result, 32)
	got = fit(w.author, got[4], got[5], got[6], 20)
	w = historyColumns{hash: got[0], age: got[1], here: got[2], author: got[3], action: got[5], result: got[6], subject: got[7]}
	if got[4] > 0 {
		w.here += 1 + got[4]
	}
	return w
}

// draw draws the row of a commit.
func (x *commit) draw(c widget.Canvas, on themes.Surface, w historyColumns) string {
	here := ""
	if x.here != "" {
		here = longest(w.here, c.Glyphs().Here+" "+x.here, c.Glyphs().Here)
	}
	return c.Row(on).Gap(1).
		Column(themes.Hash, x.hash, w.hash).
		ColumnRight(themes.Age, c.Age(x.Time), w.age).
		Column(themes.Author, given(x.author, w.author), w.author).
		Column(themes.Info, x.action, w.action).
		Column(themes.Text, x.subject, w.subject).
		Column(x.role(), x.result(c), w.result).
		Column(themes.Active, here, w.here).
		String()
}

// authorWidth is how much of a row an author may take.
func authorWidth(c widget.Canvas) int {
	if c.Width < 72 {
		return 8
	}
	return 14
}

// given is the name of an author, or as much of it as people call them by when
// it is too long.
func given(name string, width int) string {
	if first, _, more := strings.Cut(name, " "); more && widget.Width(name) > width {
		return first
	}
	return name
}

// result says what evenkeel did with a commit, and how long ago.
func (x *commit) result(c widget.Canvas) string {
	word := string(x.Result)
	if word == "" && !x.DeployedAt.IsZero() {
		word = string(engine.ResultApplied)
	}
	if word == "" {
		return ""
	}
	mark := c.Glyphs().Check
	switch x.Result {
	case engine.ResultFailed:
		mark = c.Glyphs().Cross
	case engine.ResultPartly:
		mark = c.Glyphs().Warning
	case engine.ResultUnchanged:
		mark = c.Glyphs().Synced
	}
	s := mark + " " + word
	if !x.DeployedAt.IsZero() {
		s += " " + c.Age(x.DeployedAt)
	}
	return s
}

// role is how the result looks.
func (x *commit) role() themes.Role {
	switch x.Result {
	case engine.ResultFailed:
		return themes.Error
	case engine.ResultPartly:
		return themes.Warning
	case engine.ResultUnchanged:
		return themes.Dim
	}
	return themes.Success
}
