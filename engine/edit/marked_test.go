package edit_test

import (
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/engine/edit"
)

func TestMarked(t *testing.T) {
	const before = `# {"$imagepolicy": "apps:web"}
apiVersion: batch/v1beta1
kind: CronJob
spec:
  # image: acme/web:1.0.0 # {"$imagepolicy": "apps:web"}
  text: |
    image: acme/web:1.0.0 # {"$imagepolicy": "apps:web"}
  containers:
  - image: acme/web:1.0.0 # {"$imagepolicy": "apps:web"}
  - image: "acme/web:1.0.0"   #{"$imagepolicy": "apps:web"}
  - image: acme/web:1.0.0 # {"$imagepolicy": "apps:other"}
  - image: acme/web:1.0.0 # see "$imagepolicy": "apps:web"
  - image: acme/web:1.0.0
---
kind: HelmRelease
spec:
  values:
    image:
      repository: acme/web # {"$imagepolicy": "apps:web:name"}
      tag: 1.0.0 # {"$imagepolicy": "apps:web:tag"}
      digest: ` + digestA + ` # {"$imagepolicy": "apps:web:digest"}
`
	after := strings.NewReplacer(
		"- image: acme/web:1.0.0 # {\"$imagepolicy\": \"apps:web\"}", "- image: ghcr.io/acme/web:1.10@"+digestB+" # {\"$imagepolicy\": \"apps:web\"}",
		`"acme/web:1.0.0"   #`, `"ghcr.io/acme/web:1.10@`+digestB+`"   #`,
		"repository: acme/web", "repository: ghcr.io/acme/web",
		"tag: 1.0.0", `tag: "1.10"`,
		"digest: "+digestA, "digest: "+digestB,
	).Replace(before)
	tree := map[string]string{"env/web.yaml": before, "env/other.yaml": "kind: A\n", "env/broken.yaml": "a: [\n", "env/notes.txt": before}
	env := edit.Environment{Files: files(tree), Path: "env"}
	list := []string{"env/web.yaml", "env/other.yaml", "env/broken.yaml", "env/notes.txt"}
	mark := edit.Mark{Policy: "apps:web", Image: "ghcr.io/acme/web", Tag: "1.10", Digest: digestB}
	r, err := edit.Marked(env, list, []edit.Mark{mark})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(r.Files["env/web.yaml"]); got != after || len(r.Files) != 1 {
		t.Errorf("got:\n%s\nwant:\n%s", got, after)
	}
	if len(r.Edits) != 5 {
		t.Errorf("%d edits: %+v", len(r.Edits), r.Edits)
	}
	refused(t, "no place is marked with apps:nobody")(edit.Marked(env, list, []edit.Mark{{Policy: "apps:nobody", Image: "a", Tag: "1"}}))
	mark.Digest = ""
	refused(t, "web.yaml:21: the digest of the new image is not known")(edit.Marked(env, list, []edit.Mark{mark}))
	env.Shared = map[string][]string{"env/web.yaml": {"staging"}}
	mark.Digest = digestB
	refused(t, "also read by staging")(edit.Marked(env, list, []edit.Mark{mark}))
}

func TestMarkedKustomization(t *testing.T) {
	const before = "resources:\n- unimportant.yaml\nimages:\n- name: container\n  newName: replaced # {\"$imagepolicy\": \"automation-ns:policy:name\"}\n  newTag: v1 # {\"$imagepolicy\": \"automation-ns:policy:tag\"}\n"
	const after = "resources:\n- unimportant.yaml\nimages:\n- name: container\n  newName: ghcr.io/acme/web # {\"$imagepolicy\": \"automation-ns:policy:name\"}\n  newTag: v1.0.1 # {\"$imagepolicy\": \"automation-ns:policy:tag\"}\n"
	for _, file := range []string{"env/kustomization.yaml", "env/kustomization.yml", "env/Kustomization"} {
		r, err := edit.Marked(edit.Environment{Files: files(map[string]string{file: before}), Path: "env"}, []string{file},
			[]edit.Mark{{Policy: "automation-ns:policy", Image: "ghcr.io/acme/web", Tag: "v1.0.1"}})
		if err != nil {
			t.Fatal(err)
		}
		if got := string(r.Files[file]); got != after {
			t.Errorf("%s:\n%s", file, got)
		}
	}
}

func TestMarkedRefused(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"alias", "a: &x acme/web:1 # {\"$imagepolicy\": \"a:b\"}\nb: *x\n", "used again in line 2"},
		{"part", "a: acme/web:1 # {\"$imagepolicy\": \"a:b:tags\"}\n", `asks for "tags"`},
		{"flow", "a: {b: acme/web:1} # {\"$imagepolicy\": \"a:b\"}\n", "no place is marked"},
		{"pinned", "a: acme/web:1@" + digestA + " # {\"$imagepolicy\": \"a:b\"}\n", "pinned to a digest"},
		{"broken", "a: acme/web:1 # {\"$imagepolicy\": \"a:b\"}\nb: [\n", "not valid YAML"},
	} {
		t.Run(c.name, func(t *testing.T) {
			env := edit.Environment{Files: files(map[string]string{"env/a.yaml": c.text}), Path: "env"}
			refused(t, c.want)(edit.Marked(env, []string{"env/a.yaml"}, []edit.Mark{{Policy: "a:b", Image: "acme/web", Tag: "2"}}))
		})
	}
}
