package imagepolicy

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/Masterminds/semver/v3"
)

// order is what a policy orders tags by.
type order int

const (
	byVersion order = iota + 1
	byTime
	byNumber
	byText
	// byCapture orders versions as versions, above what is none.
	byCapture
)

// rank is the place of a tag in an order. Only what the order needs is set.
type rank struct {
	version *semver.Version
	time    time.Time
	number  decimal
	text    string
}

// rank reads the place of a tag from the part of it that counts, or says why it
// has none.
func (o order) rank(text string, t Tag, strict bool) (r rank, reason string) {
	switch o {
	case byVersion:
		v, err := parseVersion(text, strict)
		if err != nil {
			return rank{}, fmt.Sprintf("%s is not a version", text)
		}
		return rank{version: v}, ""
	case byTime:
		if t.Created.IsZero() {
			return rank{}, noBuildTime
		}
		return rank{time: t.Created}, ""
	case byNumber:
		n, ok := parseDecimal(text)
		if !ok {
			return rank{}, fmt.Sprintf("%q is not a number", text)
		}
		return rank{number: n}, ""
	case byCapture:
		if v, err := semver.NewVersion(text); err == nil {
			return rank{version: v}, ""
		}
	}
	return rank{text: text}, ""
}

const noBuildTime = "its build time is not known"

// compare is positive when a is above b.
func (o order) compare(a, b rank) int {
	switch o {
	case byVersion:
		return a.version.Compare(b.version)
	case byTime:
		return a.time.Compare(b.time)
	case byNumber:
		return a.number.compare(b.number)
	case byText:
		return strings.Compare(a.text, b.text)
	}
	switch {
	case a.version != nil && b.version != nil:
		return a.version.Compare(b.version)
	case a.version != nil:
		return 1
	case b.version != nil:
		return -1
	}
	return compareNatural(a.text, b.text)
}

// tie orders tags of the same rank: as Flux v1 does, the first name of those
// built at the same time, and else the last, so that 1.10.0 comes before 1.10.
func (o order) tie(a, b string) int {
	if o == byTime {
		return strings.Compare(b, a)
	}
	return strings.Compare(a, b)
}

var (
	// loneNumber is a date or a commit of digits only, and no major version.
	loneNumber   = regexp.MustCompile(`^v?[0-9]{7,}$`)
	errNoVersion = fmt.Errorf("not a version")
)

// parseVersion reads a tag as a version. Strictly, all three numbers must be
// there.
func parseVersion(s string, strict bool) (*semver.Version, error) {
	if !strict {
		if loneNumber.MatchString(s) {
			return nil, errNoVersion
		}
		return semver.NewVersion(s)
	}
	if _, err := semver.StrictNewVersion(strings.TrimPrefix(s, "v")); err != nil {
		return nil, err
	}
	return semver.NewVersion(s)
}

// decimal is a number with as many digits as it was written with: a time in
// nanoseconds already has more than a float64 can tell apart.
type decimal struct {
	negative           bool
	integer, fractions string // without zeros that say nothing
}

var decimalSyntax = regexp.MustCompile(`^([+-]?)([0-9]+)(?:\.([0-9]+))?$`)

func parseDecimal(s string) (decimal, bool) {
	m := decimalSyntax.FindStringSubmatch(s)
	if m == nil {
		return decimal{}, false
	}
	d := decimal{integer: strings.TrimLeft(m[2], "0"), fractions: strings.TrimRight(m[3], "0")}
	d.negative = m[1] == "-" && d.integer+d.fractions != ""
	return d, true
}

func (d decimal) compare(other decimal) int {
	if d.negative != other.negative {
		if d.negative {
			return -1
		}
		return 1
	}
	c := cmp.Or(
		cmp.Compare(len(d.integer), len(other.integer)),
		strings.Compare(d.integer, other.integer),
		strings.Compare(d.fractions, other.fractions),
	)
	if d.negative {
		return -c
	}
	return c
}

// compareNatural compares texts with their runs of digits as numbers, so that
// build-9 comes before build-10.
func compareNatural(a, b string) int {
	for a != "" && b != "" {
		da, db := digits(a), digits(b)
		if da == 0 || db == 0 {
			if a[0] != b[0] {
				return cmp.Compare(a[0], b[0])
			}
			a, b = a[1:], b[1:]
			continue
		}
		na, nb := strings.TrimLeft(a[:da], "0"), strings.TrimLeft(b[:db], "0")
		if c := cmp.Or(cmp.Compare(len(na), len(nb)), strings.Compare(na, nb)); c != 0 {
			return c
		}
		a, b = a[da:], b[db:]
	}
	return cmp.Compare(len(a), len(b))
}

// digits is the length of the run of digits at the front.
func digits(s string) int { return len(s) - len(strings.TrimLeft(s, "0123456789")) }
