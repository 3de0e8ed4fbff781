package engine

import "time"

// retry spaces out what evenkeel does to one object, so that a fight with
// somebody else, or a refusal, does not become a storm of requests.
type retry struct {
	at      time.Time // not before; zero is at once
	last    time.Time
	times   int    // in a row
	refused string // the server's words, when the last attempt was refused
}

const (
	// promptly many corrections in a row are made without delay: a person may
	// well touch an object more than once.
	promptly = 3
	// forgetAfter a quiet time the row is over.
	forgetAfter = 10 * time.Minute
	longest     = 5 * time.Minute
)

// corrected notes that the object was applied.
func (r *retry) corrected(now time.Time) {
	r.count(now)
	r.refused = ""
	r.at = time.Time{}
	if r.times >= promptly {
		r.at = now.Add(delay(r.times - promptly))
	}
}

// failed notes that the server refused, and in which words.
func (r *retry) failed(now time.Time, words string) {
	r.later(now)
	r.refused = words
}

// later notes an attempt that came to nothing.
func (r *retry) later(now time.Time) {
	r.count(now)
	r.at = now.Add(delay(r.times - 1))
}

func (r *retry) count(now time.Time) {
	if now.Sub(r.last) > forgetAfter {
		r.times = 0
	}
	r.times++
	r.last = now
}

// due tells whether the object may be touched now.
func (r *retry) due(now time.Time) bool { return !now.Before(r.at) }

// delay doubles from two seconds up to the longest.
func delay(n int) time.Duration {
	return min(longest, 2*time.Second<<min(n, 16))
}
