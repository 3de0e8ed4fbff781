package engine_test

import (
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel/gitrepo"
)

// shopFiles is the config repository of the demo: two environments of some forty
// objects on a base that they share, and a third of their own kinds.
func (w *world) shopFiles() map[string]string {
	w.Helper()
	shop := os.DirFS("../testdata/demo/shop")
	files := map[string]string{}
	w.must(fs.WalkDir(shop, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(shop, name)
		files[name] = string(data)
		return err
	}))
	return files
}

// years makes a history of the shop as people make it: tags, counts and settings
// change; files come, go and are renamed; workloads, patches and components are
// added and removed; commits are taken back; and now and then one is broken, and
// mended by the next.
func (w *world) years(random *rand.Rand, commits int) []gitrepo.Hash {
	w.Helper()
	var history []gitrepo.Hash
	commit := func(message string, changes map[string]string) {
		var base gitrepo.Hash
		if len(history) > 0 {
			base = history[len(history)-1]
		}
		history = append(history, w.write(base, message, changes))
	}
	commit("begin", w.shopFiles())
	s := &shopkeeper{random: random}
	var past []map[string]string // what the files were before each commit
	for len(history) <= commits {
		s.files = maps.Clone(w.files)
		what := ""
		if len(past) > 0 && random.IntN(15) == 0 {
			s.files, what = past[max(0, len(past)-1-random.IntN(5))], "back to what it was"
		} else {
			what = s.act()
		}
		changes := map[string]string{}
		for name, text := range s.files {
			if w.files[name] != text {
				changes[name] = text
			}
		}
		for name := range w.files {
			if _, there := s.files[name]; !there {
				changes[name] = ""
			}
		}
		if len(changes) == 0 {
			continue
		}
		past = append(past, maps.Clone(w.files))
		commit(what, changes)
		if random.IntN(25) == 0 {
			file := s.pick(slices.Sorted(maps.Keys(s.files))...)
			if !strings.HasSuffix(file, ".yaml") {
				continue
			}
			commit("a slip", map[string]string{file: s.files[file] + "\n  slip: [\n"})
			commit("mend it", map[string]string{file: s.files[file]})
		}
	}
	w.must(w.mirror.Push(w.Context(), history[len(history)-1], ""))
	return history
}

// shopkeeper changes the files of the shop.
type shopkeeper struct {
	random *rand.Rand
	files  map[string]string
}

func (s *shopkeeper) pick(from ...string) string { return from[s.random.IntN(len(from))] }

// edit replaces one of the places where an expression matches.
func (s *shopkeeper) edit(file, expression, with string) {
	re := regexp.MustCompile(expression)
	text := s.files[file]
	places := re.FindAllStringSubmatchIndex(text, -1)
	if len(places) == 0 {
		return
	}
	at := places[s.random.IntN(len(places))]
	s.files[file] = text[:at[0]] + string(re.ExpandString(nil, with, text, at)) + text[at[1]:]
}

// list puts an entry into a list of a kustomization, or takes it out.
func (s *shopkeeper) list(file, key, entry string) {
	line := "  - " + entry + "\n"
	text := s.files[file]
	switch {
	case strings.Contains(text, line):
		text = strings.Replace(text, line, "", 1)
	case strings.Contains(text, "\n"+key+":\n"):
		text = strings.Replace(text, "\n"+key+":\n", "\n"+key+":\n"+line, 1)
	default:
		text += key + ":\n" + line
	}
	s.files[file] = text
}

// act makes one change, and says which.
func (s *shopkeeper) act() string {
	environment := "environments/" + s.pick("staging", "production")
	workload := s.pick("api", "checkout", "notifier", "search", "web", "worker")
	kustomization := environment + "/kustomization.yaml"
	number := fmt.Sprint(s.random.IntN(40))
	switch s.random.IntN(13) {
	case 0, 1, 2:
		s.edit(kustomization, `newTag: .*`, "newTag: 1."+number+".0")
		return "a newer image"
	case 3:
		s.edit(kustomization, `count: .*`, "count: "+s.pick("1", "2", "3", "5"))
		return "another count"
	case 4:
		s.edit("base/"+workload+"/config.yaml", `: "?\d+m?"?\n`, `: "`+number+`"`+"\n")
		return "another setting"
	case 5:
		if name := "NEW_" + number; !strings.Contains(s.files["base/"+workload+"/config.yaml"], name) {
			s.edit("base/"+workload+"/config.yaml", `data:\n`, "data:\n  "+name+": \"1\"\n")
		}
		return "one setting more"
	case 6:
		s.edit(environment+"/flags.env", `=.*`, "="+s.pick("on", "off", number))
		return "a flag"
	case 7:
		s.edit("base/"+workload+"/deployment.yaml", `periodSeconds: .*`, "periodSeconds: 1"+number)
		return "look less often"
	case 8: // a workload comes or goes
		dir := "base/extra-" + s.pick("a", "b", "c")
		if _, there := s.files[dir+"/kustomization.yaml"]; there {
			maps.DeleteFunc(s.files, func(name, _ string) bool { return path.Dir(name) == dir })
		} else {
			s.files[dir+"/kustomization.yaml"] = "resources: [all.yaml]\n"
			s.files[dir+"/all.yaml"] = deployment(path.Base(dir), "127.0.0.1:5050/shop/web", 1) + "---\n" + configMap(path.Base(dir), "n", number)
		}
		s.list("base/kustomization.yaml", "resources", path.Base(dir))
		return "a workload"
	case 9: // an object of the environment's own comes or goes
		file := "own-" + s.pick("a", "b") + ".yaml"
		if _, there := s.files[environment+"/"+file]; there {
			delete(s.files, environment+"/"+file)
		} else {
			s.files[environment+"/"+file] = configMap(strings.TrimSuffix(file, ".yaml"), "n", number)
		}
		s.list(kustomization, "resources", file)
		return "an object of its own"
	case 10: // a file gets another name
		dir := "base/" + workload
		from, to := "config.yaml", "settings.yaml"
		if _, there := s.files[dir+"/"+from]; !there {
			from, to = to, from
		}
		text, there := s.files[dir+"/"+from]
		if !there {
			return "nothing"
		}
		delete(s.files, dir+"/"+from)
		s.files[dir+"/"+to] = text
		s.edit(dir+"/kustomization.yaml", `- `+from+`\n`, "- "+to+"\n")
		return "another name"
	case 11: // a component that environments may have
		s.files["components/probe/kustomization.yaml"] = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n" +
			"patches:\n  - target: {kind: Deployment}\n    patch: |\n      - {op: add, path: /spec/minReadySeconds, value: " + number + "}\n"
		if !strings.Contains(s.files[kustomization], "components:") {
			s.files[kustomization] += "components:\n  - ../../components/probe\n"
		}
		return "a component"
	default:
		s.files["docs/notes.md"] = number + "\n"
		return "a note"
	}
}
