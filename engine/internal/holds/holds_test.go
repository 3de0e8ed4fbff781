package holds_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine/internal/holds"
)

var (
	noon  = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	api   = holds.Hold{Image: "registry.acme.dev/shop/api", By: "Ada Byron <ada@acme.dev>", Reason: `1.5 "loses" orders: #12`, Since: noon}
	web   = holds.Hold{Image: "127.0.0.1:5050/shop/web", By: "bob", Since: noon.Add(time.Hour)}
	bare  = holds.Hold{Image: "docker.io/library/nginx"}
	all   = holds.Hold{Image: holds.Everything, By: "bob", Reason: "freeze", Since: noon}
	other = holds.Hold{Image: api.Image, By: "carl", Reason: "still", Since: noon.Add(time.Minute)}
)

const (
	header  = "# What evenkeel leaves alone in staging until it is released.\nholds:\n"
	apiItem = "  - image: registry.acme.dev/shop/api\n    by: \"Ada Byron <ada@acme.dev>\"\n    reason: \"1.5 \\\"loses\\\" orders: #12\"\n    since: 2026-11-23T12:00:00Z\n"
	newItem = "  - image: registry.acme.dev/shop/api\n    by: \"carl\"\n    reason: \"still\"\n    since: 2026-11-23T12:01:00Z\n"
	webItem = "  - image: 127.0.0.1:5050/shop/web\n    by: \"bob\"\n    since: 2026-11-23T13:00:00Z\n"
	allItem = "  - image: \"*\"\n    by: \"bob\"\n    reason: \"freeze\"\n    since: 2026-11-23T12:00:00Z\n"
)

func TestFile(t *testing.T) {
	if got := holds.File("staging"); got != ".evenkeel/holds/staging.yaml" {
		t.Errorf("got %s", got)
	}
}

func TestParse(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []holds.Hold
	}{
		"empty":          {"", nil},
		"comment":        {"# none\n", nil},
		"nothing listed": {"holds:\n", nil},
		"empty list":     {"holds: []\n", nil},
		"written":        {header + apiItem + webItem + allItem, []holds.Hold{api, web, all}},
		"by hand": {"holds:\n- image: 'docker.io/library/nginx'\n- {since: \"2026-11-23T13:00:00+01:00\", by: bob, reason: freeze, image: '*'}\n",
			[]holds.Hold{bare, all}},
		"JSON":        {`{"holds": [{"image": "docker.io/library/nginx"}]}`, []holds.Hold{bare}},
		"BOM":         {"\ufeff" + header + webItem, []holds.Hold{web}},
		"aliases":     {"holds:\n- &a {image: 127.0.0.1:5050/shop/web, by: &b bob, since: 2026-11-23T13:00:00Z}\n- {image: '*', reason: freeze, by: *b, since: 2026-11-23T12:00:00Z}\n", []holds.Hold{web, all}},
		"empty after": {header + webItem + "---\n# nothing\n", []holds.Hold{web}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := holds.Parse("f", []byte(c.text))
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("got  %+v, %v\nwant %+v", got, err, c.want)
			}
		})
	}
}

