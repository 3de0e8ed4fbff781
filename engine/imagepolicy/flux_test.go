package imagepolicy_test

import (
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/evenkeel/evenkeel/engine/imagepolicy"
)

func TestAnnotations(t *testing.T) {
	for _, c := range []struct {
		name        string
		annotations map[string]string
		container   string
		policy      string
		automated   bool
		ignored     bool
		wrong       string
	}{
		{"none", nil, "app", "", false, false, ""},
		{"ours", map[string]string{"evenkeel.dev/automated": "true", "evenkeel.dev/tag.app": "semver:~1.4"}, "app", "semver:~1.4", true, false, ""},
		{"of another container", map[string]string{"evenkeel.dev/automated": "true", "evenkeel.dev/tag.app": "semver:~1.4"}, "sidecar", "", true, false, ""},
		{"does not parse", map[string]string{"evenkeel.dev/tag.app": "semver:~a"}, "app", "semver:~a", false, false, "the annotation evenkeel.dev/tag.app"},
		{"automated maybe", map[string]string{"evenkeel.dev/automated": "yes", "evenkeel.dev/tag.app": "newest"}, "app", "newest", false, false, "evenkeel.dev/automated"},
		{"ours before Flux's", map[string]string{"evenkeel.dev/tag.app": "newest", "fluxcd.io/tag.app": "semver:1"}, "app", "newest", false, false, ""},
		{"ours says no", map[string]string{"evenkeel.dev/automated": "false", "fluxcd.io/automated": "true"}, "app", "glob:*", false, false, ""},
		{"Flux, all tags", map[string]string{"fluxcd.io/automated": "true"}, "app", "glob:*", true, false, ""},
		{"Flux, not automated", map[string]string{"fluxcd.io/automated": "false"}, "app", "", false, false, ""},
		{"Flux, filter", map[string]string{"fluxcd.io/automated": "true", "filter.fluxcd.io/main": "glob:release-*"}, "main", "glob:release-*", true, false, ""},
		{"Flux, a glob without saying so", map[string]string{"fluxcd.io/tag.main": "release-*"}, "main", "glob:release-*", false, false, ""},
		{"Flux, weave", map[string]string{"flux.weave.works/automated": "true", "flux.weave.works/tag.main": "semver:*"}, "main", "semver:*", true, false, ""},
		{"Flux, no range", map[string]string{"fluxcd.io/tag.main": "semver:x.y.z"}, "main", "semver:x.y.z", false, false, "the annotation fluxcd.io/tag.main"},
		{"Flux, no expression", map[string]string{"filter.fluxcd.io/main": "regexp:*"}, "main", "regexp:*", false, false, "the annotation filter.fluxcd.io/main"},
		{"Flux, two that agree", map[string]string{"filter.fluxcd.io/main": "a*", "fluxcd.io/tag.main": "a*"}, "main", "glob:a*", false, false, ""},
		{"Flux, two that disagree", map[string]string{"filter.fluxcd.io/main": "a*", "fluxcd.io/tag.main": "b*"}, "main", "a*", false, false, "disagree"},
		{"ignored", map[string]string{"evenkeel.dev/ignore": "true"}, "main", "", false, true, ""},
		{"ignored by Flux", map[string]string{"fluxcd.io/ignore": "true"}, "main", "", false, true, ""},
		{"synced by another", map[string]string{"fluxcd.io/ignore": "sync_only"}, "main", "", false, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := imagepolicy.Of(c.annotations, c.container)
			if r.Policy.String() != c.policy || r.Automated != c.automated || r.Ignored != c.ignored {
				t.Errorf("%q, automated %v, ignored %v; want %q, %v, %v", r.Policy, r.Automated, r.Ignored, c.policy, c.automated, c.ignored)
			}
			if (err != nil) != (c.wrong != "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("error %v, want %q", err, c.wrong)
			}
			if (r.Policy.Err() != nil) != (err != nil) {
				t.Errorf("the rule's error is %v, its policy's %v", err, r.Policy.Err())
			}
			if r.From != "" && c.annotations[r.From] == "" {
				t.Errorf("the policy comes from %s, which is not there", r.From)
			}
		})
	}
}

