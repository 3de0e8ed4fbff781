package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/engine/edit"
)

// promoting is what the engine knows of an environment that promotes by itself.
type promoting struct {
	undecided bool      // it or its source has changed since decidePromotion looked
	busy      bool      // it is being found out, or committed
	lookAt    time.Time // when what has changed is looked at: changes come in bursts
	basis     string    // what shown was made of
	again     time.Time // when it may have become something else all the same; zero is never
	retry     retry
	shown     *Pipeline
	told      []string // what the activity says of it
}

// pipeline is what the environment waits for; nil when it does not promote by
// itself.
func (env *environment) pipeline() *Pipeline {
	switch {
	case env.spec.Promote != config.ActAuto:
		return nil
	case env.promoting.shown == nil:
		return &Pipeline{Looking: true}
	}
	return env.promoting.shown
}

// decidePromotion promotes to an environment that does so by itself, once all
// gates are met. It is called with every decision. What there is to promote is
// compared without a request; only when that, or what a gate depends on, has
// become something else, the cluster is asked.
func (e *Engine) decidePromotion(env *environment, now time.Time) {
	p := &env.promoting
	if !p.undecided || env.spec.Promote != config.ActAuto {
		return
	}
	p.undecided = false
	source, err := e.find(env.spec.PromotesFrom)
	if err != nil || p.busy || env.running != nil || source.running != nil || !e.settled(env) || !e.settled(source) {
		return
	}
	if trouble := e.barredPromotion(env, source); trouble != "" {
		p.basis = ""
		e.showPipeline(env, &Pipeline{Trouble: trouble})
		return
	}
	if p.shown != nil && p.lookAt.IsZero() {
		p.lookAt = now.Add(settleUpdates)
	}
	if now.Before(p.lookAt) {
		env.wake(p.lookAt)
		return
	}
	p.lookAt = time.Time{}
	basis := e.promotable(env, source)
	if basis == "" {
		p.basis, p.again, p.retry = "", time.Time{}, retry{}
		e.showPipeline(env, &Pipeline{})
		return
	}
	if basis == p.basis && (p.again.IsZero() || now.Before(p.again)) {
		env.wake(p.again)
		return
	}
	if basis == p.basis && !p.retry.due(now) {
		env.wake(p.retry.at)
		return
	}
	p.basis, p.again, p.busy = basis, time.Time{}, true
	e.start(func() {
		r, err := e.promoteByItself(e.ctx, env)
		e.post(func() {
			p.busy = false
			e.promoted(env, r, err)
			e.changed(env)
		})
	})
}

// barredPromotion says why nothing is promoted to an environment by itself as
// things are, or "".
func (e *Engine) barredPromotion(env, source *environment) string {
	if reason := e.barred(env); reason != "" {
		return reason
	}
	if reason := e.barred(source); reason != "" {
		return source.spec.Name + ": " + reason
	}
	return ""
}

// promotable says what could be promoted and what it depends on whether it is:
// as long as that is the same, so is the answer. It is empty when there is
// nothing.
func (e *Engine) promotable(env, source *environment) string {
	s := sourceOf(source)
	var b strings.Builder
	for _, u := range env.desired.uses {
		if c, there := s.candidate(env.desired, u); there {
			fmt.Fprintln(&b, u.text(), c.order.from, c.order.to, c.reason)
		}
	}
	if b.Len() == 0 {
		return ""
	}
	// A commit may bring a hold, or be somebody's consent.
	fmt.Fprintln(&b, env.desired.revision, source.desired.revision)
	if env.spec.Gates.Healthy {
		fmt.Fprintln(&b, healthyGate(&s).Reason)
	}
	if v := s.verification; v != nil {
		fmt.Fprintln(&b, v.State, v.Revision, v.Message)
	}
	if env.proposes() {
		fmt.Fprintln(&b, e.proposals.looked)
		for _, r := range env.proposals {
			fmt.Fprintln(&b, r.Branch, r.State)
		}
	}
	return b.String()
}

// promotion is how one round of promoting by itself ended.
type promotion struct {
	pipeline *Pipeline
	outcome  *Outcome // nil when nothing was committed
}

// promoteByItself finds out what can be promoted and which gates keep it, and
// promotes it when none does and the engine may. What the server would say is
// asked last: so nothing is asked of it while something else is waited for.
func (e *Engine) promoteByItself(ctx context.Context, env *environment) (promotion, error) {
	r := Request{Action: ActionPromote, Environment: env.spec.Name, By: automationName, automatic: true}
	p := &Plan{Request: r, fabric: &fabric{env: env, link: env.link.Load()}}
	_, err := e.survey(ctx, p)
	done := promotion{pipeline: &Pipeline{Updates: p.Updates, Left: p.Left, Gates: p.Gates}}
	if errors.Is(err, ErrNothing) {
		return promotion{pipeline: &Pipeline{}}, nil
	}
	if err != nil || len(p.Updates) == 0 || len(unmetGates(p.Gates)) > 0 || !e.opts.Automation {
		return done, err
	}
	waits := false
	if err := e.ask(ctx, func() { waits = e.hasProposed(env, p.gives()) }); err != nil || waits {
		return done, err
	}
	if p, err = e.Plan(ctx, r); err != nil {
		return done, err
	}
	done.pipeline = &Pipeline{Updates: p.Updates, Left: p.Left, Gates: p.Gates}
	if p.Commit == nil || len(unmetGates(p.Gates)) > 0 {
		return done, nil
	}
	outcome, err := e.Execute(ctx, p, nil)
	if err == nil && outcome.Err != "" {
		err = errors.New(outcome.Err)
	}
	if err == nil {
		done.outcome = &outcome
	}
	if err == nil && outcome.PullRequest != nil {
		e.replaces(ctx, env, outcome.PullRequest)
	}
	return done, err
}

