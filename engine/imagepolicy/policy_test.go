package imagepolicy_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Masterminds/semver/v3"

	"github.com/evenkeel/evenkeel/engine/imagepolicy"
)

// day is a build time.
func day(n int) time.Time { return time.Date(2026, 11, n, 12, 0, 0, 0, time.UTC) }

// tags makes tags of "name" or "name@day".
func tags(list ...string) []imagepolicy.Tag {
	var all []imagepolicy.Tag
	for _, s := range list {
		name, at, dated := strings.Cut(s, "@")
		t := imagepolicy.Tag{Name: name}
		if dated {
			var n int
			if _, err := fmt.Sscan(at, &n); err != nil {
				panic(err)
			}
			t.Created = day(n)
		}
		all = append(all, t)
	}
	return all
}

func names(list []imagepolicy.Tag) []string {
	var all []string
	for _, t := range list {
		all = append(all, t.Name)
	}
	return all
}

func nameOf(t *imagepolicy.Tag) string {
	if t == nil {
		return "-"
	}
	return t.Name
}

func mustParse(t *testing.T, s string) imagepolicy.Policy {
	t.Helper()
	p, err := imagepolicy.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestChoose(t *testing.T) {
	versions := []string{"1.4.0", "1.4.2", "1.4.10", "1.5.0", "v1.4.3", "1.5.0-rc.1", "1.4.11-rc.1", "2.0.0", "latest", "main", "1.4.2.sig", "sha256-0a1b.att"}
	builds := []string{"main-9c3d7b2-224", "main-0aa11bb-9", "main-ffff000-1000", "dev-9c3d7b2-5000", "main-zz-7"}
	for _, c := range []struct {
		policy, current string
		tags            []string
		verdict         imagepolicy.Verdict
		allowed, newest string
		between         []string
	}{
		{"semver:~1.4", "1.4.0", versions, imagepolicy.Update, "1.4.10", "2.0.0", []string{"v1.4.3", "1.4.2"}},
		{"semver: ~1.4 ", "1.4.10", versions, imagepolicy.UpToDate, "1.4.10", "2.0.0", nil},
		{"semver:~1.4-0", "1.4.10", versions, imagepolicy.Update, "1.4.11-rc.1", "2.0.0", nil},
		{"semver:^1", "2.0.0", versions, imagepolicy.Ahead, "1.5.0", "2.0.0", nil},
		{"semver:^1", "1.6.0-rc.1", versions, imagepolicy.Ahead, "1.5.0", "2.0.0", nil},
		{"semver:^1", "latest", versions, imagepolicy.Unordered, "1.5.0", "2.0.0", nil},
		{"semver:^1", "", versions, imagepolicy.Unordered, "1.5.0", "2.0.0", nil},
		{"semver:^3", "2.0.0", versions, imagepolicy.Nothing, "-", "2.0.0", nil},
		{"semver:*", "1.0.0", []string{"1.1.0", "20260101", "1234567"}, imagepolicy.Update, "1.1.0", "1.1.0", nil},
		{"semver:^17", "17.4", []string{"17.5", "17.10", "18.1", "17"}, imagepolicy.Update, "17.10", "18.1", []string{"17.5"}},
		{"semver:^1", "v1.2.0", []string{"1.2.0", "1.2"}, imagepolicy.UpToDate, "1.2.0", "1.2.0", nil},

		{"numeric:^main-[a-f0-9]+-(\\d+)$", "main-9c3d7b2-224", builds, imagepolicy.Update, "main-ffff000-1000", "main-ffff000-1000", nil},
		{"numeric:^main-[a-f0-9]+-(\\d+)$", "main-0aa11bb-9", builds, imagepolicy.Update, "main-ffff000-1000", "main-ffff000-1000", []string{"main-9c3d7b2-224"}},
		{"numeric:^main-[a-f0-9]+-(\\d+)$", "dev-9c3d7b2-5000", builds, imagepolicy.Unordered, "main-ffff000-1000", "main-ffff000-1000", nil},
		{"numeric:^[0-9.]+$", "9.5", []string{"9.5", "10.25", "10.3", "1.2.3", "latest"}, imagepolicy.Update, "10.3", "10.3", []string{"10.25"}},
		{"numeric:t(\\d+)", "t9007199254740992", []string{"t9007199254740992", "t9007199254740993"}, imagepolicy.Update, "t9007199254740993", "t9007199254740993", nil},

		{"alphabetical:^\\d{8}-", "20261101-a", []string{"20261101-a", "20261102-b", "20261030-c", "zz", "latest"}, imagepolicy.Update, "20261102-b", "20261102-b", nil},
		{"alphabetical:.*", "a", []string{"a", "b", "latest"}, imagepolicy.Update, "b", "b", nil},
		{"alphabetical:^[a-z]+-(.*)$", "x-2", []string{"x-2", "a-3"}, imagepolicy.Update, "a-3", "a-3", nil},

		{"regexp:^v(.*)$", "v1.9.0", []string{"v1.9.0", "v1.10.0", "v1.10.0-rc.1", "2.0.0", "vnext"}, imagepolicy.Update, "v1.10.0", "v1.10.0", []string{"v1.10.0-rc.1"}},
		{"regexp:^build-(.*)$", "build-a9", []string{"build-a9", "build-a10", "build-b1"}, imagepolicy.Update, "build-b1", "build-b1", []string{"build-a10"}},
		{"regexp:^stg-", "stg-a", []string{"stg-a@1", "stg-b@3", "stg-c@2", "dev@4"}, imagepolicy.Update, "stg-b", "dev", []string{"stg-c"}},

		{"glob:release-*", "release-36", []string{"release-36@1", "release-37@2", "release-9@3", "hotfix@4"}, imagepolicy.Update, "release-9", "hotfix", []string{"release-37"}},
		{"glob:release-*", "hotfix", []string{"release-36@1", "hotfix@4"}, imagepolicy.Ahead, "release-36", "hotfix", nil},
		{"glob:latest", "latest", []string{"latest@2", "a@1"}, imagepolicy.UpToDate, "latest", "latest", nil},
		{"glob:1.*.0", "1.1.0", []string{"1.1.0@1", "1.2.0@2", "1.2.1@3", "1x3x0@4"}, imagepolicy.Update, "1.2.0", "1x3x0", nil},
		{"newest", "a", []string{"a@1", "b@3", "latest@3", "c@2", "b.sig@5"}, imagepolicy.Update, "b", "b", []string{"c"}},
		{"newest", "gone", []string{"a@1", "b@3"}, imagepolicy.Unordered, "b", "b", nil},
		{"newest", "a", nil, imagepolicy.Nothing, "-", "-", nil},
	} {
		t.Run(c.policy+" at "+c.current, func(t *testing.T) {
			p := mustParse(t, c.policy)
			d := imagepolicy.Choose(p, imagepolicy.Tag{Name: c.current}, tags(c.tags...))
			if d.Verdict != c.verdict || nameOf(d.Allowed) != c.allowed || nameOf(d.Newest) != c.newest {
				t.Errorf("%s: allowed %s, newest %s; want %s, %s, %s (%s)", d.Verdict, nameOf(d.Allowed), nameOf(d.Newest), c.verdict, c.allowed, c.newest, d.Reason)
			}
			if !slices.Equal(names(d.Between), c.between) {
				t.Errorf("between: %v, want %v", names(d.Between), c.between)
			}
			if d.Reason == "" {
				t.Error("the verdict has no reason")
			}
			if d.Newest != nil && d.Allowed != nil && (d.Newest.Name != d.Allowed.Name) != (d.NotNewest != "") {
				t.Errorf("newest %s, allowed %s, but why not: %q", d.Newest.Name, d.Allowed.Name, d.NotNewest)
			}
			for _, candidate := range d.Candidates {
				if candidate.Allowed != (candidate.Reason == "") {
					t.Errorf("%s: allowed %v with the reason %q", candidate.Name, candidate.Allowed, candidate.Reason)
				}
			}
			shuffled := tags(c.tags...)
			rand.New(rand.NewPCG(1, 2)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			if again := imagepolicy.Choose(p, imagepolicy.Tag{Name: c.current}, shuffled); nameOf(again.Allowed) != c.allowed || again.Verdict != c.verdict {
				t.Errorf("in another order of the tags: %s, %s", again.Verdict, nameOf(again.Allowed))
			}
		})
	}
}

func TestWhyNotAllowed(t *testing.T) {
	p := mustParse(t, "semver:~1.4")
	d := imagepolicy.Choose(p, imagepolicy.Tag{Name: "1.4.0"}, tags("1.4.0", "1.4.1-rc.1", "1.5.0", "latest", "main", "1.4.0.sig", "a b", "sha256-12.att"))
	got := map[string]string{}
	for _, c := range d.Candidates {
		got[c.Name] = c.Reason
	}
	for name, want := range map[string]string{
		"1.4.0":         "",
		"1.4.1-rc.1":    "1.4.1-rc.1 is a pre-release, and the range ~1.4 names none",
		"1.5.0":         "1.5.0 lies outside the range ~1.4",
		"latest":        "latest says nothing of what it is; glob:latest asks for it",
		"main":          "main is not a version",
		"1.4.0.sig":     "it is a signature or an attestation, not an image",
		"sha256-12.att": "it is a signature or an attestation, not an image",
		"a b":           "it is not a valid tag",
	} {
		if got[name] != want {
			t.Errorf("%s: %q, want %q", name, got[name], want)
		}
	}
	if d.NotNewest != "1.5.0 lies outside the range ~1.4" {
		t.Errorf("why not the newest: %q", d.NotNewest)
	}
}

func TestPoliciesThatDoNotParseAllowNothing(t *testing.T) {
	for _, c := range []struct{ policy, want string }{
		{"", "is empty"},
		{"~1.4", "must begin with"},
		{"semver:", "the range is empty"},
		{"semver:latest", "the range does not parse"},
		{"semver:>=1.x.y.z", "the range does not parse"},
		{"glob:", "the glob is empty"},
		{"glob:release-[0-9]*", `holds '['`},
		{"regexp:", "the regular expression is empty"},
		{"regexp:^v(", "the regular expression does not parse"},
		{"regexp:^v(.*)-(.*)$", "2 captures"},
		{"numeric:(?=x)", "does not parse"},
		{"alphabetical:*", "does not parse"},
		{"Newest", "must begin with"},
	} {
		p, err := imagepolicy.Parse(c.policy)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", c.policy, err, c.want)
		}
		if p.Err() == nil {
			t.Errorf("%q: the policy does not know of its fault", c.policy)
		}
		d := imagepolicy.Choose(p, imagepolicy.Tag{Name: "1.0.0"}, tags("1.0.0@1", "2.0.0@2"))
		if d.Verdict != imagepolicy.NoPolicy || d.Allowed != nil || !strings.Contains(d.Reason, c.want) {
			t.Errorf("%q chooses %s %s: %s", c.policy, d.Verdict, nameOf(d.Allowed), d.Reason)
		}
	}
	if d := imagepolicy.Choose(imagepolicy.Policy{}, imagepolicy.Tag{}, tags("1.0.0")); d.Verdict != imagepolicy.NoPolicy || d.Allowed != nil {
		t.Errorf("no policy chooses %s %s", d.Verdict, nameOf(d.Allowed))
	}
}

// TestBuildTimesAreAskedFor only of the tags that could be chosen.
func TestBuildTimesAreAskedFor(t *testing.T) {
	p := mustParse(t, "glob:release-*")
	list := tags("release-1@1", "release-2", "release-3", "main", "latest", "release-2.sig")
	d := imagepolicy.Choose(p, imagepolicy.Tag{Name: "main"}, list)
	if want := []string{"main", "release-2", "release-3"}; d.Verdict != imagepolicy.Waiting || !slices.Equal(d.Undated, want) || d.Allowed != nil {
		t.Fatalf("%s for %v, want to wait for %v", d.Verdict, d.Undated, want)
	}
	for i := range list {
		switch list[i].Name {
		case "main":
			list[i].Created = day(1)
		case "release-2":
			list[i].Created = day(2)
		case "release-3":
			list[i].Undated = true
		}
	}
	d = imagepolicy.Choose(p, imagepolicy.Tag{Name: "main"}, list)
	if d.Verdict != imagepolicy.Update || nameOf(d.Allowed) != "release-2" {
		t.Errorf("%s %s: %s", d.Verdict, nameOf(d.Allowed), d.Reason)
	}
	for _, s := range []string{"semver:*", "numeric:(\\d+)", "alphabetical:.*", "regexp:(.*)"} {
		if d := imagepolicy.Choose(mustParse(t, s), imagepolicy.Tag{Name: "1"}, list); d.Undated != nil {
			t.Errorf("%s asks for build times of %v", s, d.Undated)
		}
	}
}

func TestManyTagsOfTheSameDate(t *testing.T) {
	var list []imagepolicy.Tag
	for i := range 1000 {
		list = append(list, imagepolicy.Tag{Name: fmt.Sprintf("b%04d", i), Created: day(1)})
	}
	random := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		d := imagepolicy.Choose(mustParse(t, "newest"), imagepolicy.Tag{Name: "old", Created: day(0)}, list)
		if d.Verdict != imagepolicy.Update || d.Allowed.Name != "b0000" || len(d.Tied) != 999 || len(d.Between) != 0 {
			t.Fatalf("%s %s, %d tied, %d between", d.Verdict, nameOf(d.Allowed), len(d.Tied), len(d.Between))
		}
		if !strings.Contains(d.Reason, "by its name from 1000 tags that rank the same") {
			t.Fatalf("the tie is not told: %s", d.Reason)
		}
		d = imagepolicy.Choose(mustParse(t, "newest"), imagepolicy.Tag{Name: "b0500"}, list)
		if d.Verdict != imagepolicy.UpToDate || d.Allowed.Name != "b0500" {
			t.Fatalf("a tie moves b0500 to %s %s", d.Verdict, nameOf(d.Allowed))
		}
	}
}

