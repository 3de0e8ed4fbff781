package engine

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel/engine/config"
)

// The names of the gates of a promotion, besides those of an approval.
const (
	// GateSourceHealthy is met when the source environment is Healthy, and what
	// is promoted from it too.
	GateSourceHealthy = "source healthy"
	// GateSoaked is met when what is promoted has run in the source for as long
	// as evenkeel.yaml asks.
	GateSoaked = "soaked"
	// GateWindow is met while the environment may be changed: in one of its windows,
	// and in no freeze.
	GateWindow = "window open"
	// GateApproved is met when as many people have agreed as evenkeel.yaml asks
	// for, the one who makes the change among them.
	GateApproved = "approved"
	// GateAccepted is met when the server would take what the commit brings.
	GateAccepted = "server accepts"
	// GatePullRequest is told when it is not met: the commit would be pushed, and
	// would change an environment besides whose changes wait in pull requests.
	GatePullRequest = "pull request"
)

// overridable are the gates that a person may pass over with a reason. The
// others say that it cannot be done, or that somebody else has to agree.
var overridable = []string{GateSourceHealthy, GateSoaked, GateVerified, GateWindow}

// promotionGates are the conditions that a promotion has to meet.
func (e *Engine) promotionGates(f *fabric, source *sourceState, updates []ImageUpdate) []Gate {
	var gates []Gate
	now := time.Now()
	spec := f.env.spec
	if spec.Gates.Healthy {
		gates = append(gates, healthyGate(source))
	}
	if spec.Gates.Soak > 0 {
		gates = append(gates, soakGate(source.name, spec.Gates.Soak, updates, now))
	}
	if source.verification != nil {
		gates = append(gates, verifiedGate(source.name, source.verification, now))
	}
	gates = append(gates, windowGates(spec, now)...)
	for _, o := range f.orders {
		u := f.desired.find(o.useKey)
		if h := f.desired.holdOn(u); h != nil {
			gates = append(gates, Gate{Name: GateNoHold, Reason: fmt.Sprintf("%s of %s is held%s; release it first", u.container, u.object, h.text())})
		}
		if h := source.holdOn(u); h != nil {
			gates = append(gates, Gate{Name: GateNoHold, Reason: fmt.Sprintf("%s is held in %s%s; release it there first", u.object.Name, source.name, h.text())})
		}
	}
	return gates
}

func healthyGate(source *sourceState) Gate {
	g := Gate{Name: GateSourceHealthy, Met: source.health == Healthy && !source.syncing}
	switch {
	case source.syncing:
		g.Reason = source.name + " is being synced"
	case !g.Met:
		g.Reason = fmt.Sprintf("%s is %s", source.name, source.health)
		for _, o := range source.objects {
			if o.Health != Healthy {
				g.Reason += fmt.Sprintf(": %s is %s%s", o.ID, o.Health, because(o.Message))
				break
			}
		}
	}
	return g
}

func soakGate(source string, soak time.Duration, updates []ImageUpdate, now time.Time) Gate {
	g := Gate{Name: GateSoaked, Met: true}
	for _, u := range updates {
		if u.Ran == nil && u.Object.GroupKind().Group == "batch" {
			continue // jobs come and go: between two runs there is nothing to look at
		}
		if u.Ran == nil {
			return Gate{Name: GateSoaked, Reason: fmt.Sprintf("how long %s has run in %s is not known", u.Object.Name, source)}
		}
		if ready := u.Ran.Since.Add(soak); ready.After(now) && ready.After(g.MetAt) {
			g.Met, g.MetAt = false, ready
			g.Reason = fmt.Sprintf("%s has run in %s for %s of %s", u.Object.Name, source, now.Sub(u.Ran.Since).Round(time.Second), soak)
		}
	}
	return g
}

// windowGates is the gate of the windows and freezes, if the environment has any.
func windowGates(spec config.Environment, now time.Time) []Gate {
	if len(spec.Gates.Windows)+len(spec.Gates.Freezes) == 0 {
		return nil
	}
	calendar, err := spec.Gates.Calendar()
	if err != nil {
		return []Gate{{Name: GateWindow, Reason: err.Error()}}
	}
	g := Gate{Name: GateWindow}
	if until, open := calendar.Open(now); open {
		if g.Met = true; !until.IsZero() {
			g.Reason = "till " + until.Local().Format("Mon 2 Jan 15:04")
		}
		return []Gate{g}
	}
	g.MetAt = calendar.Next(now)
	g.Reason = "closed"
	if !g.MetAt.IsZero() {
		g.Reason += " until " + g.MetAt.Local().Format("Mon 2 Jan 15:04")
	}
	if f, frozen := calendar.Frozen(now); frozen {
		g.Reason = fmt.Sprintf("frozen (%s); %s", f, g.Reason)
	} else {
		g.Reason += " (" + strings.Join(spec.Gates.Windows, "; ") + ")"
	}
	return []Gate{g}
}

// The names of the gates of a sync.
const (
	// GateNotSuspended is met by an environment that nobody has suspended.
	GateNotSuspended = "not suspended"
	// GateOwnRecord is met when the record in the cluster is kept for this
	// repository and path, or the request approves to take it over.
	GateOwnRecord = "own record"
)

// gates are the conditions that a sync has to meet; those that hold as a matter
// of course are not told.
func (e *Engine) gates(env *environment, takeOver bool) []Gate {
	var gates []Gate
	if s := env.record.Suspended; s != nil {
		gates = append(gates, Gate{Name: GateNotSuspended, Reason: fmt.Sprintf("suspended by %s%s; resume it first", s.By, because(s.Reason))})
	}
	if reason := e.foreign(env); reason != "" {
		gates = append(gates, Gate{Name: GateOwnRecord, Met: takeOver, Reason: reason})
	}
	return gates
}

// contestants lists the objects that cannot be applied because somebody else
// has them.
func (env *environment) contestants() []Change {
	var contested []Change
	for id, o := range env.objects {
		if o.want == nil || o.want.ignore || o.shown == nil || env.contested(o) == "" {
			continue
		}
		c := Change{Environment: env.spec.Name, ID: id, Operation: Update, File: o.want.file, Line: o.want.line, Reason: o.shown.Message}
		if o.live == nil {
			c.Operation = Create
		}
		contested = append(contested, c)
	}
	slices.SortFunc(contested, func(a, b Change) int { return a.ID.Compare(b.ID) })
	return contested
}
