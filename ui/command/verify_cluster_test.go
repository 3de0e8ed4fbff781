package command_test

import (
	"encoding/json"
	"fmt"
	"testing"
)

// TestSyncWaitsForTheVerification syncs what a Job verifies, well and then not.
func TestSyncWaitsForTheVerification(t *testing.T) {
	w, namespace := newWorld(t)
	write(t, "evenkeel.yaml", fmt.Sprintf(`repository:
  url: ./config.git
environments:
  - name: staging
    path: shop
    namespace: %s
    verify: shop/smoke.yaml
`, namespace))
	smoke := func(image string) string {
		return fmt.Sprintf(`apiVersion: batch/v1
kind: Job
metadata: {name: smoke}
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers: [{name: main, image: %q}]
`, image)
	}
	w.commit("the shop", map[string]string{
		"namespace.yaml": "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: " + namespace + "\n",
		"flags.yaml":     configMap("flags", "debug"),
		"smoke.yaml":     smoke("shop/smoke:1"),
	})
	w.run(1, "status staging", "not verified yet: nothing has been synced yet", "2 missing")
	w.run(0, "sync staging --yes --wait", "2 created", "staging is Healthy", "staging is verified")
	w.run(0, "status staging", "verified "+w.head.Short(), "by Job.batch "+namespace+"/smoke-"+w.head.Short())

	w.commit("louder", map[string]string{"flags.yaml": configMap("flags", "trace"), "smoke.yaml": smoke("shop/smoke:1-crash")})
	w.run(2, "sync staging --yes --wait", "1 changed", "staging is not verified", "is Failed")
	var status struct {
		Environments []struct {
			Verification *struct {
				Revision, State, Message string
				Job                      struct{ Kind, Name string }
				Ended                    *string
			}
		}
	}
	document := w.run(0, "status staging -o json")
	if err := json.Unmarshal([]byte(document), &status); err != nil {
		t.Fatalf("%v in %s", err, document)
	}
	v := status.Environments[0].Verification
	if v == nil || v.Revision != string(w.head) || v.State != "Failed" || v.Message == "" || v.Job.Kind != "Job" || v.Ended == nil {
		t.Errorf("got %s", document)
	}
	w.run(2, "sync staging --yes --wait", "staging is not verified")
	w.run(0, "sync staging --yes")
}
