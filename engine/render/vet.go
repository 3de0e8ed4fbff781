package render

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/api/types"

	"github.com/evenkeel/evenkeel/engine/internal/yamltext"
)

// maxVisits bounds the files and directories that a kustomization takes in,
// each time counted: bases of bases can double at every level.
const maxVisits = 20_000

// vetter walks a kustomization and all that it refers to before kustomize does.
// It refuses what kustomize would fetch or run, and finds, with file and line,
// what kustomize would only hint at.
type vetter struct {
	ctx      context.Context
	tree     *tree
	problems Problems
	// files are the kustomization files by their directory, and what was
	// written in the resource files by their path.
	files     map[string]kustomizationFile
	documents map[string][]document
	// weights are the visits that a directory costs; way is the directories
	// between the top and here.
	weights map[string]int
	way     []string
	secrets secrets
}

// kustomizationFile is one as it was read.
type kustomizationFile struct {
	name string
	data []byte
	root *yaml.Node
	types.Kustomization
}

func newVetter(ctx context.Context, t *tree) *vetter {
	return &vetter{
		ctx: ctx, tree: t,
		files: map[string]kustomizationFile{}, documents: map[string][]document{}, weights: map[string]int{},
	}
}

func (v *vetter) problem(at Problem, format string, args ...any) {
	at.Message = v.secrets.redact(fmt.Sprintf(format, args...))
	v.problems = append(v.problems, at)
}

// kustomization vets a directory, once, and returns how many visits it costs.
// The place is where it was asked for.
func (v *vetter) kustomization(dir string, asked Problem) int {
	if v.ctx.Err() != nil {
		return 0
	}
	if i := slices.Index(v.way, dir); i >= 0 {
		v.problem(asked, "kustomizations refer to each other in a circle: %s", strings.Join(append(v.way[i:], dir), " to "))
		return 0
	}
	if weight, ok := v.weights[dir]; ok {
		return weight
	}
	v.way = append(v.way, dir)
	defer func() { v.way = v.way[:len(v.way)-1] }()
	weight := 1
	if f, ok := v.load(dir, asked); ok {
		v.files[dir] = f
		v.refuse(f)
		weight += v.references(dir, f)
	}
	if weight > maxVisits {
		v.problem(asked, "the kustomization takes in more than %d files", maxVisits)
		weight = 0
	}
	v.weights[dir] = weight
	return weight
}

// load reads the kustomization file of a directory.
func (v *vetter) load(dir string, asked Problem) (kustomizationFile, bool) {
	names, err := v.tree.kustomizationFiles(dir)
	switch {
	case err != nil:
		v.problem(asked, "%s", reason(err))
		return kustomizationFile{}, false
	case len(names) == 0:
		v.problem(asked, "the directory %s has no kustomization.yaml", dir)
		return kustomizationFile{}, false
	case len(names) > 1:
		v.problem(asked, "the directory %s has more than one kustomization file: %s", dir, strings.Join(names, ", "))
		return kustomizationFile{}, false
	}
	f := kustomizationFile{name: path.Join(dir, names[0])}
	data, err := v.tree.readFile(f.name)
	if err != nil {
		v.problem(Problem{File: f.name}, "%s", reason(err))
		return f, false
	}
	documents, problems := parse(f.name, data)
	v.problems = append(v.problems, problems...)
	if len(problems) > 0 {
		return f, false
	}
	if len(documents) != 1 {
		v.problem(Problem{File: f.name}, "a kustomization file must hold one document, not %d", len(documents))
		return f, false
	}
	f.data = yamltext.TrimBOM(data)
	var root yaml.Node
	if err := yaml.Unmarshal(f.data, &root); err != nil || len(root.Content) == 0 {
		v.problem(Problem{File: f.name}, "the kustomization cannot be read")
		return f, false
	}
	f.root = root.Content[0]
	if err := f.Unmarshal(f.data); err != nil {
		v.badKustomization(f, err)
		return f, false
	}
	f.FixKustomization()
	for _, wrong := range f.EnforceFields() {
		v.problem(f.at("kind", ""), "%s", wrong)
	}
	return f, true
}

var (
	unknownField = regexp.MustCompile(`unknown field "([^"]*)"`)
	wrongType    = regexp.MustCompile(`cannot unmarshal (\w+).* into Go .*?([\w.]*) of type (\S+)`)
)

// badKustomization puts an error of the JSON decoder into words, without the
// value that it quotes.
func (v *vetter) badKustomization(f kustomizationFile, err error) {
	if m := unknownField.FindStringSubmatch(err.Error()); m != nil {
		v.problem(f.at(m[1], ""), "unknown field %q in the kustomization", m[1])
		return
	}
	if m := wrongType.FindStringSubmatch(err.Error()); m != nil {
		field := strings.TrimPrefix(m[2], "Kustomization.")
		v.problem(f.at(field[strings.LastIndexByte(field, '.')+1:], ""), "%s cannot be a %s", field, m[1])
		return
	}
	v.problem(Problem{File: f.name}, "the kustomization cannot be read")
}

