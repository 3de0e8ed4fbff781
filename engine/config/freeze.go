package config

import (
	"fmt"
	"strings"
	"time"
)

// Freeze is a span of time in which an environment may not change, between two
// moments of the clock of a zone.
type Freeze struct {
	text       string
	begin, end time.Time
}

const (
	freezeExample = `write it as "2026-12-20 18:00 to 2027-01-04 06:00 Europe/Berlin", or with whole days as "2026-12-24 to 2026-12-26 Europe/Berlin"`
	freezePattern = `^[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-2][0-9]:[0-5][0-9])? to [0-9]{4}-[0-9]{2}-[0-9]{2}( [0-2][0-9]:[0-5][0-9])? \S+$`
)

var freeze = rule{
	check: func(s string) string {
		if _, wrong := readFreeze(s); wrong != "" {
			return fmt.Sprintf("is %q: %s", s, wrong)
		}
		return ""
	},
	schema: map[string]any{"pattern": freezePattern},
}

// ParseFreeze reads a freeze as the environment file has it. A day without a time
// is meant from its beginning, and at the end of the freeze to its own end.
func ParseFreeze(s string) (Freeze, error) {
	f, wrong := readFreeze(s)
	if wrong != "" {
		return Freeze{}, fmt.Errorf("the freeze %q: %s", s, wrong)
	}
	return f, nil
}

func readFreeze(s string) (f Freeze, wrong string) {
	from, rest, ok := strings.Cut(strings.Join(strings.Fields(s), " "), " to ")
	at := strings.LastIndex(rest, " ")
	if !ok || at < 0 {
		return f, "it needs two moments and a time zone: " + freezeExample
	}
	to, name := rest[:at], rest[at+1:]
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" { // which would be another zone on another machine
		return f, fmt.Sprintf("%q is not a time zone: write UTC or a name such as Europe/Berlin", name)
	}
	f = Freeze{text: s}
	if f.begin, wrong = moment(from, zone, 0); wrong != "" {
		return f, wrong
	}
	// An hour that comes twice belongs to the freeze with both.
	f.begin = firstShown(f.begin.Year(), f.begin.Month(), f.begin.Day(), 60*f.begin.Hour()+f.begin.Minute(), zone)
	if f.end, wrong = moment(to, zone, 1); wrong != "" {
		return f, wrong
	}
	if !f.begin.Before(f.end) {
		return f, "it ends before it begins"
	}
	return f, ""
}

// moment reads a date with a time, or one without: that is the beginning of the
// day so many after it.
func moment(s string, zone *time.Location, days int) (at time.Time, wrong string) {
	if at, err := time.ParseInLocation("2006-01-02 15:04", s, zone); err == nil {
		return at, ""
	}
	at, err := time.ParseInLocation(time.DateOnly, s, zone)
	if err != nil {
		return at, fmt.Sprintf("%q is not a moment: %s", s, freezeExample)
	}
	return at.AddDate(0, 0, days), ""
}

// String is the freeze as it was written.
func (f Freeze) String() string { return f.text }

// Holds tells whether it is frozen at a time, and until when.
func (f Freeze) Holds(at time.Time) (until time.Time, frozen bool) {
	return f.end, !at.Before(f.begin) && at.Before(f.end)
}
