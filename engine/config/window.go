package config

import (
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // so that a zone means the same on every machine
)

var weekdays = []string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}

const (
	windowExample = `write it as "Mon-Fri 08:00-16:00 Europe/Berlin"`
	windowPattern = `^((Mon|Tue|Wed|Thu|Fri|Sat|Sun)([-,](Mon|Tue|Wed|Thu|Fri|Sat|Sun))*) [0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9] \S+$`
)

// window is a span of time that comes again every week: days, times, zone. One
// that ends before it begins ends on the next day.
var window = rule{
	check: func(s string) string {
		parts := strings.Fields(s)
		if len(parts) != 3 {
			return fmt.Sprintf("is %q, but needs days, times and a time zone: %s", s, windowExample)
		}
		if wrong := checkDays(parts[0]); wrong != "" {
			return fmt.Sprintf("is %q: %s", s, wrong)
		}
		from, to, ok := strings.Cut(parts[1], "-")
		if !ok || !isTimeOfDay(from) || !isTimeOfDay(to) && to != "24:00" {
			return fmt.Sprintf("is %q: %q is not a span of time: %s", s, parts[1], windowExample)
		}
		if from == to {
			return fmt.Sprintf("is %q: it ends when it begins", s)
		}
		// "Local" would be another zone on another machine.
		if _, err := time.LoadLocation(parts[2]); err != nil || parts[2] == "Local" {
			return fmt.Sprintf("is %q: %q is not a time zone: write UTC or a name such as Europe/Berlin", s, parts[2])
		}
		return ""
	},
	schema: map[string]any{"pattern": windowPattern},
}

func checkDays(s string) string {
	for _, span := range strings.Split(s, ",") {
		from, to, isSpan := strings.Cut(span, "-")
		days := []string{from}
		if isSpan {
			days = append(days, to)
		}
		for _, day := range days {
			if !slices.Contains(weekdays, day) {
				return fmt.Sprintf("%q is not a day: write %s%s", day, alternatives(weekdays), didYouMean(day, weekdays))
			}
		}
	}
	return ""
}

func isTimeOfDay(s string) bool {
	_, err := time.Parse("15:04", s)
	return err == nil && len(s) == len("15:04")
}
