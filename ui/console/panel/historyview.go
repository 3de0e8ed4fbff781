package panel

import (
	"fmt"
	"strings"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// View draws the panel.
func (p *History) View(c widget.Canvas) []string {
	box := widget.Box{Number: "4", Title: "History"}
	box.Note, box.Foot = p.note(c, noteRoom(c, box)), p.aside(c)
	in := box.Inside(c)
	body, foot := in, p.foot(in)
	if foot != "" {
		body = in.Size(in.Width, in.Height-1)
	}
	if len(p.keys) == 0 {
		return box.Draw(c, underline(in, p.nothing(body), foot))
	}
	from, to := p.visible(body.Height)
	box.From, box.Shown, box.Of = from, to-from, len(p.keys)
	commits := p.shown().commits
	w := p.columns(body, commits[from:to])
	out := make([]string, 0, in.Height)
	for i := from; i < to; i++ {
		marked := commits[i].Hash == p.marked
		out = append(out, commits[i].draw(body, surface(body, i == p.list.Cursor(), marked), w))
	}
	return box.Draw(c, underline(in, body.Fill(out), foot))
}

// note says which environment it is, and what was found.
func (p *History) note(c widget.Canvas, room int) string {
	name := ui.Clean(p.asked.environment)
	if !p.searching() {
		return name
	}
	found := fmt.Sprintf("%d found", len(p.keys))
	if r := p.shown(); !r.whole && r.trouble == "" {
		found += " so far"
	}
	return longest(room, joined(c, name, found+": "+p.filter.String()), found+": "+p.filter.String(), found)
}

// aside says how far a search has come, and which commit is marked.
func (p *History) aside(c widget.Canvas) string {
	marked := ""
	if x, ok := p.Marked(); ok {
		marked = widget.ShortHash(x.Hash) + " marked"
	}
	r := p.shown()
	if !p.searching() || r.looked == 0 {
		return marked
	}
	looked := fmt.Sprintf("%d looked at", r.looked)
	back := looked + ", back to " + c.Age(r.lookedTo) + " ago"
	if r.whole {
		back = fmt.Sprintf("all %d looked at", r.looked)
	}
	return longest(c.Width-8, joined(c, marked, back), joined(c, marked, looked), marked)
}

// foot is the line in which a search is typed, or says below the commits that
// more are being read, or why they cannot be.
func (p *History) foot(in widget.Canvas) string {
	r, row := p.shown(), in.Row(themes.Screen).Gap(1)
	switch foot := p.sieve.foot(in); {
	case foot != "":
		return foot
	case in.Height < 2:
		return ""
	case p.wrong != "":
		return row.Fit(themes.Warning, p.wrong, in.Width-2).String()
	case len(p.keys) == 0:
		return "" // what stands in their place says so
	case r.trouble != "":
		return row.Fit(themes.Error, "Not read: "+r.trouble, in.Width-2).String()
	case r.reading && p.searching() && p.nearEnd():
		return row.Fit(themes.Dim, "searching further back", in.Width-2).String()
	case r.reading && r.next != "" && p.nearEnd():
		return row.Fit(themes.Dim, "reading more commits", in.Width-2).String()
	}
	return ""
}

// nothing says why there are no commits.
func (p *History) nothing(in widget.Canvas) []string {
	name := ui.Clean(p.asked.environment)
	switch r := p.shown(); {
	case name == "":
		return say(in, themes.Text, "No environment is chosen.")
	case r.trouble != "":
		return say(in, themes.Error, "The history of "+name+" cannot be read: "+r.trouble, "Moving down tries again.")
	case p.asked.revision == "":
		return say(in, themes.Text, "Nothing has been fetched yet.", "The history of "+name+" is read as soon as it has.")
	case p.searching() && r.whole && !r.reading:
		return say(in, themes.Text, fmt.Sprintf("None of %s is like that.", widget.Count(r.looked, "commit")),
			"Words are looked for in messages; author:, workload: and image: in what they name.")
	case p.searching() && r.looked > 0:
		return say(in, themes.Text, fmt.Sprintf("Nothing found yet in %s, back to %s ago.", widget.Count(r.looked, "commit"), in.Age(r.lookedTo)))
	case p.searching():
		return say(in, themes.Text, "The history of "+name+" is being searched.")
	case r.begun && !r.reading:
		return say(in, themes.Text, "No commit has touched "+name+".")
	}
	return say(in, themes.Text, "The history of "+name+" is being read.")
}

// historyColumns are the widths of the columns; 0 leaves one out.
type historyColumns struct{ hash, age, author, action, subject, result, here int }

func (p *History) columns(c widget.Canvas, commits []*commit) historyColumns {
	var w historyColumns
	for _, x := range commits {
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