// hasProposed tells whether all of a promotion waits in a pull request, or none
// can be opened for it yet.
func (e *Engine) hasProposed(env *environment, gives []madeKey) bool {
	switch {
	case !env.proposes():
		return false
	case !e.proposals.looked, e.proposals.forge == nil && env.asksAlready(ActionPromote):
		return true // without a forge nothing can take the place of a branch
	}
	return !slices.ContainsFunc(gives, func(key madeKey) bool {
		own, _ := asked(env.proposals, key, ActionPromote)
		return own == nil
	})
}

func unmetGates(gates []Gate) []Gate {
	return slices.DeleteFunc(slices.Clone(gates), func(g Gate) bool { return g.Met })
}

// promoted takes in how a round ended, and when to look again.
func (e *Engine) promoted(env *environment, done promotion, err error) {
	p, now := &env.promoting, time.Now()
	line := done.pipeline
	switch {
	case err == nil:
		p.retry = retry{}
		p.again = lookAgain(line.Gates, now)
	case errors.Is(err, errDeclined):
		line.Trouble = err.Error()
	case errors.Is(err, ErrStale), errors.Is(err, ErrNothing), errors.Is(err, ErrNotReady), errors.Is(err, ErrGate):
		// It came too late. What is left to do shows once Git has been fetched.
		e.repo.poke()
		p.retry.later(now)
		p.again = p.retry.at
	case errors.Is(err, context.Canceled), errors.Is(err, errEnded):
		return
	default:
		line.Trouble = err.Error()
		if p.retry.later(now); !errors.Is(err, edit.ErrRefused) {
			p.again = p.retry.at
		}
	}
	if o := done.outcome; o != nil && o.PullRequest == nil {
		line = &Pipeline{Left: line.Left}
	}
	env.wake(p.again)
	e.showPipeline(env, line)
}

// lookAgain is when gates that are not met may be, although nothing happens that
// would be noticed; zero is never.
func lookAgain(gates []Gate, now time.Time) (at time.Time) {
	for _, g := range unmetGates(gates) {
		met := g.MetAt
		if met.IsZero() && (g.Name == GateAccepted || g.Name == GateSoaked) {
			met = now.Add(longest) // it depends on what is not watched
		}
		if !met.IsZero() && (at.IsZero() || met.Before(at)) {
			at = met
		}
	}
	return at
}

// showPipeline makes what readers see, and tells what is news.
func (e *Engine) showPipeline(env *environment, line *Pipeline) {
	p := &env.promoting
	before := p.shown
	p.shown = line
	if before == nil || before.Trouble != line.Trouble || len(before.Updates)+len(before.Left)+len(line.Updates)+len(line.Left) > 0 {
		env.unshown, e.dirty = true, true
	}
	if !e.opts.Automation {
		return
	}
	var told []string
	tell := func(trouble bool, key, text string) {
		if told = append(told, key); !slices.Contains(p.told, key) {
			e.note(env.spec.Name, trouble, "%s", text)
		}
	}
	from := env.spec.PromotesFrom
	if unmet := unmetGates(line.Gates); len(line.Updates) > 0 && len(unmet) > 0 {
		var names, reasons []string
		for _, g := range unmet {
			names, reasons = append(names, g.Name), append(reasons, g.Name+because(g.Reason))
		}
		text := fmt.Sprintf("will promote %s from %s, and waits for ", updatesText(line.Updates), from)
		tell(false, text+join(names), text+strings.Join(reasons, "; "))
	}
	for _, u := range line.Left {
		if why, _, _ := strings.Cut(u.Reason, ":"); !strings.HasPrefix(why, "it is "+string(Progressing)) {
			text := fmt.Sprintf("does not promote %s from %s: ", updatesText([]ImageUpdate{u}), from)
			tell(false, text+why, text+u.Reason)
		}
	}
	if line.Trouble != "" && before != nil {
		text := fmt.Sprintf("cannot promote from %s: %s", from, line.Trouble)
		tell(env.record.Suspended == nil, text, text)
	}
	p.told = told
}

// updatesText names images and their tags for a sentence, each once.
func updatesText(updates []ImageUpdate) string {
	var named []string
	for _, u := range updates {
		if text := fmt.Sprintf("%s %s → %s", lastPart(u.Repository), u.From, u.To); !slices.Contains(named, text) {
			named = append(named, text)
		}
	}
	return join(named)
}

// leaveTogether leaves an image out for all that run it when it is left out for
// one of them: it may be written in one place, and a job that has not run yet says
// nothing of it.
func (p *Plan) leaveTogether() {
	left := p.Left
	for i := 0; i < len(p.Updates); {
		u := p.Updates[i]
		j := slices.IndexFunc(left, func(l ImageUpdate) bool { return l.Repository == u.Repository && l.To == u.To })
		if j < 0 {
			i++
			continue
		}
		u.Reason = fmt.Sprintf("%s has the same image: %s", left[j].Object.Name, left[j].Reason)
		p.Left = append(p.Left, u)
		p.Updates = slices.Delete(p.Updates, i, i+1)
		p.fabric.orders = slices.Delete(p.fabric.orders, i, i+1)
	}
}

// holdOn is what holds the counterpart of an image in the source, or nil.
func (s *sourceState) holdOn(u *use) *Hold {
	for _, theirs := range s.desired.uses {
		if theirs.repository() == u.repository() && theirs.object.Name == u.object.Name {
			if h := s.desired.holdOn(theirs); h != nil {
				return h
			}
		}
	}
	return nil
}
