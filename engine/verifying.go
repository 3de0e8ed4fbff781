package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/engine/render"
	"github.com/evenkeel/evenkeel/gitrepo"
	"github.com/evenkeel/evenkeel/kube"
)

// GateVerified is met when the Job that the source of a promotion names with
// verify has succeeded for what its cluster took last.
const GateVerified = "verified"

// verifying is what the engine knows of the verification of an environment,
// besides what the cluster tells.
type verifying struct {
	undecided bool // something happened that decideVerification has not seen
	busy      bool // a Job is being started, or its end recorded
	// owed is set in an engine without automation by whoever has synced and stays
	// to see how that goes.
	owed    bool
	retry   retry  // of starting Jobs
	trouble string // why the last one could not be started
	watched string // the UID of the Job whose end is to be told
}

// readVerification reads the Job that verifies the environment, unless its own
// kustomization has rendered it already.
func (d *desired) readVerification(ctx context.Context, tree fs.FS, spec config.Environment, scope func(schema.GroupKind) (bool, bool)) {
	if spec.Verify == "" {
		return
	}
	if len(d.jobs) == 0 {
		result, err := render.Render(ctx, tree, render.Options{Path: spec.Verify, Namespace: spec.Namespace, Scope: scope})
		if err != nil {
			d.verifyErr = problemsOf(err)[0]
			return
		}
		for i := range result.Objects {
			d.jobs = append(d.jobs, wantedOf(&result.Objects[i]))
		}
	}
	if len(d.jobs) == 0 {
		d.verifyErr = spec.Verify + ": it has no object, and must have one Job"
		return
	}
	for i, w := range d.jobs {
		switch at := fmt.Sprintf("%s:%d: ", w.file, w.line); {
		case w.gvk.GroupKind() != schema.GroupKind{Group: "batch", Kind: "Job"}:
			d.verifyErr = at + w.id.String() + " is no Job, and verify must name one"
		case i > 0:
			d.verifyErr = at + w.id.String() + " is one too many: verify must name one Job alone"
		default:
			continue
		}
		return
	}
}

// job is the Job that verifies the environment; nil when there is none, or no
// good one.
func (d *desired) job() *wanted {
	if d.verifyErr != "" || len(d.jobs) != 1 {
		return nil
	}
	return d.jobs[0]
}

// written tells Jobs apart that Git wrote in other words.
func (w *wanted) written() string { return strconv.FormatUint(w.hash, 16) }

// followVerification watches the Jobs that verify the environment. Where Git has
// no good one by now, they are where the last one was.
func (env *environment) followVerification(l *link) {
	if env.desired == nil || env.spec.Verify == "" {
		return
	}
	if w := env.desired.job(); w != nil {
		l.view.FollowJobs(w.id.Namespace)
	} else if s := env.record.Deployment(); s != nil && s.Verification != nil {
		l.view.FollowJobs(s.Verification.ID.Namespace)
	}
}

// verificationRead tells whether the cluster has said which Jobs there are, or
// that it does not.
func (env *environment) verificationRead() bool {
	return env.desired.job() == nil || env.live.JobsRead || env.live.JobsErr != nil
}

// verifier is the newest Job that has verified, or is verifying, what a sync
// brought: one that is there, or the one that is recorded.
func (env *environment) verifier(s *kube.Sync) *kube.Job {
	newest := s.Verification
	for i := range env.live.Jobs {
		if j := &env.live.Jobs[i]; j.Deployment == s.Revision && (newest == nil || !j.Created.Before(newest.Created)) {
			newest = j
			break // the newest comes first
		}
	}
	return newest
}

// verification is how the verification of what the cluster took last stands; nil
// when the environment names none.
func (env *environment) verification() *Verification {
	if env.spec.Verify == "" {
		return nil
	}
	if env.desired == nil || !env.hasRecord {
		return &Verification{State: VerificationUnknown, Message: "being read"}
	}
	s := env.record.Deployment()
	if s == nil {
		return &Verification{State: VerificationPending, Message: "nothing has been synced yet"}
	}
	if j := env.verifier(s); j != nil {
		return &Verification{
			Revision: j.Revision, Job: j.ID, State: VerificationState(j.State), Message: j.Message, Started: j.Started, Ended: j.Ended,
		}
	}
	v := &Verification{Revision: s.Revision, State: VerificationUnknown}
	switch {
	case env.live.JobsErr != nil:
		v.Message = "the Jobs cannot be read: " + env.live.JobsErr.Error()
	case env.desired.verifyErr != "":
		v.Message = env.desired.verifyErr
	case env.verifying.trouble != "":
		v.Message = env.verifying.trouble
	case !env.rolledOut():
		v.State, v.Message = VerificationPending, "it waits until the environment is Healthy"
	default:
		v.State, v.Message = VerificationPending, "it has not been run yet"
	}
	return v
}

