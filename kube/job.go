package kube

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// What a set has brought may be verified by Jobs that are run beside it. They
// are no members, so they are neither compared nor pruned, and are found by a
// label of their own.
const (
	verifiesLabel        = "evenkeel.dev/verifies"   // the environment
	revisionAnnotation   = "evenkeel.dev/revision"   // see Purpose
	deploymentAnnotation = "evenkeel.dev/deployment" // likewise
	manifestAnnotation   = "evenkeel.dev/manifest"   // likewise
)

// Purpose says what a Job verifies.
type Purpose struct {
	// Revision is the one that the cluster stood at when the Job was made.
	Revision string `json:"revision"`
	// Deployment is the revision of the sync that had brought it there.
	Deployment string `json:"deployment"`
	// Manifest tells Jobs apart that Git wrote in other words.
	Manifest string `json:"manifest"`
}

// JobState says how far a Job is.
type JobState string

// The states of a Job.
const (
	JobPending   JobState = "Pending" // none of its pods runs yet
	JobRunning   JobState = "Running"
	JobSucceeded JobState = "Succeeded"
	JobFailed    JobState = "Failed"
)

// Job is a Job that verifies what a set has brought.
type Job struct {
	Purpose
	ID      ID        `json:"job"`
	UID     string    `json:"uid"`
	State   JobState  `json:"state"`
	Message string    `json:"message,omitempty"`
	Created time.Time `json:"created"`
	Started time.Time `json:"started,omitzero"`
	Ended   time.Time `json:"ended,omitzero"`
	// Expires is set for one that the cluster deletes some time after its end.
	Expires bool `json:"-"`
}

// Over tells whether the Job has ended.
func (j *Job) Over() bool { return j.State == JobSucceeded || j.State == JobFailed }

var jobKind = schema.GroupVersionKind{Group: "batch", Version: "v1", Kind: "Job"}

var jobResource = resource{gvk: jobKind, plural: "jobs", namespaced: true}

// Start makes a Job that verifies what the set has brought. That it is there
// already is no error: it was made for the same.
func (s *Set) Start(ctx context.Context, manifest *unstructured.Unstructured, p Purpose) error {
	const op = "start the Job"
	o := manifest.DeepCopy()
	id := IDOf(o)
	labels, annotations := maps.Clone(o.GetLabels()), maps.Clone(o.GetAnnotations())
	if labels == nil {
		labels = map[string]string{}
	}
	if annotations == nil {
		annotations = map[string]string{}
	}
	labels[verifiesLabel] = s.environment
	annotations[revisionAnnotation], annotations[deploymentAnnotation], annotations[manifestAnnotation] = p.Revision, p.Deployment, p.Manifest
	o.SetLabels(labels)
	o.SetAnnotations(annotations)
	body, err := json.Marshal(o.Object)
	if err != nil {
		return objectError(id, op, err)
	}
	_, err = s.cluster.fetch(ctx, request{
		method: http.MethodPost, path: jobResource.path(id.Namespace, ""),
		query:       url.Values{"fieldManager": {FieldManager}, "fieldValidation": {"Strict"}},
		contentType: mimeJSON, body: body,
	})
	if !apierrors.IsAlreadyExists(err) {
		return objectError(id, op, err)
	}
	there, err := s.cluster.Read(ctx, id)
	if err == nil && there != nil && there.GetLabels()[verifiesLabel] != s.environment {
		return &ObjectError{ID: id, Op: op, Reason: Invalid, Message: "there is a Job of that name already, which does not verify " + s.environment}
	}
	return err
}

// Verified notes how the Job ended that verifies what a deployment brought, for
// the time when the Job is gone. It changes nothing when the set's record does
// not have the deployment any more.
func (s *Set) Verified(ctx context.Context, job Job) (Record, error) {
	return s.update(ctx, "record the verification", func(parent *corev1.ConfigMap, r Record) error {
		i := slices.IndexFunc(r.Syncs, func(sync Sync) bool { return sync.tookAll() && sync.Revision == job.Deployment })
		if i < 0 {
			return nil
		}
		r.Syncs[i].Verification = &job
		text, err := json.Marshal(r.Syncs)
		parent.Data[syncsKey] = string(text)
		return err
	})
}