func TestLock(t *testing.T) {
	r, err := imagepolicy.Of(map[string]string{
		"fluxcd.io/automated":   "true",
		"fluxcd.io/locked":      "true",
		"fluxcd.io/locked_user": "Jonas Weber <jonas@acme.dev>",
		"fluxcd.io/locked_msg":  "see after the sale ",
	}, "main")
	want := imagepolicy.Hold{Who: "Jonas Weber <jonas@acme.dev>", Why: "see after the sale", From: "fluxcd.io/locked"}
	if err != nil || r.Hold == nil || *r.Hold != want {
		t.Errorf("%+v, %v; want %+v", r.Hold, err, want)
	}
	if r, _ := imagepolicy.Of(map[string]string{"fluxcd.io/locked": "false"}, "main"); r.Hold != nil {
		t.Errorf("not locked, but held: %+v", *r.Hold)
	}
}

func TestUnused(t *testing.T) {
	got := imagepolicy.Unused(map[string]string{"evenkeel.dev/tag.app": "newest", "evenkeel.dev/tag.apq": "newest", "a": "b"}, []string{"app"})
	if want := []string{"evenkeel.dev/tag.apq"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestFluxV1Documentation takes the examples of the page on automated image
// updates, and the tables of its tests of patterns.
func TestFluxV1Documentation(t *testing.T) {
	for _, c := range []struct {
		pattern string
		current string
		tags    []string
		allowed string
		not     []string
	}{
		{"", "1.0.0", []string{"1.0.0@1", "1.0.1@2", "9e3bdaf@3", "latest@4"}, "9e3bdaf", []string{"latest"}},
		{"semver:~1.0", "1.0.0", []string{"1.0.0", "1.0.1", "1.2.0"}, "1.0.1", []string{"1.2.0"}},
		{"semver: >= 1.0.0-rc.0, <1.0.1", "1.0.0-rc.1", []string{"1.0.0-rc.1", "1.0.0-rc.2", "1.0.1"}, "1.0.0-rc.2", []string{"1.0.1"}},
		{"semver: >= 1.0.0-rc.0, <1.0.1", "1.0.0-rc.1", []string{"1.0.0-rc.1", "1.0.0", "1.0.1"}, "1.0.0", []string{"1.0.1"}},
		{"regex:^stg.*", "stg-1", []string{"stg-1@1", "stg-4s7bsgv@3", "stg-zzz@2", "prd-1@4"}, "stg-4s7bsgv", []string{"prd-1"}},
		{"glob:dev-*", "dev-1", []string{"dev-1@1", "dev-9e3bdaf@2", "xdev-1@3"}, "dev-9e3bdaf", []string{"xdev-1"}},
		{"master-*", "master-a", []string{"master-a@1", "master-foo@2", "foo-master@3"}, "master-foo", []string{"foo-master"}},
		{"semver:*", "1", []string{"1", "1.0", "v1.0.3", "latest", "2.0.1-alpha.1"}, "v1.0.3", []string{"latest", "2.0.1-alpha.1"}},
		{"semver:~1", "1", []string{"v1", "1", "1.2", "1.2.3", "latest", "2.0.0"}, "1.2.3", []string{"latest", "2.0.0"}},
		{"semver:2.0.1-alpha.1", "", []string{"2.0.1-alpha.1", "2.0.1"}, "2.0.1-alpha.1", []string{"2.0.1"}},
		// By build time although there is a capture.
		{"regexp:^([a-zA-Z]+)$", "foo", []string{"foo@1", "BAR@3", "zzz@2", "1@4", "foo-1@5"}, "BAR", []string{"1", "foo-1"}},
		{`regex:^\w{7}(?:\w)?$`, "", []string{"af14eb2@1", "bb73ed94@2", "946427ff@3", "1@4", "foo@5", "946427ff-foo@6"}, "946427ff", []string{"1", "foo", "946427ff-foo"}},
		{"latest", "old", []string{"latest@2", "old@1"}, "latest", []string{"old"}},
		// In a semver tie the longer name is the newer.
		{"semver:1.10.x", "1.9.0", []string{"1.10", "1.10.0"}, "1.10.0", nil},
		// Built at the same time, the first name is.
		{"*", "a", []string{"a@1", "c@2", "b@2"}, "b", nil},
	} {
		t.Run(c.pattern, func(t *testing.T) {
			annotations := map[string]string{"fluxcd.io/automated": "true"}
			if c.pattern != "" {
				annotations["fluxcd.io/tag.app"] = c.pattern
			}
			r, err := imagepolicy.Of(annotations, "app")
			if err != nil {
				t.Fatal(err)
			}
			d := imagepolicy.Choose(r.Policy, imagepolicy.Tag{Name: c.current}, tags(c.tags...))
			if nameOf(d.Allowed) != c.allowed {
				t.Errorf("chooses %s, want %s: %s", nameOf(d.Allowed), c.allowed, d.Reason)
			}
			for _, candidate := range d.Candidates {
				if candidate.Allowed == slices.Contains(c.not, candidate.Name) {
					t.Errorf("%s is allowed: %v", candidate.Name, candidate.Allowed)
				}
			}
		})
	}
}

// flux reads objects of Flux v2 from YAML.
func flux(t *testing.T, documents string) []imagepolicy.FluxPolicy {
	t.Helper()
	var objects []*unstructured.Unstructured
	for document := range strings.SplitSeq(documents, "\n---\n") {
		o := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(document), &o.Object); err != nil {
			t.Fatal(err)
		}
		objects = append(objects, o)
	}
	return imagepolicy.FromFlux(objects)
}

const podinfo = `
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageRepository
metadata: {name: podinfo, namespace: default}
spec:
  image: ghcr.io/stefanprodan/podinfo
  interval: 1h
  exclusionList: ["^.*\\.sig$", "^canary"]
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata: {name: podinfo, namespace: default}
spec:
  imageRepositoryRef: {name: podinfo}
`

// TestFluxV2Documentation takes the examples of the pages on image policies and
// on sortable tags.
func TestFluxV2Documentation(t *testing.T) {
	for _, c := range []struct {
		name, rest string
		tags       []string
		allowed    string
	}{
		{"semver", "  policy: {semver: {range: 5.1.x}}", []string{"5.1.4", "5.1.0", "5.2.0", "5.0.9", "5.1", "5.1.5-rc.1", "latest"}, "5.1.4"},
		{"stable", "  policy: {semver: {range: '>=1.0.0'}}", []string{"0.9.0", "1.0.0", "v1.1.0", "1.2.0-rc.1", "1.2"}, "v1.1.0"},
		{"alphabetical", "  policy: {alphabetical: {order: asc}}", []string{"a", "z", "m"}, "z"},
		{"alphabetical, latest is a tag as any", "  policy: {alphabetical: {}}", []string{"a", "latest"}, "latest"},
		{"alphabetical, descending", "  policy: {alphabetical: {order: desc}}", []string{"b", "a", "z"}, "a"},
		{"numerical", "  policy: {numerical: {order: asc}}", []string{"2", "12", "1"}, "12"},
		{"numerical, descending", "  policy: {numerical: {order: desc}}", []string{"2", "12", "1.5"}, "1.5"},
		{"excluded", "  policy: {alphabetical: {}}", []string{"a", "canary-1", "x.sig"}, "a"},
		{"release candidates", "  filterTags: {pattern: '.*-rc.*'}\n  policy: {semver: {range: '^1.x-0'}}", []string{"1.2.0-rc.1", "1.2.0-rc.2", "1.2.0", "1.3.0-beta.1", "2.0.0-rc.1"}, "1.2.0-rc.2"},
		{"minio", "  filterTags: {pattern: '^RELEASE\\.(?P<timestamp>.*)Z$', extract: '$timestamp'}\n  policy: {alphabetical: {order: asc}}",
			[]string{"RELEASE.2021-01-08T21-18-21Z", "RELEASE.2022-01-08T21-18-21Z", "RELEASE.2021-12-08T21-18-21Z", "edge", "RELEASE.2023-01-01T00-00-00Z.fips"}, "RELEASE.2022-01-08T21-18-21Z"},
		{"branch", "  filterTags: {pattern: '^main-[a-f0-9]+-(?P<ts>[0-9]+)', extract: '$ts'}\n  policy: {numerical: {order: asc}}",
			[]string{"main-0a1b2c3-1611840548", "main-ffffff0-1611840549", "main-0000000-999999999", "dev-0a1b2c3-1711840548"}, "main-ffffff0-1611840549"},
		{"any branch", "  filterTags: {pattern: '^.+-[a-f0-9]+-(?P<ts>[0-9]+)', extract: '$ts'}\n  policy: {numerical: {order: asc}}",
			[]string{"main-0a1b2c3-1611840548", "dev-0a1b2c3-1711840548"}, "dev-0a1b2c3-1711840548"},
		{"extracted version", "  filterTags: {pattern: '^app-(.*)$', extract: '$1'}\n  policy: {semver: {range: '*'}}", []string{"app-1.2.3", "app-1.10.0", "2.0.0"}, "app-1.10.0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			policies := flux(t, podinfo+c.rest)
			if len(policies) != 1 || policies[0].Err != nil {
				t.Fatalf("%+v", policies)
			}
			f := policies[0]
			if f.Image != "ghcr.io/stefanprodan/podinfo" || f.Marker() != "default:podinfo" {
				t.Errorf("%s of %s", f.Marker(), f.Image)
			}
			d := imagepolicy.Choose(f.Policy, imagepolicy.Tag{}, tags(c.tags...))
			if nameOf(d.Allowed) != c.allowed {
				t.Errorf("chooses %s, want %s: %s", nameOf(d.Allowed), c.allowed, d.Reason)
			}
		})
	}
}