func TestWhatDoesNotParseIsNeitherReadNorEdited(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"text":            {"hello", "f:1:1: the file must be a mapping"},
		"other key":       {"images: []", `f:1:1: unknown key "images"; the file has holds only`},
		"no list":         {"holds: all", "f:1:8: holds must be a list"},
		"twice":           {"holds: []\nholds: []", `f:2:1: the key "holds" is already given in line 1`},
		"item":            {"holds:\n- nginx", "f:2:3: a hold must be a mapping"},
		"item is itself":  {"holds: &a\n- *a", "f:1:8: a hold must be a mapping"},
		"no image":        {"holds:\n- by: bob", `f:2:3: the hold has no image; that of the whole environment is "*"`},
		"unknown key":     {"holds:\n- image: '*'\n  tag: 1.4", `f:3:3: unknown key "tag"; a hold has image, by, reason and since`},
		"merge":           {"holds:\n- &a {image: '*'}\n- <<: *a", `f:3:3: unknown key "<<"`},
		"key twice":       {"holds:\n- image: '*'\n  by: a\n  by: b", `f:4:3: the key "by" is already given in line 3`},
		"key of a list":   {"holds:\n- [a]: b", "f:2:3: a key of a hold is no text"},
		"held twice":      {header + webItem + webItem, "f:6:12: 127.0.0.1:5050/shop/web is held already in line 3"},
		"image and tag":   {"holds:\n- image: docker.io/library/nginx:1.4", `f:2:10: image is "docker.io/library/nginx:1.4": write the repository in full, without tag and digest`},
		"image, digest":   {"holds:\n- image: a.b/c@sha256:00", `f:2:10: image is "a.b/c@sha256:00"`},
		"short image":     {"holds:\n- image: nginx", `f:2:10: image is "nginx"`},
		"no registry":     {"holds:\n- image: shop/web", `f:2:10: image is "shop/web"`},
		"empty image":     {"holds:\n- image: ''", `f:2:10: image is ""`},
		"number":          {"holds:\n- image: '*'\n  by: 7", "f:3:7: by must be text"},
		"nothing":         {"holds:\n- image: '*'\n  reason:", "f:3:10: reason must be text"},
		"date":            {"holds:\n- image: '*'\n  since: 2026-11-23", `f:3:10: since must be a time such as 2026-11-23T22:40:00Z, not "2026-11-23"`},
		"list of times":   {"holds:\n- image: '*'\n  since: [a]", "f:3:10: since must be a time"},
		"syntax":          {"holds:\n- image: 'x\n", "f:2:1: not valid YAML"},
		"tab":             {"holds:\n\t- image: x\n", "f:2:1: the line is indented with a tab"},
		"unknown alias":   {"holds: *all", "f:1:1: an alias (*) has no anchor"},
		"not UTF-8":       {"holds: # \xff", "f:1:10: the file is not UTF-8"},
		"second document": {header + webItem + "---\nholds: []\n", "f:7:1: the file has a second document"},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := holds.Parse("f", []byte(c.text)); err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("read: got %v, %v\nwant %s", got, err, c.want)
			}
			if out, err := holds.Add("f", []byte(c.text), "staging", bare); err == nil || out != nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("add: got %q, %v\nwant %s", out, err, c.want)
			}
			if out, err := holds.Remove("f", []byte(c.text), bare.Image); err == nil || out != nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("remove: got %q, %v\nwant %s", out, err, c.want)
			}
		})
	}
}

func TestAdd(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		more []holds.Hold
		want string
	}{
		"first":             {"", []holds.Hold{api, web, all}, header + apiItem + webItem + allItem},
		"blank file":        {" \n\n", []holds.Hold{web}, header + webItem},
		"no holds":          {"", nil, ""},
		"behind comments":   {"# Ask ops first.", []holds.Hold{web}, "# Ask ops first.\nholds:\n" + webItem},
		"nothing listed":    {"# a\nholds:\n# b\n", []holds.Hold{web}, "# a\nholds:\n" + webItem + "# b\n"},
		"empty list":        {"holds: [ ] # none yet\n", []holds.Hold{web}, "holds: # none yet\n" + webItem},
		"behind others":     {header + apiItem, []holds.Hold{web}, header + apiItem + webItem},
		"as the list is":    {"holds:\n- image: docker.io/library/nginx\n", []holds.Hold{{Image: "a.b/c", By: "d"}}, "holds:\n- image: docker.io/library/nginx\n- image: a.b/c\n  by: \"d\"\n"},
		"no newline at end": {strings.TrimSuffix(header+apiItem, "\n"), []holds.Hold{web}, header + apiItem + webItem},
		"CRLF":              {strings.ReplaceAll(header+apiItem, "\n", "\r\n"), []holds.Hold{web}, strings.ReplaceAll(header+apiItem+webItem, "\n", "\r\n")},
		"held already":      {header + apiItem + webItem, []holds.Hold{other}, header + newItem + webItem},
		"the same":          {header + apiItem + webItem, []holds.Hold{api}, header + apiItem + webItem},
		"twice":             {header, []holds.Hold{api, other}, header + newItem},
		"to the second":     {header, []holds.Hold{{Image: web.Image, By: web.By, Since: web.Since.Add(time.Second / 2).In(time.FixedZone("", 3600))}}, header + webItem},
		"unknown who":       {header + apiItem, []holds.Hold{{Image: api.Image}}, header + "  - image: registry.acme.dev/shop/api\n"},
		"not UTF-8":         {header, []holds.Hold{{Image: "a.b/c", By: "J\xfcrgen"}}, header + "  - image: a.b/c\n    by: \"J\ufffdrgen\"\n"},
		"comments stay": {
			"# Top.\nholds: # all\n\n  # The API.\n" + apiItem + "\n  # The web.\n" + webItem + "\n  # End.\n",
			[]holds.Hold{other, all},
			"# Top.\nholds: # all\n\n  # The API.\n" + newItem + "\n  # The web.\n" + webItem + allItem + "\n  # End.\n",
		},
		"comments within": {
			"holds:\n  - reason: | # because\n      Two\n      lines.\n    # who\n    by: x # he\n    image: registry.acme.dev/shop/api # the API\n    # over\n" + webItem,
			[]holds.Hold{other},
			"holds:\n  - reason: \"still\" # because\n    # who\n    by: \"carl\" # he\n    image: registry.acme.dev/shop/api # the API\n    # over\n    since: 2026-11-23T12:01:00Z\n" + webItem,
		},
		"braces":    {"holds:\n  - {image: registry.acme.dev/shop/api, by: x}\n" + webItem, []holds.Hold{other}, "holds:\n" + newItem + webItem},
		"lone dash": {"holds:\n  -\n    image: registry.acme.dev/shop/api\n" + webItem, []holds.Hold{other}, "holds:\n" + newItem + webItem},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := holds.Add("f", []byte(c.text), "staging", c.more...)
			if err != nil || string(got) != c.want {
				t.Errorf("got\n%s%v\nwant\n%s", got, err, c.want)
			}
		})
	}
}

