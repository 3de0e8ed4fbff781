package detail

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

const (
	logTail = 500  // lines that are asked for
	logKept = 5000 // lines that are kept
)

// logsTab shows the log of one container of the object's pods.
type logsTab struct {
	*object
	called string
	text   widget.Text
	lines  []string // those in text
	finder finder
	top    int // the line on which the text begins, as drawn last

	chosen  *logOf // whose log is shown; nil: nobody's yet
	prior   bool   // that of the previous run
	picking bool   // the list of containers is open
	list    choice

	come   load[intake]
	cancel context.CancelFunc // ends the stream
	taken  int                // the last intake that was taken
	state  logState
	asked  time.Time
}

// intake is what came in, and where more comes from.
type intake struct {
	batch
	feed   *feed
	number int
}

// logState is where the stream stands.
type logState uint8

const (
	logClosed logState = iota // not asked for
	logOpening
	logRunning
	logEnded
	logBroken // it could not be read
)

const logsName = "Logs"

func newLogsTab(o *object) *logsTab {
	t := &logsTab{object: o, called: logsName}
	t.text.SetLimit(logKept)
	t.finder.in = searchedText{&t.text}
	return t
}

func (t *logsTab) name() string { return t.called }

func (t *logsTab) load() tea.Cmd {
	var pods tea.Cmd
	if t.pods.wanted(t.object.state) {
		pods = t.askPods(t.patience)
	}
	switch {
	case t.chosen == nil && t.pods.known:
		if t.chosen = mostTroubled(t.pods.value); t.chosen == nil {
			return pods
		}
		return tea.Batch(pods, t.open(0))
	case t.chosen == nil:
		return pods
	case t.state == logClosed:
		return tea.Batch(pods, t.open(t.patience))
	}
	return tea.Batch(pods, t.take())
}

// take takes in what came, and asks for more.
func (t *logsTab) take() tea.Cmd {
	switch {
	case t.come.open():
	case t.come.err != nil:
		t.state = logBroken
	case t.come.known && t.come.value.number > t.taken:
		in := t.come.value
		if t.taken = in.number; in.number == 1 {
			t.clear()
		}
		t.add(in.lines)
		t.state = logRunning
		switch {
		case in.batch.err != nil:
			t.come.err = in.batch.err
			t.state = logBroken
		case in.ended:
			t.state = logEnded
		default:
			return t.more(in)
		}
	}
	return nil
}

// add adds lines at the end.
func (t *logsTab) add(lines []string) {
	t.text.Append(lines...)
	t.lines = append(t.lines, lines...)
	if over := len(t.lines) - logKept; over > 0 {
		t.lines = slices.Delete(t.lines, 0, over)
	}
}

// open asks for the chosen log from its beginning.
func (t *logsTab) open(pause time.Duration) tea.Cmd {
	t.close()
	ctx, cancel := context.WithCancel(context.Background())
	t.cancel, t.state, t.taken, t.asked = cancel, logOpening, 0, time.Now()
	q := engine.LogQuery{
		Environment: t.env.Name, Namespace: t.chosen.namespace, Pod: t.chosen.pod, Container: t.chosen.container,
		Tail: logTail, Follow: !t.taste.still && !t.prior, Previous: t.prior,
	}
	src := t.src
	return t.come.start(1, pause, func(asked context.Context) (intake, error) {
		f, err := openFeed(ctx, func(ctx context.Context) (io.ReadCloser, error) { return src.Logs(ctx, q) })
		if err != nil {
			return intake{}, err
		}
		return f.intake(asked, 1)
	})
}

func (t *logsTab) more(in intake) tea.Cmd {
	return t.come.start(in.number+1, 0, func(ctx context.Context) (intake, error) { return in.feed.intake(ctx, in.number+1) })
}

func (f *feed) intake(ctx context.Context, number int) (intake, error) {
	b, err := f.next(ctx)
	return intake{batch: b, feed: f, number: number}, err
}

// clear makes room for another log.
func (t *logsTab) clear() {
	t.lines = nil
	t.text.SetLines(nil)
	t.text.Follow(true)
}

// close ends the stream.
func (t *logsTab) close() {
	t.come.stop()
	if t.cancel != nil {
		t.cancel()
		t.cancel = nil
	}
	t.come.known, t.come.err = false, nil
	t.state = logClosed
}

func (t *logsTab) reload() tea.Cmd {
	pods := t.askPods(0)
	if t.chosen == nil {
		return pods
	}
	return tea.Batch(pods, t.open(0))
}

func (t *logsTab) rest() {
	t.pods.stop()
	if t.state != logEnded { // else it is all there
		t.close()
	}
}

func (t *logsTab) view(c widget.Canvas) []string {
	p := prose{c: c}
	t.layHead(&p)
	head := p.lines[:min(len(p.lines), c.Height)]
	t.top = len(head)
	body := c.Size(c.Width, c.Height-t.top)
	lines := append(make([]string, 0, c.Height), head...)
	switch {
	case t.picking:
		return append(lines, t.drawPicker(body)...)
	case body.Height <= 0:
		return lines
	}
	if t.text.Wrapped() == t.taste.cutLogs {
		t.text.SetWrap(!t.taste.cutLogs)
	}
	return append(lines, t.finder.draw(body, margined(t.text.View))...)
}

