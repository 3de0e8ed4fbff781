package engine

import (
	"context"
	"time"

	"github.com/evenkeel/evenkeel/kube"
)

// recordHealth keeps in the cluster how what it took last fares: whoever looks
// for a revision to go back to wants to know which of them were well. It is
// written when it becomes another, Healthy or Degraded.
func (e *Engine) recordHealth(env *environment) {
	if !e.opts.Automation || env.judgingHealth || env.running != nil || !e.readable(env) || !e.settled(env) || len(env.record.Syncs) == 0 {
		return
	}
	last := env.record.Syncs[0]
	health := env.health()
	if health != Healthy && health != Degraded || health == last.Health || last.Result != kube.Succeeded || !last.Whole {
		return
	}
	if last.At() != string(env.desired.revision) {
		return // it is about to be replaced
	}
	l := env.link.Load()
	env.judgingHealth = true
	e.start(func() {
		ctx, cancel := context.WithTimeout(e.ctx, 10*time.Second)
		defer cancel()
		record, err := l.set.Judge(ctx, last.At(), health)
		e.post(func() {
			env.judgingHealth = false
			if err == nil {
				e.recorded(env, record)
			}
		})
	})
}

// health is that of the environment as a whole.
func (env *environment) health() Health {
	objects := make([]*Object, 0, len(env.objects))
	for _, o := range env.objects {
		if o.shown != nil {
			objects = append(objects, o.shown)
		}
	}
	return healthOf(objects)
}