// rolledOut tells whether what was synced is there, so that it can be verified:
// a Job that begins earlier would look at what was there before.
func (env *environment) rolledOut() bool {
	switch env.health() {
	case Healthy, Unknown:
		return true
	}
	return false
}

// verificationRun is a Job to be started.
type verificationRun struct {
	purpose kube.Purpose // but for the manifest
	desired *desired     // what the cluster stands at; nil: to be rendered
	old     []kube.Job
}

// verificationDue is the Job that is to be run for what the cluster took last.
// There is none when it has been run. A Job that Git writes in other words since
// is run again.
func (e *Engine) verificationDue(env *environment) *verificationRun {
	s, at := env.record.Deployment(), env.appliedRevision()
	if s == nil || env.desired == nil || env.live.JobsErr != nil {
		return nil
	}
	r := &verificationRun{purpose: kube.Purpose{Revision: s.Revision, Deployment: s.Revision}, old: env.live.Jobs}
	if at == string(env.desired.revision) {
		r.desired = env.desired
		if env.desired.job() == nil {
			return nil
		}
	}
	done := env.verifier(s)
	switch {
	case done == nil && r.desired == nil && e.auto(env):
		return nil // it is about to be replaced
	case done == nil:
		return r
	case !done.Over() || r.desired == nil || done.Revision == at || done.Manifest == r.desired.job().written():
		return nil
	}
	r.purpose.Revision = at
	return r
}

// decideVerification runs the Job that verifies an environment, where the engine
// has to, and keeps in the cluster how it ended. It is called with every
// decision, and costs nothing when nothing has happened.
func (e *Engine) decideVerification(env *environment, now time.Time) {
	v := &env.verifying
	if !v.undecided {
		return
	}
	v.undecided = false
	if env.spec.Verify == "" || v.busy || env.running != nil || !e.readable(env) || !e.settled(env) {
		return
	}
	e.tellVerification(env)
	if !e.opts.Automation && !v.owed || env.record.Suspended != nil || e.foreign(env) != "" {
		return
	}
	if !v.retry.due(now) {
		env.wake(v.retry.at)
		return
	}
	l := env.link.Load()
	if job := env.unrecorded(); job != nil {
		v.busy = true
		e.start(func() {
			ctx, cancel := context.WithTimeout(e.ctx, verificationPatience)
			defer cancel()
			record, err := l.set.Verified(ctx, *job)
			e.post(func() { v.busy = false; e.verificationRecorded(env, record, err) })
		})
		return
	}
	r := e.verificationDue(env)
	if r == nil || !env.rolledOut() {
		return
	}
	v.busy = true
	e.start(func() {
		err := e.runVerification(e.ctx, env, l, r)
		e.post(func() { v.busy = false; e.verificationStarted(env, err) })
	})
}

// unrecorded is the Job whose end is to be kept in the record. A failed one is
// not, unless the cluster deletes it by itself: when a person does, it is to be
// run again.
func (env *environment) unrecorded() *kube.Job {
	s := env.record.Deployment()
	if s == nil {
		return nil
	}
	j := env.verifier(s)
	if j == nil || !j.Over() || j.State == kube.JobFailed && !j.Expires || s.Verification != nil && s.Verification.UID == j.UID {
		return nil
	}
	return j
}

// verificationPatience bounds the requests of one verification.
const verificationPatience = 20 * time.Second

// keptJobs is how many Jobs that have ended stay, for their logs.
const keptJobs = 3

// maxJobName is how long the name of a Job may be, as its pods carry it in a label.
const maxJobName = 63

// runVerification starts a Job, and deletes those that are long over.
func (e *Engine) runVerification(ctx context.Context, env *environment, l *link, r *verificationRun) error {
	ctx, cancel := context.WithTimeout(ctx, verificationPatience)
	defer cancel()
	d := r.desired
	if d == nil {
		var err error
		if d, err = e.renderEnvironment(ctx, env, gitrepo.Hash(r.purpose.Revision)); err != nil {
			return err
		}
	}
	w := d.job()
	if w == nil {
		return errors.New(d.verifyErr)
	}
	o := w.manifest()
	suffix := "-" + gitrepo.Hash(r.purpose.Revision).Short()
	o.SetName(strings.TrimRight(o.GetName()[:min(len(o.GetName()), maxJobName-len(suffix))], "-.") + suffix)
	r.purpose.Manifest = w.written()
	l.view.FollowJobs(w.id.Namespace)
	if err := l.set.Start(ctx, o, r.purpose); err != nil {
		return err
	}
	over := 0
	for _, j := range r.old {
		if !j.Over() {
			continue
		}
		if over++; over > keptJobs {
			// One that cannot be deleted now is among the old ones the next time, too.
			_ = l.cluster.Delete(ctx, j.ID, j.UID)
		}
	}
	return nil
}