func TestFluxV2BadObjects(t *testing.T) {
	good := podinfo + "  policy: {semver: {range: '*'}}"
	for name, c := range map[string]struct{ documents, want string }{
		"no rule":          {podinfo, "spec.policy must have one of"},
		"two rules":        {podinfo + "  policy: {semver: {range: '*'}, numerical: {}}", "has 2"},
		"no range":         {podinfo + "  policy: {semver: {range: 'a.b'}}", `spec.policy.semver.range is "a.b"`},
		"no order":         {podinfo + "  policy: {numerical: {order: up}}", `spec.policy.numerical.order is "up"`},
		"no pattern":       {podinfo + "  filterTags: {pattern: '('}\n  policy: {numerical: {}}", `spec.filterTags.pattern is "("`},
		"no repository":    {strings.Replace(good, "imageRepositoryRef: {name: podinfo}", "imageRepositoryRef: {name: other}", 1), "ImageRepository.image.toolkit.fluxcd.io default/other, which is not in Git"},
		"no reference":     {strings.Replace(good, "imageRepositoryRef: {name: podinfo}", "interval: 1h", 1), "spec.imageRepositoryRef.name is missing"},
		"other namespace":  {strings.Replace(good, "imageRepositoryRef: {name: podinfo}", "imageRepositoryRef: {name: podinfo, namespace: flux-system}", 1), "flux-system/podinfo"},
		"no image":         {strings.Replace(good, "image: ghcr.io/stefanprodan/podinfo", "interval: 2h", 1), "spec.image is missing"},
		"wrong exclusions": {strings.Replace(good, `["^.*\\.sig$", "^canary"]`, `["("]`, 1), "spec.exclusionList[0]"},
	} {
		t.Run(name, func(t *testing.T) {
			policies := flux(t, c.documents)
			if len(policies) != 1 || policies[0].Err == nil || !strings.Contains(policies[0].Err.Error(), c.want) {
				t.Fatalf("%+v, want %q", policies, c.want)
			}
			if !strings.Contains(policies[0].Err.Error(), "ImagePolicy.image.toolkit.fluxcd.io default/podinfo") {
				t.Errorf("the error does not say where: %v", policies[0].Err)
			}
			if d := imagepolicy.Choose(policies[0].Policy, imagepolicy.Tag{}, tags("1.0.0")); d.Allowed != nil {
				t.Errorf("allows %s", d.Allowed.Name)
			}
		})
	}
	if f := flux(t, strings.Replace(good, "interval: 1h", "suspend: true", 1)+"\n  digestReflectionPolicy: Always"); !f[0].Suspended || !f[0].PinDigest {
		t.Errorf("suspended %v, with digest %v; want both", f[0].Suspended, f[0].PinDigest)
	}
}
