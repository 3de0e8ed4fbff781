package engine_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/config"
)

// planned is an environment of which plans are made, without a sync.
func planned(t *testing.T, files map[string]string, tags ...string) (*imageWorld, *running) {
	t.Helper()
	w := newImageWorld(t)
	w.push("shop/api", tags...)
	all := map[string]string{}
	for name, content := range files {
		all[name] = strings.ReplaceAll(content, "REGISTRY", w.registry.Host())
	}
	w.commit("begin", all)
	return w, w.looking(false, w.with(config.ImagesApprove, config.SyncManual, "production"))
}

const hostile = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: "api\n\nEvenkeel-Image: a 1 -> 2"
  annotations: {evenkeel.dev/automated: "true"}
spec:
  template:
    spec:
      containers:
      - name: "main\n\nEvenkeel-Hold: x\x1b[2J"
        image: REGISTRY/shop/api:1.0.0
`

func TestNamesAndReasonsAreNoTrailers(t *testing.T) {
	w, e := planned(t, map[string]string{"production/api.yaml": hostile}, "1.0.0", "1.1.0")
	p, err := e.Plan(t.Context(), engine.Request{
		Action: engine.ActionApprove, Environment: "production", By: "Eve\nEvenkeel-Release: *",
		Reason: "because\n\nEvenkeel-Environment: other\nEvenkeel-Action: sync",
		Images: []engine.ImagePick{{Repository: w.registry.Host() + "/shop/api", Tag: "1.1.0"}},
	})
	w.must(err)
	// The server would take no such name, but Git takes the message.
	w.commit(p.Commit.Message, map[string]string{"message": "any"})
	c := w.head()
	want := map[string]string{
		"Evenkeel-Action": "approve", "Evenkeel-Environment": "production",
		"Evenkeel-Image": w.registry.Host() + "/shop/api 1.0.0 -> 1.1.0",
	}
	for key, value := range want {
		if got := c.Trailers[key]; !slices.Equal(got, []string{value}) {
			t.Errorf("%s: want %q, got %q", key, value, got)
		}
	}
	if len(c.Trailers) != len(want)+1 || len(c.Trailers["Evenkeel-Container"]) != 1 || strings.ContainsRune(p.Commit.Message, '\x1b') {
		t.Errorf("something was smuggled in:\n%s", p.Commit.Message)
	}
}

const secret = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: key\nstringData:\n  key: hunter2\n"

func TestPlansKeepSecretsBack(t *testing.T) {
	api := deployment("api", "REGISTRY/shop/api:1.0.0", 1)
	replacements := "replacements:\n- source: {kind: Deployment, name: api, fieldPath: 'spec.template.spec.containers.0.image'}\n" +
		"  targets:\n  - select: {kind: Secret}\n    fieldPaths: [stringData.key]\n"
	tests := []struct {
		name    string
		files   map[string]string
		refused bool
	}{
		{"in the same file", map[string]string{"production/api.yaml": api + "---\n" + secret}, false},
		{"made from the image", map[string]string{
			"production/kustomization.yaml": "resources: [api.yaml, key.yaml]\n" + replacements,
			"production/api.yaml":           api, "production/key.yaml": secret,
		}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w, e := planned(t, test.files, "1.0.0", "1.1.0")
			p, err := e.Plan(t.Context(), engine.Request{Action: engine.ActionApprove, Environment: "production",
				Images: []engine.ImagePick{{Object: w.id("Deployment", "api"), Container: "main", Tag: "1.1.0"}}})
			if test.refused {
				if err == nil || !strings.Contains(err.Error(), "would change as well") || strings.Contains(err.Error(), "shop/api:1") {
					t.Errorf("want a refusal without the value: %v", err)
				}
				return
			}
			w.must(err)
			text, err := json.Marshal(p)
			w.must(err)
			if strings.Contains(string(text), "hunter2") || len(p.Commit.Files) != 1 || p.Commit.Files[0].Hidden == "" {
				t.Errorf("the Secret shows: %s", text)
			}
		})
	}
}

func TestALockSaysWhereItStands(t *testing.T) {
	lock := "  annotations: {fluxcd.io/locked: \"true\", fluxcd.io/locked_msg: \"the sale\"}\n"
	api := deployment("api", "REGISTRY/shop/api:1.0.0", 1)
	locked := strings.Replace(api, "metadata:\n", "metadata:\n"+lock, 1)
	patch := "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: api\n" + lock
	kustomization := "resources: [all.yaml]\npatches:\n- path: lock.yaml\n"
	both := configMap("first", "a", "b") + "---\n" + strings.ReplaceAll(locked, "name: api", "name: other") + "---\n" + api
	tests := []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"on the object", map[string]string{"production/all.yaml": configMap("first", "a", "b") + "---\n" + locked}, "production/all.yaml"},
		{"in a patch", map[string]string{
			"production/kustomization.yaml": kustomization, "production/all.yaml": both, "production/lock.yaml": patch,
		}, "production/lock.yaml"},
		{"in one of several", map[string]string{
			"production/kustomization.yaml": kustomization + "- path: again.yaml\n", "production/all.yaml": both, "production/lock.yaml": patch, "production/again.yaml": patch,
		}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w, e := planned(t, test.files, "1.0.0")
			held := e.imageIs("held", "production", "api", in(engine.ImageHeld))
			if held.Hold.File != test.want || held.Hold.Annotation != "fluxcd.io/locked" || held.Hold.Reason != "the sale" {
				t.Errorf("want it in %q: %+v", test.want, held.Hold)
			}
			_, err := e.Plan(t.Context(), engine.Request{Action: engine.ActionRelease, Environment: "production",
				Images: []engine.ImagePick{{Object: w.id("Deployment", "api"), Container: "main"}}})
			if err == nil || !strings.Contains(err.Error(), "take it away in "+test.want) {
				t.Errorf("want it said where: %v", err)
			}
		})
	}
}

func TestWhatIsDoneAlreadyIsNoTrouble(t *testing.T) {
	w, e := planned(t, map[string]string{"production/api.yaml": deployment("api", "REGISTRY/shop/api:1.0.0", 1)}, "1.0.0")
	everything := engine.Request{Action: engine.ActionHold, Environment: "production", Reason: "a fire"}
	e.do(everything)
	e.imageIs("held", "production", "api", in(engine.ImageHeld))
	image := engine.Request{Action: engine.ActionHold, Environment: "production", Images: []engine.ImagePick{{Object: w.id("Deployment", "api")}}}
	e.do(image)
	image.Action = engine.ActionRelease
	p, err := e.Plan(t.Context(), image)
	w.must(err)
	for i, want := range []bool{true, false} {
		o, err := e.Execute(t.Context(), p, nil)
		w.must(err)
		if o.Err != "" || (o.Commit != "") != want {
			t.Errorf("release %d: %+v", i+1, o)
		}
	}
	everything.Action = engine.ActionRelease
	e.do(everything)
	e.imageIs("not held", "production", "api", func(i *engine.Image) bool { return i.Hold == nil })
	if _, err := e.Plan(t.Context(), everything); err == nil {
		t.Error("what is not held was released")
	}
}

func TestPlansWhileRegistriesAreScanned(t *testing.T) {
	// The race detector judges.
	a := newAutomated(t, nil)
	api := a.named("api", "1.0.0")
	for i := range 10 {
		a.push("shop/api", fmt.Sprintf("0.%d.0", i))
		a.Rescan()
		if _, err := a.Candidates(t.Context(), "staging", api.Object, "main"); err != nil {
			t.Error(err)
		}
		_, err := a.Plan(t.Context(), engine.Request{Action: engine.ActionApprove, Environment: "staging",
			Images: []engine.ImagePick{{Object: api.Object, Container: "main", Tag: fmt.Sprintf("0.%d.0", i)}}})
		a.must(err)
	}
}
