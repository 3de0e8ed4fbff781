package console

import (
	"context"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui/console/detail"
	"github.com/evenkeel/evenkeel/ui/console/dialog"
)

// Engine is what the console reads and calls. An engine.Engine is one; tests
// have another, whose state they write themselves.
type Engine interface {
	detail.Source
	dialog.Engine

	Snapshot() *engine.Snapshot
	Subscribe(ctx context.Context) <-chan *engine.Snapshot
	Outcomes(ctx context.Context) <-chan engine.Outcome
	History(ctx context.Context, q engine.HistoryQuery) (engine.History, error)
	Refresh()
	Rescan(repositories ...string)
}

// Session is an engine that runs, with what belongs to it.
type Session struct {
	Engine Engine
	// Happenings are told in the activity log: what happens in the demo's
	// world. May be nil.
	Happenings <-chan string
	// Ended tells why the engine ended although nobody asked it to. May be nil.
	Ended <-chan error
}

// Step is how far one part of a start is.
type Step struct {
	Name   string
	Detail string
	Done   int
	Total  int // 0 when it can't be counted
}
