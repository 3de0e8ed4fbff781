package dialog

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// Themes chooses a theme: each is shown on the whole screen as one comes to it.
type Themes struct {
	quiet
	dir     string
	options themes.Options
	all     []themes.Choice
	first   *themes.Theme // what is put back when none is picked
	shown   *themes.Theme
	wrong   string // with the theme that is chosen, or with the list
	list    widget.List
	top     int // the first line of the list, as drawn last
}

// NewThemes lets choose one of the themes that are shipped or in a directory;
// current is the one shown now.
func NewThemes(dir string, current *themes.Theme, o themes.Options) *Themes {
	t := &Themes{dir: dir, options: o, first: current, shown: current}
	all, err := themes.Names(dir)
	if err != nil {
		t.wrong = words(err)
	}
	t.all = all
	t.list.SetCount(len(all))
	for i, one := range all {
		if one.Name == current.Name() {
			t.list.Select(i)
		}
	}
	return t
}

// Shown is the theme to draw with.
func (t *Themes) Shown() *themes.Theme { return t.shown }

// Offers implements Dialog.
func (t *Themes) Offers() []keymap.Offer {
	return []keymap.Offer{
		{Action: keymap.Open, Label: "keep it"}, {Action: keymap.Back, Label: "as it was"},
		{Action: keymap.Down}, {Action: keymap.Up},
	}
}

// Key implements Dialog.
func (t *Themes) Key(_ tea.KeyMsg, a keymap.Action) tea.Cmd {
	switch a {
	case keymap.Back:
		t.shown = t.first
		return tea.Batch(send(ThemeShown{Dialog: t}), closed(t))
	case keymap.Open:
		return t.pick()
	}
	return t.moved(func() { t.list.Do(a) })
}

// moved shows the theme that is chosen after a move.
func (t *Themes) moved(move func()) tea.Cmd {
	before := t.list.Cursor()
	move()
	at := t.list.Cursor()
	if at == before {
		return nil
	}
	t.wrong = ""
	theme, err := themes.Load(t.dir, t.all[at].Name, t.options)
	if err != nil {
		t.wrong = words(err)
		return nil
	}
	t.shown = theme
	return send(ThemeShown{Dialog: t})
}

// pick keeps to the theme that is chosen, if it can be used.
func (t *Themes) pick() tea.Cmd {
	i := t.list.Cursor()
	if i < 0 || t.all[i].Err != nil {
		return nil
	}
	return tea.Batch(send(ThemePicked{Name: t.all[i].Name}), closed(t))
}

// Click implements Dialog.
func (t *Themes) Click(_, y int, twice bool) tea.Cmd {
	i := t.list.At(y - t.top)
	if y < t.top || i < 0 {
		return nil
	}
	if twice && i == t.list.Cursor() {
		return t.pick()
	}
	return t.moved(func() { t.list.Select(i) })
}

// Wheel implements Dialog.
func (t *Themes) Wheel(lines int) tea.Cmd { return t.moved(func() { t.list.Move(lines) }) }

// Size implements Dialog.
func (t *Themes) Size(width, height int) (w, h int) {
	return fitted(width, height, 84, max(len(t.all), len(samples))+4)
}

// besideWidth is from where the sample is beside the list.
const besideWidth = 56

// View implements Dialog.
func (t *Themes) View(c widget.Canvas) []string {
	box := widget.Box{Title: "Themes", Foot: "enter keeps " + c.Glyphs().Dot + " esc puts back"}
	in := box.Inside(c)
	if t.wrong != "" && in.Width < besideWidth {
		box.Foot = t.wrong
	}
	list := in
	if in.Width >= besideWidth {
		list = in.Size(26, in.Height)
	}
	var out []string
	from, to := t.list.Visible(in.Height)
	box.From, box.Shown, box.Of = from, to-from, len(t.all)
	t.top = 1
	for i := from; i < to; i++ {
		out = append(out, t.draw(list, i))
	}
	if in.Width >= besideWidth {
		out = beside(in, list.Fill(out), t.sample(in.Size(in.Width-list.Width, in.Height)))
	}
	return box.Draw(c, out)
}

