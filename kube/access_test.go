package kube_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/kube"
	"github.com/evenkeel/evenkeel/testdata/controlplane/controlplanetest"
)

// readerOf makes a user who may read one namespace and nothing else.
func readerOf(t *testing.T, admin *kube.Cluster, ns string) (kubeconfig string) {
	t.Helper()
	user := "reader-of-" + ns
	grant(t, admin, ns, user)
	kubeconfig, err := controlplanetest.ForTest(t).KubeconfigFor(user)
	if err != nil {
		t.Fatal(err)
	}
	return kubeconfig
}

func grant(t *testing.T, admin *kube.Cluster, ns, user string) {
	t.Helper()
	apply(t, admin, nil,
		object(t, ns, `{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: reader},
			rules: [{apiGroups: ["", apps], resources: ["*"], verbs: [get, list, watch]}]}`),
		object(t, ns, `{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: reader},
			roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader},
			subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: `+user+`}]}`))
}

func unreachableKubeconfig(t *testing.T) string {
	t.Helper()
	return write(t, `{apiVersion: v1, kind: Config, current-context: here,
		contexts: [{name: here, context: {cluster: here, user: me}}, {name: there, context: {cluster: here, user: me}}],
		clusters: [{name: here, cluster: {server: "https://127.0.0.1:1"}}], users: [{name: me, user: {token: x}}]}`)
}

func write(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestConnectNamesFilesAndContexts(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("KUBECONFIG", "")
	good := unreachableKubeconfig(t)
	for _, tc := range []struct {
		name    string
		options kube.Options
		says    []string
	}{
		{"nothing anywhere", kube.Options{}, []string{"no kubeconfig", "--kubeconfig"}},
		{"no such file", kube.Options{Kubeconfig: "/not/there"}, []string{"/not/there"}},
		{"no YAML", kube.Options{Kubeconfig: write(t, "a: [")}, []string{"reading the kubeconfig"}},
		{"no such context", kube.Options{Kubeconfig: good, Context: "elsewhere"}, []string{"elsewhere", "here, there", good}},
		{"no current context", kube.Options{Kubeconfig: write(t, `{apiVersion: v1, kind: Config, contexts: [{name: a, context: {cluster: b}}]}`)}, []string{"no current context", "a"}},
		{"no such cluster", kube.Options{Kubeconfig: write(t, `{apiVersion: v1, kind: Config, current-context: a, contexts: [{name: a, context: {cluster: b}}]}`)}, []string{`"a"`, "cluster"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := kube.Connect(tc.options)
			if err == nil {
				t.Fatal("it connected")
			}
			for _, word := range tc.says {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("%q is not in: %v", word, err)
				}
			}
		})
	}
	c, err := kube.Connect(kube.Options{Kubeconfig: good})
	if err != nil {
		t.Fatal(err)
	}
	if c.Context() != "here" || !strings.HasPrefix(c.Server(), "https://127.0.0.1:1") || len(c.Requests()) != 0 {
		t.Errorf("connected to %s at %s with %v", c.Context(), c.Server(), c.Requests())
	}
}

func TestViewWithRightsInOneNamespace(t *testing.T) {
	admin := cluster(t)
	ns, other := namespace(t, admin), namespace(t, admin)
	set := admin.Set(kube.SetOptions{Name: "rbac", Namespace: ns})
	mine, stranger := configMap(t, ns, "mine", "a"), configMap(t, ns, "stranger", "a")
	role := object(t, ns, `{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: secret}, rules: []}`)
	apply(t, admin, set, mine, configMap(t, other, "hidden", "a"))
	apply(t, admin, nil, stranger)

	c := connect(t, readerOf(t, admin, ns))
	w := watch(t, c, c.Set(kube.SetOptions{Name: "rbac", Namespace: ns}))
	w.follow(mine, stranger, role)
	state := w.untilReady()
	if state.Err != nil || len(state.Kinds) != 1 || kube.ReasonOf(state.Kinds[kube.IDOf(role).GroupKind()]) != kube.Forbidden {
		t.Errorf("the state is %+v", state)
	}
	if !isMember(w.Get(kube.IDOf(mine))) || w.Get(kube.IDOf(stranger)) == nil || len(w.IDs()) != 2 {
		t.Errorf("held are %v", w.IDs())
	}
	apply(t, admin, set, stranger)
	w.untilLive(stranger, "is a member", isMember)
}
