//go:build !windows

package outside_test

import (
	"context"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/ui/console/outside"
)

// alone makes a machine with no display and only the given programs, which
// are shell scripts.
func alone(t *testing.T, programs map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, script := range programs {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, v := range []string{"TMUX", "DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME", "TERMUX_VERSION", "VISUAL", "EDITOR", "PAGER"} {
		t.Setenv(v, "")
	}
	t.Setenv("PATH", dir)
	return dir
}

func TestCopy(t *testing.T) {
	long := strings.Repeat("x", 80_000)
	for _, c := range []struct {
		name     string
		display  string
		programs map[string]string
		text     string
		sent     bool
		taken    string
		err      error
	}{
		{name: "no display", programs: map[string]string{"xclip": "exec /bin/cat > taken"}, text: "hi", sent: true},
		{name: "a display", display: "DISPLAY", programs: map[string]string{"xclip": "exec /bin/cat > taken"}, text: "hé", sent: true, taken: "hé"},
		{name: "inside tmux", display: "TMUX", programs: map[string]string{"tmux": `/bin/cat > taken; test "$*" = "load-buffer -w -"`}, text: "hi", sent: true, taken: "hi"},
		{name: "a program that fails", display: "DISPLAY", programs: map[string]string{"xclip": "echo no display >&2; exit 1"}, text: "hi", sent: true},
		{name: "too long", text: long, err: outside.ErrTooLong},
		{name: "too long for a sequence only", display: "DISPLAY", programs: map[string]string{"xsel": "exec /bin/cat > taken"}, text: long, taken: long},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := alone(t, c.programs)
			t.Chdir(dir)
			if c.display != "" {
				t.Setenv(c.display, ":0")
			}
			var sent string
			err := outside.Copy(context.Background(), c.text, func(seq string) { sent += seq })
			if !errors.Is(err, c.err) {
				t.Errorf("got %v, want %v", err, c.err)
			}
			want := ""
			if c.sent {
				want = "\x1b]52;c;" + base64.StdEncoding.EncodeToString([]byte(c.text)) + "\x07"
			}
			if sent != want {
				t.Errorf("sent %q, want %q", sent, want)
			}
			taken, err := os.ReadFile("taken")
			if err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			if string(taken) != c.taken {
				t.Errorf("%d bytes taken, want %d", len(taken), len(c.taken))
			}
		})
	}
}

// A display that does not answer holds nobody up.
func TestCopyGivesUp(t *testing.T) {
	alone(t, map[string]string{"xclip": "exec /bin/sleep 600"})
	t.Setenv("DISPLAY", ":0")
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	if err := outside.Copy(ctx, "hi", func(string) {}); err != nil {
		t.Error(err)
	}
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestView(t *testing.T) {
	const show = `for a; do echo "[$a]"; done; eval "file=\${$#}"; /bin/ls -l "$file" | /usr/bin/cut -c1-10; /bin/cat "$file"`
	for _, c := range []struct {
		name, variable, value string
		file                  string
		args                  []string
		base                  string
		fails                 bool
	}{
		{name: "editor", variable: "EDITOR", value: "ed", file: "web.yaml", base: "web.yaml"},
		{name: "arguments", variable: "VISUAL", value: ` ed --wait 'a b' "c \"d" e\ f "" `, args: []string{"--wait", "a b", `c "d`, "e f", ""}, file: "web.yaml", base: "web.yaml"},
		{name: "pager", variable: "PAGER", value: "ed -R", args: []string{"-R"}, file: "web.yaml", base: "web.yaml"},
		{name: "none named", file: "web.yaml", base: "web.yaml"},
		{name: "hostile name", variable: "EDITOR", value: "ed", file: "../-x/;rm $HOME\x1b[2J\n.yaml", base: "_-x__rm__HOME__2J_.yaml"},
		{name: "no name", variable: "EDITOR", value: "ed", file: "..", base: "text"},
		{name: "open quote", variable: "EDITOR", value: `ed "x`, fails: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			alone(t, map[string]string{"ed": show, "less": show})
			t.Setenv("TMPDIR", t.TempDir())
			if c.variable != "" {
				t.Setenv(c.variable, c.value)
			}
			v, err := outside.View(c.file, "kind: Deployment\n")
			if c.fails {
				if err == nil {
					t.Fatal("no error")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			out, err := v.Cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			file := v.Cmd.Args[len(v.Cmd.Args)-1]
			var want strings.Builder
			for _, a := range c.args {
				want.WriteString("[" + a + "]\n")
			}
			want.WriteString("[" + file + "]\n-r--------\nkind: Deployment\n")
			if string(out) != want.String() {
				t.Errorf("got %q, want %q", out, want.String())
			}
			if filepath.Base(file) != c.base {
				t.Errorf("the file is named %q, want %q", filepath.Base(file), c.base)
			}
			if err := v.Close(); err != nil {
				t.Error(err)
			}
			left, err := os.ReadDir(os.Getenv("TMPDIR"))
			if err != nil || len(left) > 0 {
				t.Errorf("left behind: %v %v", left, err)
			}
		})
	}
}

func TestNoViewer(t *testing.T) {
	alone(t, nil)
	if _, err := outside.View("x", ""); !errors.Is(err, outside.ErrNoViewer) {
		t.Errorf("got %v", err)
	}
}
