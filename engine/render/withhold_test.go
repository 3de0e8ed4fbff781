package render_test

import (
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/evenkeel/evenkeel/engine/render"
)

// hunter2 is what must never be seen: a file that has it, in whatever guise, is
// withheld, and a file that does not is shown.
var hunter2 = []string{"hunter2", "aHVudGVyMg=="}

func repository(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, content := range files {
		target, isLink := strings.CutPrefix(content, "-> ")
		if fsys[name] = (&fstest.MapFile{Data: []byte(target)}); isLink {
			fsys[name].Mode = fs.ModeSymlink
		}
	}
	return fsys
}

func TestWithholds(t *testing.T) {
	const (
		secret    = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {password: hunter2}\n"
		configMap = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {level: info}\n"
		workload  = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: a, env: [{name: P, valueFrom: {secretKeyRef: {name: db, key: password}}}]}]}}}\n"
	)
	for name, files := range map[string]map[string]string{
		"a directory of manifests": {
			"production/web.yaml":    workload,
			"production/config.yaml": configMap,
			"production/db.yaml":     secret,
			"README.md":              "# How to deploy\n",
			"evenkeel.yaml":          "repository: {url: x}\n",
			".ci/build.sh":           "#!/bin/sh\nmake\n",
		},
		"one document of several": {"all.yaml": configMap + "---\n" + workload + "---\n" + secret},
		"data in base64":          {"s.yaml": "kind: Secret\ndata:\n  password: aHVudGVyMg==\n"},
		"JSON":                    {"s.json": "{\n\t\"kind\": \"Secret\",\n\t\"data\": {\"password\": \"aHVudGVyMg==\"}\n}"},
		"the kind at the end":     {"s.yml": "stringData:\n  password: hunter2\nmetadata:\n  name: a\nkind:\n  \"Secret\"\n"},
		"a kind that is tagged, anchored or escaped": {
			"tagged.yaml":   "kind: !!str Secret\nstringData: {password: hunter2}\n",
			"anchored.yaml": "kind: &k Secret\nstringData: {password: hunter2}\n",
			"escaped.yaml":  "kind: \"\\u0053ecret\"\nstringData: {password: hunter2}\n",
			"merged.yaml":   "metadata: &m {kind: Secret}\n<<: *m\ndata: {password: aHVudGVyMg==}\n",
			"bytes.yaml":    "kind: !!binary U2VjcmV0\ndata: {password: aHVudGVyMg==}\n",
		},
		"a kind that is given twice": {
			"s.yaml": "kind: ConfigMap\nkind: Secret\ndata: {password: aHVudGVyMg==}\n",
			"s.json": `{"kind": "Secret", "kind": "ConfigMap", "data": {"password": "aHVudGVyMg=="}}`,
		},
		"a misspelled kind": {
			"s.yaml": "kind: secret\nstringData: {password: hunter2}\n",
			"t.yaml": "Kind: Secret\ndata: {password: aHVudGVyMg==}\n",
			"u.yaml": "kind: ConfigMap\nKIND: Secret\nKind: ConfigMap\nkInd: x\nkiNd: x\nkinD: x\nKInd: x\nKiNd: x\ndata: {password: aHVudGVyMg==}\n",
		},
		"a part of a Secret, without its kind": {"part.yaml": "data:\n  password: aHVudGVyMg==\n", "values.yaml": "server: {data: 1}\n"},
		"a wrong group":                        {"s.yaml": "apiVersion: v2/x\nkind: Secret\npassword: hunter2\n"},
		"lists": {
			"list.yaml":       "kind: List\nitems:\n- kind: ConfigMap\n- kind: Secret\n  stringData: {password: hunter2}\n",
			"of-a-kind.yaml":  "kind: SecretList\nitems:\n- metadata: {name: a}\n  data: {password: aHVudGVyMg==}\n",
			"list-of.yaml":    "kind: List\nitems:\n- kind: List\n  items:\n  - kind: Secret\n    value: hunter2\n",
			"harmless.yaml":   "kind: List\nitems:\n- kind: ConfigMap\n  data: {level: info}\n",
			"configmaps.yaml": "kind: ConfigMapList\nitems:\n- metadata: {name: a}\n  data: {level: info}\n",
		},
		"objects that only refer to Secrets, or encrypt them": {
			"sealed-secret.yaml":   "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: db}\nspec: {encryptedData: {password: AgBy3i4OJSWK}, template: {type: Opaque}}\n",
			"external-secret.yaml": "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: db}\nspec: {secretStoreRef: {kind: SecretStore, name: vault}, target: {name: db}, data: [{secretKey: password, remoteRef: {key: db}}]}\n",
			"release.yaml":         "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web}\nspec: {valuesFrom: [{kind: Secret, name: web-values}]}\n",
			"role.yaml":            "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r}\nrules: [{apiGroups: [''], resources: [secrets], verbs: [get]}]\n",
			"owned.yaml":           "kind: ConfigMap\nmetadata: {name: a, ownerReferences: [{apiVersion: v1, kind: Secret, name: db}]}\n",
		},
		"encrypted with SOPS": {
			"secret.yaml": "kind: Secret\ndata: {password: 'ENC[AES256_GCM,data:hunter2]'}\nsops: {mac: x, version: 3.8.1}\n",
			"values.yaml": "db: {password: 'ENC[AES256_GCM,data:hunter2]'}\nsops: {mac: x, version: 3.8.1}\n",
		},
		"an object inside of another": {
			"template.yaml": "kind: Template\nobjects:\n- kind: Secret\n  stringData: {password: hunter2}\n",
			"applied.yaml":  "kind: Object\nspec: {forProvider: {manifest: {apiVersion: v1, kind: Secret, data: {password: aHVudGVyMg==}}}}\n",
			"config.yaml":   "kind: ConfigMap\ndata:\n  secret.yaml: |\n    apiVersion: v1\n    kind: Secret\n    stringData:\n      password: hunter2\n",
			"last.yaml": "kind: ConfigMap\nmetadata:\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: |\n" +
				"      {\"kind\":\"Secret\",\"data\":{\"password\":\"aHVudGVyMg==\"}}\n",
			"line.yaml":     `{"kind": "ConfigMap", "data": {"a": "{\"kind\":\"Secret\",\"data\":{\"password\":\"aHVudGVyMg==\"}}"}}`,
			"chart.yaml":    "kind: ConfigMap\ndata:\n  tpl: |\n    {{ if .x }}\n    kind: Secret\n    stringData: {password: hunter2}\n    {{ end }}\n",
			"harmless.yaml": "kind: ConfigMap\ndata:\n  app.yaml: |\n    server: {port: 80}\n  run.sh: |\n    #!/bin/sh\n    echo {a: [\n",
		},
		"commented out": {
			"web.yaml":           workload + "#---\n# apiVersion: v1\n# kind: Secret\n# stringData:\n#   password: hunter2\n",
			"kustomization.yaml": "resources: []\n# secretGenerator:\n# - name: db\n#   literals:\n#   - password=hunter2\n",
			"ok.yaml":            "# the secret comes from the vault\n" + workload,
		},
		"broken YAML": {
			"s.yaml":   "kind: Secret\nstringData:\n  password: hunter2\n bad: [\n",
			"t.yaml":   "kind: ConfigMap\n---\n\tkind: x\n---\nkind: 'Secret'\ndata: {a: aHVudGVyMg==}\n",
			"web.yaml": workload + "  broken: [\n",
			"op.yaml":  "- op: add\n  path: /data/password\n  value: hunter2\n bad: [\n",
		},
		"templates and copies": {
			"templates/secret.yaml.tpl": "kind: Secret\nstringData:\n  password: {{ .p | default \"hunter2\" }}\n",
			"old/db.yaml.bak":           secret,
			"docs/howto.md":             "Write this:\n\n    kind: Secret\n    stringData: {password: hunter2}\n",
			"templates/web.yaml.tpl":    "kind: Deployment\nname: {{ .x }}\n",
		},
		"files by their name": {
			".env": "P=hunter2\n", "deploy/production.env": "P=hunter2\n", "deploy/.env.local": "P=hunter2\n",
			"tls/server.key": "hunter2", "values-secret.yaml": "password: hunter2\n", "db-password.txt": "hunter2\n",
			"ci/.npmrc": "_auth=hunter2\n", ".docker/config.json": "{\"auths\": {\"x\": {\"auth\": \"hunter2\"}}}", "ssh/id_ed25519": "hunter2", "admin.kubeconfig": "users: [{token: hunter2}]\n",
			"environment.md": "# environments\n", "monkey.txt": "banana\n", "keys.md": "j down\n",
		},
		"keys":   {"notes.txt": "-----BEGIN RSA PRIVATE KEY-----\nhunter2\n", "config.yaml": "kind: ConfigMap\ndata:\n  k: |\n    -----BEGIN PRIVATE KEY-----\n    hunter2\n"},
		"binary": {"logo.png": "\x89PNG\x00hunter2", "latin.txt": "caf\xe9 hunter2", "utf16.yaml": "k\x00i\x00n\x00d\x00hunter2"},
		"generated from literals": {
			"kustomization.yaml":        "secretGenerator:\n- name: db\n  literals: [password=hunter2]\n",
			"cased/kustomization.yaml":  "SecretGenerator:\n- name: db\n  Literals: [password=hunter2]\n",
			"other/kustomization.yaml":  "configMapGenerator:\n- name: c\n  literals: [level=info]\nsecretGenerator:\n- name: db\n  options: {}\n",
			"plugin/kustomization.yaml": "generators:\n- |\n  apiVersion: builtin\n  kind: SecretGenerator\n  metadata: {name: a}\n  literals: [password=hunter2]\n",
			"file/kustomization.yaml":   "generators: [gen.yaml]\n",
			"file/gen.yaml":             "apiVersion: builtin\nkind: SecretGenerator\nmetadata: {name: a}\nliterals: [password=hunter2]\n",
		},
		"generated from files": {
			"production/kustomization.yaml": "resources: [../base]\nsecretGenerator:\n- name: tls\n  files: [tls.html, server=certs/tls.tpl]\n- name: db\n  envs: [db.rb]\n- name: old\n  env: old.sh\n- name: conf\n  files: [alertmanager.yaml, ../shared/app.json]\nconfigMapGenerator:\n- name: c\n  files: [app.properties, settings=ui.yaml]\n  envs: [flags.txt]\n",
			"production/tls.html":           "hunter2", "production/certs/tls.tpl": "hunter2", "production/db.rb": "password=hunter2", "production/old.sh": "password=hunter2",
			"production/alertmanager.yaml": "receivers: [{slack: hunter2}]\n", "shared/app.json": `{"password": "hunter2"}`,
			"production/app.properties": "level=info\n", "production/ui.yaml": "theme: dark\ndata: {a: b}\n", "production/flags.txt": "a=b\n",
			"base/kustomization.yaml": "resources: [web.yaml]\n", "base/web.yaml": workload,
		},
		"generated by a plugin from files": {
			"a/kustomization.yaml": "generators: [plugins, one.yaml]\ntransformers: [change.yaml]\n",
			"a/one.yaml":           "apiVersion: builtin\nkind: SecretGenerator\nmetadata: {name: a}\nfiles: [one.sh]\n", "a/one.sh": "hunter2",
			"a/plugins/kustomization.yaml": "resources: [two.yaml]\n",
			"a/plugins/two.yaml":           "apiVersion: builtin\nkind: SecretGenerator\nmetadata: {name: b}\nenvs: [two.sh]\n", "a/plugins/two.sh": "password=hunter2",
			"a/change.yaml": "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: p}\npath: ops.yaml\ntarget: {kind: Secret}\n",
			"a/ops.yaml":    "- {op: add, path: /metadata/annotations/x, value: hunter2}\n",
		},
		"through symbolic links": {
			"a/kustomization.yaml": "secretGenerator:\n- name: a\n  files: [link.sh, dir/deep.sh]\n", "a/link.sh": "-> ../real/real.sh", "real/real.sh": "hunter2",
			"a/dir": "-> ../far", "far/deep.sh": "hunter2",
			"b/kustomization.yaml": "-> ../real/shared.yaml", "real/shared.yaml": "kind: Kustomization\nsecretGenerator:\n- name: a\n  files: [here.sh]\n", "b/here.sh": "hunter2",
		},
		"patches": {
			"kustomization.yaml": "resources: [web.yaml]\npatches:\n- path: secret.yaml\n- path: named.yaml\n  target: {name: db}\n- path: kind.yaml\n  target: {kind: Secret, name: db}\n" +
				"- path: any.yaml\n  target: {kind: '.*'}\n- path: web-ops.yaml\n  target: {kind: Deployment}\n- path: cm-ops.yaml\n  target: {kind: ConfigMap}\n- path: scale.yaml\n  target: {name: web}\n",
			"web.yaml":     workload,
			"secret.yaml":  "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {password: hunter2}\n",
			"named.yaml":   "- {op: add, path: /data/password, value: aHVudGVyMg==}\n",
			"kind.yaml":    "- {op: add, path: /metadata/annotations/x, value: hunter2}\n",
			"any.yaml":     "- {op: add, path: /metadata/annotations/x, value: hunter2}\n",
			"loose.yaml":   "- {op: replace, path: /stringData/password, value: hunter2}\n",
			"whole.json":   `[{"op": "replace", "path": "", "value": {"a": "hunter2"}}]`,
			"part.yaml":    "stringData:\n  password: hunter2\n",
			"web-ops.yaml": "- {op: replace, path: /spec/replicas, value: 3}\n",
			"cm-ops.yaml":  "- {op: replace, path: /data/level, value: debug}\n",
			"scale.yaml":   "- {op: replace, path: /spec/replicas, value: 3}\n",
		},
		"patches in the kustomization": {
			"a/kustomization.yaml": "patches:\n- target: {kind: Secret, name: db}\n  patch: |-\n    - op: replace\n      path: /data/password\n      value: aHVudGVyMg==\n",
			"b/kustomization.yaml": "patches:\n- patch: |-\n    kind: Secret\n    metadata: {name: db}\n    stringData: {password: hunter2}\n",
			"c/kustomization.yaml": "patchesStrategicMerge:\n- |-\n  kind: Secret\n  stringData: {password: hunter2}\n",
			"d/kustomization.yaml": "patchesJson6902:\n- target: {version: v1, kind: Secret, name: db}\n  patch: '[{\"op\":\"add\",\"path\":\"/data/p\",\"value\":\"aHVudGVyMg==\"}]'\n",
			"e/kustomization.yaml": "patches:\n- target: {labelSelector: app=db}\n  patch: |-\n    - {op: replace, path: /data/password, value: aHVudGVyMg==}\n",
			"f/kustomization.yaml": "replacements:\n- sourceValue: hunter2\n  targets: [{select: {kind: Secret}, fieldPaths: [stringData.p]}]\n",
			"g/kustomization.yaml": "transformers:\n- |\n  apiVersion: builtin\n  kind: PatchTransformer\n  metadata: {name: p}\n  target: {kind: Secret}\n  patch: '[{op: add, path: /metadata/labels/x, value: hunter2}]'\n",
			"h/kustomization.yaml": "transformers:\n- |\n  apiVersion: builtin\n  kind: ValueAddTransformer\n  metadata: {name: p}\n  value: hunter2\n  targets: [{fieldPath: data/p, selector: {kind: Secret}}]\n",
			"i/kustomization.yaml": "patches:\n- target: {kind: Deployment, name: web}\n  patch: |-\n    - {op: replace, path: /spec/replicas, value: 3}\n- patch: |-\n    kind: ConfigMap\n    metadata: {name: c}\n    data: {level: debug}\nreplacements:\n- source: {kind: Secret, name: db, fieldPath: metadata.name}\n  targets: [{select: {kind: Deployment}, fieldPaths: [spec.x]}]\nimages: [{name: web, newTag: '2'}]\n",
		},
		"a kustomization that is broken": {
			"kustomization.yaml": "secretGenerator:\n- name: a\n  files: [a.sh, 'x=b.sh']\n bad: [\n", "a.sh": "hunter2", "b.sh": "hunter2",
			"web.yaml": workload, "literal/kustomization.yaml": "secretGenerator:\n- name: a\n  literals: [password=hunter2]\n bad: [\n",
		},
		"what nothing reads any more": {
			"production/kustomization.yaml": "resources: [web.yaml]\nconfigurations: [names.yaml]\n",
			"production/web.yaml":           workload, "production/names.yaml": "nameReference: []\n", "production/README.md": "# production\n",
			"production/left.conf": "hunter2", "production/left.yaml": "db: {password: hunter2}\n", "production/list.yaml": "- hunter2\n", "production/deep/left.txt": "hunter2",
			"scripts/run.sh": "echo\n", "docs/values.yaml": "a: b\n", "shared/ca.txt": "hunter2", "Makefile": "all:\n", ".gitignore": "*~\n",
			"production/.gitignore": "*~\n", "production/check.sh": "true\n", ".github/workflows/lint.yaml": "on: push\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := repository(files)
			s, err := render.Survey(t.Context(), fsys)
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range slices.Sorted(maps.Keys(files)) {
				if fsys[file].Mode&fs.ModeSymlink != 0 {
					continue // its text is the path that it leads to
				}
				text := fsys[file].Data
				secret := slices.ContainsFunc(hunter2, func(s string) bool { return strings.Contains(string(text), s) })
				why := s.Withholds(file, text)
				switch {
				case why == "" && secret:
					t.Errorf("%s would be shown:\n%s", file, text)
				case why != "" && !secret:
					t.Errorf("%s is withheld because %s:\n%s", file, why, text)
				}
			}
		})
	}
}

// Whatever stands beside it in a file, a Secret is withheld.
func FuzzWithholds(f *testing.F) {
	const secret = "kind: Secret\nstringData: {password: hunter2}\n"
	for _, beside := range []string{
		"", "kind: ConfigMap", "a: [b", "a: 'b", "a: \"b", "a: |\n  b", "a: &x [*x]", "# c", "\xff", "{\"kind\": \"ConfigMap\"}", "%YAML 1.1", "...", "? a", "a: !!binary x", "\t- b", "<<: *a",
	} {
		f.Add(beside, true)
		f.Add(beside, false)
	}
	fsys := repository(map[string]string{"kustomization.yaml": "resources: [all.yaml]\n"})
	f.Fuzz(func(t *testing.T, beside string, first bool) {
		text := beside + "\n---\n" + secret
		if first {
			text = secret + "\n---\n" + beside
		}
		s, err := render.Survey(t.Context(), fsys)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"all.yaml", "all.json", "all.txt", "docs/all.md"} {
			if s.Withholds(name, []byte(text)) == "" {
				t.Errorf("%s would be shown:\n%s", name, text)
			}
		}
	})
}