func TestRemove(t *testing.T) {
	for name, c := range map[string]struct {
		text   string
		images []string
		want   string
	}{
		"first":    {header + apiItem + webItem + allItem, []string{api.Image}, header + webItem + allItem},
		"middle":   {header + apiItem + webItem + allItem, []string{web.Image}, header + apiItem + allItem},
		"last":     {header + apiItem + webItem + allItem, []string{"*"}, header + apiItem + webItem},
		"two":      {header + apiItem + webItem + allItem, []string{"*", api.Image}, header + webItem},
		"not held": {header + apiItem, []string{web.Image}, header + apiItem},
		"none":     {header + apiItem, nil, header + apiItem},
		"every":    {header + apiItem + webItem, []string{web.Image, api.Image}, ""},
		"of none":  {"# none\n", []string{web.Image}, ""},
		"its comment goes": {
			"# Top.\nholds:\n  # The API.\n" + apiItem + "\n  # Other.\n\n  # The web.\n  # Really.\n" + webItem + "  # End.\n",
			[]string{web.Image},
			"# Top.\nholds:\n  # The API.\n" + apiItem + "\n  # Other.\n\n  # End.\n",
		},
		"several lines": {"holds:\n- image: '*'\n  reason: >\n    One.\n\n    Two.\n\n- image: a.b/c\n", []string{"*"}, "holds:\n\n- image: a.b/c\n"},
		"CRLF":          {strings.ReplaceAll(header+apiItem+webItem, "\n", "\r\n"), []string{api.Image}, strings.ReplaceAll(header+webItem, "\n", "\r\n")},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := holds.Remove("f", []byte(c.text), c.images...)
			if err != nil || string(got) != c.want {
				t.Errorf("got\n%s%v\nwant\n%s", got, err, c.want)
			}
		})
	}
}

func TestWhatIsNotEdited(t *testing.T) {
	brackets := "holds: [{image: '*'}, {image: a.b/c}]"
	anchored := "holds:\n- image: '*'\n  by: &me bob\n- image: a.b/c\n  by: *me\n"
	for name, c := range map[string]struct {
		text string
		more holds.Hold
		want string
	}{
		"brackets":       {brackets, api, "f:1:8: the holds are written in brackets"},
		"used elsewhere": {anchored, all, "f is written in a way that cannot be edited safely"},
		"odd nothing":    {"holds: !!null\n", all, "f:1:8: the list of holds is written in a way"},
		"no image":       {"", holds.Hold{Image: "nginx:1"}, `image is "nginx:1"`},
		"no such year":   {"", holds.Hold{Image: "*", Since: noon.AddDate(9000, 0, 0)}, "cannot be edited safely"},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := holds.Add("f", []byte(c.text), "staging", c.more); got != nil || err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
	for name, text := range map[string]string{"brackets": brackets, "used elsewhere": anchored} {
		if got, err := holds.Remove("f", []byte(text), "*"); got != nil || err == nil {
			t.Errorf("remove, %s: got %q, %v", name, got, err)
		}
	}
}
