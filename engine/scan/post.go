package scan

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel/engine/imagepolicy"
	"github.com/evenkeel/evenkeel/registry"
)

const (
	firstRetry   = 5 * time.Second
	longestRetry = 5 * time.Minute
)

// post is a repository that is followed. All but the findings is guarded by the
// scanner's mutex.
type post struct {
	path   string
	target Target
	// revised: the target is another than at the last scan.
	revised bool
	// due is when the next scan is; wanted, that somebody asked for it, and
	// thorough, for every current tag.
	due              time.Time
	wanted, thorough bool
	// stop ends the scan under way, nil when there is none.
	stop context.CancelFunc
	// wait is how long it was to the next scan, misses how many failed in a row.
	wait   time.Duration
	misses int

	// findings belong to the scan under way.
	findings
}

func newPost(repository registry.Repository) *post {
	return &post{path: repository.String(), findings: newFindings(repository)}
}

// errand is what one scan is to do.
type errand struct {
	target Target
	// list: ask for the tag list, and not only for what the target newly needs.
	list, thorough bool
}

// errand is what there is to do now, if anything.
func (p *post) errand(now time.Time) (errand, bool) {
	e := errand{target: p.target, list: !p.due.After(now), thorough: p.thorough}
	if !e.list && (!p.revised || p.misses > 0) {
		return errand{}, false
	}
	e.target.Current = slices.DeleteFunc(slices.Clone(e.target.Current), func(tag string) bool { return !imagepolicy.ValidTag(tag) })
	p.revised, p.wanted, p.thorough = false, false, false
	return e, true
}

// plan decides when the next scan is due. With failed, notBefore is from when
// the registry can be asked again, or zero.
func (p *post) plan(now time.Time, interval time.Duration, found, failed bool, notBefore time.Time) {
	if failed {
		p.misses++
		retry := min(interval, firstRetry) << min(p.misses-1, 16)
		p.due = now.Add(sooner(min(retry, max(interval, longestRetry))))
		if !notBefore.IsZero() {
			p.due = notBefore
		}
	} else {
		p.misses = 0
		switch {
		case found:
			p.wait = interval / 5
		case p.wait == 0:
			p.wait = interval
		default:
			p.wait = min(interval, p.wait*3/2)
		}
		p.due = now.Add(sooner(p.wait))
	}
	if p.wanted {
		p.due = now
	}
}

// sooner is a little less, so that repositories do not stay in step.
func sooner(d time.Duration) time.Duration { return d - rand.N(d/10+1) }

// result is what is told now, with the trouble there was.
func (p *post) result(err error) Result {
	r := p.told()
	r.Err, r.At, r.Next = err, p.at, p.due
	return r
}
