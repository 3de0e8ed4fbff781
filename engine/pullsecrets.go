package engine

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/evenkeel/evenkeel/kube"
	"github.com/evenkeel/evenkeel/registry"
)

const (
	// keepAnswer is how long pull secrets are used before they are read again,
	// keepTrouble how long it is left at that they cannot be read.
	keepAnswer  = 10 * time.Minute
	keepTrouble = time.Minute
)

// pullSource says where a workload's pods find what opens registries. Workloads
// that find the same are equal.
type pullSource struct {
	namespace, serviceAccount string
	secrets                   string // names, with commas between
}

func pullSourceOf(o *unstructured.Unstructured) pullSource {
	spec := podSpec(o)
	account, _ := spec["serviceAccountName"].(string)
	older, _ := spec["serviceAccount"].(string)
	return pullSource{
		namespace:      o.GetNamespace(),
		serviceAccount: cmp.Or(account, older, "default"),
		secrets:        strings.Join(secretNames(spec), ","),
	}
}

// secretNames reads the imagePullSecrets of a pod or of a service account.
func secretNames(from map[string]any) []string {
	list, _ := from["imagePullSecrets"].([]any)
	var names []string
	for _, item := range list {
		entry, _ := item.(map[string]any)
		if name, _ := entry["name"].(string); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// keyring reads pull secrets from clusters, and remembers them for some minutes.
type keyring struct {
	mu   sync.Mutex
	keys map[keyOf]*key
}

func newKeyring() *keyring { return &keyring{keys: map[keyOf]*key{}} }

type keyOf struct {
	cluster *kube.Cluster
	id      kube.ID
}

// key is what was read from a secret, or from a service account. Whoever reads
// it has the lock, so that others wait for the answer in place of asking too.
type key struct {
	sync.Mutex
	until       time.Time
	credentials registry.Credentials
	secrets     []string
	err         error
}

// credentials are those that the sources give, the pods' own before those of
// their service accounts, and why others could not be read. Sources in the same
// order give them in the same order.
func (k *keyring) credentials(ctx context.Context, cluster *kube.Cluster, sources []pullSource) (all []registry.Credentials, troubles []error) {
	type secret struct{ namespace, name string }
	var secrets []secret
	asked := map[kube.ID]bool{}
	for _, s := range sources {
		for name := range strings.SplitSeq(s.secrets, ",") {
			secrets = append(secrets, secret{s.namespace, name})
		}
	}
	for _, s := range sources {
		id := kube.ID{Kind: "ServiceAccount", Namespace: s.namespace, Name: s.serviceAccount}
		if asked[id] {
			continue
		}
		asked[id] = true
		names, err := k.account(ctx, cluster, id)
		if err != nil {
			troubles = append(troubles, fmt.Errorf("service account %s/%s: %w", id.Namespace, id.Name, err))
		}
		for _, name := range names {
			secrets = append(secrets, secret{s.namespace, name})
		}
	}
	for _, s := range secrets {
		id := kube.ID{Kind: "Secret", Namespace: s.namespace, Name: s.name}
		if s.name == "" || asked[id] {
			continue
		}
		asked[id] = true
		found, err := k.secret(ctx, cluster, id)
		if err != nil {
			troubles = append(troubles, err)
		}
		all = append(all, found)
	}
	return all, troubles
}

// forget makes the keyring read everything again, as when a registry has refused
// what it gave.
func (k *keyring) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.keys)
}

// account lists the secrets that a service account gives to its pods.
func (k *keyring) account(ctx context.Context, cluster *kube.Cluster, id kube.ID) ([]string, error) {
	found := k.at(cluster, id)
	found.Lock()
	defer found.Unlock()
	if time.Now().Before(found.until) {
		return found.secrets, found.err
	}
	o, err := read(ctx, cluster, id)
	found.secrets = nil
	if err == nil {
		found.secrets = secretNames(o.Object)
	}
	found.keep(ctx, err)
	return found.secrets, err
}

// secret reads a pull secret. The entries that can be read are of use even when
// there are others.
func (k *keyring) secret(ctx context.Context, cluster *kube.Cluster, id kube.ID) (registry.Credentials, error) {
	found := k.at(cluster, id)
	found.Lock()
	defer found.Unlock()
	if time.Now().Before(found.until) {
		return found.credentials, found.err
	}
	source := "secret " + id.Namespace + "/" + id.Name
	o, err := read(ctx, cluster, id)
	found.credentials = registry.Credentials{}
	var data []byte
	if err == nil {
		data, err = pullSecret(o)
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", source, err)
	} else {
		found.credentials, err = registry.ParsePullSecret(source, data)
	}
	found.keep(ctx, err)
	return found.credentials, err
}

func (k *keyring) at(cluster *kube.Cluster, id kube.ID) *key {
	k.mu.Lock()
	defer k.mu.Unlock()
	of := keyOf{cluster, id}
	found, known := k.keys[of]
	if !known {
		found = &key{}
		k.keys[of] = found
	}
	return found
}

// keep remembers how reading ended, unless whoever asked gave up.
func (k *key) keep(ctx context.Context, err error) {
	k.err, k.until = err, time.Now().Add(keepAnswer)
	switch {
	case ctx.Err() != nil:
		k.until = time.Time{}
	case err != nil:
		k.until = time.Now().Add(keepTrouble)
	}
}

// read reads an object that ought to be there. Its errors do not name it.
func read(ctx context.Context, cluster *kube.Cluster, id kube.ID) (*unstructured.Unstructured, error) {
	o, err := cluster.Read(ctx, id)
	var refused *kube.ObjectError
	switch {
	case errors.As(err, &refused):
		return nil, errors.New(refused.Message)
	case err == nil && o == nil:
		return nil, errors.New("the cluster has none of that name")
	}
	return o, err
}

// pullSecret finds the docker configuration in a secret.
func pullSecret(o *unstructured.Unstructured) ([]byte, error) {
	kind, _, _ := unstructured.NestedString(o.Object, "type")
	field := map[string]string{
		"kubernetes.io/dockerconfigjson": ".dockerconfigjson",
		"kubernetes.io/dockercfg":        ".dockercfg",
	}[kind]
	if field == "" {
		return nil, fmt.Errorf("it is of the type %s, and a pull secret is of the type kubernetes.io/dockerconfigjson", kind)
	}
	text, _, _ := unstructured.NestedString(o.Object, "data", field)
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("its %s is not base64", field)
	}
	return data, nil
}
