package diffview_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui/diffview"
)

var update = flag.Bool("update", false, "write the golden frames anew")

const live = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
  labels:
    app: api
    team: payments
spec:
  replicas: 9
  selector:
    matchLabels:
      app: api
  template:
    spec:
      containers:
      - name: main
        image: registry.acme.dev/api:1.8.2 # pinned
        env:
        - name: LOG_LEVEL
          value: debug
        - name: REGION
          value: north
        - name: ZONE
          value: north
        args: ["-v", 3, true]
        script: |
          echo "hi"
          # still the script
        livenessProbe:
          httpGet:
            path: /healthz
            port: 8080
      serviceAccountName: api
`

var git = strings.NewReplacer(
	"replicas: 9", "replicas: 3",
	"value: debug", "value: info",
	"1.8.2", "1.9.0",
	"        - name: ZONE\n", "        - name: CITY\n          value: north\n        - name: ZONE\n",
	"      serviceAccountName: api\n", "",
).Replace(live)

func yaml(o diffview.Options) diffview.Options {
	o.Language, o.Before, o.After = diffview.YAML, "live", "Git"
	return o
}

// plain is what a frame says, without its colours.
func plain(lines []string) string { return ansi.Strip(strings.Join(lines, "\n")) + "\n" }

func standard(ascii bool) *themes.Theme {
	return themes.Default(themes.Options{Colors: themes.ANSI, ASCII: ascii})
}

func TestFrames(t *testing.T) {
	fold := func(v *diffview.View) { v.SetFold(true) }
	side := func(v *diffview.View) { v.SetSide(true) }
	wideLive := "# 部署 🚢 e\u0301tage\nname: 日本語のテキストはとても長いのでここで切れるはずです\nship: 🚢🚢🚢\nflag: 🇩🇪\nfamily: 👨‍👩‍👧\nsame: é\n"
	wideGit := strings.NewReplacer("とても", "少し", "🚢🚢🚢", "🚢⛵🚢", "🇩🇪", "🇫🇷").Replace(wideLive)
	for _, c := range []struct {
		name          string
		before, after string
		options       diffview.Options
		width, height int
		ascii         bool
		do            []func(*diffview.View)
	}{
		{name: "unified", before: live, after: git, width: 80, height: 40},
		{name: "unified-narrow", before: live, after: git, width: 40, height: 20},
		{name: "unified-tiny", before: live, after: git, width: 20, height: 8},
		{name: "folded", before: live, after: git, width: 80, height: 40, do: []func(*diffview.View){fold}},
		{name: "folded-ascii", before: live, after: git, width: 80, height: 40, ascii: true, do: []func(*diffview.View){fold}},
		{name: "side", before: live, after: git, width: 160, height: 40, do: []func(*diffview.View){side, fold}},
		{name: "side-ascii", before: live, after: git, width: 100, height: 24, ascii: true, do: []func(*diffview.View){side}},
		{name: "side-too-narrow", before: live, after: git, width: 80, height: 12, do: []func(*diffview.View){side}},
		{name: "sideways", before: live, after: git, width: 40, height: 12, do: []func(*diffview.View){func(v *diffview.View) {
			v.Draw(standard(false), 40, 12, true)
			v.Sideways(15)
		}}},
		{name: "search", before: live, after: git, width: 60, height: 24, do: []func(*diffview.View){fold, func(v *diffview.View) {
			v.Search("selector")
		}}},
		{name: "created", before: "", after: git, width: 100, height: 40, do: []func(*diffview.View){side}},
		{name: "deleted", before: live, after: "", width: 100, height: 10, do: []func(*diffview.View){side}},
		{name: "same", before: live, after: live, width: 60, height: 5},
		{name: "same-but-space", before: "a: b\n", after: "a:  b\r\n", options: diffview.Options{IgnoreWhitespace: true}, width: 60, height: 5},
		{name: "same-in-own-words", before: live, after: live, options: diffview.Options{Same: "Nothing differs."}, width: 60, height: 5},
		{name: "wide", before: wideLive, after: wideGit, width: 60, height: 12},
		{name: "wide-cut", before: wideLive, after: wideGit, width: 30, height: 12, do: []func(*diffview.View){func(v *diffview.View) {
			v.Draw(standard(false), 30, 12, true)
			v.Sideways(8)
		}}},
		{name: "wide-side", before: wideLive, after: wideGit, width: 91, height: 12, do: []func(*diffview.View){side}},
		{name: "line-ends", before: "a: 1\r\nb: 2\r\n", after: "a: 1\nb: 3\n", width: 70, height: 6},
		{name: "line-ends-only", before: "a: 1\r\nb: 2\r\n", after: "a: 1\nb: 2\n", width: 70, height: 6},
		{name: "line-ends-mixed", before: "a: 1\r\nb: 2\n", after: "a: 1\nb: 2\n", width: 70, height: 6},
		{name: "no-newline", before: "a: 1\nb: 2", after: "a: 1\nb: 2\n", width: 70, height: 6},
		{name: "unseen", width: 70, height: 24,
			before: "space: a\nzero: ab\nhard: a b\ntab: a b\nesc: ab\nbyte: ab\nalone: x\njoiner: ab\n",
			after:  "space: a  \nzero: a\u200bb\nhard: a\u00a0b\ntab: a\tb\nesc: a\x1b[31mb\nbyte: a\xffb\nalone: x\njoiner: a\u200db\nnew: \x9b31m\u202e\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var v diffview.View
			v.Set(diffview.New(yaml(c.options), c.before, c.after))
			for _, do := range c.do {
				do(&v)
			}
			golden(t, c.name, plain(v.Draw(standard(c.ascii), c.width, c.height, true)))
		})
	}
}

// golden compares a frame with the one that is kept. Bars at the ends of lines
// keep the spaces in sight.
func golden(t *testing.T, name, frame string) {
	t.Helper()
	frame = strings.ReplaceAll(frame, "\n", "|\n")
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(frame), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if frame != string(want) {
		t.Errorf("the frame is\n%s\nbut was\n%s", frame, want)
	}
}
