package engine

import (
	"strconv"
	"time"

	"github.com/evenkeel/evenkeel/kube"
)

// object is the engine's state of one object.
type object struct {
	shown  *Object // immutable; replaced when, and only when, anything changes
	want   *wanted // nil when Extra
	live   *kube.Live
	traits traits
	change change // whose doing it is that it is Modified
	// judging is the question that the server was asked and has not answered.
	judging  *question
	judgment judgment
	// unanswered is set when the server could not be asked.
	unanswered bool
	// expected is what evenkeel has just written; until the view has caught up
	// with it, what the view shows is old.
	expected expectation
	retry    retry
}

// expectation is a write that the live view has not shown yet.
type expectation struct {
	version string // resourceVersion that the write made
	gone    string // or: the uid of the object that was deleted
	until   time.Time
}

// expectFor is how long a write may take to show in the live view.
const expectFor = 5 * time.Second

// pending tells whether the view is behind the write.
func (x *expectation) pending(live *kube.Live, now time.Time) bool {
	switch {
	case x.until.IsZero() || now.After(x.until):
		return false
	case x.gone != "":
		return live != nil && live.UID == x.gone && !live.Deleting
	default:
		return live == nil || older(live.ResourceVersion, x.version)
	}
}

// older compares resource versions; those of one kind are ordered decimal
// numbers (KEP-5504), and what is not such a number is not older.
func older(a, b string) bool {
	x, errX := strconv.ParseUint(a, 10, 64)
	y, errY := strconv.ParseUint(b, 10, 64)
	return errX == nil && errY == nil && x < y
}
