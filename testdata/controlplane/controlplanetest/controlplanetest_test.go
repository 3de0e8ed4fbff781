package controlplanetest_test

import (
	"os"
	"testing"

	"github.com/evenkeel/evenkeel/testdata/controlplane/controlplanetest"
)

func TestMain(m *testing.M) { os.Exit(controlplanetest.Main(m)) }

func TestForTestShares(t *testing.T) {
	first, second := controlplanetest.ForTest(t), controlplanetest.ForTest(t)
	if first != second {
		t.Error("two tests have two clusters")
	}
	if _, err := os.Stat(first.Kubeconfig()); err != nil {
		t.Error(err)
	}
}