func beside(c widget.Canvas, left, right []string) []string {
	out := make([]string, c.Height)
	for i := range out {
		out[i] = left[i] + right[i]
	}
	return out
}

func (t *Themes) draw(c widget.Canvas, i int) string {
	on, mark := themes.Screen, " "
	if i == t.list.Cursor() {
		on, mark = themes.Cursor, c.Glyphs().Cursor
	}
	role, name := themes.Text, ui.Clean(t.all[i].Name)
	if t.all[i].Err != nil {
		role = themes.Off
	} else if t.all[i].Own {
		name += " (yours)"
	}
	return c.Row(on).Gap(1).Add(themes.Strong, mark).Gap(1).Fit(role, name, max(0, c.Width-3)).String()
}

// samplePart is a word in its role.
type samplePart struct {
	on   themes.Surface
	role themes.Role
	text string
}

// samples show what the roles look like that tell things apart.
var samples = [][]samplePart{
	{{role: themes.Synced, text: "= Synced"}, {role: themes.Modified, text: "~ Modified"}, {role: themes.Missing, text: "+ Missing"}, {role: themes.Extra, text: "- Extra"}},
	{{role: themes.Healthy, text: "Healthy"}, {role: themes.Progressing, text: "Progressing"}, {role: themes.Degraded, text: "Degraded"}},
	{{role: themes.Suspended, text: "Suspended"}, {role: themes.Unknown, text: "Unknown"}, {role: themes.Pending, text: "Pending"}},
	{},
	{{role: themes.Title, text: "Title"}, {role: themes.Strong, text: "strong"}, {role: themes.Text, text: "text"}, {role: themes.Dim, text: "dim"}, {role: themes.Off, text: "off"}},
	{{role: themes.Info, text: "info"}, {role: themes.Success, text: "success"}, {role: themes.Warning, text: "warning"}, {role: themes.Error, text: "error"}},
	{{role: themes.Safe, text: "[ Cancel ]"}, {role: themes.Go, text: "Sync"}, {role: themes.Danger, text: "DELETE"}, {role: themes.Key, text: "enter"}, {role: themes.Hint, text: "open"}},
	{{role: themes.Hash, text: "3f2a91c"}, {role: themes.Age, text: "2h"}, {role: themes.Author, text: "ops"}, {role: themes.Match, text: "match"}},
	{},
	{{role: themes.YAMLKey, text: "image:"}, {role: themes.YAMLString, text: "web"}, {role: themes.YAMLNumber, text: "3"}, {role: themes.YAMLWord, text: "true"}, {role: themes.YAMLComment, text: "# comment"}},
	{{on: themes.Removed, role: themes.SignRemoved, text: "-"}, {on: themes.Removed, role: themes.Text, text: "value:"}, {on: themes.RemovedPart, role: themes.Text, text: "debug"}},
	{{on: themes.Added, role: themes.SignAdded, text: "+"}, {on: themes.Added, role: themes.Text, text: "value:"}, {on: themes.AddedPart, role: themes.Text, text: "info"}},
	{{on: themes.Cursor, role: themes.Text, text: " the chosen row "}, {on: themes.Chosen, role: themes.Text, text: " elsewhere "}},
	{{on: themes.Bar, role: themes.Text, text: " bar "}, {on: themes.Alarm, role: themes.Text, text: " alarm "}, {on: themes.Found, role: themes.Text, text: " found "}},
}

// sample draws the samples, in the theme of the canvas.
func (t *Themes) sample(c widget.Canvas) []string {
	var out []string
	if t.wrong != "" {
		return c.Fill(paragraph(c, themes.Error, c.Glyphs().Cross+" "+t.wrong))
	}
	if i := t.list.Cursor(); i >= 0 {
		out = append(paragraph(c, themes.Dim, ui.Clean(t.all[i].Description)), blank(c))
	}
	for _, line := range samples {
		row := c.Row(themes.Screen)
		for _, part := range line {
			row.Gap(1).AddOn(part.on, part.role, part.text)
		}
		out = append(out, row.String())
	}
	return c.Fill(out)
}
