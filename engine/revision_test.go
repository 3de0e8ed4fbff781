package engine_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/gitrepo"
)

// revision looks at a commit, without asking the cluster anything.
func (r *running) revision(environment string, hash gitrepo.Hash) *engine.Revision {
	r.w.Helper()
	before := r.Requests(environment)
	rev, err := r.Revision(r.w.Context(), environment, string(hash))
	r.w.must(err)
	for verb, n := range r.Requests(environment) {
		if n != before[verb] && verb != "WATCH" {
			r.w.Errorf("looking at a commit sent %d %s", n-before[verb], verb)
		}
	}
	return rev
}

// told are the files and changes of a revision, one a line.
func told(r *engine.Revision) []string {
	var lines []string
	for _, f := range r.Files {
		line := fmt.Sprintf("%s %s", f.Operation, f.Path)
		if f.Concerns {
			line += " *"
		}
		if f.Hidden != "" {
			line += " hidden"
		}
		lines = append(lines, line)
	}
	for _, c := range r.Changes {
		line := fmt.Sprintf("%s %s %s", c.Operation, c.Kind, c.Name)
		for _, f := range c.Fields {
			line += " " + f.Path
		}
		lines = append(lines, line)
	}
	return append(lines, r.Problems...)
}

func TestRevisions(t *testing.T) {
	w := newWorld(t)
	secret := func(password string) string {
		return "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\nstringData:\n  user: shop\n  password: " + password + "\n"
	}
	const custom = "apiVersion: example.com/v1\nkind: Tenant\nmetadata: {name: acme}\nspec: {size: %d}\n"
	steps := []struct {
		name    string
		message string
		changes map[string]string
		want    []string
	}{
		{"the first commit", "begin", map[string]string{
			"README.md": "# shop\n", "shop/api.yaml": deployment("api", "example.com/api:1", 2), "shop/config.yaml": configMap("api", "level", "info"), "other/x.yaml": configMap("x", "k", "v"),
		}, []string{
			"Create shop/api.yaml *", "Create shop/config.yaml *", "Create README.md", "Create other/x.yaml",
			"Create ConfigMap api", "Create Deployment api",
		}},
		{"a change", "api: 1 to 2\n\nTested on staging.\n\nEvenkeel-Action: promote\nReviewed-by: Grace\n", map[string]string{
			"shop/api.yaml": deployment("api", "example.com/api:2", 3), "README.md": "# the shop\n",
		}, []string{
			"Update shop/api.yaml *", "Update README.md",
			"Update Deployment api spec.replicas spec.template.spec.containers[main].image",
		}},
		{"nothing of the environment's", "other", map[string]string{"other/x.yaml": configMap("x", "k", "w")}, []string{"Update other/x.yaml"}},
		{"only the spelling", "comment", map[string]string{"shop/config.yaml": "# why\n" + configMap("api", "level", "info")}, []string{"Update shop/config.yaml *"}},
		{"a Secret", "add the database", map[string]string{"shop/db.yaml": secret("hunter2")}, []string{"Create shop/db.yaml * hidden", "Create Secret db"}},
		{"another password", "rotate", map[string]string{"shop/db.yaml": secret("hunter3")}, []string{"Update shop/db.yaml * hidden", "Update Secret db data.password"}},
		{"a Secret that becomes something else", "no Secret", map[string]string{"shop/db.yaml": configMap("db", "user", "shop")}, []string{
			"Update shop/db.yaml * hidden", "Create ConfigMap db", "Delete Secret db",
		}},
		{"broken", "break it", map[string]string{"shop/config.yaml": "a: [b\n"}, []string{
			"Update shop/config.yaml *", "shop/config.yaml:1: not valid YAML: did not find expected ',' or ']'",
		}},
		{"mended", "mend it", map[string]string{"shop/config.yaml": configMap("api", "level", "debug")}, []string{
			"Update shop/config.yaml *", "shop/config.yaml:1: not valid YAML: did not find expected ',' or ']' (in the commit before, ",
		}},
		{"a kustomization", "kustomize", map[string]string{
			"shop/kustomization.yaml": "resources: [api.yaml]\nsecretGenerator:\n- name: tls\n  files: [tls.txt, ../shared/ca.txt]\n", "shop/tls.txt": "hunter2", "shared/ca.txt": "hunter2",
			"shop/config.yaml": "", "shop/db.yaml": "", "shop/notes.md": "hello\n",
		}, []string{
			"Create shared/ca.txt * hidden", "Delete shop/config.yaml *", "Delete shop/db.yaml *", "Create shop/kustomization.yaml *", "Create shop/tls.txt * hidden",
			"Create shop/notes.md", "Delete ConfigMap api", "Delete ConfigMap db", "Create Secret tls-",
		}},
		{"the generator goes", "no tls", map[string]string{"shop/kustomization.yaml": "resources: [api.yaml]\n"}, []string{
			"Update shop/kustomization.yaml *", "Delete Secret tls-",
		}},
		{"what it read goes later", "clean up", map[string]string{"shop/tls.txt": "", "shared/ca.txt": ""}, []string{"Delete shared/ca.txt hidden", "Delete shop/tls.txt hidden"}},
		{"binary, large, custom", "more", map[string]string{
			"shop/logo.png": "\x89PNG\x00", "shop/large.yaml": configMap("large", "k", strings.Repeat("x", 600<<10)), "shop/tenant.yaml": fmt.Sprintf(custom, 1),
			"shop/kustomization.yaml": "resources: [api.yaml, tenant.yaml]\n",
		}, []string{
			"Update shop/kustomization.yaml *", "Create shop/tenant.yaml *", "Create shop/large.yaml hidden", "Create shop/logo.png hidden", "Create Tenant acme",
		}},
		{"the end of the environment", "close the shop", map[string]string{
			"shop/api.yaml": "", "shop/tenant.yaml": "", "shop/kustomization.yaml": "", "shop/logo.png": "", "shop/large.yaml": "", "shop/notes.md": "",
		}, []string{
			"Delete shop/api.yaml *", "Delete shop/kustomization.yaml *", "Delete shop/tenant.yaml *", "Delete shop/large.yaml hidden", "Delete shop/logo.png hidden", "Delete shop/notes.md",
			"Delete Deployment api", "Delete Tenant acme",
		}},
	}
	var hashes []gitrepo.Hash
	for _, s := range steps {
		hashes = append(hashes, w.commit(s.message, s.changes))
	}
	e := w.start(w.options(w.environment("shop", config.SyncManual), w.environment("other", config.SyncManual)))
	e.until("the head is known", func(s *engine.Snapshot) bool {
		return s.Settled() && s.Repository.Head == string(hashes[len(hashes)-1])
	})
	for i, s := range steps {
		t.Run(s.name, func(t *testing.T) {
			r := e.revision("shop", hashes[i])
			if got := told(r); !slices.EqualFunc(got, s.want, strings.HasPrefix) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(s.want, "\n"))
			}
			parent := gitrepo.Hash("")
			if i > 0 {
				parent = hashes[i-1]
			}
			if r.Parent != string(parent) || r.Hash != string(hashes[i]) || r.Message != strings.TrimSpace(s.message) || r.Author != "Ada" {
				t.Errorf("it is told as %q by %s after %q: %q", r.Hash, r.Author, r.Parent, r.Message)
			}
			all, err := json.Marshal(r)
			w.must(err)
			for _, password := range []string{"hunter2", "hunter3", "aHVudGVyM"} {
				if strings.Contains(string(all), password) {
					t.Errorf("%s can be read in %s", password, all)
				}
			}
			for _, f := range r.Files {
				shown := f.Hidden == "" && (f.Operation != engine.Create) == (f.Before != "") && (f.Operation != engine.Delete) == (f.After != "")
				if kept := f.Hidden != "" && f.Before+f.After == ""; !shown && !kept {
					t.Errorf("the texts of %s are %q and %q, hidden because %q", f.Path, f.Before, f.After, f.Hidden)
				}
			}
		})
	}
	change := e.revision("shop", hashes[1])
	if got := change.Trailers["Evenkeel-Action"]; !slices.Equal(got, []string{"promote"}) {
		t.Errorf("the trailers are %v", change.Trailers)
	}
	if c := change.Changes[0]; c.Fields[0].Live != int64(2) || c.Fields[0].Desired != int64(3) || !strings.Contains(c.Live, "replicas: 2") || !strings.Contains(c.Diff, "\n-  replicas: 2\n+  replicas: 3\n") {
		t.Errorf("the change is told wrongly: %+v\n%s", c.Fields, c.Diff)
	}
	if other := told(e.revision("other", hashes[2])); !slices.Equal(other, []string{"Update other/x.yaml *", "Update ConfigMap x data.k"}) {
		t.Errorf("the other environment is told %q", other)
	}
	for _, bad := range []string{"", "beef", strings.Repeat("0", 40)} {
		if r, err := e.Revision(t.Context(), "shop", bad); err == nil {
			t.Errorf("%q is %+v", bad, r)
		}
	}
}

