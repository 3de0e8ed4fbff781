package engine

import (
	"context"
	"time"

	"github.com/evenkeel/evenkeel/kube"
)

// faring is since when what a cluster took last has been as well as it is.
type faring struct {
	took   time.Time // when the cluster took it
	health Health
	since  time.Time
}

func (f *faring) note(took time.Time, health Health, now time.Time) {
	if !f.took.Equal(took) || f.health != health {
		*f = faring{took: took, health: health, since: now}
	}
}

// recordHealth keeps in the cluster how what it took last fares: whoever looks
// for a revision to go back to wants to know which of them were well. It is
// written when it becomes another, Healthy or Degraded, and once it has proved
// itself.
func (e *Engine) recordHealth(env *environment, now time.Time) {
	if !e.opts.Automation || env.running != nil || !e.readable(env) || !e.settled(env) || len(env.record.Syncs) == 0 {
		return
	}
	last := env.record.Syncs[0]
	if last.Result != kube.Succeeded || !last.Whole {
		return
	}
	if e.auto(env) && last.At() != string(env.desired.revision) {
		return // it is about to be replaced
	}
	health := env.fares()
	env.faring.note(last.Ended, health, now)
	proven := last.Proven
	if health == Healthy && !proven {
		at := env.faring.since.Add(e.waits.proof)
		if proven = !now.Before(at); !proven {
			env.wake(at)
		}
	}
	if env.judgingHealth || health != Healthy && health != Degraded || health == last.Health && proven == last.Proven {
		return
	}
	l := env.link.Load()
	env.judgingHealth = true
	e.start(func() {
		ctx, cancel := context.WithTimeout(e.ctx, 10*time.Second)
		defer cancel()
		record, err := l.set.Judge(ctx, last.At(), health, proven)
		e.post(func() {
			env.judgingHealth = false
			if err == nil {
				e.recorded(env, record)
			}
		})
	})
}

// health is that of the environment as a whole.
func (env *environment) health() Health { return env.healthOf(func(*Object) bool { return true }) }

// fares is the health of what the cluster has of the environment: that something
// is missing which it has not taken yet, or which somebody took away, says
// nothing of what it took last.
func (env *environment) fares() Health {
	return env.healthOf(func(o *Object) bool { return o.Health != kube.Missing })
}

func (env *environment) healthOf(counts func(*Object) bool) Health {
	objects := make([]*Object, 0, len(env.objects))
	for _, o := range env.objects {
		if o.shown != nil && counts(o.shown) {
			objects = append(objects, o.shown)
		}
	}
	return healthOf(objects)
}