func TestMovedTag(t *testing.T) {
	list := []imagepolicy.Tag{{Name: "1.0.0", Digest: "sha256:b"}, {Name: "1.1.0", Digest: "sha256:c"}}
	p := mustParse(t, "semver:~1.0")
	d := imagepolicy.Choose(p, imagepolicy.Tag{Name: "1.0.0", Digest: "sha256:a"}, list)
	if want := (imagepolicy.Moved{Tag: "1.0.0", From: "sha256:a", To: "sha256:b"}); d.Moved == nil || *d.Moved != want {
		t.Errorf("moved: %v, want %v", d.Moved, want)
	}
	for _, digest := range []string{"", "sha256:b"} {
		if d := imagepolicy.Choose(p, imagepolicy.Tag{Name: "1.0.0", Digest: digest}, list); d.Moved != nil {
			t.Errorf("known at %q: moved %v", digest, *d.Moved)
		}
	}
}

// TestRangesAreThoseOfTheLibrary chooses with the library alone and compares.
func TestRangesAreThoseOfTheLibrary(t *testing.T) {
	var all []string
	for major := range 3 {
		for minor := range 4 {
			for patch := range 4 {
				v := fmt.Sprintf("%d.%d.%d", major, minor, patch)
				all = append(all, v)
				if patch == 0 {
					all = append(all, v+"-alpha", v+"-rc.1", v+"-rc.10", v+"-rc.2")
				}
			}
			all = append(all, fmt.Sprintf("v%d.%d", major, minor))
		}
	}
	all = append(all, "latest", "edge", "1.2.3.4", "x", "1.2.3_4")
	for _, within := range []string{
		"*", "^1", "^1-0", "~1", "~1.2", "~1.2-0", "1.x", "1.2.x", ">=1.0.0", ">=1.0.0-0", "<2", ">1.1 <1.3", "1.1 - 1.3", "1.2.0 || 2.1.0",
		"!=2.3.3", "^0.2", "^0.0.3", "=1.2.3", "2.0.0-rc.1", "> 2.0.0-rc.2, <2.0.1", "^1 || >=2.0.0-rc.1 <2.0.0", ">=3", "~>1.1", "=>1.1.1 =<1.2.0",
	} {
		constraint, err := semver.NewConstraint(within)
		if err != nil {
			t.Fatal(err)
		}
		var best *semver.Version
		for _, s := range all {
			v, err := semver.NewVersion(s)
			if err == nil && constraint.Check(v) && (best == nil || v.GreaterThan(best)) {
				best = v
			}
		}
		d := imagepolicy.Choose(mustParse(t, "semver:"+within), imagepolicy.Tag{}, tags(all...))
		if best == nil {
			if d.Allowed != nil {
				t.Errorf("%s: %s, want none", within, d.Allowed.Name)
			}
			continue
		}
		if d.Allowed == nil {
			t.Errorf("%s: none, want %s", within, best.Original())
			continue
		}
		if v, err := semver.NewVersion(d.Allowed.Name); err != nil || !v.Equal(best) {
			t.Errorf("%s: %s, want %s", within, d.Allowed.Name, best.Original())
		}
		for _, c := range d.Candidates {
			v, err := semver.NewVersion(c.Name)
			if want := err == nil && constraint.Check(v); c.Allowed != want {
				t.Errorf("%s: %s is allowed: %v (%s), want %v", within, c.Name, c.Allowed, c.Reason, want)
			}
		}
	}
}

