package drift_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine/drift"
	"github.com/evenkeel/evenkeel/kube"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// number reads a number from the environment.
func number(t testing.TB, variable string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return n
}

// TestCompareAgreesWithServer edits random objects at random, live by several
// field managers and on the side of Git, and asks after each edit what an apply
// would do: the local answer, where it is certain, must be the server's.
//
// EVENKEEL_SEED repeats a run, EVENKEEL_CASES sets its length.
func TestCompareAgreesWithServer(t *testing.T) {
	s := connect(t)
	seed := number(t, "EVENKEEL_SEED", uint64(time.Now().UnixNano()))
	cases := int(number(t, "EVENKEEL_CASES", 60))
	t.Logf("EVENKEEL_SEED=%d", seed)

	ctx := t.Context()
	define(t, s)
	namespace := fmt.Sprintf("drift-%d", time.Now().UnixNano())
	ns := object(t, "{apiVersion: v1, kind: Namespace, metadata: {name: "+namespace+"}}")
	if err := s.create(ctx, "test", ns); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.delete(context.WithoutCancel(ctx), ns); err != nil {
			t.Error(err)
		}
	})

	bases := manifests(t, "testdata/objects.yaml")
	total := tally{}
	for i := range cases {
		c := trial{
			t: t, server: s, total: &total,
			random: rand.New(rand.NewPCG(seed, uint64(i))),
		}
		base := bases[i%len(bases)].DeepCopy()
		base.SetNamespace(namespace)
		base.SetName(fmt.Sprintf("%s-%d", base.GetName(), i))
		c.note("case %d, seed %d: %s", i, seed, base.GetKind())
		c.run(ctx, base)
	}
	t.Logf("%d comparisons: %d same, %d differ, %d unsure (%d of them the same); %d rejected by the server",
		total.same+total.differs+total.unsure, total.same, total.differs, total.unsure, total.unsureSame, total.rejected)
	if cases >= 60 && total.unsure*100 > 35*(total.same+total.differs+total.unsure) {
		t.Errorf("more than 35 %% of the answers are unsure")
	}
}

// define makes the custom kinds known to the server.
func define(t *testing.T, s *server) {
	t.Helper()
	ctx := t.Context()
	for _, crd := range manifests(t, "testdata/definitions.yaml") {
		if _, err := s.apply(ctx, "test", crd, false); err != nil {
			t.Fatal(err)
		}
	}
	for _, o := range manifests(t, "testdata/objects.yaml") {
		if o.GroupVersionKind().Group != "drift.evenkeel.dev" {
			continue
		}
		o.SetNamespace("default")
		for {
			if _, err := s.apply(ctx, "test", o, true); err == nil {
				break
			} else if ctx.Err() != nil {
				t.Fatal(err)
			}
		}
	}
}

type tally struct{ same, differs, unsure, unsureSame, rejected int }

// trial is the life of one object.
type trial struct {
	t       *testing.T
	server  *server
	random  *rand.Rand
	total   *tally
	story   []string
	desired *unstructured.Unstructured
	edited  bool // Git no longer has the object as the test's data have it
}

func (c *trial) note(format string, args ...any) {
	c.story = append(c.story, fmt.Sprintf(format, args...))
}

func (c *trial) fail(format string, args ...any) {
	c.t.Helper()
	c.t.Errorf("%s\n%s", fmt.Sprintf(format, args...), strings.Join(c.story, "\n"))
}

