package demo

import (
	"flag"
	"fmt"
	"io/fs"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/engine/render"
)

func shopRevisions(t *testing.T) []revision {
	t.Helper()
	all, err := revisions()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (t tree) fs() fs.FS {
	m := fstest.MapFS{}
	for path, text := range t {
		m[path] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
	}
	return m
}

func (t tree) environments() []string {
	var found []string
	for _, name := range []string{"platform", "staging", "production"} {
		if _, there := t["environments/"+name+"/kustomization.yaml"]; there {
			found = append(found, name)
		}
	}
	return found
}

// every makes the test render each revision. Without it, those are left out
// that only changed values in files: of them the files have to be YAML.
var every = flag.Bool("every", false, "render every revision of the shop")

func TestEveryRevisionRenders(t *testing.T) {
	all := shopRevisions(t)
	rendered := map[string]tree{} // environment → the files that the last rendering read
	for i, r := range all {
		environments := r.tree.environments()
		if len(environments) < 2 {
			t.Errorf("%q: the environments are %v", r.Subject, environments)
		}
		if len(r.Adds) == 0 && i < len(all)-1 && !*every {
			r.parse(t)
			continue
		}
		for _, name := range environments {
			if read, before := rendered[name]; before && r.tree.has(read) {
				continue
			}
			t.Run(fmt.Sprintf("%02d/%s", i, name), func(t *testing.T) {
				result, err := render.Render(t.Context(), r.tree.fs(), render.Options{Path: "environments/" + name})
				if err != nil {
					t.Fatalf("%q: %v", r.Subject, err)
				}
				if name != "platform" && len(result.Objects) < 25 {
					t.Errorf("%q: %d objects", r.Subject, len(result.Objects))
				}
				rendered[name] = tree{}
				for _, file := range result.Closure {
					rendered[name][file] = r.tree[file]
				}
			})
		}
	}
}

// parse reads the YAML that the revision changed.
func (r revision) parse(t *testing.T) {
	t.Helper()
	for _, change := range r.Changes {
		var content any
		if !strings.HasSuffix(change.File, ".yaml") {
			continue
		}
		if err := decode([]byte(r.tree[change.File]), &content); err != nil {
			t.Errorf("%q: %s: %v", r.Subject, change.File, err)
		}
	}
}

// has tells whether every one of the files is in the tree, as it is.
func (t tree) has(files tree) bool {
	for path, text := range files {
		if t[path] != text {
			return false
		}
	}
	return true
}

func TestNoObjectIsInTwoEnvironments(t *testing.T) {
	all := shopRevisions(t)
	last := all[len(all)-1].tree
	owner := map[string]string{}
	for _, name := range last.environments() {
		result, err := render.Render(t.Context(), last.fs(), render.Options{Path: "environments/" + name})
		if err != nil {
			t.Fatal(err)
		}
		if name == "production" && len(result.Objects) != 41 {
			t.Errorf("production has %d objects, the sketches show 41", len(result.Objects))
		}
		for _, object := range result.Objects {
			if other, taken := owner[object.ID.String()]; taken {
				t.Errorf("%s is in %s and %s", object.ID, other, name)
			}
			owner[object.ID.String()] = name
		}
	}
}

func TestTheHistoryIsBelievable(t *testing.T) {
	all := shopRevisions(t)
	if len(all) < 30 {
		t.Errorf("%d commits", len(all))
	}
	authors := map[string]bool{}
	for i, r := range all {
		if _, err := mail.ParseAddress(r.author); err != nil {
			t.Errorf("%q: %v", r.Subject, err)
		}
		authors[r.author] = true
		if len(r.Subject) > 72 || strings.Contains(r.Subject, "\n") {
			t.Errorf("%q is no subject", r.Subject)
		}
		if i > 0 && r.Ago >= all[i-1].Ago {
			t.Errorf("%q is not after %q", r.Subject, all[i-1].Subject)
		}
		before := tree{}
		if i > 0 {
			before = all[i-1].tree
		}
		if len(written(before, r.tree)) == 0 {
			t.Errorf("%q changes nothing", r.Subject)
		}
	}
	if len(authors) < 5 {
		t.Errorf("the authors are %v", authors)
	}
	if newest := time.Duration(all[len(all)-1].Ago); newest < time.Hour || newest > 3*time.Hour {
		t.Errorf("the newest commit is %v old", newest)
	}
}

func TestEveryImageThatWasEverDeployedIsInTheRegistry(t *testing.T) {
	now := time.Now()
	pushed, err := images(now)
	if err != nil {
		t.Fatal(err)
	}
	created := map[string]time.Time{}
	for _, image := range pushed {
		created[image.Repository+":"+image.Tag] = image.Created
	}
	entry := regexp.MustCompile(`- name: ` + regexp.QuoteMeta(shopRegistry) + `/(\S+)\n    newTag: "?([^\s"]+)`)
	for _, r := range shopRevisions(t) {
		for _, name := range []string{"staging", "production"} {
			for _, found := range entry.FindAllStringSubmatch(r.tree["environments/"+name+"/kustomization.yaml"], -1) {
				image := found[1] + ":" + found[2]
				when, there := created[image]
				if !there {
					t.Errorf("%q: %s runs %s, which is not in images.yaml", r.Subject, name, image)
				} else if when.After(r.Ago.before(now)) {
					t.Errorf("%q: %s runs %s before it was built", r.Subject, name, image)
				}
			}
		}
	}
}

func TestTheConfigSaysWhereTheWorldIs(t *testing.T) {
	all := shopRevisions(t)
	for _, context := range []string{"", "kind: shop"} {
		p := place{Registry: "127.0.0.1:7001", Repository: `/tmp/a "world"/config.git`, Context: context}
		settled := p.settle(all[len(all)-1].tree)
		for path, text := range settled {
			if strings.Contains(text, shopRegistry) || strings.Contains(text, shopRepository) {
				t.Errorf("%s still speaks of another place", path)
			}
		}
		c, err := config.Parse(configFile, []byte(settled[configFile]))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(c.Registries.Insecure, []string{p.Registry}) {
			t.Errorf("it may ask %q without encryption", c.Registries.Insecure)
		}
		if c.Repository.URL != p.Repository || len(c.Environments) != 3 {
			t.Errorf("it says %+v", c)
		}
		for _, e := range c.Environments {
			if e.Context != context {
				t.Errorf("%s has the context %q", e.Name, e.Context)
			}
		}
	}
}

func TestUndoRefusesWhatTheTreeDoesNotSay(t *testing.T) {
	after := tree{"a.yaml": "x: 1\nx: 1\n", "b.yaml": "y: 2\n"}
	for _, c := range []commit{
		{Changes: []change{{File: "a.yaml", From: "x: 0", To: "x: 1"}}},
		{Changes: []change{{File: "b.yaml", From: "y: 1", To: "y: 3"}}},
		{Changes: []change{{File: "c.yaml", From: "", To: "z"}}},
		{Adds: []string{"b"}},
	} {
		if before, err := c.undo(after); err == nil {
			t.Errorf("%+v gave %v", c, before)
		}
	}
}
