package kube

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// The ApplySet specification's words, and evenkeel's own additions to the
// parent. https://git.k8s.io/enhancements/keps/sig-cli/3659-kubectl-apply-prune
const (
	setIDLabel           = "applyset.kubernetes.io/id"
	toolingAnnotation    = "applyset.kubernetes.io/tooling"
	kindsAnnotation      = "applyset.kubernetes.io/contains-group-kinds"
	namespacesAnnotation = "applyset.kubernetes.io/additional-namespaces"

	tool                = "evenkeel"
	suspendedAnnotation = "evenkeel.dev/suspended"
	sourceAnnotation    = "evenkeel.dev/source"
	syncsKey            = "syncs.json"
	maxSyncs            = 20
)

// SetOptions name the set of one environment.
type SetOptions struct {
	Name      string // the environment
	Namespace string // where the parent lives; empty is "default"
	// Source says which repository and path the set is made from. Two of the
	// same name would take each other's objects for their own leftovers.
	Source string
}

// Set is the record, kept in the cluster, of what an environment applied: an
// ApplySet whose parent is the ConfigMap evenkeel-<environment>. Other tools
// that know ApplySets can read it. Writers keep each other's facts.
type Set struct {
	cluster     *Cluster
	environment string
	parent      ID
	id          string
	source      string
}

// Record is what the parent of a set says.
type Record struct {
	Exists     bool
	Version    string // resourceVersion of the parent, or at which there was none
	Kinds      []schema.GroupKind
	Namespaces []string
	Suspended  *Suspension
	Syncs      []Sync // the newest first, at most 20
	// Source is what the set is made from; empty when nobody said.
	Source string
}

// Suspension says who stopped an environment, why and when.
type Suspension struct {
	By     string    `json:"by"`
	Reason string    `json:"reason,omitempty"`
	At     time.Time `json:"at"`
}

// The results of a sync.
const (
	Succeeded = "Succeeded"
	Failed    = "Failed"
)

// Sync is what one sync did.
type Sync struct {
	Revision  string    `json:"revision"`
	Started   time.Time `json:"started"`
	Ended     time.Time `json:"ended"`
	Result    string    `json:"result"`
	Message   string    `json:"message,omitempty"`
	Created   int       `json:"created"`
	Changed   int       `json:"changed"`
	Deleted   int       `json:"deleted"`
	Unchanged int       `json:"unchanged"`
	Failed    int       `json:"failed"`
	By        string    `json:"by,omitempty"`
	Whole     bool      `json:"whole"`               // everything in Git was applied, and nothing left out
	Automatic bool      `json:"automatic,omitempty"` // nobody asked for it
	// Through is the newest of the later revisions that changed nothing here.
	Through string `json:"through,omitempty"`
	// Corrected counts the objects that were put right since.
	Corrected int `json:"corrected,omitempty"`
	// Health is how what it brought fared as long as it was the newest; empty
	// when nobody has seen that.
	Health Health `json:"health,omitempty"`
	// Proven is set once it has been Healthy for a while: what happens to it then
	// is not its own doing.
	Proven bool `json:"proven,omitempty"`
	// Verification is the Job that has verified what it brought; nil when none
	// has ended.
	Verification *Job `json:"verification,omitempty"`
}

// tookAll tells whether the cluster has the revision whole since.
func (s Sync) tookAll() bool { return s.Whole && s.Result == Succeeded }

// At is the newest revision that the sync brought, or that asked for the same.
func (s Sync) At() string {
	if s.Through != "" {
		return s.Through
	}
	return s.Revision
}

// Applied is the revision that the cluster last took whole, or "".
func (r Record) Applied() string {
	if i := slices.IndexFunc(r.Syncs, Sync.tookAll); i >= 0 {
		return r.Syncs[i].At()
	}
	return ""
}

// Set returns the set of an environment. It sends no request.
func (c *Cluster) Set(o SetOptions) *Set {
	if o.Namespace == "" {
		o.Namespace = metav1.NamespaceDefault
	}
	s := &Set{cluster: c, environment: o.Name, source: o.Source, parent: ID{Kind: "ConfigMap", Namespace: o.Namespace, Name: tool + "-" + o.Name}}
	hash := sha256.Sum256([]byte(strings.Join([]string{s.parent.Name, s.parent.Namespace, s.parent.Kind, s.parent.Group}, ".")))
	s.id = "applyset-" + base64.RawURLEncoding.EncodeToString(hash[:]) + "-v1"
	return s
}

// ID is the set's id: the value of the part-of label of its members.
func (s *Set) ID() string { return s.id }

// Parent is the object that keeps the record.
func (s *Set) Parent() ID { return s.parent }

// Stamp makes an object a member of the set.
func (s *Set) Stamp(o *unstructured.Unstructured) {
	labels := maps.Clone(o.GetLabels())
	if labels == nil {
		labels = map[string]string{}
	}
	labels[partOfLabel] = s.id
	o.SetLabels(labels)
}

// Load reads the record. Without parent it is the zero Record.
func (s *Set) Load(ctx context.Context) (Record, error) {
	parent, err := s.get(ctx)
	if err != nil || parent == nil {
		return Record{}, err
	}
	return s.record(parent)
}

