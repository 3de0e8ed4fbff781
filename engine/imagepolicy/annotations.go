package imagepolicy

import (
	"fmt"
	"slices"
	"strings"
)

// The annotations that this package reads, and the prefixes of those that end
// in the name of a container.
const (
	AnnotationAutomated = "evenkeel.dev/automated"
	AnnotationIgnore    = "evenkeel.dev/ignore"
	PrefixTag           = "evenkeel.dev/tag."

	fluxFilter = "filter.fluxcd.io/"
	fluxTag    = "tag."
)

// fluxPrefixes are those of the annotations of Flux v1, the one that it used
// first coming last.
var fluxPrefixes = []string{"fluxcd.io/", "flux.weave.works/"}

// Rule is what the annotations of a workload say of one of its containers.
type Rule struct {
	// Automated: the image mode of the environment applies.
	Automated bool
	Policy    Policy
	// From is the annotation that the policy stands in; empty when there is
	// none, or when it is what Flux v1 does without one.
	From string
	// Hold is set when the workload is to be left alone.
	Hold *Hold
	// Ignored: the workload is none of evenkeel's business.
	Ignored bool
}

// Hold is a workload that somebody has locked.
type Hold struct {
	// Who and Why are empty when the annotations do not say.
	Who, Why string
	// From is the annotation that holds.
	From string
}

// Of reads what the annotations of a workload say of a container. With an error,
// which names the annotation, comes a rule whose policy allows nothing.
func Of(annotations map[string]string, container string) (Rule, error) {
	r := Rule{
		Ignored: annotations[AnnotationIgnore] == "true",
		Hold:    locked(annotations),
	}
	fluxAutomated := false
	for _, prefix := range fluxPrefixes {
		fluxAutomated = fluxAutomated || annotations[prefix+"automated"] == "true"
		// sync_only leaves out the sync alone.
		r.Ignored = r.Ignored || annotations[prefix+"ignore"] == "true"
	}
	var wrong error
	switch value := annotations[AnnotationAutomated]; value {
	case "true":
		r.Automated = true
	case "false":
	case "":
		r.Automated = fluxAutomated
	default:
		wrong = fmt.Errorf(`the annotation %s is %q, but must be "true" or "false"`, AnnotationAutomated, value)
	}
	var err error
	if r.Policy, r.From, err = policyOf(annotations, container, fluxAutomated); wrong == nil {
		wrong = err
	}
	if wrong != nil && r.Policy.fault == nil {
		r.Policy = Policy{text: r.Policy.text, fault: wrong}
	}
	return r, wrong
}

// policyOf finds the policy of a container and the annotation it stands in.
func policyOf(annotations map[string]string, container string, fluxAutomated bool) (Policy, string, error) {
	if value, ok := annotations[PrefixTag+container]; ok {
		p, err := Parse(value)
		return p, PrefixTag + container, in(PrefixTag+container, err)
	}
	keys := []string{fluxFilter + container}
	for _, prefix := range fluxPrefixes {
		keys = append(keys, prefix+fluxTag+container)
	}
	from := ""
	for _, key := range keys {
		value, ok := annotations[key]
		switch {
		case !ok:
		case from == "":
			from = key
		case value != annotations[from]:
			err := fmt.Errorf("the annotations %s and %s disagree", from, key)
			return Policy{text: annotations[from], fault: err}, from, err
		}
	}
	switch {
	case from != "":
		p, err := parseFluxV1(annotations[from])
		return p, from, in(from, err)
	case fluxAutomated:
		p, err := parseFluxV1("*")
		return p, "", err
	}
	return Policy{}, "", nil
}

// in adds the annotation to an error.
func in(annotation string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the annotation %s: %w", annotation, err)
}

// locked reads the lock of Flux v1.
func locked(annotations map[string]string) *Hold {
	for _, prefix := range fluxPrefixes {
		if annotations[prefix+"locked"] == "true" {
			return &Hold{
				Who:  strings.TrimSpace(annotations[prefix+"locked_user"]),
				Why:  strings.TrimSpace(annotations[prefix+"locked_msg"]),
				From: prefix + "locked",
			}
		}
	}
	return nil
}

// Unused names the annotations that give a policy to a container that the
// workload does not have: most likely a typing error.
func Unused(annotations map[string]string, containers []string) []string {
	var unused []string
	for key := range annotations {
		if container, ok := strings.CutPrefix(key, PrefixTag); ok && !slices.Contains(containers, container) {
			unused = append(unused, key)
		}
	}
	slices.Sort(unused)
	return unused
}
