package config_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine/config"
)

// example uses every key.
const example = `repository:
  url: ssh://git@git.example.com/acme/config.git
  branch: main
  interval: 30s
  forge: gitea
  forgeURL: https://git.example.com:8443
registries:
  interval: 10m
  insecure: ["127.0.0.1:5050", "[::1]:5000", registry.acme.dev]
environments:
  - name: staging
    context: kind-staging
    path: environments/staging/
    namespace: shop
    sync: auto
    images: auto
    pinDigests: true
    pruneLimit: 0.5
    verify: ./checks/staging.yaml
  - name: production
    path: ./environments/production
    sync: auto
    images: approve
    protected: true
    promotesFrom: staging
    gates:
      healthy: true
      soak: 30m
      windows: ["Mon-Fri 08:00-16:00 Europe/Berlin", "Sat,Sun 22:00-04:00 UTC"]
      freezes: ["2026-12-20 18:00 to 2027-01-04 06:00 Europe/Berlin"]
      approvals: 2
    promote: auto
    rollback: auto
    changes: pull-request
`

func TestParse(t *testing.T) {
	got, err := config.Parse("evenkeel.yaml", []byte(example))
	if err != nil {
		t.Fatal(err)
	}
	want := &config.Config{
		Repository: config.Repository{URL: "ssh://git@git.example.com/acme/config.git", Branch: "main", Interval: 30 * time.Second, Forge: config.ForgeGitea, ForgeURL: "https://git.example.com:8443"},
		Registries: config.Registries{Interval: 10 * time.Minute, Insecure: []string{"127.0.0.1:5050", "[::1]:5000", "registry.acme.dev"}},
		Environments: []config.Environment{{
			Name: "staging", Context: "kind-staging", Path: "environments/staging", Namespace: "shop",
			Sync: config.SyncAuto, Images: config.ImagesAuto, PinDigests: true, PruneLimit: 0.5,
			Changes: config.ChangePush, Promote: config.ActManual, Rollback: config.ActManual, Verify: "checks/staging.yaml",
		}, {
			Name: "production", Path: "environments/production", Sync: config.SyncAuto, Images: config.ImagesApprove,
			Protected: true, PromotesFrom: "staging", PruneLimit: config.DefaultPruneLimit,
			Gates: config.Gates{Healthy: true, Soak: 30 * time.Minute, Windows: []string{"Mon-Fri 08:00-16:00 Europe/Berlin", "Sat,Sun 22:00-04:00 UTC"},
				Freezes: []string{"2026-12-20 18:00 to 2027-01-04 06:00 Europe/Berlin"}, Approvals: 2},
			Changes: config.ChangePullRequest, Promote: config.ActAuto, Rollback: config.ActAuto,
		}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestDefaults(t *testing.T) {
	got, err := config.Parse("evenkeel.yaml", []byte("environments: [{name: a, path: .}]"))
	if err != nil {
		t.Fatal(err)
	}
	want := &config.Config{
		Repository: config.Repository{Interval: config.DefaultInterval},
		Registries: config.Registries{Interval: config.DefaultRegistryInterval},
		Environments: []config.Environment{{Name: "a", Path: ".", Sync: config.SyncManual, Images: config.ImagesOff, PruneLimit: config.DefaultPruneLimit,
			Changes: config.ChangePush, Promote: config.ActManual, Rollback: config.ActManual}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestSpellings(t *testing.T) {
	for name, text := range map[string]string{
		"BOM":           "\xef\xbb\xbfenvironments: [{name: a, path: x}]",
		"CRLF":          "environments:\r\n  - name: a\r\n    path: x\r\n",
		"anchors":       "environments: [&a {name: a, path: x}, {<<: *a, name: b}, {<<: [*a], name: c}]",
		"alias of text": "environments: [{name: &n a, path: *n}]",
		"document mark": "--- # evenkeel\nenvironments: [{name: a, path: x}]\n...\n",
		"empty after":   "environments: [{name: a, path: x}]\n---\n",
		"JSON":          `{"environments": [{"name": "a", "path": "x"}]}`,
	} {
		if _, err := config.Parse("evenkeel.yaml", []byte(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestProblemsHaveTheirPlaces(t *testing.T) {
	environment := func(lines string) string {
		return "environments:\n  - name: a\n    path: a\n    " + lines + "\n"
	}
	bomb := "x: &x {k: v}\ny: &y [" + strings.TrimSuffix(strings.Repeat("*x,", 2000), ",") + "]\nenvironments: *y\n"
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"empty":              {"", []string{"f:1:1: environments is missing"}},
		"comment":            {"# nothing\n", []string{"f:1:1: environments is missing"}},
		"text":               {"hello", []string{`f:1:1: the file must be a mapping`}},
		"no environments":    {"environments: []", []string{"f:1:15: environments is empty: name at least one"}},
		"missing":            {"environments:\n  - context: x\n", []string{"f:2:5: environments[0].name is missing", "f:2:5: environments[0].path is missing"}},
		"near miss":          {environment("promoteFrom: b"), []string{`f:4:5: unknown key "environments[0].promoteFrom" (did you mean "promotesFrom"?)`}},
		"other spelling":     {environment("promotes_from: b"), []string{`f:4:5: unknown key "environments[0].promotes_from" (did you mean "promotesFrom"?)`}},
		"far miss":           {environment("elephants: b"), []string{`f:4:5: unknown key "environments[0].elephants"`}},
		"verify":             {environment("verify: ../x"), []string{`f:4:13: environments[0].verify is "../x", which leaves the repository`}},
		"promote from none":  {environment("promote: auto"), []string{"f:4:14: promote is auto, but the environment promotes from none"}},
		"approvals":          {environment("gates: {approvals: 99}"), []string{"f:4:24: environments[0].gates.approvals is 99, but must be between 0 and 20"}},
		"asking nobody":      {environment("images: auto\n    gates: {approvals: 2}"), []string{"f:4:13: images is auto, which asks nobody, and gates.approvals asks for people who agree"}},
		"approvals text":     {environment("gates: {approvals: two}"), []string{`f:4:24: environments[0].gates.approvals must be a whole number, such as 2, not "two"`}},
		"freeze backwards":   {environment("gates: {freezes: [2027-01-04 to 2026-12-20 UTC]}"), []string{`f:4:23: environments[0].gates.freezes[0] is "2027-01-04 to 2026-12-20 UTC": it ends before it begins`}},
		"freeze zone":        {environment("gates: {freezes: [2026-12-20 to 2026-12-21]}"), []string{`f:4:23: environments[0].gates.freezes[0] is "2026-12-20 to 2026-12-21": it needs two moments and a time zone`}},
		"freeze date":        {environment("gates: {freezes: [2026-13-20 to 2026-12-21 UTC]}"), []string{`f:4:23: environments[0].gates.freezes[0] is "2026-13-20 to 2026-12-21 UTC": "2026-13-20" is not a moment`}},
		"near value":         {environment("sync: automatic\n    images: aprove"), []string{`f:4:11: environments[0].sync is "automatic", but must be auto or manual`, `f:5:13: environments[0].images is "aprove", but must be auto, approve or off (did you mean "approve"?)`}},
		"wrong types":        {environment("protected: maybe\n    sync: [auto]\n    gates: 3\n    namespace: 5"), []string{`f:4:16: environments[0].protected must be true or false, not "maybe"`, "f:5:11: environments[0].sync must be text, not a list", "f:6:12: environments[0].gates must be a mapping of keys to values, not the number 3", "f:7:16: environments[0].namespace must be text, not the number 5"}},
		"null":               {environment("context:"), []string{"f:4:13: environments[0].context must be text, not empty"}},
		"duplicate key":      {environment("path: b"), []string{`f:4:5: the key "path" is already given in line 3`}},
		"duplicate name":     {"environments:\n- {name: a, path: x}\n- {name: a, path: y}\n", []string{`f:3:10: the environment "a" is already defined in line 2`}},
		"bad name":           {"environments: [{name: Prod, path: x}]", []string{`f:1:23: environments[0].name is "Prod", but may hold only`}},
		"long name":          {"environments: [{name: " + strings.Repeat("a", 64) + ", path: x}]", []string{"f:1:23: environments[0].name has 64 characters"}},
		"dangling":           {environment("promotesFrom: stagin\n  - {name: staging, path: x}"), []string{`f:4:19: promotesFrom names the environment "stagin", which does not exist (did you mean "staging"?)`}},
		"circle of one":      {environment("promotesFrom: a"), []string{"f:4:19: promotesFrom goes round in a circle: a from a"}},
		"circle of three":    {"environments:\n- {name: a, path: x, promotesFrom: c}\n- {name: b, path: x, promotesFrom: a}\n- {name: c, path: x, promotesFrom: b}\n- {name: d, path: x, promotesFrom: a}\n", []string{"f:2:36: promotesFrom goes round in a circle: a from c from b from a"}},
		"absolute path":      {"environments: [{name: a, path: /etc}]", []string{`f:1:32: environments[0].path is "/etc", but must be relative`}},
		"path that leaves":   {"environments: [{name: a, path: a/../../b}]", []string{`f:1:32: environments[0].path is "a/../../b", which leaves the repository`}},
		"backslashes":        {`environments: [{name: a, path: 'a\b'}]`, []string{`f:1:32: environments[0].path is "a\\b"; write it with forward slashes`}},
		"bad duration":       {"repository: {interval: 30}\n" + environment("gates: {soak: soon}"), []string{"f:1:24: repository.interval must be text, not the number 30", `f:5:19: environments[0].gates.soak is "soon", which is not a duration`}},
		"negative duration":  {environment("gates: {soak: -1m}"), []string{"f:4:19: environments[0].gates.soak is -1m, but a duration cannot be negative"}},
		"too often":          {"repository: {interval: 1ms}\n" + environment(""), []string{"f:1:24: repository.interval is 1ms, but must be at least 1s"}},
		"unknown forge":      {"repository: {forge: gitee, forgeURL: 'https://ada:hunter2@git.acme.dev'}\n" + environment(""), []string{`f:1:21: repository.forge is "gitee", but must be github, gitlab or gitea (did you mean "gitea"?)`, "f:1:38: repository.forgeURL must be the address of a web page without a login, such as https://git.acme.dev"}},
		"asked too often":    {"registries: {interval: 0s}\n" + environment(""), []string{"f:1:24: registries.interval is 0s, but must be at least 1s"}},
		"insecure URL":       {"registries: {insecure: ['http://a.b', 'a/b', 5]}\n" + environment(""), []string{`f:1:25: registries.insecure[0] is "http://a.b", but must be a host`, `f:1:39: registries.insecure[1] is "a/b"`, "f:1:46: registries.insecure[2] must be text, not the number 5"}},
		"insecure all":       {"registries: {insecure: true}\n" + environment("pinDigests: always"), []string{"f:1:24: registries.insecure must be a list, not true", `f:5:17: environments[0].pinDigests must be true or false, not "always"`}},
		"prune limit":        {environment("pruneLimit: 30"), []string{"f:4:17: environments[0].pruneLimit is 30, but must be between 0 and 1"}},
		"prune limit text":   {environment("pruneLimit: some"), []string{`f:4:17: environments[0].pruneLimit must be a number between 0 and 1, such as 0.3, not "some"`}},
		"prune limit nan":    {environment("pruneLimit: .nan"), []string{"f:4:17: environments[0].pruneLimit must be a number between 0 and 1"}},
		"window zone":        {environment("gates: {windows: [Mon 08:00-16:00 Europe/Berln]}"), []string{`f:4:23: environments[0].gates.windows[0] is "Mon 08:00-16:00 Europe/Berln": "Europe/Berln" is not a time zone`}},
		"window local zone":  {environment("gates: {windows: [Mon 08:00-16:00 Local]}"), []string{`f:4:23: environments[0].gates.windows[0] is "Mon 08:00-16:00 Local": "Local" is not a time zone`}},
		"window day":         {environment("gates: {windows: [Mo-Fri 08:00-16:00 UTC]}"), []string{`f:4:23: environments[0].gates.windows[0] is "Mo-Fri 08:00-16:00 UTC": "Mo" is not a day`}},
		"window time":        {environment("gates: {windows: [Mon 8-16 UTC]}"), []string{`f:4:23: environments[0].gates.windows[0] is "Mon 8-16 UTC": "8-16" is not a span of time`}},
		"window of nothing":  {environment("gates: {windows: [Mon 08:00-08:00 UTC]}"), []string{`f:4:23: environments[0].gates.windows[0] is "Mon 08:00-08:00 UTC": it ends when it begins`}},
		"window parts":       {environment("gates: {windows: [always]}"), []string{`f:4:23: environments[0].gates.windows[0] is "always", but needs days, times and a time zone`}},
		"syntax":             {"environments:\n  - name: a\n   path: x\n", []string{"f:2:1: not valid YAML"}},
		"tab":                {"environments:\n\t- name: a\n", []string{"f:2:1: the line is indented with a tab"}},
		"not UTF-8":          {"environments: \n  - name: \xff\n", []string{"f:2:11: the file is not UTF-8"}},
		"two documents":      {environment("") + "---\na: b\n", []string{"f:5:1: the file has a second document"}},
		"alias bomb":         {bomb, []string{"f:"}},
		"merge of itself":    {"environments: [&a {name: a, path: x, <<: *a}]", []string{"f:1:16: the aliases of the file expand to more than 100000 values"}},
		"too large":          {strings.Repeat("# 34567\n", 200_000), []string{"f: the file has 1600000 bytes"}},
		"key is a list":      {"? [a]\n: b\n" + environment(""), []string{"f:1:3: a key of the file is a list; keys are text"}},
		"everything at once": {"environments:\n  - {name: A, path: /, sync: x}\nrepo: {}\n", []string{"f:2:12: ", "f:2:21: ", "f:2:30: ", `f:3:1: unknown key "repo"`}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := config.Parse("f", []byte(c.text))
			var problems config.Problems
			if !errors.As(err, &problems) {
				t.Fatalf("got %v, want problems", err)
			}
			if name != "alias bomb" && len(problems) != len(c.want) {
				t.Fatalf("got\n%v\nwant\n%s", err, strings.Join(c.want, "\n"))
			}
			for i, want := range c.want {
				if !strings.HasPrefix(problems[i].Error(), want) {
					t.Errorf("got  %s\nwant %s", problems[i], want)
				}
			}
		})
	}
}

func TestMayPrune(t *testing.T) {
	for _, c := range []struct {
		limit         float64
		pruned, total int
		want          bool
	}{
		{0.3, 0, 0, true}, {0.3, 1, 1, true}, {0.3, 2, 5, false}, {0.3, 3, 10, true}, {0.3, 4, 10, false},
		{0, 1, 100, false}, {0, 0, 100, true}, {1, 100, 100, true},
	} {
		e := config.Environment{PruneLimit: c.limit}
		if got := e.MayPrune(c.pruned, c.total); got != c.want {
			t.Errorf("limit %v, %d of %d: got %v", c.limit, c.pruned, c.total, got)
		}
	}
}

func TestSettings(t *testing.T) {
	got, err := config.ParseSettings("settings.yaml", []byte("contexts: {staging: kind-a}\ntheme: dusk\nmouse: false\nreadOnly: true\nkeys: {sync: s, quit: [q, ctrl+c]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := &config.Settings{
		Contexts: map[string]string{"staging": "kind-a"}, Theme: "dusk", ReadOnly: true,
		Keys: map[string][]string{"sync": {"s"}, "quit": {"q", "ctrl+c"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if got, err := config.ParseSettings("settings.yaml", nil); err != nil || !reflect.DeepEqual(got, &config.Settings{Mouse: true}) {
		t.Errorf("no file: got %+v, %v", got, err)
	}
	_, err = config.ParseSettings("s", []byte("themes: x\ncontexts: {a: 1, b: c}\nkeys: {x: {}}\n"))
	wanted := "s:1:1: unknown key \"themes\" (did you mean \"theme\"?)\n" +
		"s:2:15: contexts.a must be text, not the number 1\n" +
		"s:3:11: keys.x must be text, not a mapping"
	if err == nil || err.Error() != wanted {
		t.Errorf("got\n%v\nwant\n%s", err, wanted)
	}
}

func TestLogins(t *testing.T) {
	got, err := config.ParseSettings("settings.yaml", []byte(`author: Ada Byron <ada@acme.dev>
registries:
  registry.acme.dev:5000: {username: ada, password: "hunter2 "}
  ghcr.io/acme: {username: robot, passwordFile: ~/token}
forges:
  git.acme.dev:8443: {token: "hunter2 "}
  github.com: {tokenFile: ~/token}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]config.Login{
		"registry.acme.dev:5000": {Username: "ada", Password: "hunter2 "},
		"ghcr.io/acme":           {Username: "robot", PasswordFile: "~/token"},
	}
	if got.Author != "Ada Byron <ada@acme.dev>" || !reflect.DeepEqual(got.Registries, want) {
		t.Errorf("got %q, %v", got.Author, got.Registries)
	}
	want = map[string]config.Login{"git.acme.dev:8443": {Password: "hunter2 "}, "github.com": {PasswordFile: "~/token"}}
	if !reflect.DeepEqual(got.Forges, want) {
		t.Errorf("got %v", got.Forges)
	}
	if text := fmt.Sprintf("%v %+v %#v %v", got.Registries, got.Registries, got.Registries, got.Forges); strings.Contains(text, "hunter2") {
		t.Errorf("the password is printed: %s", text)
	}
}

func TestBadLoginsAreToldWithoutPasswords(t *testing.T) {
	for text, want := range map[string]string{
		"author: Ada":                `author is "Ada", but must be a name and an address`,
		"author: <ada@acme.dev>":     `author is "<ada@acme.dev>"`,
		"author: Byron, Ada <a@b.c>": `author is "Byron, Ada <a@b.c>"`,
		"author: Ada <ada>":          `author is "Ada <ada>"`,
		"author: \"A\\nB <a@b.c>\"":  `author is "A\nB <a@b.c>"`,
		"author: A <a@b.c> <d@e.f>":  `author is "A <a@b.c> <d@e.f>"`,
		"registries: [a.b]":          "registries must be a mapping of keys to values, not a list",
		"registries: {'https://a.b': {username: a, password: hunter2}}":        `registries names "https://a.b", but must name hosts`,
		"registries: {a.b: hunter2}":                                           "registries.a.b must be a mapping of username and password",
		"registries: {a.b: {username: a}}":                                     "registries.a.b has no password: give password or passwordFile",
		"registries: {a.b: {username: a, password: hunter2, passwordFile: b}}": "registries.a.b has both password and passwordFile",
		"registries: {a.b: {password: hunter2}}":                               "registries.a.b.username is missing",
		"registries: {a.b: {username: a, password: ''}}":                       "registries.a.b.password is empty",
		"registries: {a.b: {username: a, pasword: hunter2}}":                   `unknown key "registries.a.b.pasword" (did you mean "password"?)`,
		"registries: {a.b: {username: a, password: [hunter2]}}":                "registries.a.b.password must be text: put quotes around it",
		"registries: {a.b: {username: a, password: 2026-11-23}}":               "registries.a.b.password must be text: put quotes around it",
		"forges: {'https://a.b': {token: hunter2}}":                            `forges names "https://a.b", but must name hosts`,
		"forges: {a.b/c: {token: hunter2}}":                                    `forges names "a.b/c", but must name hosts`,
		"forges: {a.b: hunter2}":                                               "forges.a.b must be a mapping of token or tokenFile",
		"forges: {a.b: {}}":                                                    "forges.a.b has no token: give token or tokenFile",
		"forges: {a.b: {token: hunter2, tokenFile: b}}":                        "forges.a.b has both token and tokenFile",
		"forges: {a.b: {username: a, token: hunter2}}":                         `unknown key "forges.a.b.username"`,
		"registries: {a.b: {username: a, password: 70224471}}":                 "registries.a.b.password must be text: put quotes around it",
	} {
		_, err := config.ParseSettings("s", []byte(text))
		var problems config.Problems
		if !errors.As(err, &problems) || !strings.HasPrefix(problems[0].Message, want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
			continue
		}
		for _, secret := range []string{"hunter2", "70224471", "2026-11-23"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s: the password is printed: %v", text, err)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(example))
	f.Add([]byte("environments: [&a {name: a, path: x, <<: *a}]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := config.Parse("f", data)
		var problems config.Problems
		if err == nil && len(c.Environments) == 0 || err != nil && (!errors.As(err, &problems) || len(problems) == 0) {
			t.Errorf("got %+v, %v", c, err)
		}
	})
}