// layHead says whose log it is and where it stands.
func (t *logsTab) layHead(p *prose) {
	if t.pods.err != nil {
		p.failure(t.desk, "The pods cannot be read", t.pods.err)
	}
	if t.chosen == nil {
		switch {
		case t.pods.known:
			p.wrap(0, said(themes.Text, "It has no pods, so there is no log."))
		case t.pods.err == nil:
			p.loading("pods")
		}
		return
	}
	all := t.containers()
	left := []span{told(themes.Strong, t.chosen.container)}
	switch i := t.at(all); {
	case i < 0:
		left = append(left, said(themes.Warning, " (gone)"))
	case len(all) > 1:
		left = append(left, said(themes.Dim, fmt.Sprintf(" %d of %d", i+1, len(all))))
	}
	if t.prior {
		left = append(left, said(themes.Warning, "  previous run"))
	}
	left = append(left, told(themes.Dim, "  "+t.chosen.pod))
	p.sides(left, []span{t.standing(p.c)})
	if t.state == logBroken {
		p.failure(t.desk, "The log cannot be read", t.come.err)
	}
}

// standing says where the stream stands.
func (t *logsTab) standing(c widget.Canvas) span {
	switch t.state {
	case logOpening:
		return said(themes.Dim, "loading"+c.Glyphs().Ellipsis)
	case logRunning:
		if !t.text.Following() {
			return said(themes.Dim, "more comes in at the end")
		}
		return said(themes.Success, "following")
	case logBroken:
		return said(themes.Error, "broken off")
	case logEnded:
		switch {
		case t.text.Count() == 0:
			return said(themes.Dim, "the log is empty")
		case t.taste.still || t.prior:
			return said(themes.Dim, "as of "+t.asked.Format("15:04:05"))
		}
		return said(themes.Dim, "the log has ended")
	}
	return said(themes.Dim, "stopped")
}

func (t *logsTab) position() (from, shown, of int) {
	if t.picking {
		return 0, 0, 0
	}
	return t.text.Position()
}

func (t *logsTab) offers() []keymap.Offer {
	if t.picking {
		return []keymap.Offer{{Action: keymap.Open, Label: "choose"}, {Action: keymap.Back}}
	}
	if t.chosen == nil {
		return nil
	}
	follow, prior, wrap := keymap.Offer{Action: keymap.Follow, Label: "stop following"}, keymap.Offer{Action: keymap.Previous}, "cut lines"
	if t.taste.still || !t.come.open() || !t.text.Following() {
		follow.Label = "follow"
	}
	if t.prior {
		prior.Label = "log of this run"
		follow.Disabled = "a previous run has ended"
	} else if !t.restarted() {
		prior.Disabled = "the container has not been restarted"
	}
	if t.taste.cutLogs {
		wrap = "wrap lines"
	}
	offers := []keymap.Offer{follow, prior}
	if len(t.containers()) > 1 {
		offers = append(offers, keymap.Offer{Action: keymap.Right, Label: "next container"}, keymap.Offer{Action: keymap.Left, Label: "previous container"},
			keymap.Offer{Action: keymap.Open, Label: "choose a container"})
	}
	offers = append(offers, t.finder.offers()...)
	return append(offers, keymap.Offer{Action: keymap.Wrap, Label: wrap}, keymap.Offer{Action: keymap.Copy, Label: "copy the log"}, keymap.Offer{Action: keymap.Edit})
}

// restarted tells whether the chosen container has had a previous run.
func (t *logsTab) restarted() bool {
	for _, p := range t.pods.value {
		for _, k := range p.Containers {
			if p.ID.Name == t.chosen.pod && k.Name == t.chosen.container {
				return k.Restarts > 0
			}
		}
	}
	return false
}

func (t *logsTab) do(a keymap.Action) (tea.Cmd, bool) {
	if t.picking {
		return t.pick(a)
	}
	if t.chosen == nil {
		return nil, false
	}
	switch a {
	case keymap.Left:
		return t.step(-1), true
	case keymap.Right:
		return t.step(1), true
	case keymap.Open:
		if all := t.containers(); len(all) > 1 {
			t.picking = true
			t.list.SetCount(len(all))
			t.list.Select(max(0, t.at(all)))
		}
		return nil, true
	case keymap.Follow:
		return t.follow(), true
	case keymap.Previous:
		if !t.prior && !t.restarted() {
			return nil, true
		}
		t.prior = !t.prior
		t.clear()
		return t.open(0), true
	case keymap.Wrap:
		t.taste.cutLogs = !t.taste.cutLogs
		return nil, true
	}
	return nil, t.finder.do(a) || t.text.Do(a)
}

// follow goes to the end of a log that comes in, and from there stops it. One
// that does not come in begins to.
func (t *logsTab) follow() tea.Cmd {
	switch {
	case t.prior:
		return nil
	case t.state == logRunning && !t.text.Following():
		t.text.Follow(true)
		return nil
	case t.taste.still || t.state != logRunning && t.state != logOpening:
		t.taste.still = false
		return t.open(0)
	}
	t.taste.still = true
	t.close()
	t.state, t.asked = logEnded, time.Now()
	return nil
}

func (t *logsTab) click(_, y int, twice bool) tea.Cmd {
	if !t.picking {
		return nil
	}
	if i := t.list.At(y - t.top); i >= 0 {
		t.list.Select(i)
		if twice {
			cmd, _ := t.pick(keymap.Open)
			return cmd
		}
	}
	return nil
}

func (t *logsTab) wheel(n int) {
	if t.picking {
		t.list.Scroll(n)
	} else {
		t.text.Scroll(n)
	}
}

func (t *logsTab) editing() bool    { return t.finder.typing }
func (t *logsTab) key(k tea.KeyMsg) { t.finder.key(k) }
func (t *logsTab) copy() string     { return joined(t.lines) }

func (t *logsTab) document() (name, text string) {
	if t.chosen == nil {
		return t.fileName(".log"), ""
	}
	return ui.Clean(t.chosen.pod+"-"+t.chosen.container) + ".log", t.copy()
}
