package render

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// maxSurveyed bounds the files and directories that a survey looks at: a small
// repository can name the same directory any number of times.
const maxSurveyed = 500_000

// Secrecy knows which files of a tree may hold the values of Secrets, by what
// the kustomizations of the whole tree make of them.
type Secrecy struct {
	tree    *tree
	secret  map[string]bool // files that are read to make a Secret, or to change one
	open    map[string]bool // files that are known to be read for something else
	kustom  map[string]bool // directories with a kustomization
	visited int
}

// Survey looks through a tree for files that become part of Secrets.
func Survey(ctx context.Context, fsys fs.FS) (*Secrecy, error) {
	s := &Secrecy{tree: newTree(fsys), secret: map[string]bool{}, open: map[string]bool{}, kustom: map[string]bool{}}
	if err := s.directory(ctx, "."); err != nil {
		return nil, fmt.Errorf("look for what is secret: %w", err)
	}
	return s, nil
}

func (s *Secrecy) directory(ctx context.Context, dir string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	entries, err := fs.ReadDir(s.tree.fsys, dir)
	if err != nil {
		return err
	}
	if s.visited += len(entries); s.visited > maxSurveyed {
		return fmt.Errorf("the tree has more than %d files", maxSurveyed)
	}
	for _, entry := range entries {
		at := path.Join(dir, entry.Name())
		switch {
		case entry.IsDir():
			err = s.directory(ctx, at)
		case IsKustomization(entry.Name()):
			s.kustom[dir] = true
			s.kustomization(dir, at)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// IsKustomization tells whether a file of that name is one by which kustomize
// reads a directory.
func IsKustomization(name string) bool { return slices.Contains(kustomizationNames[:], name) }

// kustomization notes what a kustomization file reads.
func (s *Secrecy) kustomization(dir, file string) {
	data, err := s.tree.readFile(file)
	if err != nil {
		return // nothing can come of it
	}
	values, clean := valuesOf(file, data)
	for _, value := range values {
		k, _ := value.(map[string]any)
		for _, g := range mapsUnder(k, "secretGenerator") {
			s.sources(dir, g, s.secret)
		}
		for _, g := range mapsUnder(k, "configMapGenerator") {
			s.sources(dir, g, s.open)
		}
		for _, entry := range textsUnder(k, "generators", "transformers", "validators") {
			s.plugin(dir, entry, 0)
		}
		s.patched(dir, value)
		others := textsUnder(k, "configurations", "crds")
		for _, m := range append(mapsUnder(k, "openapi"), mapsUnder(k, "replacements")...) {
			others = append(others, textsUnder(m, "path")...)
		}
		for _, other := range others {
			s.note(s.open, dir, other)
		}
	}
	if text := string(data); !clean && strings.Contains(text, "ecretGenerator") {
		// Nobody can say which of its words are files.
		for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\r\n\"'=,[]{}:", r) }) {
			s.note(s.secret, dir, word)
		}
	}
}

// plugin notes what a generator or transformer reads, which is written there,
// in a file, or in the files of a kustomization.
func (s *Secrecy) plugin(dir, entry string, depth int) {
	if strings.ContainsAny(entry, "\n{") {
		values, _ := valuesOf("", []byte(entry))
		s.pluginConfigs(values, dir)
		return
	}
	at, info, err := s.tree.resolve(path.Join(dir, entry))
	switch {
	case err != nil || depth > maxListDepth:
	case !info.IsDir():
		if data, err := s.tree.readPlain(at); err == nil {
			values, _ := valuesOf(at, data)
			s.pluginConfigs(values, dir, path.Dir(at))
		}
	default:
		names, err := s.tree.kustomizationFiles(at)
		if err != nil || len(names) == 0 {
			return
		}
		data, err := s.tree.readFile(path.Join(at, names[0]))
		if err != nil {
			return
		}
		values, _ := valuesOf(names[0], data)
		for _, value := range values {
			k, _ := value.(map[string]any)
			for _, resource := range textsUnder(k, "resources", "bases") {
				s.plugin(at, resource, depth+1)
			}
		}
	}
}

// pluginConfigs notes what plugins read, relative to any of the directories.
func (s *Secrecy) pluginConfigs(values []any, dirs ...string) {
	for _, value := range values {
		config, _ := value.(map[string]any)
		for _, dir := range dirs {
			switch config["kind"] {
			case "SecretGenerator":
				s.sources(dir, config, s.secret)
			case "ConfigMapGenerator":
				s.sources(dir, config, s.open)
			}
			s.patched(dir, value)
		}
	}
}

