package demo

import (
	"maps"
	"regexp"
	"strconv"
	"strings"
)

// What the files of the shop say, and a world says otherwise.
const (
	shopRegistry   = "127.0.0.1:5050"
	shopRepository = "ssh://git@git.acme.dev/config.git"
	configFile     = "evenkeel.yaml"
	branch         = "main"
)

// place is where a world is: what of the shop differs from world to world.
type place struct {
	Registry   string // host and port
	Repository string // URL
	Context    string // kubeconfig context; "" is the current one
}

var environmentName = regexp.MustCompile(`(?m)^  - name: .*\n`)

// settle gives the tree as it is in that place.
func (p place) settle(shop tree) tree {
	settled := maps.Clone(shop)
	for path, text := range settled {
		settled[path] = strings.ReplaceAll(text, shopRegistry, p.Registry)
	}
	if text, ok := settled[configFile]; ok {
		settled[configFile] = p.config(text)
	}
	return settled
}

func (p place) config(text string) string {
	text = strings.Replace(text, shopRepository, strconv.Quote(p.Repository), 1)
	if p.Context == "" {
		return text
	}
	return environmentName.ReplaceAllStringFunc(text, func(name string) string {
		return name + "    context: " + strconv.Quote(p.Context) + "\n"
	})
}
