package command

import (
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/engine"
)

func TestSelectors(t *testing.T) {
	api, web := deployment("api"), deployment("web")
	service := plainKind("Service", "api")
	policy := engine.ID{Group: "networking.k8s.io", Kind: "NetworkPolicy", Namespace: "shop", Name: "api"}
	namespace := engine.ID{Kind: "Namespace", Name: "shop"}
	knative := engine.ID{Group: "serving.knative.dev", Kind: "Service", Namespace: "shop", Name: "fast"}
	flags, otherFlags := plainKind("ConfigMap", "flags"), engine.ID{Kind: "ConfigMap", Namespace: "other", Name: "flags"}
	role := engine.ID{Group: "rbac.authorization.k8s.io", Kind: "ClusterRole", Name: "system:shop"}
	all := []engine.ID{api, web, service, policy, namespace, knative, flags, otherFlags, role}

	for _, c := range []struct {
		args string
		want []engine.ID
		err  string
	}{
		{args: "", want: nil},
		{args: "deployment/api", want: []engine.ID{api}},
		{args: "Deployment/api", want: []engine.ID{api}},
		{args: "deployments/api", want: []engine.ID{api}},
		{args: "deploy/api", want: []engine.ID{api}},
		{args: "deployment.apps/api", want: []engine.ID{api}},
		{args: "deployments.apps/api svc/api", want: []engine.ID{api, service}},
		{args: "networkpolicies/api", want: []engine.ID{policy}},
		{args: "netpol/api", want: []engine.ID{policy}},
		{args: "service.serving.knative.dev/fast", want: []engine.ID{knative}},
		{args: "ns/shop", want: []engine.ID{namespace}},
		{args: "deployment api", want: []engine.ID{api}},
		{args: "deployment api deployment web", want: []engine.ID{api, web}},
		{args: "Deployment.apps shop/api", want: []engine.ID{api}},
		{args: "shop/configmap/flags", want: []engine.ID{flags}},
		{args: "other/cm/flags", want: []engine.ID{otherFlags}},
		{args: "clusterrole/system:shop", want: []engine.ID{role}},
		{args: "deploy/api deployment/api", want: []engine.ID{api}},
		{args: "cm/flags", err: "cm/flags is several objects in staging: write shop/configmap/flags or other/configmap/flags"},
		{args: "deployment/aip", err: "there is no deployment/aip in staging; did you mean shop/deployment.apps/api?"},
		{args: "statefulset/web", err: "there is no statefulset/web in staging; did you mean shop/deployment.apps/web?"},
		{args: "deployment.batch/api", err: "there is no deployment.batch/api in staging; did you mean"},
		{args: "deployment/nothing-like-it", err: "there is no deployment/nothing-like-it in staging"},
		{args: "deployment", err: "deployment is a kind without a name: write deployment/NAME"},
		{args: "a/b/c/d", err: "a/b/c/d does not name an object"},
		{args: "deployment/", err: "deployment/ does not name an object"},
	} {
		selectors, err := parseSelectors(strings.Split(c.args, " "))
		var got []engine.ID
		if err == nil {
			got, err = findAll(selectors, "staging", all)
		}
		switch {
		case c.err == "" && err != nil:
			t.Errorf("%q: %v", c.args, err)
		case c.err != "" && (err == nil || !strings.HasPrefix(err.Error(), c.err)):
			t.Errorf("%q: got error %v, want %s", c.args, err, c.err)
		case !slices.Equal(got, c.want):
			t.Errorf("%q means %v, want %v", c.args, got, c.want)
		}
	}
}

// TestSpelling: what is offered can be given back.
func TestSpelling(t *testing.T) {
	all := []engine.ID{deployment("api"), plainKind("Service", "api"), {Kind: "Namespace", Name: "shop"}}
	for _, id := range all {
		selectors, err := parseSelectors([]string{spelling(id)})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := selectors[0].find("staging", all); err != nil || got != id {
			t.Errorf("%s means %v, %v", spelling(id), got, err)
		}
	}
}
