package edit_test

import (
	"errors"
	"testing"
	"testing/fstest"

	"github.com/evenkeel/evenkeel/engine/edit"
)

func TestKustomizationEntries(t *testing.T) {
	for name, c := range map[string]struct{ before, after string }{
		"block":        {"resources:\n  - a.yaml # first\n# end\n", "resources:\n  - a.yaml # first\n  - new.yaml\n# end\n"},
		"not indented": {"resources:\n- a.yaml\nnamePrefix: x-\n", "resources:\n- a.yaml\n- new.yaml\nnamePrefix: x-\n"},
		"flow":         {"resources: [a.yaml, b.yaml]\n", "resources: [a.yaml, b.yaml, new.yaml]\n"},
		"flow, quoted": {"resources: [\"a.yaml\"]\n", "resources: [\"a.yaml\", \"new.yaml\"]\n"},
		"empty":        {"resources: []\nnamePrefix: x-\n", "resources: [new.yaml]\nnamePrefix: x-\n"},
		"null":         {"resources:\nnamePrefix: x-\n", "resources:\n  - new.yaml\nnamePrefix: x-\n"},
		"missing":      {"namePrefix: x-\ncomponents:\n- c\n", "namePrefix: x-\ncomponents:\n- c\nresources:\n- new.yaml\n"},
		"no newline":   {"namePrefix: x-", "namePrefix: x-\nresources:\n  - new.yaml"},
		"CRLF":         {"resources:\r\n- a.yaml\r\n", "resources:\r\n- a.yaml\r\n- new.yaml\r\n"},
		"JSON":         {`{"namePrefix": "x-"}`, `{"namePrefix": "x-", "resources": ["new.yaml"]}`},
		"a list":       {"- resources\n", ""},
		"two":          {"resources: [a.yaml]\n---\nresources: [b.yaml]\n", ""},
		"not a list":   {"resources: a.yaml\n", ""},
		"twice":        {"resources: [a.yaml]\nresources: [b.yaml]\n", ""},
		"an anchor":    {"resources: &r [a.yaml]\ncomponents: *r\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			tree := fstest.MapFS{"env/kustomization.yaml": {Data: []byte(c.before)}}
			entries := []edit.Entry{{List: "resources", Name: "new.yaml"}}
			result, err := edit.Kustomization(edit.Environment{Files: tree, Path: "env"}, "env/kustomization.yaml", entries)
			if c.after == "" {
				if !errors.Is(err, edit.ErrRefused) {
					t.Errorf("want it refused: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := string(result.Files["env/kustomization.yaml"]); got != c.after {
				t.Errorf("want\n%q\ngot\n%q", c.after, got)
			}
		})
	}
}