// Claim widens the record, before anything is applied, to kinds and namespaces
// that may be touched, so that a sync that is cut short leaves nothing behind
// that the next one cannot find. Like the other writes it returns the record
// as it is then.
func (s *Set) Claim(ctx context.Context, kinds []schema.GroupKind, namespaces []string) (Record, error) {
	return s.update(ctx, "claim the set", func(parent *corev1.ConfigMap, r Record) error {
		s.describe(parent, append(slices.Clone(r.Kinds), kinds...), append(slices.Clone(r.Namespaces), namespaces...))
		return nil
	})
}

// Own makes this the source of the set from now on, whatever was before.
func (s *Set) Own(ctx context.Context) (Record, error) {
	return s.update(ctx, "take over the set", func(parent *corev1.ConfigMap, r Record) error {
		s.describe(parent, r.Kinds, r.Namespaces)
		parent.Annotations[sourceAnnotation] = s.source
		return nil
	})
}

// Finish makes the record exact after a sync, and adds the sync to it.
func (s *Set) Finish(ctx context.Context, kinds []schema.GroupKind, namespaces []string, sync Sync) (Record, error) {
	return s.update(ctx, "record the sync", func(parent *corev1.ConfigMap, r Record) error {
		s.describe(parent, kinds, namespaces)
		text, err := json.Marshal(latest(added(r.Syncs, sync)))
		if err != nil {
			return err
		}
		if parent.Data == nil {
			parent.Data = map[string]string{}
		}
		parent.Data[syncsKey] = string(text)
		return nil
	})
}

// Judge notes how what the cluster took last fares, and whether it has proved
// itself, which it stays. It changes nothing when that is another revision by now.
func (s *Set) Judge(ctx context.Context, revision string, health Health, proven bool) (Record, error) {
	return s.update(ctx, "record the health", func(parent *corev1.ConfigMap, r Record) error {
		if len(r.Syncs) == 0 || r.Syncs[0].At() != revision {
			return nil
		}
		last := &r.Syncs[0]
		proven = proven || last.Proven
		if last.Health == health && last.Proven == proven {
			return nil
		}
		last.Health, last.Proven = health, proven
		text, err := json.Marshal(r.Syncs)
		parent.Data[syncsKey] = string(text)
		return err
	})
}

// added is the record with one more sync. What is no news does not push out
// what is: a revision that asked for nothing else, a correction that nobody asked
// for of what was changed by hand, and one more failure of the same revision are
// noted with the sync before.
func added(syncs []Sync, s Sync) []Sync {
	if len(syncs) == 0 {
		return []Sync{s}
	}
	last := syncs[0]
	changes := s.Created + s.Changed + s.Deleted
	switch {
	case s.tookAll() && last.tookAll() && (changes == 0 || s.Automatic && s.Revision == last.At()):
		if s.Started.Before(last.Ended) {
			changes = 0 // two did the same at once
		}
		last.Through, last.Corrected = s.Revision, last.Corrected+changes
	case s.Result == Failed && last.Result == Failed && s.Revision == last.Revision:
		s.Started = last.Started
		last = s
	default:
		return append([]Sync{s}, syncs...)
	}
	return append([]Sync{last}, syncs[1:]...)
}

// latest cuts syncs to the newest ones, and the newest of all that took
// everything: many failures must not make it forgotten what the cluster has.
func latest(syncs []Sync) []Sync {
	if len(syncs) <= maxSyncs {
		return syncs
	}
	whole := slices.IndexFunc(syncs, Sync.tookAll)
	if whole >= maxSyncs {
		syncs[maxSyncs-1] = syncs[whole]
	}
	return syncs[:maxSyncs]
}

// Suspend notes that an environment is suspended; nil resumes it.
func (s *Set) Suspend(ctx context.Context, suspension *Suspension) (Record, error) {
	return s.update(ctx, "suspend", func(parent *corev1.ConfigMap, r Record) error {
		if !r.Exists {
			s.describe(parent, nil, nil)
		}
		if suspension == nil {
			delete(parent.Annotations, suspendedAnnotation)
			return nil
		}
		text, err := json.Marshal(suspension)
		parent.Annotations[suspendedAnnotation] = string(text)
		return err
	})
}

// describe writes what the ApplySet specification asks for.
func (s *Set) describe(parent *corev1.ConfigMap, kinds []schema.GroupKind, namespaces []string) {
	if parent.Labels == nil {
		parent.Labels = map[string]string{}
	}
	if parent.Annotations == nil {
		parent.Annotations = map[string]string{}
	}
	names := make([]string, 0, len(kinds))
	for _, gk := range kinds {
		names = append(names, gk.String())
	}
	others := slices.DeleteFunc(slices.Clone(namespaces), func(ns string) bool { return ns == "" || ns == s.parent.Namespace })
	parent.Labels[setIDLabel] = s.id
	parent.Annotations[toolingAnnotation] = s.cluster.tooling()
	parent.Annotations[kindsAnnotation] = joinUnique(names)
	parent.Annotations[namespacesAnnotation] = joinUnique(others)
	if s.source != "" && parent.Annotations[sourceAnnotation] == "" {
		parent.Annotations[sourceAnnotation] = s.source
	}
}

