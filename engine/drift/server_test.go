package drift_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/testdata/controlplane/controlplanetest"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

func TestMain(m *testing.M) { os.Exit(controlplanetest.Main(m)) }

// server is the API server seen as several field managers see it.
type server struct {
	base   string
	client *http.Client
}

func connect(t testing.TB) *server {
	t.Helper()
	client, base, err := controlplanetest.Client(controlplanetest.ForTest(t).Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return &server{base: base, client: client}
}

// errRejected is an answer of the server that is no success.
var errRejected = errors.New("rejected")

func (s *server) do(ctx context.Context, method, path, contentType string, query url.Values, body any) (*unstructured.Unstructured, error) {
	var sent []byte
	if body != nil {
		var err error
		if sent, err = json.Marshal(body); err != nil {
			return nil, err
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, s.base+path+"?"+query.Encode(), bytes.NewReader(sent))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", contentType)
	response, err := s.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode >= 300 {
		return nil, fmt.Errorf("%w: %s %s: %s", errRejected, method, path, answer)
	}
	o := &unstructured.Unstructured{}
	return o, o.UnmarshalJSON(answer)
}

// plurals of the kinds that do not just take an s.
var plurals = map[string]string{"NetworkPolicy": "networkpolicies", "Ingress": "ingresses"}

func resource(o *unstructured.Unstructured, named bool) string {
	gvk := o.GroupVersionKind()
	path := "/apis/" + gvk.Group + "/" + gvk.Version
	if gvk.Group == "" {
		path = "/api/" + gvk.Version
	}
	if ns := o.GetNamespace(); ns != "" {
		path += "/namespaces/" + ns
	}
	plural := plurals[gvk.Kind]
	if plural == "" {
		plural = strings.ToLower(gvk.Kind) + "s"
	}
	path += "/" + plural
	if named {
		path += "/" + o.GetName()
	}
	return path
}

func (s *server) apply(ctx context.Context, manager string, o *unstructured.Unstructured, dryRun bool) (*unstructured.Unstructured, error) {
	query := url.Values{"fieldManager": {manager}, "force": {"true"}}
	if dryRun {
		query.Set("dryRun", "All")
	}
	return s.do(ctx, http.MethodPatch, resource(o, true), "application/apply-patch+yaml", query, o.Object)
}

func (s *server) get(ctx context.Context, o *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	return s.do(ctx, http.MethodGet, resource(o, true), "application/json", nil, nil)
}

func (s *server) create(ctx context.Context, manager string, o *unstructured.Unstructured) error {
	_, err := s.do(ctx, http.MethodPost, resource(o, false), "application/json", url.Values{"fieldManager": {manager}}, o.Object)
	return err
}

func (s *server) replace(ctx context.Context, manager string, o *unstructured.Unstructured) error {
	_, err := s.do(ctx, http.MethodPut, resource(o, true), "application/json", url.Values{"fieldManager": {manager}}, o.Object)
	return err
}

func (s *server) patch(ctx context.Context, manager string, o *unstructured.Unstructured, subresource string, patch any) error {
	_, err := s.do(ctx, http.MethodPatch, resource(o, true)+subresource, "application/merge-patch+json",
		url.Values{"fieldManager": {manager}}, patch)
	return err
}

func (s *server) delete(ctx context.Context, o *unstructured.Unstructured) error {
	_, err := s.do(ctx, http.MethodDelete, resource(o, true), "application/json", nil, nil)
	return err
}

// manifests reads the objects of a file.
func manifests(t testing.TB, file string) []*unstructured.Unstructured {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var list []*unstructured.Unstructured
	for _, document := range strings.Split(string(data), "\n---\n") {
		list = append(list, object(t, document))
	}
	return list
}

func object(t testing.TB, manifest string) *unstructured.Unstructured {
	t.Helper()
	data, err := yaml.YAMLToJSON([]byte(manifest))
	if err != nil {
		t.Fatal(err)
	}
	o := &unstructured.Unstructured{}
	if err := o.UnmarshalJSON(data); err != nil {
		t.Fatal(err)
	}
	return o
}