// Deployment is the sync that brought what the cluster has. One that found this
// changed by hand, and put it right, brought nothing. It is nil when there is
// none.
func (r Record) Deployment() *Sync {
	var found *Sync
	for i := range r.Syncs {
		s := &r.Syncs[i]
		if !s.tookAll() {
			continue
		}
		if found != nil && found.Revision != s.At() {
			break
		}
		found = s
	}
	return found
}

// FollowJobs says in which namespace the Jobs are that verify the set; empty is
// nowhere.
func (v *View) FollowJobs(namespace string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.jobsAt == namespace {
		return
	}
	v.jobsAt, v.jobs = namespace, nil
	if w := v.watches[jobsIn(namespace)]; w != nil {
		w.outdated = true // it was left a moment ago, and what it had read is gone
	}
	poke(v.urgent)
}

// jobsIn is what the watch of the Jobs that verify the set looks at.
func jobsIn(namespace string) target {
	return target{gvk: jobKind, namespace: namespace, role: jobs}
}

// addJobs adds that watch.
func (v *View) addJobs(needed map[target]bool) {
	if v.jobsAt != "" {
		needed[jobsIn(v.jobsAt)] = true
	}
}

// replaceJobs takes the list of all Jobs that verify the set.
func (v *View) replaceJobs(t target, all []*Live) {
	if t.namespace != v.jobsAt {
		return
	}
	v.jobs = map[ID]Job{}
	for _, live := range all {
		v.acceptJob(t, live, false)
	}
	v.tell()
}

// acceptJob takes a Job that appeared, changed or went.
func (v *View) acceptJob(t target, live *Live, gone bool) {
	if t.namespace != v.jobsAt || v.jobs == nil {
		return // what is listed next has it
	}
	if job, ok := readJob(live); ok && !gone && !live.Deleting {
		v.jobs[live.ID] = job
	} else {
		delete(v.jobs, live.ID)
	}
	v.tell()
}

// jobsNow lists the Jobs that verify the set, the newest first.
func (v *View) jobsNow() []Job {
	return slices.SortedFunc(maps.Values(v.jobs), func(a, b Job) int {
		return cmp.Or(b.Created.Compare(a.Created), b.ID.Compare(a.ID))
	})
}

// readJob reads what a Job says of itself.
func readJob(live *Live) (Job, bool) {
	var o batchv1.Job
	if err := json.Unmarshal(live.raw, &o); err != nil {
		return Job{}, false
	}
	j := Job{
		Purpose: Purpose{
			Revision: o.Annotations[revisionAnnotation], Deployment: o.Annotations[deploymentAnnotation], Manifest: o.Annotations[manifestAnnotation],
		},
		ID: live.ID, UID: live.UID, State: JobRunning, Created: o.CreationTimestamp.Time, Expires: o.Spec.TTLSecondsAfterFinished != nil,
	}
	if o.Status.StartTime != nil {
		j.Started = o.Status.StartTime.Time
	}
	for _, c := range o.Status.Conditions {
		if c.Status != corev1.ConditionTrue {
			continue
		}
		switch c.Type {
		case batchv1.JobComplete:
			j.State, j.Ended = JobSucceeded, c.LastTransitionTime.Time
		case batchv1.JobFailed:
			j.State, j.Ended, j.Message = JobFailed, c.LastTransitionTime.Time, cmp.Or(c.Message, c.Reason)
		}
	}
	if !j.Over() {
		j.unfinished(&o)
	}
	return j, j.Deployment != ""
}

// unfinished says how far a Job is that has not ended.
func (j *Job) unfinished(o *batchv1.Job) {
	s := o.Status
	ready := s.Ready != nil && *s.Ready > 0
	switch {
	case o.Spec.Suspend != nil && *o.Spec.Suspend:
		j.State, j.Message = JobPending, "suspended by spec.suspend"
	case s.StartTime == nil:
		j.State = JobPending
	case s.Failed > 0:
		j.Message = fmt.Sprintf("failed %d times so far", s.Failed)
		if s.Failed == 1 {
			j.Message = "failed once so far"
		}
	case s.Active > 0 && !ready && s.Succeeded == 0:
		j.State, j.Message = JobPending, "its pod does not run yet"
	}
}
