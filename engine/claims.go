package engine

import (
	"fmt"
	"maps"

	"github.com/evenkeel/evenkeel/gitrepo"
)

// sourceOf names the repository and the path of an environment, for the record
// in the cluster.
func (e *Engine) sourceOf(env *environment) string {
	return gitrepo.Identity(e.repo.spec.URL) + "//" + env.spec.Path
}

// foreign says whose record it is that the environment would write to, when
// another repository or path keeps an environment of the same name in the same
// place; it is empty when the record is its own.
func (e *Engine) foreign(env *environment) string {
	if s := env.record.Source; s == "" || s == e.sourceOf(env) {
		return ""
	}
	return fmt.Sprintf("its record in the cluster, evenkeel-%s in %s, is kept for %s: give one of the two another name, or take it over with --take-over",
		env.spec.Name, env.parentNamespace(), env.record.Source)
}

// claim is an object in a cluster that an environment names.
type claim struct {
	server string
	id     ID
}

// reclaim finds the objects that more than one environment claims. The
// environment that evenkeel.yaml names first has them.
func (e *Engine) reclaim() {
	owner := map[claim]string{}
	for _, env := range e.envs {
		l := env.link.Load()
		if l == nil || env.desired == nil {
			continue
		}
		claimed := map[ID]string{}
		for id, w := range env.desired.objects {
			if w.ignore {
				continue
			}
			c := claim{l.cluster.Server(), id}
			if first, taken := owner[c]; taken {
				claimed[id] = first
			} else {
				owner[c] = env.spec.Name
			}
		}
		for id := range maps.Keys(claimed) {
			if env.claimed[id] != claimed[id] {
				env.stale[id] = struct{}{}
			}
		}
		for id := range maps.Keys(env.claimed) {
			if claimed[id] == "" {
				env.stale[id] = struct{}{}
			}
		}
		env.claimed = claimed
		e.changed(env)
		e.assess(env)
	}
	e.owners = owner
}
