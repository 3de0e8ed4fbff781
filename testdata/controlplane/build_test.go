//go:build unix

package controlplane_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/evenkeel/evenkeel/testdata/controlplane"
)

// goCommand stands in the place of the go command, so that a build takes no
// time. It notes each build that it is asked for.
const goCommand = `#!/bin/sh
case "$1 $2" in
"list -deps") echo one; echo two ;;
"list -m") echo v1.2.3 ;;
build*)
	echo "$@" >> "$BUILDS"
	while [ "$1" != -o ]; do shift; done
	echo half > "$2"
	echo "example.com/one" >&2
	$DURING_BUILD
	echo whole > "$2" ;;
esac
`

// fakeBuilds gives the test a cache of its own and the stand-in, which runs the
// shell command in the middle of each build. It returns the file of notes.
func fakeBuilds(t *testing.T, during string) (notes string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "go"), []byte(goCommand), 0o755); err != nil {
		t.Fatal(err)
	}
	notes = filepath.Join(dir, "builds")
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Setenv("BUILDS", notes)
	t.Setenv("DURING_BUILD", during)
	useCache(t)
	return notes
}

func useCache(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Setenv("HOME", cache) // where macOS looks
}

func builds(t *testing.T, notes string) []string {
	t.Helper()
	data, err := os.ReadFile(notes)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(data)), "\n")
}

func wantWhole(t *testing.T, binary string) {
	t.Helper()
	if data, err := os.ReadFile(binary); err != nil || string(data) != "whole\n" {
		t.Errorf("the binary: %v: %q", err, data)
	}
}

func TestManyBuildOnce(t *testing.T) {
	notes := fakeBuilds(t, "sleep 0.2")
	const callers = 8
	var binaries [callers]string
	var errs [callers]error
	var group sync.WaitGroup
	for i := range callers {
		group.Go(func() { binaries[i], errs[i] = controlplane.Build(t.Context(), nil) })
	}
	group.Wait()
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	for _, binary := range binaries {
		if binary != binaries[0] {
			t.Errorf("built as %s and as %s", binary, binaries[0])
		}
	}
	wantWhole(t, binaries[0])
	if got := builds(t, notes); len(got) != 1 {
		t.Errorf("%d builds, want 1", len(got))
	} else if !strings.Contains(got[0], "version.gitVersion=v1.2.3 ") {
		t.Errorf("built without its version: %s", got[0])
	}
}

func TestBuildTellsProgress(t *testing.T) {
	fakeBuilds(t, "")
	var lines []string
	if _, err := controlplane.Build(t.Context(), func(p controlplane.Progress) { lines = append(lines, p.String()) }); err != nil {
		t.Fatal(err)
	}
	if len(lines) == 0 || !strings.Contains(lines[0], "1 of ~2 packages") {
		t.Errorf("progress: %q", lines)
	}
}

func TestFailedBuild(t *testing.T) {
	notes := fakeBuilds(t, "eval echo main.go:1: bad >&2; exit 1")
	_, err := controlplane.Build(t.Context(), nil)
	if err == nil || !strings.Contains(err.Error(), "main.go:1: bad") {
		t.Errorf("the compiler's complaint is not told: %v", err)
	}
	t.Setenv("DURING_BUILD", "")
	binary, err := controlplane.Build(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	wantWhole(t, binary)
	if got := builds(t, notes); len(got) != 2 {
		t.Errorf("%d builds, want 2", len(got))
	}
}

func TestInterruptedBuild(t *testing.T) {
	fakeBuilds(t, "exec sleep 60")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err := controlplane.Build(ctx, func(p controlplane.Progress) {
		if p.Total > 0 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the interrupted build: %v", err)
	}
	t.Setenv("DURING_BUILD", "")
	binary, err := controlplane.Build(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	wantWhole(t, binary)
}

func TestBuildWithoutGo(t *testing.T) {
	useCache(t)
	t.Setenv("PATH", t.TempDir())
	if _, err := controlplane.Build(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "no go command") {
		t.Errorf("a build without Go: %v", err)
	}
}
