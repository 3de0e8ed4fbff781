package command

import (
	"fmt"

	"github.com/evenkeel/evenkeel/ui/console"
)

// stepPrinter shows how far a start is: on one line that is
// written over on a terminal, on lines of their own elsewhere.
type stepPrinter struct {
	p     *printer
	live  bool
	steps []console.Step // the latest of each name, in order of appearance
}

func (a *app) stepPrinter() *stepPrinter {
	return &stepPrinter{p: a.printer(a.Err), live: isTerminal(a.Err) && prepareTerminal(a.Err)}
}

func (d *stepPrinter) show(s console.Step) {
	first := true
	for i := range d.steps {
		if d.steps[i].Name == s.Name {
			d.steps[i], first = s, false
		}
	}
	if first {
		d.steps = append(d.steps, s)
	}
	if d.live {
		d.p.limit = columns(d.p.w) - 1 // the cursor has to stay on the line
		d.p.write("\r\x1b[K")
		d.p.part(d.spans()...)
		return
	}
	// A count is of no use where it cannot be written over.
	if first || s.Total <= 1 || s.Done == s.Total {
		d.p.line(span{s.Name + ": ", bold}, span{s.Detail, plain})
	}
}

func (d *stepPrinter) spans() []span {
	var spans []span
	for i, s := range d.steps {
		if i > 0 {
			spans = append(spans, span{"   ", plain})
		}
		detail := s.Detail
		if s.Done < s.Total && s.Total > 1 {
			detail = fmt.Sprintf("%d of %d", s.Done, s.Total)
		}
		spans = append(spans, span{s.Name + " ", bold}, span{detail, plain})
	}
	return spans
}

func (d *stepPrinter) end() {
	if d.live {
		d.p.write("\r\x1b[K")
	}
}
