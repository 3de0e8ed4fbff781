package controlplane

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// goCommand runs the go command on the control plane's module, whatever the
// user's settings say about other modules, and tells its progress.
type goCommand struct {
	source   string
	progress func(Progress)
	total    int // of packages to compile when none is cached; 0 when not known
}

func (g goCommand) run(ctx context.Context, args ...string) (stdout string, err error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = g.source
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	var out bytes.Buffer
	cmd.Stdout = &out
	messages, err := cmd.StderrPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	trouble := g.report(messages)
	if err := cmd.Wait(); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", fmt.Errorf("go %s: %w\n%s", args[0], err, trouble)
	}
	return out.String(), nil
}

// report reads what the go command says: the modules that it downloads and,
// with -v, the packages that it compiles. It tells the progress once a second,
// and gives back the other lines: the trouble, if there is any.
func (g goCommand) report(messages io.Reader) (trouble string) {
	const building = "building the control plane"
	var told time.Time
	tell := func(p Progress) {
		if time.Since(told) >= time.Second {
			told = time.Now()
			g.progress(p)
		}
	}
	packages := 0
	var other strings.Builder
	lines := bufio.NewScanner(messages)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		switch module, isDownload := strings.CutPrefix(line, "go: downloading "); {
		case isDownload:
			tell(Progress{Text: building + ": downloading " + module})
		case strings.ContainsAny(line, " :"):
			fmt.Fprintln(&other, line)
		default:
			packages++
			tell(Progress{Text: building, Done: packages, Total: g.total})
		}
	}
	return other.String()
}

// linkerFlags has the API server tell its version, as a release does; without
// them it is one that clients cannot parse.
func (g goCommand) linkerFlags(ctx context.Context) (string, error) {
	out, err := g.run(ctx, "list", "-m", "-f", "{{.Version}}", "k8s.io/kubernetes")
	if err != nil {
		return "", err
	}
	version := strings.TrimSpace(out)
	number := strings.Split(strings.TrimPrefix(version, "v"), ".")
	if len(number) < 2 {
		return "", fmt.Errorf("k8s.io/kubernetes has the version %q", version)
	}
	const set = " -X k8s.io/component-base/version."
	return "-s -w" + set + "gitVersion=" + version + set + "gitMajor=" + number[0] + set + "gitMinor=" + number[1], nil
}
