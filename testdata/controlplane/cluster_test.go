//go:build unix

package controlplane_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/evenkeel/evenkeel/testdata/controlplane"
)

func TestCluster(t *testing.T) {
	dir := t.TempDir()
	cluster, err := controlplane.Start(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cluster.Stop() })
	wantStatus(t, cluster.Kubeconfig(), "/readyz", http.StatusOK)

	jane, err := cluster.KubeconfigFor("jane", "guests")
	if err != nil {
		t.Fatal(err)
	}
	wantStatus(t, jane, "/version", http.StatusOK)
	wantStatus(t, jane, "/api/v1/secrets", http.StatusForbidden)

	attached, err := controlplane.Attach(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := attached.StopAPIServer(t.Context()); err == nil {
		t.Error("the API server of a shared cluster was stopped")
	}
	if err := attached.Stop(); err != nil {
		t.Error(err)
	}
	wantStatus(t, attached.Kubeconfig(), "/readyz", http.StatusOK)

	if err := cluster.StopAPIServer(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := get(cluster.Kubeconfig(), "/readyz"); err == nil {
		t.Error("the stopped API server answers")
	}
	if err := cluster.StartAPIServer(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, cluster.Kubeconfig(), "/readyz", http.StatusOK)

	for range 2 {
		if err := cluster.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	<-cluster.Done()
	if _, err := get(cluster.Kubeconfig(), "/readyz"); err == nil {
		t.Error("the API server outlives its cluster")
	}
	if _, err := controlplane.Attach(dir); err == nil || !strings.Contains(err.Error(), "no cluster is up") {
		t.Errorf("attaching to a cluster that has ended: %v", err)
	}
}

func TestStartGivenUp(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err := controlplane.Start(ctx, dir, func(string) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("starting a cluster and giving up: %v", err)
	}
	// The directory is free again: nobody is left in it.
	if _, err = controlplane.Attach(dir); err == nil || !strings.Contains(err.Error(), "no cluster is up") {
		t.Errorf("attaching to a cluster that was given up: %v", err)
	}
}

func wantStatus(t *testing.T, kubeconfig, path string, want int) {
	t.Helper()
	if got, err := get(kubeconfig, path); err != nil || got != want {
		t.Errorf("%s with %s: %d %v, want %d", path, kubeconfig, got, err, want)
	}
}

// get asks the API server as the user of the kubeconfig, and gives the status.
func get(kubeconfig, path string) (int, error) {
	data, err := os.ReadFile(kubeconfig)
	if err != nil {
		return 0, err
	}
	var config struct {
		Clusters []struct {
			Cluster struct {
				Server string `json:"server"`
				CA     []byte `json:"certificate-authority-data"`
			} `json:"cluster"`
		} `json:"clusters"`
		Users []struct {
			User struct {
				Certificate []byte `json:"client-certificate-data"`
				Key         []byte `json:"client-key-data"`
			} `json:"user"`
		} `json:"users"`
	}
	if err := yaml.Unmarshal(data, &config); err != nil {
		return 0, err
	}
	if len(config.Clusters) != 1 || len(config.Users) != 1 {
		return 0, fmt.Errorf("%s has %d clusters and %d users", kubeconfig, len(config.Clusters), len(config.Users))
	}
	cluster, user := config.Clusters[0].Cluster, config.Users[0].User
	certificate, err := tls.X509KeyPair(user.Certificate, user.Key)
	if err != nil {
		return 0, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(cluster.CA)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{certificate}}}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Get(cluster.Server + path)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return response.StatusCode, err
}