func (c *trial) run(ctx context.Context, base *unstructured.Unstructured) {
	c.desired = base
	edited, what := base.DeepCopy(), "the test's data"
	if c.random.IntN(2) == 0 {
		what = edit(c.random, edited)
	}
	born := c.random.IntN(5)
	if err := c.bear(ctx, born, edited); err == nil {
		c.note("Git starts with: %s", what)
		c.desired, c.edited = edited, what != "the test's data"
	} else if err := c.bear(ctx, born, base); err != nil {
		c.t.Fatal(err)
	}
	defer func() {
		if err := c.server.delete(ctx, base); err != nil {
			c.t.Error(err)
		}
	}()
	if born <= 1 {
		c.unchanged(ctx)
	}
	c.check(ctx)
	for range 1 + c.random.IntN(5) {
		c.step(ctx)
		c.check(ctx)
	}
	if c.random.IntN(2) == 0 {
		if _, err := c.server.apply(ctx, kube.FieldManager, c.desired, false); err == nil {
			c.note("evenkeel applies")
			c.check(ctx)
		}
	}
}

// bear creates the object in one of the ways in which objects come to be.
func (c *trial) bear(ctx context.Context, way int, o *unstructured.Unstructured) (err error) {
	switch way {
	case 0, 1:
		_, err = c.server.apply(ctx, kube.FieldManager, o, false)
		c.note("applied by evenkeel: %v", err)
	case 2:
		_, err = c.server.apply(ctx, "someone", o, false)
		c.note("applied by someone: %v", err)
	case 3:
		err = c.server.create(ctx, "kubectl-create", o)
		c.note("created with kubectl create: %v", err)
	default:
		applied := o.DeepCopy()
		text, marshalErr := json.Marshal(o.Object)
		if marshalErr != nil {
			return marshalErr
		}
		annotations := applied.GetAnnotations()
		if annotations == nil {
			annotations = map[string]string{}
		}
		annotations["kubectl.kubernetes.io/last-applied-configuration"] = string(text)
		applied.SetAnnotations(annotations)
		err = c.server.create(ctx, "kubectl-client-side-apply", applied)
		c.note("created with kubectl apply: %v", err)
	}
	return err
}

// step does one thing to the object, live or in Git. What the server does not
// accept did not happen.
func (c *trial) step(ctx context.Context) {
	live, err := c.server.get(ctx, c.desired)
	if err != nil {
		c.t.Fatal(err)
	}
	switch c.random.IntN(8) {
	case 0, 1:
		edited := c.desired.DeepCopy()
		what := edit(c.random, edited)
		if _, err := c.server.apply(ctx, kube.FieldManager, edited, true); err == nil {
			c.desired = edited
			c.note("Git: %s", what)
		}
	case 2, 3:
		what := edit(c.random, live)
		live.SetManagedFields(nil)
		live.SetResourceVersion("")
		err = c.server.replace(ctx, "kubectl-edit", live)
		c.note("kubectl edit: %s: %v", what, err != nil)
	case 4:
		other := part(c.random, live)
		what := edit(c.random, other)
		_, err = c.server.apply(ctx, "someone", other, false)
		c.note("someone applies a part: %s: %v", what, err != nil)
	case 5:
		patches := []map[string]any{
			{"metadata": obj{"labels": obj{"patched": "yes", "app": nil}}},
			{"metadata": obj{"annotations": obj{"example.com/note": "patched"}}},
			{"metadata": obj{"labels": obj{"applyset.kubernetes.io/part-of": "applyset-x-v1"}}},
			{"metadata": obj{"labels": nil}},
			{"data": obj{"LOG_LEVEL": "debug", "password": "bmV3"}},
			{"spec": obj{"template": obj{"spec": obj{"nodeSelector": obj{"zone": "a"}}}}},
			{"spec": obj{"mode": nil, "parts": obj{"a": nil}}},
			{"spec": obj{"suspend": false, "paused": true, "minReplicas": int64(1), "type": "NodePort"}},
		}
		patch := patches[c.random.IntN(len(patches))]
		err = c.server.patch(ctx, "kubectl-patch", c.desired, "", patch)
		c.note("kubectl patch: %v: %v", patch, err != nil)
	case 6:
		err = c.server.patch(ctx, "kubectl", c.desired, "/scale", obj{"spec": obj{"replicas": int64(c.random.IntN(2))}})
		c.note("kubectl scale: %v", err != nil)
	default:
		_, err = c.server.apply(ctx, kube.FieldManager, c.desired, false)
		c.note("evenkeel applies: %v", err != nil)
	}
}

