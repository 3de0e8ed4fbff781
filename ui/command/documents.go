package command

import (
	"cmp"
	"time"

	"github.com/evenkeel/evenkeel/engine"
)

// statusDocument is a snapshot as a document.
func statusDocument(s *engine.Snapshot) statusJSON {
	return statusJSON{
		Repository: repositoryJSON{
			URL: s.Repository.URL, Branch: s.Repository.Branch, Head: s.Repository.Head,
			FetchedAt: known(s.Repository.FetchedAt), Error: s.Repository.Err,
		},
		Environments: each(s.Environments, environmentDocument),
	}
}

func environmentDocument(e *engine.Environment) environmentJSON {
	document := environmentJSON{
		Name: e.Name, Context: e.Context, Server: e.Server, Path: e.Path, Namespace: e.Namespace,
		Auto: e.Auto, Protected: e.Protected,
		Sync: e.State, Health: healthWord(e.Health), Message: e.Message,
		Revision: e.Revision, AppliedRevision: e.AppliedRevision, BrokenRevision: e.BrokenRevision,
		Problems: list(e.Problems),
		Current:  e.Current,
		AsOf:     known(e.AsOf),
		Counts: countsJSON{
			Synced:   e.Counts[engine.DriftSynced],
			Modified: e.Counts[engine.DriftModified],
			Missing:  e.Counts[engine.DriftMissing],
			Extra:    e.Counts[engine.DriftExtra],
		},
		Objects: each(e.Objects, objectDocument),
		Waiting: each(e.Waiting, changeDocument),
		Syncs:   each(e.Syncs, syncDocument),
		Changes: cmp.Or(e.Changes, engine.ChangePush), PullRequests: each(e.PullRequests, pullRequestDocument),
		RollsBack: e.RollsBack,
	}
	if f := e.Failure(); f != nil {
		document.Failure = &failureJSON{Revision: f.Revision, DeployedAt: known(f.Deployed), Back: f.Back}
	}
	if s := e.Suspension; s != nil {
		document.Suspension = &suspensionJSON{By: s.By, Reason: s.Reason, At: s.At.UTC()}
	}
	if v := e.Verification; v != nil {
		document.Verification = verificationDocument(v)
	}
	if e.Pipeline != nil {
		document.Pipeline = pipelineDocument(e)
	}
	return document
}

func pipelineDocument(e *engine.Environment) *pipelineJSON {
	p := e.Pipeline
	return &pipelineJSON{
		Source: e.PromotesFrom, Updates: each(p.Updates, updateDocument), Left: each(p.Left, updateDocument),
		Gates: each(p.Gates, gateDocument), Trouble: p.Trouble,
	}
}

func gateDocument(g engine.Gate) gateJSON {
	return gateJSON{Name: g.Name, Met: g.Met, Reason: g.Reason, MetAt: known(g.MetAt), Overridden: g.Overridden}
}

func verificationDocument(v *engine.Verification) *verificationJSON {
	document := verificationJSON{
		Revision: v.Revision, State: v.State, Message: v.Message, Started: known(v.Started), Ended: known(v.Ended),
	}
	if v.Job != (engine.ID{}) {
		job := identityJSON(v.Job)
		document.Job = &job
	}
	return &document
}

func objectDocument(o *engine.Object) objectJSON {
	document := objectJSON{
		identityJSON: identityJSON(o.ID), Version: o.Version, File: o.File, Line: o.Line,
		Health: healthWord(o.Health), Message: o.Message,
		Failed: o.Failed, Ignored: o.Ignored, Managed: o.Managed,
	}
	if o.Drift != "" && o.Drift != engine.DriftPending {
		document.Drift = &o.Drift
	}
	return document
}

func syncDocument(s engine.Sync) syncJSON {
	return syncJSON{
		Revision: s.Revision, Started: known(s.Started), Ended: known(s.Ended),
		Succeeded: s.Succeeded, Message: s.Message, By: s.By,
		Created: s.Created, Changed: s.Changed, Deleted: s.Deleted, Unchanged: s.Unchanged, Failed: s.Failed,
		Whole: s.Whole, Through: s.Through, Corrected: s.Corrected,
		Health: healthWord(s.Health), Proven: s.Proven,
	}
}

