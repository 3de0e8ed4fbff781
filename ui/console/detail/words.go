package detail

import (
	"time"

	"encoding/json"
	"fmt"
	"slices"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/drift"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// press says what the key of an action does here.
func (d *desk) press(a keymap.Action, does string) []span {
	k := d.keys.Key(a)
	if k == "" {
		k = string(a)
	}
	return []span{said(themes.Key, k), said(themes.Dim, " "+does)}
}

// nameOf is an object with its namespace, unless it is in the one that is known.
func nameOf(id engine.ID, namespace string) string {
	if id.Namespace == "" || id.Namespace == namespace {
		return ui.Clean(id.Kind + " " + id.Name)
	}
	return ui.Clean(id.Kind + " " + id.Namespace + "/" + id.Name)
}

// place is a file and a line.
func place(file string, line int) string {
	if file == "" || line == 0 {
		return ui.Clean(file)
	}
	return ui.Clean(fmt.Sprintf("%s:%d", file, line))
}

// changedBy says who set a field in the cluster; nothing when that is not known.
func changedBy(c widget.Canvas, f engine.FieldChange) []span {
	switch {
	case f.Manager == "":
		return nil
	case f.ChangedAt.IsZero():
		return []span{said(themes.Text, "changed by "), told(themes.Author, f.Manager)}
	}
	return []span{said(themes.Text, "changed by "), told(themes.Author, f.Manager), said(themes.Text, ", "), said(themes.Age, c.Age(f.ChangedAt)+" ago")}
}

// since says which commit gave a field the value it has in Git; nothing when
// that is not known.
func since(c widget.Canvas, f engine.FieldChange) []span {
	k := f.Commit
	if k == nil {
		return nil
	}
	begin := "in Git since "
	if f.Op == drift.Remove {
		begin = "gone from Git since "
	}
	return []span{
		said(themes.Text, begin), told(themes.Hash, widget.ShortHash(k.Hash)), said(themes.Text, " ("),
		told(themes.Author, k.Author), said(themes.Text, ", "), said(themes.Age, c.Age(k.Time)), said(themes.Text, "): "),
		told(themes.Text, k.Subject),
	}
}

// value writes a value of a field on one line.
func value(v any, there bool) string {
	if !there {
		return "(none)"
	}
	switch v := v.(type) {
	case string:
		if v == "" {
			return `""`
		}
		return ui.Clean(v)
	case nil:
		return "null"
	}
	out, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return ui.Clean(string(out))
}

// liveValue and gitValue are the two sides of a field.
func liveValue(f engine.FieldChange) string {
	if f.Masked {
		return maskedValue(f.Op != drift.Add)
	}
	return value(f.Live, f.Op != drift.Add)
}

func gitValue(f engine.FieldChange) string {
	if f.Masked {
		return maskedValue(f.Op != drift.Remove)
	}
	return value(f.Desired, f.Op != drift.Remove)
}

func maskedValue(there bool) string {
	if there {
		return drift.Hidden
	}
	return value(nil, false)
}

// podKinds are the kinds that have pods, by their API group.
var podKinds = map[string][]string{
	"":      {"Pod", "ReplicationController"},
	"apps":  {"DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"},
	"batch": {"CronJob", "Job"},
}

func hasPods(id engine.ID) bool { return slices.Contains(podKinds[id.Group], id.Kind) }

// ago tells how long ago something was, where that is known: the scale
// subresource, for one, leaves no time behind.
func ago(c widget.Canvas, at time.Time) span {
	if at.IsZero() {
		return span{}
	}
	return said(themes.Age, " "+c.Age(at)+" ago")
}
