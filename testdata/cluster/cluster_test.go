package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// TestMain lets the test's binary be the program: a cluster starts its own
// binary again for each component.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-") {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestCluster(t *testing.T) {
	r := start(t, layout(t.TempDir()))
	client := r.client(t)
	t.Run("image that cannot be pulled", func(t *testing.T) { testBroken(t, client) })
	t.Run("program that crashes", func(t *testing.T) { testCrash(t, client) })
	t.Run("name that only looks broken", func(t *testing.T) { testHealthy(t, client) })
	t.Run("job", func(t *testing.T) { testJob(t, client) })
	t.Run("stateful set with claims", func(t *testing.T) { testClaims(t, client) })
	t.Run("users", func(t *testing.T) { testUsers(t, r) })
	t.Run("outage", func(t *testing.T) { testOutage(t, r) })
	r.stop(t)
}

// running is a cluster that a test started.
type running struct {
	layout
	cmd      *exec.Cmd
	lifeline io.Closer
	stderr   bytes.Buffer
}

func start(t *testing.T, l layout) *running {
	t.Helper()
	r := &running{layout: l, cmd: program(t, "up", "--dir", string(l), "--until-eof")}
	r.cmd.Stderr = &r.stderr
	lifeline, err := r.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	r.lifeline = lifeline
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = r.lifeline.Close()
		_ = r.cmd.Wait()
	})
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if lines.Text() == "ready" {
			return r
		}
	}
	_ = r.cmd.Wait()
	t.Fatalf("the cluster ended before it was ready: %s", r.stderr.String())
	return nil
}

// stop ends the cluster as the end of the process that started it does.
func (r *running) stop(t *testing.T) {
	t.Helper()
	if err := r.lifeline.Close(); err != nil {
		t.Fatal(err)
	}
	if err := r.cmd.Wait(); err != nil {
		t.Fatalf("stopping the cluster: %v: %s", err, r.stderr.String())
	}
}

func (r *running) client(t *testing.T) *kubernetes.Clientset {
	t.Helper()
	return clientFor(t, r.kubeconfig())
}

func clientFor(t *testing.T, kubeconfig string) *kubernetes.Clientset {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	config.QPS = -1
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return exec.Command(self, args...)
}

// eventually waits until the check has nothing to complain about.
func eventually(t *testing.T, check func(context.Context) (complaint string)) {
	t.Helper()
	complaint := "not checked"
	err := wait.PollUntilContextTimeout(t.Context(), 50*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) {
		complaint = check(ctx)
		return complaint == "", nil
	})
	if err != nil {
		t.Fatal(complaint)
	}
}