// verificationStarted takes in whether a Job could be started.
func (e *Engine) verificationStarted(env *environment, err error) {
	v := &env.verifying
	v.owed = v.owed && err != nil
	e.changed(env)
	if err == nil {
		// The Job may show a moment later.
		v.retry, v.trouble = retry{at: time.Now().Add(expectFor)}, ""
		return
	}
	v.retry.later(time.Now())
	env.wake(v.retry.at)
	if text := "the Job could not be started: " + err.Error(); text != v.trouble {
		v.trouble = text
		e.note(env.spec.Name, true, "it is not verified: %s", text)
	}
}

// verificationRecorded takes in that the end of a Job was kept.
func (e *Engine) verificationRecorded(env *environment, record kube.Record, err error) {
	if err != nil {
		env.verifying.retry.later(time.Now())
		env.wake(env.verifying.retry.at)
		return
	}
	e.recorded(env, record)
}

// tellVerification tells of the Job that verifies what the cluster took last:
// that it began, and how it ended when that was not known before.
func (e *Engine) tellVerification(env *environment) {
	s := env.record.Deployment()
	if s == nil {
		return
	}
	v, j := &env.verifying, env.verifier(s)
	switch {
	case j == nil:
	case !j.Over() && v.watched != j.UID:
		v.watched = j.UID
		e.note(env.spec.Name, false, "verifies %.7s with %s", j.Revision, j.ID)
	case j.Over() && v.watched == j.UID:
		v.watched = ""
		took := roughly(j.Ended.Sub(j.Created))
		if j.State == kube.JobSucceeded {
			e.note(env.spec.Name, false, "verified %.7s in %s", j.Revision, took)
		} else {
			e.note(env.spec.Name, true, "the verification of %.7s failed after %s%s", j.Revision, took, because(j.Message))
		}
	}
}

// verifyAfter runs the Job after a sync in an engine that does nothing by itself:
// it may end with the command that has synced. Whoever stays waits for the
// rollout first.
func (e *Engine) verifyAfter(ctx context.Context, x *execution, outcome *Outcome) {
	env := x.env
	if e.opts.Automation || env.spec.Verify == "" || !outcome.Succeeded() || !x.whole {
		return
	}
	var r *verificationRun
	err := e.ask(ctx, func() {
		if env.appliedRevision() != string(x.desired.revision) {
			return
		}
		if env.verifying.owed = x.stays; !x.stays {
			r = e.verificationDue(env)
		}
		e.changed(env)
	})
	if err != nil || r == nil {
		return
	}
	err = e.runVerification(ctx, env, x.link, r)
	if err != nil {
		outcome.Note = "it is not verified: " + err.Error()
	}
	_ = e.ask(ctx, func() { e.verificationStarted(env, err) })
}

// verifiedGate is met when the verification of what the source's cluster took
// last has succeeded.
func verifiedGate(source string, v *Verification, now time.Time) Gate {
	g := Gate{Name: GateVerified}
	switch v.State {
	case VerificationSucceeded:
		g.Met, g.Reason = true, fmt.Sprintf("the verify job of %s passed %s ago", source, roughly(now.Sub(v.Ended)))
	case VerificationFailed:
		g.Reason = fmt.Sprintf("the verify job of %s failed %s ago%s", source, roughly(now.Sub(v.Ended)), because(v.Message))
	case VerificationRunning:
		g.Reason = fmt.Sprintf("the verify job of %s runs for %s%s", source, roughly(now.Sub(v.Started)), because(v.Message))
	case VerificationPending:
		g.Reason = fmt.Sprintf("the verify job of %s has not begun%s", source, because(v.Message))
	default:
		g.Reason = fmt.Sprintf("how %s is verified is not known%s", source, because(v.Message))
	}
	return g
}

// roughly writes a duration as people say it.
func roughly(d time.Duration) string {
	hours, minutes := int(d.Hours()), int(d.Minutes())%60
	switch {
	case d < time.Minute:
		return max(0, d).Round(time.Second).String()
	case hours == 0:
		return fmt.Sprintf("%dm", minutes)
	case minutes == 0:
		return fmt.Sprintf("%dh", hours)
	}
	return fmt.Sprintf("%dh%dm", hours, minutes)
}
