package controlplane

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// modulePath is the module whose testdata holds the control plane's source.
const modulePath = "github.com/evenkeel/evenkeel"

// Build gives the path of the control plane's binary. It is built when the
// cache does not hold one of the same source, by one process at a time: the
// others wait and then find it. Progress, where it is not nil, is told in
// lines of text what is going on.
func Build(ctx context.Context, progress func(string)) (binary string, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("building the control plane: %w", err)
		}
	}()
	if progress == nil {
		progress = func(string) {}
	}
	if runtime.GOOS == "windows" {
		return "", errors.New("it runs on Linux and macOS only; use --context for an existing cluster")
	}
	source, err := findSource()
	if err != nil {
		return "", err
	}
	hash, err := hashSource(source)
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "evenkeel", "controlplane", hash)
	binary = filepath.Join(dir, "cluster")
	if built(binary) {
		return binary, nil
	}
	if _, err := exec.LookPath("go"); err != nil {
		return "", errors.New("there is no go command on the PATH; install Go, or use --context for an existing cluster")
	}

	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	unlock, err := lock(ctx, filepath.Join(dir, "lock"), progress)
	if err != nil {
		return "", err
	}
	defer unlock()
	if built(binary) {
		return binary, nil
	}
	return binary, compile(ctx, source, binary, progress)
}

func built(binary string) bool {
	info, err := os.Stat(binary)
	return err == nil && info.Mode().IsRegular()
}

// findSource looks for the checkout around the working directory, and then for
// the one that this package was compiled from.
func findSource() (string, error) {
	starts := make([]string, 0, 2)
	if dir, err := os.Getwd(); err == nil {
		starts = append(starts, dir)
	}
	if _, file, _, ok := runtime.Caller(0); ok && filepath.IsAbs(file) {
		starts = append(starts, filepath.Dir(file))
	}
	for _, dir := range starts {
		for {
			if isModuleRoot(dir) {
				return filepath.Join(dir, "testdata", "cluster"), nil
			}
			parent := filepath.Dir(dir)
			if parent == dir {
				break
			}
			dir = parent
		}
	}
	return "", errors.New("it is built from evenkeel's source and needs a checkout: run this inside one, or use --context for an existing cluster")
}

func isModuleRoot(dir string) bool {
	data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(data)) {
		if module, ok := strings.CutPrefix(strings.TrimSpace(line), "module "); ok {
			return strings.TrimSpace(module) == modulePath
		}
	}
	return false
}

// hashSource names a build by everything that goes into it.
func hashSource(source string) (string, error) {
	hash := sha256.New()
	err := filepath.WalkDir(source, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(path, "_test.go") {
			return err
		}
		name, err := filepath.Rel(source, path)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		fmt.Fprintf(hash, "%s %d\n", filepath.ToSlash(name), len(data))
		_, err = hash.Write(data)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("reading the source: %w", err)
	}
	return hex.EncodeToString(hash.Sum(nil)[:12]), nil
}

// lock waits for its turn. The kernel frees the lock of a process that dies.
func lock(ctx context.Context, path string, progress func(string)) (unlock func(), err error) {
	lock := flock.New(path)
	locked, err := lock.TryLock()
	if err == nil && !locked {
		progress("waiting for another process that is building the control plane")
		_, err = lock.TryLockContext(ctx, 200*time.Millisecond)
	}
	if err != nil {
		return nil, fmt.Errorf("waiting for another build: %w", err)
	}
	return func() { _ = lock.Close() }, nil
}

// compile builds next to the place of the binary and then moves it there, so
// that what lies there is always whole.
func compile(ctx context.Context, source, binary string, progress func(string)) error {
	started := time.Now()
	total := countPackages(ctx, source)
	unfinished := binary + ".unfinished"
	defer os.Remove(unfinished)

	cmd := goCommand(ctx, source, "build", "-v", "-buildvcs=false", "-ldflags", "-s -w", "-o", unfinished, ".")
	output, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	trouble := report(output, total, started, progress)
	if err := cmd.Wait(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("go build: %w\n%s", err, trouble)
	}
	progress(fmt.Sprintf("built the control plane in %s", time.Since(started).Round(time.Second)))
	return os.Rename(unfinished, binary)
}

// goCommand runs the go command on the control plane's module, whatever the
// user's settings say about theirs.
func goCommand(ctx context.Context, source string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = source
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// countPackages tells how many packages a build from nothing compiles, and 0
// when that cannot be told: it is needed for nothing but the progress.
func countPackages(ctx context.Context, source string) int {
	out, err := goCommand(ctx, source, "list", "-deps", ".").Output()
	if err != nil {
		return 0
	}
	return strings.Count(string(out), "\n")
}

// report reads what go build says, the name of each package as it is compiled,
// and tells the progress once a second. It gives back the lines that are not a
// package's name: the trouble, if there is any.
func report(output io.Reader, total int, started time.Time, progress func(string)) (trouble string) {
	of := ""
	if total > 0 {
		of = fmt.Sprintf(" of ~%d", total)
	}
	var other strings.Builder
	var told time.Time
	tell := func(line string) {
		if time.Since(told) >= time.Second {
			told = time.Now()
			progress(line)
		}
	}
	packages := 0
	lines := bufio.NewScanner(output)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "go: downloading "):
			tell("building the control plane: " + strings.TrimPrefix(line, "go: "))
		case strings.ContainsAny(line, " :"):
			fmt.Fprintln(&other, line)
		default:
			packages++
			tell(fmt.Sprintf("building the control plane: %d%s packages, %s", packages, of, time.Since(started).Round(time.Second)))
		}
	}
	return other.String()
}
