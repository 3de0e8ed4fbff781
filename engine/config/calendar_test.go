package config_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine/config"
)

func TestCalendar(t *testing.T) {
	office := []string{"Mon-Fri 08:00-16:00 Europe/Berlin"}
	for name, c := range map[string]struct {
		gates config.Gates
		at    string
		until string // empty: it is closed
		next  string
	}{
		"a freeze alone":             {config.Gates{Freezes: []string{"2026-12-20 18:00 to 2027-01-04 06:00 Europe/Berlin"}}, "2026-12-24T12:00:00Z", "", "2027-01-04T05:00:00Z"},
		"before a freeze":            {config.Gates{Freezes: []string{"2026-12-20 18:00 to 2027-01-04 06:00 Europe/Berlin"}}, "2026-12-20T16:59:59Z", "2026-12-20T17:00:00Z", "2026-12-20T16:59:59Z"},
		"at its end":                 {config.Gates{Freezes: []string{"2026-12-20 to 2026-12-20 UTC"}}, "2026-12-21T00:00:00Z", "none", "2026-12-21T00:00:00Z"},
		"the whole last day":         {config.Gates{Freezes: []string{"2026-12-24 to 2026-12-26 Europe/Berlin"}}, "2026-12-26T22:59:59Z", "", "2026-12-26T23:00:00Z"},
		"it ends outside of windows": {config.Gates{Windows: office, Freezes: []string{"2026-12-24 to 2026-12-26 Europe/Berlin"}}, "2026-12-25T09:00:00Z", "", "2026-12-28T07:00:00Z"},
		"a window and then a freeze": {config.Gates{Windows: office, Freezes: []string{"2026-11-24 12:00 to 2026-11-24 13:00 Europe/Berlin"}}, "2026-11-24T10:00:00Z", "2026-11-24T11:00:00Z", "2026-11-24T10:00:00Z"},
		"one freeze after the other": {config.Gates{Freezes: []string{"2026-12-01 to 2026-12-02 UTC", "2026-12-03 to 2026-12-04 UTC"}}, "2026-12-01T09:00:00Z", "", "2026-12-05T00:00:00Z"},
		"the night summer time ends": {config.Gates{Freezes: []string{"2026-10-25 01:00 to 2026-10-25 04:00 Europe/Berlin"}}, "2026-10-25T01:30:00Z", "", "2026-10-25T03:00:00Z"},
		"the hour twice is frozen":   {config.Gates{Freezes: []string{"2026-10-25 02:30 to 2026-10-25 02:45 Europe/Berlin"}}, "2026-10-25T00:30:00Z", "", "2026-10-25T01:45:00Z"},
		"the night it begins":        {config.Gates{Freezes: []string{"2026-03-29 01:00 to 2026-03-29 04:00 Europe/Berlin"}}, "2026-03-29T00:30:00Z", "", "2026-03-29T02:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339, c.at)
			if err != nil {
				t.Fatal(err)
			}
			calendar, err := c.gates.Calendar()
			if err != nil {
				t.Fatal(err)
			}
			until, open := calendar.Open(at)
			got := ""
			switch {
			case open && until.IsZero():
				got = "none"
			case open:
				got = until.UTC().Format(time.RFC3339)
			}
			if got != c.until {
				t.Errorf("open until %q, want %q", got, c.until)
			}
			if next := calendar.Next(at).UTC().Format(time.RFC3339); next != c.next {
				t.Errorf("opens at %s, want %s", next, c.next)
			}
		})
	}
}

// TestNextIsTheFirstOpenMoment: there is none before it, and it is one.
func TestNextIsTheFirstOpenMoment(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 7))
	gates := config.Gates{
		Windows: []string{"Mon-Thu 22:00-02:30 Europe/Berlin", "Sun 01:00-04:00 Europe/Berlin", "Sat 09:00-10:00 America/New_York"},
		Freezes: []string{"2026-03-28 12:00 to 2026-03-29 02:30 Europe/Berlin", "2026-10-25 to 2026-10-25 UTC", "2026-07-01 to 2026-07-14 Asia/Tokyo"},
	}
	calendar, err := gates.Calendar()
	if err != nil {
		t.Fatal(err)
	}
	year := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for range 500 {
		at := year.Add(time.Duration(random.IntN(365*24*60)) * time.Minute)
		next := calendar.Next(at)
		if _, open := calendar.Open(next); !open {
			t.Fatalf("from %s on it opens at %s, when it is closed", at, next)
		}
		for m := at; m.Before(next); m = m.Add(time.Minute) {
			if _, open := calendar.Open(m); open {
				t.Fatalf("from %s on it opens at %s, but it is open at %s", at, next, m)
			}
		}
	}
}
