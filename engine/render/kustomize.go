package render

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"sync"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/types"
)

// kustomizing guards the schema that kustomize keeps for the whole process, and
// that every build may replace.
var kustomizing sync.Mutex

// kustomize renders a directory with a kustomization file. What kustomize would
// fetch, run or read from elsewhere is refused before kustomize sees it.
func kustomize(ctx context.Context, t *tree, dir string) ([]document, Problems) {
	v := newVetter(ctx, t)
	v.kustomization(dir, Problem{File: dir})
	if len(v.problems) > 0 || ctx.Err() != nil {
		return nil, v.problems
	}
	top := v.files[dir]
	resources, err := build(jail{t}, dir)
	if err != nil {
		return nil, Problems{v.blame(top.name, err)}
	}
	sources := v.sources()
	var documents []document
	var problems Problems
	for _, r := range resources.Resources() {
		data, err := r.MarshalJSON()
		if err != nil {
			problems = append(problems, Problem{File: top.name, Message: v.secrets.redact(fmt.Sprintf("write %s as JSON: %v", r.CurId(), err))})
			continue
		}
		d, ok := parseJSON(top.name, data)
		if !ok {
			problems = append(problems, Problem{File: top.name, Message: fmt.Sprintf("kustomize made something of %s that is no object", r.CurId())})
			continue
		}
		d.line = 0
		locate(&d, sources)
		documents = append(documents, d)
	}
	return documents, problems
}

// build runs kustomize.
func build(fsys jail, dir string) (resources resmap.ResMap, err error) {
	kustomizing.Lock()
	defer kustomizing.Unlock()
	// Kustomize is a large program that panics on some malformed input.
	defer func() {
		if recovered := recover(); recovered != nil {
			err = fmt.Errorf("kustomize gave up: %v", recovered)
		}
	}()
	options := krusty.MakeDefaultOptions()
	// The jail is the whole repository: a base may lie anywhere in it.
	options.LoadRestrictions = types.LoadRestrictionsNone
	return krusty.MakeKustomizer(options).Run(fsys, path.Join(jailRoot, dir))
}

// blame says what kustomize found wrong, as far down as its chain of errors
// tells the directory.
func (v *vetter) blame(top string, err error) Problem {
	message, file := err.Error(), top
	const recursed = "recursed accumulation of path '"
	if i := strings.LastIndex(message, recursed); i >= 0 {
		dir, rest, _ := strings.Cut(message[i+len(recursed):], "'")
		if f, ok := v.files[inJail(dir)]; ok {
			file, message = f.name, strings.TrimPrefix(rest, ": ")
		}
	}
	message = nameObjects(strings.ReplaceAll(message, "'"+jailRoot+"/", "'"))
	return Problem{File: file, Message: v.secrets.redact(message)}
}

// nameObjects puts the identity of an object where a message has all of it.
func nameObjects(message string) string {
	var b strings.Builder
	for {
		i := strings.Index(message, `{"apiVersion"`)
		if i < 0 {
			return b.String() + message
		}
		var o struct {
			Kind     string
			Metadata struct{ Namespace, Name string }
		}
		decoder := json.NewDecoder(strings.NewReader(message[i:]))
		if decoder.Decode(&o) != nil {
			return b.String() + message
		}
		b.WriteString(message[:i])
		b.WriteString(strings.TrimSpace(o.Kind + " " + path.Join(o.Metadata.Namespace, o.Metadata.Name)))
		message = message[i+int(decoder.InputOffset()):]
	}
}
