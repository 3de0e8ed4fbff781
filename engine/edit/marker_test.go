package edit_test

import (
	"slices"
	"testing"
	"testing/fstest"

	"github.com/evenkeel/evenkeel/engine/edit"
)

func TestMarkers(t *testing.T) {
	tree := map[string]string{
		"env/web.yaml": `# {"$imagepolicy": "apps:web"}
spec:
  text: |
    image: acme/web:1.0.0 # {"$imagepolicy": "apps:web"}
  containers:
  - image: &i acme/web:1.0.0 # {"$imagepolicy": "apps:web"}
  - image: *i
  - {image: 'acme/web:1.0.0'} # {"$imagepolicy": "apps:web"}
  - image: acme/web:1.0.0 # {"$imagepolicy": "web"}
  - image: acme/web:1.0.0 # {"other": "apps:web"}
---
image:
  repository: acme/web # {"$imagepolicy": "apps:web:name"}
  tag: "1.0.0" #{"$imagepolicy": "apps:web:tag"}
  digest: sha256:00 # {"$imagepolicy": "apps:web:digest"}
  other: x # {"$imagepolicy": "apps:web:what"}
`,
		"env/Kustomization": "images:\n- name: web\n  newTag: 1.10 # {\"$imagepolicy\": \"flux-system:web:tag\"}\n",
		"env/plain.yaml":    "kind: A\n",
		"env/broken.yaml":   "a: b # {\"$imagepolicy\": \"apps:web\"}\nc: [\n",
		"env/notes.txt":     "a: b # {\"$imagepolicy\": \"apps:web\"}\n",
		"env/other.yaml":    "a: b # {\"$imagepolicy\": \"apps:web\"}\n",
	}
	got, err := edit.Markers(files(tree), []string{"env/Kustomization", "env/broken.yaml", "env/notes.txt", "env/plain.yaml", "env/web.yaml"})
	want := []edit.Marker{
		{File: "env/Kustomization", Line: 3, Policy: "flux-system:web", Part: "tag", Value: "1.10"},
		{File: "env/web.yaml", Line: 6, Policy: "apps:web", Value: "acme/web:1.0.0"},
		{File: "env/web.yaml", Line: 13, Policy: "apps:web", Part: "name", Value: "acme/web"},
		{File: "env/web.yaml", Line: 14, Policy: "apps:web", Part: "tag", Value: "1.0.0"},
		{File: "env/web.yaml", Line: 15, Policy: "apps:web", Part: "digest", Value: "sha256:00"},
		{File: "env/web.yaml", Line: 16, Policy: "apps:web", Part: "what", Value: "x"},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
	}
	if got, err := edit.Markers(fstest.MapFS{}, []string{"gone.yaml"}); got != nil || err == nil {
		t.Errorf("a file that is not there: %+v, %v", got, err)
	}
}