func BenchmarkFiftyThousandTags(b *testing.B) {
	var list []imagepolicy.Tag
	for i := range 50_000 {
		list = append(list, imagepolicy.Tag{Name: fmt.Sprintf("1.%d.%d", i/100, i%100), Created: day(1).Add(time.Duration(i) * time.Minute)})
	}
	for _, s := range []string{"semver:^1", "newest", "numeric:^1\\.(\\d+)", "regexp:^(.*)$"} {
		p, err := imagepolicy.Parse(s)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(s, func(b *testing.B) {
			for b.Loop() {
				imagepolicy.Choose(p, imagepolicy.Tag{Name: "1.0.0"}, list)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"semver:~1.4", "glob:a-*", "regexp:^v(.*)$", "newest", "numeric:(\\d+)", "alphabetical:x", "semver: >= 1.0.0-rc.0, <1.0.1", "glob:ä", "\x00"} {
		f.Add(s, "1.0.0", "v2.0.0-rc.1")
	}
	f.Fuzz(func(t *testing.T, s, a, b string) {
		p, err := imagepolicy.Parse(s)
		list := []imagepolicy.Tag{{Name: a, Created: day(1)}, {Name: b, Created: day(2)}}
		d := imagepolicy.Choose(p, list[0], list)
		if err != nil && d.Allowed != nil {
			t.Errorf("%q does not parse and allows %s", s, d.Allowed.Name)
		}
		if d.Allowed != nil && (!imagepolicy.ValidTag(d.Allowed.Name) || imagepolicy.Attached(d.Allowed.Name)) {
			t.Errorf("%q allows %q", s, d.Allowed.Name)
		}
	})
}