// at returns the place of a value below a key of the file, or of the key.
func (f kustomizationFile) at(key, value string) Problem {
	place := Problem{File: f.name}
	find(f.root, func(k, n *yaml.Node) bool {
		if !strings.EqualFold(k.Value, key) {
			return false
		}
		place.Line = k.Line
		return value == "" || find(n, func(_, n *yaml.Node) bool {
			if n.Kind != yaml.ScalarNode || n.Value != value {
				return false
			}
			place.Line = n.Line
			return true
		})
	})
	return place
}

// find visits the values below a node with their keys, as far as one is
// accepted. Items of a list have an empty key. Aliases are not followed.
func find(n *yaml.Node, accept func(key, value *yaml.Node) bool) bool {
	for i := 0; i < len(n.Content); i++ {
		key := &yaml.Node{}
		if n.Kind == yaml.MappingNode {
			key = n.Content[i]
			if i++; i >= len(n.Content) {
				break
			}
		}
		if accept(key, n.Content[i]) || find(n.Content[i], accept) {
			return true
		}
	}
	return false
}

// refuse names what is never rendered.
func (v *vetter) refuse(f kustomizationFile) {
	if len(f.HelmCharts) == 0 && f.HelmGlobals == nil {
		return
	}
	for _, key := range []string{"helmCharts", "helmChartInflationGenerator", "helmGlobals"} {
		if f.hasKey(key) {
			v.problem(f.at(key, ""), "%s is refused: evenkeel does not inflate Helm charts; commit the rendered manifests", key)
		}
	}
}

func (f kustomizationFile) hasKey(key string) bool {
	for i := 0; i+1 < len(f.root.Content); i += 2 {
		if strings.EqualFold(f.root.Content[i].Value, key) {
			return true
		}
	}
	return false
}

// references vets everything that the file names, and returns how many visits
// that costs.
func (v *vetter) references(dir string, f kustomizationFile) int {
	weight := 0
	for _, key := range []struct {
		name    string
		entries []string
	}{{"resources", f.Resources}, {"components", f.Components}} {
		for _, entry := range key.entries {
			weight += v.resource(dir, entry, f.at(f.spelled(key.name), entry))
		}
	}
	for _, key := range []struct {
		name    string
		entries []string
	}{{"generators", f.Generators}, {"transformers", f.Transformers}, {"validators", f.Validators}} {
		for _, entry := range key.entries {
			v.plugin(dir, entry, f.at(key.name, entry))
		}
	}
	v.supplements(dir, f)
	return weight
}

// spelled gives a key the name that the file uses for it.
func (f kustomizationFile) spelled(key string) string {
	if key == "resources" && !f.hasKey(key) {
		return "bases"
	}
	return key
}

// resource vets a file of manifests or a directory with a kustomization.
func (v *vetter) resource(dir, entry string, asked Problem) int {
	at, info, ok := v.local(dir, entry, asked)
	if !ok {
		return 1
	}
	if info.IsDir() {
		return v.kustomization(at, asked)
	}
	v.manifests(manifestFile{path.Join(dir, entry), at})
	return 1
}

// local resolves a reference, unless it leads out of the repository.
func (v *vetter) local(dir, entry string, asked Problem) (string, fs.FileInfo, bool) {
	if isRemote(entry) {
		v.problem(asked, "%s is remote; evenkeel renders what is in the repository and fetches nothing: commit a copy", strings.TrimSpace(entry))
		return "", nil, false
	}
	if entry == "" || path.IsAbs(entry) {
		v.problem(asked, "the path %q must be relative", entry)
		return "", nil, false
	}
	at, info, err := v.tree.resolve(path.Join(dir, entry))
	if err != nil {
		v.problem(asked, "%s", reason(err))
		return "", nil, false
	}
	return at, info, true
}

// manifests vets a file of resources, once.
func (v *vetter) manifests(file manifestFile) {
	if _, ok := v.documents[file.at]; ok {
		return
	}
	documents, problems := readManifests(v.tree, file)
	v.documents[file.at] = documents
	v.problems = append(v.problems, problems...)
	for _, d := range documents {
		v.secrets.learn(d.value)
		v.problems = append(v.problems, identityProblems(d)...)
	}
}

