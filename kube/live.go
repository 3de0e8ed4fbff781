package kube

import (
	"bytes"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utiljson "k8s.io/apimachinery/pkg/util/json"
)

// Live is one object as the cluster has it. It is immutable: a change is a new
// Live. What is inspected often is parsed; the rest stays as the server's JSON.
type Live struct {
	ID              ID
	GVK             schema.GroupVersionKind
	UID             string
	ResourceVersion string
	Member          bool   // carries this set's part-of label
	OtherSet        string // the id of another set, when it carries that one's label
	Deleting        bool   // deletion was asked for, finalizers hold it
	Health          Health
	Message         string // why the health is what it is
	LastApplied     bool   // carries kubectl's last-applied annotation, itself not kept
	Legacy          bool   // kubectl's client-side apply manages fields of it
	Applied         bool   // evenkeel has applied it

	raw []byte
}

// Object decodes the object: metadata with its managedFields, spec, status.
// Only kubectl's last-applied annotation is missing. The caller owns it.
func (l *Live) Object() *unstructured.Unstructured {
	content := map[string]any{}
	if err := utiljson.Unmarshal(l.raw, &content); err != nil {
		// The text was cut into fields once already, so it is well-formed but
		// for the inside of some value: an empty object will show as drift.
		content = map[string]any{}
	}
	o := &unstructured.Unstructured{Object: content}
	o.SetGroupVersionKind(l.GVK)
	return o
}

// Labels and annotations read at ingest.
const (
	partOfLabel           = "applyset.kubernetes.io/part-of"
	lastAppliedAnnotation = "kubectl.kubernetes.io/last-applied-configuration"
)

// legacyManagers are the field managers under which `kubectl apply` without
// --server-side wrote, in its various versions.
var legacyManagers = []string{"kubectl-client-side-apply", "kubectl", "before-first-apply"}

// parseLive reads one object of a list or watch. Nothing of raw is kept.
func parseLive(r resource, raw []byte, setID string) (*Live, error) {
	live := &Live{GVK: r.gvk, ID: ID{Group: r.gvk.Group, Kind: r.gvk.Kind}}
	p := parser{live: live, setID: setID}
	p.out.Grow(len(raw))
	if err := p.object(raw); err != nil {
		return nil, fmt.Errorf("reading a %s: %w", r.gvk.GroupKind(), err)
	}
	if live.ID.Name == "" {
		return nil, fmt.Errorf("reading a %s: %w: it has no name", r.gvk.GroupKind(), errJSON)
	}
	live.raw = bytes.Clone(p.out.Bytes())
	live.Health, live.Message = p.health()
	return live, nil
}

// parser copies an object without what nobody needs, and notes what is asked often.
type parser struct {
	live   *Live
	setID  string
	out    bytes.Buffer
	status bool // there is a status
}

func (p *parser) object(raw []byte) error {
	members := p.open()
	err := fieldsOf(raw, func(key, value []byte) error {
		switch string(key) {
		case "apiVersion", "kind":
			return nil
		case "metadata":
			members.key(key)
			return p.metadata(value)
		case "status":
			p.status = len(value) > len("{}")
		}
		members.field(key, value)
		return nil
	})
	members.close()
	return err
}

func (p *parser) metadata(raw []byte) error {
	members := p.open()
	err := fieldsOf(raw, func(key, value []byte) error {
		var err error
		switch string(key) {
		case "name":
			p.live.ID.Name, err = unquote(value)
		case "namespace":
			p.live.ID.Namespace, err = unquote(value)
		case "uid":
			p.live.UID, err = unquote(value)
		case "resourceVersion":
			p.live.ResourceVersion, err = unquote(value)
		case "deletionTimestamp":
			p.live.Deleting = true
		case "labels":
			err = p.labels(value)
		case "managedFields":
			err = p.managers(value)
		case "annotations":
			members.key(key)
			return p.annotations(value)
		}
		members.field(key, value)
		return err
	})
	members.close()
	return err
}

func (p *parser) labels(raw []byte) error {
	return fieldsOf(raw, func(key, value []byte) error {
		if string(key) != partOfLabel {
			return nil
		}
		id, err := unquote(value)
		if p.live.Member = id == p.setID; !p.live.Member {
			p.live.OtherSet = id
		}
		return err
	})
}

func (p *parser) annotations(raw []byte) error {
	members := p.open()
	err := fieldsOf(raw, func(key, value []byte) error {
		if string(key) == lastAppliedAnnotation {
			p.live.LastApplied = true
			return nil
		}
		members.field(key, value)
		return nil
	})
	members.close()
	return err
}

func (p *parser) managers(raw []byte) error {
	return elementsOf(raw, func(entry []byte) error {
		var manager, operation string
		err := fieldsOf(entry, func(key, value []byte) (err error) {
			switch string(key) {
			case "manager":
				manager, err = unquote(value)
			case "operation":
				operation, err = unquote(value)
			}
			return err
		})
		switch {
		case operation == "Update" && slices.Contains(legacyManagers, manager):
			p.live.Legacy = true
		case operation == "Apply" && manager == FieldManager:
			p.live.Applied = true
		}
		return err
	})
}

// open begins an object in the output.
func (p *parser) open() *memberWriter {
	p.out.WriteByte('{')
	return &memberWriter{out: &p.out}
}

// memberWriter writes the members of one object and keeps the commas.
type memberWriter struct {
	out *bytes.Buffer
	any bool
}

func (w *memberWriter) key(key []byte) {
	if w.any {
		w.out.WriteByte(',')
	}
	w.any = true
	w.out.WriteByte('"')
	w.out.Write(key)
	w.out.WriteString(`":`)
}

func (w *memberWriter) field(key, value []byte) {
	w.key(key)
	w.out.Write(value)
}

func (w *memberWriter) close() { w.out.WriteByte('}') }

// health computes the health of what was parsed. Most objects have no status
// and are what they are; of the others only what kstatus reads is decoded.
func (p *parser) health() (Health, string) {
	if !p.status && !healthWithoutStatus[p.live.GVK.GroupKind()] {
		if p.live.Deleting {
			return Progressing, beingDeleted
		}
		return Healthy, ""
	}
	trimmed := parser{}
	members := trimmed.open()
	err := fieldsOf(p.live.raw, func(key, value []byte) error {
		switch string(key) {
		case "status":
			members.field(key, value)
		case "spec":
			members.key(key)
			return trimmed.only(value, func(name string) bool { return name != "template" })
		case "metadata":
			members.key(key)
			return trimmed.only(value, func(name string) bool { return name == "generation" || name == "deletionTimestamp" })
		}
		return nil
	})
	members.close()
	if err != nil {
		return Unknown, err.Error()
	}
	return HealthOf((&Live{GVK: p.live.GVK, raw: trimmed.out.Bytes()}).Object())
}

// only copies the fields of an object that are kept.
func (p *parser) only(raw []byte, keep func(name string) bool) error {
	members := p.open()
	err := fieldsOf(raw, func(key, value []byte) error {
		if keep(string(key)) {
			members.field(key, value)
		}
		return nil
	})
	members.close()
	return err
}
