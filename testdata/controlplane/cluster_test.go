//go:build unix

package controlplane_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/testdata/controlplane"
	"github.com/evenkeel/evenkeel/testdata/controlplane/controlplanetest"
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
	_, err := controlplane.Start(ctx, dir, func(controlplane.Progress) { cancel() })
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
	client, server, err := controlplanetest.Client(kubeconfig)
	if err != nil {
		return 0, err
	}
	defer client.CloseIdleConnections()
	response, err := client.Get(server + path)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return response.StatusCode, err
}
