package render_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/engine/render"
)

// problemsOf renders "env" and returns what is wrong with it, one a line.
func problemsOf(t *testing.T, texts map[string]string) []string {
	t.Helper()
	_, err := render.Render(context.Background(), files(texts), render.Options{Path: "env"})
	var problems render.Problems
	if err != nil && !errors.As(err, &problems) {
		t.Fatalf("the error is a %T: %v", err, err)
	}
	var lines []string
	for _, p := range problems {
		lines = append(lines, p.Error())
	}
	return lines
}

func TestBadInputIsNamed(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c <= 'i'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c,", c-1), 10), ","))
	}
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"syntax":            {configMap("a") + "data: {a: b\n", []string{"env/a.yaml:5: not valid YAML: did not find expected ',' or '}'"}},
		"tab":               {"apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: a\n", []string{"env/a.yaml:4: the line is indented with a tab; YAML takes spaces only"}},
		"not UTF-8":         {"a: b\nc: \xff\n", []string{"env/a.yaml:2: not UTF-8: the byte at column 4 does not belong here"}},
		"no kind":           {"apiVersion: v1\nmetadata: {name: a}\n", []string{"env/a.yaml:1: the document has no kind"}},
		"no apiVersion":     {"kind: ConfigMap\nmetadata: {name: a}\n", []string{"env/a.yaml:1: ConfigMap a: has no apiVersion"}},
		"bad apiVersion":    {"apiVersion: a/b/c\nkind: ConfigMap\nmetadata: {name: a}\n", []string{`env/a.yaml:1: ConfigMap a: has the apiVersion "a/b/c", which is none`}},
		"no name":           {configMap("a") + "---\napiVersion: v1\nkind: ConfigMap\n", []string{"env/a.yaml:6: ConfigMap: has no metadata.name"}},
		"generateName":      {"apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: a-}\n", []string{"env/a.yaml:1: ConfigMap: has generateName instead of a name; an object in Git needs a name of its own"}},
		"name is a number":  {"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: 1}\n", []string{"env/a.yaml:1: ConfigMap: has a number as its metadata.name; quote it"}},
		"list":              {"- a\n- b\n", []string{"env/a.yaml:1: the document is a list, not an object"}},
		"text":              {"hello\n", []string{"env/a.yaml:1: the document is text, not an object"}},
		"list of text":      {"apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n- b\n", []string{"env/a.yaml:5: item 2 of the List is text, not an object"}},
		"duplicate key":     {configMap("a") + "data:\n  x: a\n  y: b\n  x: c\n", []string{`env/a.yaml:8: the key "x" is already given in line 6`}},
		"duplicate in JSON": {"{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\",\n\"metadata\": {\"name\": \"a\"},\n\"kind\": \"Secret\"}", []string{`env/a.yaml:3: the key "kind" is already given in line 1`}},
		"alias bomb":        {configMap("a") + bomb, []string{"env/a.yaml:5: the aliases of the file stand for more than 100000 values"}},
		"alias to itself":   {configMap("a") + "data: &d {x: *d}\n", []string{"env/a.yaml:5: nested more than 200 levels deep"}},
		"unknown anchor":    {configMap("a") + "data: {x: *hunter2}\n", []string{"env/a.yaml:5: an alias (*) has no anchor (&); quote the value if it is text"}},
		"deep nesting":      {configMap("a") + "data: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000), []string{"env/a.yaml:5: nested more than 200 levels deep"}},
		"too large":         {configMap("a") + strings.Repeat("# a line of a comment\n", 1_000_000), []string{"env/a.yaml has 21.0 MB, more than the 5 MB that a manifest may have"}},
		"infinity":          {configMap("a") + "data: {x: .inf}\n", []string{"env/a.yaml:5: infinity and not-a-number have no place in a manifest; quote the value if it is text"}},
		"bad tag":           {configMap("a") + "data: {x: !!int hunter2}\n", []string{"env/a.yaml:5: a value tagged !!int is not one"}},
		"two problems":      {"kind: A\nmetadata: {name: a}\n---\nkind: B\nmetadata: {name: b}\n", []string{"env/a.yaml:1: A a: has no apiVersion", "env/a.yaml:4: B b: has no apiVersion"}},
		"label is a number": {"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {x: 1}}\n", []string{`env/a.yaml:1: ConfigMap a: metadata.labels["x"] is a number, not text; quote it`}},
	} {
		t.Run(name, func(t *testing.T) {
			sameLines(t, "problems", problemsOf(t, map[string]string{"env/a.yaml": c.text}), c.want)
		})
	}
}

func TestAllFilesAreJudged(t *testing.T) {
	sameLines(t, "problems", problemsOf(t, map[string]string{
		"env/a.yaml": "kind: A", "env/b.yaml": "[", "env/c.yaml": configMap("fine"), "env/d.yaml": "x: y",
	}), []string{
		"env/a.yaml:1: A: has no apiVersion",
		"env/b.yaml:1: not valid YAML: did not find expected node content",
		"env/d.yaml:1: the document has no kind",
	})
}

func TestDuplicatesNameBothPlaces(t *testing.T) {
	sameLines(t, "problems", problemsOf(t, map[string]string{
		"env/a.yaml": configMap("a") + "---\n" + configMap("b"),
		"env/b.yaml": "# again\n" + configMap("b") + "  namespace: default\n",
	}), []string{"env/b.yaml:2: ConfigMap default/b: is already defined in env/a.yaml:6"})
}

func TestLinksStayInside(t *testing.T) {
	for name, c := range map[string]struct {
		texts map[string]string
		want  string
	}{
		"absolute":     {map[string]string{"env/passwd.yaml@": "/etc/passwd"}, "env/passwd.yaml: the symbolic link env/passwd.yaml leaves the repository: it points to /etc/passwd"},
		"upwards":      {map[string]string{"env/x.yaml@": "../../x.yaml"}, "env/x.yaml: the symbolic link env/x.yaml leaves the repository: it points to ../../x.yaml"},
		"by two steps": {map[string]string{"env/x.yaml@": "../a/b/x.yaml", "a/b@": "../.."}, "env/x.yaml: the symbolic link a/b leaves the repository: it points to ../.."},
		"loop":         {map[string]string{"env/x.yaml@": "y.yaml", "env/y.yaml@": "x.yaml"}, "env/x.yaml: the symbolic link env/x.yaml leads round in a circle"},
		"to nothing":   {map[string]string{"env/x.yaml@": "gone.yaml"}, "env/x.yaml does not exist (there is no env/gone.yaml)"},
		"to its own":   {map[string]string{"env/deep/x@": "../../env"}, "env/deep/x: the symbolic link leads back to a directory that holds it: env"},
		"path itself":  {map[string]string{"env@": "../other"}, "env: the symbolic link env leaves the repository: it points to ../other"},
		"no such path": {map[string]string{"other/a.yaml": ""}, "env does not exist"},
	} {
		t.Run(name, func(t *testing.T) {
			got := problemsOf(t, c.texts)
			if len(got) == 0 || got[0] != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
	for _, path := range []string{"../x", "/etc", "a/../../x"} {
		_, err := render.Render(context.Background(), files(nil), render.Options{Path: path})
		if err == nil || !strings.Contains(err.Error(), "leaves the repository") {
			t.Errorf("path %s: %v", path, err)
		}
	}
}