// unchanged asserts that what evenkeel has just applied needs no request.
func (c *trial) unchanged(ctx context.Context) {
	live, err := c.server.get(ctx, c.desired)
	if err != nil {
		c.t.Fatal(err)
	}
	answer := drift.Compare(c.desired, live)
	if answer == drift.Unsure && (c.edited || c.desired.GetKind() == "Unmarked") {
		// An edit may have made something odd; and the defaults of a custom kind
		// inside its atomic lists are in its schema only.
		return
	}
	if answer != drift.Same {
		c.fail("just applied, and %v: %s", answer, asJSON(c.desired, live))
	}
}

// check compares the local answer with the server's, at a moment when no
// controller changes the object in between.
func (c *trial) check(ctx context.Context) {
	c.t.Helper()
	for {
		live, err := c.server.get(ctx, c.desired)
		if err != nil {
			c.t.Fatal(err)
		}
		dryRun, applyErr := c.server.apply(ctx, kube.FieldManager, c.desired, true)
		after, err := c.server.get(ctx, c.desired)
		if err != nil {
			c.t.Fatal(err)
		}
		if after.GetResourceVersion() != live.GetResourceVersion() {
			continue
		}
		c.judge(live, dryRun, applyErr)
		return
	}
}

func (c *trial) judge(live, dryRun *unstructured.Unstructured, applyErr error) {
	c.t.Helper()
	before := asJSON(c.desired, live)
	local := drift.Compare(c.desired, live)
	foretold := drift.Fields(c.desired, live, nil)
	if after := asJSON(c.desired, live); after != before {
		c.fail("the arguments were changed: from %s\nto %s", before, after)
	}
	switch local {
	case drift.Same:
		c.total.same++
		if len(foretold) > 0 {
			c.fail("same, and yet these fields differ: %+v", foretold)
		}
	case drift.Differs:
		c.total.differs++
		if len(foretold) == 0 {
			c.fail("differs, and yet no field does: %s", before)
		}
	default:
		c.total.unsure++
	}
	if applyErr != nil {
		if !errors.Is(applyErr, errRejected) {
			c.t.Fatal(applyErr)
		}
		c.total.rejected++
		if local == drift.Same {
			c.fail("same, and yet the server says: %v", applyErr)
		}
		return
	}
	told := drift.Judge(live, dryRun)
	fields := drift.Fields(c.desired, live, dryRun)
	if local == drift.Unsure && told == drift.Same {
		c.total.unsureSame++
		if testing.Verbose() && os.Getenv("EVENKEEL_UNSURE") != "" {
			c.t.Logf("unsure of %s:\n%s\n%+v", c.desired.GetKind(), strings.Join(c.story, "\n"), foretold)
		}
	}
	if local != drift.Unsure && local != told {
		c.fail("local %v, server %v\nfields %+v\n%s\ndry-run %s", local, told, fields, before, asJSON(dryRun))
	}
	if (told == drift.Differs) != (len(fields) > 0) {
		c.fail("the server says %v, fields: %+v\n%s\ndry-run %s", told, fields, before, asJSON(dryRun))
	}
	want, have := drift.Diff(c.desired, live, dryRun)
	if (drift.Unified("x", have, want) == "") != (len(fields) == 0) {
		c.fail("fields %+v, but the diff is\n%s", fields, drift.Unified("x", have, want))
	}
}

func asJSON(objects ...*unstructured.Unstructured) string {
	var out strings.Builder
	for _, o := range objects {
		data, err := json.Marshal(o.Object)
		if err != nil {
			return err.Error()
		}
		out.Write(data)
		out.WriteByte('\n')
	}
	return out.String()
}
