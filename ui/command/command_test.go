package command_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/ui/command"
)

// evenkeel runs a command as a person without any configuration would.
func evenkeel(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = command.Run(t.Context(), args, command.Streams{In: strings.NewReader(""), Out: &o, Err: &e})
	return code, o.String(), e.String()
}

// alone keeps what is on this machine out of a test.
func alone(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"EVENKEEL_CONFIG", "EVENKEEL_REPO", "KUBECONFIG"} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", dir)
	t.Setenv("XDG_CONFIG_HOME", dir)
	t.Setenv("EVENKEEL_CACHE_DIR", filepath.Join(dir, "cache"))
	t.Chdir(dir)
	return dir
}

func write(t *testing.T, file, content string) string {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

const goodConfig = `repository:
  url: ./nowhere
environments:
  - name: staging
    path: environments/staging
  - name: production
    path: environments/production
    promotesFrom: staging
`

func TestTrouble(t *testing.T) {
	alone(t)
	write(t, "good.yaml", goodConfig)
	write(t, "bad.yaml", "environments:\n  - name: staging\n    paht: here\n")
	for name, c := range map[string]struct {
		args string
		want string // on the error stream
	}{
		"no configuration":    {"status", "evenkeel: there is no evenkeel.yaml in "},
		"unknown command":     {"statu", `evenkeel: unknown command "statu"`},
		"unknown flag":        {"status --al", "evenkeel: unknown flag: --al\n  See 'evenkeel status --help'"},
		"unknown format":      {"status -o yaml", "it is text or json"},
		"missing argument":    {"diff", "evenkeel: which environment? evenkeel diff ENV"},
		"missing reason":      {"suspend staging", "evenkeel: a suspension needs --reason TEXT"},
		"no such file":        {"status --config none.yaml", "none.yaml"},
		"broken file":         {"status --config bad.yaml", "bad.yaml:3:5: unknown key"},
		"unknown environment": {"diff stagin --config good.yaml", `evenkeel: there is no environment "stagin", there is staging, production; did you mean staging?`},
		"nothing approved":    {"approve staging --config good.yaml", "which workload? Name some, or pass --all"},
		"all and some":        {"approve staging api --all --config good.yaml", "--all is everything that is pending"},
		"pin without reason":  {"approve staging api --hold --config good.yaml", "--hold needs --reason TEXT"},
		"hold without reason": {"hold staging api --config good.yaml", "evenkeel: a hold needs --reason TEXT"},
		"release of nothing":  {"release", "evenkeel: which environment? evenkeel release ENV"},
		"images of nothing":   {"images stagin --config good.yaml", "did you mean staging?"},
		"promoted to nothing": {"promote --config good.yaml", "which environment? evenkeel promote ENV"},
		"override in silence": {"promote production --override soak --config good.yaml", "--override needs --reason TEXT"},
		"override of a hold":  {"promote production --override hold --reason x --config good.yaml", `no gate "hold" can be passed over`},
		"rollback to two":     {"rollback production abc def --config good.yaml", `"def" is one word too many`},
		"rollback to what":    {"rollback production --yes --config good.yaml", "go back to which revision?"},
		"rollback twofold":    {"rollback production abc --to-last-healthy --config good.yaml", "only one of them"},
		"rollback of a kind":  {"rollback production abc --mode all --config good.yaml", "it is whole, images or revert"},
		"rollback of some":    {"rollback production abc --mode whole --workload api --config good.yaml", "--workload goes with --mode images"},
		"revert to healthy":   {"rollback production --mode revert --to-last-healthy --config good.yaml", "takes back one commit"},
		"bad object":          {"sync staging deployment --config good.yaml", "deployment is a kind without a name"},
		"path without repo":   {"status --path p", "--path needs --repo"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errs := evenkeel(t, strings.Fields(c.args)...)
			if code != 2 || !strings.Contains(errs, c.want) || !strings.HasPrefix(errs, "evenkeel: ") || out != "" {
				t.Errorf("ended with %d, out %q, errors %q; want %q", code, out, errs, c.want)
			}
		})
	}
}

