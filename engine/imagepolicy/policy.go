package imagepolicy

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// Policy says which tags of an image may be chosen, and which of them is the
// newest. The zero value, and one that did not parse, allow nothing.
type Policy struct {
	// text is the policy as it was written.
	text string
	// fault is why it did not parse.
	fault error
	order order
	// shape is what a tag must look like, and shapeText how that was written;
	// nil is any.
	shape     *regexp.Regexp
	shapeText string
	// extract is a template for the part of the tag that counts; empty is the
	// first capture, if capture is set, and else the whole tag.
	extract string
	capture bool
	// within is the range that a version must lie in, and withinText how that
	// was written.
	within     *semver.Constraints
	withinText string
	// strict: versions are written out in full.
	strict bool
	// descending: the last in the order is the newest.
	descending bool
	// latest: the tag latest may be chosen like any other.
	latest bool
	// excluded are the shapes of tags that the scan leaves out.
	excluded []*regexp.Regexp
}

// String is the policy as it was written; empty when there is none.
func (p Policy) String() string { return p.text }

// IsZero tells that there is no policy at all, not even a broken one.
func (p Policy) IsZero() bool { return p.text == "" && p.fault == nil && p.order == 0 }

// Err says why the policy did not parse, or nil.
func (p Policy) Err() error { return p.fault }

// ByTime tells that the policy orders by build time, so that choosing needs to
// know when each of the tags was built.
func (p Policy) ByTime() bool { return p.order == byTime }

// The prefixes of policies.
const (
	prefixSemver       = "semver:"
	prefixGlob         = "glob:"
	prefixRegexp       = "regexp:"
	prefixRegex        = "regex:"
	prefixNumeric      = "numeric:"
	prefixAlphabetical = "alphabetical:"
	wordNewest         = "newest"
)

// Parse reads a policy as an evenkeel.dev/tag annotation holds it. With an
// error comes a policy that allows nothing.
func Parse(s string) (Policy, error) {
	p := Policy{text: strings.TrimSpace(s)}
	if p.text == wordNewest {
		p.order = byTime
		return p, nil
	}
	kind, rest := split(p.text)
	var err error
	switch kind {
	case prefixSemver:
		err = p.semver(rest)
	case prefixGlob:
		err = p.glob(rest)
	case prefixRegexp, prefixRegex:
		p.order = byTime
		if err = p.regexp(rest, 1); p.capture {
			p.order = byCapture
		}
	case prefixNumeric:
		p.order = byNumber
		err = p.regexp(rest, 1)
	case prefixAlphabetical:
		p.order = byText
		err = p.regexp(rest, 1)
	default:
		err = unknown(p.text)
	}
	return p.checked(err)
}

// parseFluxV1 reads a pattern as an annotation of Flux v1 holds it.
func parseFluxV1(s string) (Policy, error) {
	p := Policy{text: strings.TrimSpace(s), order: byTime}
	kind, rest := split(p.text)
	var err error
	switch kind {
	case prefixSemver:
		err = p.semver(rest)
	case prefixRegexp, prefixRegex:
		err = p.regexp(rest, anyNumber)
		p.capture = false
	case prefixGlob:
		err = p.glob(rest)
	default:
		p.text = prefixGlob + p.text
		err = p.glob(strings.TrimPrefix(p.text, prefixGlob))
	}
	return p.checked(err)
}

// split takes the prefix off a policy; it is empty when there is none.
func split(s string) (prefix, rest string) {
	for _, prefix := range []string{prefixSemver, prefixGlob, prefixRegexp, prefixRegex, prefixNumeric, prefixAlphabetical} {
		if rest, ok := strings.CutPrefix(s, prefix); ok {
			return prefix, strings.TrimSpace(rest)
		}
	}
	return "", s
}

// checked makes sure that a policy with a fault allows nothing.
func (p Policy) checked(err error) (Policy, error) {
	if err == nil {
		return p, nil
	}
	if p.text != "" {
		err = fmt.Errorf("image policy %q: %w", p.text, err)
	}
	return Policy{text: p.text, fault: err}, err
}

func unknown(s string) error {
	const kinds = "semver:, glob:, regexp:, numeric:, alphabetical: or newest"
	if s == "" {
		return errors.New("the image policy is empty; it must be " + kinds)
	}
	return errors.New("it must begin with " + kinds)
}

func (p *Policy) semver(text string) error {
	if text == "" {
		return errors.New("the range is empty; semver:* allows every release")
	}
	within, err := semver.NewConstraint(text)
	if err != nil {
		return fmt.Errorf("the range does not parse: %w", err)
	}
	p.order, p.within, p.withinText = byVersion, within, text
	return nil
}

func (p *Policy) glob(text string) error {
	if text == "" {
		return errors.New("the glob is empty; glob:* allows every tag")
	}
	if i := strings.IndexFunc(text, func(r rune) bool { return r != '*' && !ValidTag("_"+string(r)) }); i >= 0 {
		return fmt.Errorf("the glob holds %q, which no tag can have; * is the only wildcard, regexp: knows more", []rune(text[i:])[0])
	}
	parts := strings.Split(text, "*")
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta(part)
	}
	shape, err := regexp.Compile("^" + strings.Join(parts, ".*") + "$")
	if err != nil {
		return fmt.Errorf("the glob does not parse: %w", err)
	}
	p.order, p.shape, p.shapeText, p.latest = byTime, shape, text, text == "latest"
	return nil
}

const anyNumber = -1

// regexp reads a regular expression with at most so many captures.
func (p *Policy) regexp(text string, captures int) error {
	if text == "" {
		return errors.New("the regular expression is empty")
	}
	shape, err := regexp.Compile(text)
	if err != nil {
		return fmt.Errorf("the regular expression does not parse: %w", err)
	}
	if n := shape.NumSubexp(); captures != anyNumber && n > captures {
		return fmt.Errorf("the regular expression has %d captures and tags can be ordered by one; write (?:…) for the others", n)
	}
	p.shape, p.shapeText, p.capture = shape, text, shape.NumSubexp() > 0
	return nil
}

// part returns the part of a tag that counts, or says why it does not belong
// to those that the policy speaks of.
func (p Policy) part(name string) (text, reason string) {
	if p.shape == nil {
		return name, ""
	}
	at := p.shape.FindStringSubmatchIndex(name)
	switch {
	case at == nil:
		return "", "it does not match " + p.shapeText
	case p.extract != "":
		if text = string(p.shape.ExpandString(nil, p.extract, name, at)); text == "" {
			return "", "nothing of it is left by " + p.extract
		}
		return text, ""
	case !p.capture:
		return name, ""
	case at[2] < 0:
		return "", "the capture of " + p.shapeText + " is empty"
	}
	return name[at[2]:at[3]], ""
}

// outside says why a version does not lie in the range, or "".
func (p Policy) outside(r rank, text string) string {
	if p.within == nil || p.within.Check(r.version) {
		return ""
	}
	if r.version.Prerelease() != "" {
		all := *p.within
		all.IncludePrerelease = true
		if all.Check(r.version) {
			return fmt.Sprintf("%s is a pre-release, and the range %s names none", text, p.withinText)
		}
	}
	return fmt.Sprintf("%s lies outside the range %s", text, p.withinText)
}
