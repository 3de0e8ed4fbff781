package widget

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sahilm/fuzzy"
)

// Fields are what a filter looks at in one row: the value of a term such as
// status or kind, and with no term the text that words are matched with.
type Fields func(term string) string

// Filter chooses rows of a list. It is written as words and terms, all of which
// a row must meet:
//
//	api               the characters, in this order (fuzzy)
//	status:modified   the value begins with this; several: status:modified,missing;
//	                  the whole name of a kind is that kind alone
//	!web !kind:job    not this; a word then has to be there as it is written
type Filter struct {
	raw     string
	parts   []part
	problem string
}

// part is a word or a term of a filter.
type part struct {
	not    bool
	term   string // empty for a word
	values []string
}

// standardTerms are the terms of a filter that has no others.
var standardTerms = []string{"status", "kind", "ns", "name", "health"}

// ParseFilter reads a filter. The terms that rows have are status, kind, ns,
// name and health unless others are given.
func ParseFilter(s string, terms ...string) Filter {
	if len(terms) == 0 {
		terms = standardTerms
	}
	f := Filter{raw: s}
	for _, word := range strings.Fields(s) {
		not := strings.HasPrefix(word, "!")
		word = lower(strings.TrimPrefix(word, "!"))
		if word == "" {
			continue // being typed
		}
		term, value, isTerm := strings.Cut(word, ":")
		if isTerm && !slices.Contains(terms, term) {
			f.problem = fmt.Sprintf("no term %s: (there are %s:)", term, strings.Join(terms, ": "))
			isTerm = false // an image's name has a colon too
		}
		if !isTerm {
			f.parts = append(f.parts, part{not: not, values: []string{word}})
			continue
		}
		p := part{not: not, term: term}
		for v := range strings.SplitSeq(value, ",") {
			switch {
			case v == "":
			case term == "kind":
				p.values = append(p.values, kindSpellings(v)...)
			default:
				p.values = append(p.values, v)
			}
		}
		if len(p.values) == 0 {
			f.problem = term + ": needs a value behind the colon"
			continue
		}
		f.parts = append(f.parts, p)
	}
	return f
}

// kindSpellings are what a kind may begin with when a person calls it so.
func kindSpellings(v string) []string {
	all := []string{v}
	if long := shortKinds[v]; long != "" {
		return append(all, long)
	}
	if len(v) > len("sts") { // kubectl takes plurals too
		for _, plural := range []string{"s", "es"} {
			if one, ok := strings.CutSuffix(v, plural); ok {
				all = append(all, one)
			}
		}
	}
	return all
}

// wholeKind tells whether a value is the whole name of a kind with which the
// names of others begin: a Service is no ServiceAccount.
func wholeKind(v string) bool {
	switch lower(v) {
	case "service", "pod", "role", "clusterrole":
		return true
	}
	return false
}

// shortKinds are what people call kinds, in the words of kubectl.
var shortKinds = map[string]string{
	"cj": "cronjob", "cm": "configmap", "crd": "customresourcedefinition", "deploy": "deployment", "ds": "daemonset",
	"ep": "endpoints", "hpa": "horizontalpodautoscaler", "ing": "ingress", "limits": "limitrange",
	"netpol": "networkpolicy", "no": "node", "ns": "namespace", "pc": "priorityclass", "pdb": "poddisruptionbudget",
	"po": "pod", "pv": "persistentvolume", "pvc": "persistentvolumeclaim", "quota": "resourcequota",
	"rc": "replicationcontroller", "rs": "replicaset", "sa": "serviceaccount", "sc": "storageclass", "sts": "statefulset",
	"svc": "service",
}

// String is the filter as it was written.
func (f Filter) String() string { return f.raw }

// Empty tells whether every row matches.
func (f Filter) Empty() bool { return len(f.parts) == 0 }

// Problem says what is wrong with the filter; empty when nothing is. What is
// right about it holds.
func (f Filter) Problem() string { return f.problem }

// Wants lists what rows are to have: the values of a term, or without one the
// words. What they are not to have is left out.
func (f Filter) Wants(term string) []string {
	var wanted []string
	for _, p := range f.parts {
		if p.term == term && !p.not {
			wanted = append(wanted, p.values...)
		}
	}
	return wanted
}

// Excludes tells whether the filter says what rows are not to have.
func (f Filter) Excludes() bool {
	return slices.ContainsFunc(f.parts, func(p part) bool { return p.not })
}

// Match tells whether a row is chosen.
func (f Filter) Match(fields Fields) bool {
	for _, p := range f.parts {
		if p.match(fields(p.term)) == p.not {
			return false
		}
	}
	return true
}

func (p part) match(s string) bool {
	switch {
	case p.term == "" && p.not:
		return strings.Contains(lower(s), p.values[0])
	case p.term == "":
		return subsequence(p.values[0], s)
	}
	return slices.ContainsFunc(p.values, func(v string) bool {
		if p.term == "kind" && wholeKind(v) {
			return strings.EqualFold(s, v)
		}
		return len(s) >= len(v) && strings.EqualFold(s[:len(v)], v)
	})
}

// subsequence tells whether the characters of a word are all in a text, in
// their order. It finds what package fuzzy finds, and allocates nothing.
func subsequence(word, s string) bool {
	for _, want := range word {
		want = unicode.ToLower(want)
		for {
			if s == "" {
				return false
			}
			have, size := utf8.DecodeRuneInString(s)
			s = s[size:]
			if have == want || unicode.ToLower(have) == want {
				break
			}
		}
	}
	return true
}

// Highlight says which bytes of a text begin the characters that made its row
// match, in their order, for Row.Highlight.
func (f Filter) Highlight(s string) []int {
	var at []int
	for _, p := range f.parts {
		if p.term != "" || p.not {
			continue
		}
		for _, m := range fuzzy.FindNoSort(p.values[0], []string{s}) {
			at = append(at, m.MatchedIndexes...)
		}
	}
	slices.Sort(at)
	return slices.Compact(at)
}
