package detail

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
)

const tagsName = "Tags"

// tagsTab lists the tags that an image could be given, and below the list what is
// known of the chosen one. Only what is seen of a tag is looked up.
type tagsTab struct {
	*image
	of     *engine.Candidates // what the list is made of
	list   choice
	at     string // the chosen tag, whatever its place will be
	finder finder
	hits   []int // the tags that the search has found

	top, height int // of the list, as drawn last
}

func newTagsTab(s *image) *tagsTab {
	t := &tagsTab{image: s}
	t.finder.in = searchedTags{t}
	return t
}

func (t *tagsTab) name() string { return tagsName }

func (t *tagsTab) load() tea.Cmd {
	list := t.image.list()
	if t.candidates.known && t.of != t.candidates.value {
		t.take(t.candidates.value)
	}
	return tea.Batch(list, t.lookUp())
}

// take shows a list of tags, and stays with the one that is chosen.
func (t *tagsTab) take(of *engine.Candidates) {
	t.of = of
	t.list.SetCount(len(of.Tags))
	for i := range of.Tags {
		if of.Tags[i].Name == t.at {
			t.list.Select(i)
			break
		}
	}
	t.finder.again()
	t.keep()
}

// unseen is how many tags are taken to be seen before they have been drawn.
const unseen = lookedUp

// lookUp asks for the tags that are seen, the chosen one first.
func (t *tagsTab) lookUp() tea.Cmd {
	if t.of == nil {
		return nil
	}
	height := t.height
	if height == 0 {
		height = unseen
	}
	from := max(0, min(t.list.At(0), len(t.of.Tags)))
	to := min(len(t.of.Tags), from+height)
	if tag, ok := t.chosen(); ok {
		return t.image.lookUp(append([]engine.Tag{tag}, t.of.Tags[from:to]...))
	}
	return nil
}

// chosen is the tag that is chosen.
func (t *tagsTab) chosen() (engine.Tag, bool) {
	if i := t.list.Cursor(); t.of != nil && i >= 0 {
		return t.known(t.of.Tags[i]), true
	}
	return engine.Tag{}, false
}

// keep remembers which tag is chosen.
func (t *tagsTab) keep() {
	if tag, ok := t.chosen(); ok {
		t.at = tag.Name
	}
}

func (t *tagsTab) reload() tea.Cmd { return t.image.reload() }
func (t *tagsTab) rest()           { t.image.rest() }

func (t *tagsTab) view(c widget.Canvas) []string { return t.finder.draw(c, t.draw) }

func (t *tagsTab) draw(c widget.Canvas) []string {
	p := prose{c: c}
	if err := t.candidates.err; err != nil {
		p.failure(t.desk, "The tags cannot be listed", err)
	}
	t.height = 0
	tag, ok := t.chosen()
	if !ok {
		switch {
		case t.candidates.known:
			t.layEmpty(&p)
		case t.candidates.err == nil:
			p.loading("the tags")
		}
		return c.Fill(p.lines)
	}
	below := prose{c: c}
	t.layTag(&below, tag)
	t.top = len(p.lines) + 1
	room := max(1, c.Height-t.top-1)
	t.height = max(1, min(len(t.of.Tags), room-min(len(below.lines), room/2)))
	widths := t.widths(c)
	p.lines = append(p.lines, c.Row(themes.Screen).Gap(1).Column(themes.Label, "tag", widths[0]).Column(themes.Label, "built", widths[1]).
		Column(themes.Label, "", widths[2]).Column(themes.Label, "policy", widths[3]).String())
	p.lines = append(p.lines, t.list.draw(c.Size(c.Width, t.height), func(r *widget.Row, i int) { t.row(c, r, widths, t.known(t.of.Tags[i])) })...)
	p.lines = append(p.lines, rule(c, ui.Clean(tag.Name)))
	return c.Fill(append(p.lines, below.lines...))
}

func (t *tagsTab) layEmpty(p *prose) {
	p.wrap(0, said(themes.Text, "No tags are known of "), told(themes.Strong, t.image.image.Repository), said(themes.Text, "."))
	if why := t.image.image.Reason; why != "" {
		p.wrap(0, told(themes.Warning, why))
	}
	p.wrap(0, t.press(keymap.Refresh, "asks the registry")...)
}

// layTag tells what is known of the chosen tag, and how to take it.
func (t *tagsTab) layTag(p *prose, tag engine.Tag) {
	if !tag.Allowed && tag.Reason != "" {
		p.wrap(0, said(themes.Text, "Not allowed: "), told(themes.Text, tag.Reason))
	}
	t.layDetails(p, tag)
	p.wrap(0, t.press(keymap.Pin, "pins the image to it")...)
	if n := t.of.Signatures + t.of.Invalid; n > 0 {
		var left []string
		if t.of.Signatures > 0 {
			left = append(left, widget.Count(t.of.Signatures, "signature"))
		}
		if t.of.Invalid > 0 {
			left = append(left, widget.Count(t.of.Invalid, "name")+" that cannot be a tag")
		}
		p.wrap(0, said(themes.Dim, "Left out: "+strings.Join(left, ", ")))
	}
}

// widestTag is what the names of tags are cut to.
const widestTag = 40

