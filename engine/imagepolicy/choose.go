package imagepolicy

import (
	"fmt"
	"slices"
	"strings"
)

// Verdict says how the current tag stands to what the policy allows.
type Verdict string

// The verdicts.
const (
	// Update: the policy allows a newer tag.
	Update Verdict = "Update"
	// UpToDate: nothing newer is allowed.
	UpToDate Verdict = "UpToDate"
	// Ahead: the current tag is newer than all that the policy allows, so
	// following it would be a step back.
	Ahead Verdict = "Ahead"
	// Unordered: the policy allows a tag, but cannot tell whether it is newer
	// than the current one.
	Unordered Verdict = "Unordered"
	// Waiting: build times have to be known first.
	Waiting Verdict = "Waiting"
	// Nothing: the policy allows none of the tags.
	Nothing Verdict = "Nothing"
	// NoPolicy: there is none, or it does not parse.
	NoPolicy Verdict = "NoPolicy"
)

// Candidate is a tag and what the policy says of it.
type Candidate struct {
	Tag
	Allowed bool
	// Reason is why it is not allowed.
	Reason string

	rank   rank
	placed bool
}

// Moved is a tag that no longer points to what it pointed to.
type Moved struct {
	Tag, From, To string
}

// Decision is what a policy makes of the tags of an image.
type Decision struct {
	Verdict Verdict
	// Reason puts the verdict into words.
	Reason string
	// Allowed is the newest tag that the policy allows, and Newest the newest
	// of all that it can order; nil when there is none. The current tag itself
	// is taken where several rank the same.
	Allowed, Newest *Tag
	// NotNewest is why Allowed is not Newest; empty when it is.
	NotNewest string
	// Between are the allowed tags newer than the current one and older than
	// Allowed, the newest first.
	Between []Tag
	// Tied are the other tags that rank the same as Allowed. Of those, Allowed
	// was taken by its name.
	Tied []string
	// Undated are the tags whose build time must be known before there can be a
	// decision: ask for them, and choose again. A tag that turns out to have
	// none is marked [Tag.Undated].
	Undated []string
	// Moved tells that the current tag points to another digest than it did.
	Moved *Moved
	// Candidates are all tags, the newest first; those without a place in the
	// order are at the end, by name.
	Candidates []Candidate
}

// Choose applies a policy to the tags of an image. Of the current tag the name
// is enough; its Digest is the one it is pinned to, or was last seen at. The
// answer does not depend on the order of the tags.
func Choose(p Policy, current Tag, tags []Tag) Decision {
	d := Decision{Candidates: p.candidates(tags)}
	for i := range d.Candidates {
		c := &d.Candidates[i]
		if c.Name != current.Name {
			continue
		}
		if current.Digest != "" && c.Digest != "" && current.Digest != c.Digest {
			d.Moved = &Moved{Tag: c.Name, From: current.Digest, To: c.Digest}
		}
		if current.Created.IsZero() {
			current.Created, current.Undated = c.Created, current.Undated || c.Undated
		}
	}
	switch {
	case p.fault != nil:
		return d.end(NoPolicy, "the policy does not parse: %s", p.fault)
	case p.order == 0:
		return d.end(NoPolicy, "no policy covers this image")
	}
	if d.Undated = p.undated(current, d.Candidates); len(d.Undated) > 0 {
		return d.end(Waiting, "the policy %s orders by build time, which is not known yet of %s", p, count(len(d.Undated), "tag"))
	}
	d.pick(p, current.Name)
	if d.Allowed == nil {
		return d.end(Nothing, "the policy %s allows none of %s", p, count(len(tags), "tag"))
	}
	return d.judge(p, current)
}

