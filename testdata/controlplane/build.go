package controlplane

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
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
// others wait and then find it. Progress, where it is not nil, is told what
// is going on.
func Build(ctx context.Context, progress func(Progress)) (binary string, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("building the control plane: %w", err)
		}
	}()
	if progress == nil {
		progress = func(Progress) {}
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
func lock(ctx context.Context, path string, progress func(Progress)) (unlock func(), err error) {
	lock := flock.New(path)
	locked, err := lock.TryLock()
	if err == nil && !locked {
		progress(Progress{Text: "waiting for another process that is building the control plane"})
		_, err = lock.TryLockContext(ctx, 200*time.Millisecond)
	}
	if err != nil {
		return nil, fmt.Errorf("waiting for another build: %w", err)
	}
	return func() { _ = lock.Close() }, nil
}

// compile builds next to the place of the binary and then moves it there, so
// that what lies there is always whole.
func compile(ctx context.Context, source, binary string, progress func(Progress)) error {
	started := time.Now()
	g := goCommand{source: source, progress: progress}
	packages, err := g.run(ctx, "list", "-deps", ".")
	if err != nil {
		return err
	}
	g.total = strings.Count(packages, "\n")
	flags, err := g.linkerFlags(ctx)
	if err != nil {
		return err
	}
	unfinished := binary + ".unfinished"
	defer os.Remove(unfinished)
	if _, err := g.run(ctx, "build", "-v", "-buildvcs=false", "-ldflags", flags, "-o", unfinished, "."); err != nil {
		return err
	}
	if err := os.Rename(unfinished, binary); err != nil {
		return err
	}
	progress(Progress{Text: fmt.Sprintf("built the control plane in %s", time.Since(started).Round(time.Second))})
	removeOld(filepath.Dir(binary))
	return nil
}

// staleAfter is the age at which the build of another version of the source is
// removed: each is near 200 MB.
const staleAfter = 7 * 24 * time.Hour

func removeOld(current string) {
	binaries, err := filepath.Glob(filepath.Join(filepath.Dir(current), "*", "cluster"))
	if err != nil {
		return
	}
	for _, binary := range binaries {
		info, err := os.Stat(binary)
		if dir := filepath.Dir(binary); err == nil && dir != current && time.Since(info.ModTime()) > staleAfter {
			_ = os.RemoveAll(dir)
		}
	}
}