func (t *tagsTab) widths(c widget.Canvas) []int {
	from, to := t.list.Visible(t.height)
	name, marks := 0, 0
	for _, tag := range t.of.Tags[from:to] {
		name = max(name, min(widestTag, widget.Width(ui.Clean(tag.Name))))
		marks = max(marks, widget.Width(t.marks(c, tag)))
	}
	return c.Size(c.Width-2, 1).Columns(
		widget.Column{Want: max(name, 12), Min: 8},
		widget.Column{Want: 5, Drop: 1},
		widget.Column{Want: marks, Min: 6},
		widget.Column{Want: 24, Min: 9, Flex: true},
	)
}

// marks say what the tag is to the image.
func (t *tagsTab) marks(c widget.Canvas, tag engine.Tag) string {
	var marks []string
	if tag.Desired {
		marks = append(marks, "in Git")
	}
	if tag.Live {
		marks = append(marks, "live")
	}
	if tag.Name == t.image.image.Allowed {
		marks = append(marks, "newest allowed")
	}
	return strings.Join(marks, " "+c.Glyphs().Dot+" ")
}

func (t *tagsTab) row(c widget.Canvas, r *widget.Row, widths []int, tag engine.Tag) {
	g := c.Glyphs()
	name, policy := themes.Strong, said(themes.Success, g.Check+" allowed")
	if !tag.Allowed {
		name, policy = themes.Text, said(themes.Dim, g.Cross+" "+ui.Clean(tag.Reason))
	}
	r.Column(name, ui.Clean(tag.Name), widths[0]).Column(themes.Age, c.Age(tag.Built), widths[1]).
		Column(themes.Info, t.marks(c, tag), widths[2]).Column(policy.role, policy.text, widths[3])
}

func (t *tagsTab) position() (from, shown, of int) { return t.list.position(t.height) }

func (t *tagsTab) offers() []keymap.Offer {
	if t.of == nil || len(t.of.Tags) == 0 {
		return nil
	}
	return append(t.finder.offers(), keymap.Offer{Action: keymap.Copy, Label: "copy the tag"}, keymap.Offer{Action: keymap.Edit})
}

func (t *tagsTab) do(a keymap.Action) (tea.Cmd, bool) {
	if t.finder.do(a) {
		return t.lookUp(), true
	}
	if !t.list.Do(a) {
		return nil, false
	}
	t.keep()
	return t.lookUp(), true
}

func (t *tagsTab) click(_, y int, _ bool) tea.Cmd {
	if i := t.list.At(y - t.top); i >= 0 && t.height > 0 {
		t.list.Select(i)
		t.keep()
	}
	return t.lookUp()
}

func (t *tagsTab) wheel(n int) {
	t.list.Scroll(n)
	t.keep()
}

func (t *tagsTab) editing() bool    { return t.finder.typing }
func (t *tagsTab) key(k tea.KeyMsg) { t.finder.key(k) }

func (t *tagsTab) copy() string {
	tag, _ := t.chosen()
	return ui.Clean(tag.Name)
}

// document is all tags with what is known of them.
func (t *tagsTab) document() (name, text string) {
	var b strings.Builder
	if t.of != nil {
		for _, tag := range t.of.Tags {
			tag = t.known(tag)
			policy := "allowed"
			if !tag.Allowed {
				policy = "not allowed: " + ui.Clean(tag.Reason)
			}
			fmt.Fprintf(&b, "%s  %s", ui.Clean(tag.Name), policy)
			if !tag.Built.IsZero() {
				fmt.Fprintf(&b, "  built %s", tag.Built.UTC().Format("2006-01-02 15:04"))
			}
			fmt.Fprintf(&b, "  %s\n", ui.Clean(tag.Digest))
		}
	}
	return "tags-" + t.fileName(), b.String()
}

// searchedTags searches the names of tags.
type searchedTags struct{ *tagsTab }

// Search finds the tags with some words in their name, and goes to the first one
// from where one is.
func (s searchedTags) Search(words string) int {
	t := s.tagsTab
	t.hits = nil
	if words == "" || t.of == nil {
		return 0
	}
	words = strings.ToLower(words)
	for i := range t.of.Tags {
		if strings.Contains(strings.ToLower(t.of.Tags[i].Name), words) {
			t.hits = append(t.hits, i)
		}
	}
	if at, here := slices.BinarySearch(t.hits, t.list.Cursor()); len(t.hits) > 0 && !here {
		t.found(at)
	}
	return len(t.hits)
}

// found goes to a hit; behind the last one is the first.
func (t *tagsTab) found(at int) bool {
	if len(t.hits) == 0 {
		return false
	}
	t.list.Select(t.hits[(at+len(t.hits))%len(t.hits)])
	t.keep()
	return true
}

// NextMatch goes to the next tag that was found.
func (s searchedTags) NextMatch() bool {
	at, here := slices.BinarySearch(s.hits, s.tagsTab.list.Cursor())
	if here {
		at++
	}
	return s.found(at)
}

// PreviousMatch goes to the one before.
func (s searchedTags) PreviousMatch() bool {
	at, _ := slices.BinarySearch(s.hits, s.tagsTab.list.Cursor())
	return s.found(at - 1)
}

func (s searchedTags) matches() (at, of int) {
	at, here := slices.BinarySearch(s.hits, s.tagsTab.list.Cursor())
	if here {
		at++
	}
	return at, len(s.hits)
}