// diffDocument is the differences that a plan would put right.
func diffDocument(plan *engine.Plan) diffJSON {
	return diffJSON{
		Environment: plan.Environment,
		Revision:    plan.BaseRevision,
		Objects: each(differences(plan), func(c engine.Change) differenceJSON {
			return differenceJSON{
				identityJSON: identityJSON(c.ID), Drift: driftOf(c.Operation), File: c.File, Line: c.Line,
				Reason: c.Reason, Refused: c.Refused, Diff: c.Diff, Fields: each(c.Fields, fieldDocument),
			}
		}),
	}
}

func fieldDocument(f engine.FieldChange) fieldJSON {
	document := fieldJSON{Path: f.Path, Masked: f.Masked, ChangedAt: known(f.ChangedAt)}
	if !f.Masked {
		document.Desired, document.Live = f.Desired, f.Live
	}
	if f.Manager != "" {
		document.Manager = &f.Manager
	}
	if c := f.Commit; c != nil {
		document.Commit, document.Author, document.Subject = &c.Hash, &c.Author, &c.Subject
	}
	return document
}

// planDocument is a plan as a document. It has just been made, so it is not
// stale; executing it tells whether it has become so.
func planDocument(plan *engine.Plan) planJSON {
	return planJSON{
		Action: plan.Action, Environment: plan.Environment, BaseRevision: plan.BaseRevision,
		Protected: plan.Protected, Unchanged: plan.Unchanged,
		Commit: commitDocument(plan.Commit), Updates: each(plan.Updates, updateDocument),
		Left: each(plan.Left, updateDocument), Source: plan.Source, SourceRevision: plan.SourceRevision,
		Revision: plan.Revision, Mode: plan.Mode, Overlay: plan.Overlay, Sync: plan.Sync,
		Files: each(plan.Files, func(f engine.PromotableFile) promotableJSON {
			return promotableJSON{fileJSON: fileDocument(f.FileChange), Name: f.Name, From: f.From, Picked: f.Picked, Reason: f.Reason}
		}),
		OnlyInSource: each(plan.OnlyInSource, func(id engine.ID) identityJSON { return identityJSON(id) }),
		Shared: each(plan.Shared, func(f engine.SharedFile) sharedJSON {
			return sharedJSON{Path: f.Path, Environments: list(f.Environments)}
		}),
		Branch: plan.Branch, SignOff: plan.SignOff,
		SignOffs: each(plan.SignOffs, func(s engine.SignOff) signOffJSON {
			return signOffJSON{Name: s.Name, Email: s.Email, At: known(s.At), Commit: s.Commit}
		}),
		Hold: plan.Hold, Reason: plan.Reason,
		Changes:        each(plan.Changes, changeDocument),
		Waiting:        each(plan.Waiting, changeDocument),
		Contested:      each(plan.Contested, changeDocument),
		BrokenRevision: plan.BrokenRevision, Problems: list(plan.Problems),
		Gates: each(plan.Gates, gateDocument),
	}
}

func commitDocument(c *engine.PlannedCommit) *commitJSON {
	if c == nil {
		return nil
	}
	return &commitJSON{Message: c.Message, Author: c.Author, Files: each(c.Files, fileDocument)}
}

func fileDocument(f engine.FileChange) fileJSON {
	document := fileJSON{Path: f.Path, Operation: f.Operation, Hidden: f.Hidden}
	if f.Hidden == "" {
		document.Diff = fileDiff(f)
	}
	return document
}

func updateDocument(u engine.ImageUpdate) updateJSON {
	document := updateJSON{
		Group: u.Object.Group, Kind: u.Object.Kind, Namespace: u.Object.Namespace, Workload: u.Object.Name,
		Container: u.Container, Repository: u.Repository, From: u.From, To: u.To, Along: u.Along, Behind: u.Behind,
		Built: known(u.Built), Source: u.Source, Revision: u.Revision, Version: u.Version,
		Platforms: list(u.Platforms), Size: u.Size, Reason: u.Reason, Differs: list(u.Differs),
	}
	if r := u.Ran; r != nil {
		document.Ran = &ranJSON{
			Environment: r.Environment, Since: known(r.Since), Pods: r.Pods, Ready: r.Ready,
			Restarts: r.Restarts, Health: healthWord(r.Health),
		}
	}
	return document
}

func changeDocument(c engine.Change) changeJSON {
	return changeJSON{
		Environment: c.Environment, identityJSON: identityJSON(c.ID), Operation: c.Operation,
		File: c.File, Line: c.Line, Reason: c.Reason, Refused: c.Refused,
		Fields: each(c.Fields, fieldDocument),
	}
}

