package engine

import (
	"context"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/engine/config"
)

// TestMistakesEndTheEngine: a panic in what the engine does ends it with an
// error, and whoever waits for it does not wait for ever.
func TestMistakesEndTheEngine(t *testing.T) {
	for name, panics := range map[string]func(*Engine){
		"in its own goroutine":   func(e *Engine) { e.post(func() { panic("oh") }) },
		"in one that it started": func(e *Engine) { e.post(func() { e.start(func() { panic("oh") }) }) },
	} {
		t.Run(name, func(t *testing.T) {
			e, err := New(Options{
				Config: config.Config{
					Repository:   config.Repository{URL: t.TempDir(), Interval: config.DefaultInterval},
					Environments: []config.Environment{{Name: "shop", Path: "shop", Context: "none"}},
				},
				CacheDir: t.TempDir(), Kubeconfig: t.TempDir() + "/none",
			})
			if err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- e.Run(context.Background()) }()
			panics(e)
			if err := <-ended; err == nil || !strings.Contains(err.Error(), "oh") {
				t.Errorf("it ended with %v", err)
			}
			if err := e.ask(t.Context(), func() {}); err == nil {
				t.Error("one can still ask it")
			}
		})
	}
}
