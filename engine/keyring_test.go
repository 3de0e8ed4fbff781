package engine_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/kube"
)

const password = "open-sesame"

// secret makes a Secret of the cluster's with one entry.
func (w *world) secret(name, kind, field, value string) {
	w.Helper()
	w.create(w.kube, "v1", "Secret", w.ns, name, map[string]any{
		"type": kind, "data": map[string]any{field: base64.StdEncoding.EncodeToString([]byte(value))},
	})
}

func (w *world) pullSecret(name, host string) {
	w.Helper()
	w.secret(name, "kubernetes.io/dockerconfigjson", ".dockerconfigjson",
		fmt.Sprintf(`{"auths":{%q:{"username":"ada","password":%q}}}`, host, password))
}

func references(names ...string) []any {
	list := []any{}
	for _, name := range names {
		list = append(list, map[string]any{"name": name})
	}
	return list
}

func (w *world) serviceAccount(name string, secrets ...string) {
	w.Helper()
	w.create(w.kube, "v1", "ServiceAccount", w.ns, name, map[string]any{"imagePullSecrets": references(secrets...)})
}

// workload is a Deployment or, with a schedule, a CronJob.
func (w *world) workload(cron bool, account string, secrets ...string) *unstructured.Unstructured {
	pod := map[string]any{"containers": []any{}, "imagePullSecrets": references(secrets...)}
	if account != "" {
		pod["serviceAccountName"] = account
	}
	o := &unstructured.Unstructured{Object: map[string]any{"kind": "Deployment", "spec": map[string]any{"template": map[string]any{"spec": pod}}}}
	if cron {
		o.Object = map[string]any{"kind": "CronJob", "spec": map[string]any{"jobTemplate": o.Object}}
	}
	o.SetNamespace(w.ns)
	return o
}

func TestPullSecrets(t *testing.T) {
	w := newWorld(t)
	w.pullSecret("one", "one.example.com")
	w.pullSecret("two", "two.example.com")
	w.secret("older", "kubernetes.io/dockercfg", ".dockercfg", fmt.Sprintf(`{"older.example.com":{"username":"ada","password":%q}}`, password))
	w.secret("half", "kubernetes.io/dockerconfigjson", ".dockerconfigjson",
		fmt.Sprintf(`{"auths":{"half.example.com":{"username":"ada","password":%q},"bad.example.com":{"auth":7}}}`, password))
	w.secret("opaque", "Opaque", ".dockerconfigjson", password)
	w.serviceAccount("bare")
	w.serviceAccount("puller", "two", "missing")

	for _, test := range []struct {
		name      string
		workloads []*unstructured.Unstructured
		logins    []string // how many each of the credentials have
		says      []string
	}{
		{"none", []*unstructured.Unstructured{w.workload(false, "bare")}, nil, nil},
		{"of the pod", []*unstructured.Unstructured{w.workload(false, "bare", "one")}, []string{"(1 logins)"}, nil},
		{"of a cron job, both forms", []*unstructured.Unstructured{w.workload(true, "bare", "one", "older")}, []string{"(1 logins)", "(1 logins)"}, nil},
		{"of the service account", []*unstructured.Unstructured{w.workload(false, "puller", "one")}, []string{"(1 logins)", "(1 logins)", "(0 logins)"},
			[]string{"secret NS/missing: the cluster has none of that name"}},
		{"each once", []*unstructured.Unstructured{w.workload(false, "bare", "one", "two"), w.workload(true, "bare", "two", "one")}, []string{"(1 logins)", "(1 logins)"}, nil},
		{"one of another type", []*unstructured.Unstructured{w.workload(false, "bare", "opaque", "one")}, []string{"(0 logins)", "(1 logins)"},
			[]string{"secret NS/opaque: it is of the type Opaque, and"}},
		{"one that is half readable", []*unstructured.Unstructured{w.workload(false, "bare", "half")}, []string{"(1 logins)"}, []string{"bad.example.com"}},
		{"no such service account", []*unstructured.Unstructured{w.workload(false, "nobody", "one")}, []string{"(1 logins)"},
			[]string{"service account NS/nobody: the cluster has none of that name"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			found, troubles := engine.NewKeyring(w.kube).Credentials(t.Context(), test.workloads...)
			var logins []string
			for _, c := range found {
				logins = append(logins, c.String())
			}
			if !slices.Equal(logins, test.logins) {
				t.Errorf("it found %v, want %v", logins, test.logins)
			}
			if len(troubles) != len(test.says) {
				t.Fatalf("it says %v", troubles)
			}
			for i, err := range troubles {
				if says := strings.ReplaceAll(test.says[i], "NS", w.ns); !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), password) {
					t.Errorf("it says %q, want %q", err, says)
				}
			}
		})
	}
}

func TestPullSecretsAreRemembered(t *testing.T) {
	w := newWorld(t)
	w.pullSecret("one", "one.example.com")
	w.serviceAccount("bare")
	keyring := engine.NewKeyring(w.kube)
	workload := w.workload(false, "bare", "one")
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			if found, troubles := keyring.Credentials(t.Context(), workload); len(found) != 1 || len(troubles) != 0 {
				t.Error(found, troubles)
			}
		})
	}
	readers.Wait()
	w.must(w.kube.Delete(t.Context(), kube.ID{Kind: "Secret", Namespace: w.ns, Name: "one"}, ""))
	if _, troubles := keyring.Credentials(t.Context(), workload); len(troubles) != 0 {
		t.Errorf("the cluster was asked again: %v", troubles)
	}
	keyring.Forget()
	if _, troubles := keyring.Credentials(t.Context(), workload); len(troubles) != 1 {
		t.Errorf("it was to forget, and says %v", troubles)
	}
}

// Whoever gives up leaves nothing behind.
func TestPullSecretsOfOneWhoGaveUp(t *testing.T) {
	w := newWorld(t)
	w.pullSecret("one", "one.example.com")
	w.serviceAccount("bare")
	keyring := engine.NewKeyring(w.kube)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, troubles := keyring.Credentials(ctx, w.workload(false, "bare", "one")); len(troubles) == 0 {
		t.Error("it read what it could not")
	}
	if found, troubles := keyring.Credentials(t.Context(), w.workload(false, "bare", "one")); len(found) != 1 || len(troubles) != 0 {
		t.Error(found, troubles)
	}
}

func TestPullSecretsThatMayNotBeRead(t *testing.T) {
	w := newWorld(t)
	w.pullSecret("one", "one.example.com")
	w.serviceAccount("bare")
	kubeconfig, err := w.plane.KubeconfigFor("jane")
	w.must(err)
	cluster, err := kube.Connect(kube.Options{Kubeconfig: kubeconfig})
	w.must(err)
	found, troubles := engine.NewKeyring(cluster).Credentials(t.Context(), w.workload(false, "bare", "one"))
	if len(troubles) != 2 || len(found) != 1 || found[0].String() != "(0 logins)" {
		t.Fatal(found, troubles)
	}
	for i, prefix := range []string{"service account " + w.ns + "/bare: ", "secret " + w.ns + "/one: "} {
		if text := troubles[i].Error(); !strings.HasPrefix(text, prefix) || !strings.Contains(text, "forbidden") || strings.Count(text, w.ns) > 2 {
			t.Error(text)
		}
	}
}
