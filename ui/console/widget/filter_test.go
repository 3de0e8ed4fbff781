package widget_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/sahilm/fuzzy"

	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// api is the row that filters are tried on.
func api(term string) string {
	return map[string]string{
		"": "Deployment api shop", "status": "Modified", "kind": "Deployment", "ns": "shop", "name": "api", "health": "Healthy",
	}[term]
}

// TestWholeKinds: the name of a kind is not that of those which begin with it.
func TestWholeKinds(t *testing.T) {
	for _, test := range []struct {
		filter, kind string
		want         bool
	}{
		{"kind:service", "Service", true},
		{"kind:svc", "ServiceAccount", false},
		{"kind:Service", "ServiceAccount", false},
		{"kind:services", "Service", true},
		{"kind:servicea", "ServiceAccount", true},
		{"kind:pod", "PodDisruptionBudget", false},
		{"kind:pods", "Pod", true},
		{"kind:role", "RoleBinding", false},
		{"kind:promo", "PromoCampaign", true},
	} {
		got := widget.ParseFilter(test.filter).Match(func(string) string { return test.kind })
		if got != test.want {
			t.Errorf("%s chooses a %s: %v", test.filter, test.kind, got)
		}
	}
}

func TestFilter(t *testing.T) {
	for _, test := range []struct {
		filter string
		match  bool
	}{
		{"", true},
		{"   ", true},
		{"api", true},
		{"API", true},
		{"dpl", true},
		{"pai", true}, // de-p-loyment a-p-i
		{"xyz", false},
		{"!api", false},
		{"!dpl", true}, // what is left out is there as it is written
		{"!web", true},
		{"!", true},
		{"api shop", true},
		{"api web", false},
		{"status:modified", true},
		{"STATUS:Mod", true},
		{"status:synced", false},
		{"!status:synced", true},
		{"status:synced,modified", true},
		{"status:synced,", false},
		{"status:missing status:modified", false},
		{"kind:deploy", true},
		{"kind:deployments", true},
		{"kind:svc", false},
		{"kind:svc,deploy", true},
		{"!kind:svc", true},
		{"kind:d", true},
		{"kind:ds", false},
		{"ns:shop", true},
		{"ns:hop", false},
		{"name:api health:heal", true},
		{"api !health:degraded ns:shop", true},
		{"status:", true},
		{"!status:", true},
		{"deployment:api", false}, // not a term, so a word
	} {
		if got := widget.ParseFilter(test.filter).Match(api); got != test.match {
			t.Errorf("%q: %v", test.filter, got)
		}
	}
}

func TestFilterKnowsKindsAsPeopleCallThem(t *testing.T) {
	for said, kind := range map[string]string{
		"svc": "Service", "cm": "ConfigMap", "sts": "StatefulSet", "ds": "DaemonSet", "ing": "Ingress", "ingresses": "Ingress",
		"services": "Service", "pvc": "PersistentVolumeClaim", "hpa": "HorizontalPodAutoscaler", "netpol": "NetworkPolicy", "sc": "Schedule",
	} {
		f := widget.ParseFilter("kind:" + said)
		if !f.Match(func(string) string { return kind }) {
			t.Errorf("%s is no %s", said, kind)
		}
		if f.Match(func(string) string { return "Deployment" }) {
			t.Errorf("%s is a Deployment", said)
		}
	}
}

func TestFilterProblem(t *testing.T) {
	for filter, want := range map[string]string{
		"api":             "",
		"status:modified": "",
		"!kind:job":       "",
		"status:":         "status: needs a value behind the colon",
		"kind:,":          "kind: needs a value behind the colon",
		"stauts:synced":   "no term stauts: (there are status: kind: ns: name: health:)",
	} {
		if got := widget.ParseFilter(filter).Problem(); got != want {
			t.Errorf("%q: %q, want %q", filter, got, want)
		}
	}
	f := widget.ParseFilter("author:web status:x", "author")
	if got, want := f.Problem(), "no term status: (there are author:)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if !f.Match(func(term string) string { return map[string]string{"author": "webber", "": "status:x"}[term] }) {
		t.Error("what is right about the filter does not hold")
	}
}

func TestFilterEmpty(t *testing.T) {
	for filter, want := range map[string]bool{"": true, " ": true, "!": true, "ns:": true, "a": false, "ns:a": false} {
		f := widget.ParseFilter(filter)
		if f.Empty() != want || f.String() != filter {
			t.Errorf("%q: empty %v, written %q", filter, f.Empty(), f.String())
		}
	}
}

// What matches and what is highlighted are found in two ways, which have to
// agree.
func TestFilterHighlightsWhatMatches(t *testing.T) {
	for seed := range uint64(1000) {
		r := rand.New(rand.NewPCG(seed, 3))
		s := text(r, 8)
		word := strings.Map(func(c rune) rune {
			if c == ' ' || c == ':' || c == '!' || r.IntN(2) == 0 {
				return -1
			}
			return c
		}, s)
		if word == "" || r.IntN(5) == 0 {
			word = "ab"
		}
		f := widget.ParseFilter(word)
		match := f.Match(func(string) string { return s })
		if want := len(fuzzy.Find(word, []string{s})) > 0; match != want {
			t.Fatalf("%q in %q: %v, fuzzy says %v", word, s, match, want)
		}
		if got := f.Highlight(s); len(got) > 0 != match {
			t.Fatalf("%q in %q: match %v, highlighted %v", word, s, match, got)
		}
	}
}

func FuzzFilter(f *testing.F) {
	for _, s := range []string{"api", "!api status:modified,synced", "kind:svc !ns:", "a:b:c", "!!x", ":", "日本 é", "\xff", "İ ſ K"} {
		f.Add(s, "Deployment api")
	}
	f.Fuzz(func(t *testing.T, s, row string) {
		filter := widget.ParseFilter(s)
		match := filter.Match(func(string) string { return row })
		if filter.Empty() && !match {
			t.Errorf("%q is empty and does not match", s)
		}
		for _, i := range filter.Highlight(row) {
			if i < 0 || i >= len(row) {
				t.Errorf("%q highlights byte %d of %q", s, i, row)
			}
		}
		if word := strings.TrimSpace(s); word != "" && !strings.ContainsAny(word, "! \t\n:") && len(strings.Fields(word)) == 1 {
			if not := widget.ParseFilter("!" + word); filter.Match(func(string) string { return word }) == not.Match(func(string) string { return word }) {
				t.Errorf("both %q and its contrary hold, or neither", word)
			}
		}
	})
}
