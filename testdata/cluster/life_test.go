package main

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestClusterIsKept ends a cluster by the loss of a component, starts it again
// in the same directory, and ends it by the loss of its parent.
func TestClusterIsKept(t *testing.T) {
	dir := layout(t.TempDir())
	first := start(t, dir)
	configMap := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "kept"}, Data: map[string]string{"key": "value"}}
	if _, err := first.client(t).CoreV1().ConfigMaps("default").Create(t.Context(), configMap, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if out, err := program(t, "up", "--dir", string(dir)).CombinedOutput(); err == nil || !strings.Contains(string(out), "already up") {
		t.Errorf("a second cluster in the same directory: %v: %s", err, out)
	}

	children := alive(t, first.cmd.Process.Pid)
	kill(t, childOf(t, children, scheduler))
	_ = first.cmd.Wait()
	if code := first.cmd.ProcessState.ExitCode(); code != 1 {
		t.Errorf("exit code %d after the loss of a component, want 1", code)
	}
	if message := first.stderr.String(); !strings.Contains(message, "scheduler ended by itself (signal: killed)") || !strings.Contains(message, dir.log(scheduler)) {
		t.Errorf("the message does not say what happened: %s", message)
	}
	if left := alive(t, -1, children...); len(left) > 0 {
		t.Errorf("processes %v are left", left)
	}

	second := start(t, dir)
	kept, err := second.client(t).CoreV1().ConfigMaps("default").Get(t.Context(), "kept", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if kept.Data["key"] != "value" {
		t.Errorf("the kept object has %v", kept.Data)
	}

	children = alive(t, second.cmd.Process.Pid)
	if len(children) != len(components) {
		t.Errorf("%d child processes, want %d", len(children), len(components))
	}
	if err := second.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, func(context.Context) string {
		if left := alive(t, -1, children...); len(left) > 0 {
			return fmt.Sprintf("processes %v outlive their parent's SIGKILL", left)
		}
		return ""
	})
}

func testUsers(t *testing.T, r *running) {
	out, err := program(t, "kubeconfig", "--dir", string(r.layout), "--user", "jane", "--group", "guests", "--group", "readers").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	_, err = clientFor(t, strings.TrimSpace(string(out))).CoreV1().Secrets("default").List(t.Context(), metav1.ListOptions{})
	if !apierrors.IsForbidden(err) || !strings.Contains(err.Error(), `"jane"`) {
		t.Errorf("a user without any role lists secrets: %v", err)
	}
}

func testOutage(t *testing.T, r *running) {
	client := r.client(t)
	if out, err := program(t, "ctl", "--dir", string(r.layout), "stop", "apiserver").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if _, err := client.ServerVersion(); err == nil {
		t.Error("the stopped API server answers")
	}
	if out, err := program(t, "ctl", "--dir", string(r.layout), "start", "apiserver").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if _, err := client.ServerVersion(); err != nil {
		t.Error("the API server that was started again:", err)
	}
}

// alive gives the ids of the processes that are still there: those among the
// given ones, or those that have the parent.
func alive(t *testing.T, parent int, among ...string) []string {
	t.Helper()
	out, err := exec.Command("ps", "-A", "-o", "pid=,ppid=,stat=").Output()
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		pid, of, zombie := fields[0], fields[1], strings.HasPrefix(fields[2], "Z")
		if !zombie && (of == strconv.Itoa(parent) || slices.Contains(among, pid)) {
			found = append(found, pid)
		}
	}
	return found
}

// childOf finds the process of a component.
func childOf(t *testing.T, pids []string, component string) string {
	t.Helper()
	for _, pid := range pids {
		out, err := exec.Command("ps", "-o", "args=", "-p", pid).Output()
		if err == nil && strings.Contains(string(out), " "+component+" ") {
			return pid
		}
	}
	t.Fatalf("no %s among %v", component, pids)
	return ""
}

func kill(t *testing.T, pid string) {
	t.Helper()
	number, err := strconv.Atoi(pid)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(number, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}
