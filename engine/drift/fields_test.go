package drift_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/engine/drift"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func describe(fields []drift.Field) string {
	var out strings.Builder
	for _, f := range fields {
		fmt.Fprintf(&out, "%s %s: %v -> %v", f.Op, f.Path, f.Live, f.Desired)
		if f.Masked {
			out.WriteString(" masked")
		}
		if f.Manager != "" {
			fmt.Fprintf(&out, " by %s at %s", f.Manager, f.ChangedAt.Format("15:04"))
		}
		out.WriteByte('\n')
	}
	return out.String()
}

func TestFieldsOfADeployment(t *testing.T) {
	desired, live := scaled(t)
	fields := drift.Fields(desired, live, nil)
	if len(fields) != 1 || fields[0].Path != "spec.replicas" || fields[0].Op != drift.Change ||
		fields[0].Manager != "kubectl (scale)" || fields[0].Live != int64(1) || fields[0].Desired != int64(0) {
		t.Errorf("scaled by hand:\n%s", describe(fields))
	}

	// The order of what follows is that of the paths.
	spec := func(o *unstructured.Unstructured) map[string]any {
		return o.Object["spec"].(map[string]any)["template"].(map[string]any)["spec"].(map[string]any)
	}
	main := spec(desired)["containers"].([]any)[0].(map[string]any)
	main["args"] = []any{"--quiet"}
	main["env"].([]any)[0].(map[string]any)["value"] = "debug"
	main["env"] = append(main["env"].([]any), map[string]any{"name": "NEW", "value": "1"})
	main["ports"] = main["ports"].([]any)[:2]
	desired.SetLabels(map[string]string{"app": "shop", "app.kubernetes.io/name": "shop"})
	desired.SetAnnotations(nil)
	setReplicas(t, desired, 1)
	const want = `Remove metadata.annotations["example.com/note"]: kept by hand -> <nil> by evenkeel at 16:4X
Add metadata.labels["app.kubernetes.io/name"]: <nil> -> shop
Change spec.template.spec.containers[main].args: [--verbose --port=80] -> [--quiet] by evenkeel at 16:4X
Change spec.template.spec.containers[main].env[LOG_LEVEL].value: info -> debug by evenkeel at 16:4X
Add spec.template.spec.containers[main].env[NEW]: <nil> -> map[name:NEW value:1]
Remove spec.template.spec.containers[main].ports[9090/TCP]: map[containerPort:9090 name:metrics protocol:TCP] -> <nil> by evenkeel at 16:4X
`
	got := describe(drift.Fields(desired, live, nil))
	for digit := range 10 {
		got = strings.ReplaceAll(got, fmt.Sprintf(" at 16:4%d", digit), " at 16:4X")
	}
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestFieldsTakesTheDryRunsWord(t *testing.T) {
	desired := object(t, `{apiVersion: v1, kind: X, metadata: {name: a}, spec: {timeout: 60s}}`)
	live := liveBy(t, `{apiVersion: v1, kind: X, metadata: {name: a}, spec: {timeout: 2m0s, other: 1}}`, "", `{"f:spec":{"f:timeout":{},"f:other":{}}}`)
	dryRun := liveBy(t, `{apiVersion: v1, kind: X, metadata: {name: a}, spec: {timeout: 1m0s, other: 2}}`, `{"f:spec":{"f:timeout":{}}}`, "")
	const want = "Change spec.timeout: 2m0s -> 1m0s by someone at 10:00\n"
	if got := describe(drift.Fields(desired, live, dryRun)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	desired.Object["spec"] = map[string]any{}
	if got := describe(drift.Fields(desired, live, dryRun)); !strings.Contains(got, "Change spec.other: 1 -> 2") {
		t.Errorf("a change that Git does not name is nowhere: %s", got)
	}
}

// TestSecretsStayHidden looks for the values of a secret, plain and encoded, in
// everything that is made for showing.
func TestSecretsStayHidden(t *testing.T) {
	values := []string{"hunter2", "aHVudGVyMg==", "swordfish", "c3dvcmRmaXNo"}
	const last = `annotations: {kubectl.kubernetes.io/last-applied-configuration: '{"data":{"a":"%s"}}'}`
	git := object(t, fmt.Sprintf(`{apiVersion: v1, kind: Secret, metadata: {name: a, `+last+`}, data: {a: aHVudGVyMg==, same: QQ==}, stringData: {b: hunter2}, dat: {c: hunter2}}`, "aHVudGVyMg=="))
	live := liveBy(t, fmt.Sprintf(`{apiVersion: v1, kind: Secret, metadata: {name: a, `+last+`}, data: {a: c3dvcmRmaXNo, d: c3dvcmRmaXNo, same: QQ==}}`, "c3dvcmRmaXNo"),
		`{"f:data":{"f:a":{},"f:d":{}}}`, "")
	broken := object(t, `{apiVersion: v1, kind: Secret, metadata: hunter2, data: hunter2}`)
	var shown []string
	for _, pair := range [][3]*unstructured.Unstructured{{git, live, nil}, {git, live, git}, {git, nil, nil}, {nil, live, nil}, {broken, live, nil}, {broken, nil, nil}} {
		want, have := drift.Diff(pair[0], pair[1], pair[2])
		shown = append(shown, want, have, drift.Unified("x", have, want), describe(drift.Fields(pair[0], pair[1], pair[2])))
		a, b := drift.MaskSecretPair(pair[0], pair[1])
		for _, o := range []*unstructured.Unstructured{a, b, drift.MaskSecrets(pair[0])} {
			if o != nil {
				shown = append(shown, asJSON(o))
			}
		}
	}
	for _, text := range shown {
		for _, value := range values {
			if strings.Contains(text, value) {
				t.Errorf("%s is shown in\n%s", value, text)
			}
		}
	}
	const want = `Change data.a: <nil> -> <nil> masked by evenkeel at 10:00
Add data.b: <nil> -> <nil> masked
Remove data.d: <nil> -> <nil> masked by evenkeel at 10:00
`
	if got := describe(drift.Fields(git, live, nil)); !strings.Contains(got, want) {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	desired, current := drift.Diff(git, live, nil)
	for _, line := range []string{"-  a: (hidden, before)\n", "+  a: (hidden, after)\n", "   same: (hidden)\n"} {
		if diff := drift.Unified("x", current, desired); !strings.Contains(diff, line) {
			t.Errorf("no line %q in\n%s", line, diff)
		}
	}
}

func TestDiff(t *testing.T) {
	desired, live := scaled(t)
	want, have := drift.Diff(desired, live, nil)
	const diff = `--- live Deployment.apps shop/deployment
+++ git Deployment.apps shop/deployment
@@ -8,7 +8,7 @@
   name: deployment
   namespace: shop
 spec:
-  replicas: 1
+  replicas: 0
   selector:
     matchLabels:
       app: shop
`
	if got := drift.Unified("Deployment.apps shop/deployment", have, want); got != diff {
		t.Errorf("got\n%s\nwant\n%s", got, diff)
	}
	for _, unnamed := range []string{"status", "managedFields", "uid", "terminationMessagePath", "progressDeadlineSeconds"} {
		if strings.Contains(have, unnamed) {
			t.Errorf("%s is not named by Git, and shown:\n%s", unnamed, have)
		}
	}
	if want, have := drift.Diff(desired, nil, nil); have != "" || !strings.HasPrefix(want, "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n") {
		t.Errorf("to be created: live %q, desired %s", have, want)
	}
	if want, have := drift.Diff(nil, live, nil); want != "" || !strings.Contains(have, "image: nginx:1.25") || strings.Contains(have, "status") {
		t.Errorf("to be deleted: desired %q, live %s", want, have)
	}
}

// TestUnifiedIsAPatch applies what Unified writes with git apply.
func TestUnifiedIsAPatch(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	text := func() string {
		var out strings.Builder
		for range r.IntN(40) {
			fmt.Fprintf(&out, "line %d\n", r.IntN(12))
		}
		return out.String()
	}
	dir := t.TempDir()
	for i := range 40 {
		from, to := text(), text()
		if i%2 == 0 {
			lines := strings.SplitAfter(from, "\n")
			lines[r.IntN(len(lines))] += "changed\n"
			to = strings.Join(lines, "")
		}
		if from == "" || to == "" || from == to {
			continue
		}
		file := filepath.Join(dir, "text")
		if err := os.WriteFile(file, []byte(from), 0o600); err != nil {
			t.Fatal(err)
		}
		// The headers name objects, not files.
		_, hunks, _ := strings.Cut(drift.Unified("text", from, to), "@@")
		command := exec.CommandContext(t.Context(), "git", "apply", "-p0")
		command.Dir = dir
		command.Stdin = strings.NewReader("--- text\n+++ text\n@@" + hunks)
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s\n%s", err, out, drift.Unified("text", from, to))
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != to {
			t.Fatalf("%v: got\n%swant\n%s", err, got, to)
		}
	}
}

func TestFieldNames(t *testing.T) {
	for path, want := range map[string]string{
		"spec.replicas": "replicas",
		"spec.template.spec.containers[main].image":                "image",
		"spec.template.spec.containers[main]":                      "containers[main]",
		"spec.template.spec.containers[main].env[LOG_LEVEL].value": "env[LOG_LEVEL]",
		`metadata.labels["app.kubernetes.io/name"]`:                "app.kubernetes.io/name",
		"spec.rules[shop.acme.dev].http":                           "http",
		"spec.rules[shop.acme.dev]":                                "rules[shop.acme.dev]",
		"kind":                                                     "kind",
	} {
		if got := (drift.Field{Path: path}).Name(); got != want {
			t.Errorf("%s is called %s and not %s", path, got, want)
		}
	}
}
