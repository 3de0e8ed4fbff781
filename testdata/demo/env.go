package demo

import (
	"fmt"
	"os"
	"strings"
)

// EnvFile is the path of a shell file that exports Env. It is there while the
// world is up.
func (w *World) EnvFile() string { return w.path("env") }

// Env are the variables, as NAME=value, by which another process finds the
// world.
func (w *World) Env() []string {
	env := []string{
		"EVENKEEL_CONFIG=" + w.Config(),
		"EVENKEEL_REPO=" + w.Repository(),
		"EVENKEEL_REGISTRY=" + w.Registry(),
		"EVENKEEL_CACHE_DIR=" + w.CacheDir(),
	}
	kubeconfig := w.Kubeconfig()
	if kubeconfig == "" {
		kubeconfig = os.Getenv("KUBECONFIG")
	}
	if kubeconfig != "" {
		env = append(env, "KUBECONFIG="+kubeconfig)
	}
	return env
}

func (w *World) writeEnv() error {
	var text strings.Builder
	fmt.Fprintf(&text, "# A demo world of evenkeel. In a shell: . %s\n", quote(w.EnvFile()))
	for _, variable := range w.Env() {
		name, value, _ := strings.Cut(variable, "=")
		fmt.Fprintf(&text, "export %s=%s\n", name, quote(value))
	}
	return writeFile(w.EnvFile(), []byte(text.String()))
}

// quote makes one word of a text for a POSIX shell.
func quote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
