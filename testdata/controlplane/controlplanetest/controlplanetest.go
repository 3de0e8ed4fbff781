// Package controlplanetest gives a Kubernetes control plane to tests.
//
// A test package that needs one calls Main from its TestMain, and then ForTest
// or New from its tests.
package controlplanetest

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/evenkeel/evenkeel/testdata/controlplane"
)

// sharedVariable names the directory of a running cluster, for the tests of
// several packages to share.
const sharedVariable = "EVENKEEL_TEST_CLUSTER"

// shared is the cluster that the tests of this process have in common.
var shared struct {
	sync.Mutex
	running bool // Main is running, and will end the cluster
	dir     string
	cluster *controlplane.Cluster
	err     error
}

// Main runs a package's tests, ends the cluster that they shared, and gives
// the exit code. Call it from TestMain:
//
//	func TestMain(m *testing.M) { os.Exit(controlplanetest.Main(m)) }
func Main(m *testing.M) int {
	shared.Lock()
	shared.running = true
	shared.Unlock()

	code := m.Run()

	shared.Lock()
	defer shared.Unlock()
	shared.running = false
	if shared.cluster != nil {
		if err := shared.cluster.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = max(code, 1)
		}
	}
	if shared.dir != "" {
		_ = os.RemoveAll(shared.dir)
	}
	return code
}

// ForTest gives the cluster that all tests of this process share: the running
// one whose directory EVENKEEL_TEST_CLUSTER names or, without that, one that
// the first call starts and Main ends. A test keeps to namespaces of its own,
// and leaves the API server up.
func ForTest(tb testing.TB) *controlplane.Cluster {
	tb.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.cluster == nil && shared.err == nil {
		shared.cluster, shared.err = open(tb)
	}
	if shared.err != nil {
		tb.Fatal(shared.err)
	}
	return shared.cluster
}

func open(tb testing.TB) (*controlplane.Cluster, error) {
	if dir := os.Getenv(sharedVariable); dir != "" {
		return controlplane.Attach(dir)
	}
	if !shared.running {
		return nil, fmt.Errorf("nothing would end the cluster: call controlplanetest.Main from TestMain")
	}
	var err error
	if shared.dir, err = os.MkdirTemp("", "evenkeel-cluster-"); err != nil {
		return nil, err
	}
	return controlplane.Start(context.Background(), shared.dir, log(tb))
}

// New gives a test a cluster of its own, to stop and start its API server or to
// fill it. It starts in about five seconds and ends with the test.
func New(tb testing.TB) *controlplane.Cluster {
	tb.Helper()
	cluster, err := controlplane.Start(tb.Context(), tb.TempDir(), log(tb))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := cluster.Stop(); err != nil {
			tb.Error(err)
		}
	})
	return cluster
}

// log tells the progress to who runs the tests, at once: a build takes minutes,
// and a test's own log is shown when it has ended.
func log(tb testing.TB) func(controlplane.Progress) {
	return func(p controlplane.Progress) { fmt.Fprintf(os.Stderr, "%s: %s\n", tb.Name(), p) }
}