// candidates judges every tag on its own and sorts them.
func (p Policy) candidates(tags []Tag) []Candidate {
	all := make([]Candidate, 0, len(tags))
	seen := make(map[string]bool, len(tags))
	for _, t := range tags {
		if !seen[t.Name] {
			seen[t.Name] = true
			all = append(all, p.candidate(t))
		}
	}
	slices.SortFunc(all, func(a, b Candidate) int {
		switch {
		case a.placed && b.placed:
			if c := p.compare(b.rank, a.rank); c != 0 {
				return c
			}
			return p.order.tie(b.Name, a.Name)
		case a.placed != b.placed:
			if a.placed {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	return all
}

func (p Policy) candidate(t Tag) Candidate {
	c := Candidate{Tag: t}
	switch {
	case !ValidTag(t.Name):
		c.Reason = "it is not a valid tag"
		return c
	case Attached(t.Name):
		c.Reason = "it is a signature or an attestation, not an image"
		return c
	case p.fault != nil:
		c.Reason = "the policy does not parse"
		return c
	case p.order == 0:
		c.Reason = "there is no policy"
		return c
	}
	for _, excluded := range p.excluded {
		if excluded.MatchString(t.Name) {
			c.Reason = "its repository is scanned without " + excluded.String()
			return c
		}
	}
	text, reason := p.part(t.Name)
	if p.order == byTime {
		// Every tag was built some time, those that do not match too.
		c.rank, c.placed = rank{time: t.Created}, !t.Created.IsZero()
	}
	if reason == "" && strings.EqualFold(t.Name, "latest") && !p.latest {
		reason = "latest says nothing of what it is; glob:latest asks for it"
	}
	if reason != "" {
		c.Reason = reason
		return c
	}
	r, reason := p.order.rank(text, t, p.strict)
	if reason == "" {
		c.rank, c.placed = r, true
		reason = p.outside(r, text)
	}
	c.Allowed, c.Reason = reason == "", reason
	return c
}

// compare is positive when a is newer than b.
func (p Policy) compare(a, b rank) int {
	if p.descending {
		return p.order.compare(b, a)
	}
	return p.order.compare(a, b)
}

// undated lists the tags whose build time the policy must know.
func (p Policy) undated(current Tag, candidates []Candidate) []string {
	if p.order != byTime {
		return nil
	}
	var names []string
	for _, c := range candidates {
		if c.Reason == noBuildTime && !c.Undated && c.Name != current.Name {
			names = append(names, c.Name)
		}
	}
	if current.Name != "" && current.Created.IsZero() && !current.Undated &&
		slices.ContainsFunc(candidates, func(c Candidate) bool { return c.Name == current.Name }) {
		names = append(names, current.Name)
	}
	slices.Sort(names)
	return names
}

// pick finds the newest tags.
func (d *Decision) pick(p Policy, current string) {
	for i := range d.Candidates {
		c := &d.Candidates[i]
		if !c.placed {
			break
		}
		if d.Newest == nil {
			d.Newest, d.NotNewest = &c.Tag, c.Reason
		}
		if !c.Allowed {
			continue
		}
		same := d.tied(p, i)
		if at := slices.IndexFunc(same, func(c Candidate) bool { return c.Allowed && c.Name == current }); at >= 0 {
			c = &d.Candidates[i+at]
		}
		for _, other := range same {
			if other.Allowed && other.Name != c.Name {
				d.Tied = append(d.Tied, other.Name)
			}
		}
		d.Allowed = &c.Tag
		if p.compare(d.rankOf(d.Newest.Name), c.rank) == 0 {
			d.Newest, d.NotNewest = d.Allowed, ""
		}
		return
	}
}

// tied are the candidates from i on that have the same rank.
func (d *Decision) tied(p Policy, i int) []Candidate {
	end := i + 1
	for end < len(d.Candidates) && d.Candidates[end].placed && p.compare(d.Candidates[i].rank, d.Candidates[end].rank) == 0 {
		end++
	}
	return d.Candidates[i:end]
}

// rankOf is the rank of a candidate that has one.
func (d *Decision) rankOf(name string) rank {
	i := slices.IndexFunc(d.Candidates, func(c Candidate) bool { return c.Name == name })
	return d.Candidates[i].rank
}

// judge compares the current tag with the newest that is allowed.
func (d *Decision) judge(p Policy, current Tag) Decision {
	if current.Name == d.Allowed.Name {
		return d.end(UpToDate, "%s is the newest that %s allows%s", current.Name, p, d.ties())
	}
	rank, placed := p.place(current)
	if !placed {
		return d.end(Unordered, "%s allows %s, but cannot tell whether that is newer than %s%s", p, d.Allowed.Name, nameOrNone(current.Name), d.ties())
	}
	allowed := d.rankOf(d.Allowed.Name)
	switch c := p.compare(allowed, rank); {
	case c == 0:
		return d.end(UpToDate, "%s and %s rank the same under %s", current.Name, d.Allowed.Name, p)
	case c < 0:
		return d.end(Ahead, "%s is newer than %s, the newest that %s allows", current.Name, d.Allowed.Name, p)
	}
	for _, c := range d.Candidates {
		if c.Allowed && p.compare(allowed, c.rank) > 0 && p.compare(c.rank, rank) > 0 {
			d.Between = append(d.Between, c.Tag)
		}
	}
	return d.end(Update, "%s is the newest that %s allows%s", d.Allowed.Name, p, d.ties())
}

// place is where the current tag, allowed or not, stands in the order.
func (p Policy) place(current Tag) (rank, bool) {
	if p.order == byTime {
		return rank{time: current.Created}, !current.Created.IsZero()
	}
	if !ValidTag(current.Name) {
		return rank{}, false
	}
	text, reason := p.part(current.Name)
	if reason != "" {
		return rank{}, false
	}
	r, reason := p.order.rank(text, current, p.strict)
	return r, reason == ""
}

// ties says that names decided.
func (d *Decision) ties() string {
	if len(d.Tied) == 0 {
		return ""
	}
	return fmt.Sprintf(", taken by its name from %s that rank the same", count(len(d.Tied)+1, "tag"))
}

func (d *Decision) end(v Verdict, format string, args ...any) Decision {
	d.Verdict, d.Reason = v, fmt.Sprintf(format, args...)
	return *d
}

func nameOrNone(name string) string {
	if name == "" {
		return "an image without a tag"
	}
	return name
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
