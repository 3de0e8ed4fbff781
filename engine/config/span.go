package config

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Window is a span of time that comes again every week, in a time zone. The
// clock of the zone counts: where summer time begins inside of a window, that
// is an hour shorter. It opens, and closes, when the clock first shows the time,
// or has left it out.
type Window struct {
	text       string
	days       [7]bool // from Sunday
	begin, end int     // minutes of the day; an end that is not after begin is of the next day
	zone       *time.Location
}

// ParseWindow reads a window as the environment file has it: "Mon-Fri
// 08:00-16:00 Europe/Berlin".
func ParseWindow(s string) (Window, error) {
	if wrong := window.check(s); wrong != "" {
		return Window{}, fmt.Errorf("the window %s", wrong)
	}
	parts := strings.Fields(s)
	w := Window{text: s}
	for _, span := range strings.Split(parts[0], ",") {
		from, to, isSpan := strings.Cut(span, "-")
		if !isSpan {
			to = from
		}
		last := dayOf(to)
		for day := dayOf(from); ; day = (day + 1) % 7 {
			w.days[day] = true
			if day == last {
				break
			}
		}
	}
	from, to, _ := strings.Cut(parts[1], "-")
	w.begin, w.end = minutesOf(from), minutesOf(to)
	var err error
	if w.zone, err = time.LoadLocation(parts[2]); err != nil {
		return Window{}, fmt.Errorf("the window %q: %w", s, err)
	}
	return w, nil
}

// dayOf is a day as package time counts them. The name was checked.
func dayOf(name string) int { return (slices.Index(weekdays, name) + 1) % 7 }

// minutesOf reads a time of day, 24:00 too. It was checked.
func minutesOf(s string) int {
	var h, m int
	_, _ = fmt.Sscanf(s, "%d:%d", &h, &m)
	return 60*h + m
}

// String is the window as it was written.
func (w Window) String() string { return w.text }

// Open tells whether the window is open at a time, and until when.
func (w Window) Open(at time.Time) (until time.Time, open bool) {
	for _, day := range []int{-1, 0} { // it may have opened yesterday
		begin, end, opens := w.on(at, day)
		if opens && !at.Before(begin) && at.Before(end) {
			return end, true
		}
	}
	return time.Time{}, false
}

// Next is when the window opens next after a time.
func (w Window) Next(at time.Time) time.Time {
	for day := range 9 {
		if begin, end, opens := w.on(at, day); opens && begin.After(at) && end.After(begin) {
			return begin
		}
	}
	return time.Time{} // it has no day, which ParseWindow does not allow
}

// on is the window of a day so many after that of at, in the window's zone.
func (w Window) on(at time.Time, days int) (begin, end time.Time, opens bool) {
	y, m, d := at.In(w.zone).Date()
	d += days
	begin = firstShown(y, m, d, w.begin, w.zone)
	if w.end <= w.begin {
		d++
	}
	end = firstShown(y, m, d, w.end, w.zone)
	first := time.Date(y, m, d, 12, 0, 0, 0, w.zone)
	if w.end <= w.begin {
		first = first.AddDate(0, 0, -1)
	}
	return begin, end, w.days[first.Weekday()]
}

// firstShown is the first moment at which the clock of a zone shows a time of a
// day, in minutes. A time that it leaves out comes when it jumps over it.
func firstShown(year int, month time.Month, day, minutes int, zone *time.Location) time.Time {
	at := time.Date(year, month, day, 0, minutes, 0, 0, zone)
	since, until := at.ZoneBounds()
	_, offset := at.Zone()
	wanted := time.Date(year, month, day, 0, minutes, 0, 0, time.UTC)
	switch shown := at.Add(time.Duration(offset) * time.Second); {
	case shown.Before(wanted):
		return until
	case shown.After(wanted):
		return since
	case since.IsZero():
		return at
	}
	_, before := since.Add(-1).Zone()
	if earlier := at.Add(time.Duration(offset-before) * time.Second); earlier.Before(since) {
		return earlier // it is shown twice
	}
	return at
}