// TestUnreadableWorld: with neither repository nor cluster, status still says
// what is known.
func TestUnreadableWorld(t *testing.T) {
	alone(t)
	t.Setenv("EVENKEEL_CONFIG", write(t, "good.yaml", goodConfig))
	code, out, errs := evenkeel(t, "status", "staging", "-o", "json")
	if code != 2 {
		t.Errorf("ended with %d: %s", code, errs)
	}
	var status struct {
		Repository   struct{ Error string }
		Environments []struct{ Name, Sync, Health, Message string }
	}
	if err := json.Unmarshal([]byte(out), &status); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if status.Repository.Error == "" || len(status.Environments) != 1 ||
		status.Environments[0].Sync != "Unknown" || status.Environments[0].Health != "Unknown" {
		t.Errorf("got %+v", status)
	}
	if code, _, errs := evenkeel(t, "sync", "staging", "--yes"); code != 2 || errs == "" {
		t.Errorf("sync ended with %d: %q", code, errs)
	}
}

func TestConfigCheck(t *testing.T) {
	alone(t)
	good, bad := write(t, "good.yaml", goodConfig), write(t, "bad.yaml", "environments:\n  - name: staging\n    paht: here\n")
	if code, out, _ := evenkeel(t, "config", "check", good); code != 0 || out != "ok: 2 environments\n" {
		t.Errorf("a good file ends with %d: %q", code, out)
	}
	code, out, errs := evenkeel(t, "config", "check", bad)
	if code != 2 || !strings.Contains(out, "\nbad.yaml:3:5: unknown key") || errs != "" {
		t.Errorf("a bad file ends with %d: %q, %q", code, out, errs)
	}
	_, out, _ = evenkeel(t, "config", "check", bad, "-o", "json")
	var check struct {
		Problems []struct {
			File         string
			Line, Column int
		}
	}
	if err := json.Unmarshal([]byte(out), &check); err != nil || len(check.Problems) != 2 || check.Problems[1].Line != 3 {
		t.Errorf("%v: %s", err, out)
	}
}

func TestConfigSchema(t *testing.T) {
	code, out, _ := evenkeel(t, "config", "schema")
	var schema map[string]any
	if err := json.Unmarshal([]byte(out), &schema); code != 0 || err != nil || schema["$schema"] == nil {
		t.Errorf("ended with %d, %v: %s", code, err, out)
	}
}

func TestVersion(t *testing.T) {
	if code, out, _ := evenkeel(t, "version"); code != 0 || !strings.HasPrefix(out, "evenkeel ") {
		t.Errorf("ended with %d: %s", code, out)
	}
	_, out, _ := evenkeel(t, "version", "-o", "json")
	var version struct{ Version, Go, Platform string }
	if err := json.Unmarshal([]byte(out), &version); err != nil || version.Go == "" || version.Platform == "" {
		t.Errorf("%v: %s", err, out)
	}
}

func TestCompletion(t *testing.T) {
	alone(t)
	t.Setenv("EVENKEEL_CONFIG", write(t, "good.yaml", goodConfig))
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if code, out, errs := evenkeel(t, "completion", shell); code != 0 || !strings.Contains(out, "evenkeel") {
			t.Errorf("%s ended with %d: %s", shell, code, errs)
		}
	}
	for args, want := range map[string]string{
		"status ":          "staging production",
		"status staging ":  "production",
		"history ":         "staging production",
		"images ":          "staging production",
		"approve ":         "staging production",
		"release ":         "staging production",
		"promote ":         "staging production",
		"rollback ":        "staging production",
		"show ":            "staging production",
		"compare ":         "staging production",
		"compare staging ": "staging production",
		"rollback --mode ": "whole images revert",

		"rollback staging abc ":       "",
		"promote staging --override ": "healthy soak verify windows",
		"history staging ":            "",
		"status --output ":            "text json",
		"diff -o json stag":           "staging production", // the shell narrows it
	} {
		_, out, _ := evenkeel(t, append([]string{"__complete"}, strings.Split(args, " ")...)...)
		offered, _, _ := strings.Cut(out, ":")
		if got := strings.Join(strings.Fields(offered), " "); got != want {
			t.Errorf("after %q are offered %q, want %q", args, got, want)
		}
	}
}
