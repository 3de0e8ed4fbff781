//go:build unix

package command_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/kube"
	"github.com/evenkeel/evenkeel/testdata/controlplane"
	"github.com/evenkeel/evenkeel/ui/console/consoletest"
)

// TestScenario is a minute of somebody who has just come to the demo: find what
// differs in production and who did it, put it right, see it green, leave.
func TestScenario(t *testing.T) {
	if _, err := controlplane.Build(t.Context(), nil); err != nil {
		t.Fatal(err) // here, because it may take longer than anybody waits for a screen
	}
	dir := t.TempDir()
	command := exec.Command(built(t), "demo", "--dir", dir)
	command.Env = append(os.Environ(), "TERM=xterm-256color", "HOME="+t.TempDir(), "XDG_CONFIG_HOME="+t.TempDir(),
		"XDG_CACHE_HOME="+cacheDir(t), "EVENKEEL_CONFIG=", "DISPLAY=", "TMUX=")
	d := consoletest.Start(t, command, 120, 40)
	d.WaitFor("q leaves")
	d.WaitUntil("production is looked at, which differs", func(screen string) bool {
		return strings.Contains(screen, "2 Drift · production · 3 of ")
	})

	// While it is looked at, somebody changes it once more.
	scale(t, filepath.Join(dir, "env"), "api", 7)
	d.WaitFor("2 Drift · production · 4 of ")
	d.Type("2", "/", "kind:deployment api", "enter")
	d.WaitUntil("the diff tells what and who", func(screen string) bool {
		return strings.Contains(screen, "0 Deployment api") && strings.Contains(screen, "-   replicas: 7") &&
			strings.Contains(screen, "spec.replicas") && strings.Contains(screen, "changed by kubectl")
	})
	d.Type("esc")
	d.WaitFor("~ checkout")

	// What is protected asks for its name, and goes no further with another one.
	d.Type("s")
	d.WaitFor("Type production to go on")
	d.Type("staging", "enter")
	d.WaitFor("staging")
	d.Type("enter", "ctrl+u", "production")
	d.WaitFor("❯ production")
	d.Type("enter", "enter")
	d.WaitFor("✓ synced")
	d.Type("esc")
	d.WaitUntil("production is as Git says", func(screen string) bool {
		return !strings.Contains(screen, "[ Close ]") && strings.Contains(screen, "= production") && strings.Contains(screen, "2 Drift · production · none differs")
	})

	d.Type("q")
	if err := d.Wait(); err != nil {
		t.Errorf("evenkeel ended with %v:\n%s", err, d.Screen())
	}
	d.Restored()
}

// built is the program as people have it.
func built(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "evenkeel")
	if out, err := exec.Command("go", "build", "-o", binary, top).CombinedOutput(); err != nil {
		t.Fatalf("building evenkeel: %v\n%s", err, out)
	}
	return binary
}

// cacheDir is where the control plane is, which was built before.
func cacheDir(t *testing.T) string {
	t.Helper()
	dir, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// scale changes a Deployment of production by hand, as kubectl scale does.
func scale(t *testing.T, env, name string, replicas int) {
	t.Helper()
	cluster, err := kube.Connect(kube.Options{Kubeconfig: variable(t, env, "KUBECONFIG"), UserAgent: "kubectl"})
	if err != nil {
		t.Fatal(err)
	}
	id := kube.ID{Group: "apps", Kind: "Deployment", Namespace: "shop-production", Name: name}
	patch := fmt.Appendf(nil, `{"spec":{"replicas":%d}}`, replicas)
	if err := cluster.Edit(t.Context(), id, patch, kube.EditOptions{Manager: "kubectl", Subresource: "scale"}); err != nil {
		t.Fatal(err)
	}
}

// variable is what the file of a world exports by a name.
func variable(t *testing.T, env, name string) string {
	t.Helper()
	text, err := os.ReadFile(env)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), "export "+name+"="); ok {
			return strings.Trim(value, "'")
		}
	}
	t.Fatalf("%s does not export %s:\n%s", env, name, text)
	return ""
}
