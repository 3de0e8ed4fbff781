package command

import (
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/drift"
)

func theMoment() *engine.Moment {
	return &engine.Moment{
		At:     engine.At{Environment: "production", Revision: headHash},
		Commit: engine.Commit{Hash: oldHash, Author: "Mira Größe", Email: "mira@acme.dev", Time: before(76 * time.Hour), Subject: "部署 api 2.1.0"},
		Objects: []engine.MomentObject{
			{ID: deployment("api"), File: "base/api.yaml", Line: 3, YAML: "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: api\n"},
			{ID: plainKind("Secret", "keys"), File: "base/keys.yaml", Line: 1, YAML: "apiVersion: v1\nkind: Secret\nmetadata:\n  name: keys\ndata:\n  PASSWORD: (hidden)\n"},
		},
		Images: []engine.MomentImage{
			{Object: deployment("api"), Container: "main", Repository: "registry.acme.dev/shop/api", Tag: "1.8.2"},
			{Object: deployment("api"), Container: "proxy", Repository: "docker.io/envoyproxy/envoy", Tag: "v1.36.2@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},
		},
	}
}

// theLabel says in which environment an object is.
var theLabel = engine.FieldChange{Field: drift.Field{Path: `metadata.labels["acme.dev/environment"]`, Op: drift.Change, Live: "staging", Desired: "production"}}

// theComparison has every kind of difference.
func theComparison() *engine.Comparison {
	return &engine.Comparison{
		From: engine.At{Environment: "staging", Revision: headHash}, To: engine.At{Environment: "production", Revision: oldHash},
		FromCommit: engine.Commit{Hash: headHash, Author: "ops", Email: "ops@acme.dev", Time: before(2 * time.Hour), Subject: "quieter logs"},
		Namespaces: []engine.NamespacePair{{From: "shop-staging", To: "shop"}},
		Changes: []engine.Change{
			{
				Environment: "production", ID: plainKind("ConfigMap", "flags"), Operation: engine.Create, File: "production/flags.yaml", Line: 1,
				Diff: "--- staging 19ce4aa ConfigMap shop/flags\n+++ production 8b2d10c ConfigMap shop/flags\n@@ -0,0 +1,2 @@\n+apiVersion: v1\n+kind: ConfigMap\n",
			},
			{
				Environment: "production", ID: deployment("api"), Operation: engine.Update, File: "base/api.yaml", Line: 3,
				Fields: []engine.FieldChange{theLabel, {Field: drift.Field{Path: "spec.replicas", Op: drift.Change, Live: int64(1), Desired: int64(3)}}},
				Diff:   "--- staging 19ce4aa Deployment.apps shop/api\n+++ production 8b2d10c Deployment.apps shop/api\n@@ -8,3 +8,3 @@\n spec:\n-  replicas: 1\n+  replicas: 3\n",
			},
			{Environment: "production", ID: deployment("web"), Operation: engine.Update, File: "base/web.yaml", Line: 3, Fields: []engine.FieldChange{theLabel}},
			{Environment: "production", ID: deployment("worker"), Operation: engine.Update, File: "base/worker.yaml", Line: 3, Fields: []engine.FieldChange{theLabel}},
			{Environment: "staging", ID: engine.ID{Kind: "Service", Namespace: "shop-staging", Name: "debug"}, Operation: engine.Delete, File: "staging/debug.yaml", Line: 1},
		},
		Images: []engine.ImageUpdate{
			{Object: deployment("api"), Container: "main", Repository: shop + "api", From: "1.9.0", To: "1.8.2"},
			{Object: deployment("web"), Container: "main", Repository: shop + "web", From: "quay.io/fork/web:3", To: "1.25.3"},
		},
		Common: []engine.CommonDifference{{Name: "acme.dev/environment", From: "staging", To: "production", Objects: 3}},
		Ambiguous: []engine.Ambiguity{{
			From: []engine.ID{{Kind: "ConfigMap", Namespace: "a", Name: "x"}, {Kind: "ConfigMap", Namespace: "b", Name: "x"}},
			To:   []engine.ID{{Kind: "ConfigMap", Namespace: "c", Name: "x"}},
		}},
		Unchanged: 34,
	}
}

func TestShow(t *testing.T) {
	render := func(p *printer) { printMoment(p, noon, theMoment()) }
	golden(t, "show.txt", textOf(t, render))
	golden(t, "show.ansi", colouredOf(t, render))
	golden(t, "show.json", documentOf(t, momentDocument(theMoment())))
	golden(t, "show-objects.txt", textOf(t, func(p *printer) { printManifests(p, theMoment()) }))
	broken := theMoment()
	broken.Objects, broken.Images, broken.Problems = nil, nil, []string{"base/api.yaml:12: bad indentation"}
	broken.Commit.Hash = broken.Revision
	golden(t, "show-broken.txt", textOf(t, func(p *printer) { printMoment(p, noon, broken) }))
}

func TestCompare(t *testing.T) {
	render := func(p *printer) { printComparison(p, noon, theComparison()) }
	golden(t, "compare.txt", textOf(t, render))
	golden(t, "compare.ansi", colouredOf(t, render))
	golden(t, "compare.json", documentOf(t, comparisonDocument(theComparison())))
	same := &engine.Comparison{From: theComparison().From, To: theComparison().To, Unchanged: 41}
	golden(t, "compare-same.txt", textOf(t, func(p *printer) { printComparison(p, noon, same) }))
	broken := &engine.Comparison{From: same.From, To: same.To, Problems: []string{"base/api.yaml:12: bad indentation (staging at 19ce4aa)"}}
	golden(t, "compare-broken.txt", textOf(t, func(p *printer) { printComparison(p, noon, broken) }))
	for code, c := range map[int]*engine.Comparison{
		exitClean: same, exitTrouble: broken, exitDiffers: theComparison(),
	} {
		if got := comparisonCode(c); got != code {
			t.Errorf("want to end with %d, got %d", code, got)
		}
	}
}

func TestWhatIsCompared(t *testing.T) {
	at := func(environment, revision string) engine.At {
		return engine.At{Environment: environment, Revision: revision}
	}
	for _, c := range []struct {
		args     []string
		from, to engine.At
		err      string
	}{
		{[]string{"staging", "production"}, at("staging", ""), at("production", ""), ""},
		{[]string{"production@abc1234", "production"}, at("production", "abc1234"), at("production", ""), ""},
		{[]string{"production@HEAD~1", "staging@v2"}, at("production", "HEAD~1"), at("staging", "v2"), ""},
		{[]string{"production@v1"}, at("production", "v1"), at("production", ""), ""},
		{[]string{"production@v1.."}, at("production", "v1"), at("production", ""), ""},
		{[]string{"production@v1..v2"}, at("production", "v1"), at("production", "v2"), ""},
		{nil, at("", ""), at("", ""), "compare what? evenkeel compare FROM [TO]"},
		{[]string{"a", "b", "c"}, at("", ""), at("", ""), `"c" is one word too many: evenkeel compare FROM [TO]`},
		{[]string{"production"}, at("", ""), at("", ""), "compare production with what? Name another environment, or a revision as in production@HEAD~1"},
		{[]string{"production@"}, at("", ""), at("", ""), `"production@" names no revision behind the @`},
		{[]string{"@v1", "staging"}, at("", ""), at("", ""), `"@v1" names no environment: write ENVIRONMENT@REVISION`},
		{[]string{"production@v1..v2", "staging"}, at("", ""), at("", ""), "production@v1..v2 has both ends already, so staging is one too many"},
		{[]string{"staging..production"}, at("", ""), at("", ""), "staging..production: a range is of revisions, as in staging@v1..v2"},
	} {
		from, to, err := parseEnds(c.args)
		switch {
		case c.err == "" && (err != nil || from != c.from || to != c.to):
			t.Errorf("%q is taken for %v and %v: %v", c.args, from, to, err)
		case c.err != "" && (err == nil || err.Error() != c.err):
			t.Errorf("%q: want the error %s, got %v", c.args, c.err, err)
		}
	}
}