// sources notes the files that a generator reads.
func (s *Secrecy) sources(dir string, g map[string]any, in map[string]bool) {
	for _, source := range textsUnder(g, "files") {
		s.note(in, dir, source)
		if _, file, named := strings.Cut(source, "="); named {
			s.note(in, dir, file)
		}
	}
	for _, source := range textsUnder(g, "envs", "env") {
		s.note(in, dir, source)
	}
}

// patched notes the files that patch a Secret, and those that patch something
// else, wherever a target and a path stand together.
func (s *Secrecy) patched(dir string, value any) {
	switch v := value.(type) {
	case map[string]any:
		for _, file := range textsUnder(v, "path") {
			switch aimOf(v) {
			case aimSecret:
				s.note(s.secret, dir, file)
			case aimOther:
				s.note(s.open, dir, file)
			}
		}
		for _, item := range v {
			s.patched(dir, item)
		}
	case []any:
		for _, item := range v {
			s.patched(dir, item)
		}
	}
}

// note takes down a file, by its name and by where links lead from there.
func (s *Secrecy) note(in map[string]bool, dir, entry string) {
	if entry == "" || isRemote(entry) {
		return
	}
	name := path.Join(dir, entry)
	in[name] = true
	if at, _, err := s.tree.resolve(name); err == nil {
		in[at] = true
	}
}

// kustomized tells whether a file lies where a kustomization could read it as
// its own.
func (s *Secrecy) kustomized(file string) bool {
	for dir := path.Dir(file); ; dir = path.Dir(dir) {
		if s.kustom[dir] {
			return true
		}
		if dir == "." {
			return false
		}
	}
}

// under returns what a mapping has under a key. Kustomize, which decodes JSON as
// Go does, does not care for its case.
func under(m map[string]any, key string) []any {
	var values []any
	for name, value := range m {
		if strings.EqualFold(name, key) {
			values = append(values, value)
		}
	}
	return values
}

// has tells whether a mapping has something under one of the keys.
func has(m map[string]any, keys ...string) bool {
	return slices.ContainsFunc(keys, func(key string) bool { return len(under(m, key)) > 0 })
}

// textsUnder returns the texts that a mapping has under some keys, alone or in
// lists.
func textsUnder(m map[string]any, keys ...string) []string {
	var found []string
	for _, key := range keys {
		for _, value := range under(m, key) {
			found = append(found, texts(value)...)
		}
	}
	return found
}

// mapsUnder returns the mappings that a mapping has under a key, alone or in a
// list.
func mapsUnder(m map[string]any, key string) []map[string]any {
	var found []map[string]any
	for _, value := range under(m, key) {
		found = append(found, mapsOf(value)...)
	}
	return found
}

func mapsOf(value any) []map[string]any {
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	var found []map[string]any
	for _, item := range list {
		if m, isMap := item.(map[string]any); isMap {
			found = append(found, m)
		}
	}
	return found
}

// What a patch is for.
type aimed int

const (
	aimUnknown aimed = iota
	aimSecret
	aimOther
)

// aimOf reads the target of a patch, or the selector of a replacement.
func aimOf(patch map[string]any) aimed {
	aim := aimUnknown
	for _, key := range []string{"target", "select", "selector"} {
		for _, target := range mapsUnder(patch, key) {
			for _, kind := range textsUnder(target, "kind") {
				switch {
				case isSecretKind(kind), strings.ContainsFunc(kind, notOfKinds):
					return aimSecret // a kind is a regular expression, which may match
				case kind != "":
					aim = aimOther
				}
			}
		}
	}
	return aim
}

func notOfKinds(r rune) bool { return (r|0x20 < 'a' || r|0x20 > 'z') && (r < '0' || r > '9') }

// isSecretKind is generous: a misspelled kind must not uncover anything.
func isSecretKind(kind string) bool {
	kind = strings.TrimSpace(kind)
	return strings.EqualFold(kind, "Secret") || strings.EqualFold(kind, "SecretList")
}

// valuesOf reads the documents of a file. clean is false when there is more to
// the file than they say.
func valuesOf(file string, data []byte) (values []any, clean bool) {
	if d, ok := parseJSON(file, data); ok {
		return []any{d.value}, true
	}
	values, problems := parseAny(file, data)
	return values, len(problems) == 0
}
