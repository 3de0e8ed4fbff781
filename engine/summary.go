package engine

import (
	"fmt"
	"strings"
)

// repeats tells whether the cluster had taken the revision whole before, so that
// what differed was not Git's doing.
func (x *execution) repeats() bool { return x.record.Applied() == string(x.desired.revision) }

// undone says what an automatic sync has put right, and whose it was. In a
// repeated sync an object that is created had been there.
func (s Step) undone(repeated bool) string {
	switch {
	case s.Err == "" && s.Operation == Create && repeated:
		return fmt.Sprintf("put right %s: it was gone", s.ID)
	case s.Err != "" || len(s.Replaced) == 0:
		return ""
	}
	var fields []string
	for _, f := range s.Replaced {
		who := f.Manager
		if who == "" {
			who = "somebody"
		}
		if f.Masked {
			fields = append(fields, fmt.Sprintf("%s by %s", f.Path, who))
		} else {
			fields = append(fields, fmt.Sprintf("%s %s → %s, set by %s", f.Path, brief(f.Live), brief(f.Desired), who))
		}
	}
	const most = 3
	if more := len(fields) - most; more > 0 {
		fields = append(fields[:most], plural(more, "more field"))
	}
	return fmt.Sprintf("put right %s: %s", s.ID, strings.Join(fields, "; "))
}

// brief writes a value for a line of text.
func brief(v any) string {
	if v == nil {
		return "(none)"
	}
	const most = 40
	if text := []rune(fmt.Sprint(v)); len(text) > most {
		return string(text[:most]) + "…"
	}
	return fmt.Sprint(v)
}

// summary says in a line how an execution ended.
func summary(o *Outcome) string {
	created, changed, deleted, same := 0, 0, 0, 0
	for _, s := range o.Steps {
		switch {
		case s.Err != "":
		case s.Operation == Delete:
			deleted++
		case s.Unchanged:
			same++
		case s.Operation == Create:
			created++
		default:
			changed++
		}
	}
	var did []string
	for _, part := range []struct {
		n    int
		what string
	}{{created, "created"}, {changed, "changed"}, {deleted, "deleted"}, {same, "as they were"}, {o.Failed(), "refused"}} {
		if part.n > 0 {
			did = append(did, fmt.Sprintf("%d %s", part.n, part.what))
		}
	}
	what := "synced"
	if o.Failed() > 0 {
		what = "synced only a part of"
	}
	text := fmt.Sprintf("%s %.7s", what, o.Revision)
	switch {
	case len(did) > 0:
		text += fmt.Sprintf(" in %.1fs: %s", o.Ended.Sub(o.Started).Seconds(), join(did))
	case o.Err == "":
		text += ": it changes nothing here"
	}
	if o.Err != "" {
		text += "; " + o.Err
	}
	return text
}