// supplements vets the files that are neither resources nor plugins.
func (v *vetter) supplements(dir string, f kustomizationFile) {
	file := func(key, entry string) {
		if entry != "" {
			v.supplement(dir, entry, f.at(key, entry))
		}
	}
	for _, entry := range f.Crds {
		file("crds", entry)
	}
	for _, entry := range f.Configurations {
		file("configurations", entry)
	}
	file("openapi", f.OpenAPI["path"])
	for _, r := range f.Replacements {
		file("replacements", r.Path)
	}
	for _, p := range f.Patches {
		file("patches", p.Path)
		v.inlinePatch(p.Patch, f.at("patches", p.Patch))
	}
	//lint:ignore SA1019 Repositories still use the old keys, and kustomize still takes them.
	for _, p := range f.PatchesJson6902 {
		file("patchesJson6902", p.Path)
		v.inlinePatch(p.Patch, f.at("patchesJson6902", p.Patch))
	}
	//lint:ignore SA1019 As above.
	for _, p := range f.PatchesStrategicMerge {
		if entry := string(p); strings.ContainsAny(entry, "\n{") {
			v.inlinePatch(entry, f.at("patchesStrategicMerge", entry))
		} else {
			file("patchesStrategicMerge", entry)
		}
	}
	for _, g := range f.ConfigMapGenerator {
		v.generator(generator{dir, g.KvPairSources, false, func(source string) Problem { return f.at("configMapGenerator", source) }})
	}
	for _, g := range f.SecretGenerator {
		v.generator(generator{dir, g.KvPairSources, true, func(source string) Problem { return f.at("secretGenerator", source) }})
	}
}

// supplement vets one file of YAML.
func (v *vetter) supplement(dir, entry string, asked Problem) {
	at, info, ok := v.local(dir, entry, asked)
	if !ok {
		return
	}
	if info.IsDir() {
		v.problem(asked, "%s is a directory, not a file", entry)
		return
	}
	data, err := v.tree.readFile(at)
	if err != nil {
		v.problem(Problem{File: at}, "%s", reason(err))
		return
	}
	v.patch(at, 0, data)
}

func (v *vetter) inlinePatch(patch string, asked Problem) {
	if patch == "" {
		return
	}
	if remoteStart.MatchString(patch) {
		v.problem(asked, "a patch is remote; evenkeel fetches nothing: commit a copy")
		return
	}
	v.patch(asked.File, asked.Line, []byte(patch))
}

// patch checks the syntax of a patch and learns what is secret in it.
func (v *vetter) patch(file string, line int, data []byte) {
	values, problems := parseAny(file, data)
	for _, p := range problems {
		if line > 0 {
			p.Line += line
		}
		v.problems = append(v.problems, p)
	}
	for _, value := range values {
		v.secrets.learnPatch(value)
	}
}

// generator is what a ConfigMap or a Secret is generated from.
type generator struct {
	dir     string
	sources types.KvPairSources
	secret  bool
	// at is the place of a source.
	at func(source string) Problem
}

func (v *vetter) generator(g generator) {
	for _, source := range g.sources.FileSources {
		file := source
		if _, after, ok := strings.Cut(source, "="); ok {
			file = after
		}
		v.source(g, file, g.at(source))
	}
	for _, source := range append(slices.Clone(g.sources.EnvSources), g.sources.EnvSource) {
		if source == "" {
			continue
		}
		data, ok := v.source(g, source, g.at(source))
		if line, column := yamltext.InvalidUTF8(data); ok && line > 0 {
			v.problem(Problem{File: path.Join(g.dir, source), Line: line}, "not UTF-8: the byte at column %d does not belong here", column)
		}
	}
	for _, literal := range g.sources.LiteralSources {
		if g.secret {
			v.secrets.learnText(literal)
		}
		if strings.Index(literal, "=") < 1 {
			v.problem(g.at(literal), "a literal of the generator is not written as key=value")
		}
	}
}

func (v *vetter) source(g generator, source string, asked Problem) ([]byte, bool) {
	at, info, ok := v.local(g.dir, source, asked)
	if !ok {
		return nil, false
	}
	if info.IsDir() {
		v.problem(asked, "%s is a directory, not a file", source)
		return nil, false
	}
	data, err := v.tree.readFile(at)
	if err != nil {
		v.problem(asked, "%s", reason(err))
		return nil, false
	}
	if g.secret {
		v.secrets.learnText(string(data))
	}
	return data, true
}

// remoteStart is how the references begin that kustomize fetches: it is at least
// as suspicious as kustomize's own parser of URLs.
var remoteStart = regexp.MustCompile(`(?i)^\s*(git::|(https?|ssh|file):|github\.com[/:]|[a-z][a-z0-9-]*@)`)

func isRemote(reference string) bool {
	return remoteStart.MatchString(reference) || strings.Contains(reference, "://")
}