func joinUnique(words []string) string {
	slices.Sort(words)
	return strings.Join(slices.Compact(words), ",")
}

// tooling is "evenkeel/<version>", whatever follows it in the user agent.
func (c *Cluster) tooling() string {
	name, _, _ := strings.Cut(c.userAgent, " ")
	if !strings.HasPrefix(name, tool+"/") {
		return tool + "/v0.0.0"
	}
	return name
}

// record reads a parent, and refuses one that is not evenkeel's.
func (s *Set) record(parent *corev1.ConfigMap) (Record, error) {
	refuse := func(format string, args ...any) (Record, error) {
		return Record{}, &ObjectError{ID: s.parent, Op: "read the set", Reason: Invalid, Message: fmt.Sprintf(format, args...)}
	}
	tooling, ours := parent.Annotations[toolingAnnotation], parent.Labels[setIDLabel]
	if name, _, _ := strings.Cut(tooling, "/"); name != tool {
		if tooling == "" {
			return refuse("it exists and is not an ApplySet of evenkeel: rename the environment, or delete it if nobody needs it")
		}
		return refuse("it belongs to another tool, %q", tooling)
	}
	if ours != s.id {
		return refuse("its label %s is %q instead of %q", setIDLabel, ours, s.id)
	}
	r := Record{Source: parent.Annotations[sourceAnnotation], Exists: true, Version: parent.ResourceVersion}
	for _, word := range splitList(parent.Annotations[kindsAnnotation]) {
		r.Kinds = append(r.Kinds, schema.ParseGroupKind(word))
	}
	r.Namespaces = splitList(parent.Annotations[namespacesAnnotation])
	if text := parent.Annotations[suspendedAnnotation]; text != "" {
		r.Suspended = &Suspension{}
		if err := json.Unmarshal([]byte(text), r.Suspended); err != nil {
			return refuse("its annotation %s is not what evenkeel wrote: %v", suspendedAnnotation, err)
		}
	}
	if text := parent.Data[syncsKey]; text != "" {
		if err := json.Unmarshal([]byte(text), &r.Syncs); err != nil {
			return refuse("its %s is not what evenkeel wrote: %v", syncsKey, err)
		}
	}
	return r, nil
}

func splitList(text string) []string {
	var words []string
	for word := range strings.SplitSeq(text, ",") {
		if word = strings.TrimSpace(word); word != "" {
			words = append(words, word)
		}
	}
	return words
}

// maxConflicts is how often a write is tried that others keep overtaking.
const maxConflicts = 8

// update changes the parent, which it makes when there is none, without losing
// what others write to it at the same time.
func (s *Set) update(ctx context.Context, op string, change func(*corev1.ConfigMap, Record) error) (Record, error) {
	for try := 0; ; try++ {
		parent, err := s.get(ctx)
		if err != nil {
			return Record{}, err
		}
		var record Record
		if parent == nil {
			parent = &corev1.ConfigMap{
				TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
				ObjectMeta: metav1.ObjectMeta{Name: s.parent.Name, Namespace: s.parent.Namespace},
			}
		} else if record, err = s.record(parent); err != nil {
			return Record{}, err
		}
		if err := change(parent, record); err != nil {
			return Record{}, objectError(s.parent, op, err)
		}
		written, err := s.put(ctx, parent, record.Exists)
		if (apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err)) && try < maxConflicts {
			continue
		}
		if err != nil {
			return Record{}, objectError(s.parent, op, err)
		}
		return s.record(written)
	}
}

// get returns nil when there is no parent.
func (s *Set) get(ctx context.Context) (*corev1.ConfigMap, error) {
	body, err := s.cluster.fetch(ctx, request{method: http.MethodGet, path: s.path(true)})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, objectError(s.parent, "read the set", err)
	}
	parent := &corev1.ConfigMap{}
	if err := json.Unmarshal(body, parent); err != nil {
		return nil, objectError(s.parent, "read the set", err)
	}
	return parent, nil
}

func (s *Set) put(ctx context.Context, parent *corev1.ConfigMap, exists bool) (*corev1.ConfigMap, error) {
	body, err := json.Marshal(parent)
	if err != nil {
		return nil, err
	}
	r := request{method: http.MethodPost, path: s.path(false), query: url.Values{"fieldManager": {FieldManager}}, contentType: mimeJSON, body: body}
	if exists {
		r.method, r.path = http.MethodPut, s.path(true)
	}
	answer, err := s.cluster.fetch(ctx, r)
	if err != nil {
		return nil, err
	}
	written := &corev1.ConfigMap{}
	return written, json.Unmarshal(answer, written)
}

func (s *Set) path(object bool) string {
	configMaps := resource{gvk: schema.GroupVersionKind{Version: "v1", Kind: "ConfigMap"}, plural: "configmaps", namespaced: true}
	if object {
		return configMaps.path(s.parent.Namespace, s.parent.Name)
	}
	return configMaps.path(s.parent.Namespace, "")
}
