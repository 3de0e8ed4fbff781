package render

import (
	"path"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
)

// plugin vets an entry of generators, transformers or validators: the
// configuration of a plugin itself, or the path to one.
func (v *vetter) plugin(dir, entry string, asked Problem) {
	if strings.ContainsAny(entry, "\n{") && !remoteStart.MatchString(entry) {
		documents, problems := parse(asked.File, []byte(entry))
		for _, p := range problems {
			p.Line += asked.Line
			v.problems = append(v.problems, p)
		}
		for _, d := range documents {
			v.pluginConfig(dir, d.value, asked)
		}
		return
	}
	at, info, ok := v.local(dir, entry, asked)
	if !ok {
		return
	}
	if info.IsDir() {
		v.pluginDirectory(at, asked)
		return
	}
	v.manifests(manifestFile{path.Join(dir, entry), at})
	for _, d := range v.documents[at] {
		// Kustomize reads what a plugin names from where the plugin is used.
		v.pluginConfig(dir, d.value, Problem{File: d.file, Line: d.line})
	}
}

// pluginDirectory vets a kustomization that only lists plugins. One that also
// changes them could bring in anything after it was vetted.
func (v *vetter) pluginDirectory(dir string, asked Problem) {
	v.kustomization(dir, asked)
	f, ok := v.files[dir]
	if !ok {
		return
	}
	for i := 0; i+1 < len(f.root.Content); i += 2 {
		if key := f.root.Content[i]; !slices.Contains([]string{"apiVersion", "kind", "metadata", "resources"}, key.Value) {
			v.problem(Problem{File: f.name, Line: key.Line}, "%s is refused in a kustomization that is used for plugins; only resources may be listed", key.Value)
		}
	}
	for _, entry := range f.Resources {
		v.plugin(dir, entry, f.at("resources", entry))
	}
}

// pluginConfig refuses plugins that are programs, and remote files.
func (v *vetter) pluginConfig(dir string, config map[string]any, asked Problem) {
	kind, _ := config["kind"].(string)
	switch {
	case kind == "HelmChartInflationGenerator":
		v.problem(asked, "HelmChartInflationGenerator is refused: evenkeel does not inflate Helm charts; commit the rendered manifests")
		return
	case config["apiVersion"] != "builtin" || !slices.Contains(krusty.GetBuiltinPluginNames(), kind):
		v.problem(asked, "the plugin %v %s is refused: evenkeel runs no programs and no containers, only the plugins built into kustomize", config["apiVersion"], kind)
		return
	}
	before := len(v.problems)
	for key, value := range config {
		v.pluginValue(key, value, asked)
	}
	if kind == "ConfigMapGenerator" || kind == "SecretGenerator" {
		sources := types.KvPairSources{
			LiteralSources: texts(config["literals"]),
			FileSources:    texts(config["files"]),
			EnvSources:     append(texts(config["envs"]), texts(config["env"])...),
		}
		if len(v.problems) == before {
			v.generator(generator{dir, sources, kind == "SecretGenerator", func(string) Problem { return asked }})
		}
	}
}

// texts returns the texts of a list, or a single one.
func texts(value any) []string {
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	var found []string
	for _, item := range list {
		if text, ok := item.(string); ok {
			found = append(found, text)
		}
	}
	return found
}

// pluginValue looks for remote files wherever one could be named.
func (v *vetter) pluginValue(key string, value any, asked Problem) {
	switch key {
	case "annotations", "labels", "literals", "metadata", "value", "patch", "jsonOp", "pairs":
		return
	}
	switch value := value.(type) {
	case map[string]any:
		for k, item := range value {
			v.pluginValue(k, item, asked)
		}
	case []any:
		for _, item := range value {
			v.pluginValue(key, item, asked)
		}
	case string:
		_, file, _ := strings.Cut(value, "=")
		if isRemote(value) || isRemote(file) {
			v.problem(asked, "%s of the plugin is remote; evenkeel fetches nothing: commit a copy", key)
		}
	}
}