func TestHistoryTellsWhatBecameOfCommits(t *testing.T) {
	w := newWorld(t)
	bad := strings.Replace(configMap("bad", "k", "v"), "name: bad", "name: Not_A_Name", 1)
	name := map[gitrepo.Hash]string{}
	commit := func(message string, changes map[string]string) gitrepo.Hash {
		h := w.commit(message, changes)
		name[h] = message
		return h
	}
	shop, other := w.environment("shop", config.SyncManual), w.environment("other", config.SyncManual)
	e := w.start(w.options(shop, other))
	sync := func(head gitrepo.Hash, objects ...engine.ID) {
		t.Helper()
		e.Refresh()
		e.until("the head is known", func(s *engine.Snapshot) bool {
			return s.Environment("shop").Revision == string(head) && s.Environment("shop").Settled
		})
		_, err := e.Execute(t.Context(), e.plan(engine.Request{Action: engine.ActionSync, Environment: "shop", Objects: objects}), nil)
		w.must(err)
	}
	commit("older than the record", map[string]string{"shop/a.yaml": configMap("a", "k", "1"), "shop/b.yaml": configMap("b", "k", "1"), "other/x.yaml": configMap("x", "k", "1")})
	sync(commit("first", map[string]string{"shop/a.yaml": configMap("a", "k", "2")}))
	commit("on the way", map[string]string{"shop/a.yaml": configMap("a", "k", "3")})
	commit("of the other", map[string]string{"other/x.yaml": configMap("x", "k", "2")})
	sync(commit("second", map[string]string{"shop/a.yaml": configMap("a", "k", "4")}))
	sync(commit("a comment", map[string]string{"shop/a.yaml": "# why\n" + configMap("a", "k", "4")}))
	sync(commit("half", map[string]string{"shop/a.yaml": configMap("a", "k", "5"), "shop/b.yaml": configMap("b", "k", "5")}), w.id("ConfigMap", "a"))
	sync(commit("refused", map[string]string{"shop/bad.yaml": bad}))
	commit("mended", map[string]string{"shop/bad.yaml": ""})
	sync(commit("of the other too", map[string]string{"other/x.yaml": configMap("x", "k", "3")}))
	outcome := e.sync("other")
	if !outcome.Succeeded() {
		t.Fatalf("got %+v", outcome)
	}
	commit("not yet", map[string]string{"shop/a.yaml": configMap("a", "k", "6")})
	e.Refresh()
	e.until("the head is known", func(s *engine.Snapshot) bool {
		return name[gitrepo.Hash(s.Repository.Head)] == "not yet" && s.Settled()
	})

	for environment, want := range map[string][]string{
		"shop": {
			"not yet", "mended Applied at shop", "refused Failed", "half Partly", "a comment Unchanged", "second Applied", "on the way Included", "first Applied", "older than the record",
		},
		"other": {"of the other too Applied at other", "of the other", "older than the record"},
	} {
		var got []string
		after := ""
		for {
			h, err := e.History(t.Context(), engine.HistoryQuery{Environment: environment, Limit: 4, After: after})
			w.must(err)
			for _, c := range h.Commits {
				line := c.Subject
				if c.Result != "" {
					line += " " + string(c.Result)
				}
				if len(c.Environments) > 0 {
					line += " at " + strings.Join(c.Environments, ", ")
				}
				got = append(got, line)
				if deployed := c.Result == engine.ResultApplied || c.Result == engine.ResultIncluded || c.Result == engine.ResultUnchanged; deployed == c.DeployedAt.IsZero() {
					t.Errorf("%s was deployed at %s", line, c.DeployedAt)
				}
			}
			if after = h.Next; after == "" {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got\n%s\nwant\n%s", environment, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}
