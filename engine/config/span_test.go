package config_test

import (
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine/config"
)

func TestWindows(t *testing.T) {
	at := func(s string) time.Time {
		parsed, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	for name, c := range map[string]struct {
		window, at  string
		open        bool
		until, next string // whichever of the two is of interest
	}{
		"inside":                     {"Mon-Fri 08:00-16:00 Europe/Berlin", "2026-11-23T08:00:00Z", true, "2026-11-23T15:00:00Z", ""},
		"before":                     {"Mon-Fri 08:00-16:00 Europe/Berlin", "2026-11-23T06:59:59Z", false, "", "2026-11-23T07:00:00Z"},
		"at its end":                 {"Mon-Fri 08:00-16:00 Europe/Berlin", "2026-11-23T15:00:00Z", false, "", "2026-11-24T07:00:00Z"},
		"over the weekend":           {"Mon-Fri 08:00-16:00 Europe/Berlin", "2026-11-27T15:00:00Z", false, "", "2026-11-30T07:00:00Z"},
		"over midnight, the evening": {"Fri 22:00-02:00 UTC", "2026-11-27T23:00:00Z", true, "2026-11-28T02:00:00Z", ""},
		"over midnight, the morning": {"Fri 22:00-02:00 UTC", "2026-11-28T01:59:00Z", true, "2026-11-28T02:00:00Z", ""},
		"over midnight, a day late":  {"Fri 22:00-02:00 UTC", "2026-11-29T01:00:00Z", false, "", "2026-12-04T22:00:00Z"},
		"until midnight":             {"Sat,Sun 10:00-24:00 UTC", "2026-11-28T23:59:00Z", true, "2026-11-29T00:00:00Z", ""},
		"days round the week":        {"Sat-Mon 10:00-11:00 UTC", "2026-11-23T10:30:00Z", true, "2026-11-23T11:00:00Z", ""},
		"another date in its zone":   {"Tue 01:00-03:00 Asia/Tokyo", "2026-11-23T16:30:00Z", true, "2026-11-23T18:00:00Z", ""},
		"summer time begins inside":  {"Sun 01:00-04:00 Europe/Berlin", "2026-03-29T00:30:00Z", true, "2026-03-29T02:00:00Z", ""},
		"summer time ends inside":    {"Sun 01:00-04:00 Europe/Berlin", "2026-10-25T02:30:00Z", true, "2026-10-25T03:00:00Z", ""},
		"begins in what is left out": {"Sun 02:30-05:00 Europe/Berlin", "2026-03-29T00:59:59Z", false, "", "2026-03-29T01:00:00Z"},
		"ends in what is left out":   {"Sun 01:00-02:30 Europe/Berlin", "2026-03-29T00:59:59Z", true, "2026-03-29T01:00:00Z", ""},
		"begins in the hour twice":   {"Sun 02:30-05:00 Europe/Berlin", "2026-10-25T00:00:00Z", false, "", "2026-10-25T00:30:00Z"},
		"ends in the hour twice":     {"Sun 01:00-02:30 Europe/Berlin", "2026-10-25T00:29:59Z", true, "2026-10-25T00:30:00Z", ""},
		"does not open again in it":  {"Sun 01:00-02:30 Europe/Berlin", "2026-10-25T01:15:00Z", false, "", "2026-11-01T00:00:00Z"},
		"the last second by its day": {"Sat 23:00-24:00 America/Sao_Paulo", "2018-11-04T02:59:59Z", true, "2018-11-04T03:00:00Z", ""},
		"midnight is left out":       {"Sun 00:00-02:00 America/Sao_Paulo", "2018-11-04T02:00:00Z", false, "", "2018-11-04T03:00:00Z"},
		"the hour that is left out":  {"Sun 02:00-03:00 Europe/Berlin", "2026-03-28T12:00:00Z", false, "", "2026-04-05T00:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			w, err := config.ParseWindow(c.window)
			if err != nil {
				t.Fatal(err)
			}
			until, open := w.Open(at(c.at))
			if open != c.open || c.until != "" && !until.Equal(at(c.until)) {
				t.Errorf("open is %v until %v, want %v until %s", open, until, c.open, c.until)
			}
			if next := w.Next(at(c.at)); c.next != "" && !next.Equal(at(c.next)) {
				t.Errorf("opens next at %v, want %s", next.UTC(), c.next)
			}
		})
	}
	if _, err := config.ParseWindow("Mon 8-9 UTC"); err == nil {
		t.Error("a window that is none was read")
	}
}
