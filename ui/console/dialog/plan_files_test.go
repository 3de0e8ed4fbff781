package dialog_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/engine"
)

// withFiles is a promotion that could copy files too.
func withFiles(p *engine.Plan) {
	for _, f := range []engine.PromotableFile{
		{Name: "config/api.yaml", Reason: "", FileChange: engine.FileChange{
			Operation: engine.Update, Before: "data:\n  PAGE_SIZE: \"48\"\n", After: "data:\n  PAGE_SIZE: \"48\"\n  TIMEOUT: 5s\n",
		}},
		{Name: "config/search.yaml", FileChange: engine.FileChange{Operation: engine.Create, After: "data:\n  LANGUAGE: en\n"}},
		{Name: "keys.yaml", FileChange: engine.FileChange{Operation: engine.Update, Hidden: "it has the values of a Secret"}},
		{Name: "kustomization.yaml", Reason: "it says what the environment is made of, with its own tags and namespace: edit it by hand", FileChange: engine.FileChange{
			Operation: engine.Update, Before: "namespace: shop-production\n", After: "namespace: shop-staging\n",
		}},
	} {
		f.From, f.Path = "environments/staging/"+f.Name, "environments/production/"+f.Name
		f.Picked = slices.Contains(p.Request.Files, f.Name)
		p.Files = append(p.Files, f)
	}
	p.OnlyInSource = []engine.ID{worker, search, web, api}
	if len(p.Request.Files) > 0 && len(p.Images) == 0 {
		p.Left, p.Updates = append(p.Left, p.Updates...), nil
	}
}

func TestFilesGolden(t *testing.T) {
	for _, test := range []struct {
		name string
		keys []string
	}{
		{name: "promote-only-there"},
		{name: "promote-files", keys: []string{"]"}},
		{name: "promote-files-marked", keys: []string{"]", "x"}},
		{name: "promote-files-not", keys: []string{"]", "end"}},
		{name: "promote-files-diff", keys: []string{"]", "enter"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t)
			p := d.promoting(withFiles)
			d.view(p, 80, 24)
			d.press(p, test.keys...)
			d.golden(p, test.name)
		})
	}
}

// TestFilesArePlanned: a mark on a file says which images go, too, for with
// files alone none would.
func TestFilesArePlanned(t *testing.T) {
	d := newDesk(t)
	p := d.promoting(withFiles)
	d.shows(p, "Files 3", "Only in staging, and not promoted: Deployment worker, Service search, Deployment web and 1 more.")
	d.press(p, "]", "x")
	if r := d.last(); !slices.Equal(r.Files, []string{"config/api.yaml"}) || !reflect.DeepEqual(r.Images, mains(api, web)) {
		t.Errorf("asked for %+v", r)
	}
	d.shows(p, "[x] ~ Update config/api.yaml", "[ ] + Create config/search.yaml", "Promote 2 workloads and 1 file", "2 chosen images, 1 chosen file")
	d.press(p, "[", "x", "down", "x") // no image is left
	if r := d.last(); len(r.Files) != 1 || len(r.Images) != 0 {
		t.Errorf("asked for %+v", r)
	}
	d.shows(p, "[ ] api/main", "Promote 1 file")
	n := len(d.engine.requests)
	d.press(p, "]", "x")
	d.shows(p, "It is the only one that goes.")
	d.press(p, "end", "x")
	d.shows(p, "Not to be copied: it says what the environment is made of")
	if len(d.engine.requests) != n {
		t.Error("it is planned all the same")
	}
	d.press(p, "tab", "tab", "enter")
	if len(d.engine.executed) != 1 || len(d.engine.executed[0].Request.Files) != 1 {
		t.Errorf("executed %v", d.engine.executed)
	}
}

// TestFileDiff is one key away, but for what is secret.
func TestFileDiff(t *testing.T) {
	d := newDesk(t)
	p := d.promoting(withFiles)
	d.press(p, "]", "enter")
	d.shows(p, "environments/production/config/api.yaml", "TIMEOUT: 5s")
	d.press(p, "esc", "down", "down", "enter")
	d.shows(p, "Not shown: it has the values of a Secret", "Files 3")
	d.hides(p, "TIMEOUT")
}

// TestFilesAlone: where no image could go, the files are shown at once.
func TestFilesAlone(t *testing.T) {
	d := newDesk(t)
	p := d.promoting(func(p *engine.Plan) {
		withFiles(p)
		p.Updates, p.Left = nil, nil
		if len(p.Request.Files) == 0 {
			p.Commit, p.Changes, p.Gates = nil, nil, nil
		}
	})
	d.shows(p, "[ ] ~ Update config/api.yaml", "Nothing is committed, for nothing is marked to go.", "Promote nothing")
	d.press(p, "x")
	d.shows(p, "[x] ~ Update config/api.yaml", "Promote 1 file")
}

// TestFilesByMouse: a click on a mark changes it.
func TestFilesByMouse(t *testing.T) {
	d := newDesk(t)
	p := d.promoting(withFiles)
	d.press(p, "]")
	y := slices.IndexFunc(strings.Split(d.view(p, 120, 40), "\n"), func(line string) bool { return strings.Contains(line, "config/search.yaml") })
	d.run(p, p.Click(3, y, false))
	if r := d.last(); !slices.Equal(r.Files, []string{"config/search.yaml"}) {
		t.Errorf("asked for %v", r.Files)
	}
}
