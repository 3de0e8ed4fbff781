package config

import "time"

// Calendar says when an environment may be changed: inside of one of its windows,
// if it has any, and outside of every freeze.
type Calendar struct {
	windows []Window
	freezes []Freeze
}

// Calendar reads the windows and the freezes of the gates.
func (g Gates) Calendar() (Calendar, error) {
	var c Calendar
	for _, text := range g.Windows {
		w, err := ParseWindow(text)
		if err != nil {
			return Calendar{}, err
		}
		c.windows = append(c.windows, w)
	}
	for _, text := range g.Freezes {
		f, err := ParseFreeze(text)
		if err != nil {
			return Calendar{}, err
		}
		c.freezes = append(c.freezes, f)
	}
	return c, nil
}

// Frozen returns the freeze that holds at a time and ends last.
func (c Calendar) Frozen(at time.Time) (f Freeze, frozen bool) {
	for _, one := range c.freezes {
		if until, holds := one.Holds(at); holds && (!frozen || until.After(f.end)) {
			f, frozen = one, true
		}
	}
	return f, frozen
}

// Open tells whether the environment may be changed at a time, and until when as
// far as the windows say; zero is for ever.
func (c Calendar) Open(at time.Time) (until time.Time, open bool) {
	if _, frozen := c.Frozen(at); frozen {
		return time.Time{}, false
	}
	open = len(c.windows) == 0
	for _, w := range c.windows {
		if end, is := w.Open(at); is {
			open = true
			if end.After(until) {
				until = end
			}
		}
	}
	for _, f := range c.freezes {
		if f.begin.After(at) && (until.IsZero() || f.begin.Before(until)) {
			until = f.begin
		}
	}
	return until, open
}

// Next is the first moment from a time on at which the environment may be
// changed: that time itself when it is open. It is zero when there is none within
// a hundred openings.
func (c Calendar) Next(at time.Time) time.Time {
	for range 100 {
		if f, frozen := c.Frozen(at); frozen {
			at = f.end
			continue
		}
		if _, open := c.Open(at); open {
			return at
		}
		next := time.Time{}
		for _, w := range c.windows {
			if opens := w.Next(at); !opens.IsZero() && (next.IsZero() || opens.Before(next)) {
				next = opens
			}
		}
		if next.IsZero() {
			return next
		}
		at = next
	}
	return time.Time{}
}