// outcomeDocument is how an executed plan ended, as a document.
func outcomeDocument(o *engine.Outcome) *outcomeJSON {
	document := &outcomeJSON{
		Action: o.Action, Environment: o.Environment, Revision: o.Revision, By: o.By,
		Commit: o.Commit, Note: o.Note,
		Started: known(o.Started), Ended: known(o.Ended), Error: o.Err,
		Steps: each(o.Steps, func(s engine.Step) stepJSON {
			return stepJSON{
				identityJSON: identityJSON(s.ID), Operation: s.Operation, Error: s.Err, Unchanged: s.Unchanged,
			}
		}),
	}
	if o.PullRequest != nil {
		r := pullRequestDocument(*o.PullRequest)
		document.PullRequest = &r
	}
	return document
}

// historyDocument is the commits of an environment as a document.
func historyDocument(environment string, commits []engine.HistoryCommit) historyJSON {
	return historyJSON{
		Environment: environment,
		Commits: each(commits, func(c engine.HistoryCommit) historyCommitJSON {
			return historyCommitJSON{
				Hash: c.Hash, Author: c.Author, Email: c.Email, Time: c.Time.UTC(), Subject: c.Subject,
				Action: c.Action, DeployedAt: known(c.DeployedAt), Environments: list(c.Environments),
			}
		}),
	}
}

// deploymentsDocument is what an environment can go back to, as a document.
func deploymentsDocument(environment string, deployments []engine.Deployment) deploymentsJSON {
	return deploymentsJSON{
		Environment: environment,
		Deployments: each(deployments, func(d engine.Deployment) deploymentJSON {
			return deploymentJSON{
				Revision: d.Revision, Commit: d.Hash, Author: d.Author, Email: d.Email, Time: known(d.Time), Subject: d.Subject,
				DeployedAt: known(d.Deployed), Until: known(d.Until), Health: healthWord(d.Health),
				Current: d.Current, LastHealthy: d.LastHealthy, Images: each(d.Images, updateDocument), Problem: d.Problem,
			}
		}),
	}
}

// imagesDocument is the images of a snapshot as a document.
func imagesDocument(s *engine.Snapshot) imagesJSON {
	return imagesJSON{
		Environments: each(s.Environments, func(e *engine.Environment) environmentImagesJSON {
			return environmentImagesJSON{
				Name: e.Name, Mode: e.ImageMode, Message: e.Message, Revision: e.Revision,
				HoldsError: e.HoldsErr, Holds: each(e.Holds, holdDocument), Images: each(e.Images, imageDocument),
			}
		}),
		Registries: each(s.Registries, func(r engine.Registry) registryJSON {
			return registryJSON{
				Host: r.Host, Error: r.Err, DownSince: known(r.DownSince), LimitedSince: known(r.LimitedSince),
				NextTry: known(r.NextTry), LastAnswer: known(r.LastAnswer),
			}
		}),
	}
}

func imageDocument(i *engine.Image) imageJSON {
	document := imageJSON{
		Group: i.Object.Group, Kind: i.Object.Kind, Namespace: i.Object.Namespace, Workload: i.Object.Name,
		Container: i.Container, Init: i.Init, Repository: i.Repository, Desired: i.Desired, Live: i.Live,
		Allowed: i.Allowed, Newest: i.Newest, NotNewest: i.NotNewest, Behind: i.Behind,
		DesiredBuilt: known(i.DesiredBuilt), AllowedBuilt: known(i.AllowedBuilt),
		Policy: i.Policy, PolicyFrom: i.PolicyFrom, Automated: i.Automated,
		State: i.State, Reason: i.Reason, Trouble: i.Trouble, Moved: i.Moved, Reverted: i.Reverted, AsOf: known(i.AsOf),
	}
	if i.Hold != nil {
		hold := holdDocument(*i.Hold)
		document.Hold = &hold
	}
	return document
}

func holdDocument(h engine.Hold) holdJSON {
	return holdJSON{Image: h.Image, By: h.By, Reason: h.Reason, Since: known(h.Since), Annotation: h.Annotation, File: h.File}
}

// known is a time, or null when there is none.
func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// list makes an empty list of none, which JSON would write as null.
func list[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}

// each maps a list; the result is never nil.
func each[A, B any](items []A, f func(A) B) []B {
	out := make([]B, len(items))
	for i, item := range items {
		out[i] = f(item)
	}
	return out
}
