package imagepolicy

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/evenkeel/evenkeel/kube"
)

// fluxGroup is the API group of the image objects of Flux v2.
const fluxGroup = "image.toolkit.fluxcd.io"

// FluxPolicy is an ImagePolicy object of Flux v2 found in Git.
type FluxPolicy struct {
	ID kube.ID
	// Image is the repository of which it chooses a tag, from the ImageRepository
	// that it refers to; empty when there is an error.
	Image  string
	Policy Policy
	// PinDigest: places marked with the policy are given the digest too.
	PinDigest bool
	// Suspended: the policy, or its repository, is switched off.
	Suspended bool
	// Err says what is wrong with it.
	Err error
}

// Marker is what stands in a comment beside a place that follows the policy:
// its namespace and name.
func (f FluxPolicy) Marker() string { return f.ID.Namespace + ":" + f.ID.Name }

// FromFlux reads the ImagePolicy objects among those of a repository, with the
// ImageRepository objects that they refer to, in their order. Whether a
// repository in another namespace may be referred to is for the cluster to
// say and not asked.
func FromFlux(objects []*unstructured.Unstructured) []FluxPolicy {
	repositories := map[kube.ID]*unstructured.Unstructured{}
	for _, o := range objects {
		if id := kube.IDOf(o); id.Group == fluxGroup && id.Kind == "ImageRepository" {
			repositories[id] = o
		}
	}
	var policies []FluxPolicy
	for _, o := range objects {
		id := kube.IDOf(o)
		if id.Group != fluxGroup || id.Kind != "ImagePolicy" {
			continue
		}
		f := FluxPolicy{ID: id}
		f.Policy, f.Err = fluxPolicy(o)
		if err := f.repository(o, repositories); err != nil && f.Err == nil {
			f.Err = err
			f.Policy = Policy{text: f.Policy.text}
		}
		if f.Err != nil {
			f.Err = fmt.Errorf("%s: %w", id, f.Err)
			f.Policy = Policy{text: f.Policy.text, fault: f.Err}
		}
		policies = append(policies, f)
	}
	return policies
}

// repository takes over what the repository says that the policy refers to.
func (f *FluxPolicy) repository(o *unstructured.Unstructured, all map[kube.ID]*unstructured.Unstructured) error {
	digests := text(o, "spec", "digestReflectionPolicy")
	f.PinDigest = digests == "Always" || digests == "IfNotPresent"
	ref := kube.ID{Group: fluxGroup, Kind: "ImageRepository", Name: text(o, "spec", "imageRepositoryRef", "name")}
	if ref.Namespace = text(o, "spec", "imageRepositoryRef", "namespace"); ref.Namespace == "" {
		ref.Namespace = f.ID.Namespace
	}
	if ref.Name == "" {
		return errors.New("spec.imageRepositoryRef.name is missing")
	}
	r := all[ref]
	if r == nil {
		return fmt.Errorf("spec.imageRepositoryRef refers to %s, which is not in Git", ref)
	}
	excluded, err := exclusions(r)
	if err != nil {
		return fmt.Errorf("%s: %w", ref, err)
	}
	image := text(r, "spec", "image")
	if image == "" {
		return fmt.Errorf("%s: spec.image is missing", ref)
	}
	f.Image, f.Policy.excluded = image, excluded
	f.Suspended = truth(o, "spec", "suspend") || truth(r, "spec", "suspend")
	return nil
}

// exclusions are the tags that a repository is scanned without. Signatures,
// which are excluded where nothing is said, are never candidates.
func exclusions(r *unstructured.Unstructured) ([]*regexp.Regexp, error) {
	list, _, err := unstructured.NestedStringSlice(r.Object, "spec", "exclusionList")
	if err != nil {
		return nil, errors.New("spec.exclusionList must be a list of regular expressions")
	}
	var excluded []*regexp.Regexp
	for i, s := range list {
		re, err := regexp.Compile(s)
		if err != nil {
			return nil, fmt.Errorf("spec.exclusionList[%d] does not parse: %w", i, err)
		}
		excluded = append(excluded, re)
	}
	return excluded, nil
}

// fluxPolicy reads the rules of an ImagePolicy.
func fluxPolicy(o *unstructured.Unstructured) (Policy, error) {
	p := Policy{strict: true, latest: true}
	choice, _, err := unstructured.NestedMap(o.Object, "spec", "policy")
	if err != nil {
		return p, errors.New("spec.policy must be a mapping")
	}
	var kinds []string
	for _, kind := range []string{"semver", "alphabetical", "numerical"} {
		if choice[kind] != nil {
			kinds = append(kinds, kind)
		}
	}
	if len(kinds) != 1 {
		return p, fmt.Errorf("spec.policy must have one of semver, alphabetical and numerical, and has %d", len(kinds))
	}
	switch kind := kinds[0]; kind {
	case "semver":
		within := text(o, "spec", "policy", kind, "range")
		p.text = prefixSemver + within
		if err := p.semver(within); err != nil {
			return p, fmt.Errorf("spec.policy.semver.range is %q: %w", within, err)
		}
	default:
		p.order = byText
		if kind == "numerical" {
			p.order = byNumber
		}
		order := text(o, "spec", "policy", kind, "order")
		switch strings.ToLower(order) {
		case "", "asc":
			p.text = kind
		case "desc":
			p.text, p.descending = kind+" desc", true
		default:
			return p, fmt.Errorf(`spec.policy.%s.order is %q, but must be "asc" or "desc"`, kind, order)
		}
	}
	return p.filtered(text(o, "spec", "filterTags", "pattern"), text(o, "spec", "filterTags", "extract"))
}

// filtered adds the filter of an ImagePolicy.
func (p Policy) filtered(pattern, extract string) (Policy, error) {
	if pattern == "" {
		return p, nil
	}
	p.text += " of " + pattern
	if err := p.regexp(pattern, anyNumber); err != nil {
		return p, fmt.Errorf("spec.filterTags.pattern is %q: %w", pattern, err)
	}
	p.extract, p.capture = extract, false
	return p, nil
}

func text(o *unstructured.Unstructured, path ...string) string {
	s, _, _ := unstructured.NestedString(o.Object, path...)
	return s
}

func truth(o *unstructured.Unstructured, path ...string) bool {
	b, _, _ := unstructured.NestedBool(o.Object, path...)
	return b
}
