package console

import (
	"context"
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// starting is the screen until there is an engine: what is being done, how far
// it is, and for how long still.
type starting struct {
	title string
	begun time.Time
	steps []progress
	told  chan Step
	// opened gets how the opening ended, and is closed then.
	opened chan openedMsg
}

// progress is one part of the start.
type progress struct {
	Step
	// From where the rest of the time is reckoned.
	counted time.Time
	from    int
}

type (
	stepMsg   Step
	openedMsg struct {
		session Session
		err     error
	}
)

func newStarting(title string) *starting {
	return &starting{title: title, told: make(chan Step, 64), opened: make(chan openedMsg, 1)}
}

// begin opens what the console shows. Run waits until that has ended.
func (m *model) begin() tea.Cmd {
	s := m.start
	s.begun = m.now()
	go m.out.Guard(func() tea.Msg {
		defer close(s.opened)
		session, err := m.opts.Open(m.ctx, func(step Step) {
			select {
			case s.told <- step:
			case <-m.ctx.Done():
			}
		})
		s.opened <- openedMsg{session, err}
		return nil
	})()
	return tea.Batch(s.listen(m.ctx), func() tea.Msg { return <-s.opened })
}

// wait returns when the opening has ended, if it was begun: what was being
// opened is left as its opener leaves it.
func (s *starting) wait() {
	if s.begun.IsZero() {
		return
	}
	for range s.opened {
	}
}

func (s *starting) listen(ctx context.Context) tea.Cmd {
	return func() tea.Msg {
		select {
		case step := <-s.told:
			return stepMsg(step)
		case <-ctx.Done():
			return nil
		}
	}
}

// tell takes in how far a part is.
func (s *starting) tell(step Step, now time.Time) {
	step.Name, step.Detail = ui.Clean(step.Name), ui.Clean(step.Detail)
	for i := range s.steps {
		p := &s.steps[i]
		if p.Name != step.Name {
			continue
		}
		if p.Total != step.Total {
			p.counted, p.from = now, step.Done
		}
		p.Step = step
		return
	}
	s.steps = append(s.steps, progress{Step: step, counted: now, from: step.Done})
}

// left is how long a part still takes, going by how fast it was; 0 when that
// cannot be said yet.
func (p *progress) left(now time.Time) time.Duration {
	done, spent := p.Done-p.from, now.Sub(p.counted)
	if p.Total <= 1 || done < 5 || p.Done >= p.Total || spent < 3*time.Second {
		return 0
	}
	return spent / time.Duration(done) * time.Duration(p.Total-p.Done)
}

// opened goes over to what was opened; without it there is nothing to show.
func (m *model) opened(msg openedMsg) tea.Cmd {
	if m.start == nil {
		return nil
	}
	if msg.err != nil {
		m.failed = msg.err
		return tea.Quit
	}
	m.start = nil
	return m.watch(msg.session)
}

// View draws the start in the middle of the screen.
func (s *starting) View(c widget.Canvas) []string {
	width := min(c.Width, 84)
	in := c.Size(width, c.Height)
	lines := []string{
		in.Row(themes.Screen).Add(themes.Logo, "evenkeel").Gap(2).Fit(themes.Text, s.title, width-10).String(),
		widget.Blank(width),
	}
	for i := range s.steps {
		lines = append(lines, s.steps[i].lines(in)...)
	}
	if len(s.steps) == 0 {
		lines = append(lines, in.Row(themes.Screen).Add(themes.Dim, "opening "+c.Glyphs().Ellipsis).String())
	}
	lines = append(lines, widget.Blank(width),
		in.Row(themes.Screen).Add(themes.Dim, "for "+widget.Span(c.Now.Sub(s.begun))+" now. ").Add(themes.Key, "q").Add(themes.Dim, " leaves.").String())
	return c.Middle(lines, width)
}

func (p *progress) lines(c widget.Canvas) []string {
	const label = 12
	g := c.Glyphs()
	mark, role := c.Spinner(), themes.Progressing
	if p.Total > 0 && p.Done >= p.Total {
		mark, role = g.Check, themes.Success
	}
	first := c.Row(themes.Screen).Add(role, mark).Gap(1).Fit(themes.Strong, p.Name, label)
	if p.Total <= 1 || p.Done >= p.Total {
		return []string{first.Fit(themes.Text, p.Detail, max(0, first.Room())).String()}
	}
	count := fmt.Sprintf(" %d of %d", p.Done, p.Total)
	if left := p.left(c.Now); left > 0 {
		count += ", about " + widget.Span(left) + " still"
	}
	first.Bar(p.Done, p.Total, min(30, c.Width-label-2-widget.Width(count))).Add(themes.Text, count)
	detail := c.Row(themes.Screen).Gap(label+2).Fit(themes.Dim, p.Detail, max(0, c.Width-label-2))
	return []string{first.String(), detail.String()}
}
