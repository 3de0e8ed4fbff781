package ui_test

import (
	"testing"

	"github.com/evenkeel/evenkeel/ui"
)

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 560: "560 B", 1_000: "1.0 kB", 41_237_000: "41.2 MB", 412_370_000: "412 MB", 2_500_000_000: "2.5 GB",
	} {
		if got := ui.Bytes(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}
